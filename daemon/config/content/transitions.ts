import type { FieldSchema } from "../../core/field.ts";
import type { FieldMapping, Side, Transitions } from "../../core/snapshot.ts";
import { shortestWay } from "../../core/transitions.ts";
import type { ConnectionContext, LinkContext } from "./link-context.ts";
import { asTable, asText, readTable, type TableReader, wrongType } from "./read.ts";
import type { FileReport, Place, Placed } from "./report.ts";
import { reportStrangers, unknownOption } from "./row-options.ts";
import { didYouMeanOr } from "./suggest.ts";
import type { TomlEntry } from "./toml.ts";

/** A tracker's workflow as declared (X20), with its places. */
export interface ReadTransitions {
  readonly transitions: Transitions;
  readonly at: Place;
  /** Every value that is named, first to last; the first is where new records begin. */
  readonly values: readonly Placed<string>[];
}

/** `[transitions.<name>]`: from each value the values that one may go to. */
export function readTransitions(entry: TomlEntry | null, report: FileReport): ReadonlyMap<string, ReadTransitions> {
  const table = entry === null ? null : asTable(entry.node, '"transitions"', report);
  return new Map([...(table?.entries.values() ?? [])].map((one) => [one.key, readOne(one, report)]));
}

function readOne({ key: name, keyAt, node }: TomlEntry, given: FileReport): ReadTransitions {
  const report = given.about(`transitions ${name}`);
  const ways: Record<string, readonly string[]> = Object.create(null);
  const values: Placed<string>[] = [];
  for (const { key, keyAt: at, node: list } of asTable(node, `"${name}"`, report)?.entries.values() ?? []) {
    values.push({ value: key, at });
    const items = list.kind === "array" ? list.items : [];
    if (list.kind !== "array") wrongType(list, `"${key}"`, "an array of texts", report);
    const targets = items.flatMap((item) => asText(item, `A value of "${key}"`, report) ?? []);
    values.push(...targets);
    ways[key] = [...new Set(targets.map(({ value }) => value))];
  }
  return { transitions: { name, ways, origin: { file: report.file, ...keyAt } }, at: keyAt, values };
}

/** `transitions = { redmine = "bugs" }` of a row; a name alone where the row goes one way only. */
export function readRowTransitions(
  reader: TableReader | null,
  mapping: FieldMapping,
  schemas: Readonly<Record<Side, FieldSchema | null>>,
  context: LinkContext,
): Pick<FieldMapping, "transitions"> {
  const entry = reader?.entry("transitions") ?? null;
  if (entry === null) return {};
  const found: Partial<Record<Side, Transitions>> = {};
  for (const { side, name } of namesOf(entry, mapping, context)) {
    const read = context.transitions.get(name.value);
    if (read === undefined) {
      const hint = didYouMeanOr(`Write a table [transitions.${name.value}].`, name.value, context.transitions.keys());
      context.report.error("missing-key", name.at, `The mapping has no transitions "${name.value}".`, hint);
      continue;
    }
    found[side] = read.transitions;
    checkTransitions(read, side, mapping, schemas[side], context);
  }
  return Object.keys(found).length === 0 ? {} : { transitions: found };
}

interface Named {
  readonly side: Side;
  readonly name: Placed<string>;
}

function namesOf({ node }: TomlEntry, { direction }: FieldMapping, context: LinkContext): readonly Named[] {
  const { report, names } = context;
  if (node.kind === "text") {
    if (direction !== "both") return [{ side: direction === "to-left" ? "left" : "right", name: node }];
    const hint = `Write transitions = { ${names[1]} = "${node.value}" }, with the endpoint that has this workflow.`;
    report.error("invalid-value", node.at, "The row goes both ways: whose workflow that is, is not said.", hint);
    return [];
  }
  const table = asTable(node, '"transitions"', report);
  if (table === null) return [];
  const inner = readTable(table, '"transitions"', report);
  const [left, right] = names.map((name) => inner.text(name));
  reportStrangers(inner, names, report);
  return [
    ...(left ? [{ side: "left" as const, name: left }] : []),
    ...(right ? [{ side: "right" as const, name: right }] : []),
  ];
}

function checkTransitions(
  { transitions, values, at }: ReadTransitions,
  side: Side,
  mapping: FieldMapping,
  field: FieldSchema | null,
  context: LinkContext,
): void {
  const report = context.report;
  const fields = side === "left" ? context.leftFields : context.rightFields;
  for (const { value, at: place } of values) {
    const trouble = field === null ? null : unknownOption(value, field, fields);
    if (trouble !== null)
      (trouble.certain ? report.error : report.warn)("unknown-option", place, trouble.message, trouble.hint);
  }
  const first = values[0]?.value;
  if (first === undefined) {
    report.error("missing-key", at, `[transitions.${transitions.name}] says nothing.`, '"New" = ["In Progress"]');
    return;
  }
  for (const { value, at: place } of wanted(values, side, mapping, field, at, context)) {
    if (value === first || shortestWay(transitions.ways, first, value) !== null) continue;
    report.warn(
      "unreachable-value",
      place,
      `No way of [transitions.${transitions.name}] leads from "${first}" to "${value}" in "${mapping[side]}" of ${fields.endpoint}: a record that is to get it there keeps what it has.`,
      "Add the transitions that lead there.",
    );
  }
}

/** What the field may have to become: what the workflow names, what the value map makes, else what the list has. Each once. */
function wanted(
  values: readonly Placed<string>[],
  side: Side,
  mapping: FieldMapping,
  field: FieldSchema | null,
  at: Place,
  { values: maps }: ConnectionContext,
): readonly Placed<string>[] {
  const map = mapping.values === null ? undefined : maps.get(mapping.values.name);
  const made = (side === "left" ? map?.toLeft : map?.toRight)?.map(({ to }) => to);
  const listed = field?.verified === true ? (field.options ?? []).map((value) => ({ value, at })) : [];
  const all = [...values, ...(made ?? listed)].filter(({ value }) => value.trim() !== "");
  return [...new Map(all.toReversed().map((one) => [one.value, one])).values()].toReversed();
}
