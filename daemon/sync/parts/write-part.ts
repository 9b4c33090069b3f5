import { ConnectorError } from "../../core/errors.ts";
import type { EntityLinkDraft, PartKind, Parts, PartWrite } from "../../core/parts.ts";
import type { Value } from "../../core/record.ts";
import { type Origin, otherSide, type Side } from "../../core/snapshot.ts";
import type { Intent, JournalEntry, Pair, Retry, RunCounts } from "../../core/store.ts";
import { versionOf } from "../decide/detect.ts";
import { fail, stopsRun, UNCARRIED } from "../failure.ts";
import { endpointOf, type Session } from "../session.ts";
import { saveParts } from "./parts.ts";

/*
 * How a part is written, whatever its kind:
 *
 *   const result = await writePart(
 *     session,
 *     { pair, side: "right", part: { kind: "comment", action: "add", name, data }, origin, before: null, after: body },
 *     () => port.write(entity, pair.right, edits, session.signal),
 *     (stored, parts) => ({ parts: { comments: [...(parts.comments ?? []), traced(stored)] } }),
 *   );
 *   if (result.kind === "failed") failed.add(pair.id);
 *
 * The intent is on the disk before the call; journal, memory and the end of the intent are one transaction after it; then log and counts. A
 * `ConnectorError` becomes a retry of the record that the part stems from. An answer that never came leaves the intent open: the kind's
 * `PartRecover` settles it at the beginning of the next run. In a dry run only the counts move.
 */

/** One write of one part. */
export interface PartDeed {
  readonly pair: Pair;
  /** The side that is written; the part stems from the other one. */
  readonly side: Side;
  readonly part: PartWrite;
  /** What in the mapping asks for it; a text where a person does (`undo of run …`). */
  readonly origin: Origin | string;
  /** For `why` and the journal: what stood there, and what is to stand there. Null: nothing. */
  readonly before: Value;
  readonly after: Value;
}

/** What a stored write leaves behind. */
export interface PartDone {
  /** Lists of the pair's memory that are others now. */
  readonly parts: Partial<Parts>;
  /** What only the answer tells: ids, the name it was stored under. Joined to the `data` of the deed in the journal. */
  readonly data?: PartWrite["data"];
  /** Where the tracker stored something else than was sent. */
  readonly after?: Value;
}

export type PartResult<T> =
  | { readonly kind: "written"; readonly stored: T }
  /** Dry run. */
  | { readonly kind: "counted" }
  | { readonly kind: "failed" };

/**
 * Writes one part. `agreed` is given what the port answered and the pair's memory as it is then, and says what both sides now agree on. Throws the
 * trouble that stops a run, once it is booked, and whatever is no `ConnectorError`.
 */
export async function writePart<T>(
  session: Session,
  deed: PartDeed,
  send: () => Promise<T>,
  agreed: (stored: T, parts: Parts) => PartDone,
): Promise<PartResult<T>> {
  const { pair, side, part } = deed;
  planPart(session, deed);
  if (session.dryRun) {
    session.tally.add(side, COUNTS[part.kind]);
    return { kind: "counted" };
  }
  const intent = intentOf(session, deed);
  session.store.commit({ intents: [intent] });
  const outcome = await attempt(send);
  if (!outcome.ok) {
    book(session, deed, intent, outcome.error);
    if (stopsRun(outcome.error)) throw outcome.error;
    return { kind: "failed" };
  }
  const done = agreed(outcome.stored, session.store.pair(pair.id)?.parts ?? {});
  saveParts(session, pair, done.parts, { doneIntents: [intent.id], journal: [entryOf(session, deed, done)] });
  session.tally.add(side, COUNTS[part.kind]);
  tellPart(session, side, pair, part);
  return { kind: "written", stored: outcome.stored };
}

/** Tells the run's plan of it. */
export function planPart({ writes }: Session, { pair, side, part, before, after }: PartDeed): void {
  const { kind, action, name, data } = part;
  const link = (data["draft"] ?? data["link"]) as EntityLinkDraft | undefined;
  const ends = kind === "entity link" && link !== undefined ? [link.from, link.to] : [];
  const source = pair[otherSide(side)];
  writes.add({ side, action, record: pair[side], source, fields: { before, after }, part: { kind, name, ends } });
}

