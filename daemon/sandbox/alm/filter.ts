import { fieldValue } from "./derive.ts";
import { AlmError } from "./errors.ts";
import { listOf, type Project, rowsOf, textOf } from "./project.ts";
import { type Clause, type Operator, parseQuery, QuerySyntaxError, type Test } from "./query-parse.ts";
import type { EntityDef, FieldDef, RelationDef } from "./schema.ts";
import type { Row } from "./store.ts";
import { isDate, isDateTime } from "./time.ts";

export type RowTest = (row: Row) => boolean;

/** Throws `AlmError` of id `invalid-filter-expression`. */
export function compileQuery(project: Project, entity: EntityDef, query: string): RowTest {
  const tests: RowTest[] = [];
  const byAlias = new Map<string, Clause[]>();
  for (const clause of parse(project, query)) {
    if (clause.alias === null || clause.alias === entity.name) tests.push(compileClause(project, entity, clause));
    else byAlias.set(clause.alias, [...(byAlias.get(clause.alias) ?? []), clause]);
  }
  for (const [alias, clauses] of byAlias) tests.push(compileCross(project, entity, alias, clauses));
  return (row) => tests.every((test) => test(row));
}

/** The ids that a query asks for when it does nothing but that: `{id[3 OR 5]}`. Null for any other query. */
export function askedIds(project: Project, query: string): readonly number[] | null {
  const [clause, second] = parse(project, query);
  if (clause === undefined || second !== undefined || clause.alias !== null || clause.field !== "id") return null;
  const tests = clause.test.kind === "or" ? clause.test.tests : [clause.test];
  const ids = tests.map((test) => (test.kind === "compare" && test.operator === "=" ? test.value : ""));
  return ids.every((id) => /^\d+$/.test(id)) ? [...new Set(ids.map(Number))].sort((a, b) => a - b) : null;
}

function parse(project: Project, query: string): readonly Clause[] {
  try {
    return parseQuery(query, project.profile.wordOperators);
  } catch (error) {
    if (!(error instanceof QuerySyntaxError)) throw error;
    throw invalid(project.switches.querySyntaxStatus, `Invalid filter expression '${query}': ${error.message}`);
  }
}

function invalid(status: number, title: string): AlmError {
  return new AlmError(status, "invalid-filter-expression", title);
}

function compileClause(project: Project, entity: EntityDef, clause: Clause): RowTest {
  const field = entity.fields.get(clause.field);
  if (field === undefined) throw invalid(404, `Unknown field '${clause.field}' for entity '${entity.name}'`);
  if (!field.filterable) throw invalid(404, `Field '${clause.field}' cannot be filtered`);
  const test = compileTest(project, field, clause.test);
  return (row) => test(listOf(fieldValue(project, entity, row, field)));
}

type ValuesTest = (values: readonly string[]) => boolean;

function compileTest(project: Project, field: FieldDef, test: Test): ValuesTest {
  switch (test.kind) {
    case "not": {
      const inner = compileTest(project, field, test.test);
      const orEmpty = project.switches.notMatchesEmpty;
      return (values) => (values.length === 0 ? orEmpty && !inner(values) : !inner(values));
    }
    case "and": {
      const tests = test.tests.map((inner) => compileTest(project, field, inner));
      return (values) => tests.every((inner) => inner(values));
    }
    case "or":
      return compileOr(project, field, test.tests);
    case "compare":
      return compileComparison(project, field, test.operator, test.value);
  }
}

/** Hundreds of ids in one OR are usual: equality of whole numbers is looked up, not tried one by one. */
function compileOr(project: Project, field: FieldDef, tests: readonly Test[]): ValuesTest {
  const numbers = tests.map((test) => (test.kind === "compare" && test.operator === "=" ? test.value : ""));
  if ((field.type === "Number" || field.type === "Reference") && numbers.every((value) => /^[1-9]\d*$/.test(value))) {
    const wanted = new Set(numbers);
    return (values) => values.some((value) => wanted.has(value));
  }
  const compiled = tests.map((inner) => compileTest(project, field, inner));
  return (values) => compiled.some((inner) => inner(values));
}

function compileComparison(project: Project, field: FieldDef, operator: Operator, value: string): ValuesTest {
  if (value === "") return compileEmpty(project, operator);
  const compare = comparer(project, field, value);
  if (operator === "<>") {
    const orEmpty = project.switches.notMatchesEmpty;
    return (values) => (values.length === 0 ? orEmpty : !values.some((own) => compare.equals(own)));
  }
  if (operator === "=") return (values) => values.some((own) => compare.equals(own));
  return (values) => values.some((own) => holds(operator, compare.order(own)));
}

function compileEmpty(project: Project, operator: Operator): ValuesTest {
  const { emptyTest } = project.switches;
  if (emptyTest === "error") throw invalid(project.switches.querySyntaxStatus, "A value is empty");
  if (emptyTest === "matches-nothing") return () => false;
  return operator === "<>" ? (values) => values.length > 0 : (values) => values.length === 0;
}

