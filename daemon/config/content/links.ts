import type { LinkConfig } from "../../core/snapshot.ts";
import { readBrakes } from "./brakes.ts";
import { CONSTANT } from "./constants.ts";
import { NAME } from "./endpoints.ts";
import type { ConnectionContext, LinkContext } from "./link-context.ts";
import { checkTargets } from "./link-context.ts";
import { readEntities, readSide, readSideTables } from "./link-sides.ts";
import { asTable, readTable } from "./read.ts";
import type { FileReport, Placed } from "./report.ts";
import { checkRequired } from "./required.ts";
import { readConflict, readRows } from "./rows.ts";
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
  return [...(table?.entries.values() ?? [])].flatMap((one) => readLink(one, context) ?? []);
}

function readLink(entry: TomlEntry, connection: ConnectionContext): ReadLink | null {
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
  const [leftEntity, rightEntity] = readEntities(reader, entry, connection);
  const context: LinkContext = {
    ...connection,
    leftFields: sideFields(left, leftEntity, report),
    rightFields: sideFields(right, rightEntity, report),
  };
  const rows = readRows(fieldTable, conflict, context);
  const leftSide = readSide(left, context.leftFields, tables.create[0], tables, context);
  const rightSide = readSide(right, context.rightFields, tables.create[1], tables, context);
  const written = [...rows.written, ...leftSide.written, ...rightSide.written];
  checkTargets(
    written.filter(({ by }) => by !== CONSTANT),
    report,
  );
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
  const key = `${connection.connection}/${entry.key}`;
  const config: LinkConfig = {
    key,
    connection: connection.connection,
    name: entry.key,
    left: leftSide.config,
    right: rightSide.config,
    conflict,
    fields: rows.fields,
    triggers: readTriggers(triggerArray, key, report),
    ...(brakes === null ? {} : { brakes }),
    ruleFile: rules.file,
    origin: { file: report.file, ...entry.keyAt },
  };
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
