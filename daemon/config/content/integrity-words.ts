import type { FieldSchema } from "../../core/field.ts";
import type { IntegrityCheckName } from "../../core/integrity.ts";
import {
  type FieldMapping,
  type LinkConfig,
  otherSide,
  SIDES,
  type Side,
  type SideConfig,
} from "../../core/snapshot.ts";
import type { ReadConnection } from "./connection.ts";
import type { Endpoint } from "./endpoints.ts";
import type { ReadLink } from "./links.ts";
import { demanded, unfilled } from "./required.ts";

export interface LinkSeen {
  readonly connection: ReadConnection;
  readonly link: ReadLink;
}

/** What a check without a finding looked at, or why there was nothing to look at. */
export interface CheckWords {
  readonly message: string;
  readonly skipped: boolean;
}

export function describeCheck(name: IntegrityCheckName, seen: LinkSeen): CheckWords {
  return WORDS[name](seen);
}

const WORDS: Readonly<Record<IntegrityCheckName, (seen: LinkSeen) => CheckWords>> = {
  connection: askTheTracker,
  permission: askTheTracker,
  parameters: ({ link: { config } }) => pass(`settings of ${config.left.endpoint} and ${config.right.endpoint}`),
  schema: schemaWords,
  drift: askTheTracker,
  filter: filterWords,
  "entity type": ({ link: { config } }) =>
    pass(SIDES.map((side) => `${config[side].endpoint} ${config[side].entity}`).join(", ")),
  "creation and deletion": ({ link: { config } }) => pass(SIDES.map((side) => deedsOf(config[side])).join("; ")),
  mapping: ({ link: { config } }) => pass(mappingWords(config)),
  "required fields": requiredWords,
  "field names": ofFields,
  "field types": ofFields,
  lengths: ({ link }) => lengthWords(link),
  "fixed lists": ({ link }) => listWords(link),
  "user lists": userWords,
  "default user": defaultUserWords,
  "value maps": valueWords,
  "many to one": ({ link: { config } }) =>
    config.fields.some(({ values, direction }) => values !== null && direction === "both")
      ? pass("every value that comes back is said")
      : skip("no row with a value map goes both ways"),
  "read-only fields": ofFields,
  cycles: ({ link }) => targetWords(link, /cycle|sprint/, "no row for a cycle or sprint"),
  themes: ({ link }) => targetWords(link, /theme|feature|team/, "no row for a feature, theme or team"),
  "unique names": uniqueWords,
  "entity links": (seen) => (seen.link.config.entityLinks === undefined ? skip("not mapped") : partWords(seen)),
  "attachments and comments": (seen) => {
    const { attachments, comments } = seen.link.config;
    return attachments === undefined && comments === undefined ? skip("not mapped") : partWords(seen);
  },
  rules: ({ link: { config } }) => (config.ruleFile === null ? skip("the link has no rules") : pass(config.ruleFile)),
  triggers: ({ link: { config } }) =>
    config.triggers.length === 0
      ? skip("none: the link runs when it is told to")
      : pass(config.triggers.map(({ cron, zone }) => `${cron} (${zone})`).join(", ")),
};

function pass(message: string): CheckWords {
  return { message, skipped: false };
}

function skip(message: string): CheckWords {
  return { message, skipped: true };
}

function askTheTracker({ connection }: LinkSeen): CheckWords {
  return skip(`only the trackers can tell: syncline connection test ${connection.config.name}`);
}

function isLive({ connection }: LinkSeen): boolean {
  return connection.endpoints.some(({ facts }) => facts !== null);
}

/** Of a tracker that did not let itself be asked nothing is known live. */
function unasked({ connection }: LinkSeen): string {
  const names = connection.endpoints.flatMap(({ facts, config }) => (facts === null ? [config.name] : []));
  return names.length === 0 ? "" : `; ${names.join(", ")} could not be asked`;
}

