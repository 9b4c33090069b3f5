import type { FieldSchema, Person } from "../../core/field.ts";
import type { FieldMapping, Side, Unmapped, UserMap, ValueMap } from "../../core/snapshot.ts";
import type { LinkContext } from "./link-context.ts";
import type { TableReader } from "./read.ts";
import { asTable, asText, describe, readTable, wrongType } from "./read.ts";
import type { SideFields } from "./side-fields.ts";
import { didYouMean, didYouMeanOr, nearest } from "./suggest.ts";
import type { ReadValueMap, ValueRow } from "./value-maps.ts";

export function readValues(
  reader: TableReader | null,
  left: FieldSchema | null,
  right: FieldSchema | null,
  direction: FieldMapping["direction"],
  context: LinkContext,
): ValueMap | null {
  const name = reader?.text("values") ?? null;
  if (name === null) return null;
  const found = context.values.get(name.value);
  if (found === undefined) {
    const hint = didYouMeanOr(`Write a table [values.${name.value}].`, name.value, context.values.keys());
    context.report.error("missing-key", name.at, `The mapping has no value map "${name.value}".`, hint);
    return null;
  }
  checkOptions(found, left, right, direction, context);
  return found.map;
}

/** Every value of the map must stand in the list of the field that holds it, in the directions that the row goes. */
function checkOptions(
  values: ReadValueMap,
  left: FieldSchema | null,
  right: FieldSchema | null,
  direction: FieldMapping["direction"],
  context: LinkContext,
): void {
  if (direction !== "to-left") {
    checkEnds(values.toRight, "from", left, context.leftFields, context);
    checkEnds(values.toRight, "to", right, context.rightFields, context);
  }
  if (direction !== "to-right") {
    checkEnds(values.toLeft, "from", right, context.rightFields, context);
    checkEnds(values.toLeft, "to", left, context.leftFields, context);
  }
}

function checkEnds(
  rows: readonly ValueRow[],
  end: "from" | "to",
  field: FieldSchema | null,
  side: SideFields,
  { report }: LinkContext,
): void {
  if (field === null) return;
  for (const row of rows) {
    const value = row[end];
    // Nothing is no list value: whether the field may be empty is looked at elsewhere.
    if (end === "to" && value.value.trim() === "") continue;
    const trouble = unknownOption(value.value, field, side);
    if (trouble === null) continue;
    // Stock lists are what the product is delivered with: a project may have others.
    const say = trouble.certain ? report.error : report.warn;
    say("unknown-option", value.at, trouble.message, trouble.hint);
  }
}

export interface OptionTrouble {
  readonly certain: boolean;
  readonly message: string;
  readonly hint: string;
}

/** Null where the field's list has the value or no list is known. */
export function unknownOption(value: string, field: FieldSchema, side: SideFields): OptionTrouble | null {
  if (
    field.kind !== "option" ||
    field.options === undefined ||
    field.options.length === 0 ||
    field.options.includes(value)
  )
    return null;
  if (field.verified !== true) return unseenOption(value, field, side);
  return {
    certain: side.source === "committed" && field.verified === true,
    message: `"${field.name}" of ${side.endpoint} has no value "${value}".`,
    hint: didYouMean(value, field.options, "See the list in the tracker; after a change there: syncline schema pull."),
  };
}

const LETTERS = 4;

/**
 * Without a list of its own to show, a tracker's values are those that records happen to hold: they prove nothing, but for a slip of the pen (B8). Short
 * words, and those that differ in a number, are near each other by nature.
 */
function unseenOption(value: string, { name, options = [] }: FieldSchema, side: SideFields): OptionTrouble | null {
  const near = value.trim().length < LETTERS ? null : nearest(value, options);
  const bare = (text: string) => text.replace(/\d+/g, "");
  if (near === null || bare(near) === bare(value)) return null;
  const message = `No record of ${side.endpoint} was seen with "${value}" in "${name}", but with "${near}".`;
  return { certain: false, message, hint: `Did you mean "${near}"?` };
}

/** Null where the tracker has such a user, or cannot tell: it was not asked, or cannot list its users. */
export function unknownUser(login: string, field: FieldSchema, side: SideFields): OptionTrouble | null {
  if (side.people === null || knownPerson(side.people, login) !== undefined) return null;
  return {
    certain: field.verified !== false,
    message: `${side.endpoint} has no user "${login}".`,
    hint: didYouMean(
      login,
      side.people.map((person) => person.login),
      "Correct it, or add the user there.",
    ),
  };
}

export function knownPerson(people: readonly Person[], login: string): Person | undefined {
  return people.find((person) => person.login.toLowerCase() === login.trim().toLowerCase());
}

export interface ReadUsers {
  readonly map: UserMap | null;
  readonly fallback: Readonly<Partial<Record<Side, string>>>;
  /** Null where the row does not say. */
  readonly fallbackFor: "no-email" | "anyone" | null;
}

