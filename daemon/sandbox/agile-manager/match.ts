import type { Entity, Wire } from "./entity.ts";
import { refId, refIds } from "./entity.ts";
import type { Field } from "./field.ts";
import type { Filter, Literal, Operator } from "./query.ts";
import { invalidQuery } from "./refusal.ts";
import type { AgileManagerSwitches } from "./switches.ts";
import { instantOf } from "./time.ts";

export type Predicate = (entity: Entity) => boolean;

/** Finds a field that may stand in a query, or throws `Refusal` 400. */
export type FindField = (name: string) => Field;

/** A filter as a test of one entity. Throws `Refusal` 400 for an unknown field and for a value the field cannot be compared with. */
export function compileFilter(filter: Filter, find: FindField, switches: AgileManagerSwitches): Predicate {
  if (filter.kind === "phrase") return phrase(find(filter.field), filter.operator, filter.literal, switches);
  if (filter.kind === "not") {
    const inner = compileFilter(filter.term, find, switches);
    return (entity) => !inner(entity);
  }
  const terms = filter.terms.map((term) => compileFilter(term, find, switches));
  return filter.kind === "and"
    ? (entity) => terms.every((term) => term(entity))
    : (entity) => terms.some((term) => term(entity));
}

function phrase(field: Field, operator: Operator, literal: Literal, switches: AgileManagerSwitches): Predicate {
  const { name } = field;
  if (literal.kind === "null") {
    if (operator !== "=") throw invalidQuery(`Field ${name}: null can only be compared with =`);
    return (entity) => isEmpty(entity[name]);
  }
  switch (field.type) {
    case "int":
    case "num":
      return compare(operator, numberOf(field, literal), (entity) => entity[name] as number | null | undefined);
    case "ref":
      return compare(operator, numberOf(field, literal), (entity) => refId(entity[name]));
    case "date":
    case "ts":
      return compare(operator, timeOf(field, literal), (entity) => stored(entity[name]));
    case "mref": {
      const wanted = numberOf(field, literal);
      if (operator !== "=") throw invalidQuery(`Field ${name} can only be compared with =`);
      return (entity) => refIds(entity[name]).includes(wanted);
    }
    default:
      return text(field, operator, literal, switches);
  }
}

/** Stored times are in canonical form already. */
function stored(value: Wire | undefined): number | null {
  return typeof value === "string" ? Date.parse(value) : null;
}

function isEmpty(value: Wire | undefined): boolean {
  if (value === null || value === undefined) return true;
  return typeof value === "object" && "data" in value && value.data.length === 0;
}

function numberOf(field: Field, literal: Exclude<Literal, { kind: "null" }>): number {
  if (literal.kind === "number") return literal.value;
  const text = literal.parts.join("*");
  if (!/^[+-]?\d+(\.\d+)?$/.test(text)) throw invalidQuery(`Field ${field.name} needs a number, not '${text}'`);
  return Number(text);
}

function timeOf(field: Field, literal: Exclude<Literal, { kind: "null" }>): number {
  const instant = literal.kind === "text" ? instantOf(literal.parts.join("*")) : null;
  if (instant === null) throw invalidQuery(`Field ${field.name} needs a date: 'YYYY-MM-DD' or 'YYYY-MM-DDTHH:mm:ssZ'`);
  return instant;
}

function compare<T extends number | string>(
  operator: Operator,
  wanted: T,
  read: (entity: Entity) => T | null | undefined,
): Predicate {
  return (entity) => {
    const value = read(entity);
    if (value === null || value === undefined) return false;
    return holds(operator, value, wanted);
  };
}

function holds<T extends number | string>(operator: Operator, value: T, wanted: T): boolean {
  switch (operator) {
    case "=":
      return value === wanted;
    case "<":
      return value < wanted;
    case ">":
      return value > wanted;
    case "<=":
      return value <= wanted;
    case ">=":
      return value >= wanted;
  }
}

function text(field: Field, operator: Operator, literal: Literal, switches: AgileManagerSwitches): Predicate {
  if (literal.kind !== "text") throw invalidQuery(`Field ${field.name} needs a text in single quotes`);
  const fold = folding(switches);
  const parts = literal.parts.map(fold);
  const whole = parts.join("*");
  const test =
    operator === "=" && parts.length > 1
      ? (value: string) => likes(value, parts)
      : (value: string) => holds(operator, value, whole);
  return (entity) => {
    const value = entity[field.name];
    if (typeof value === "string") return test(fold(value));
    return Array.isArray(value) && value.some((one) => test(fold(String(one))));
  };
}

/** How two texts are brought to the same case before they are compared. */
export function folding(switches: AgileManagerSwitches): (text: string) => string {
  return switches.stringCompare === "ci" ? (value) => value.toLowerCase() : (value) => value;
}

/** `parts` in order, the first at the start and the last at the end, anything between: linear, unlike a regular expression. */
function likes(value: string, parts: readonly string[]): boolean {
  const first = parts[0] ?? "";
  const last = parts.at(-1) ?? "";
  if (!value.startsWith(first) || !value.endsWith(last) || value.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = value.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= value.length - last.length;
}
