import type { LinkConfig } from "../../../daemon/core/snapshot.ts";
import { sampleLink } from "../../support/defects.ts";
import type { End, FaultSite } from "./site.ts";

/** A row of the fault matrix: what people do before the run that meets the fault. */
export interface Operation {
  readonly name: string;
  /** The side that this operation writes; null: both. */
  readonly writes: End | null;
  readonly full?: boolean;
  /** Without pairs to begin with. */
  readonly bare?: boolean;
  readonly link?: Partial<LinkConfig>;
  /** Links beside the defects'. */
  readonly also?: readonly LinkConfig[];
  /** What requests of this operation have in their address, where that is not the records'. */
  readonly paths?: Readonly<Record<End, string>>;
  act(site: FaultSite): Promise<void> | void;
}

/** Pairs before the operation: K01 to K10, of which the last four are left alone. */
export const PAIRS = 10;
export const BYSTANDERS = ["K07", "K08", "K09", "K10"];

export function keyOf(n: number): string {
  return `K${String(n).padStart(2, "0")}`;
}

export function addAlm(site: FaultSite, key: string, more: Readonly<Record<string, string>> = {}): void {
  site.alm.admin.create("defects", { name: `${key} made in ALM`, severity: "2-Medium", "user-05": "mine", ...more });
}

export function addAgm(site: FaultSite, key: string): void {
  site.agm.admin.create("backlog_items", {
    subtype: "defect",
    name: `${key} made in AGM`,
    severity: Number(key.slice(1)) % 2 === 0 ? "Low" : "High",
  });
}

export function almId(site: FaultSite, key: string): string {
  const row = site.alm.admin.list("defects").find((each) => String(each["name"]).startsWith(`${key} `));
  if (row === undefined) throw new Error(`ALM has no ${key}`);
  return String(row["id"]);
}

export function agmId(site: FaultSite, key: string): number {
  const row = site.agm.admin.list("backlog_items").find((each) => String(each["name"]).startsWith(`${key} `));
  if (row === undefined) throw new Error(`Agile Manager has no ${key}`);
  return Number(row["id"]);
}

function editAlm(site: FaultSite, key: string, fields: Readonly<Record<string, string>>): void {
  site.alm.admin.update("defects", almId(site, key), fields);
}

function editAgm(site: FaultSite, key: string, fields: Readonly<Record<string, unknown>>): void {
  site.agm.admin.update("backlog_items", agmId(site, key), fields);
}

const updateAgm = (site: FaultSite) => {
  editAlm(site, "K01", { name: "K01 edited in ALM" });
  editAlm(site, "K02", { description: "<html><body>said in ALM</body></html>", severity: "5-Urgent" });
  editAlm(site, "K03", { "user-06": "2026-12-24" });
};
const updateAlm = (site: FaultSite) => {
  editAgm(site, "K04", { name: "K04 edited in AGM" });
  editAgm(site, "K05", { severity: "High", user_04: "2026-11-11" });
  editAgm(site, "K06", { description: "<html><body>said in AGM</body></html>" });
};

const sides = sampleLink();
const deleted = (left: "delete" | "recreate", right: "delete" | "recreate"): Partial<LinkConfig> => ({
  left: { ...sides.left, deleted: left },
  right: { ...sides.right, deleted: right },
});

export const OPERATIONS: readonly Operation[] = [
  {
    name: "initial load",
    writes: null,
    bare: true,
    act(site) {
      for (const n of [11, 12, 13, 14]) addAlm(site, keyOf(n));
      for (const n of [21, 22, 23, 24]) addAgm(site, keyOf(n));
    },
  },
  {
    name: "create in agm",
    writes: "agm",
    act(site) {
      for (const n of [11, 12, 13]) addAlm(site, keyOf(n), { severity: "3-High" });
    },
  },
  {
    name: "create in alm",
    writes: "alm",
    act(site) {
      for (const n of [21, 22, 23]) addAgm(site, keyOf(n));
    },
  },
  { name: "update agm", writes: "agm", act: updateAgm },
  { name: "update alm", writes: "alm", act: updateAlm },
  {
    name: "conflict",
    writes: null,
    act(site) {
      for (const key of ["K01", "K02"]) {
        editAlm(site, key, { name: `${key} by ALM`, severity: "5-Urgent" });
        editAgm(site, key, { name: `${key} by AGM` });
      }
      editAlm(site, "K03", { name: "K03 by ALM" });
      editAgm(site, "K03", { severity: "High" });
    },
  },
  {
    name: "delete in agm",
    writes: "agm",
    full: true,
    link: deleted("delete", "delete"),
    act(site) {
      for (const key of ["K01", "K02"]) site.alm.admin.remove("defects", almId(site, key));
    },
  },
  {
    name: "delete in alm",
    writes: "alm",
    full: true,
    link: deleted("delete", "delete"),
    act(site) {
      for (const key of ["K04", "K05"]) site.agm.admin.remove("backlog_items", agmId(site, key));
    },
  },
  {
    name: "recreate in alm",
    writes: "alm",
    full: true,
    link: deleted("recreate", "recreate"),
    act(site) {
      for (const key of ["K01", "K02"]) site.alm.admin.remove("defects", almId(site, key));
    },
  },
  {
    name: "recreate in agm",
    writes: "agm",
    full: true,
    link: deleted("recreate", "recreate"),
    act(site) {
      for (const key of ["K04", "K05"]) site.agm.admin.remove("backlog_items", agmId(site, key));
    },
  },
  {
    name: "retry",
    writes: null,
    async act(site) {
      updateAgm(site);
      updateAlm(site);
      addAlm(site, "K11");
      addAgm(site, "K21");
      for (const faults of [site.alm.faults, site.agm.faults])
        for (const method of ["POST", "PUT"])
          for (const path of ["/defects", "backlog_items"]) faults.arm({ kind: "error", method, path, times: 50 });
      await site.run();
      for (const faults of [site.alm.faults, site.agm.faults]) faults.clear();
      site.pass(10);
    },
  },
];
