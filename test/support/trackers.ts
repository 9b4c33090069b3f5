import type { TestContext } from "node:test";
import {
  type AgileManagerOptions,
  type AgileManagerSimulator,
  startAgileManagerSimulator,
} from "../../daemon/sandbox/agile-manager/index.ts";
import { type AlmOptions, type AlmSimulator, startAlmSimulator } from "../../daemon/sandbox/alm/index.ts";

/** Both simulated trackers in the test's own process: it counts their requests, arms faults, and edits behind the daemon's back. */
export interface Trackers {
  readonly alm: AlmSimulator;
  readonly agm: AgileManagerSimulator;
  almDefect(id: string): Readonly<Record<string, string | string[]>>;
  agmDefect(id: number): Readonly<Record<string, unknown>>;
  /** Defects of both sides. */
  counts(): { readonly alm: number; readonly agm: number };
  /** Records whose markers name the same partner, or one that is not there or names somebody else. */
  doubled(): readonly string[];
  /** Records whose marker names a partner that has no marker yet. */
  halfMarked(): readonly string[];
  /** Requests since the last `reset`, sign-in included. */
  requests(): { readonly alm: number; readonly agm: number };
  reset(): void;
}

export async function startTrackers(
  t: TestContext,
  options: { alm?: AlmOptions; agm?: AgileManagerOptions } = {},
): Promise<Trackers> {
  const alm = await startAlmSimulator(options.alm);
  t.after(() => alm.close());
  const agm = await startAgileManagerSimulator(options.agm);
  t.after(() => agm.close());
  const almDefects = () => alm.admin.list("defects");
  const agmDefects = () => agm.admin.list("backlog_items").filter((item) => item["subtype"] === "defect");
  return {
    alm,
    agm,
    almDefect: (id) => found(alm.admin.get("defects", id), `ALM defect ${id}`),
    agmDefect: (id) => found(agm.admin.get("backlog_items", id), `Agile Manager defect ${id}`),
    counts: () => ({ alm: almDefects().length, agm: agmDefects().length }),
    doubled: () => [
      ...doubled("agm", marks(almDefects(), "user-04"), marks(agmDefects(), "user_01_d")),
      ...doubled("alm", marks(agmDefects(), "user_01_d"), marks(almDefects(), "user-04")),
    ],
    halfMarked: () => [
      ...halfMarked("agm", marks(almDefects(), "user-04"), marks(agmDefects(), "user_01_d")),
      ...halfMarked("alm", marks(agmDefects(), "user_01_d"), marks(almDefects(), "user-04")),
    ],
    requests: () => ({ alm: alm.traffic.total(), agm: agm.traffic.total() }),
    reset() {
      alm.traffic.reset();
      agm.traffic.reset();
    },
  };
}

type Mark = readonly [id: string, partner: string];

function marks(records: readonly Readonly<Record<string, unknown>>[], field: string): readonly Mark[] {
  return records.map((record) => [String(record["id"]), record[field] == null ? "" : String(record[field])] as const);
}

function doubled(name: string, here: readonly Mark[], there: readonly Mark[]): readonly string[] {
  const partners = new Map(there);
  const seen = new Set<string>();
  return here.flatMap(([id, partner]) => {
    if (partner === "") return [];
    const back = partners.get(partner);
    const again = seen.has(partner);
    seen.add(partner);
    if (again) return [`${name} ${partner} has two partners, one is ${id}`];
    return back === "" || back === id
      ? []
      : [`${id} names ${name} ${partner}, which names ${back ?? "nobody: it is gone"}`];
  });
}

function halfMarked(name: string, here: readonly Mark[], there: readonly Mark[]): readonly string[] {
  const partners = new Map(there);
  return here.flatMap(([id, partner]) =>
    partner !== "" && partners.get(partner) === "" ? [`${id} names ${name} ${partner}, which names nobody`] : [],
  );
}

function found<T>(record: T | null, what: string): T {
  if (record === null) throw new Error(`${what} is not there`);
  return record;
}
