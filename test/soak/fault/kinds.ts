import { statSync } from "node:fs";
import type { Fault } from "../../../daemon/sandbox/simulator.ts";
import { addAgm, addAlm, agmId, almId, type Operation } from "./operations.ts";
import { ENDS, type End, type FaultSite, type SiteOptions } from "./site.ts";

/** Where a fault is met: in the listing or the writes of one side, or anywhere. */
export interface Spot {
  readonly what: "read" | "write" | "any";
  readonly end: End;
}

/** A column of the fault matrix. */
export interface Kind {
  readonly name: string;
  /** Clocks and zones, for the whole case. */
  readonly site?: Partial<SiteOptions>;
  /** Spots at which it makes a difference; null: it has none. */
  readonly spots: readonly Spot["what"][] | null;
  /** Misbehaves from now on; `over` puts it right. Returns how many requests can be met. */
  start(site: FaultSite, spot: Spot, operation: Operation): number;
  over?(site: FaultSite): void;
  /** What another person does meanwhile; in the undisturbed run the same is done before it. */
  meanwhile?(site: FaultSite, spot: Spot): void;
  /** Only where parts of records are read and written. */
  readonly partsOnly?: true;
  /** Nothing goes wrong that a report could tell. */
  readonly silent?: boolean;
}

const PATH: Readonly<Record<End, string>> = { alm: "/defects", agm: "backlog_items" };

function arm(
  site: FaultSite,
  spot: Spot,
  operation: Operation,
  fault: Omit<Fault, "method" | "path" | "after">,
): number {
  const { faults } = site[spot.end];
  const times = fault.times ?? 1;
  const path = (operation.paths ?? PATH)[spot.end];
  if (spot.what === "any") faults.arm({ ...fault, after: site.random.int(0, 7) });
  else if (spot.what === "read") faults.arm({ ...fault, method: "GET", path, after: site.random.int(0, 1) });
  else
    for (const method of ["POST", "PUT", "DELETE"])
      faults.arm({ ...fault, method, path, after: site.random.int(0, 1) });
  return spot.what === "write" ? times * 3 : times;
}

const EVERYWHERE = ["read", "write", "any"] as const;

function simple(name: string, fault: Omit<Fault, "method" | "path" | "after">): Kind {
  return { name, spots: EVERYWHERE, start: (site, spot, operation) => arm(site, spot, operation, fault) };
}

/** Of one request of a part: it is the server's word, so that asking again helps no run, but a later one. */
function refused(status: number): Kind {
  const kind = simple(`refused, ${status}`, { kind: "refused", status, times: 2 });
  return { ...kind, spots: ["read", "write"], partsOnly: true };
}

/** One side's clock against all others, or the daemon's. */
function skewed(who: End | "daemon", hours: number): Kind {
  const name = `${who} clock ${hours > 0 ? "+" : ""}${hours} h`;
  return { name, spots: null, silent: true, site: { skew: { [who]: hours } }, start: () => 0 };
}

/** The change falls between the edits and the run, 40 minutes after the beginning. */
function daylight(name: string, start: string, told: boolean): Kind {
  return {
    ...{ name, spots: null, silent: true },
    site: { start: Date.parse(start), zone: { name: "Europe/Berlin", told } },
    start: (site) => {
      site.pass(20);
      return 0;
    },
  };
}

export const KINDS: readonly Kind[] = [
  simple("unauthorized", { kind: "unauthorized" }),
  simple("unauthorized, thrice", { kind: "unauthorized", times: 3 }),
  simple("rate-limited storm", { kind: "rate-limited", times: 3, seconds: 20 }),
  simple("rate-limited, 10 min", { kind: "rate-limited", times: 2, seconds: 600 }),
  simple("error", { kind: "error" }),
  simple("error, five times", { kind: "error", times: 5 }),
  simple("error-but-stored", { kind: "error-but-stored" }),
  simple("unavailable", { kind: "unavailable", times: 2 }),
  simple("drop-before", { kind: "drop-before" }),
  simple("drop-after", { kind: "drop-after" }),
  simple("drop-after, all", { kind: "drop-after", times: 30 }),
  { ...simple("slow", { kind: "slow", seconds: 0.05 }), silent: true },
  simple("too slow", { kind: "slow", seconds: 1.8 }),
  simple("html", { kind: "html" }),
  simple("truncated", { kind: "truncated" }),
  simple("wrong-types", { kind: "wrong-types" }),
  simple("cut", { kind: "cut" }),
  { ...simple("drop-upload", { kind: "drop-upload" }), spots: ["write"], partsOnly: true },
  ...[403, 413, 422].map(refused),
  {
    ...{ name: "shift-page", spots: ["read"], silent: true },
    start(site, spot) {
      const act = () => edit(site, spot);
      site[spot.end].faults.arm({ kind: "shift-page", method: "GET", path: PATH[spot.end], after: 1, act });
      return 1;
    },
    meanwhile: edit,
  },
  {
    ...{ name: "partial bulk", spots: ["write"] },
    start(site, spot) {
      site.alm.admin.setList("Severity", ["1-Low", "2-Medium", "4-Very High", "5-Urgent"]);
      for (const key of ["K01", "K02", "K04"]) lock(site, key, true);
      return spot.end === "alm" ? 8 : 0;
    },
    over(site) {
      site.alm.admin.setList("Severity", ["1-Low", "2-Medium", "3-High", "4-Very High", "5-Urgent"]);
      for (const key of ["K01", "K02", "K04"]) lock(site, key, false);
    },
  },
  skewed("daemon", 2),
  skewed("daemon", -2),
  skewed("alm", 2),
  skewed("alm", -2),
  skewed("agm", 2),
  skewed("agm", -2),
  daylight("spring, zone told", "2026-03-29T00:20:00Z", true),
  daylight("spring, zone found", "2026-03-29T00:20:00Z", false),
  daylight("autumn, zone told", "2026-10-25T00:20:00Z", true),
  daylight("autumn, zone found", "2026-10-25T00:20:00Z", false),
  {
    ...{ name: "disk full", spots: null },
    start: (site) => {
      site.reopen({ maxBytes: 4_096 });
      return 0;
    },
    over: (site) => site.reopen(),
  },
  {
    ...{ name: "disk full later", spots: null, partsOnly: true },
    start: (site) => {
      site.reopen({ maxBytes: statSync(site.file).size + 4_096 });
      return 0;
    },
    over: (site) => site.reopen(),
  },
  {
    ...{ name: "disk read-only", spots: null },
    start: (site) => {
      site.reopen({ readOnly: true });
      return 0;
    },
    over: (site) => site.reopen(),
  },
];

export function spotsOf(kind: Kind): readonly Spot[] {
  if (kind.spots === null) return [{ what: "any", end: "alm" }];
  return kind.spots.flatMap((what) => ENDS.map((end) => ({ what, end })));
}

/** Somebody edits a record and makes another one between two pages. */
function edit(site: FaultSite, spot: Spot): void {
  if (spot.end === "alm") {
    site.alm.admin.update("defects", almId(site, "K06"), {
      description: "<html><body>between two pages</body></html>",
    });
    addAlm(site, "K91");
  } else {
    site.agm.admin.update("backlog_items", agmId(site, "K03"), { user_04: "2026-10-10" });
    addAgm(site, "K92");
  }
}

function lock(site: FaultSite, key: string, on: boolean): void {
  const row = site.alm.admin.list("defects").find((each) => String(each["name"]).startsWith(`${key} `));
  if (row === undefined) return;
  if (on) site.alm.admin.lock("defects", String(row["id"]), "somebody");
  else site.alm.admin.unlock("defects", String(row["id"]));
}
