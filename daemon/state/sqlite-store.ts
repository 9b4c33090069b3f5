import type { RunReport, Store } from "../core/store.ts";
import { type Database, type DatabaseOptions, openDatabase } from "./database.ts";
import { linkStore, readValue } from "./link-store.ts";

export interface SqliteStoreOptions extends DatabaseOptions {
  /** Milliseconds since 1970, daemon's clock; `prune` counts ages from it. */
  now(): number;
}

/** What to keep; what is left out is kept for ever. Ages in milliseconds. */
export interface Retention {
  readonly journalEntries?: number;
  readonly journalAgeMs?: number;
  /** Run reports of each link. */
  readonly reportsPerLink?: number;
}

export interface SqliteStore extends Store {
  /** Deletes journal entries and run reports beyond `retention`, oldest first; returns how many rows went. */
  prune(retention: Retention): number;
  /** Pairs of a link with fields that wait for a person. */
  heldCount(link: string): number;
}

/** Rows deleted in one transaction: a long list must not hold up a run's commit. */
const PRUNE_BATCH = 5_000;

/**
 * The embedded store: one SQLite file (`:memory:` for tests), WAL with `synchronous=FULL`, so that a commit that has returned survives a power
 * cut. Throws `OperatorError` for a damaged, foreign, newer or unreachable file and for a full disk.
 */
export function openSqliteStore(file: string, options: SqliteStoreOptions): SqliteStore {
  const db = openDatabase(file, options);
  return {
    link: (key) => linkStore(db, key),
    links: () => linksOf(db),
    saveReport: (report) => saveReport(db, report),
    reports(query) {
      const rows =
        query.link === undefined
          ? db.all("SELECT value FROM reports ORDER BY started DESC, seq DESC LIMIT ?", query.limit)
          : db.all(
              "SELECT value FROM reports WHERE link = ? ORDER BY started DESC, seq DESC LIMIT ?",
              query.link,
              query.limit,
            );
      return rows.map((row) => readValue<RunReport>(row));
    },
    report(run) {
      const row = db.get("SELECT value FROM reports WHERE run = ?", run);
      return row === null ? null : readValue<RunReport>(row);
    },
    prune: (retention) => prune(db, retention, options.now()),
    heldCount: (link) => Number(db.get("SELECT count(*) AS n FROM pairs WHERE link = ? AND held = 1", link)?.["n"]),
    close: () => db.close(),
  };
}

function linksOf(db: Database): readonly string[] {
  // Skips from key to key along the indexes: a plain DISTINCT would visit every pair.
  const keys = new Set<string>();
  for (const table of ["pairs", "intents", "journal", "retries", "cursors"]) {
    const sql = `WITH RECURSIVE k (link) AS (
        SELECT min(link) FROM ${table} UNION ALL SELECT (SELECT min(link) FROM ${table} WHERE link > k.link) FROM k WHERE k.link IS NOT NULL
      ) SELECT link FROM k WHERE link IS NOT NULL`;
    for (const row of db.all(sql)) keys.add(String(row["link"]));
  }
  return [...keys].sort();
}

function saveReport(db: Database, report: RunReport): void {
  db.run(
    `INSERT INTO reports (run, link, started, value) VALUES (?, ?, ?, ?)
     ON CONFLICT (run) DO UPDATE SET link = excluded.link, started = excluded.started, value = excluded.value`,
    report.run,
    report.link,
    report.started,
    JSON.stringify(report),
  );
}

function prune(db: Database, retention: Retention, now: number): number {
  let gone = 0;
  if (retention.journalEntries !== undefined) {
    const newest = Number(db.get("SELECT coalesce(max(seq), 0) AS seq FROM journal")?.["seq"]);
    gone += inBatches(
      db,
      "DELETE FROM journal WHERE seq IN (SELECT seq FROM journal WHERE seq <= ? ORDER BY seq LIMIT ?)",
      newest - retention.journalEntries,
    );
  }
  if (retention.journalAgeMs !== undefined) {
    // Entries are written in the order of their times, so that the old ones are the first: no index on time is needed.
    const sql = "DELETE FROM journal WHERE at < ? AND seq IN (SELECT seq FROM journal ORDER BY seq LIMIT ?)";
    gone += inBatches(db, sql, now - retention.journalAgeMs);
  }
  if (retention.reportsPerLink !== undefined) gone += pruneReports(db, retention.reportsPerLink);
  return gone;
}

function inBatches(db: Database, sql: string, bound: number): number {
  let gone = 0;
  for (;;) {
    const batch = db.transaction(() => db.run(sql, bound, PRUNE_BATCH));
    gone += batch;
    if (batch === 0) return gone;
  }
}

function pruneReports(db: Database, keep: number): number {
  const sql = `DELETE FROM reports WHERE seq IN (
      SELECT seq FROM (SELECT seq, row_number() OVER (PARTITION BY link ORDER BY started DESC, seq DESC) AS place FROM reports) WHERE place > ?
    )`;
  return db.transaction(() => db.run(sql, keep));
}
