import { readEntityType } from "../../core/entity-type.ts";
import type { FieldSchema } from "../../core/field.ts";
import { nounOf, whyIncompatible } from "../content/kinds.ts";
import type { DraftLinkInput, DraftSide } from "./input.ts";
import { fieldsOnce } from "./own-fields.ts";
import type { DraftRow } from "./rows.ts";
import type { KeyLine } from "./toml-text.ts";
import { tomlKey, tomlText } from "./toml-text.ts";

/** Fields that no row has: for people to choose from. */
export interface Remaining {
  /** Of both sides, with labels that say the same and kinds that fit: each needs but its comment sign taken away. */
  readonly alike: readonly KeyLine[];
  readonly left: readonly KeyLine[];
  readonly right: readonly KeyLine[];
}

export function remainingFields(
  link: DraftLinkInput,
  left: DraftSide,
  right: DraftSide,
  rows: readonly DraftRow[],
  markers: readonly string[],
): Remaining {
  const taken = (name: "left" | "right") => new Set([...rows.map((row) => row[name]), ...markers]);
  const ours = openFields(left, link.left, taken("left"));
  const theirs = openFields(right, link.right, taken("right"));
  const pairs = ours.flatMap((field) => {
    const same = theirs.filter((other) => areAlike(field, other));
    return same.length === 1 && same[0] !== undefined ? [{ field, other: same[0] }] : [];
  });
  const alike = pairs.filter(({ other }) => pairs.filter((pair) => pair.other === other).length === 1);
  const ownRest = ours.filter((field) => !alike.some((pair) => pair.field === field));
  const theirRest = theirs.filter((field) => !alike.some((pair) => pair.other === field));
  return {
    alike: alike.map(({ field, other }) => line(field.name, other.name, noteOf(field))),
    left: inOrder(ownRest).map((field) => line(field.name, "?", noteOf(field))),
    right: inOrder(theirRest).map((field) => line("?", field.name, noteOf(field))),
  };
}

function line(left: string, right: string, note: string): KeyLine {
  return { key: tomlKey(left), value: tomlText(right), note, off: true };
}

/** Without what names the record itself, and what is carried as comments or attachments. A field with two names comes once. */
function openFields({ type, schemas }: DraftSide, entity: string, taken: ReadonlySet<string>): readonly FieldSchema[] {
  const { base } = readEntityType(entity);
  const memo = type.parts?.comments?.field?.[base];
  const schema = schemas[entity];
  if (schema === undefined) return [];
  return fieldsOnce(schema).filter(
    ({ name }) => !taken.has(name) && name !== memo && name !== "id" && !ATTACHMENTS.test(name),
  );
}

const ATTACHMENTS = /^(has-)?attachments?$/i;

function areAlike(a: FieldSchema, b: FieldSchema): boolean {
  if (a.readOnly || b.readOnly || plain(a.label) !== plain(b.label)) return false;
  return whyIncompatible(a, b, false) === null && whyIncompatible(b, a, false) === null;
}

function plain(label: string): string {
  return label.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, "");
}

/** What can be written first, then by kind, then by name. */
function inOrder(fields: readonly FieldSchema[]): readonly FieldSchema[] {
  const key = ({ readOnly, kind, name }: FieldSchema) => `${readOnly ? 1 : 0} ${kind} ${name}`;
  return fields.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

function noteOf(field: FieldSchema): string {
  const flags = [field.readOnly ? "read only" : "", field.required ? "required" : ""].filter((flag) => flag !== "");
  const label = field.label === field.name ? "" : `${field.label}: `;
  return [`${label}${nounOf(field)}`, ...flags].join(", ");
}
