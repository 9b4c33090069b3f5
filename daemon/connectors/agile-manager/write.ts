import type { Draft, FieldFault, Patch, WriteOutcome } from "../../core/connector.ts";
import { ConnectorError } from "../../core/errors.ts";
import type { Fields, TrackerRecord, Value } from "../../core/record.ts";
import { equalValues } from "../../fields/equal.ts";
import { followersOf } from "../../fields/follow.ts";
import { mapLimit } from "../../lib/concurrency.ts";
import { idOf, type JsonObject } from "../json-answer.ts";
import type { Answered, Client } from "./client.ts";
import type { Knowledge } from "./knowledge.ts";
import { bodyOf, type KnownField, toRecord } from "./map.ts";
import { PARENT, wireNames } from "./parent.ts";
import type { Reading } from "./read.ts";
import { BONDS } from "./schema.ts";

/** Writes in flight at once. */
export const CONCURRENCY = 4;

export interface Writing {
  create(entity: string, drafts: readonly Draft[], signal: AbortSignal): Promise<readonly WriteOutcome[]>;
  update(entity: string, patches: readonly Patch[], signal: AbortSignal): Promise<readonly WriteOutcome[]>;
  remove(entity: string, ids: readonly string[], signal: AbortSignal): Promise<readonly WriteOutcome[]>;
}

/** One write that the server took: the record as its answer shows it, or only its id. `besides`: what the server may have changed along with it. */
interface Stored {
  readonly record: TrackerRecord | null;
  readonly id: string;
  readonly fields: Fields;
  readonly besides: readonly string[];
}

type Taken = Stored | { readonly error: ConnectorError };

export function createWriting(endpoint: string, client: Client, knowledge: Knowledge, reading: Reading): Writing {
  /** Completes what the answers left open with one query for all of them. */
  async function finish(entity: string, taken: readonly Taken[], known: KnownField, signal: AbortSignal) {
    const open = taken.flatMap((item) => ("error" in item || item.record !== null ? [] : [item]));
    const names = [...new Set(open.flatMap((item) => [...Object.keys(item.fields), ...item.besides]))];
    const reread =
      open.length === 0
        ? null
        : await rereadAll(
            entity,
            open.map((item) => item.id),
            names,
            signal,
          );
    return taken.map((item): WriteOutcome => {
      if ("error" in item) return { ok: false, error: item.error };
      if (reread instanceof ConnectorError && item.record === null) return { ok: false, error: stored(reread) };
      const record = item.record ?? (reread instanceof ConnectorError ? undefined : reread?.get(item.id));
      if (record === undefined) return { ok: false, error: vanished(endpoint, entity, item.id) };
      return { ok: true, record: only(record, item), faults: faultsOf(item.fields, record, known) };
    });
  }

  async function rereadAll(entity: string, ids: readonly string[], names: readonly string[], signal: AbortSignal) {
    try {
      return await reading.read(entity, ids, names, signal).catch((error: unknown) => {
        // A field that the server dropped from the write without a word is refused when it is asked for.
        if (error instanceof ConnectorError && error.status === 400)
          return reading.readWhole(entity, ids, names, signal);
        throw error;
      });
    } catch (error) {
      if (error instanceof ConnectorError) return error;
      throw error;
    }
  }

  async function send(
    known: KnownField,
    fields: Fields,
    id: string | null,
    call: () => Promise<Answered>,
  ): Promise<Taken> {
    try {
      const answer = await call();
      const row = answer.rows[0];
      const besides = id === null ? [] : followersOf(BONDS, Object.keys(fields)).filter((name) => known(name) !== null);
      if (row === undefined) return id === null ? answer.fail("has no entity") : { record: null, id, fields, besides };
      return takenFrom(row, { fields, besides }, id, known, answer);
    } catch (error) {
      if (error instanceof ConnectorError) return { error };
      throw error;
    }
  }

  return {
    async create(entity, drafts, signal) {
      const { path, subtype } = knowledge.resource(entity);
      const names = drafts.flatMap((draft) => Object.keys(draft.fields));
      const known = await knowledge.forWriting(entity, names, signal);
      // One by one: what the server does with a batch of which one record is bad is not known.
      const taken = await mapLimit(
        drafts,
        CONCURRENCY,
        ({ fields }) => {
          const body = () => ({ ...(subtype === null ? {} : { subtype }), ...bodyOf(fields, known) });
          return send(known, fields, null, async () => client.create(path, body(), signal));
        },
        signal,
      );
      return finish(entity, taken, known, signal);
    },
    async update(entity, patches, signal) {
      const { path } = knowledge.resource(entity);
      const names = patches.flatMap((patch) => Object.keys(patch.fields));
      const known = await knowledge.forWriting(entity, names, signal);
      const taken = await mapLimit(
        patches,
        CONCURRENCY,
        async ({ id, fields }): Promise<Taken> => {
          if (!/^\d{1,15}$/.test(id)) return { error: vanished(endpoint, entity, id) };
          if (Object.keys(fields).length === 0) return { record: null, id, fields, besides: [] };
          // All fields in one PUT: release, sprint and team are checked against one another, and the server clears what does not fit.
          return send(known, fields, id, async () => client.update(`${path}/${id}`, bodyOf(fields, known), signal));
        },
        signal,
      );
      return finish(entity, taken, known, signal);
    },
    async remove(entity, ids, signal) {
      const { path } = knowledge.resource(entity);
      return mapLimit(ids, CONCURRENCY, (id) => removeOne(client, path, id, signal), signal);
    },
  };
}