function holds(operator: Operator, order: number): boolean {
  switch (operator) {
    case "<":
      return order < 0;
    case ">":
      return order > 0;
    case "<=":
      return order <= 0;
    case ">=":
      return order >= 0;
    default:
      return order === 0;
  }
}

interface Comparer {
  equals(own: string): boolean;
  /** Negative where the record's value comes first. */
  order(own: string): number;
}

function comparer(project: Project, field: FieldDef, value: string): Comparer {
  if (field.type === "Number" || field.type === "Reference") return numeric(field, value);
  if (field.type === "Date" || field.type === "DateTime") return dated(field, value);
  const fold = project.switches.caseSensitive ? (text: string) => text : (text: string) => text.toLowerCase();
  const wanted = fold(value);
  const order = (own: string): number => compareText(fold(own), wanted);
  if (!value.includes("*")) return { equals: (own) => fold(own) === wanted, order };
  const pattern = new RegExp(`^${wanted.split("*").map(escapePattern).join("[\\s\\S]*")}$`);
  return { equals: (own) => pattern.test(fold(own)), order };
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

function numeric(field: FieldDef, value: string): Comparer {
  if (!/^-?\d+(\.\d+)?$/.test(value))
    throw invalid(404, `Invalid value '${value}' for field '${field.name}': expected a number`);
  const wanted = Number(value);
  return { equals: (own) => Number(own) === wanted, order: (own) => Number(own) - wanted };
}

/** A day stands for its midnight where a time is due, and a time for its day where a day is due. */
function dated(field: FieldDef, value: string): Comparer {
  if (!isDate(value) && !isDateTime(value))
    throw invalid(404, `Invalid value '${value}' for field '${field.name}': expected a date`);
  const wanted = field.type === "Date" ? value.slice(0, 10) : value.length === 10 ? `${value} 00:00:00` : value;
  return { equals: (own) => own === wanted, order: (own) => compareText(own, wanted) };
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Clauses of one alias speak of the same related record. */
function compileCross(project: Project, entity: EntityDef, alias: string, clauses: readonly Clause[]): RowTest {
  const relation = relationOf(project, entity, alias);
  const target = project.schema.entities.get(relation.target);
  if (target === undefined) throw invalid(404, `Unknown entity '${relation.target}'`);
  const inclusive = inclusion(clauses);
  const tests = clauses
    .filter((clause) => clause.field !== "inclusive-filter")
    .map((clause) => compileClause(project, target, { ...clause, alias: null }));
  const matching = new Set<number>();
  for (const row of rowsOf(project, target).values()) if (tests.every((test) => test(row))) matching.add(row.id);
  const related = relatedIds(project, entity, relation);
  return (row) => related(row).some((id) => matching.has(id)) === inclusive;
}

function inclusion(clauses: readonly Clause[]): boolean {
  const clause = clauses.find((candidate) => candidate.field === "inclusive-filter");
  if (clause === undefined) return true;
  const value = clause.test.kind === "compare" ? clause.test.value.toLowerCase() : "";
  if (value !== "true" && value !== "false") throw invalid(404, "inclusive-filter is true or false");
  return value === "true";
}

export function relationOf(project: Project, entity: EntityDef, alias: string): RelationDef {
  const named = project.schema.relations.filter(
    (relation) => relation.source === entity.name && relation.aliases.some((candidate) => candidate.name === alias),
  );
  const unique = named.find((relation) =>
    relation.aliases.some((candidate) => candidate.name === alias && candidate.unique),
  );
  if (unique !== undefined) return unique;
  const why = named.length > 0 ? "is not unique" : "is unknown";
  throw invalid(404, `The alias '${alias}' ${why} for entity '${entity.name}'`);
}

/** Ids of the records that a row is related to. */
export function relatedIds(
  project: Project,
  entity: EntityDef,
  relation: RelationDef,
): (row: Row) => readonly number[] {
  const { via } = relation;
  if (via.kind === "column") return (row) => listOf(row.values[via.column]).map(Number);
  const related = new Map<number, number[]>();
  const add = (from: number, to: number): void => void related.set(from, [...(related.get(from) ?? []), to]);
  if (via.kind === "reverse") {
    for (const row of rowsOf(project, entity).values()) add(Number(textOf(row.values[via.column])), row.id);
  } else addLinks(project, entity, relation, via.side, add);
  return (row) => related.get(row.id) ?? [];
}

function addLinks(
  project: Project,
  entity: EntityDef,
  relation: RelationDef,
  side: "first" | "second" | "either",
  add: (from: number, to: number) => void,
): void {
  const foreign = entity.name === "defect" ? relation.target : entity.name;
  for (const link of project.store.rows("defect-links").values()) {
    if (link.values["second-endpoint-type"] !== foreign) continue;
    const first = Number(textOf(link.values["first-endpoint-id"]));
    const second = Number(textOf(link.values["second-endpoint-id"]));
    if (side === "second" || entity.name !== "defect") add(second, first);
    else add(first, second);
  }
}
