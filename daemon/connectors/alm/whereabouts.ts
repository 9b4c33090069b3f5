import type { Whereabouts } from "../../core/connector.ts";
import { ConnectorError } from "../../core/errors.ts";
import { mapLimit } from "../../lib/concurrency.ts";
import { type Alm, CONCURRENCY } from "./alm.ts";
import { readBody } from "./body.ts";
import type { Reply } from "./client.ts";
import { TYPE_FIELD } from "./requirement-types.ts";
import type { EntityMeta } from "./schema.ts";
import { readEntities } from "./wire.ts";

/**
 * `GET {collection}/{id}` for each id: only the tracker's own `qccore.entity-not-found` means gone; a 404 without it is trouble (`unavailable`)
 * and is thrown, since deleting a partner rests on this answer. ALM has no record outside of its project; a requirement that was made another type
 * than those asked for is outside.
 */
export async function whereabouts(
  alm: Alm,
  entity: string,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Whereabouts>> {
  if (ids.length === 0) return new Map();
  const meta = await alm.metadata.entity(entity, signal);
  const types = new Set((await alm.metadata.typesOf(entity, signal)).map((type) => type.id));
  const found = await mapLimit(
    ids,
    CONCURRENCY,
    async (id) => [id, await one(alm, meta, types, id, signal)] as const,
    signal,
  );
  return new Map(found);
}

/** `types`: ids of those that count; empty for all. */
async function one(
  alm: Alm,
  meta: EntityMeta,
  types: ReadonlySet<string>,
  id: string,
  signal: AbortSignal,
): Promise<Whereabouts> {
  if (!/^\d+$/.test(id)) return "gone";
  const reply = await alm.client.call({ method: "GET", path: `/${meta.collection}/${id}`, signal });
  if (reply.ok && readBody(reply.answer).kind === "html") return reply.fail("is a web page, not data");
  if (reply.ok) return types.size === 0 || isOf(types, reply) ? "present" : "outside";
  const refusal = alm.client.refuse(reply, meta.labels);
  if (refusal.kind === "notFound") return "gone";
  if (refusal instanceof ConnectorError && refusal.status === 403) return "hidden";
  throw refusal;
}

function isOf(types: ReadonlySet<string>, reply: Reply): boolean {
  const [entity] = readEntities(reply.answer, reply.fail).entities;
  return types.has(entity?.fields.get(TYPE_FIELD)?.[0] ?? "");
}
