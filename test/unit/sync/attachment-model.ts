import { createHash } from "node:crypto";
import type { Attachment, AttachmentPair } from "../../../daemon/core/parts.ts";
import { type AttachmentConfig, otherSide, type Side } from "../../../daemon/core/snapshot.ts";
import { formatShortcut } from "../../../daemon/fields/shortcut.ts";
import {
  afterAdd,
  afterChange,
  afterKeep,
  afterOrphan,
  afterRemove,
  type Hashes,
} from "../../../daemon/sync/decide/attachment-memory.ts";
import type { AttachmentAction, AttachmentsNow, Form, Measured } from "../../../daemon/sync/decide/attachment-words.ts";
import { decideAttachments } from "../../../daemon/sync/decide/attachments.ts";
import { ORIGIN } from "./bench.ts";

export function attachmentConfig(more: Partial<AttachmentConfig> = {}): AttachmentConfig {
  return {
    ...{ direction: "both", mode: "copy", description: "once", deletedAtDestination: "recreate-on-change" },
    ...{ sameName: "report", encodings: [], maxSize: null, origin: ORIGIN },
    ...more,
  };
}

/** How the simulated tracker of a side behaves. */
export interface Habits {
  /** A replaced file keeps its id. */
  readonly inPlace: boolean;
  /** A name that is taken is stored as another one. */
  readonly unique: boolean;
  /** Tells sizes in its list. */
  readonly sizes: boolean;
  /** The stamp moves with name and description too. */
  readonly restless: boolean;
}

interface File {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly bytes: string;
  readonly stamp: number;
}

/** One record's attachments on two sides, decided by the real decision and carried out as its words say. */
export interface AttachmentModel {
  readonly files: Readonly<Record<Side, ReadonlyMap<string, File>>>;
  memory: readonly AttachmentPair[];
  config: AttachmentConfig;
  /** What crossed as an address by an earlier `config` is carried anew. */
  backfill: boolean;
  put(side: Side, name: string, bytes: string, description?: string): string;
  edit(side: Side, id: string, change: Partial<Pick<File, "name" | "description" | "bytes">>): void;
  drop(side: Side, id: string): void;
  /** Decides and acts once; what was done. */
  sync(): readonly AttachmentAction[];
}

export function attachmentModel(
  config: AttachmentConfig,
  habits: Readonly<Record<Side, Habits>>,
  largest: Readonly<Record<Side, number | null>> = { left: null, right: null },
): AttachmentModel {
  const files = { left: new Map<string, File>(), right: new Map<string, File>() };
  const state = { next: 1, stamp: 1 };
  /** Ids that went when an attachment was replaced, with those that came. */
  const replaced = new Map<string, string>();

  function free(side: Side, name: string, but: string | null): string {
    const taken = new Set([...files[side].values()].filter((f) => f.id !== but).map((f) => f.name));
    for (let n = 0; ; n++) {
      const tried = n === 0 ? name : `${name}_${n}`;
      if (!habits[side].unique || !taken.has(tried)) return tried;
    }
  }

  function put(side: Side, name: string, bytes: string, description = ""): string {
    const id = `${side[0]}${state.next++}`;
    files[side].set(id, { id, name: free(side, name, null), description, bytes, stamp: state.stamp++ });
    return id;
  }

  function edit(side: Side, id: string, change: Partial<Pick<File, "name" | "description" | "bytes">>): void {
    const file = files[side].get(id);
    if (file === undefined) return;
    const name = free(side, change.name ?? file.name, id);
    const moves = habits[side].restless || (change.bytes !== undefined && change.bytes !== file.bytes);
    files[side].set(id, { ...file, ...change, name, stamp: moves ? state.stamp++ : file.stamp });
  }

  function shown(side: Side, id: string): Attachment {
    const file = files[side].get(id);
    if (file === undefined) throw new Error(`no ${id}`);
    const size = habits[side].sizes ? Buffer.byteLength(file.bytes) : null;
    const { name, description, stamp } = file;
    return { id, name, description, size, stamp: String(stamp), url: `https://${side}.example/${id}` };
  }

  const measure = (side: Side, { id }: Attachment): Measured => {
    const bytes = files[side].get(id)?.bytes ?? "";
    return { hash: sha(bytes), size: Buffer.byteLength(bytes) };
  };

  function decide(): readonly AttachmentAction[] {
    const read = new Map<string, Measured>();
    for (;;) {
      const now: AttachmentsNow = {
        left: [...files.left.keys()].map((id) => shown("left", id)),
        right: [...files.right.keys()].map((id) => shown("right", id)),
        ...{ memory: model.memory, config: model.config, endpoints: { left: "l", right: "r" }, largest },
        writes: { left: model.config.direction !== "to-right", right: model.config.direction !== "to-left" },
        ...{ backfill: model.backfill, sends: () => true },
        measured: (side, { id }) => read.get(`${side} ${id}`),
        shortcutHash: (_side, { url }) => sha(shortcut(url)),
      };
      const { actions, wanted } = decideAttachments(now);
      if (wanted.length === 0) return actions;
      for (const { side, attachment } of wanted) read.set(`${side} ${attachment.id}`, measure(side, attachment));
    }
  }

  function act(action: AttachmentAction): void {
    const { memory } = model;
    if (action.kind === "keep") model.memory = afterKeep(memory, action);
    else if (action.kind === "orphan") model.memory = afterOrphan(memory, action);
    else if (action.kind === "remove") {
      files[action.side].delete(action.attachment.id);
      model.memory = afterRemove(memory, action);
    } else if (action.kind === "add") {
      const bytes = sent(action);
      const id = put(action.side, action.name, bytes, action.from.description);
      model.memory = afterAdd(memory, action, shown(action.side, id), hashesOf(action, bytes));
    } else if (action.kind === "change") change(action);
  }

  function sent({ side, form, from }: Extract<AttachmentAction, { kind: "add" | "change" }>): string {
    const source = files[otherSide(side)].get(replaced.get(from.id) ?? from.id);
    if (source === undefined) throw new Error("the source is gone");
    return form === "url" ? shortcut(from.url) : source.bytes;
  }

  function change(action: Extract<AttachmentAction, { kind: "change" }>): void {
    const { side, attachment, content, name, description } = action;
    const bytes = content ? sent(action) : (files[side].get(attachment.id)?.bytes ?? "");
    if (habits[side].inPlace) {
      edit(side, attachment.id, { name, description, bytes });
      model.memory = afterChange(model.memory, action, shown(side, attachment.id), hashesOf(action, bytes));
      return;
    }
    files[side].delete(attachment.id);
    const id = put(side, name, bytes, description);
    replaced.set(attachment.id, id);
    model.memory = afterChange(model.memory, action, shown(side, id), hashesOf(action, bytes));
  }

  const model: AttachmentModel = {
    ...{ files, memory: [], config, backfill: false, put, edit },
    drop: (side, id) => void files[side].delete(id),
    sync() {
      const actions = decide();
      for (const action of actions) act(action);
      return actions;
    },
  };
  return model;
}

function hashesOf({ form }: { readonly form: Form }, bytes: string): Hashes {
  return { sent: sha(bytes), read: form === "copy" ? sha(bytes) : null };
}

function shortcut(url: string): string {
  return Buffer.from(formatShortcut(url)).toString("latin1");
}

export function sha(text: string): string {
  return createHash("sha256").update(text, "latin1").digest("hex");
}
