import type { LinkConfig, Side } from "../../core/snapshot.ts";
import { readAttachments } from "./attachments.ts";
import { readBrakes } from "./brakes.ts";
import { readComments } from "./comments.ts";
import { CONSTANT, checkKept } from "./constants.ts";
import { checkMaster, followMaster } from "./deeds.ts";
import { checkEffects } from "./effects.ts";
import { NAME } from "./endpoints.ts";
import { checkEntityLinkPartners, readEntityLinks } from "./entity-links.ts";
import type { ConnectionContext, LinkContext } from "./link-context.ts";
import { checkTargets } from "./link-context.ts";
import { type ReadSide, readEntities, readSide, readSideTables } from "./link-sides.ts";
import { readMatch } from "./match.ts";
import { asTable, readTable, type TableReader } from "./read.ts";
import { checkReadOnlyEntities } from "./read-only-entity.ts";
import type { FileReport, Placed } from "./report.ts";
import { checkRequired } from "./required.ts";
import { type ReadRows, readConflict, readRows } from "./rows.ts";
import { checkPast } from "./scope.ts";
import type { SideFields } from "./side-fields.ts";
import { sideFields } from "./side-fields.ts";
import { didYouMean } from "./suggest.ts";
import type { TomlEntry } from "./toml.ts";
import { readTriggers } from "./triggers.ts";

/** A link and what is known of its fields, which types for its rules are made from. */
export interface ReadLink {
  readonly config: LinkConfig;
  readonly left: SideFields;
  readonly right: SideFields;
}

export function readLinks(entry: TomlEntry | null, context: ConnectionContext): readonly ReadLink[] {
  const { report } = context;
  const table = entry === null ? null : asTable(entry.node, '"links"', report);
  if (entry === null || (table !== null && table.entries.size === 0)) {
    report.error(
      "missing-key",
      entry?.keyAt ?? { line: 1, column: 1 },
      "The mapping has no links.",
      "Write a table, [links.<name>].",
    );
  }
  const links = [...(table?.entries.values() ?? [])].flatMap((one) => readLink(one, context) ?? []);
  checkEntityLinkPartners(
    links.map(({ config }) => config),
    context,
  );
  return links;
}

function readLink(entry: TomlEntry, given: ConnectionContext): ReadLink | null {
  const connection = { ...given, report: given.report.about(`link ${entry.key}`) };
  const { report, left, right } = connection;
  const table = asTable(entry.node, `"${entry.key}"`, report);
  if (table === null) return null;
  checkName(entry, report);
  const reader = readTable(table, `[links.${entry.key}]`, report);
  const tables = readSideTables(reader, connection);
  const rules = readRuleFile(reader.text("rules"), connection);
  const conflict = readConflict(reader, connection.names) ?? "hold";
  const inner = innerTables(reader, report);
  const [leftEntity, rightEntity] = readEntities(reader, entry, connection);
  const context: LinkContext = {
    ...connection,
    leftFields: sideFields(left, leftEntity, report),
    rightFields: sideFields(right, rightEntity, report),
  };
  const rows = readRows(inner.fields, conflict, context);
  const sides = {
    left: readSide("left", entry.key, left, context.leftFields, tables, context),
    right: readSide("right", entry.key, right, context.rightFields, tables, context),
  };
  const match = readMatch(inner.match, rows.fields, context);
  checkWritten(entry, rows, sides, rules.given, context);
  if (!rules.given && !inner.fields?.entries.size) tellEmpty(entry, report);
  reader.finish();
  checkPast(tables.past, endsOf(context), report);
  const { brakes } = inner;
  const key = `${connection.connection}/${entry.key}`;
  const ends = { left: sides.left.config, right: sides.right.config };
  const read: LinkConfig = {
    ...{ key, connection: connection.connection, name: entry.key, ...ends, conflict },
    fields: followMaster(rows.fields, tables.deeds, ends, report),
    ...(match.length === 0 ? {} : { match }),
    triggers: readTriggers(inner.triggers, key, { ...connection, report: report.about(`link ${entry.key}/triggers`) }),
    ...(brakes === null ? {} : { brakes }),
    ruleFile: rules.file,
    origin: { file: report.file, ...entry.keyAt },
  };
  const config = withParts(read, inner, context);
  checkEffects(config, table, report);
  checkReadOnlyEntities(config, { left: context.leftFields, right: context.rightFields }, table, report);
  checkMaster(config, tables.deeds, table, report);
  return { config, left: context.leftFields, right: context.rightFields };
}

