import { readEntityType } from "../../core/entity-type.ts";
import type { EntitySchema, FieldSchema } from "../../core/field.ts";
import { type EntityMeaning, ROLES, type Role } from "../../core/meaning.ts";
import { targetsOf } from "../../fields/referred.ts";
import { nounOf, whyIncompatible } from "../content/kinds.ts";
import type { DraftInput, DraftLinkInput, DraftSide } from "./input.ts";
import type { TomlValue } from "./toml-text.ts";
import { isEmpty, isPlain, type MatchedValues, matchValues } from "./values.ts";

/** A row of a drafted link. */
export interface DraftRow {
  readonly role: Role;
  readonly left: string;
  readonly right: string;
  /** Besides the right field's name. */
  readonly options: Readonly<Record<string, TomlValue>>;
  /** What people call the two fields. */
  readonly note: string;
  /** Why it is only a comment; null: it counts. */
  readonly off: string | null;
  /** Of its value map; null: it has none. */
  readonly values: MatchedValues | null;
  /** The lists, as far as they are known, of a row that somebody has to write the value map of. */
  readonly blank: Lists | null;
  /** The value map's name, once all links are known. */
  readonly mapName?: string;
}

/** A field that one tracker sets by itself when a record is born, and that the other takes: a default rule carries it, once. */
export interface Birth {
  readonly role: Role;
  readonly toward: "left" | "right";
  readonly from: FieldSchema;
  readonly to: FieldSchema;
}

export interface DraftedRows {
  readonly rows: readonly DraftRow[];
  readonly births: readonly Birth[];
}

interface Ends {
  readonly role: Role;
  readonly left: FieldSchema;
  readonly right: FieldSchema;
}

/** The system fields that both sides have (E85), each field once. */
export function draftRows(link: DraftLinkInput, input: DraftInput): DraftedRows {
  const rows: DraftRow[] = [];
  const births: Birth[] = [];
  for (const ends of endsOf(link, input)) {
    const { left, right, role } = ends;
    if (left.readOnly && right.readOnly) continue;
    if (left.readOnly || right.readOnly) {
      const birth = birthOf(ends);
      if (birth !== null && !births.some(({ to }) => to === birth.to)) births.push(birth);
      if (isFree(ends, rows)) rows.push(oneWayRow(ends, input, birth !== null));
    } else if (isFree(ends, rows)) {
      rows.push({ ...emptyRow(ends), ...fit(ends, rows, input), role });
    }
  }
  return { rows, births };
}

/** Both fields of every role, in the order of the rows. */
function endsOf(link: DraftLinkInput, { left, right }: DraftInput): readonly Ends[] {
  const [leftFields, rightFields] = [fieldsOf(left, link.left), fieldsOf(right, link.right)];
  return ROLES.flatMap((role) => {
    const [a, b] = [leftFields(role), rightFields(role)];
    return a === null || b === null ? [] : [{ role, left: a, right: b }];
  });
}

function fieldsOf({ type, schemas }: DraftSide, entity: string): (role: Role) => FieldSchema | null {
  const schema: EntitySchema | undefined = schemas[entity];
  const { base, subtypes } = readEntityType(entity);
  const meaning: EntityMeaning | undefined = type.meanings?.[base];
  return (role) => {
    // The link's entity type says it already.
    if (role === "type" && subtypes.length > 0) return null;
    return schema?.fields[meaning?.fields[role] ?? ""] ?? null;
  };
}

function isFree({ left, right }: Ends, rows: readonly DraftRow[]): boolean {
  return !rows.some((row) => row.left === left.name || row.right === right.name);
}

function emptyRow({ role, left, right }: Ends): DraftRow {
  const note = left.label === right.label ? left.label : `${left.label}: ${right.label}`;
  return { role, left: left.name, right: right.name, options: {}, note, off: null, values: null, blank: null };
}

const BORN: readonly Role[] = ["reporter", "author", "detected on", "created on"];

function birthOf({ role, left, right }: Ends): Birth | null {
  if (!BORN.includes(role)) return null;
  const [toward, from, to] = left.readOnly ? (["right", left, right] as const) : (["left", right, left] as const);
  const fits = from.kind === "user" ? to.kind === "user" : isDay(from) && isDay(to);
  return fits ? { role, toward, from, to } : null;
}

function isDay({ kind }: FieldSchema): boolean {
  return kind === "date" || kind === "datetime";
}

