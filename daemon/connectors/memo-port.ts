import { readEntityType } from "../core/entity-type.ts";
import { ConnectorError } from "../core/errors.ts";
import type { Comment, CommentPort } from "../core/parts.ts";
import type { Value } from "../core/record.ts";
import { parseMemo } from "./comment-memo.ts";
import { editMemo } from "./memo-edit.ts";

/** The memo of one record, and the version of the record that it was read with. */
export interface Memo {
  readonly text: string;
  readonly version: string;
}

/** How a tracker that keeps all comments of a record in one text reads and writes it. */
export interface MemoSource {
  readonly endpoint: string;
  /** The memo's field, by entity type without subtypes. */
  readonly fields: Readonly<Record<string, string>>;
  /** Records that are not there are missing from the map. */
  read(
    entity: string,
    ids: readonly string[],
    field: string,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, { readonly version: string; readonly value: Value }>>;
  /** The memo as it is stored then. Throws `ConnectorError`. */
  write(entity: string, id: string, field: string, text: string, signal: AbortSignal): Promise<Memo>;
  /** Told of a write, with what was read right before it: where each write moves the version by one, a longer step is somebody else's write. */
  wrote?(entity: string, id: string, before: Memo, after: Memo): void;
}

/** X16: the memo is read right before it is written, and only what was asked for differs then. */
export function createMemoPort(source: MemoSource): CommentPort {
  function fieldOf(entity: string): string {
    const field = fieldIn(source, entity);
    if (field !== null) return field;
    throw new ConnectorError("invalid", `${source.endpoint}: ${entity} has no comments`);
  }

  async function read(entity: string, id: string, field: string, signal: AbortSignal): Promise<Memo> {
    const record = (await source.read(entity, [id], field, signal)).get(id);
    if (record === undefined) throw new ConnectorError("notFound", `${source.endpoint}: there is no ${entity} ${id}`);
    return { text: textOf(record.value), version: record.version };
  }

  return {
    markup: "html",
    maxLength: null,
    mentions: false,
    field: (entity) => fieldIn(source, entity),
    async list(entity, ids, signal) {
      const field = fieldOf(entity);
      const records = await source.read(entity, ids, field, signal);
      return new Map([...records].map(([id, { value }]) => [id, parseMemo(textOf(value))] as const));
    },
    async write(entity, id, edits, signal) {
      const field = fieldOf(entity);
      const before = await read(entity, id, field, signal);
      const edited = editMemo(before.text, edits);
      if (!edited.ok) throw changed(source, entity, id, edited.missing);
      if (edited.memo === before.text) return parseMemo(before.text);
      const after = await source.write(entity, id, field, edited.memo, signal);
      source.wrote?.(entity, id, before, after);
      const stored = parseMemo(after.text);
      if (stored.length >= parseMemo(edited.memo).length) return stored;
      throw new ConnectorError(
        "invalid",
        `${source.endpoint}: ${entity} ${id} does not keep what was written to ${field}`,
      );
    },
  };
}

function fieldIn({ fields }: MemoSource, entity: string): string | null {
  const { base } = readEntityType(entity);
  return Object.hasOwn(fields, base) ? (fields[base] ?? null) : null;
}

function textOf(value: Value): string {
  return typeof value === "string" ? value : "";
}

function changed({ endpoint }: MemoSource, entity: string, id: string, { authorName, at }: Comment): ConnectorError {
  const whose = authorName === "" ? "a comment" : `the comment of ${authorName}`;
  const when = at === null ? "" : ` of ${at}`;
  return new ConnectorError("conflict", `${endpoint}: ${whose}${when} in ${entity} ${id} was changed meanwhile`);
}
