import { chmodSync, existsSync, statSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { OperatorError } from "../core/errors.ts";
import { storeError, withStoreErrors } from "./database-errors.ts";
import { MIGRATIONS } from "./migrations.ts";

export interface DatabaseOptions {
  /** Opens without the right to change anything: for a look from another process. The file must be there. Default false. */
  readonly readOnly?: boolean;
  /** How long to wait for another process's lock, in milliseconds. Default 5,000. */
  readonly busyTimeoutMs?: number;
  /** Most the file may grow to; further writes fail as on a full disk. Default: no limit. */
  readonly maxBytes?: number;
}

/** SQLite with its statements prepared once and its errors in the words of `core/`. */
export interface Database {
  readonly file: string;
  all(sql: string, ...values: readonly SqlValue[]): readonly Row[];
  get(sql: string, ...values: readonly SqlValue[]): Row | null;
  run(sql: string, ...values: readonly SqlValue[]): number;
  /** All or nothing, on the disk when it returns. */
  transaction<T>(work: () => T): T;
  close(): void;
}

export type SqlValue = string | number | null;
export type Row = Readonly<Record<string, unknown>>;

/** Marks the file as ours (`file` and other tools show it): "SyLn". */
const APPLICATION_ID = 0x53_79_4c_6e;
/** Files up to this size are checked as a whole when opened (about 0.1 s); larger ones where they are read. */
const CHECKED_BYTES = 64 * 1024 * 1024;

/** Opens or creates the store's file and brings its schema up to date. Throws `OperatorError`. */
export function openDatabase(file: string, options: DatabaseOptions = {}): Database {
  const readOnly = options.readOnly ?? false;
  if (readOnly && !existsSync(file)) {
    throw new OperatorError(
      `there is no store at ${file}`,
      "start Syncline with this state folder once, or name another folder",
    );
  }
  const db = withStoreErrors(file, () => new DatabaseSync(file, { readOnly, timeout: options.busyTimeoutMs ?? 5_000 }));
  try {
    prepareFile(db, file, options);
  } catch (error) {
    db.close();
    throw storeError(file, error);
  }
  return wrap(db, file);
}

function prepareFile(db: DatabaseSync, file: string, options: DatabaseOptions): void {
  const memory = file === ":memory:";
  if (options.readOnly) {
    checkVersion(db, file);
    return;
  }
  if (!memory) chmodSync(file, 0o600);
  refuseForeign(db, file);
  // WAL with FULL syncs the log at each commit; NORMAL syncs none and loses acknowledged commits when power fails.
  db.exec(
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384;",
  );
  if (!memory && statSync(file).size <= CHECKED_BYTES) checkIntegrity(db, file);
  if (options.maxBytes !== undefined) {
    const pageSize = pragma(db, "page_size");
    db.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(options.maxBytes / pageSize))}`);
  }
  migrate(db, file);
}

function refuseForeign(db: DatabaseSync, file: string): void {
  const id = pragma(db, "application_id");
  const tables = db.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.["n"];
  if (id === APPLICATION_ID || (id === 0 && tables === 0)) return;
  throw new OperatorError(`${file} is a database of another program`, "name another state folder");
}

function checkIntegrity(db: DatabaseSync, file: string): void {
  const finding = Object.values(db.prepare("PRAGMA quick_check(1)").get() ?? {})[0];
  if (finding === "ok") return;
  throw storeError(file, Object.assign(new Error(String(finding)), { errcode: 11 }));
}

function checkVersion(db: DatabaseSync, file: string): void {
  const version = pragma(db, "user_version");
  if (version === MIGRATIONS.length) return;
  throw new OperatorError(
    `the store ${file} has schema ${version}, this Syncline reads ${MIGRATIONS.length}`,
    version > MIGRATIONS.length
      ? "use the newer Syncline that wrote it"
      : "start the daemon of this version once: it brings the store up to date",
  );
}

function migrate(db: DatabaseSync, file: string): void {
  if (pragma(db, "user_version") > MIGRATIONS.length) checkVersion(db, file);
  // Each step in its own transaction, the version read inside it: two processes that open an old file at once do not both apply it.
  for (;;) {
    db.exec("BEGIN IMMEDIATE");
    try {
      const version = pragma(db, "user_version");
      const step = MIGRATIONS[version];
      if (step !== undefined) {
        db.exec(step);
        db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${version + 1}`);
      }
      db.exec("COMMIT");
      if (step === undefined) return;
    } catch (error) {
      if (db.isTransaction) db.exec("ROLLBACK");
      throw error;
    }
  }
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
}

function wrap(db: DatabaseSync, file: string): Database {
  const statements = new Map<string, StatementSync>();
  function prepared(sql: string): StatementSync {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = db.prepare(sql);
    statements.set(sql, statement);
    return statement;
  }
  function transaction<T>(work: () => T): T {
    return withStoreErrors(file, () => {
      db.exec("BEGIN IMMEDIATE");
      try {
        const result = work();
        db.exec("COMMIT");
        return result;
      } catch (error) {
        // A full disk makes SQLite roll back by itself.
        if (db.isTransaction) db.exec("ROLLBACK");
        throw error;
      }
    });
  }
  return {
    file,
    all: (sql, ...values) => withStoreErrors(file, () => prepared(sql).all(...values)),
    get: (sql, ...values) => withStoreErrors(file, () => prepared(sql).get(...values) ?? null),
    run: (sql, ...values) => withStoreErrors(file, () => Number(prepared(sql).run(...values).changes)),
    transaction,
    close: () => {
      statements.clear();
      if (db.isOpen) db.close();
    },
  };
}