/** Such a row overwrites, on every pair, what was true of a record that was born on the side that is written. */
function oneWayRow(ends: Ends, { left, right }: DraftInput, ruled: boolean): DraftRow {
  const [writes, sets] = ends.left.readOnly ? [right, left] : [left, right];
  const why = ruled ? "the rule file carries it once, when a record is made" : `only ${sets.name} sets it`;
  return { ...emptyRow(ends), options: { direction: `to-${writes.name}` }, off: why };
}

type Fit = Partial<Pick<DraftRow, "options" | "off" | "values" | "blank">>;

function fit(ends: Ends, rows: readonly DraftRow[], input: DraftInput): Fit {
  const { left, right } = ends;
  const lacking = lackedOwner(ends, rows, input);
  if (lacking !== null) return { off: `wants a row for ${lacking}` };
  const listed = valuesOf(left, right, input);
  if (listed !== null) return fitValues(listed, left, right, input);
  const why = whyIncompatible(left, right, false) ?? whyIncompatible(right, left, false);
  if (why !== null) return { off: `${nounOf(left)} and ${nounOf(right)} do not fit` };
  if (left.kind === "user" && right.kind === "user") return { options: { users: input.connection } };
  if (left.kind === "reference" && right.kind === "reference") return fitReference(ends, input);
  return {};
}

/** The field that says in whose whole the value is a part, where no row carries it (a cycle's release). */
function lackedOwner({ left, right }: Ends, rows: readonly DraftRow[], input: DraftInput): string | null {
  const active = rows.filter(({ off }) => off === null);
  const owners = [
    [input.left.type.bonds?.owners?.[left.name], active.map((row) => row.left)],
    [input.right.type.bonds?.owners?.[right.name], active.map((row) => row.right)],
  ] as const;
  return owners.find(([owner, mapped]) => owner !== undefined && !mapped.includes(owner))?.[0] ?? null;
}

/** Values of two fields, null where nobody can tell them. */
export interface Lists {
  readonly left: readonly string[] | null;
  readonly right: readonly string[] | null;
}

/** Null where the two are no lists of values that must be told apart. */
function valuesOf(left: FieldSchema, right: FieldSchema, input: DraftInput): Lists | null {
  const isList = ({ kind }: FieldSchema) => kind === "option";
  if (!isList(left) && !isList(right)) return null;
  if (![left, right].every((field) => isList(field) || field.kind === "reference")) return null;
  return { left: listOf(left, input.left), right: listOf(right, input.right) };
}

function listOf(field: FieldSchema, { directories }: DraftSide): readonly string[] | null {
  if (field.kind === "option") return field.options ?? null;
  const names = targetsOf(field.target).flatMap((target) => (directories.get(target) ?? []).map(({ name }) => name));
  return names.length === 0 ? null : [...new Set(names)].sort();
}

function fitValues(lists: Lists, a: FieldSchema, b: FieldSchema, input: DraftInput): Fit {
  const { left, right } = lists;
  if (left === null || right === null) {
    const silent = [...(left === null ? [input.left.name] : []), ...(right === null ? [input.right.name] : [])];
    return { off: `it needs a value map, and what values ${silent.join(" and ")} has nobody can tell`, blank: lists };
  }
  const matched = matchValues(left, right);
  if (isEmpty(matched)) return { off: "it needs a value map: the two lists have no value in common", blank: lists };
  if (!isPlain(matched)) return { values: matched, options: { unmapped: "error" } };
  const known = [a, b].every((field) => field.kind !== "option" || field.verified === true);
  if (matched.leftOnly.length === 0 && matched.rightOnly.length === 0 && known) return {};
  // A list that is known from records only may well have the others.
  return known ? { values: matched, options: { unmapped: "error" } } : { options: { unmapped: "copy" } };
}

function fitReference({ role, left, right }: Ends, input: DraftInput): Fit {
  if (role === "parent" && !goTogether(left, right, input))
    return {
      off: `no link pairs ${[left, right].map(({ target = "record" }) => target.replace("|", " or ")).join(" with ")}`,
    };
  return left.multiple === right.multiple ? {} : { options: { several: "latest" } };
}

/** Whether a link of the connection pairs what the two fields refer to. */
function goTogether(left: FieldSchema, right: FieldSchema, { links }: DraftInput): boolean {
  const [ours, theirs] = [targetsOf(left.target), targetsOf(right.target)];
  return links.some(
    (link) => ours.includes(readEntityType(link.left).base) && theirs.includes(readEntityType(link.right).base),
  );
}
