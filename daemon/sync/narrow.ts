import type { Queries } from "../core/events.ts";
import type { Side } from "../core/snapshot.ts";
import type { Find, Harvest } from "./harvest.ts";
import type { Session } from "./session.ts";
import { inBatches } from "./writing/write.ts";

const CHUNK = 200;

/**
 * What of a listing a trigger's query selects (X7): records of the endpoints it names, in the tracker's own language. The rest waits for a run
 * without a query, so that nothing is concluded from its absence: neither deletions nor a new cursor.
 */
export async function narrow(
  session: Session,
  side: Side,
  harvest: Harvest,
  queries: readonly Queries[],
): Promise<Harvest> {
  const moved = touchedIds(session, side);
  const ids = new Set([...harvest.changed, ...harvest.fresh].map(({ id }) => id).concat([...moved.keys()]));
  const wanted = await select(session, side, [...ids], queries);
  for (const [id, pair] of moved) if (!wanted.has(id)) forget(session, side, pair);
  const selected = (finds: readonly Find[]) => finds.filter(({ id }) => wanted.has(id));
  return { ...harvest, changed: selected(harvest.changed), fresh: selected(harvest.fresh), seen: null };
}

async function select(
  session: Session,
  side: Side,
  ids: readonly string[],
  queries: readonly Queries[],
): Promise<ReadonlySet<string>> {
  const { connectors, link, signal } = session;
  const wanted = new Set<string>();
  const texts = new Set(queries.flatMap((query) => query[side] ?? []));
  for (const query of texts) {
    for (const chunk of inBatches(
      ids.filter((id) => !wanted.has(id)),
      CHUNK,
    ))
      for (const id of await connectors[side].matching(link[side].entity, chunk, query, signal)) wanted.add(id);
  }
  return wanted;
}

/** Pair ids by the record of this side that moved. */
function touchedIds(session: Session, side: Side): ReadonlyMap<string, string> {
  const ids = new Map<string, string>();
  for (const [pair, seen] of session.touched) {
    const record = seen[side] === undefined ? undefined : session.store.pair(pair)?.[side];
    if (record !== undefined) ids.set(record, pair);
  }
  return ids;
}

function forget(session: Session, side: Side, pair: string): void {
  const { [side]: _, ...other } = session.touched.get(pair) ?? {};
  if (Object.keys(other).length === 0) session.touched.delete(pair);
  else session.touched.set(pair, other);
}
