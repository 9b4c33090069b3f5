import { ConnectorError } from "../../core/errors.ts";
import type { CommentPort } from "../../core/parts.ts";
import { createMemoPort, type Memo, type MemoSource } from "../memo-port.ts";
import type { Answered, Client } from "./client.ts";
import type { Knowledge } from "./knowledge.ts";
import { toRecord } from "./map.ts";
import type { Reading } from "./read.ts";

const FIELD = "dev_comments";
export const COMMENT_FIELDS: Readonly<Record<string, string>> = { defect: FIELD, user_story: FIELD };

/** The discussion of a backlog item stands in one memo. */
export function createComments(endpoint: string, client: Client, knowledge: Knowledge, reading: Reading): CommentPort {
  const read: MemoSource["read"] = async (entity, ids, field, signal) => {
    const records = await reading.read(entity, ids, [field], signal);
    return new Map([...records].map(([id, r]) => [id, { version: r.version, value: r.fields[field] ?? null }]));
  };
  /** What the answer to a write shows of the record, by the measure of every other write here (`write.ts`); null where it must be read again. */
  function shownIn({ rows, fail }: Answered, entity: string, id: string, field: string): Memo | null {
    const [row] = rows;
    if (row === undefined || String(row["id"]) !== id) return null;
    if (typeof row["last_modified"] !== "string" || typeof row[field] !== "string") return null;
    const record = toRecord(row, [field], knowledge.certain(entity), fail);
    return memoOf(record.version, record.fields[field]);
  }

  return createMemoPort({
    endpoint,
    fields: COMMENT_FIELDS,
    read,
    async write(entity, id, field, text, signal) {
      const { path } = knowledge.resource(entity);
      // Sent once: repeated after a lost answer it would overwrite what somebody said in between.
      const answer = await client.update(`${path}/${id}`, { [field]: text }, signal, false);
      try {
        const shown = shownIn(answer, entity, id, field);
        if (shown !== null) return shown;
        const stored = (await read(entity, [id], field, signal)).get(id);
        if (stored === undefined) throw new ConnectorError("notFound", `${endpoint}: there is no ${entity} ${id}`);
        return memoOf(stored.version, stored.value);
      } catch (error) {
        if (!(error instanceof ConnectorError)) throw error;
        throw new ConnectorError(error.kind, error.message, { stored: "maybe", cause: error });
      }
    },
  });
}

function memoOf(version: string, value: unknown): Memo {
  return { text: typeof value === "string" ? value : "", version };
}
