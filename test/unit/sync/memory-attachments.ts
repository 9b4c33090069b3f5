import { ConnectorError } from "../../../daemon/core/errors.ts";
import type { Attachment, AttachmentDraft, AttachmentPort } from "../../../daemon/core/parts.ts";
import type { MemoryTracker } from "./memory-tracker.ts";

export interface DrawerHabits {
  /** Replaces bytes, name and description under the same id; else the new file is added before the old one goes. */
  readonly inPlace: boolean;
  /** A taken name becomes another one. */
  readonly unique: boolean;
  readonly sizes: boolean;
  /** A change of files moves the record's version. */
  readonly touches: boolean;
  readonly maxSize: number | null;
  /** A record that is not there is listed without files instead of not at all. */
  readonly emptyForMissing: boolean;
}

export interface StoredFile {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly bytes: Buffer;
  readonly stamp: number;
  readonly link?: true;
}

/** What befalls the next write: not stored; stored, but not answered; stored as far as the adding of a replacement goes. */
export type Mishap = ConnectorError | "lost" | "half";

/** Files of a memory tracker's records, as people and the engine see them. */
export interface Drawer {
  habits: DrawerHabits;
  /** Writes of the engine: `add 1001 log.txt`. */
  readonly log: string[];
  /** Calls of every kind. */
  readonly calls: { list: number; read: number };
  mishaps: Mishap[];
  put(record: string, name: string, bytes: string | Uint8Array, more?: { description?: string; link?: true }): string;
  edit(record: string, id: string, change: { name?: string; description?: string; bytes?: string }): void;
  drop(record: string, id: string): void;
  /** `name=bytes`, in the order in which they came. */
  of(record: string): readonly string[];
  files(record: string): readonly StoredFile[];
}

const HABITS: DrawerHabits = {
  inPlace: true,
  unique: true,
  sizes: true,
  touches: true,
  maxSize: null,
  emptyForMissing: false,
};

/** Gives a tracker attachments. */
export function drawerOf(tracker: MemoryTracker, more: Partial<DrawerHabits> = {}): Drawer {
  const files = new Map<string, Map<string, StoredFile>>();
  const state = { next: 1, stamp: 1 };
  const of = (record: string) => files.get(record) ?? files.set(record, new Map()).get(record) ?? new Map();

  function freeName(record: string, name: string, but: string | null): string {
    const taken = new Set([...of(record).values()].filter((f) => f.id !== but).map((f) => f.name));
    const dot = name.lastIndexOf(".");
    for (let n = 0; ; n++) {
      const tried = n === 0 ? name : `${name.slice(0, dot)}_${n}${name.slice(dot)}`;
      if (!self.habits.unique || !taken.has(tried)) return tried;
    }
  }

  function store(record: string, name: string, description: string, bytes: Buffer, link?: true): StoredFile {
    const id = String(state.next++);
    const file = {
      id,
      name: freeName(record, name, null),
      description,
      bytes,
      stamp: state.stamp++,
      ...(link ? { link } : {}),
    };
    of(record).set(id, file);
    if (self.habits.touches) tracker.edit(record, {});
    return file;
  }

  function change(record: string, id: string, to: { name?: string; description?: string; bytes?: Buffer }): StoredFile {
    const file = of(record).get(id);
    if (file === undefined) throw new ConnectorError("notFound", `no file ${id}`);
    const name = freeName(record, to.name ?? file.name, id);
    const changed = { ...file, ...to, name, stamp: state.stamp++ };
    of(record).set(id, changed);
    if (self.habits.touches) tracker.edit(record, {});
    return changed;
  }

  function drop(record: string, id: string): void {
    if (of(record).delete(id) && self.habits.touches) tracker.edit(record, {});
  }

  const shown = ({ id, name, description, bytes, stamp, link }: StoredFile): Attachment => ({
    ...{ id, name, description, size: self.habits.sizes ? bytes.length : null, stamp: String(stamp) },
    ...{ url: `https://tracker.example/files/${id}`, ...(link === undefined ? {} : { link }) },
  });

  async function gather(draft: AttachmentDraft, signal: AbortSignal): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    for await (const piece of draft.content.open(signal)) pieces.push(piece);
    const bytes = Buffer.concat(pieces);
    if (bytes.length !== draft.content.size) throw new Error(`said ${draft.content.size} bytes, sent ${bytes.length}`);
    return bytes;
  }

  /** Carries out one write with its mishap, if one waits. */
  async function write<T>(told: string, act: (half: boolean) => T | Promise<T>): Promise<T> {
    const mishap = self.mishaps.shift();
    if (mishap instanceof ConnectorError) throw mishap;
    const done = await act(mishap === "half");
    self.log.push(told);
    if (mishap !== undefined) throw new ConnectorError("unavailable", "no answer", { stored: "maybe" });
    return done;
  }

  const port: AttachmentPort = {
    get maxSize() {
      return self.habits.maxSize;
    },
    async list(_entity, ids) {
      self.calls.list++;
      const there = ids.filter((id) => self.habits.emptyForMissing || tracker.rows.has(id));
      return new Map(there.map((id) => [id, tracker.rows.has(id) ? [...of(id).values()].map(shown) : []]));
    },
    async *read(_entity, id, { id: file }, maxBytes) {
      self.calls.read++;
      const bytes = of(id).get(file)?.bytes;
      if (bytes === undefined) throw new ConnectorError("notFound", `no file ${file}`);
      for (let at = 0; at < bytes.length; at += 4) {
        if (at + 4 > maxBytes + 4) throw new ConnectorError("invalid", `larger than ${maxBytes}`);
        yield bytes.subarray(at, at + 4);
      }
    },
    add: (_entity, id, draft, signal) =>
      write(`add ${id} ${draft.name}`, async () =>
        shown(store(id, draft.name, draft.description, await gather(draft, signal))),
      ),
    change: (_entity, id, attachment, draft, changed, signal) =>
      write(`change ${id} ${draft.name}`, async (half) => {
        const { name, description } = draft;
        if (self.habits.inPlace)
          return shown(
            change(id, attachment.id, {
              name,
              description,
              ...(changed.content ? { bytes: await gather(draft, signal) } : {}),
            }),
          );
        const made = store(id, name, description, await gather(draft, signal));
        if (!half) drop(id, attachment.id);
        return shown(made);
      }),
    remove: (_entity, id, attachment) => write(`remove ${id} ${attachment.name}`, () => drop(id, attachment.id)),
  };
  Object.assign(tracker, { attachments: port });

  const self: Drawer = {
    habits: { ...HABITS, ...more },
    ...{ log: [], calls: { list: 0, read: 0 }, mishaps: [] },
    put: (record, name, bytes, { description = "", link } = {}) =>
      store(record, name, description, Buffer.from(bytes as Uint8Array), link).id,
    edit: (record, id, { bytes, ...rest }) =>
      void change(record, id, { ...rest, ...(bytes === undefined ? {} : { bytes: Buffer.from(bytes) }) }),
    drop,
    of: (record) => [...of(record).values()].map((file) => `${file.name}=${file.bytes.toString("latin1")}`),
    files: (record) => [...of(record).values()],
  };
  return self;
}
