import { readFileSync } from "node:fs";
import { join } from "node:path";
import { takeTurn } from "./turn.ts";

/** What `redmine-up` said of the Redmine that it started: `REDMINE_URL`, `REDMINE_API_KEY` and the ids and keys of what it seeded. */
export type RedmineFacts = Readonly<Record<string, string>>;

/** Why tests against Redmine are skipped, and how to run them. */
export const NO_REDMINE =
  "no Redmine: run `test/trackers/redmine-up /tmp/redmine 3000` (Debian, root once), then set SYNCLINE_TEST_REDMINE=/tmp/redmine";

/**
 * The Redmine to test with, from the folder that `SYNCLINE_TEST_REDMINE` names or from the variables that `redmine-up` prints; a text where there
 * is none. The process then has it to itself. Throws where the folder has no Redmine: who asks for the tests must not have them skipped.
 */
export function redmineFacts(environment: Readonly<Record<string, string | undefined>>): RedmineFacts | string {
  const folder = environment["SYNCLINE_TEST_REDMINE"] ?? "";
  if (folder !== "") {
    const facts = parseFacts(readFileSync(join(folder, "env"), "utf8"));
    takeTurn(folder);
    return facts;
  }
  const given = Object.entries(environment).filter(
    ([name, value]) => name.startsWith("REDMINE_") && value !== undefined,
  );
  const facts = Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
  return facts["REDMINE_URL"] && facts["REDMINE_API_KEY"] ? facts : NO_REDMINE;
}

function parseFacts(text: string): RedmineFacts {
  const pairs = text.split("\n").filter((line) => line.includes("="));
  return Object.fromEntries(pairs.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}
