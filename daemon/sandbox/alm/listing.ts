import { fieldValue, nameIn } from "./derive.ts";
import { AlmError, generalError } from "./errors.ts";
import { askedIds, compareText, compileQuery } from "./filter.ts";
import { listOf, type Project, rowsOf, textOf } from "./project.ts";
import type { EntityDef, FieldDef } from "./schema.ts";
import type { Row } from "./store.ts";

export interface Page {
  readonly rows: readonly Row[];
  /** Matches of the whole query; 0 for a page of size 0. */
  readonly total: number;
}

/** Reads `query`, `order-by`, `page-size` and `start-index`. `among` narrows to a parent's records. Throws `AlmError`. */
export function list(project: Project, entity: EntityDef, query: URLSearchParams, among?: (row: Row) => boolean): Page {
  const matches = select(project, entity, query.get("query") ?? "", among);
  const order = readOrder(project, entity, query.get("order-by") ?? "");
  const size = readPageSize(project, query.get("page-size"));
  const start = readStart(project, query.get("start-index"));
  if (size === 0) return { rows: [], total: 0 };
  const sorted = order === null ? matches : [...matches].sort(order);
  return { rows: sorted.slice(start - 1, start - 1 + size), total: matches.length };
}

/** Rows that a query selects, in id order. */
export function select(
  project: Project,
  entity: EntityDef,
  query: string,
  among?: (row: Row) => boolean,
): readonly Row[] {
  const rows = rowsOf(project, entity);
  const ids = askedIds(project, query);
  const test = compileQuery(project, entity, query);
  const source = ids === null ? [...rows.values()] : ids.flatMap((id) => rows.get(id) ?? []);
  return source.filter((row) => test(row) && (among === undefined || among(row)));
}

function readPageSize(project: Project, text: string | null): number {
  const { defaultPageSize, maxPageSize, overMaxPageSize } = project.switches;
  if (text === null || text === "") return defaultPageSize;
  if (text === "max") return maxPageSize;
  if (!/^\d+$/.test(text)) throw badPageSize(maxPageSize);
  const size = Number(text);
  if (size <= maxPageSize || overMaxPageSize === "grant") return size;
  if (overMaxPageSize === "error") throw badPageSize(maxPageSize);
  return maxPageSize;
}

function badPageSize(max: number): AlmError {
  const limit = max.toLocaleString("en-US");
  return new AlmError(
    404,
    "invalid-query-value",
    `Page size values can be either integer between 0 and ${limit} or "max"`,
  );
}

function readStart(project: Project, text: string | null): number {
  if (text === null || text === "") return 1;
  if (/^\d+$/.test(text) && Number(text) >= 1) return Number(text);
  if (text === "0" && project.switches.zeroStartIndex === "first") return 1;
  throw new AlmError(404, "invalid-query-value", `Invalid start index '${text}'`);
}

type Order = (a: Row, b: Row) => number;

/** Null for the usual order, by id. */
function readOrder(project: Project, entity: EntityDef, text: string): Order | null {
  const inner = text.trim().replace(/^\{([\s\S]*)\}$/, "$1");
  const orders = inner
    .split(";")
    .filter((part) => part.trim() !== "")
    .map((part) => readOrderPart(project, entity, part.trim()));
  if (orders.length === 0) return null;
  return (a, b) => {
    for (const order of orders) {
      const found = order(a, b);
      if (found !== 0) return found;
    }
    return a.id - b.id;
  };
}

function readOrderPart(project: Project, entity: EntityDef, part: string): Order {
  const match = /^([^[\]]+?)\s*(?:\[\s*(ASC|DESC)\s*(,\s*CI\s*)?\])?$/i.exec(part);
  const field = entity.fields.get(match?.[1] ?? part);
  if (match === null || field === undefined) throw generalError(404, `not existing field: "${match?.[1] ?? part}"`);
  const foldCase = match[3] !== undefined;
  if (foldCase && !project.profile.orderIgnoringCase) throw generalError(404, `not existing order: "${part}"`);
  const sign = match[2]?.toUpperCase() === "DESC" ? -1 : 1;
  const key = sortKey(project, entity, field, foldCase);
  if (isNumeric(project, field)) return (a, b) => sign * (Number(key(a)) - Number(key(b)));
  return (a, b) => sign * compareText(key(a), key(b));
}

function isNumeric(project: Project, field: FieldDef): boolean {
  return field.type === "Number" || (field.type === "Reference" && project.switches.referenceSorting === "id");
}

function sortKey(project: Project, entity: EntityDef, field: FieldDef, foldCase: boolean): (row: Row) => string {
  const { target } = field;
  if (target !== null && !isNumeric(project, field)) {
    return (row) => nameIn(project, target, Number(listOf(row.values[field.name])[0] ?? 0));
  }
  return (row) => {
    const text = textOf(fieldValue(project, entity, row, field));
    return foldCase ? text.toLowerCase() : text;
  };
}

/** Names of `fields=`, checked; null for all. A dotted name asks for a related record's field. Throws 400 for an unknown one. */
export function readFields(entity: EntityDef, text: string | null): readonly string[] | null {
  const names = (text ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const unknown = names.find((name) => !name.includes(".") && !entity.fields.has(name));
  if (unknown === undefined) return names.length === 0 ? null : [...new Set(names)];
  throw new AlmError(400, "unknown-field-name", `The field '${unknown}' is unknown for entity '${entity.name}'.`);
}
