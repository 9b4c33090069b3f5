import type { CommentPort } from "../../core/parts.ts";
import { createMemoPort, type Memo } from "../memo-port.ts";
import type { Alm } from "./alm.ts";
import { read } from "./read.ts";
import { update } from "./write.ts";

export const COMMENT_FIELDS: Readonly<Record<string, string>> = { defect: "dev-comments", requirement: "comments" };

/** All comments of a record stand in one memo. ALM has no way to write only over what was read: what is left of that is told. */
export function createComments(alm: Alm): CommentPort {
  const { endpoint, note } = alm.host;
  return createMemoPort({
    endpoint,
    fields: COMMENT_FIELDS,
    async read(entity, ids, field, signal) {
      const records = await read(alm, entity, ids, [field], signal);
      return new Map([...records].map(([id, r]) => [id, { version: r.version, value: r.fields[field] ?? null }]));
    },
    async write(entity, id, field, text, signal) {
      const [outcome] = await update(alm, entity, [{ id, fields: { [field]: text } }], signal);
      if (outcome === undefined) throw new Error("an update has no outcome");
      if (!outcome.ok) throw outcome.error;
      const stored = outcome.record.fields[field];
      return { text: typeof stored === "string" ? stored : "", version: outcome.record.version };
    },
    wrote(entity, id, before, after) {
      if (!jumped(before, after)) return;
      note(
        `${endpoint}: somebody wrote ${entity} ${id} in the moment between reading and writing its comments: look whether one of theirs is missing`,
      );
    },
  });
}

function jumped(before: Memo, after: Memo): boolean {
  if (!/^\d{1,30}$/.test(before.version) || !/^\d{1,30}$/.test(after.version)) return false;
  return BigInt(after.version) > BigInt(before.version) + 1n;
}
