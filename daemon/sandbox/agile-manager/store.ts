import type { Journal } from "../journal.ts";
import type { Entity } from "./entity.ts";
import { idOf } from "./entity.ts";
import { RESOURCES, type ResourceName } from "./schema.ts";
import { createTable, type Table } from "./table.ts";

export interface AuditRow {
  readonly id: number;
  readonly action: "CREATE" | "UPDATE";
  readonly parentId: number;
  readonly parentType: string;
  /** `YYYY-MM-DDTHH:mm:ssZ` */
  readonly time: string;
  readonly user: string;
  readonly properties: readonly {
    readonly name: string;
    readonly label: string;
    readonly old_value: unknown;
    readonly new_value: unknown;
  }[];
}

export interface AttachmentRow {
  readonly id: number;
  readonly resource: ResourceName;
  readonly parentId: number;
  readonly name: string;
  readonly description: string | null;
  readonly author: string;
  readonly modified: string;
  /** Base 64. */
  readonly content: string;
}

/** One step of a transaction; a line of the journal holds all steps of one. */
export type Step =
  | { readonly put: ResourceName; readonly entity: Entity }
  | { readonly drop: ResourceName; readonly id: number }
  | { readonly audit: AuditRow }
  | { readonly attach: AttachmentRow }
  | { readonly detach: number };

/** What one workspace holds. Reading sees every step at once; a transaction that throws leaves nothing behind but spent ids. */
export interface Store {
  get(resource: ResourceName, id: number): Entity | undefined;
  all(resource: ResourceName): readonly Entity[];
  nextId(resource: ResourceName | "audit" | "attachment"): number;
  reserve(resource: ResourceName, next: number): void;
  audits(parentType: string, parentId: number): readonly AuditRow[];
  attachments(resource: ResourceName, parentId: number): readonly AttachmentRow[];
  attachment(id: number): AttachmentRow | undefined;
  apply(step: Step): void;
  transact<T>(work: () => T): T;
  /** True where the journal held something. */
  readonly restored: boolean;
}

const FIRST_ID = 1001;

export function createStore(journal: Journal<readonly Step[]>): Store {
  const tables = new Map<ResourceName, Table>(RESOURCES.map((name) => [name, createTable(FIRST_ID)]));
  const audits = new Map<string, AuditRow[]>();
  const attachments = new Map<number, AttachmentRow>();
  const serial = { audit: 90_001, attachment: FIRST_ID };
  let open: { readonly steps: Step[]; readonly undo: (() => void)[] } | null = null;

  function table(name: ResourceName): Table {
    return tables.get(name) as Table;
  }

  /** Does one step and returns what takes it back. */
  function perform(step: Step): () => void {
    if ("put" in step) return replace(table(step.put), idOf(step.entity), step.entity);
    if ("drop" in step) return replace(table(step.drop), step.id, undefined);
    if ("audit" in step) return record(step.audit);
    const id = "attach" in step ? step.attach.id : step.detach;
    const before = attachments.get(id);
    if ("attach" in step) attachments.set(id, step.attach);
    else attachments.delete(id);
    serial.attachment = Math.max(serial.attachment, id + 1);
    return () => (before === undefined ? attachments.delete(id) : attachments.set(id, before));
  }

  function record(row: AuditRow): () => void {
    const key = `${row.parentType} ${row.parentId}`;
    const rows = audits.get(key) ?? [];
    rows.push(row);
    audits.set(key, rows);
    serial.audit = Math.max(serial.audit, row.id + 1);
    return () => rows.pop();
  }

  function transact<T>(work: () => T): T {
    if (open !== null) return work();
    const current = { steps: [] as Step[], undo: [] as (() => void)[] };
    open = current;
    try {
      const result = work();
      if (current.steps.length > 0) journal.append(current.steps);
      return result;
    } catch (error) {
      for (const undo of current.undo.reverse()) undo();
      throw error;
    } finally {
      open = null;
    }
  }

  let restored = false;
  for (const steps of journal.replay()) {
    restored = true;
    for (const step of steps) perform(step);
  }

  return {
    get: (resource, id) => table(resource).get(id),
    all: (resource) => table(resource).all(),
    nextId(resource) {
      if (resource !== "audit" && resource !== "attachment") return table(resource).nextId();
      serial[resource] += 1;
      return serial[resource] - 1;
    },
    reserve: (resource, next) => table(resource).reserve(next),
    audits: (parentType, parentId) => audits.get(`${parentType} ${parentId}`) ?? [],
    attachments: (resource, parentId) =>
      [...attachments.values()].filter((row) => row.resource === resource && row.parentId === parentId),
    attachment: (id) => attachments.get(id),
    apply(step) {
      if (open === null) throw new Error("a step outside of a transaction");
      open.undo.push(perform(step));
      open.steps.push(step);
    },
    transact,
    restored,
  };
}

/** Puts `entity` (or nothing) in the place of what `table` holds under `id`. */
function replace(table: Table, id: number, entity: Entity | undefined): () => void {
  const before = table.get(id);
  if (entity === undefined) table.remove(id);
  else table.put(entity);
  return () => (before === undefined ? table.remove(id) : table.put(before));
}
