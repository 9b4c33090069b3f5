import type { Fields, TrackerRecord, Value } from "../../core/record.ts";
import { utcSecond, type Zone } from "../../lib/zone.ts";
import type { Fail } from "../json-answer.ts";
import { type EntityMeta, type FieldMeta, kindOf } from "./schema.ts";
import { PARENT, TREE } from "./tree-field.ts";
import type { WireEntity, WireFields } from "./wire.ts";

/** A record with the given fields; one that the server left out is empty. `fail` is called for values that are not what their type says. */
export function toRecord(
  entity: WireEntity,
  meta: EntityMeta,
  fields: readonly string[],
  zone: Zone,
  fail: Fail,
): TrackerRecord {
  const modified = meta.modified === null ? undefined : entity.fields.get(meta.modified)?.[0];
  const stamp = meta.stamp === null ? undefined : entity.fields.get(meta.stamp)?.[0];
  const values = fields.map((name) => {
    const field = meta.fields.get(name);
    const value = toNeutral(entity.fields.get(name) ?? [], field, zone, (what) => fail(`${what} (${name})`));
    return [name, isRoot(meta, name, value) ? null : value] as const;
  });
  return {
    id: idOf(entity, fail),
    version: stamp ?? modified ?? "",
    modified: modified === undefined ? null : utc(modified, zone, fail),
    fields: Object.fromEntries(values),
  };
}

/** The root of the requirements is no record: servers name it by 0 or by -1, and take 0. */
function isRoot(meta: EntityMeta, name: string, value: Value): boolean {
  return meta.entity === TREE && name === PARENT && (value === "0" || value === "-1");
}

/** What was sent, as it comes back. */
export function asStored(fields: Fields, meta: EntityMeta): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, isRoot(meta, name, value) ? null : value]),
  );
}

export function idOf(entity: WireEntity, fail: Fail): string {
  const id = entity.fields.get("id")?.[0] ?? "";
  return /^\d{1,15}$/.test(id) ? id : fail("has an entity without an id");
}

/** `field` undefined: one that the metadata does not know is read as text. */
export function toNeutral(values: readonly string[], field: FieldMeta | undefined, zone: Zone, fail: Fail): Value {
  const kind = field === undefined ? "string" : kindOf(field);
  const one = (text: string) => {
    if (kind === "number") return canonicalNumber(text) ?? fail("has no number where one is due");
    if (kind === "date") return /^\d{4}-\d\d-\d\d/.exec(text)?.[0] ?? fail("has no date where one is due");
    return kind === "datetime" ? utc(text, zone, fail) : text;
  };
  if (field?.multiple !== true) return values[0] === undefined ? null : one(values[0]);
  // Ids of a multi-value reference may come joined, as they may be written.
  const parts = kind === "reference" ? values.flatMap((text) => text.split(";").map((id) => id.trim())) : values;
  const all = [...new Set(parts.filter((text) => text !== "").map(one))];
  return all.length === 0 ? null : all;
}

/** One spelling per number; null for what is none. Digits are kept, however many. */
export function canonicalNumber(text: string): string | null {
  const match = /^\s*([+-]?)(\d*)(?:\.(\d*))?\s*$/.exec(text);
  if (match === null || `${match[2]}${match[3] ?? ""}` === "") return null;
  const whole = (match[2] ?? "").replace(/^0+(?=\d)/, "") || "0";
  const fraction = (match[3] ?? "").replace(/0+$/, "");
  const digits = fraction === "" ? whole : `${whole}.${fraction}`;
  return match[1] === "-" && digits !== "0" ? `-${digits}` : digits;
}

function utc(text: string, zone: Zone, fail: Fail): string {
  // Of a wall time that came twice the earlier reading is taken: a record looks older than it is, never newer.
  const reading = zone.toUtc(text);
  return reading === null ? fail("has no time where one is due") : utcSecond(reading.earlier);
}

/** The fields of a write. Names that the metadata does not know are sent as they are: the server says what is wrong with them. */
export function toWire(fields: Fields, meta: EntityMeta, zone: Zone): WireFields {
  // The server reports one problem at a time; `name` first and `type-id` last is the order that all versions take.
  const names = Object.keys(fields).sort((a, b) => rank(a) - rank(b));
  return new Map(
    names.map((name) => {
      const value = fields[name] ?? null;
      const root = value === null && meta.entity === TREE && name === PARENT;
      return [name, root ? ["0"] : wireValues(value, meta.fields.get(name), zone)];
    }),
  );
}

function rank(name: string): number {
  return name === "id" ? 0 : name === "name" ? 1 : name === "type-id" ? 3 : 2;
}

function wireValues(value: Value, field: FieldMeta | undefined, zone: Zone): readonly string[] {
  if (value === null) return [];
  const texts = typeof value === "string" ? [value] : value;
  return field !== undefined && kindOf(field) === "datetime"
    ? texts.map((text) => zone.toLocal(Date.parse(text)))
    : texts;
}
