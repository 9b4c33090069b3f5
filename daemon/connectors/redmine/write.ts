import type { Draft, FieldFault, Patch, WriteOutcome } from "../../core/connector.ts";
import { ConnectorError } from "../../core/errors.ts";
import type { Fields, TrackerRecord } from "../../core/record.ts";
import { equalValues } from "../../fields/equal.ts";
import { idOf, type JsonObject, objectOf } from "../json-answer.ts";
import type { Client } from "./client.ts";
import type { Lists } from "./lists.ts";
import { only, schemaOf, type Vocabulary } from "./map.ts";
import { payloadOf } from "./payload.ts";
import type { Reading } from "./read.ts";
import { customByName, STANDARD } from "./schema.ts";
import type { RedmineSettings } from "./settings.ts";
import type { Vocabularies } from "./vocabulary.ts";

export interface Writing {
  create(drafts: readonly Draft[], signal: AbortSignal): Promise<readonly WriteOutcome[]>;
  update(patches: readonly Patch[], signal: AbortSignal): Promise<readonly WriteOutcome[]>;
  remove(ids: readonly string[], signal: AbortSignal): Promise<readonly WriteOutcome[]>;
}

/** One write that the server took, or did not. */
type Taken =
  | { readonly id: string; readonly fields: Fields; readonly faults: readonly FieldFault[] }
  | { readonly error: ConnectorError };

export function createWriting(
  endpoint: string,
  settings: RedmineSettings,
  client: Client,
  lists: Lists,
  vocabularies: Vocabularies,
  reading: Reading,
): Writing {
  /** A refused change answers as if it had been done: what counts is what reads back. One request for all records. */
  async function readBack(taken: readonly Taken[], vocabulary: Vocabulary, signal: AbortSignal) {
    const open = taken.flatMap((item) => ("error" in item ? [] : [item]));
    const written = new Set(open.flatMap((item) => Object.keys(item.fields)));
    const names = [...written].filter((name) => schemaOf(name, vocabulary) !== null);
    const ids = open.map((item) => item.id);
    const found = ids.length === 0 ? null : await caught(() => reading.read(ids, names, signal));
    return taken.map((item): WriteOutcome => {
      if ("error" in item) return { ok: false, error: item.error };
      if (found instanceof ConnectorError) return { ok: false, error: maybeStored(found) };
      const record = found?.get(item.id);
      if (record === undefined) return { ok: false, error: gone(endpoint, item.id) };
      const faults = [...item.faults, ...faultsOf(item, record, vocabulary)];
      return { ok: true, record: only(record, item.fields), faults };
    });
  }

  async function createOne({ fields }: Draft, vocabulary: Vocabulary, signal: AbortSignal): Promise<Taken> {
    const { body, faults } = await payloadOf(fields, vocabulary, lists, signal);
    const project = await lists.project.get(signal);
    const tracker = trackerId(settings, project.trackers, endpoint);
    const issue = { project_id: project.id, ...(tracker === null ? {} : { tracker_id: tracker }), ...body };
    const got = await client.post("/issues.json", { issue }, signal);
    const row = objectOf(got.body["issue"], "issue", got.fail);
    const id = idOf(row["id"], "id", got.fail);
    const late = await setStatus(id, row, body["status_id"], signal);
    return { id, fields, faults: late === null ? faults : [...faults, late] };
  }

  /** A new issue gets its tracker's first status whatever was asked for; another one is reached by a change afterwards. */
  async function setStatus(
    id: string,
    row: JsonObject,
    wanted: unknown,
    signal: AbortSignal,
  ): Promise<FieldFault | null> {
    const status = row["status"] as JsonObject | undefined;
    if (wanted === undefined || status?.["id"] === wanted) return null;
    const failure = await caught(() => client.put(`/issues/${id}.json`, { issue: { status_id: wanted } }, signal));
    return failure instanceof ConnectorError ? { field: "status", message: failure.message } : null;
  }

  async function updateOne({ id, fields }: Patch, vocabulary: Vocabulary, signal: AbortSignal): Promise<Taken> {
    if (!/^\d{1,15}$/.test(id)) throw gone(endpoint, id);
    const { body, faults } = await payloadOf(fields, vocabulary, lists, signal);
    // A change of nothing would move updated_on and come back as an echo.
    if (Object.keys(body).length > 0) await client.put(`/issues/${id}.json`, { issue: body }, signal);
    return { id, fields, faults };
  }

  async function removeOne(id: string, signal: AbortSignal): Promise<WriteOutcome> {
    const done: WriteOutcome = { ok: true, record: { id, version: "", modified: null, fields: {} }, faults: [] };
    if (!/^\d{1,15}$/.test(id)) return done;
    const failure = await caught(() => client.remove(`/issues/${id}.json`, signal));
    if (!(failure instanceof ConnectorError) || failure.kind === "notFound") return done;
    return { ok: false, error: recordError(failure, {}, null) };
  }

  async function each<T extends { readonly fields: Fields }>(
    items: readonly T[],
    write: (item: T, vocabulary: Vocabulary, signal: AbortSignal) => Promise<Taken>,
    signal: AbortSignal,
    toldAs: (error: ConnectorError, vocabulary: Vocabulary) => ConnectorError = (error) => error,
  ): Promise<readonly WriteOutcome[]> {
    if (items.length === 0) return [];
    const names = [...new Set(items.flatMap((item) => Object.keys(item.fields)))];
    const vocabulary = await vocabularies.forWriting(names, signal);
    const taken: Taken[] = [];
    for (const item of items) {
      const result = await caught(() => write(item, vocabulary, signal));
      if (!(result instanceof ConnectorError)) taken.push(result);
      else taken.push({ error: toldAs(recordError(result, item.fields, vocabulary), vocabulary) });
    }
    return readBack(taken, vocabulary, signal);
  }

  return {
    create: (drafts, signal) => each(drafts, createOne, signal),
    update: (patches, signal) => each(patches, updateOne, signal, ownReason),
    async remove(ids, signal) {
      const outcomes: WriteOutcome[] = [];
      for (const id of ids) outcomes.push(await removeOne(id, signal));
      return outcomes;
    },
  };
}

