import { readEntityType } from "../../core/entity-type.ts";
import { type LinkConfig, SIDES, type Side, type UserMap } from "../../core/snapshot.ts";
import type { LinkContext } from "./link-context.ts";
import { checkOffered, openPartTable, type PartTable, readPartDirection } from "./part-table.ts";
import type { Place, Placed } from "./report.ts";
import { didYouMeanOr } from "./suggest.ts";
import type { TomlEntry } from "./toml.ts";

const TABLE: PartTable = { key: "comments", none: { code: "no-comments", text: "comments on" } };

/** `[links.<name>.comments]`: the table alone, empty as it may be, carries comments one by one (X15). */
export function readComments(
  entry: TomlEntry | null,
  link: LinkConfig,
  context: LinkContext,
): Pick<LinkConfig, "comments"> {
  checkRows(link, entry !== null, context);
  const { report } = context;
  const reader = openPartTable(TABLE, entry, link, report);
  if (entry === null || reader === null) return {};
  const direction = readPartDirection(TABLE, reader, link, context);
  const changes = reader.choice("changes", ["sync", "ignore"])?.value ?? "sync";
  const removals = reader.choice("removals", ["sync", "ignore"])?.value ?? "ignore";
  const hidden = reader.flag("private")?.value ?? false;
  const users = readUsers(reader.text("users"), context);
  reader.finish();
  for (const side of SIDES)
    checkOffered(TABLE, side, link, context[side].type?.parts?.comments?.entities ?? [], entry.keyAt, context);
  const origin = { file: report.file, ...entry.keyAt };
  return { comments: { direction, changes, removals, private: hidden, users, origin } };
}

function readUsers(name: Placed<string> | null, { report, users, userFiles, names }: LinkContext): UserMap | null {
  const map = name === null ? null : users(name.value);
  if (name !== null && map === null) {
    const hint = didYouMeanOr(`Add the file, with the header ${names[0]},<>,${names[1]}.`, name.value, userFiles);
    report.error("missing-file", name.at, `There is no users file users/${name.value}.csv.`, hint);
  }
  return map;
}

/** The field that holds all comments of a side's records in one text; null where there is none. */
function memoOf(side: Side, link: LinkConfig, context: LinkContext): string | null {
  const fields = context[side].type?.parts?.comments?.field ?? {};
  const { base } = readEntityType(link[side].entity);
  return Object.hasOwn(fields, base) ? (fields[base] ?? null) : null;
}

/** A row writes the whole memo: comments that somebody else wrote meanwhile are lost, and two writers contradict each other. */
function checkRows(link: LinkConfig, given: boolean, context: LinkContext): void {
  for (const side of SIDES) {
    const memo = memoOf(side, link, context);
    if (memo === null) continue;
    const endpoint = context.names[side === "left" ? 0 : 1];
    for (const row of link.fields) {
      const writes = row.direction === "both" || row.direction === `to-${side}`;
      if (row[side] === memo && writes) tellRow(row.origin, memo, endpoint, given, link.name, context);
    }
    if (given && link[side].held?.[memo] !== undefined) tellRow(link.origin, memo, endpoint, given, link.name, context);
  }
}

function tellRow(
  at: Place,
  memo: string,
  endpoint: string,
  given: boolean,
  link: string,
  { report }: LinkContext,
): void {
  if (given) {
    report.error(
      "duplicate-target",
      at,
      `"${memo}" of ${endpoint} holds all comments of a record, and is written twice: whole, and by the table comments.`,
      "Keep the table, which writes single comments, and take the field out.",
    );
    return;
  }
  report.warn(
    "comments-as-field",
    at,
    `"${memo}" of ${endpoint} holds all comments of a record: writing it whole overwrites what somebody else says meanwhile.`,
    `Carry single comments instead: a table [links.${link}.comments] in place of this row.`,
  );
}
