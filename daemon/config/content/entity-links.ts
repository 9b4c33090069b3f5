import { readEntityType } from "../../core/entity-type.ts";
import { type EntityLinkConfig, type LinkConfig, SIDES, type Side } from "../../core/snapshot.ts";
import { type Direction, readDirection, wordOf } from "./direction.ts";
import type { Endpoint } from "./endpoints.ts";
import type { ConnectionContext, LinkContext } from "./link-context.ts";
import { checkOffered, type PartTable } from "./part-table.ts";
import { asTable, readTable, type TableReader } from "./read.ts";
import type { Place, Placed } from "./report.ts";
import { readUnmapped } from "./row-options.ts";
import { didYouMean, didYouMeanOr } from "./suggest.ts";
import type { TomlEntry } from "./toml.ts";
import type { ReadValueMap } from "./value-maps.ts";

const TABLE: PartTable = {
  key: "entity_links",
  none: { code: "no-entity-links", text: "links between" },
};

/** `[links.<name>.entity_links]`: the table alone switches them on (S32). `link` is all that is known of the link besides. */
export function readEntityLinks(
  entry: TomlEntry | null,
  link: Omit<LinkConfig, "entityLinks">,
  context: LinkContext,
): Pick<LinkConfig, "entityLinks"> {
  const { report, names } = context;
  const table = entry === null ? null : asTable(entry.node, '"entity_links"', report);
  if (entry === null || table === null) return {};
  const reader = readTable(table, `[links.${link.name}.entity_links]`, report);
  const own = directionOf(link);
  const said = readDirection(reader, names);
  const direction = said?.value ?? own;
  if (said !== null) checkDirection(said, link, context);
  const types = readTypes(reader, context);
  const unmapped = readUnmapped(reader, context);
  reader.finish();
  const offered = SIDES.map((side) => {
    const entities = Object.keys(context[side].type?.parts?.entityLinks?.ends ?? {});
    return checkOffered(TABLE, side, link, entities, entry.keyAt, context);
  });
  if (offered.every(Boolean)) checkWords(direction, types, unmapped === "copy", entry.keyAt, context);
  const config: EntityLinkConfig = {
    ...{ direction, types: types?.map ?? null, unmapped },
    origin: { file: report.file, ...entry.keyAt },
  };
  return { entityLinks: config };
}

/** Where the link itself writes: it makes records there, or changes them by a row or rule. */
function writesTo(link: Omit<LinkConfig, "entityLinks">, side: Side): boolean {
  const { create, update } = link[side];
  const rows = link.fields.some(({ direction }) => direction === "both" || direction === `to-${side}`);
  return create || (update !== false && (rows || link.ruleFile !== null));
}

function directionOf(link: Omit<LinkConfig, "entityLinks">): Direction {
  const [left, right] = [writesTo(link, "left"), writesTo(link, "right")];
  if (left === right) return "both";
  return left ? "to-left" : "to-right";
}

/** S36: links between records go no other way than the records themselves. */
function checkDirection(
  said: Placed<Direction>,
  link: Omit<LinkConfig, "entityLinks">,
  { report, names }: LinkContext,
): void {
  const own = directionOf(link);
  if (own === "both" || own === said.value) return;
  const only = own === "to-left" ? names[0] : names[1];
  report.error(
    "entity-link-direction",
    said.at,
    `Entity links go "${wordOf(said.value, names)}", but the link writes to ${only} alone.`,
    `Say direction = "to-${only}", or leave it out: they then go as the link does.`,
  );
}

function readTypes(reader: TableReader, { report, values }: LinkContext): ReadValueMap | null {
  const name = reader.text("types");
  if (name === null) return null;
  const found = values.get(name.value);
  if (found === undefined) {
    const hint = didYouMeanOr(`Write a table [values.${name.value}].`, name.value, values.keys());
    report.error("missing-key", name.at, `The mapping has no value map "${name.value}".`, hint);
  }
  return found ?? null;
}

/** The tracker's own words, where its kind has a fixed set of them; null: anything may be one. */
function wordsOf({ type }: Endpoint): readonly string[] | null {
  return type?.parts?.entityLinks?.types ?? null;
}

function checkWords(
  direction: Direction,
  types: ReadValueMap | null,
  copies: boolean,
  at: Place,
  context: LinkContext,
): void {
  for (const to of SIDES.filter((side) => direction === "both" || direction === `to-${side}`)) {
    const from = to === "left" ? "right" : "left";
    const [source, target] = [wordsOf(context[from]), wordsOf(context[to])];
    for (const row of (to === "right" ? types?.toRight : types?.toLeft) ?? []) {
      checkWord(row.from, source, context[from], context);
      checkWord(row.to, target, context[to], context);
    }
    if (types === null && copies) warnOfCopies(source, target, context[from], context[to], at, context);
  }
}

/** A kind of tracker without types has no words, and takes any. */
function checkWord(
  word: Placed<string>,
  known: readonly string[] | null,
  { config, type }: Endpoint,
  { report }: LinkContext,
): void {
  if (known === null || known.length === 0 || known.includes(word.value)) return;
  const message = `"${word.value}" is no type of relation in ${config.name} (${type?.title ?? config.type}).`;
  report.error("unknown-option", word.at, message, didYouMean(word.value, known, `It has ${known.join(", ")}.`));
}

function warnOfCopies(
  source: readonly string[] | null,
  target: readonly string[] | null,
  from: Endpoint,
  to: Endpoint,
  at: Place,
  { report }: LinkContext,
): void {
  if (target === null || target.length === 0 || source?.every((word) => target.includes(word))) return;
  report.warn(
    "foreign-values",
    at,
    `Types of links are copied from ${from.config.name} as they are, but ${to.config.name} knows only ${target.join(", ")}.`,
    'Name a value map: types = "…"; or say what else they become: unmapped = { value = "…" }.',
  );
}

/** S35: links to records that no link of the connection pairs are never carried. */
export function checkEntityLinkPartners(links: readonly LinkConfig[], context: ConnectionContext): void {
  for (const link of links) {
    const origin = link.entityLinks?.origin;
    if (origin === undefined) continue;
    const missing = SIDES.map((side) => absentTypes(link, links, side, context));
    // Either side's name of the same missing link would do: the left one is told.
    const [left = [], right = []] = missing;
    const side = left.length > 0 ? "left" : "right";
    const types = side === "left" ? left : right;
    if (types.length === 0) continue;
    const endpoint = link[side].endpoint;
    context.report
      .about(`link ${link.name}`)
      .warn(
        "entity-links-alone",
        origin,
        `No link of the connection pairs records of type ${types.join(", ")} of ${endpoint}: entity links to them are not carried.`,
        "Add such a link, if they should be.",
      );
  }
}

function absentTypes(
  link: LinkConfig,
  links: readonly LinkConfig[],
  side: Side,
  context: ConnectionContext,
): readonly string[] {
  const ends = context[side].type?.parts?.entityLinks?.ends ?? {};
  const { base } = readEntityType(link[side].entity);
  const paired = new Set(links.map((other) => readEntityType(other[side].entity).base));
  return (Object.hasOwn(ends, base) ? (ends[base] ?? []) : []).filter((type) => !paired.has(type));
}
