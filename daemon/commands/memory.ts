import { access } from "node:fs/promises";
import { join } from "node:path";
import { OperatorError } from "../core/errors.ts";
import type { Side } from "../core/snapshot.ts";
import { STORE_FILE } from "../main.ts";
import { openSqliteStore, type SqliteStore } from "../state/sqlite-store.ts";
import { activeConnections } from "./active.ts";
import type { Host } from "./host.ts";
import type { Place } from "./place.ts";

/** Names of a link's endpoints, by side. */
export type Names = Readonly<Record<Side, string>>;

/** What the state folder remembers, opened for a look: works beside a running daemon and without one, and cannot write. */
export interface Memory {
  readonly file: string;
  readonly store: SqliteStore;
  names(link: string): Promise<Names>;
}

export async function withMemory<T>(host: Host, place: Place, work: (memory: Memory) => Promise<T>): Promise<T> {
  const file = join(place.settings.state, STORE_FILE);
  await requireStore(place, file);
  const store = openSqliteStore(file, { now: host.now, readOnly: true });
  try {
    return await work({ file, store, names: namesIn(host, place, store) });
  } finally {
    store.close();
  }
}

async function requireStore(place: Place, file: string): Promise<void> {
  try {
    await access(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new OperatorError(
      `No daemon has ever run on ${place.settings.state}.`,
      "Start one with `syncline start`, or name its folder with --state.",
    );
  }
}

/** A link's latest report knows its endpoints, also after it left the configuration; before a first report the configuration does. */
function namesIn(host: Host, place: Place, store: SqliteStore): Memory["names"] {
  const known = new Map<string, Names>();
  return async (link) => {
    const names = known.get(link) ?? namesOf(store, link) ?? (await configured(host, place, link));
    known.set(link, names);
    return names;
  };
}

function namesOf(store: SqliteStore, link: string): Names | null {
  return endpointsOf(store.reports({ link, limit: 1 })[0]?.counts);
}

/** Reports count by endpoint, the left one first. */
export function endpointsOf(counts: Readonly<Record<string, unknown>> | undefined): Names | null {
  const [left, right] = Object.keys(counts ?? {});
  return left === undefined || right === undefined ? null : { left, right };
}

async function configured(host: Host, place: Place, key: string): Promise<Names> {
  const links = (await activeConnections(place, host.signal)).flatMap((connection) => connection.links);
  const link = links.find((one) => one.key === key);
  return link === undefined
    ? { left: "left", right: "right" }
    : { left: link.left.endpoint, right: link.right.endpoint };
}

/** The links that were asked for: all of them, or the one named. Throws `OperatorError` for one that nothing is known of. */
export async function linksOf(
  host: Host,
  place: Place,
  memory: Memory,
  wanted: string | undefined,
): Promise<readonly string[]> {
  const stored = memory.store.links();
  if (wanted === undefined) return stored;
  if (stored.includes(wanted) || memory.store.reports({ link: wanted, limit: 1 }).length > 0) return [wanted];
  const links = (await activeConnections(place, host.signal)).flatMap((connection) => connection.links);
  if (links.some((link) => link.key === wanted)) return [wanted];
  const known = [...new Set([...stored, ...links.map((link) => link.key)])].sort();
  throw new OperatorError(`There is no link "${wanted}".`, `There is: ${known.join(", ") || "none yet"}.`);
}