function schemaWords({ link, connection }: LinkSeen): CheckWords {
  const told = SIDES.map(
    (side) => `${link[side].endpoint}: ${sourceOf(link[side].source, connection.endpoints[side === "left" ? 0 : 1])}`,
  );
  return SIDES.some((side) => link[side].source !== "unknown") ? pass(told.join("; ")) : skip(told.join("; "));
}

function sourceOf(source: "committed" | "stock" | "unknown", { facts }: Endpoint): string {
  if (facts !== null && source === "committed") return "as the tracker says now";
  if (source === "committed") return "committed";
  return source === "stock" ? "as the product is delivered" : "not known";
}

function filterWords(seen: LinkSeen): CheckWords {
  const { config } = seen.link;
  const filters = SIDES.flatMap((side) =>
    config[side].filter === null ? [] : `${config[side].endpoint}: ${config[side].filter}`,
  );
  if (filters.length === 0) return skip("the link has none: every record counts");
  return pass(`${filters.join("; ")}${isLive(seen) ? "" : " (the form; names and values are the tracker's to judge)"}`);
}

function deedsOf({ endpoint, create, update, deleted }: SideConfig): string {
  const deeds = [create ? "made" : "", update === false ? "" : "updated"].filter((deed) => deed !== "");
  return `${endpoint}: records are ${deeds.join(" and ") || "left alone"}; on a deletion: ${deleted}`;
}

function mappingWords({ fields, ruleFile }: LinkConfig): string {
  const rows = `${fields.length} row${fields.length === 1 ? "" : "s"}`;
  return ruleFile === null ? rows : `${rows} and rules`;
}

function requiredWords(seen: LinkSeen): CheckWords {
  const { config } = seen.link;
  const makes = SIDES.filter((side) => config[side].create);
  if (makes.length === 0) return skip("the link makes no records");
  const left = makes.flatMap((side) =>
    unfilled(config, side, seen.link[side]).map((field) => `${config[side].endpoint} ${field.name}`),
  );
  if (left.length > 0 && config.ruleFile !== null) return pass(`left to the rules: ${left.join(", ")}`);
  const counted = makes.map((side) => `${config[side].endpoint}: ${requiredIn(seen.link, side) ?? "not known"}`);
  return pass(`filled in ${counted.join("; ")}`);
}

function requiredIn(link: ReadLink, side: Side): string | null {
  if (link[side].schema === null) return null;
  const names = demanded(link[side]).map(({ name }) => name);
  return names.join(", ") || "none required";
}

/** How many of the fields that the link names are known. */
function ofFields({ link }: LinkSeen): CheckWords {
  const named = SIDES.map((side) => {
    const names = [...new Set(link.config.fields.map((row) => row[side]))];
    const unknown = names.filter((name) => link[side].find(name) === "maybe");
    return { endpoint: link[side].endpoint, count: names.length, unknown };
  });
  const unknown = named.flatMap((one) => one.unknown.map((name) => `${one.endpoint} ${name}`));
  const count = named.reduce((sum, one) => sum + one.count, 0);
  if (count === 0) return skip("no row names a field");
  if (unknown.length === count) return skip("no field is known offline");
  if (unknown.length === 0) return pass(`${count} fields`);
  return pass(`${count - unknown.length} of ${count} fields; not known offline: ${unknown.join(", ")}`);
}

type Target = {
  readonly field: FieldSchema;
  readonly from: FieldSchema;
  readonly row: FieldMapping;
  readonly side: Side;
};

/** Each field that a row writes, where both fields are known. */
function targetsOf(link: ReadLink): readonly Target[] {
  return link.config.fields.flatMap((row) =>
    SIDES.flatMap((side) => {
      if (row.direction !== "both" && row.direction !== `to-${side}`) return [];
      const [field, from] = [link[side].find(row[side]), link[otherSide(side)].find(row[otherSide(side)])];
      return typeof field === "string" || typeof from === "string" ? [] : [{ field, from, row, side }];
    }),
  );
}

