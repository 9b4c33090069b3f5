import type { FieldSchema } from "../../core/field.ts";
import type { ConflictPolicy, FieldMapping } from "../../core/snapshot.ts";
import { checkCreateMissing } from "./create-missing.ts";
import { readDirection } from "./direction.ts";
import { nounOf, whyIncompatible } from "./kinds.ts";
import type { LinkContext, Written } from "./link-context.ts";
import { checkDerive, checkOwners } from "./owners.ts";
import type { TableReader } from "./read.ts";
import { asText, readTable, wrongType } from "./read.ts";
import type { Place, Placed } from "./report.ts";
import { checkFit } from "./row-fit.ts";
import { readPolicies, readUnmapped, readUsers, readValues } from "./row-options.ts";
import { checkWritable, knownField } from "./side-fields.ts";
import { didYouMean } from "./suggest.ts";
import type { TomlEntry, TomlTable } from "./toml.ts";
import { readRowTransitions } from "./transitions.ts";

export interface ReadRows {
  readonly fields: readonly FieldMapping[];
  readonly written: readonly Written[];
}

const OPTIONS = ["direction", "values", "users", "default_user", "overflow", "unmapped", "conflict"].concat([
  "emails",
  "several",
  "on_error",
  "create_missing",
  "derive",
  "transitions",
]);

export function readRows(table: TomlTable | null, conflict: ConflictPolicy, context: LinkContext): ReadRows {
  const rows = [...(table?.entries.values() ?? [])].flatMap((entry) => readRow(entry, conflict, context) ?? []);
  checkOwners(rows, context);
  return { fields: rows.map(({ mapping }) => mapping), written: rows.flatMap(({ written }) => written) };
}

export interface ReadRow {
  readonly mapping: FieldMapping;
  readonly left: Placed<string>;
  readonly right: Placed<string>;
  readonly written: readonly Written[];
}

function readRow(entry: TomlEntry, conflict: ConflictPolicy, context: LinkContext): ReadRow | null {
  const { report, names } = context;
  const left: Placed<string> = { value: entry.key, at: entry.keyAt };
  if (entry.node.kind === "text") {
    const right = asText(entry.node, `"${entry.key}"`, report);
    return right === null ? null : finishRow(left, right, null, conflict, context);
  }
  if (entry.node.kind !== "table")
    return wrongType(entry.node, `"${entry.key}"`, `a text or a table { ${names[1]} = "…" }`, report);
  const reader = readTable(entry.node, `The row "${entry.key}"`, report);
  const right = readRight(reader, entry, context);
  if (right === null) return null;
  return finishRow(left, right, reader, conflict, context);
}

/** The right field's name; a row without one is reported at whatever stands in its place. */
function readRight(reader: TableReader, entry: TomlEntry, { report, names }: LinkContext): Placed<string> | null {
  const [left, right] = names;
  const named = reader.text(right);
  if (named !== null || reader.table.entries.has(right)) return named;
  const strange = [...reader.table.entries.values()].find(
    ({ key, node }) => !OPTIONS.includes(key) && node.kind === "text",
  );
  if (strange === undefined) {
    report.error(
      "missing-key",
      reader.table.at,
      `The row "${entry.key}" does not say which field of ${right} it goes with.`,
      `Add ${right} = "<field>".`,
    );
  } else if (strange.key === left) {
    report.error(
      "unknown-key",
      strange.keyAt,
      `The field of ${left} is the row's own key; the table names the one of ${right}.`,
      `Add ${right} = "<field>".`,
    );
  } else {
    report.error(
      "unknown-endpoint",
      strange.keyAt,
      `The connection has no endpoint "${strange.key}".`,
      didYouMean(strange.key, [right]),
    );
  }
  return null;
}

function finishRow(
  left: Placed<string>,
  right: Placed<string>,
  reader: TableReader | null,
  conflict: ConflictPolicy,
  context: LinkContext,
): ReadRow {
  const { report, names } = context;
  const leftSchema = knownField(context.leftFields, left, report);
  const rightSchema = knownField(context.rightFields, right, report);
  const direction = (reader === null ? null : readDirection(reader, names)?.value) ?? "both";
  checkDirection(direction, left, right, leftSchema, rightSchema, context);
  const values = readValues(reader, leftSchema, rightSchema, direction, context);
  const users = readUsers(reader, leftSchema, rightSchema, direction, context);
  checkKinds(direction, left, right, leftSchema, rightSchema, values !== null, context);
  const plain: FieldMapping = {
    left: left.value,
    right: right.value,
    direction,
    values,
    unmapped: readUnmapped(reader, context),
    users: users.map,
    defaultUser: users.fallback,
    ...(users.fallbackFor === null ? {} : { defaultFor: users.fallbackFor }),
    ...readPolicies(reader, context),
    overflow: reader?.choice("overflow", ["truncate", "truncate-both", "error"])?.value ?? "truncate",
    conflict: readConflict(reader, names) ?? conflict,
    origin: { file: report.file, ...left.at },
  };
  const schemas = { left: leftSchema, right: rightSchema };
  const mapping = { ...plain, ...readRowTransitions(reader, plain, schemas, context) };
  checkPolicy(reader, leftSchema, rightSchema, context);
  checkUnmapped(reader, mapping, context);
  checkCreateMissing(reader, mapping, leftSchema, rightSchema, context);
  checkDerive(reader, left, right, context);
  checkFit(
    {
      ...{ mapping, left, right, leftSchema, rightSchema, standInAt: standInAt(reader) },
      says: (key) => reader?.table.entries.has(key) ?? false,
    },
    context,
  );
  reader?.finish(OPTIONS);
  return { mapping, left, right, written: writtenBy(mapping, left, right, names) };
}

