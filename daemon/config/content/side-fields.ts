import { readEntityType } from "../../core/entity-type.ts";
import type { EntitySchema, FieldSchema, Person } from "../../core/field.ts";
import type { EndpointFacts } from "../facts.ts";
import type { Endpoint } from "./endpoints.ts";
import type { FileReport, Placed } from "./report.ts";
import { didYouMean } from "./suggest.ts";

/** What is known of one entity type at one endpoint while a link is checked. */
export interface SideFields {
  readonly endpoint: string;
  readonly entity: string;
  /** `committed`: as the tracker said; `stock`: as its kind usually has it; `unknown`: nothing can be checked. */
  readonly source: "committed" | "stock" | "unknown";
  readonly schema: EntitySchema | null;
  /** Null where the tracker was not asked, or cannot list its users. */
  readonly people: readonly Person[] | null;
  /** What references may point at, by target; null where the tracker was not asked. */
  readonly directories: EndpointFacts["directories"] | null;
  /** `maybe`: it may exist though nothing is known of it; `no`: it does not. */
  find(name: string): FieldSchema | "maybe" | "no";
}

/** Reports an entity type that the endpoint does not have. */
export function sideFields(endpoint: Endpoint, entity: Placed<string> | null, report: FileReport): SideFields {
  const known = entity === null ? null : schemaOf(endpoint, entity.value);
  const name = endpoint.config.name;
  const stray = entity === null ? null : strayType(endpoint, entity.value);
  if (entity !== null && (known === null || stray !== null) && endpoint.type !== null && endpoint.settled) {
    const offered = [
      ...new Set([...endpoint.type.entities, ...Object.keys(endpoint.config.schemas), ...(stray ?? [])]),
    ];
    const message = `${endpoint.type.title} (${name}) has no entity type "${entity.value}".`;
    report.error(
      "unknown-entity",
      entity.at,
      message,
      didYouMean(entity.value, offered, `Known: ${offered.join(", ")}.`),
    );
  }
  const open = (known?.schema.open ?? []).map((source) => new RegExp(`^(?:${source})$`));
  return {
    endpoint: name,
    entity: entity?.value ?? "",
    source: known?.source ?? "unknown",
    schema: known?.schema ?? null,
    people: endpoint.facts?.people ?? null,
    directories: endpoint.facts?.directories ?? null,
    find(field) {
      if (known === null) return "maybe";
      const { fields } = known.schema;
      const listed = Object.hasOwn(fields, field) ? fields[field] : undefined;
      return listed ?? (open.some((pattern) => pattern.test(field)) ? "maybe" : "no");
    },
  };
}

/** What a committed schema says may stand behind the slash, where it has not all of this name's; null: nothing is known to be wrong. */
function strayType({ config }: Endpoint, entity: string): readonly string[] | null {
  const { base, subtypes } = readEntityType(entity);
  const known = Object.values(config.schemas).find(
    (schema) => schema.subtypes !== undefined && readEntityType(schema.entity).base === base,
  )?.subtypes;
  if (known === undefined || subtypes.every((name) => known.includes(name))) return null;
  return known.map((name) => `${base}/${name}`);
}

function schemaOf(
  endpoint: Endpoint,
  entity: string,
): { readonly schema: EntitySchema; readonly source: "committed" | "stock" } | null {
  const { schemas } = endpoint.config;
  const committed = Object.hasOwn(schemas, entity) ? schemas[entity] : undefined;
  if (committed !== undefined) return { schema: committed, source: "committed" };
  const stock = stockOf(endpoint, entity);
  return stock === null ? null : { schema: stock, source: "stock" };
}

function stockOf({ type, settled, config }: Endpoint, entity: string): EntitySchema | null {
  if (type === null) return null;
  if (settled) return type.stock(entity, config.settings);
  try {
    return type.stock(entity, config.settings);
  } catch {
    // The settings are known to be wrong, and were reported: whatever can be checked without them still is.
    return null;
  }
}

/** The field's schema; null where nothing is known of it, or where it does not exist, which is then reported. */
export function knownField(side: SideFields, field: Placed<string>, report: FileReport): FieldSchema | null {
  const found = side.find(field.value);
  if (found === "maybe") return null;
  if (found !== "no") return found;
  report.error(
    "unknown-field",
    field.at,
    `The ${side.entity} of ${side.endpoint} has no field "${field.value}".`,
    fieldHint(side, field.value),
  );
  return null;
}

/** What says no more than that there are attachments: they themselves are no field, whatever older products called them. */
const ATTACHMENTS = /^(has-)?attachments?$/i;
const ATTACHMENTS_HINT = "Attachments cross by a table of the link, not by a row: [links.<name>.attachments].";

export function fieldHint(side: SideFields, name: string): string {
  if (ATTACHMENTS.test(name)) return ATTACHMENTS_HINT;
  const fields = Object.values(side.schema?.fields ?? {});
  const [labelled, ...more] = fields.filter(({ label }) => label.toLowerCase() === name.toLowerCase());
  if (labelled !== undefined && more.length > 0) {
    const names = [labelled, ...more].map((field) => `"${field.name}"`).join(", ");
    return `${more.length + 1} fields are labelled "${labelled.label}": ${names}. Write the name of the one that is meant.`;
  }
  if (labelled !== undefined) return `"${labelled.label}" is called "${labelled.name}" here.`;
  const otherwise =
    side.source === "committed"
      ? `Its fields stand in mappings/schema/<connection>/${side.endpoint}.json; one that is new in the tracker: syncline schema pull <connection>.`
      : "Commit what the tracker says of its fields: syncline schema pull <connection>.";
  return didYouMean(
    name,
    fields.map((field) => field.name),
    otherwise,
  );
}

/** The one name under which a field is counted: some have two, each the other's label (Redmine's `cf_4` and "Severity"). */
export function countedName(side: Pick<SideFields, "find">, name: string): string {
  const field = side.find(name);
  if (typeof field === "string" || field.label === name) return name;
  const twin = side.find(field.label);
  const isSame = typeof twin === "object" && twin.name === field.label && twin.label === name;
  return isSame && twin.name < name ? twin.name : name;
}

/** Reports a field that nobody can write. */
export function checkWritable(
  side: SideFields,
  schema: FieldSchema | null,
  field: Placed<string>,
  report: FileReport,
  hint: string,
): void {
  if (schema?.readOnly !== true) return;
  report.error(
    "read-only-field",
    field.at,
    `"${field.value}" of ${side.endpoint} cannot be written: the tracker sets it itself.`,
    ATTACHMENTS.test(field.value) ? ATTACHMENTS_HINT : hint,
  );
}
