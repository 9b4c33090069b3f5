import { readEntityType } from "../../core/entity-type.ts";
import type { CommentConfig, LinkConfig, Side, UserMap } from "../../core/snapshot.ts";
import type { LinkContext } from "./link-context.ts";
import { asTable, oneOf, readTable, type TableReader } from "./read.ts";
import type { Place, Placed } from "./report.ts";
import { didYouMean } from "./suggest.ts";
import type { TomlEntry } from "./toml.ts";

const SIDES = ["left", "right"] as const;
type Direction = CommentConfig["direction"];

/** `[links.<name>.comments]`: the table alone, empty as it may be, carries comments one by one (X15). */
export function readComments(
  entry: TomlEntry | null,
  link: LinkConfig,
  context: LinkContext,
): Pick<LinkConfig, "comments"> {
  checkRows(link, entry !== null, context);
  const { report } = context;
  const table = entry === null ? null : asTable(entry.node, '"comments"', report);
  if (entry === null || table === null) return {};
  const reader = readTable(table, `[links.${link.name}.comments]`, report);
  const direction = readDirection(reader, link, context);
  const changes = reader.choice("changes", ["sync", "ignore"])?.value ?? "sync";
  const removals = reader.choice("removals", ["sync", "ignore"])?.value ?? "ignore";
  const hidden = reader.flag("private")?.value ?? false;
  const users = readUsers(reader.text("users"), context);
  reader.finish();
  for (const side of SIDES) checkOffered(side, link, entry.keyAt, context);
  const origin = { file: report.file, ...entry.keyAt };
  return { comments: { direction, changes, removals, private: hidden, users, origin } };
}

/** A side whose records are never changed because their partners were (E30) gets no comments either. */
function readDirection(reader: TableReader, link: LinkConfig, { report, names }: LinkContext): Direction {
  const words: Readonly<Record<Direction, string>> = {
    both: "both",
    "to-left": `to-${names[0]}`,
    "to-right": `to-${names[1]}`,
  };
  const said = reader.choice("direction", Object.values(words));
  const open = SIDES.filter((side) => link[side].update !== false);
  const own: Direction = open.length === 1 ? `to-${open[0] as Side}` : "both";
  if (said === null) return own;
  const direction = (Object.keys(words) as Direction[]).find((one) => words[one] === said.value) ?? own;
  if (own === "both" || own === direction) return direction;
  const closed = own === "to-left" ? names[1] : names[0];
  report.error(
    "row-without-effect",
    said.at,
    `Comments go "${said.value}", but the link never changes records of ${closed}.`,
    `Say direction = "${words[own]}", or leave it out.`,
  );
  return own;
}

function readUsers(name: Placed<string> | null, { report, users, userFiles, names }: LinkContext): UserMap | null {
  const map = name === null ? null : users(name.value);
  if (name !== null && map === null) {
    const hint = didYouMean(name.value, userFiles, `Add the file, with the header ${names[0]},<>,${names[1]}.`);
    report.error("missing-file", name.at, `There is no users file users/${name.value}.csv.`, hint);
  }
  return map;
}

function checkOffered(side: Side, link: LinkConfig, at: Place, { report, ...context }: LinkContext): void {
  const { type, config } = context[side];
  const { base } = readEntityType(link[side].entity);
  // An unknown kind of tracker or entity type is told elsewhere.
  if (type === null || base === "") return;
  const offered = type.parts?.comments?.entities ?? [];
  if (offered.includes(base)) return;
  const has = offered.length === 0 ? "" : ` It has them for ${oneOf(offered)}.`;
  report.error(
    "no-comments",
    at,
    `${config.name} has no comments on records of type ${base} (${type.title}).${has}`,
    "Take the table comments out of this link.",
  );
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
