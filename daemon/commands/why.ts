import type { Command } from "commander";
import { otherSide, SIDES, type Side } from "../core/snapshot.ts";
import type { JournalEntry } from "../core/store.ts";
import { formatWhy } from "../status/why-text.ts";
import {
  type NamedEntry,
  type Place as RecordPlace,
  tellParkedLinks,
  tellQueued,
  tellWrites,
  type WaitTold,
  type WriteTold,
} from "../sync/look/why.ts";
import { type Commits, lineOf, openCommits } from "./commit-text.ts";
import { EXIT, type ExitCode, type Host, print, printJson } from "./host.ts";
import { endpointsOf, linksOf, type Memory, type Names, withMemory } from "./memory.ts";
import { findPlace, type Place, type PlaceOptions, withRepository, withState } from "./place.ts";
import { isMeant, type Narrow, oneConnection, readRecordName, withNarrow } from "./record-name.ts";

interface WhyOptions extends PlaceOptions, Narrow {
  readonly all?: boolean;
  readonly json?: boolean;
}

/** Journal entries looked through for one record. */
const MOST_ENTRIES = 20_000;

export function addWhy(program: Command, host: Host, end: (code: ExitCode) => void): void {
  const command = program
    .command("why <endpoint:key> [field]")
    .description(
      "where a record's values come from: commit, mapping row or rule, run, the edit that caused it, what stood there before",
    )
    .option("--all", "every write that is kept, not only the last of each field")
    .option("--json", "print one JSON object, values whole")
    .addHelpText("after", WHY_HELP);
  withNarrow(withState(withRepository(command))).action(
    async (name: string, field: string | undefined, options: WhyOptions) => {
      const record = readRecordName(command, name);
      const place = await findPlace(host, options);
      const found = await withMemory(host, place, (memory) => explain(host, place, memory, record, field, options));
      const links = oneConnection(name, found);
      if (options.json === true) printJson(host, { ...record, field: field ?? null, links });
      else print(host, formatWhy(record, field ?? null, links));
      end(links.some((link) => link.writes.length > 0) ? EXIT.fine : EXIT.wrong);
    },
  );
}

const WHY_HELP = `
Reads the journal of the state folder: works beside a running daemon and without one, and asks no tracker. Fields are named as in the mapping.
A value that Syncline never wrote is somebody's own: then its partner, if it has one, tells what was made of it.

Exit code 0: explained; 1: the journal has no write of this record or field; 3: nothing ever ran here, or several connections have such an endpoint.

Examples:
  syncline why agm:1001 name
  syncline why alm:12 --all`;

/** What is known of a record on one link. */
export interface WhyOfLink {
  readonly link: string;
  /** `endpoint:key`; null where the record has none now. */
  readonly partner: string | null;
  readonly writes: readonly (WriteTold & Told)[];
  /** What is not there yet, without having failed. */
  readonly waits: readonly WaitTold[];
}

interface Told {
  /** First line of the commit's message; null where the commit cannot be read here. */
  readonly subject: string | null;
  /** The line of the mapping; null for a rule and where the commit cannot be read. */
  readonly row: string | null;
  /** Why the run ran, and of which kind; null where its report was cleared away. */
  readonly because: string | null;
}

async function explain(
  host: Host,
  place: Place,
  memory: Memory,
  record: RecordPlace,
  field: string | undefined,
  options: WhyOptions,
): Promise<readonly WhyOfLink[]> {
  const found: WhyOfLink[] = [];
  const commits = await openCommits(host, place);
  const keys = await linksOf(host, place, memory, options.link);
  for (const link of keys.filter((key) => isMeant(key, options))) {
    const latest = await memory.names(link);
    const sides = SIDES.filter((side) => latest[side] === record.endpoint);
    const partner = sides.flatMap((side) => partnerOf(memory, link, side, record.key, latest))[0] ?? null;
    const entries = entriesOf(memory, link, record, field, latest);
    const writes = tellWrites(entries, options.all === true);
    const store = memory.store.link(link);
    const waits = sides.flatMap((side) => [
      ...tellQueued(store, side, record.key, field ?? null, latest),
      ...(field === undefined ? tellParkedLinks(store, side, record.key, latest) : []),
    ]);
    if (writes.length === 0 && partner === null && waits.length === 0) continue;
    const told: (WriteTold & Told)[] = [];
    for (const write of writes) told.push({ ...write, ...(await about(write, memory, commits)) });
    found.push({ link, partner, writes: told, waits });
  }
  return found;
}

function partnerOf(memory: Memory, link: string, side: Side, key: string, names: Names): readonly string[] {
  const pair = memory.store.link(link).pairs(side, [key]).get(key);
  return pair === undefined ? [] : [`${names[otherSide(side)]}:${pair[otherSide(side)]}`];
}

/** Endpoints may have been renamed since: an entry belongs to the endpoint that its run's report names. */
function entriesOf(
  memory: Memory,
  link: string,
  { endpoint, key }: RecordPlace,
  field: string | undefined,
  latest: Names,
): readonly NamedEntry[] {
  const query = { record: key, ...(field === undefined ? {} : { field }), limit: MOST_ENTRIES };
  const named = memory.store
    .link(link)
    .journal(query)
    .map((entry): NamedEntry => ({ entry, names: namesOfRun(memory, entry, latest) }));
  return named.filter(({ entry, names }) => names[entry.side] === endpoint || latest[entry.side] === endpoint);
}

function namesOfRun(memory: Memory, entry: JournalEntry, latest: Names): Names {
  return endpointsOf(memory.store.report(entry.run)?.counts) ?? latest;
}

async function about(write: WriteTold, memory: Memory, commits: Commits): Promise<Told> {
  const tree = await commits.read(write.revision);
  const report = memory.store.report(write.run);
  const [, file, line] = /^(.*):(\d+)$/.exec(write.origin ?? "") ?? [];
  return {
    subject: tree?.subject ?? null,
    row: tree === null || file === undefined || line === undefined ? null : lineOf(tree, file, Number(line)),
    because: report === null ? null : `${report.kind} run, ${report.reason}`,
  };
}