/** Tracker trouble as a value; anything else goes on. */
async function caught<T>(call: () => Promise<T>): Promise<T | ConnectorError> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ConnectorError) return error;
    throw error;
  }
}

function trackerId(
  settings: RedmineSettings,
  trackers: readonly { id: number; name: string }[],
  endpoint: string,
): number | null {
  if (settings.tracker === null) return null;
  const found = trackers.find(
    (tracker) => tracker.name === settings.tracker || String(tracker.id) === settings.tracker,
  );
  if (found !== undefined) return found.id;
  const names = trackers.map((tracker) => tracker.name).join(", ");
  // Sent nevertheless, the issue would silently get the project's first tracker.
  throw new ConnectorError("invalid", `${endpoint}: the project has no tracker "${settings.tracker}"; it has ${names}`);
}

function faultsOf(
  item: { readonly fields: Fields; readonly faults: readonly FieldFault[] },
  record: TrackerRecord,
  vocabulary: Vocabulary,
) {
  const known = new Set(item.faults.map((fault) => fault.field));
  return Object.entries(item.fields).flatMap(([name, value]): FieldFault[] => {
    const schema = schemaOf(name, vocabulary);
    const stored = record.fields[name] ?? null;
    if (known.has(name) || schema === null || equalValues(schema, value, stored)) return [];
    // These two are never empty: clearing them gives their zero.
    if (value === null && ((name === "done_ratio" && stored === "0") || (name === "is_private" && stored === "false")))
      return [];
    return [
      {
        field: name,
        message: `${show(value)} was written, the server holds ${show(stored)}: the account's role or workflow may not allow it`,
      },
    ];
  });
}

function show(value: Fields[string] | undefined): string {
  const text = value === null || value === undefined ? "nothing" : JSON.stringify(value);
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}

/** 403 on one issue says that this issue is out of reach, not that the account is; a refusal names its field by label, which is translated back. */
function recordError(error: ConnectorError, fields: Fields, vocabulary: Vocabulary | null): ConnectorError {
  const field = vocabulary === null || error.status !== 422 ? null : fieldNamedIn(error.message, fields, vocabulary);
  if (field === null && error.status !== 403) return error;
  const kind = error.status === 403 ? "invalid" : error.kind;
  return copyOf(error, kind, error.message, field === null ? {} : { field });
}

/**
 * A refused change is told with the reason of the field that it names: what else was refused is tried, and told, by itself. A creation tells all
 * reasons, since a record that cannot be made shows no other.
 */
function ownReason(error: ConnectorError, vocabulary: Vocabulary): ConnectorError {
  const { field } = error;
  if (field === null) return error;
  const { head, sentences } = reasonsIn(error.message);
  const own = sentences.filter((sentence) => isAbout(sentence, field, vocabulary));
  return copyOf(error, error.kind, head + own.join(REASONS), { field });
}

function fieldNamedIn(message: string, fields: Fields, vocabulary: Vocabulary): string | null {
  const { sentences } = reasonsIn(message);
  const found = Object.keys(fields).find((name) => sentences.some((sentence) => isAbout(sentence, name, vocabulary)));
  return found ?? null;
}

const ANSWERED = "answered 422: ";
const REASONS = "; ";

function reasonsIn(message: string): { readonly head: string; readonly sentences: readonly string[] } {
  const from = message.indexOf(ANSWERED) + ANSWERED.length;
  return { head: message.slice(0, from), sentences: message.slice(from).split(REASONS) };
}

function isAbout(sentence: string, name: string, vocabulary: Vocabulary): boolean {
  const label = STANDARD[name]?.label ?? customByName(vocabulary.customFields, name)?.name;
  return label !== undefined && sentence.toLowerCase().startsWith(`${label.toLowerCase()} `);
}

function maybeStored(error: ConnectorError): ConnectorError {
  const { retryAfterMs } = error;
  return copyOf(error, error.kind, error.message, {
    stored: "maybe",
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
  });
}

function copyOf(
  error: ConnectorError,
  kind: ConnectorError["kind"],
  message: string,
  more: ConstructorParameters<typeof ConnectorError>[2],
): ConnectorError {
  const status = error.status === null ? {} : { status: error.status };
  return new ConnectorError(kind, message, { stored: error.stored, ...status, cause: error, ...more });
}

function gone(endpoint: string, id: string): ConnectorError {
  return new ConnectorError("notFound", `${endpoint}: there is no issue ${id} in this project`);
}
