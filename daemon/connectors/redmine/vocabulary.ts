import { ConnectorError } from "../../core/errors.ts";
import type { EntitySchema } from "../../core/field.ts";
import { isObject, type JsonObject } from "../json-answer.ts";
import type { Lists, Named } from "./lists.ts";
import { peopleIn, type Vocabulary } from "./map.ts";
import { type CustomField, customByName, customSchemas, STANDARD, stockSchema, withDeclaration } from "./schema.ts";
import type { RedmineSettings } from "./settings.ts";

/** An id that nobody had is not asked for again for this long: groups and deleted users never show up. */
const UNKNOWN_MS = 600_000;

/** Reads what a set of fields needs to be understood, and no more. */
export interface Vocabularies {
  /** For reading `names` out of `rows`. */
  forRows(names: readonly string[], rows: readonly JsonObject[], signal: AbortSignal): Promise<Vocabulary>;
  forWriting(names: readonly string[], signal: AbortSignal): Promise<Vocabulary>;
  describe(signal: AbortSignal): Promise<EntitySchema>;
}

export function createVocabularies(
  endpoint: string,
  settings: RedmineSettings,
  lists: Lists,
  now: () => number,
): Vocabularies {
  const unknown = new Map<string, number>();
  const nobody = () => null;

  async function base(names: readonly string[], signal: AbortSignal): Promise<Vocabulary> {
    const custom = names.some((name) => !Object.hasOwn(STANDARD, name));
    const customFields = custom ? await lists.customFields.get(signal) : [];
    return { settings, customFields, personOf: nobody };
  }

  /** With the fields that only the rows show. A name that is no field at all would read as empty and empty the other side: it is refused. */
  async function complete(
    names: readonly string[],
    rows: readonly JsonObject[],
    signal: AbortSignal,
  ): Promise<Vocabulary> {
    const known = await base(names, signal);
    if (missing(names, known.customFields) === undefined) return known;
    const shown = [...known.customFields, ...shownBy(rows, known.customFields, settings)];
    if (missing(names, shown) === undefined) return { ...known, customFields: shown };
    const fresh = await lists.customFields.refresh(signal);
    const all = [...fresh, ...shownBy(rows, fresh, settings)];
    const lost = missing(names, all);
    if (lost === undefined) return { ...known, customFields: all };
    const twice = all.filter((field) => field.name === lost).length > 1;
    const why = twice ? "several custom fields have this label: use cf_ and the number" : "there is no such field";
    throw new ConnectorError("invalid", `${endpoint}: field "${lost}": ${why}`, { field: lost });
  }

  async function people(ids: readonly string[], signal: AbortSignal) {
    const known = await lists.people.get(signal);
    const strangers = ids.filter((id) => known.textOf(id) === null && (unknown.get(id) ?? 0) < now());
    if (strangers.length === 0) return known;
    const fresh = await lists.people.refresh(signal);
    for (const id of strangers) if (fresh.textOf(id) === null) unknown.set(id, now() + UNKNOWN_MS);
    return fresh;
  }

  return {
    async forRows(names, rows, signal) {
      if (rows.length === 0) return { settings, customFields: [], personOf: nobody };
      const vocabulary = await complete(names, rows, signal);
      const ids = peopleIn(rows, names, vocabulary);
      if (ids.length === 0) return vocabulary;
      // Without administrator's rights standard fields show the name by themselves; only custom fields hold bare ids.
      const admin = (await lists.account.get(signal)).admin;
      const bare = names.some((name) => !Object.hasOwn(STANDARD, name));
      if (!admin && !bare) return vocabulary;
      const found = await people(ids, signal);
      return { ...vocabulary, personOf: found.textOf };
    },
    forWriting: (names, signal) => base(names, signal),
    async describe(signal) {
      const [custom, project, statuses, priorities] = [
        await lists.customFields.refresh(signal),
        await lists.project.refresh(signal),
        await lists.statuses.refresh(signal),
        await lists.priorities.refresh(signal),
      ];
      const stock = stockSchema("issue", settings);
      const listed: Readonly<Record<string, readonly Named[]>> = {
        status: statuses,
        priority: priorities,
        tracker: project.trackers,
        category: project.categories,
      };
      const standard = Object.entries(stock?.fields ?? {}).map(([name, field]) => {
        const options = listed[name];
        return [
          name,
          options === undefined ? field : { ...field, options: options.map((o) => o.name), verified: true },
        ] as const;
      });
      return {
        entity: "issue",
        label: "Issue",
        fields: Object.fromEntries([...standard, ...customSchemas(custom)]),
        open: [],
      };
    },
  };
}

/** The first name that is neither a standard field nor one of `fields`. */
function missing(names: readonly string[], fields: readonly CustomField[]): string | undefined {
  return names.find((name) => !Object.hasOwn(STANDARD, name) && customByName(fields, name) === null);
}

/** Custom fields that issues hold although nothing was known of them. */
function shownBy(
  rows: readonly JsonObject[],
  known: readonly CustomField[],
  settings: RedmineSettings,
): readonly CustomField[] {
  const found = new Map<number, CustomField>();
  for (const row of rows) {
    const list = row["custom_fields"];
    for (const entry of Array.isArray(list) ? list.filter(isObject) : []) {
      const { id, name, multiple } = entry;
      if (typeof id !== "number" || typeof name !== "string" || known.some((field) => field.id === id)) continue;
      const field = {
        id,
        name,
        format: null,
        multiple: multiple === true,
        required: false,
        maxLength: null,
        options: [],
      };
      found.set(id, withDeclaration(field, settings));
    }
  }
  return [...found.values()];
}