/**
 * Books a part that cannot be carried, under the record of `side` that it stems from: in log, report and queue. `UNCARRIED` (the default): it waits
 * for somebody, and is looked at again for ever.
 */
export function failPart(
  session: Session,
  pair: Pair,
  side: Side,
  part: Pick<PartWrite, "kind" | "name">,
  reason: string,
  cause: ConnectorError | typeof UNCARRIED = UNCARRIED,
): void {
  const retry = failedPart(session, pair, side, part, reason, cause);
  if (!session.dryRun) session.store.commit({ retries: [retry] });
}

/** Throws an error that is not the tracker's, or that stops the run; books any other and answers. */
export function bookTrouble(
  session: Session,
  pair: Pair,
  side: Side,
  part: Pick<PartWrite, "kind" | "name">,
  error: unknown,
): void {
  if (!(error instanceof ConnectorError)) throw error;
  failPart(session, pair, side, part, error.message, error);
  if (stopsRun(error)) throw error;
}

/** `attachment log.txt`: a part as the journal, the queue and messages name it. */
export function fieldOfPart({ kind, name }: Pick<PartWrite, "kind" | "name">): string {
  return `${kind} ${name}`;
}

export const COUNTS = {
  attachment: "attachments",
  comment: "comments",
  "entity link": "entityLinks",
} as const satisfies Record<PartKind, keyof RunCounts>;

type Attempt<T> = { readonly ok: true; readonly stored: T } | { readonly ok: false; readonly error: ConnectorError };

export async function attempt<T>(send: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { ok: true, stored: await send() };
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return { ok: false, error };
  }
}

/** A write without an answer may be stored: its intent stays open until a later run has looked. What a person ordered is told, not tried again. */
export function book(
  session: Session,
  { pair, side, part, origin }: PartDeed,
  intent: Intent,
  error: ConnectorError,
): void {
  const where = `${endpointOf(session, side)}:${pair[side]}`;
  const retry = failedPart(session, pair, otherSide(side), part, `${where}: ${error.message}`, error);
  const doneIntents = error.stored === "maybe" ? [] : [intent.id];
  session.store.commit({ retries: typeof origin === "string" ? [] : [retry], doneIntents });
}

function failedPart(
  session: Session,
  pair: Pair,
  side: Side,
  part: Pick<PartWrite, "kind" | "name">,
  reason: string,
  cause: ConnectorError | typeof UNCARRIED,
): Retry {
  const version = session.touched.get(pair.id)?.[side] ?? versionOf(pair, side);
  session.tally.partly();
  return fail(session, side, { id: pair[side], version }, reason, fieldOfPart(part), cause);
}

export function intentOf(session: Session, { pair, side, part, origin, after, before }: PartDeed): Intent {
  const field = fieldOfPart(part);
  return {
    ...{ id: session.newId(), kind: "part", part, side, source: pair[otherSide(side)], target: pair[side] },
    ...{ fields: { [field]: after }, sourceFields: {}, before: { [field]: before } },
    ...(typeof origin === "string" ? { byHand: origin } : {}),
    ...{ run: session.context.run, at: session.now() },
  };
}

export function entryOf(session: Session, deed: PartDeed, done: PartDone): JournalEntry {
  const { pair, side, part, origin, before, after } = deed;
  const source = otherSide(side);
  return {
    ...{ run: session.context.run, revision: session.context.revision, at: session.now(), pair: pair.id, side },
    ...{ record: pair[side], kind: "update", field: fieldOfPart(part), before, after: done.after ?? after },
    origin: typeof origin === "string" ? origin : `${origin.file}:${origin.line}`,
    ...{ source: pair[source], sourceVersion: session.touched.get(pair.id)?.[source] ?? versionOf(pair, source) },
    part: { ...part, data: { ...part.data, ...done.data } },
  };
}

/** One log line for one written part. */
export function tellPart(session: Session, side: Side, pair: Pair, { kind, action, name }: PartWrite): void {
  const other = otherSide(side);
  session.emit({
    ...{ event: "part.written", context: session.context, endpoint: endpointOf(session, side), record: pair[side] },
    ...{ part: kind, action, name, source: `${endpointOf(session, other)}:${pair[other]}` },
  });
}
