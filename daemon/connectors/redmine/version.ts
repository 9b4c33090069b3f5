import type { ChangesPage } from "../../core/connector.ts";
import type { DirectoryEntry } from "../../core/field.ts";
import type { TrackerRecord, Value } from "../../core/record.ts";
import { canonicalDate, canonicalInstant } from "../../fields/date.ts";
import { type Fail, idOf, type JsonObject } from "../json-answer.ts";
import { type Client, type Got, rowsOf } from "./client.ts";
import type { RedmineSettings } from "./settings.ts";

/** The project's versions, those that others share with it among them: one request, never paged, read-only here. */
export interface Versions {
  changes(fields: readonly string[], since: string | null, signal: AbortSignal): AsyncIterable<ChangesPage>;
  read(
    ids: readonly string[],
    fields: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, TrackerRecord>>;
  find(
    field: string,
    values: readonly string[],
    fields: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly TrackerRecord[]>;
  directory(signal: AbortSignal): Promise<readonly DirectoryEntry[]>;
}

export function createVersions(settings: RedmineSettings, client: Client): Versions {
  async function all(signal: AbortSignal): Promise<{ readonly got: Got; readonly rows: readonly JsonObject[] }> {
    const got = await client.get(`/projects/${encodeURIComponent(settings.project)}/versions.json`, [], signal);
    const rows = rowsOf(got, "versions");
    return { got, rows: [...rows].sort((a, b) => Number(idOf(a["id"], "id", got.fail)) - Number(b["id"])) };
  }

  async function records(fields: readonly string[], signal: AbortSignal): Promise<readonly TrackerRecord[]> {
    const { got, rows } = await all(signal);
    return rows.map((row) => toVersion(row, fields, got.fail));
  }

  return {
    async *changes(fields, since, signal) {
      const { got, rows } = await all(signal);
      const found = rows.map((row) => toVersion(row, fields, got.fail));
      const wanted = found.filter(({ modified }) => since === null || modified === null || modified >= since);
      yield { records: wanted, asOf: got.asOf, total: wanted.length };
    },
    async read(ids, fields, signal) {
      const found = await records(fields, signal);
      return new Map(found.filter(({ id }) => ids.includes(id)).map((record) => [record.id, record]));
    },
    async find(field, values, fields, signal) {
      const found = await records([...fields, field], signal);
      return found.filter((record) => values.includes(String(record.fields[field])));
    },
    async directory(signal) {
      const { got, rows } = await all(signal);
      return rows.map((row) => {
        const name = typeof row["name"] === "string" ? row["name"] : got.fail("has a version without a name");
        return { id: idOf(row["id"], "id", got.fail), name, path: `\\${name}`, parent: null };
      });
    },
  };
}

function toVersion(row: JsonObject, names: readonly string[], fail: Fail): TrackerRecord {
  const modified = typeof row["updated_on"] === "string" ? canonicalInstant(row["updated_on"]) : null;
  if (modified === null) return fail("has a version without updated_on");
  const fields: Record<string, Value> = {};
  for (const name of names) fields[name] = fieldText(name, row[name] ?? null);
  return { id: idOf(row["id"], "id", fail), version: modified, modified, fields };
}

function fieldText(name: string, wire: unknown): Value {
  if (wire === null || wire === "") return null;
  const text = String(wire);
  if (name === "due_date") return canonicalDate(text);
  return name.endsWith("_on") ? canonicalInstant(text) : text;
}
