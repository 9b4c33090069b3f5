import type { Fault } from "../../../daemon/sandbox/simulator.ts";
import { addAgm, addAlm, keyOf } from "./operations.ts";
import { ENDS, openFaultSite } from "./site.ts";

/** A tracker that misbehaves for a day while a run comes every five minutes. */
export interface Storm {
  readonly name: string;
  readonly fault: Pick<Fault, "kind" | "seconds" | "method">;
  /** Requests that every run may cost, whatever waits. */
  readonly perRun: number;
  /** Writes that each waiting record may cost in the whole day. */
  readonly perRecord: number;
}

const RUNS = 288;
const RECORDS = 12;

/**
 * Reading is tried four times and then given up: nothing is written. Writing is tried by each record alone, and less and less often (1, 2, 4 … minutes
 * up to 6 hours): ten times in a day, of which each costs four requests where the tracker asks for patience (429).
 */
export const STORMS: readonly Storm[] = [
  { name: "down", fault: { kind: "unavailable" }, perRun: 8, perRecord: 0 },
  { name: "hangs up", fault: { kind: "drop-before" }, perRun: 8, perRecord: 0 },
  { name: "rate-limited", fault: { kind: "rate-limited", seconds: 30 }, perRun: 8, perRecord: 0 },
  { name: "sign-in refused", fault: { kind: "unauthorized" }, perRun: 8, perRecord: 0 },
  ...["unavailable", "error", "drop-after", "html", "rate-limited"].map((kind): Storm => {
    const fault = { kind: kind as Fault["kind"], seconds: 30 };
    return {
      name: `writes answered by ${kind}`,
      fault: { ...fault, method: "writes" },
      perRun: 10,
      perRecord: kind === "rate-limited" ? 40 : 12,
    };
  }),
];

export interface Stormed {
  readonly perRun: number;
  readonly perRecord: number;
}

/** Requests of a day of trouble, by run (reading and sign-in) and by record (writing). */
export async function weather({ fault }: Storm, seed: number): Promise<Stormed> {
  const site = await openFaultSite({ seed });
  try {
    for (let n = 1; n <= RECORDS; n++) {
      if (n % 2 === 1) addAlm(site, keyOf(n));
      else addAgm(site, keyOf(n));
    }
    const methods = fault.method === "writes" ? ["POST", "PUT", "DELETE"] : [null];
    for (const end of ENDS)
      for (const method of methods) {
        const path = end === "alm" ? "/defects" : "backlog_items";
        const { kind, seconds } = fault;
        site[end].faults.arm({
          ...{ kind, times: 1_000_000, path },
          ...(seconds === undefined ? {} : { seconds }),
          ...(method === null ? {} : { method }),
        });
      }
    const before = { all: site.requests(), writes: site.writes() };
    for (let i = 0; i < RUNS; i++) {
      await site.run(i % 12 === 0);
      site.pass(5);
    }
    const writes = site.writes() - before.writes;
    return { perRun: (site.requests() - before.all - writes) / RUNS, perRecord: writes / RECORDS };
  } finally {
    await site.close();
  }
}
