import type { Journal } from "../journal.ts";

/** One text, or several for a multi-value field. Absent or `""` is empty. */
export type Values = Readonly<Record<string, string | readonly string[]>>;

export interface Row {
  readonly id: number;
  readonly values: Values;
}

export interface Audit {
  readonly id: number;
  readonly action: "UPDATE" | "DELETE";
  readonly parentId: number;
  readonly entity: string;
  readonly time: string;
  readonly user: string;
  readonly changes: readonly {
    readonly name: string;
    readonly label: string;
    readonly before: string;
    readonly after: string;
  }[];
}

export type StoreEntry =
  | { readonly op: "put"; readonly collection: string; readonly id: number; readonly values: Values }
  | { readonly op: "remove"; readonly collection: string; readonly id: number }
  | { readonly op: "audit"; readonly audit: Audit }
  | { readonly op: "bytes"; readonly id: number; readonly base64: string };

/** Rows by collection and id, in id order; audits; attachments' bytes. Rows are replaced, never changed. */
export interface Store {
  rows(collection: string): ReadonlyMap<number, Row>;
  /** An id that no row of the collection has or ever had. */
  nextId(collection: string): number;
  put(collection: string, row: Row): void;
  remove(collection: string, id: number): void;
  audits(): readonly Audit[];
  addAudit(audit: Omit<Audit, "id">): void;
  bytes(attachment: number): Buffer | null;
  setBytes(attachment: number, bytes: Buffer): void;
  /** Grows with every change: for caches of what is computed from rows. */
  revision(): number;
  /** From here on every change goes to the journal. What it holds already is done again first. */
  keep(journal: Journal<StoreEntry>): void;
}

export function createStore(): Store {
  const collections = new Map<string, Map<number, Row>>();
  const last = new Map<string, number>();
  const audits: Audit[] = [];
  const files = new Map<number, Buffer>();
  let journal: Journal<StoreEntry> | null = null;
  let revision = 0;

  function rowsOf(collection: string): Map<number, Row> {
    let rows = collections.get(collection);
    if (rows === undefined) {
      rows = new Map();
      collections.set(collection, rows);
    }
    return rows;
  }

  function apply(entry: StoreEntry): void {
    revision += 1;
    switch (entry.op) {
      case "put":
        rowsOf(entry.collection).set(entry.id, { id: entry.id, values: entry.values });
        last.set(entry.collection, Math.max(entry.id, last.get(entry.collection) ?? 0));
        return;
      case "remove":
        rowsOf(entry.collection).delete(entry.id);
        return;
      case "audit":
        audits.push(entry.audit);
        return;
      case "bytes":
        files.set(entry.id, Buffer.from(entry.base64, "base64"));
        return;
    }
  }

  function commit(entry: StoreEntry): void {
    apply(entry);
    journal?.append(entry);
  }

  return {
    rows: rowsOf,
    nextId: (collection) => (last.get(collection) ?? 0) + 1,
    put: (collection, row) => commit({ op: "put", collection, id: row.id, values: row.values }),
    remove: (collection, id) => commit({ op: "remove", collection, id }),
    audits: () => audits,
    addAudit: (audit) => commit({ op: "audit", audit: { ...audit, id: audits.length + 501 } }),
    bytes: (attachment) => files.get(attachment) ?? null,
    setBytes: (attachment, bytes) => commit({ op: "bytes", id: attachment, base64: bytes.toString("base64") }),
    revision: () => revision,
    keep(opened) {
      for (const entry of opened.replay()) apply(entry);
      journal = opened;
    },
  };
}
