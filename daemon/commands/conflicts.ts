import type { Command } from "commander";
import { type ConflictOfField, conflictsOf } from "../status/conflicts.ts";
import { formatConflicts } from "../status/conflicts-text.ts";
import { EXIT, type ExitCode, type Host, print, printJson } from "./host.ts";
import { linksOf, withMemory } from "./memory.ts";
import { findPlace, type PlaceOptions, withState } from "./place.ts";
import { toLimit } from "./runs.ts";

interface ConflictsOptions extends PlaceOptions {
  readonly limit: number;
  readonly exitCode?: boolean;
  readonly json?: boolean;
}

const SHOWN = 500;

export function addConflicts(program: Command, host: Host, end: (code: ExitCode) => void): void {
  const command = program
    .command("conflicts [connection/link]")
    .description("fields and comments that both sides changed and that wait for a person, with both values")
    .option("--limit <n>", `most pairs shown of each link`, toLimit, SHOWN)
    .option("--exit-code", "end with 1 where anything waits")
    .option("--json", "print one JSON object, values whole")
    .addHelpText("after", CONFLICTS_HELP);
  withState(command).action(async (link: string | undefined, options: ConflictsOptions) => {
    const place = await findPlace(host, options);
    const conflicts = await withMemory(host, place, async (memory) => {
      const found: ConflictOfField[] = [];
      for (const key of await linksOf(host, place, memory, link)) {
        found.push(...conflictsOf(key, await memory.names(key), memory.store.link(key).held(options.limit)));
      }
      return found;
    });
    if (options.json === true) printJson(host, { conflicts });
    else print(host, formatConflicts(conflicts, host.now()));
    end(options.exitCode === true && conflicts.length > 0 ? EXIT.wrong : EXIT.fine);
  });
}

const CONFLICTS_HELP = `
A field waits here when its mapping says conflict = "hold" (or "newest" cannot tell), a comment when its link says so, "newest", "union" or "merge". Each
tracker keeps its own value meanwhile, and the record's other fields go on. \`syncline resolve\` decides one; so does whoever makes both values equal. Works beside a running daemon and without one.

Exit code 0: shown; 1: something waits (only with --exit-code); 3: there is no such link, or nothing ever ran here.`;
