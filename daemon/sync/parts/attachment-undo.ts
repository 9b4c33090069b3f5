import type { Attachment, AttachmentTrace, PartWrite } from "../../core/parts.ts";
import type { Pair } from "../../core/store.ts";
import { withTomb } from "../decide/attachment-memory.ts";
import { traceOf } from "../decide/attachment-words.ts";
import { endpointOf, type Session } from "../session.ts";
import { tell } from "./attachment-acts.ts";
import { copyOf, measure, sizeOf } from "./attachment-bytes.ts";
import { type Desk, deskOf, portOf } from "./attachment-desk.ts";
import type { PartEntry, PartUndoing } from "./undo-part.ts";
import { writePart } from "./write-part.ts";

/** Journal entries looked through for a later write of one file. */
const MOST_LATER = 500;

interface Written {
  readonly stored?: AttachmentTrace;
  readonly old?: AttachmentTrace;
  readonly content?: boolean;
}

/** Bytes are not kept: what was added can be removed again, a name or description put back, and nothing else (B4). */
export async function undoAttachment(session: Session, pair: Pair, entry: PartEntry): Promise<PartUndoing> {
  const { side, part } = entry;
  const { stored, old, content }: Written = part.data;
  if (part.action === "remove") return left("its bytes are not kept: attach it again by hand");
  if (part.action === "change" && content !== false)
    return left("the bytes that it had before are not kept: attach the earlier file again by hand");
  const config = session.link.attachments;
  if (config === undefined || stored === undefined) return left("the link carries no attachments any more");
  const lists = await portOf(session, side).list(session.link[side].entity, [pair[side]], session.signal);
  const now = lists.get(pair[side])?.find(({ id }) => id === stored.id);
  if (now === undefined) return left(laterWrite(session, entry, stored));
  const desk = deskOf(session, config, pair);
  if (!(await isAsWritten(desk, entry, now, stored))) return left("it was changed since");
  if (part.action === "add")
    return { kind: "step", what: "remove the attachment", act: (origin) => removeAgain(desk, entry, now, origin) };
  return old === undefined
    ? left("what it was called before is not known")
    : {
        kind: "step",
        what: "put name and description back",
        act: (origin) => nameAgain(desk, entry, now, old, origin),
      };
}

/** Most trackers give what is replaced another id: then a later write of ours says so. */
function laterWrite(session: Session, { side, record }: PartEntry, { id }: AttachmentTrace): string {
  const later = session.store.journal({ side, record, limit: MOST_LATER }).find(({ part }) => oldOf(part)?.id === id);
  if (later === undefined) return "it is not there any more";
  const what = later.part?.action === "remove" ? "removed" : "written again";
  return `it was ${what} since, by run ${later.run.slice(0, 8)}`;
}

function oldOf(part: PartWrite | undefined): AttachmentTrace | undefined {
  return part?.kind === "attachment" ? (part.data as Written).old : undefined;
}

async function isAsWritten(
  desk: Desk,
  { side, part }: PartEntry,
  now: Attachment,
  stored: AttachmentTrace,
): Promise<boolean> {
  if (now.name !== stored.name || now.description !== stored.description) return false;
  if (now.stamp === stored.stamp && now.size === stored.size) return true;
  if (stored.hash === null || part.action === "change") return part.action === "change";
  const is = await measure(desk, side, now, null);
  return is !== "larger" && is.hash === stored.hash;
}

/** It stays away until its original changes, as if somebody had removed it there. */
async function removeAgain(
  desk: Desk,
  { side, part }: PartEntry,
  now: Attachment,
  origin: string,
): Promise<string | null> {
  const { session, pair } = desk;
  const result = await writePart(
    session,
    {
      ...{ pair, side, part: { kind: part.kind, action: "remove", name: now.name, data: { old: traceOf(now, null) } } },
      ...{ origin, before: tell(now, null), after: null },
    },
    () => portOf(session, side).remove(session.link[side].entity, pair[side], now, session.signal),
    (_stored, parts) => ({ parts: { attachments: withTomb(parts.attachments ?? [], side, now.id) } }),
  );
  return result.kind === "failed" ? notDone(desk, side) : null;
}

async function nameAgain(
  desk: Desk,
  { side, part }: PartEntry,
  now: Attachment,
  { name, description }: AttachmentTrace,
  origin: string,
): Promise<string | null> {
  const { session, pair } = desk;
  const size = await sizeOf(desk, side, now);
  const draft = { name, description, content: copyOf(desk, side, now, size).content };
  const changed = { content: false, description: description !== now.description };
  const data = { form: "copy", from: traceOf(now, null), old: traceOf(now, null), content: false, size };
  const result = await writePart(
    session,
    {
      ...{ pair, side, part: { kind: part.kind, action: "change", name, data } },
      ...{ origin, before: tell(now, null), after: tell({ ...now, name, description }, null) },
    },
    () => portOf(session, side).change(session.link[side].entity, pair[side], now, draft, changed, session.signal),
    (stored, parts) => ({
      parts: {
        attachments: (parts.attachments ?? []).map((entry) =>
          entry[side]?.id === now.id ? { ...entry, [side]: traceOf(stored, entry[side].hash) } : entry,
        ),
      },
      data: { stored: traceOf(stored, null) },
    }),
  );
  return result.kind === "failed" ? notDone(desk, side) : null;
}

function notDone({ session }: Desk, side: PartEntry["side"]): string {
  return `${endpointOf(session, side)} did not do it: the run's report has its message`;
}

function left(why: string): PartUndoing {
  return { kind: "left", why };
}
