import { randomUUID } from "node:crypto";
import { buildCandidate } from "../../daemon/config/build.ts";
import { createTypeChecker } from "../../daemon/config/rules/typecheck.ts";
import { connectorTypes } from "../../daemon/connectors/registry.ts";
import { formatDiagnostic } from "../../daemon/core/diagnostic.ts";
import type { Snapshot } from "../../daemon/core/snapshot.ts";
import type { LinkStore, RunReport } from "../../daemon/core/store.ts";
import {
  type AgileManagerOptions,
  type AgileManagerSimulator,
  startAgileManagerSimulator,
} from "../../daemon/sandbox/agile-manager/index.ts";
import { type AlmOptions, type AlmSimulator, startAlmSimulator } from "../../daemon/sandbox/alm/index.ts";
import type { SharedPerson } from "../../daemon/sandbox/shared-content.ts";
import { textTree } from "../unit/config/corpus.ts";
import { openRuns } from "./runs.ts";

type Plain = Readonly<Record<string, unknown>>;

/** One pair of simulators without records, and links between them made from mapping text. */
export interface FieldBench {
  readonly alm: AlmSimulator;
  readonly agm: AgileManagerSimulator;
  /** A fresh memory with a link of its own; records of earlier links are gone. */
  link(rows: string, more?: LinkGiven): Promise<FieldLink>;
  /** What the check says of the mapping: `code` of each error and warning. */
  check(rows: string, more?: LinkGiven): Promise<readonly string[]>;
  /** Closes its links as well. */
  close(): Promise<void>;
}

export interface LinkGiven {
  /** Lines before the endpoints. */
  readonly top?: string;
  /** Lines of the link's own table. */
  readonly link?: string;
  /** Tables after the rows: value maps, constants. */
  readonly rest?: string;
  readonly users?: string;
  /** Default: defects. */
  readonly entities?: "requirements";
  /** Default: alm. */
  readonly conflict?: string;
  /** Replaces the usual constants of new ALM records. */
  readonly constants?: string;
}

export interface FieldLink {
  /** Passed, failed …; an incremental run after the first. */
  run(full?: boolean): Promise<RunReport>;
  /** What a full run would do. */
  dry(): Promise<RunReport>;
  /** Brings old pairs to the mapping of now, or says what that would do. */
  backfill(dryRun?: boolean): Promise<RunReport>;
  /** Another mapping goes live; the memory stays. */
  publish(rows: string, more?: LinkGiven): Promise<void>;
  /** Minutes pass on the daemon's clock. */
  pass(minutes: number): void;
  readonly store: LinkStore;
  almOf(agm: number): Plain;
  agmOf(alm: string): Plain;
  close(): Promise<void>;
}

const DEFECT_CONSTANTS = 'detected-by = "sync"\nseverity = "2-Medium"\ncreation-time = "2026-11-01"\n';
const REQUIREMENT_CONSTANTS = 'type-id = "3"\n';

/** How the simulators are to be, where that matters. */
export interface BenchOptions {
  readonly alm?: Pick<AlmOptions, "version" | "switches" | "clock">;
  readonly agm?: Pick<AgileManagerOptions, "switches" | "clock">;
}

