import type { FieldFault } from "../../core/connector.ts";
import type { Fields, Value } from "../../core/record.ts";
import type { Lists, Named } from "./lists.ts";
import { customWire, type Vocabulary } from "./map.ts";
import { customByName, STANDARD } from "./schema.ts";

/** What is sent for a set of fields, and which of them have no wire form: those are left out, the others are written. */
export interface Payload {
  readonly body: Readonly<Record<string, unknown>>;
  readonly faults: readonly FieldFault[];
}

/** A value in its wire form, or why there is none. */
type Wire = { readonly wire: unknown } | { readonly fault: string };

export async function payloadOf(
  fields: Fields,
  vocabulary: Vocabulary,
  lists: Lists,
  signal: AbortSignal,
): Promise<Payload> {
  const body: Record<string, unknown> = {};
  const custom: { readonly id: number; readonly value: unknown }[] = [];
  const faults: FieldFault[] = [];
  for (const [name, value] of Object.entries(fields)) {
    const standard = Object.hasOwn(STANDARD, name) ? STANDARD[name] : undefined;
    const field = standard === undefined ? customByName(vocabulary.customFields, name) : null;
    const wire =
      standard === undefined
        ? await customWireOf(name, value, vocabulary, lists, signal)
        : await standardWire(name, value, lists, signal);
    if ("fault" in wire) faults.push({ field: name, message: wire.fault });
    else if (field !== null) custom.push({ id: field.id, value: wire.wire });
    else if (standard?.key) body[standard.key] = wire.wire;
  }
  return { body: custom.length === 0 ? body : { ...body, custom_fields: custom }, faults };
}

async function standardWire(name: string, value: Value, lists: Lists, signal: AbortSignal): Promise<Wire> {
  if (STANDARD[name]?.key === null) return { fault: "the server lets nobody write this field" };
  if (value !== null && typeof value !== "string") return { fault: "the field holds one value, not several" };
  switch (name) {
    case "status":
      return value === null ? cannotBeEmpty : named("status", value, lists.statuses, same, signal);
    case "priority":
      return value === null ? cannotBeEmpty : named("priority", value, lists.priorities, same, signal);
    case "tracker":
      return value === null ? cannotBeEmpty : named("tracker", value, lists.project, (p) => p.trackers, signal);
    case "category":
      return value === null ? cleared : named("category", value, lists.project, (p) => p.categories, signal);
    case "assigned_to":
      return value === null ? cleared : person(value, lists, signal);
    case "fixed_version":
    case "parent":
      return value === null || /^\d+$/.test(value) ? { wire: value ?? "" } : { fault: `"${value}" is no id` };
    case "done_ratio":
      return { wire: value === null ? 0 : Number(value) };
    case "is_private":
      return { wire: value === "true" };
    default:
      return { wire: value ?? "" };
  }
}

const cleared: Wire = { wire: "" };
const cannotBeEmpty: Wire = { fault: "the field cannot be empty" };

function same(list: readonly Named[]): readonly Named[] {
  return list;
}

/** Id of a list value by its name; the list is read again before a name counts as missing. */
async function named<T>(
  what: string,
  name: string,
  cached: { get(signal: AbortSignal): Promise<T>; refresh(signal: AbortSignal): Promise<T> },
  pick: (value: T) => readonly Named[],
  signal: AbortSignal,
): Promise<Wire> {
  const find = (list: readonly Named[]) => list.find((entry) => entry.name === name);
  const found = find(pick(await cached.get(signal)));
  if (found !== undefined) return { wire: found.id };
  const fresh = pick(await cached.refresh(signal));
  const late = find(fresh);
  if (late !== undefined) return { wire: late.id };
  const known = fresh.map((entry) => entry.name).join(", ");
  return { fault: `there is no ${what} "${name}"; there is ${known === "" ? "none" : known}` };
}

async function person(text: string, lists: Lists, signal: AbortSignal): Promise<Wire> {
  const id = (await lists.people.get(signal)).idOf(text) ?? (await lists.people.refresh(signal)).idOf(text);
  return id === null ? { fault: `there is no user or member "${text}", or more than one has this name` } : { wire: id };
}

async function customWireOf(
  name: string,
  value: Value,
  vocabulary: Vocabulary,
  lists: Lists,
  signal: AbortSignal,
): Promise<Wire> {
  const field = customByName(vocabulary.customFields, name);
  if (field === null) return { fault: "the project has no such field" };
  const idOf = field.format === "user" ? (await lists.people.get(signal)).idOf : () => null;
  const wire = customWire(value, field, idOf);
  if (wire !== null) return { wire };
  if (field.format !== "user") return { fault: `${JSON.stringify(value)} is no value of this field` };
  const retried = customWire(value, field, (await lists.people.refresh(signal)).idOf);
  return retried === null ? { fault: `there is no user or member ${JSON.stringify(value)}` } : { wire: retried };
}
