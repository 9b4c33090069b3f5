import { ConnectorError } from "../../core/errors.ts";
import type { CommentPort } from "../../core/parts.ts";
import { createMemoPort, type MemoSource } from "../memo-port.ts";
import type { Client } from "./client.ts";
import type { Knowledge } from "./knowledge.ts";
import type { Reading } from "./read.ts";

const FIELD = "dev_comments";
export const COMMENT_FIELDS: Readonly<Record<string, string>> = { defect: FIELD, user_story: FIELD };

/** The discussion of a backlog item stands in one memo. */
export function createComments(endpoint: string, client: Client, knowledge: Knowledge, reading: Reading): CommentPort {
  const read: MemoSource["read"] = async (entity, ids, field, signal) => {
    const records = await reading.read(entity, ids, [field], signal);
    return new Map([...records].map(([id, r]) => [id, { version: r.version, value: r.fields[field] ?? null }]));
  };
  return createMemoPort({
    endpoint,
    fields: COMMENT_FIELDS,
    read,
    async write(entity, id, field, text, signal) {
      const { path } = knowledge.resource(entity);
      // Sent once: repeated after a lost answer it would overwrite what somebody said in between.
      await client.update(`${path}/${id}`, { [field]: text }, signal, false);
      try {
        const stored = (await read(entity, [id], field, signal)).get(id);
        if (stored === undefined) throw new ConnectorError("notFound", `${endpoint}: there is no ${entity} ${id}`);
        return { text: typeof stored.value === "string" ? stored.value : "", version: stored.version };
      } catch (error) {
        if (!(error instanceof ConnectorError)) throw error;
        throw new ConnectorError(error.kind, error.message, { stored: "maybe", cause: error });
      }
    },
  });
}
