import type { FieldSchema } from "../../core/field.ts";
import type { FieldMapping, LinkConfig } from "../../core/snapshot.ts";
import { whyIncompatible } from "./kinds.ts";
import type { LinkContext } from "./link-context.ts";
import { asText, readTable, wrongType } from "./read.ts";
import type { Place, Placed } from "./report.ts";
import { reportStrangers } from "./row-options.ts";
import { knownField, type SideFields } from "./side-fields.ts";
import type { TomlArray, TomlNode } from "./toml.ts";

type Match = NonNullable<LinkConfig["match"]>;

/** `match = ["name", { alm = "user-09", agm = "user_09" }]` (X13): a text names a row, or a field that both sides have. */
export function readMatch(array: TomlArray | null, rows: readonly FieldMapping[], context: LinkContext): Match {
  if (array === null) return [];
  if (array.items.length === 0)
    context.report.error(
      "bad-match",
      array.at,
      '"match" names no field: it would match everything.',
      'Such as match = ["name"].',
    );
  return array.items.flatMap((item) => readOne(item, rows, context) ?? []);
}

function readOne(item: TomlNode, rows: readonly FieldMapping[], context: LinkContext): Match[number] | null {
  const { report, names } = context;
  if (item.kind === "table") {
    const reader = readTable(item, "A match", report);
    const [left, right] = [reader.text(names[0]), reader.text(names[1])];
    reportStrangers(reader, names, report);
    const missing = names.find((name) => !item.entries.has(name));
    if (missing !== undefined)
      report.error(
        "missing-key",
        item.at,
        `A match does not name a field of ${missing}.`,
        `Add ${missing} = "<field>".`,
      );
    return left === null || right === null ? null : checked(left, right, item.at, rows, context);
  }
  if (item.kind !== "text") return wrongType(item, "A match", "the name of a row, or a table of two fields", report);
  const text = asText(item, "A match", report);
  if (text === null) return null;
  const row = rows.find((one) => one.left === text.value) ?? rows.find((one) => one.right === text.value);
  const [left, right] = row === undefined ? [text.value, text.value] : [row.left, row.right];
  return checked({ value: left, at: text.at }, { value: right, at: text.at }, text.at, rows, context);
}

function checked(
  left: Placed<string>,
  right: Placed<string>,
  at: Place,
  rows: readonly FieldMapping[],
  context: LinkContext,
): Match[number] {
  const schemas = [
    { side: context.leftFields, schema: knownField(context.leftFields, left, context.report) },
    { side: context.rightFields, schema: knownField(context.rightFields, right, context.report) },
  ] as const;
  for (const { side, schema } of schemas) if (schema !== null) refuseRich(schema, side, at, context);
  const [a, b] = schemas.map(({ schema }) => schema);
  const mapped = rows.some((row) => row.left === left.value && row.right === right.value);
  const why = a && b && !mapped ? (whyIncompatible(a, b, false) ?? whyIncompatible(b, a, false)) : null;
  if (why !== null) context.report.error("bad-match", at, `${why}.`, "Match by fields that hold the same.");
  return { left: left.value, right: right.value };
}

/** Trackers do not search their formatted texts, and two that look alike differ in their signs. */
function refuseRich(schema: FieldSchema, { endpoint }: SideFields, at: Place, { report }: LinkContext): void {
  if (schema.kind !== "rich") return;
  report.error(
    "bad-match",
    at,
    `"${schema.name}" of ${endpoint} is formatted text, by which nothing can be looked for.`,
    "Match by a name, a key or a list value.",
  );
}
