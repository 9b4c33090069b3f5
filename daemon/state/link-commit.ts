import { SIDES, type Side } from "../core/snapshot.ts";
import type { Commit, Cursor, Intent, Join, JournalEntry, Pair, Retry, Stop } from "../core/store.ts";
import type { Database } from "./database.ts";

/**
 * Writes one commit of one link in one transaction. What is removed goes first, and a pair that is written again is removed before any is
 * written: partners may change places within one commit. Of two values with one identity the later counts.
 */
export function writeCommit(db: Database, link: string, commit: Commit): void {
  db.transaction(() => {
    removePairs(db, link, [...(commit.removePairs ?? []), ...(commit.pairs ?? []).map((pair) => pair.id)]);
    for (const pair of lastById(commit.pairs ?? [])) insertPair(db, link, pair);
    for (const id of commit.doneIntents ?? []) db.run("DELETE FROM intents WHERE link = ? AND id = ?", link, id);
    for (const intent of commit.intents ?? []) writeIntent(db, link, intent);
    for (const done of commit.doneRetries ?? []) {
      db.run("DELETE FROM retries WHERE link = ? AND side = ? AND record = ?", link, done.side, done.record);
    }
    for (const retry of commit.retries ?? []) writeRetry(db, link, retry);
    for (const entry of commit.journal ?? []) insertJournalEntry(db, link, entry);
    for (const join of commit.joins ?? []) writeJoin(db, link, join);
    for (const side of SIDES) writeCursor(db, link, side, commit.cursors?.[side]);
    if (commit.stop !== undefined) writeStop(db, link, commit.stop);
  });
}

function lastById(pairs: readonly Pair[]): Iterable<Pair> {
  return new Map(pairs.map((pair) => [pair.id, pair])).values();
}

function removePairs(db: Database, link: string, ids: readonly string[]): void {
  if (ids.length === 0) return;
  db.run("DELETE FROM pairs WHERE link = ? AND id IN (SELECT value FROM json_each(?))", link, JSON.stringify(ids));
}

function insertPair(db: Database, link: string, pair: Pair): void {
  const held = pair.held.length + (pair.parts?.heldComments?.length ?? 0) > 0 ? 1 : 0;
  db.run(
    'INSERT INTO pairs (link, id, "left", "right", held, parked, value) VALUES (?, ?, ?, ?, ?, ?, ?)',
    link,
    pair.id,
    pair.left,
    pair.right,
    held,
    (pair.parts?.parked?.length ?? 0) > 0 ? 1 : 0,
    JSON.stringify(pair),
  );
}

function writeIntent(db: Database, link: string, intent: Intent): void {
  db.run(
    `INSERT INTO intents (link, id, at, value) VALUES (?, ?, ?, ?)
     ON CONFLICT (link, id) DO UPDATE SET at = excluded.at, value = excluded.value`,
    link,
    intent.id,
    intent.at,
    JSON.stringify(intent),
  );
}

function writeRetry(db: Database, link: string, retry: Retry): void {
  db.run(
    `INSERT INTO retries (link, side, record, since, due, revision, value) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (link, side, record) DO UPDATE
       SET since = excluded.since, due = excluded.due, revision = excluded.revision, value = excluded.value`,
    link,
    retry.side,
    retry.record,
    retry.since,
    retry.due,
    retry.revision,
    JSON.stringify(retry),
  );
}

function insertJournalEntry(db: Database, link: string, entry: JournalEntry): void {
  db.run(
    "INSERT INTO journal (link, run, side, record, field, at, value) VALUES (?, ?, ?, ?, ?, ?, ?)",
    link,
    entry.run,
    entry.side,
    entry.record,
    entry.field,
    entry.at,
    JSON.stringify(entry),
  );
}

function writeJoin(db: Database, link: string, { left, right }: Join): void {
  db.run(
    'DELETE FROM joins WHERE link = ? AND left_entity = ? AND right_entity = ? AND ("left" = ? OR "right" = ?)',
    ...[link, left.entity, right.entity, left.id, right.id],
  );
  db.run(
    'INSERT INTO joins (link, left_entity, "left", right_entity, "right") VALUES (?, ?, ?, ?, ?)',
    ...[link, left.entity, left.id, right.entity, right.id],
  );
}

function writeCursor(db: Database, link: string, side: Side, cursor: Cursor | undefined): void {
  if (cursor === undefined) return;
  db.run(
    "INSERT INTO cursors (link, side, value) VALUES (?, ?, ?) ON CONFLICT (link, side) DO UPDATE SET value = excluded.value",
    link,
    side,
    JSON.stringify(cursor),
  );
}

function writeStop(db: Database, link: string, stop: Stop | null): void {
  db.run("DELETE FROM stops WHERE link = ?", link);
  if (stop !== null) db.run("INSERT INTO stops (link, value) VALUES (?, ?)", link, JSON.stringify(stop));
}