function standInAt(reader: TableReader | null): Place | null {
  const said = reader?.entry("unmapped")?.node;
  return said?.kind === "table" ? (said.entries.get("value")?.node.at ?? null) : null;
}

/** `union` is for sets, `merge` for text: elsewhere they could not do what they say. */
function checkPolicy(
  reader: TableReader | null,
  left: FieldSchema | null,
  right: FieldSchema | null,
  { report }: LinkContext,
): void {
  const said = reader?.entry("conflict")?.node;
  const policy = said?.kind === "text" ? said.value : null;
  if (said === undefined || left === null || right === null || (policy !== "union" && policy !== "merge")) return;
  const isText = (field: FieldSchema) => !field.multiple && (field.kind === "string" || field.kind === "rich");
  const fits = policy === "union" ? left.multiple && right.multiple : isText(left) && isText(right);
  if (fits) return;
  const needs = policy === "union" ? "two fields of several values" : "two text fields";
  report.error(
    "invalid-value",
    said.at,
    `conflict = "${policy}" needs ${needs}.`,
    'Use "hold", "newest" or an endpoint here.',
  );
}

/** Without a value map no value lacks a row. */
function checkUnmapped(reader: TableReader | null, mapping: FieldMapping, { report }: LinkContext): void {
  const said = reader?.entry("unmapped")?.node;
  if (said === undefined || mapping.unmapped === "copy" || reader?.table.entries.has("values") === true) return;
  const message = `"unmapped" says what becomes of values that a value map does not have, but the row "${mapping.left}" names none.`;
  report.warn("never-counts", said.at, message, 'Add values = "…", or take "unmapped" out.');
}

function writtenBy(
  { direction }: FieldMapping,
  left: Placed<string>,
  right: Placed<string>,
  names: readonly [string, string],
): readonly Written[] {
  const by = `the row "${left.value}"`;
  const toLeft = { endpoint: names[0], field: left, by };
  const toRight = { endpoint: names[1], field: right, by };
  if (direction === "both") return [toLeft, toRight];
  return direction === "to-left" ? [toLeft] : [toRight];
}

/** The policy a row or link names; null where it names none. */
export function readConflict(reader: TableReader | null, names: readonly [string, string]): ConflictPolicy | null {
  const choice = reader?.choice("conflict", [names[0], names[1], "newest", "hold", "union", "merge"])?.value;
  if (choice === undefined) return null;
  if (choice === names[0]) return "left";
  if (choice === names[1]) return "right";
  return choice === "newest" || choice === "union" || choice === "merge" ? choice : "hold";
}

function checkDirection(
  direction: FieldMapping["direction"],
  left: Placed<string>,
  right: Placed<string>,
  leftSchema: FieldSchema | null,
  rightSchema: FieldSchema | null,
  context: LinkContext,
): void {
  const { report, names } = context;
  const hint = (endpoint: string, other: FieldSchema | null) => {
    if (other?.readOnly === true) return "Take the row out: neither of its two fields can be written.";
    return `Map it ${direction === "both" ? "one way" : "the other way"}: direction = "to-${endpoint}".`;
  };
  if (direction !== "to-right")
    checkWritable(context.leftFields, leftSchema, left, report, hint(names[1], rightSchema));
  if (direction !== "to-left")
    checkWritable(context.rightFields, rightSchema, right, report, hint(names[0], leftSchema));
}

function checkKinds(
  direction: FieldMapping["direction"],
  left: Placed<string>,
  right: Placed<string>,
  leftSchema: FieldSchema | null,
  rightSchema: FieldSchema | null,
  mapped: boolean,
  { report }: LinkContext,
): void {
  if (leftSchema === null || rightSchema === null) return;
  const there = direction === "to-left" ? null : whyIncompatible(leftSchema, rightSchema, mapped);
  const back = direction === "to-right" ? null : whyIncompatible(rightSchema, leftSchema, mapped);
  const why = there ?? back;
  if (why === null) return;
  const hint =
    there !== null && back === null
      ? "The other direction alone would do."
      : `${left.value} is ${nounOf(leftSchema)}, ${right.value} ${nounOf(rightSchema)}.`;
  report.error("incompatible-fields", right.at, `${why}.`, hint);
}