/** An answer counts as the whole entity where it has its time of modification and more keys than were written; else the record is read again. */
function takenFrom(
  row: JsonObject,
  written: Pick<Stored, "fields" | "besides">,
  id: string | null,
  known: KnownField,
  answer: Answered,
): Taken {
  const own = idOf(row["id"], "id", answer.fail);
  if (id !== null && own !== id) return { record: null, id, ...written };
  const names = Object.keys(written.fields);
  const sent = wireNames(names, known(PARENT));
  const shown = sent.every((name) => row[name] !== undefined) || Object.keys(row).length >= sent.length + 8;
  if (typeof row["last_modified"] !== "string" || !shown) return { record: null, id: own, ...written };
  const besides = written.besides.filter((name) => row[name] !== undefined);
  return { record: toRecord(row, [...names, ...besides], known, answer.fail), id: own, ...written };
}

async function removeOne(client: Client, path: string, id: string, signal: AbortSignal): Promise<WriteOutcome> {
  const gone: WriteOutcome = { ok: true, record: { id, version: "", modified: null, fields: {} }, faults: [] };
  try {
    if (/^\d{1,15}$/.test(id)) await client.remove(`${path}/${id}`, signal);
    return gone;
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return error.kind === "notFound" ? gone : { ok: false, error };
  }
}

function only(record: TrackerRecord, { fields, besides }: Stored): TrackerRecord {
  const names = [...Object.keys(fields), ...besides.filter((name) => Object.hasOwn(record.fields, name))];
  return { ...record, fields: Object.fromEntries(names.map((name) => [name, record.fields[name] ?? null])) };
}

/** Written fields that the server holds otherwise: dropped, or cleared because of another field (a feature team outside its release). */
function faultsOf(written: Fields, record: TrackerRecord, known: KnownField): readonly FieldFault[] {
  return Object.entries(written).flatMap(([name, value]) => {
    const schema = known(name) ?? {
      name,
      label: name,
      kind: "string",
      multiple: true,
      required: false,
      readOnly: false,
    };
    const stored = record.fields[name] ?? null;
    if (equalValues(schema, value, stored) || (schema.kind === "number" && isRounded(value, stored))) return [];
    return [{ field: name, message: `${show(value)} was written, the server holds ${show(stored)}` }];
  });
}

/** The server's numbers are binary: of 0.10000000000000001 it holds 0.1 (T23). A whole number that it holds otherwise is another one. */
function isRounded(written: Value, stored: Value): boolean {
  if (typeof written !== "string" || typeof stored !== "string" || !written.includes(".")) return false;
  return Number(written) === Number(stored);
}

function show(value: Fields[string] | undefined): string {
  const text = value === null || value === undefined ? "nothing" : JSON.stringify(value);
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}

/** The write was answered well, only the reading afterwards failed. */
function stored(error: ConnectorError): ConnectorError {
  return new ConnectorError(error.kind, error.message, {
    stored: "maybe",
    ...(error.status === null ? {} : { status: error.status }),
    ...(error.retryAfterMs === null ? {} : { retryAfterMs: error.retryAfterMs }),
    cause: error,
  });
}

function vanished(endpoint: string, entity: string, id: string): ConnectorError {
  return new ConnectorError("notFound", `${endpoint}: there is no ${entity} ${id}`);
}
