import type { LinkConfig } from "../../core/snapshot.ts";
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
import { readEntities, readSide, readSideTables } from "./link-sides.ts";
import { readMatch } from "./match.ts";
import { asTable, readTable } from "./read.ts";
import { checkReadOnlyEntities } from "./read-only-entity.ts";
import type { FileReport, Placed } from "./report.ts";
import { checkRequired } from "./required.ts";
import { readConflict, readRows } from "./rows.ts";
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
  const { report, names, left, right } = connection;
  const table = asTable(entry.node, `"${entry.key}"`, report);
  if (table === null) return null;
  if (!NAME.test(entry.key))
    report.error(
      "invalid-value",
      entry.keyAt,
      `"${entry.key}" is no name for a link.`,
      "Use letters, digits, - and _.",
    );
  const reader = readTable(table, `[links.${entry.key}]`, report);
  const tables = readSideTables(reader, connection);
  const rules = readRuleFile(reader.text("rules"), connection);
  const conflict = readConflict(reader, names) ?? "hold";
  const triggerArray = reader.array("triggers");
  const brakes = readBrakes(reader, report);
  const fieldTable = reader.subtable("fields");
  const attachments = reader.entry("attachments");
  const comments = reader.entry("comments");
  const entityLinks = reader.entry("entity_links");
  const matchArray = reader.array("match");
  const [leftEntity, rightEntity] = readEntities(reader, entry, connection);
  const context: LinkContext = {
    ...connection,
    leftFields: sideFields(left, leftEntity, report),
    rightFields: sideFields(right, rightEntity, report),
  };
  const rows = readRows(fieldTable, conflict, context);
  const leftSide = readSide("left", entry.key, left, context.leftFields, tables, context);
  const rightSide = readSide("right", entry.key, right, context.rightFields, tables, context);
  const match = readMatch(matchArray, rows.fields, context);
  const written = [...rows.written, ...leftSide.written, ...rightSide.written];
  checkTargets(
    written.filter(({ by }) => by !== CONSTANT),
    context,
  );
  for (const { config, written: constants } of [leftSide, rightSide])
    checkKept(config.held, constants, rows.written, report);
  checkRequired(entry, leftSide.config, context.leftFields, written, rules.given, report);
  checkRequired(entry, rightSide.config, context.rightFields, written, rules.given, report);
  if (!rules.given && !fieldTable?.entries.size) {
    report.error(
      "missing-key",
      entry.keyAt,
      `[links.${entry.key}] maps no fields and has no rules: it would do nothing.`,
      `Write a table, [links.${entry.key}.fields].`,
    );
  }
  reader.finish();
  const ends = [
    { endpoint: left, entity: context.leftFields.entity },
    { endpoint: right, entity: context.rightFields.entity },
  ];
  checkPast(tables.past, ends, report);
  const key = `${connection.connection}/${entry.key}`;
  const read: LinkConfig = {
    key,
    connection: connection.connection,
    name: entry.key,
    left: leftSide.config,
    right: rightSide.config,
    conflict,
    fields: followMaster(rows.fields, tables.deeds, { left: leftSide.config, right: rightSide.config }, report),
    ...(match.length === 0 ? {} : { match }),
    triggers: readTriggers(triggerArray, key, { ...connection, report: report.about(`link ${entry.key}/triggers`) }),
    ...(brakes === null ? {} : { brakes }),
    ruleFile: rules.file,
    origin: { file: report.file, ...entry.keyAt },
  };
  const config: LinkConfig = {
    ...read,
    ...readAttachments(attachments, read, context),
    ...readComments(comments, read, context),
    ...readEntityLinks(entityLinks, read, context),
  };
  checkEffects(config, table, report);
  checkReadOnlyEntities(config, { left: context.leftFields, right: context.rightFields }, table, report);
  checkMaster(config, tables.deeds, table, report);
  return { config, left: context.leftFields, right: context.rightFields };
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
