import type { Side } from "../core/snapshot.ts";
import type { Cursor, Intent, Join, JournalEntry, LinkStore, Pair, Retry, Stop } from "../core/store.ts";
import type { Database, Row, SqlValue } from "./database.ts";
import { writeCommit } from "./link-commit.ts";

/** Ids asked for in one statement: keeps the JSON text that carries them small. */
const CHUNK = 2_000;

type JournalQuery = Parameters<LinkStore["journal"]>[0];

/** The memory of one link in SQLite. */
export function linkStore(db: Database, link: string): LinkStore {
  return {
    cursor: (side) => one<Cursor>(db.get("SELECT value FROM cursors WHERE link = ? AND side = ?", link, side)),
    pairs: (side, ids) => pairsOf(db, link, side, ids),
    pair: (id) => one<Pair>(db.get("SELECT value FROM pairs WHERE link = ? AND id = ?", link, id)),
    pairPage: (side, after, limit) => pairPage(db, link, side, after, limit),
    pairCount: () => Number(db.get("SELECT count(*) AS n FROM pairs WHERE link = ?", link)?.["n"]),
    held: (limit) =>
      many<Pair>(db.all("SELECT value FROM pairs WHERE link = ? AND held = 1 ORDER BY rowid LIMIT ?", link, limit)),
    parked: (limit) =>
      many<Pair>(db.all("SELECT value FROM pairs WHERE link = ? AND parked = 1 ORDER BY rowid LIMIT ?", link, limit)),
    stop: () => one<Stop>(db.get("SELECT value FROM stops WHERE link = ?", link)),
    intents: () => many<Intent>(db.all("SELECT value FROM intents WHERE link = ? ORDER BY at, rowid", link)),
    dueRetries(now, revision, limit) {
      const sql =
        "SELECT value FROM retries WHERE link = ? AND (due <= ? OR revision <> ?) ORDER BY since, rowid LIMIT ?";
      return many<Retry>(db.all(sql, link, now, revision, limit));
    },
    retries: (limit) =>
      many<Retry>(db.all("SELECT value FROM retries WHERE link = ? ORDER BY since, rowid LIMIT ?", link, limit)),
    retry: (side, record) =>
      one<Retry>(db.get("SELECT value FROM retries WHERE link = ? AND side = ? AND record = ?", link, side, record)),
    waiting(limit) {
      const sql = "SELECT value FROM retries WHERE link = ? AND value ->> 'awaits' IS NOT NULL ORDER BY since LIMIT ?";
      return many<Retry>(db.all(sql, link, limit));
    },
    joins: () => joinsOf(db, link),
    commit: (commit) => writeCommit(db, link, commit),
    journal: (query) => journalOf(db, link, query),
  };
}

/** The value of a row, as it was written: shapes of our own rows are trusted. */
export function readValue<T>(row: Row): T {
  return JSON.parse(String(row["value"])) as T;
}

function one<T>(row: Row | null): T | null {
  return row === null ? null : readValue<T>(row);
}

function many<T>(rows: readonly Row[]): readonly T[] {
  return rows.map((row) => readValue<T>(row));
}

function pairsOf(db: Database, link: string, side: Side, ids: readonly string[]): ReadonlyMap<string, Pair> {
  const found = new Map<string, Pair>();
  const sql = `SELECT value FROM pairs WHERE link = ? AND ${columnOf(side)} IN (SELECT value FROM json_each(?))`;
  for (let start = 0; start < ids.length; start += CHUNK) {
    const chunk = JSON.stringify(ids.slice(start, start + CHUNK));
    for (const pair of many<Pair>(db.all(sql, link, chunk))) found.set(pair[side], pair);
  }
  return found;
}

function pairPage(db: Database, link: string, side: Side, after: string | null, limit: number): readonly Pair[] {
  const column = columnOf(side);
  if (after === null) {
    return many(db.all(`SELECT value FROM pairs WHERE link = ? ORDER BY ${column} LIMIT ?`, link, limit));
  }
  const sql = `SELECT value FROM pairs WHERE link = ? AND ${column} > ? ORDER BY ${column} LIMIT ?`;
  return many(db.all(sql, link, after, limit));
}

/** Quoted: LEFT and RIGHT are words of SQL. */
function columnOf(side: Side): string {
  return side === "left" ? '"left"' : '"right"';
}

function joinsOf(db: Database, link: string): readonly Join[] {
  const rows = db.all(
    'SELECT left_entity, "left", right_entity, "right" FROM joins WHERE link = ? ORDER BY rowid',
    link,
  );
  return rows.map((row) => ({
    left: { entity: String(row["left_entity"]), id: String(row["left"]) },
    right: { entity: String(row["right_entity"]), id: String(row["right"]) },
  }));
}

/** Newest first, so that a limit keeps what matters to `why` and `undo`. */
function journalOf(db: Database, link: string, query: JournalQuery): readonly JournalEntry[] {
  const terms = ["link = ?"];
  const values: SqlValue[] = [link];
  for (const column of ["side", "record", "run", "field"] as const) {
    const value = query[column];
    if (value === undefined) continue;
    terms.push(`${column} = ?`);
    values.push(value);
  }
  if (query.revision !== undefined) {
    terms.push("value ->> 'revision' = ?");
    values.push(query.revision);
  }
  const sql = `SELECT value FROM journal WHERE ${terms.join(" AND ")} ORDER BY seq DESC LIMIT ?`;
  return many(db.all(sql, ...values, query.limit));
}
