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
  for (const table of ["pairs", "intents", "journal", "retries", "cursors", "stops", "reports"]) {
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
    gone += pruneJournal(db, newest - retention.journalEntries, Number.POSITIVE_INFINITY);
  }
  if (retention.journalAgeMs !== undefined) {
    gone += pruneJournal(db, Number.MAX_SAFE_INTEGER, now - retention.journalAgeMs);
  }
  if (retention.reportsPerLink !== undefined) gone += pruneReports(db, retention.reportsPerLink);
  return gone;
}

/** Entries that somebody may still need: those of a pair with a conflict that waits, and of a run with a write that has no answer yet. */
const NEEDED = `EXISTS (SELECT 1 FROM pairs p WHERE p.link = j.link AND p.id = j.value ->> 'pair' AND p.held = 1)
  OR EXISTS (SELECT 1 FROM intents i WHERE i.link = j.link AND i.value ->> 'run' = j.run)`;

/** Entries are written in the order of their times, so that the old ones are the first: no index on time is needed. */
function pruneJournal(db: Database, lastSeq: number, before: number): number {
  const sql = `SELECT seq, at, (${NEEDED}) AS needed FROM journal j WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?`;
  let gone = 0;
  for (let after = -1; ; ) {
    const rows = db.all(sql, after, lastSeq, PRUNE_BATCH);
    const old = rows.filter((row) => Number(row["at"]) < before);
    const ids = old.filter((row) => row["needed"] === 0).map((row) => Number(row["seq"]));
    gone += db.transaction(() =>
      db.run("DELETE FROM journal WHERE seq IN (SELECT value FROM json_each(?))", JSON.stringify(ids)),
    );
    after = Number(rows.at(-1)?.["seq"] ?? lastSeq);
    if (rows.length < PRUNE_BATCH || old.length < rows.length) return gone;
  }
}

function pruneReports(db: Database, keep: number): number {
  const sql = `DELETE FROM reports WHERE seq IN (
      SELECT seq FROM (SELECT seq, row_number() OVER (PARTITION BY link ORDER BY started DESC, seq DESC) AS place FROM reports) WHERE place > ?
    )`;
  return db.transaction(() => db.run(sql, keep));
}
