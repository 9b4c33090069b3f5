import type { Value } from "../../../daemon/core/record.ts";
import type { ConflictPolicy, FieldMapping, LinkConfig, Side } from "../../../daemon/core/snapshot.ts";
import { field, link, row, side, valueMap } from "./bench.ts";
import type { Habits } from "./memory-tracker.ts";
import { type PartStep, type PartsSetup, partsConfig } from "./model-parts.ts";
import type { Row } from "./model-reference.ts";
import type { Trouble } from "./model-trouble.ts";

type Rule = "nothing" | "delete" | "recreate";

/** The generated configuration that a whole example lives under. */
export interface Setup {
  readonly deleted: Readonly<Record<Side, Rule>>;
  readonly create: Readonly<Record<Side, boolean>>;
  /** Only records of scope "in" get a partner. */
  readonly filter: Readonly<Record<Side, boolean>>;
  readonly conflict: ConflictPolicy;
  readonly onDisk: boolean;
  readonly parts: PartsSetup;
}

export interface Edit {
  readonly side: Side;
  readonly field: number;
  readonly value: number;
}

export type Step =
  | { readonly do: "add"; readonly side: Side; readonly inside: boolean }
  | { readonly do: "edit"; readonly pick: number; readonly edits: readonly Edit[] }
  | { readonly do: "drop"; readonly pick: number; readonly side: Side }
  | { readonly do: "hide"; readonly pick: number; readonly side: Side; readonly as: "outside" | "hidden" }
  | { readonly do: "run"; readonly full: boolean; readonly trouble: Trouble }
  | { readonly do: "habits"; readonly side: Side; readonly habits: Habits }
  | {
      readonly do: "publish";
      readonly what: "row" | "map" | "direction";
      readonly direction: FieldMapping["direction"];
    }
  | PartStep
  | { readonly do: "restart" }
  | { readonly do: "wait"; readonly minutes: number };

export const FIELDS = {
  left: [
    field("key"),
    field("scope"),
    field("name"),
    field("size", { kind: "number" }),
    field("tags", { multiple: true }),
    field("sev"),
    field("note"),
  ],
  right: [
    field("key"),
    field("scope"),
    field("title"),
    field("points", { kind: "number" }),
    field("labels", { multiple: true }),
    field("rank"),
    field("text"),
  ],
};
const MAPS = {
  before: valueMap({ Low: "1", Medium: "2", High: "2", Top: "3" }, { "1": "Low", "2": "Medium", "3": "Top" }),
  after: valueMap({ Low: "1", Medium: "2", High: "3", Top: "3" }, { "1": "Low", "2": "Medium", "3": "Top" }),
};
export const NAMES = [
  ["name", "title"],
  ["size", "points"],
  ["tags", "labels"],
  ["sev", "rank"],
  ["note", "text"],
] as const;
/** What was published since the beginning. */
export interface Published {
  row: boolean;
  map: boolean;
  direction: FieldMapping["direction"];
}

export function linkOf(setup: Setup, published: Published): LinkConfig {
  const { deleted, create, filter, conflict } = setup;
  const one = (endpoint: string, s: Side) =>
    side(endpoint, { deleted: deleted[s], create: create[s], filter: filter[s] ? "scope=in" : null });
  const rows = [
    row("key", "key"),
    ...rowsOf(setup, published).map((r) =>
      row(r.left, r.right, {
        direction: r.direction,
        conflict,
        ...(r.left === "sev" ? { values: mapOf(published) } : {}),
      }),
    ),
  ];
  const off = { create: null, update: null, delete: null };
  return link(rows, { left: one("l", "left"), right: one("r", "right"), conflict, brakes: off, ...partsConfig() });
}

function mapOf(published: Published) {
  return published.map ? MAPS.after : MAPS.before;
}

export function rowsOf(setup: Setup, published: Published): readonly Row[] {
  return NAMES.filter(([left]) => left !== "note" || published.row).map(([left, right]) => ({
    ...{ left, right, conflict: setup.conflict },
    direction: left === "name" ? published.direction : "both",
    toRight: (value) =>
      left === "sev" && typeof value === "string" ? (mapOf(published).toRight[value] ?? null) : value,
    toLeft: (value) => (left === "sev" && typeof value === "string" ? (mapOf(published).toLeft[value] ?? null) : value),
  }));
}

export function content(name: string, s: Side, value: number): Value {
  if (name === "size") return value === 0 ? null : String(value);
  if (name === "tags") return value === 0 ? null : ["a", "b", "c"].slice(0, value);
  if (name === "sev") return s === "left" ? (["Low", "Medium", "High", "Top"][value] ?? null) : String(1 + (value % 3));
  return value === 0 ? null : `v${value}`;
}
