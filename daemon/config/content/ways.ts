import type { FieldSchema } from "../../core/field.ts";
import type { FieldMapping, Side } from "../../core/snapshot.ts";
import type { Endpoint } from "./endpoints.ts";
import type { LinkContext } from "./link-context.ts";
import type { Place, Placed } from "./report.ts";
import type { SideFields } from "./side-fields.ts";
import type { ValueRow } from "./value-maps.ts";

/** A row as read, for checks that look at both of its fields. */
export interface RowSeen {
  readonly mapping: FieldMapping;
  readonly left: Placed<string>;
  readonly right: Placed<string>;
  readonly leftSchema: FieldSchema | null;
  readonly rightSchema: FieldSchema | null;
  /** Whether the row itself has a key: what somebody wrote down is a decision. */
  says(key: string): boolean;
  /** Where the value stands that stands in for those without a row: `unmapped = { value = "…" }`. */
  readonly standInAt: Place | null;
}

/** One direction of a row, both of whose fields are known. */
export interface Way {
  readonly toward: Side;
  readonly mapping: FieldMapping;
  readonly from: FieldSchema;
  readonly to: FieldSchema;
  readonly source: SideFields;
  readonly target: SideFields;
  readonly targetEndpoint: Endpoint;
  /** Where the written field stands. */
  readonly at: Placed<string>["at"];
  /** Rows of the value map that count on this way; empty without one. */
  readonly values: readonly ValueRow[];
  readonly back: readonly ValueRow[];
  /** The row of the value map that answers for a value: blanks around it do not matter. */
  rowOf(value: string): ValueRow | undefined;
  says(key: string): boolean;
  readonly standInAt: Place | null;
}

/** A field that nobody has described holds texts, as far as a value map goes. */
export function assumed(row: RowSeen): RowSeen {
  return {
    ...row,
    leftSchema: row.leftSchema ?? textField(row.left.value),
    rightSchema: row.rightSchema ?? textField(row.right.value),
  };
}

function textField(name: string): FieldSchema {
  return { name, label: name, kind: "string", multiple: false, required: false, readOnly: false };
}

export function waysOf(row: RowSeen, context: LinkContext): readonly Way[] {
  const { mapping, leftSchema, rightSchema, says, standInAt } = row;
  if (leftSchema === null || rightSchema === null) return [];
  const map = mapping.values === null ? undefined : context.values.get(mapping.values.name);
  const [toRight, toLeft] = [map?.toRight ?? [], map?.toLeft ?? []];
  const right: Way = {
    ...{ toward: "right", mapping, says, standInAt, from: leftSchema, to: rightSchema, at: row.right.at },
    ...{ source: context.leftFields, target: context.rightFields, targetEndpoint: context.right },
    ...{ values: toRight, back: toLeft, rowOf: finderOf(toRight) },
  };
  const left: Way = {
    ...{ toward: "left", mapping, says, standInAt, from: rightSchema, to: leftSchema, at: row.left.at },
    ...{ source: context.rightFields, target: context.leftFields, targetEndpoint: context.left },
    ...{ values: toLeft, back: toRight, rowOf: finderOf(toLeft) },
  };
  if (mapping.direction === "both") return [right, left];
  return mapping.direction === "to-right" ? [right] : [left];
}

function finderOf(rows: readonly ValueRow[]): Way["rowOf"] {
  // Of several rows for one value the first counts.
  const known = new Map(rows.toReversed().map((row) => [row.from.value, row]));
  return (value) => known.get(value) ?? known.get(value.trim());
}
