import type { DirectoryEntry, FieldSchema, Person } from "../../../daemon/core/field.ts";
import type { Value } from "../../../daemon/core/record.ts";
import type { FieldMapping, Side } from "../../../daemon/core/snapshot.ts";
import { carry, type Passage } from "../../../daemon/fields/carry.ts";
import type { EndpointWorld } from "../../../daemon/fields/world.ts";
import { field, row } from "../sync/bench.ts";

export { field, row, valueMap } from "../sync/bench.ts";

export function person(login: string, emails: readonly string[] = [], active = true): Person {
  return { login, name: login, emails, active };
}

export function entry(id: string, name: string, more: Partial<DirectoryEntry> = {}): DirectoryEntry {
  return { id, name, path: `\\${name}`, parent: null, ...more };
}

export interface WorldGiven {
  readonly people?: readonly Person[] | null;
  readonly directories?: Readonly<Record<string, readonly DirectoryEntry[]>>;
}

export function world(endpoint: string, given: WorldGiven = {}): EndpointWorld {
  return { endpoint, people: given.people ?? null, directories: new Map(Object.entries(given.directories ?? {})) };
}

export interface Given {
  readonly from?: Partial<FieldSchema>;
  readonly to?: Partial<FieldSchema>;
  readonly mapping?: Partial<FieldMapping>;
  readonly toward?: Side;
  readonly source?: WorldGiven;
  readonly target?: WorldGiven;
  readonly partnerOf?: Passage["partnerOf"];
}

/** From a field "here" of alm to a field "there" of agm, or as `given` says. */
export function passage(given: Given = {}): Passage {
  return {
    from: field("here", given.from),
    to: field("there", given.to),
    mapping: row("here", "there", given.mapping),
    toward: given.toward ?? "right",
    source: world(given.toward === "left" ? "agm" : "alm", given.source),
    target: world(given.toward === "left" ? "alm" : "agm", given.target),
    ...(given.partnerOf === undefined ? {} : { partnerOf: given.partnerOf }),
  };
}

/** The carried value; throws where there is none. */
export function carried(value: Value, given: Given = {}): Value {
  const result = carry(value, passage(given));
  if (result.kind !== "value") throw new Error(JSON.stringify(result));
  return result.value;
}

/** The message of the fault that carrying `value` is. */
export function refused(value: Value, given: Given = {}): string {
  const result = carry(value, passage(given));
  if (result.kind !== "fault") throw new Error(JSON.stringify(result));
  return result.message;
}

export function notesOf(value: Value, given: Given = {}): readonly string[] {
  const result = carry(value, passage(given));
  return result.kind === "value" ? result.notes : [];
}