function checkName(entry: TomlEntry, report: FileReport): void {
  if (NAME.test(entry.key)) return;
  report.error("invalid-value", entry.keyAt, `"${entry.key}" is no name for a link.`, "Use letters, digits, - and _.");
}

type InnerTables = ReturnType<typeof innerTables>;

/** Tables of a link that are read once both of its sides are known. */
function innerTables(reader: TableReader, report: FileReport) {
  return {
    triggers: reader.array("triggers"),
    brakes: readBrakes(reader, report),
    fields: reader.subtable("fields"),
    attachments: reader.entry("attachments"),
    comments: reader.entry("comments"),
    entityLinks: reader.entry("entity_links"),
    match: reader.array("match"),
  };
}

function withParts(link: LinkConfig, inner: InnerTables, context: LinkContext): LinkConfig {
  return {
    ...link,
    ...readAttachments(inner.attachments, link, context),
    ...readComments(inner.comments, link, context),
    ...readEntityLinks(inner.entityLinks, link, context),
  };
}

/** Every field has one writer, and one that must be given has one. */
function checkWritten(
  entry: TomlEntry,
  rows: ReadRows,
  { left, right }: Readonly<Record<Side, ReadSide>>,
  hasRules: boolean,
  context: LinkContext,
): void {
  const { report, leftFields, rightFields } = context;
  const written = [...rows.written, ...left.written, ...right.written];
  checkTargets(
    written.filter(({ by }) => by !== CONSTANT),
    context,
  );
  for (const side of [left, right]) checkKept(side.config.held, side.written, rows.written, report);
  checkRequired(entry, left.config, leftFields, written, hasRules, report);
  checkRequired(entry, right.config, rightFields, written, hasRules, report);
}

function tellEmpty(entry: TomlEntry, report: FileReport): void {
  report.error(
    "missing-key",
    entry.keyAt,
    `[links.${entry.key}] maps no fields and has no rules: it would do nothing.`,
    `Write a table, [links.${entry.key}.fields].`,
  );
}

function endsOf({ left, right, leftFields, rightFields }: LinkContext): Parameters<typeof checkPast>[1] {
  return [
    { endpoint: left, entity: leftFields.entity },
    { endpoint: right, entity: rightFields.entity },
  ];
}

/** `given`: rules are named, whether or not their file is there. */
function readRuleFile(
  named: Placed<string> | null,
  context: ConnectionContext,
): { readonly file: string | null; readonly given: boolean } {
  if (named === null) return { file: null, given: false };
  const path = named.value.replace(/^\.\//, "");
  const file = path.startsWith("rules/") && context.ruleFiles.has(path) ? path : `rules/${path}`;
  if (path.split("/").includes("..") || path.startsWith("/") || path.includes("\\")) {
    context.report.error(
      "path-escape",
      named.at,
      `"${named.value}" leads out of rules/.`,
      "Name a file below rules/ by its path there, such as payments/defects.ts.",
    );
  } else if (!context.ruleFiles.has(file)) {
    missingRuleFile(named, file, context.ruleFiles, context.report);
  } else {
    return { file, given: true };
  }
  return { file: null, given: true };
}

function missingRuleFile(named: Placed<string>, file: string, known: ReadonlySet<string>, report: FileReport): void {
  const paths = [...known].map((path) => path.slice("rules/".length));
  report.error(
    "missing-file",
    named.at,
    `There is no rule file ${file}.`,
    didYouMean(named.value, paths, "Add the file, or remove the key."),
  );
}