export async function openFieldBench(people: readonly SharedPerson[], options: BenchOptions = {}): Promise<FieldBench> {
  const alm = await startAlmSimulator({ ...options.alm, content: { people } });
  const agm = await startAgileManagerSimulator({ ...options.agm, content: "empty" });
  const typecheck = createTypeChecker();
  const { signal } = new AbortController();
  const links = new Set<FieldLink>();

  function build(rows: string, more: LinkGiven) {
    const users: Record<string, string> = more.users === undefined ? {} : { "users/people.csv": more.users };
    const files = { "mappings/m.toml": mappingOf(alm, agm, rows, more), ...users };
    return buildCandidate(textTree(files), { connectorTypes, typecheck, signal });
  }

  async function snapshotOf(rows: string, more: LinkGiven): Promise<Snapshot> {
    const built = await build(rows, more);
    if (!built.ok) throw new Error(built.diagnostics.map(formatDiagnostic).join("\n"));
    const { digest, connections, warnings } = built.candidate;
    return { revision: randomUUID(), digest, connections, rules: null, warnings };
  }

  return {
    alm,
    agm,
    async link(rows, more = {}) {
      for (const collection of ["defects", "requirements"])
        for (const { id } of alm.admin.list(collection)) alm.admin.remove(collection, String(id));
      for (const { id } of agm.admin.list("backlog_items")) agm.admin.remove("backlog_items", Number(id));
      const link = openLink({ alm, agm }, await snapshotOf(rows, more), snapshotOf);
      links.add(link);
      return link;
    },
    async check(rows, more = {}) {
      const built = await build(rows, more);
      return (built.ok ? built.candidate.warnings : built.diagnostics).map((d) => d.code);
    },
    async close() {
      for (const link of links) await link.close();
      await typecheck.close();
      await alm.close();
      await agm.close();
    },
  };
}

function mappingOf(alm: AlmSimulator, agm: AgileManagerSimulator, rows: string, more: LinkGiven): string {
  const requirements = more.entities === "requirements";
  const markers = requirements ? '{ alm = "user-01", agm = "user_06_s" }' : '{ alm = "user-04", agm = "user_01_d" }';
  return `${more.top ?? ""}
[endpoints.alm]
type = "alm"
url = "${alm.url}"
domain = "DEMO"
project = "PAYMENTS"
zone = "Europe/Berlin"
secret = "alm"
[endpoints.agm]
type = "agile-manager"
url = "${agm.url}"
workspace = 1003
secret = "agm"
fields = { user_01_d = "number", user_06_s = "number", user_02 = "option[]", user_03 = "string", user_07 = "string" }
[links.items]
alm = "${requirements ? "requirement" : "defect"}"
agm = "${requirements ? "user_story" : "defect"}"
marker = ${markers}
conflict = "${more.conflict ?? "alm"}"
${more.link ?? ""}
[links.items.constants.alm]
${more.constants ?? (requirements ? REQUIREMENT_CONSTANTS : DEFECT_CONSTANTS)}
[links.items.fields]
name = "name"
${rows}
${more.rest ?? ""}
`;
}

function openLink(
  { alm, agm }: Pick<FieldBench, "alm" | "agm">,
  first: Snapshot,
  snapshotOf: (rows: string, more: LinkGiven) => Promise<Snapshot>,
): FieldLink {
  const runs = openRuns(first, {
    alm: { user: String(alm.access["user"]), password: String(alm.access["password"]) },
    agm: { "client-id": String(agm.access["client-id"]), "client-secret": String(agm.access["client-secret"]) },
  });
  const partner = (record: Plain | undefined, what: string): Plain => {
    if (record === undefined) throw new Error(`${what} has no partner`);
    return record;
  };
  return {
    run: (full = false) => runs.run("m/items", { full }),
    backfill: (dryRun = false) => runs.run("m/items", { full: true, dryRun, backfill: true }),
    dry: () => runs.run("m/items", { full: true, dryRun: true }),
    async publish(rows, more = {}) {
      runs.activate(await snapshotOf(rows, more));
    },
    pass: runs.pass,
    store: runs.store.link("m/items"),
    agmOf(id) {
      const items = agm.admin.list("backlog_items");
      const found = items.find((item) => String(item["user_01_d"] ?? item["user_06_s"] ?? "") === id);
      return partner(found, `ALM ${id}`);
    },
    almOf(id) {
      const found =
        alm.admin.list("defects").find((row) => row["user-04"] === String(id)) ??
        alm.admin.list("requirements").find((row) => row["user-01"] === String(id));
      return partner(found, `Agile Manager ${id}`);
    },
    close: runs.close,
  };
}