function lengthWords(link: ReadLink): CheckWords {
  const texts = targetsOf(link).filter(({ field }) => field.kind === "string" || field.kind === "rich");
  const limited = texts.filter(({ field }) => field.maxLength !== undefined);
  if (limited.length === 0) return skip("no text field with a known limit is written");
  const open = limited.filter(({ from }) => from.kind === "string" && from.maxLength === undefined);
  const unknown = open.map(({ from, side }) => `${link[otherSide(side)].endpoint} ${from.name}`);
  return pass(
    `${limited.length} with a limit${unknown.length === 0 ? "" : `; how long these are nobody tells: ${unknown.join(", ")}`}`,
  );
}

function listWords(link: ReadLink): CheckWords {
  const lists = targetsOf(link).filter(({ field }) => field.kind === "option" && field.verified === true);
  if (lists.length === 0) return skip("no list that the tracker enforces is written");
  return pass(lists.map(({ field, side }) => `${link[side].endpoint} ${field.name}`).join(", "));
}

function userWords(seen: LinkSeen): CheckWords {
  const { link, connection } = seen;
  const written = targetsOf(link).filter(({ field }) => field.kind === "user");
  if (written.length === 0) return skip("no field of users is written");
  const names = [...new Set(written.map(({ field, side }) => `${link[side].endpoint} ${field.name}`))].join(", ");
  const mute = connection.endpoints.filter(({ facts }) => facts !== null && facts.people === null);
  const cannot = mute.map(({ config }) => `; ${config.name} cannot list its users`).join("");
  return pass(`${names}; who becomes whom: syncline users ${connection.config.name}${cannot}`);
}

function defaultUserWords(seen: LinkSeen): CheckWords {
  const { config } = seen.link;
  const rows = config.fields.flatMap((row) =>
    SIDES.flatMap((side) => {
      const login = row.defaultUser[side];
      return login === undefined ? [] : [`${config[side].endpoint} ${row[side]}: ${login}`];
    }),
  );
  if (rows.length === 0) return skip("no row has one");
  return pass(`${rows.join(", ")}${isLive(seen) ? unasked(seen) : " (whether they exist the tracker knows)"}`);
}

function valueWords({ link: { config } }: LinkSeen): CheckWords {
  const maps = [...new Set(config.fields.flatMap(({ values }) => values?.name ?? []))];
  const constants = SIDES.reduce((sum, side) => sum + Object.keys(config[side].constants).length, 0);
  if (maps.length === 0 && constants === 0) return skip("no value map, no constant");
  const parts = [
    maps.length === 0 ? "" : maps.join(", "),
    constants === 0 ? "" : `${constants} constant${constants === 1 ? "" : "s"}`,
  ];
  return pass(parts.filter((part) => part !== "").join("; "));
}

function targetWords(link: ReadLink, wanted: RegExp, none: string): CheckWords {
  const found = SIDES.flatMap((side) =>
    link.config.fields.flatMap((row) => {
      const field = link[side].find(row[side]);
      return typeof field !== "string" && wanted.test(field.target ?? "")
        ? [`${link[side].endpoint} ${row[side]}`]
        : [];
    }),
  );
  return found.length === 0 ? skip(none) : pass(found.join(", "));
}

function uniqueWords(seen: LinkSeen): CheckWords {
  const references = targetsOf(seen.link).some(
    ({ field, from }) => field.kind === "reference" || from.kind === "reference",
  );
  if (!references) return skip("no row for a reference");
  return isLive(seen) ? pass(`names are unique${unasked(seen)}`) : askTheTracker(seen);
}

function partWords({ link: { config }, connection }: LinkSeen): CheckWords {
  const parts = [
    config.attachments === undefined ? "" : "attachments",
    config.comments === undefined ? "" : "comments",
    config.entityLinks === undefined ? "" : "links between records",
  ].filter((part) => part !== "");
  const live = connection.endpoints.some(({ facts }) => facts !== null);
  return pass(`${parts.join(", ")}${live ? "" : ": mapped as both kinds of tracker have them"}`);
}
