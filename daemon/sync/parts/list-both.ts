import { ConnectorError } from "../../core/errors.ts";
import { otherSide, type Side } from "../../core/snapshot.ts";
import type { Pair } from "../../core/store.ts";
import type { Session } from "../session.ts";

/** Parts of records of one side, by record; one that is not there has no entry. */
export type Listed<T> = ReadonlyMap<string, readonly T[]>;

/**
 * The parts of some pairs on both sides. Some trackers tell of them one record at a time: there (`single`) a record that this run has made is asked
 * only where something is to come to it.
 */
export async function listBoth<T>(
  session: Session,
  pairs: readonly Pair[],
  kind: "attachments" | "comments",
  single: (side: Side) => boolean,
  ask: (side: Side, pairs: readonly Pair[]) => Promise<Listed<T>>,
): Promise<Readonly<Record<Side, Listed<T>>>> {
  const isBare = (side: Side, pair: Pair) =>
    session.created[side].has(pair[side]) && single(side) && remembersNone(session, pair, kind);
  const list = async (side: Side, some: readonly Pair[]): Promise<Listed<T>> =>
    some.length === 0 ? new Map() : ask(side, some);
  const rest = (side: Side) => pairs.filter((pair) => !isBare(side, pair));
  const known = { left: await list("left", rest("left")), right: await list("right", rest("right")) };

  async function complete(side: Side): Promise<Listed<T>> {
    const other = otherSide(side);
    const bare = pairs.filter((pair) => isBare(side, pair));
    const none = new Set(bare.filter((pair) => known[other].get(pair[other])?.length === 0));
    const asked = await list(
      side,
      bare.filter((pair) => !none.has(pair)),
    );
    return new Map([...known[side], ...asked, ...[...none].map((pair) => [pair[side], []] as const)]);
  }
  return { left: await complete("left"), right: await complete("right") };
}

function remembersNone({ store }: Session, { id }: Pair, kind: "attachments" | "comments"): boolean {
  return (store.pair(id)?.parts?.[kind] ?? []).length === 0;
}

/** In one call; where that fails, record by record, so that one record's trouble is its own: it has no entry, and goes to `trouble`. */
export async function listEach<T>(
  pairs: readonly Pair[],
  ask: (pairs: readonly Pair[]) => Promise<Listed<T>>,
  trouble: (pair: Pair, error: unknown) => void,
): Promise<Listed<T>> {
  try {
    return await ask(pairs);
  } catch (error) {
    if (!(error instanceof ConnectorError) || !isOfOne(error)) throw error;
  }
  const found = new Map<string, readonly T[]>();
  for (const pair of pairs) {
    try {
      for (const [id, list] of await ask([pair])) found.set(id, list);
    } catch (error) {
      if (error instanceof ConnectorError && !isOfOne(error)) throw error;
      trouble(pair, error);
    }
  }
  return found;
}

function isOfOne({ kind }: ConnectorError): boolean {
  return kind === "invalid" || kind === "notFound" || kind === "conflict";
}
