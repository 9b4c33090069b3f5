/**
 * The store's schema, one text per version, applied in order and never edited once released: a change is a new entry at the end.
 *
 * Each row holds its value whole as JSON text (whose escapes carry what SQLite text cannot: NUL, lone surrogates) and beside it only what is
 * searched. Links are named by their key in every table: numbers would save a few bytes and cost a cache that a rolled-back transaction falsifies.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE pairs (
    link TEXT NOT NULL, id TEXT NOT NULL, "left" TEXT NOT NULL, "right" TEXT NOT NULL, held INTEGER NOT NULL, value TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX pairs_id ON pairs (link, id);
  CREATE UNIQUE INDEX pairs_left ON pairs (link, "left");
  CREATE UNIQUE INDEX pairs_right ON pairs (link, "right");
  CREATE INDEX pairs_held ON pairs (link) WHERE held = 1;

  CREATE TABLE intents (link TEXT NOT NULL, id TEXT NOT NULL, at REAL NOT NULL, value TEXT NOT NULL) STRICT;
  CREATE UNIQUE INDEX intents_id ON intents (link, id);

  CREATE TABLE journal (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    link TEXT NOT NULL, run TEXT NOT NULL, side TEXT NOT NULL, record TEXT NOT NULL, field TEXT, at REAL NOT NULL, value TEXT NOT NULL
  ) STRICT;
  CREATE INDEX journal_record ON journal (link, record);
  CREATE INDEX journal_run ON journal (link, run);

  CREATE TABLE retries (
    link TEXT NOT NULL, side TEXT NOT NULL, record TEXT NOT NULL, since REAL NOT NULL, due REAL NOT NULL, revision TEXT NOT NULL,
    value TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX retries_record ON retries (link, side, record);
  CREATE INDEX retries_since ON retries (link, since);

  CREATE TABLE cursors (
    link TEXT NOT NULL, side TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (link, side)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE reports (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL, link TEXT NOT NULL, started REAL NOT NULL, value TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX reports_run ON reports (run);
  CREATE INDEX reports_link ON reports (link, started);
  CREATE INDEX reports_started ON reports (started);
  `,
  `
  CREATE TABLE stops (link TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE joins (
    link TEXT NOT NULL, left_entity TEXT NOT NULL, "left" TEXT NOT NULL, right_entity TEXT NOT NULL, "right" TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX joins_left ON joins (link, left_entity, right_entity, "left");
  CREATE UNIQUE INDEX joins_right ON joins (link, left_entity, right_entity, "right");
  CREATE INDEX retries_awaits ON retries (link, since) WHERE value ->> 'awaits' IS NOT NULL;
  `,
  `
  ALTER TABLE pairs ADD COLUMN parked INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX pairs_parked ON pairs (link) WHERE parked = 1;
  `,
];