export function readUsers(
  reader: TableReader | null,
  left: FieldSchema | null,
  right: FieldSchema | null,
  direction: FieldMapping["direction"],
  context: LinkContext,
): ReadUsers {
  const { report, userFiles } = context;
  const name = reader?.text("users") ?? null;
  const map = name === null ? null : context.users(name.value);
  if (name !== null && map === null) {
    const hint = didYouMeanOr(
      `Add the file, with the header ${context.names[0]},<>,${context.names[1]}.`,
      name.value,
      userFiles,
    );
    report.error("missing-file", name.at, `There is no users file users/${name.value}.csv.`, hint);
  }
  const holdsUsers = [left, right].some((field) => field === null || field.kind === "user" || field.kind === "string");
  for (const key of holdsUsers ? [] : ["users", "default_user"]) {
    const at = reader?.entry(key)?.node.at;
    const message = `"${key}" is for fields that hold users, and neither of the two does.`;
    const hint = key === "users" ? 'For lists write "values".' : 'For lists write "values" and "unmapped".';
    if (at !== undefined) report.error("invalid-value", at, message, hint);
  }
  return { map, ...readDefaultUser(reader, direction, context) };
}

function readDefaultUser(
  reader: TableReader | null,
  direction: FieldMapping["direction"],
  { report, names }: LinkContext,
): Pick<ReadUsers, "fallback" | "fallbackFor"> {
  const given = reader?.entry("default_user")?.node;
  if (given === undefined) return { fallback: {}, fallbackFor: null };
  if (given.kind !== "table") {
    const hint = `Write the endpoint where the user is: default_user = { ${names[0]} = "…" }.`;
    report.error("invalid-value", given.at, `"default_user" is ${describe(given)}, but must be a table.`, hint);
    return { fallback: {}, fallbackFor: null };
  }
  const inner = readTable(given, '"default_user"', report);
  const [leftUser, rightUser] = [inner.text(names[0]), inner.text(names[1])];
  const [left, right] = [leftUser?.value, rightUser?.value];
  const idle = direction === "both" ? null : direction === "to-right" ? leftUser : rightUser;
  if (idle !== null) {
    const [here, there] = direction === "to-right" ? names : [names[1], names[0]];
    const message = `"${idle.value}" is a default user of ${here}, but the row only goes to ${there}: nothing is ever written in ${here}.`;
    report.warn("default-user", idle.at, message, `Name a user of ${there}: default_user = { ${there} = "…" }.`);
  }
  const fallbackFor = inner.choice("applies_to", ["no-email", "anyone"])?.value ?? null;
  reportStrangers(inner, names, report);
  if ([names[0], names[1]].every((name) => inner.entry(name) === null))
    report.warn(
      "default-user",
      given.at,
      "default_user names nobody: no one stands in.",
      `Write the endpoint where the user is: default_user = { ${names[0]} = "…" }.`,
    );
  return {
    fallback: { ...(left === undefined ? {} : { left }), ...(right === undefined ? {} : { right }) },
    fallbackFor,
  };
}

/** Keys of a row that are absent from it where they are absent from the mapping. */
export function readPolicies(
  reader: TableReader | null,
  context: LinkContext,
): Pick<FieldMapping, "emails" | "several" | "onError" | "createMissing" | "derive"> {
  const emails = reader?.choice("emails", ["all", "first"])?.value ?? context.emails;
  const several = reader?.choice("several", ["error", "first", "latest"])?.value;
  const onError = reader?.choice("on_error", ["field", "record"])?.value;
  const createMissing = reader?.flag("create_missing")?.value === true;
  const derive = reader?.flag("derive")?.value;
  return {
    ...(emails === "all" ? {} : { emails }),
    ...(several === undefined ? {} : { several }),
    ...(onError === undefined ? {} : { onError }),
    ...(createMissing ? { createMissing } : {}),
    ...(derive === false ? { derive } : {}),
  };
}

/** Reports keys that should have been endpoint names. */
export function reportStrangers(
  reader: TableReader,
  names: readonly [string, string],
  report: LinkContext["report"],
): void {
  for (const { key, keyAt } of reader.rest()) {
    report.error("unknown-endpoint", keyAt, `The connection has no endpoint "${key}".`, didYouMean(key, names));
  }
}

export function readUnmapped(reader: TableReader | null, { report }: LinkContext): Unmapped {
  const entry = reader?.entry("unmapped");
  if (!entry) return "copy";
  const allowed = ["copy", "skip", "error"] as const;
  if (entry.node.kind === "text") {
    const { value, at } = entry.node;
    const choice = allowed.find((one) => one === value);
    if (choice === undefined) {
      report.error(
        "invalid-value",
        at,
        `"unmapped" is "${value}", but must be "copy", "skip", "error" or { value = "…" }.`,
        didYouMean(value, allowed),
      );
    }
    return choice ?? "copy";
  }
  if (entry.node.kind !== "table") {
    wrongType(entry.node, '"unmapped"', '"copy", "skip", "error" or a table { value = "…" }', report);
    return "copy";
  }
  const table = asTable(entry.node, '"unmapped"', report);
  const value = asText(table?.entries.get("value")?.node, '"value"', report);
  for (const { key, keyAt } of table?.entries.values() ?? []) {
    if (key !== "value")
      report.error("unknown-key", keyAt, `"unmapped" has no key "${key}".`, 'Write { value = "…" }.');
  }
  if (value === null && !table?.entries.has("value"))
    report.error("missing-key", entry.node.at, '"unmapped" has no "value".', 'Write { value = "…" }.');
  return value === null ? "copy" : { value: value.value };
}
