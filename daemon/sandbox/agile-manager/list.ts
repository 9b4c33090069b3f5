import type { Envelope } from "./answer.ts";
import type { Entity, Wire } from "./entity.ts";
import type { Field } from "./field.ts";
import { compileFilter, type FindField } from "./match.ts";
import { compileOrder } from "./order.ts";
import { parseQuery } from "./query.ts";
import { invalidQuery } from "./refusal.ts";
import type { AgileManagerSwitches } from "./switches.ts";

/** What listing needs to know of a resource. */
export interface Shape {
  readonly fields: ReadonlyMap<string, Field>;
  readonly hidden: ReadonlySet<string>;
}

/** Answers a collection GET: `query`, `fields`, `order-by`/`orderBy`, `limit`, `offset`. Throws `Refusal` 400. */
export function listing(
  rows: readonly Entity[],
  shape: Shape,
  parameters: URLSearchParams,
  switches: AgileManagerSwitches,
): Envelope {
  const find = finder(shape, switches);
  const filter = parseQuery(parameters.get("query") ?? "", { extras: switches.queryExtras === "accepted" });
  const order = parameters.get("order-by") ?? (switches.orderByOnly ? null : parameters.get("orderBy"));
  const comparator = compileOrder(order, find, switches);
  const show = projection(shape, parameters.get("fields"));
  const { offset, limit } = page(parameters, switches);

  const matches = filter === null ? rows : rows.filter(compileFilter(filter, find, switches));
  const ordered = comparator === null ? matches : [...matches].sort(comparator);
  return { data: ordered.slice(offset, offset + limit).map(show), TotalResults: matches.length };
}

/** Fields that a query or an order may name. */
function finder(shape: Shape, switches: AgileManagerSwitches): FindField {
  return (name) => {
    const field = known(shape, name);
    if (name === "last_modified" && switches.lastModifiedFilter === "refused") {
      throw invalidQuery("Field last_modified cannot be used in a query");
    }
    return field;
  };
}

function known(shape: Shape, name: string): Field {
  const field = shape.fields.get(name);
  if (field === undefined || shape.hidden.has(name)) throw invalidQuery(`Unknown field ${name}`);
  return field;
}

/** How an entity is shown: all keys, or `type`, `subtype`, `id` and those named in `fields`. Throws `Refusal` 400 for an unknown name. */
export function projection(shape: Shape, fields: string | null): (entity: Entity) => Entity {
  const named = (fields ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (named.length === 0)
    return shape.hidden.size === 0 ? (entity) => entity : (entity) => pick(entity, visible(shape));
  for (const name of named) known(shape, name);
  const always = ["type", "subtype", "id"].filter((name) => shape.fields.has(name));
  const names = [...new Set([...always, ...named])];
  return (entity) => pick(entity, names);
}

function visible(shape: Shape): readonly string[] {
  return [...shape.fields.keys()].filter((name) => !shape.hidden.has(name));
}

function pick(entity: Entity, names: readonly string[]): Entity {
  const picked: Record<string, Wire> = {};
  for (const name of names) picked[name] = entity[name] ?? null;
  return picked;
}

/** The part of a list without a query of its own (audits, attachments). */
export function paged<T>(rows: readonly T[], parameters: URLSearchParams, switches: AgileManagerSwitches) {
  const { offset, limit } = page(parameters, switches);
  return { rows: rows.slice(offset, offset + limit), total: rows.length };
}

function page(parameters: URLSearchParams, switches: AgileManagerSwitches): { offset: number; limit: number } {
  const limit = whole("limit", parameters.get("limit"));
  const offset = whole("offset", parameters.get("offset")) ?? 0;
  if (limit !== null && (limit < 1 || limit > switches.maxPage)) {
    throw invalidQuery(`limit must be between 1 and ${switches.maxPage}`);
  }
  const ignored = limit === null && switches.offsetAlone === "ignored";
  return { offset: ignored ? 0 : offset, limit: limit ?? Math.min(switches.defaultPage, switches.maxPage) };
}

function whole(name: string, text: string | null): number | null {
  if (text === null || text === "") return null;
  if (!/^\d{1,12}$/.test(text)) throw invalidQuery(`${name} must be a whole number from 0`);
  return Number(text);
}
