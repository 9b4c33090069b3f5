import { randomUUID } from "node:crypto";
import { buildCandidate } from "../../daemon/config/build.ts";
import { createTypeChecker } from "../../daemon/config/rules/typecheck.ts";
import { connectorTypes } from "../../daemon/connectors/registry.ts";
import { type Diagnostic, formatDiagnostic } from "../../daemon/core/diagnostic.ts";
import type { Snapshot } from "../../daemon/core/snapshot.ts";
import type { RunReport } from "../../daemon/core/store.ts";
import { textTree } from "../unit/config/corpus.ts";
import { openRuns, type RunOptions, type Runs, type Secrets } from "./runs.ts";

/** One connection with any number of links, run in the test's own process against trackers that the test has started. */
export interface LinkBench extends Omit<Runs, "activate"> {
  /** `link` is the name within the connection. An incremental run after the first. */
  run(link: string, options?: RunOptions): Promise<RunReport>;
  /** Another mapping goes live; the memory stays. */
  publish(mapping: string): Promise<void>;
}

const typecheck = createTypeChecker();
const { signal } = new AbortController();

/** Of a mapping `mappings/m.toml`: the connection is called `m`. */
export async function openLinkBench(
  mapping: string,
  secrets: Secrets,
  users: Readonly<Record<string, string>> = {},
  now: () => number = () => Date.now(),
): Promise<LinkBench> {
  const runs = openRuns(await snapshotOf(mapping, users), secrets, now);
  return {
    ...runs,
    run: (link, options) => runs.run(`m/${link}`, options),
    async publish(text) {
      runs.activate(await snapshotOf(text, users));
    },
  };
}

/** What the check says of a mapping, worst first in each line of the file: errors, or warnings where there are none. */
export async function checkMapping(mapping: string): Promise<readonly Diagnostic[]> {
  const built = await build(mapping, {});
  return built.ok ? built.candidate.warnings : built.diagnostics;
}

function build(mapping: string, users: Readonly<Record<string, string>>) {
  const files = Object.fromEntries(Object.entries(users).map(([name, text]) => [`users/${name}.csv`, text]));
  return buildCandidate(textTree({ "mappings/m.toml": mapping, ...files }), { connectorTypes, typecheck, signal });
}

async function snapshotOf(mapping: string, users: Readonly<Record<string, string>>): Promise<Snapshot> {
  const built = await build(mapping, users);
  if (!built.ok) throw new Error(built.diagnostics.map(formatDiagnostic).join("\n"));
  const { digest, connections, warnings } = built.candidate;
  return { revision: randomUUID(), digest, connections, rules: null, warnings };
}

/** Ends the type checker that all benches of a test file share. */
export function closeLinkBenches(): Promise<void> {
  return typecheck.close();
}
