import { ConnectorError } from "../../core/errors.ts";
import type { EntitySchema, FieldSchema } from "../../core/field.ts";
import type { JsonObject } from "../json-answer.ts";
import type { Client } from "./client.ts";
import { guessField, type KnownField } from "./map.ts";
import { isOpen, isUncertain, RESOURCES, type Resource, stockSchema } from "./schema.ts";
import type { AgileManagerSettings } from "./settings.ts";

/** Full records looked at to learn which fields a workspace has and what user-defined ones hold. */
const SAMPLE = 100;

/** What is known of the fields of one endpoint. */
export interface Knowledge {
  resource(entity: string): Resource;
  /** Table and declarations only: what may be relied on when a value is read. */
  certain(entity: string): KnownField;
  /** Also what values have shown. Asks the server once where one of `names` is a user-defined field nothing is known of. */
  forWriting(entity: string, names: readonly string[], signal: AbortSignal): Promise<KnownField>;
  learn(entity: string, rows: readonly JsonObject[]): void;
  describe(entity: string, signal: AbortSignal): Promise<EntitySchema>;
}

export function createKnowledge(endpoint: string, settings: AgileManagerSettings, client: Client): Knowledge {
  const stock = new Map<string, EntitySchema>();
  const guesses = new Map<string, Map<string, FieldSchema>>();
  const sampled = new Set<string>();

  function stockOf(entity: string): EntitySchema {
    const known = stock.get(entity) ?? stockSchema(entity, settings);
    if (known === null) throw noEntity(endpoint, entity);
    stock.set(entity, known);
    return known;
  }

  function resource(entity: string): Resource {
    const found = Object.hasOwn(RESOURCES, entity) ? RESOURCES[entity] : undefined;
    if (found === undefined) throw noEntity(endpoint, entity);
    return found;
  }

  function guessesOf(entity: string): Map<string, FieldSchema> {
    const found = guesses.get(entity) ?? new Map<string, FieldSchema>();
    guesses.set(entity, found);
    return found;
  }

  function learn(entity: string, rows: readonly JsonObject[]): void {
    const found = guessesOf(entity);
    const names = new Set(rows.flatMap((row) => Object.keys(row)));
    for (const name of names) {
      if (found.has(name) || !isUncertain(entity, name, settings)) continue;
      const guess = guessField(
        name,
        rows.map((row) => row[name]),
      );
      if (guess !== null) found.set(name, guess);
    }
  }

  async function sample(entity: string, signal: AbortSignal): Promise<readonly JsonObject[]> {
    const { path, subtype } = resource(entity);
    const query = subtype === null ? {} : { query: `"subtype='${subtype}'"` };
    const { rows } = await client.list(path, { ...query, "order-by": "-id", limit: SAMPLE, offset: 0 }, signal);
    learn(entity, rows);
    sampled.add(entity);
    return rows;
  }

  const certain = (entity: string): KnownField => {
    const { fields } = stockOf(entity);
    return (name) => (isUncertain(entity, name, settings) ? null : (fields[name] ?? null));
  };

  return {
    resource,
    certain,
    learn,
    async forWriting(entity, names, signal) {
      const known = certain(entity);
      const found = guessesOf(entity);
      const { open } = resource(entity);
      const guessable = (name: string) => isOpen(open, name) || Object.hasOwn(stockOf(entity).fields, name);
      const unknown = names.some((name) => known(name) === null && guessable(name) && !found.has(name));
      if (unknown && !sampled.has(entity)) await sample(entity, signal);
      return (name) => known(name) ?? found.get(name) ?? null;
    },
    async describe(entity, signal) {
      const known = stockOf(entity);
      const rows = await sample(entity, signal);
      const shown = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter(
        (n) => !Object.hasOwn(known.fields, n),
      );
      const found = guessesOf(entity);
      const more = shown.map((name) => [name, found.get(name) ?? emptyField(name)] as const);
      // A workspace without records shows no user-defined fields: any may exist.
      const open = rows.length === 0 ? known.open : [];
      const fields = { ...known.fields, ...Object.fromEntries(more) };
      const seen = Object.entries(fields).map(([name, field]) => [name, withOptions(field, rows)] as const);
      return { ...known, fields: Object.fromEntries(seen), open };
    },
  };
}

/** List values as far as records hold them: the server does not tell its lists, so other values may well be right. */
function withOptions(field: FieldSchema, rows: readonly JsonObject[]): FieldSchema {
  if (field.kind !== "option") return field;
  const values = rows
    .flatMap((row) => row[field.name] ?? [])
    .filter((value) => typeof value === "string" && value !== "");
  const options = [...new Set(values.map(String))].sort();
  return options.length === 0 ? field : { ...field, options, verified: false };
}

/** A field that was empty wherever it was seen. */
function emptyField(name: string): FieldSchema {
  return { name, label: name, kind: "string", multiple: false, required: false, readOnly: false };
}

function noEntity(endpoint: string, entity: string): ConnectorError {
  const offered = Object.keys(RESOURCES).join(", ");
  return new ConnectorError("notFound", `${endpoint}: Agile Manager has no entity type "${entity}"; it has ${offered}`);
}
