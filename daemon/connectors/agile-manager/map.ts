import { ConnectorError } from "../../core/errors.ts";
import type { FieldSchema } from "../../core/field.ts";
import type { Fields, TrackerRecord, Value } from "../../core/record.ts";
import { canonicalDate, canonicalInstant } from "../../fields/date.ts";
import { canonicalDecimal } from "../../fields/number.ts";
import { type Fail, idOf, isObject, type JsonObject } from "../json-answer.ts";
import { PARENT, parentOf, withoutParent } from "./parent.ts";

/** What is known of a field for certain (table or declaration); null where its kind must be read off the value. */
export type KnownField = (name: string) => FieldSchema | null;

export function toRecord(row: JsonObject, names: readonly string[], known: KnownField, fail: Fail): TrackerRecord {
  const id = idOf(row["id"], "id", fail);
  const modified = toInstant(row["last_modified"], fail);
  const fields: Record<string, Value> = {};
  const neutral = (name: string) => toNeutral(name, row[name] ?? null, known(name), fail);
  for (const name of names) {
    const field = known(name);
    fields[name] = name === PARENT && field !== null ? parentOf(field, neutral) : neutral(name);
  }
  // Without a time of modification (a server that leaves it out) the content itself tells whether it changed.
  return { id, version: modified ?? JSON.stringify(row), modified, fields };
}

function toInstant(wire: unknown, fail: Fail): string | null {
  if (wire === null || wire === undefined) return null;
  if (typeof wire !== "string") return fail("has no time as last_modified");
  return instantOf(wire) ?? fail("has no time as last_modified");
}

/** Also `2016-03-02 08:20:00`, as the older interface of the same server writes it: UTC. */
function instantOf(text: string): string | null {
  const bare = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})$/.exec(text);
  return canonicalInstant(bare === null ? text : `${bare[1]}T${bare[2]}Z`);
}

/** One value as it came, in the neutral form. */
export function toNeutral(name: string, wire: unknown, field: FieldSchema | null, fail: Fail): Value {
  if (wire === null || wire === "") return null;
  const items = itemsOf(wire);
  const refuse: Fail = () => fail(`has something else than ${field?.kind ?? "a value"} in ${name}`);
  if (items === null) {
    const one = itemToNeutral(wire, field, refuse);
    return field?.multiple === true ? [one] : one;
  }
  const list = [...new Set(items.map((item) => itemToNeutral(item, field, refuse)))];
  if (list.length === 0) return null;
  return field !== null && !field.multiple ? refuse("") : list;
}

/** Several values come as a list (of texts) or as `{data: […]}` (of references). */
function itemsOf(wire: unknown): readonly unknown[] | null {
  if (Array.isArray(wire)) return wire;
  return isObject(wire) && Array.isArray(wire["data"]) ? wire["data"] : null;
}

function itemToNeutral(wire: unknown, field: FieldSchema | null, refuse: Fail): string {
  if (field === null) return guessItem(wire, refuse);
  switch (field.kind) {
    case "number":
      return numberOf(wire, refuse);
    case "date":
      return (typeof wire === "string" ? canonicalDate(wire) : null) ?? refuse("");
    case "datetime":
      return (typeof wire === "string" ? instantOf(wire) : null) ?? refuse("");
    case "reference":
      return referenceOf(wire) ?? refuse("");
    default:
      // A declaration of a user-defined field may be off; what the table says is the server's own word.
      if (typeof wire === "number" && field.name.startsWith("user_")) return numberOf(wire, refuse);
      return typeof wire === "string" ? wire : refuse("");
  }
}

function guessItem(wire: unknown, refuse: Fail): string {
  if (typeof wire === "string") return wire;
  if (typeof wire === "number") return numberOf(wire, refuse);
  if (typeof wire === "boolean") return String(wire);
  return referenceOf(wire) ?? refuse("");
}

function numberOf(wire: unknown, refuse: Fail): string {
  if (typeof wire !== "number" || !Number.isFinite(wire)) return refuse("");
  return canonicalDecimal(String(wire)) ?? refuse("");
}

/** `{type, id}`, or a bare id. */
function referenceOf(wire: unknown): string | null {
  const id = isObject(wire) ? wire["id"] : wire;
  if (typeof id === "number" && Number.isSafeInteger(id)) return String(id);
  return typeof id === "string" && /^\d+$/.test(id) ? id : null;
}

/** What is sent for a value; `field` null: nothing is known of it, the value goes as it stands. */
export function toWire(value: Value, field: FieldSchema | null): unknown {
  if (field?.kind === "reference" && field.multiple) {
    const ids = value === null ? [] : typeof value === "string" ? [value] : value;
    return { data: ids.map((id) => itemToWire(id, field)) };
  }
  if (value === null) return null;
  if (typeof value !== "string") return value.map((item) => itemToWire(item, field));
  return field?.multiple === true ? [itemToWire(value, field)] : itemToWire(value, field);
}

function itemToWire(text: string, field: FieldSchema | null): unknown {
  const exact = field?.kind === "number" ? canonicalDecimal(text) : null;
  if (field !== null && exact !== null) return numberToWire(exact, field);
  if (field?.kind === "reference") return { type: field.target, id: /^\d{1,15}$/.test(text) ? Number(text) : text };
  return text;
}

/** A whole number that a binary one cannot hold would arrive as another one, and one beyond all of them would empty the field. */
function numberToWire(exact: string, field: FieldSchema): number {
  const number = Number(exact);
  if (Number.isFinite(number) && (exact.includes(".") || canonicalDecimal(String(number)) === exact)) return number;
  const shown = exact.length <= 40 ? exact : `${exact.slice(0, 40)}…`;
  const message = `${shown} is more than the field "${field.label}" holds exactly: map it to a text field`;
  throw new ConnectorError("invalid", message, { field: field.name });
}

/** Throws `ConnectorError` for a parent that cannot be one, and for a number that cannot be held. */
export function bodyOf(fields: Fields, fieldOf: KnownField): Record<string, unknown> {
  const sent = Object.entries(withoutParent(fields, fieldOf(PARENT)));
  return Object.fromEntries(sent.map(([name, value]) => [name, toWire(value, fieldOf(name))]));
}

/** Kind of a user-defined field from values seen in it; null where all were empty. */
export function guessField(name: string, wires: readonly unknown[]): FieldSchema | null {
  const filled = wires.filter((wire) => wire !== null && wire !== undefined && wire !== "");
  if (filled.length === 0) return null;
  const multiple = filled.some((wire) => itemsOf(wire) !== null);
  const items = filled.flatMap((wire) => itemsOf(wire) ?? [wire]);
  const base = { name, label: name, multiple, required: false, readOnly: false };
  const target = items.find((item) => isObject(item) && typeof item["type"] === "string");
  if (isObject(target)) return { ...base, kind: "reference", target: String(target["type"]) };
  if (items.length > 0 && items.every((item) => typeof item === "number")) return { ...base, kind: "number" };
  if (multiple) return { ...base, kind: "option" };
  const texts = items.filter((item) => typeof item === "string");
  if (texts.every((text) => /^\d{4}-\d{2}-\d{2}$/.test(text))) return { ...base, kind: "date" };
  // Whether a text is a memo is never guessed from its content: the guess would change with the records at hand, and values with it.
  return { ...base, kind: "string" };
}
