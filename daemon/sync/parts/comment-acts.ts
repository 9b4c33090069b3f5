import { ConnectorError } from "../../core/errors.ts";
import type { CommentEdit, CommentTrace, PartWrite } from "../../core/parts.ts";
import { otherSide, SIDES, type Side } from "../../core/snapshot.ts";
import type { Pair } from "../../core/store.ts";
import type { CommentSight } from "../decide/comment-ends.ts";
import { agreedAfter, type CommentEntries, kept, storedTraces, type WrittenDeed } from "../decide/comment-memory.ts";
import { type CommentPassage, carriedTo, writerOn } from "../decide/comment-people.ts";
import { asSent, hashOf, nameOfComment, type SeenComment, seeComments } from "../decide/comment-words.ts";
import type { CommentDeed, CommentPlan } from "../decide/comments.ts";
import { say } from "../failure.ts";
import { endpointOf, type Session } from "../session.ts";
import { commentPort, recordName } from "./comment-desk.ts";
import { fieldOfPart, type PartDeed } from "./write-part.ts";
import { writeTogether } from "./write-together.ts";

/** A comment ready to be sent. */
interface Prepared extends WrittenDeed {
  readonly edit: CommentEdit;
  readonly part: PartDeed;
}

/** What is known while one pair's comments are written. */
interface Progress {
  entries: CommentEntries;
  readonly seen: Record<Side, readonly SeenComment[]>;
}

/** Writes what a plan asks for. `conflict`: somebody was faster, decide anew; `last`: there is no more time for that. `origin`: what asks for it. */
export async function actOnComments(
  session: Session,
  pair: Pair,
  plan: CommentPlan,
  sight: CommentSight,
  passage: CommentPassage,
  { last, origin }: { readonly last: boolean; readonly origin: PartDeed["origin"] },
): Promise<"done" | "failed" | "conflict"> {
  const progress: Progress = { entries: plan.memory, seen: { left: sight.left, right: sight.right } };
  let failed = false;
  for (const side of SIDES) {
    const prepared = plan.deeds.flatMap((deed) =>
      deed.side === side ? (prepare(session, pair, deed, passage, origin) ?? []) : [],
    );
    for (const group of groupsOf(session, side, prepared)) {
      const result = await write(session, pair, side, group, progress, last);
      if (result === "conflict") return result;
      failed ||= result === "failed";
    }
  }
  return failed ? "failed" : "done";
}

/** A memo takes all edits by one write; single comments are written one by one, so that each has its own fate. */
function groupsOf(session: Session, side: Side, prepared: readonly Prepared[]): readonly (readonly Prepared[])[] {
  const memo = commentPort(session, side).field(session.link[side].entity) !== null;
  if (!memo) return prepared.map((one) => [one]);
  return prepared.length === 0 ? [] : [prepared];
}

/** Null where nothing is left to be written in the other tracker's markup. */
function prepare(
  session: Session,
  pair: Pair,
  deed: CommentDeed,
  passage: CommentPassage,
  origin: PartDeed["origin"],
): Prepared | null {
  const { side, source, target } = deed;
  const { markup } = passage.ports[side];
  if (deed.action === "remove") {
    if (target === null) throw new Error("a removal without a comment");
    const edit = { kind: "remove", comment: target.comment } as const;
    return { deed, sent: null, cut: false, edit, part: partOf(session, pair, deed, null, target, false, origin) };
  }
  if (source === null) throw new Error("a comment that comes from nowhere");
  const { body, cut } = carriedTo(side, asSent(source), passage);
  if (body.trim() === "") return tellEmpty(session, pair, side, source);
  if (cut) tellCut(session, pair, side, source);
  const written = {
    deed,
    sent: hashOf(body, markup),
    cut,
    part: partOf(session, pair, deed, body, source, cut, origin),
  };
  if (target !== null) return { ...written, edit: { kind: "change", comment: target.comment, body } };
  const { at, private: hidden } = source.comment;
  const from = recordName(session, otherSide(side), pair);
  const author = writerOn(side, source.comment, passage);
  return { ...written, edit: { kind: "add", body, author, at, origin: from, private: hidden } };
}

/** `data` holds what is needed to know the comment again: should the answer never come, and to take the write back. */
function partOf(
  session: Session,
  pair: Pair,
  deed: CommentDeed,
  body: string | null,
  named: SeenComment,
  cut: boolean,
  origin: PartDeed["origin"],
): PartDeed {
  const { side, action, source, target } = deed;
  const known = target?.comment;
  const data: PartWrite["data"] = {
    ...(source === null ? {} : { source: source.trace }),
    ...(target === null ? {} : { target: target.trace }),
    ...(body === null ? {} : { hash: hashOf(body, commentPort(session, side).markup), ...(cut ? { cut } : {}) }),
    ...(known === undefined || action !== "remove"
      ? {}
      : { author: known.author, authorName: known.authorName, at: known.at, private: known.private }),
  };
  const name = nameOfComment(named.comment);
  return {
    ...{ pair, side, part: { kind: "comment", action, name, data } },
    origin,
    ...{ before: target?.comment.body ?? null, after: body },
  };
}

async function write(
  session: Session,
  pair: Pair,
  side: Side,
  group: readonly Prepared[],
  progress: Progress,
  last: boolean,
): Promise<"written" | "counted" | "failed" | "conflict"> {
  const { link, signal } = session;
  const port = commentPort(session, side);
  const send = async () => {
    const edits = group.map((one) => one.edit);
    const now = seeComments(await port.write(link[side].entity, pair[side], edits, signal), port.markup);
    const entries = agreedAfter(progress.entries, progress.seen[side], now, group);
    if (entries !== null) return { now, entries, traces: storedTraces(progress.seen[side], now, group) };
    const where = recordName(session, side, pair);
    throw new ConnectorError("invalid", `${where} does not show a comment that was written`, { stored: "maybe" });
  };
  return writeTogether(
    session,
    pair,
    group.map((one) => one.part),
    last,
    send,
    ({ now, entries, traces }) => {
      progress.entries = entries;
      progress.seen[side] = now;
      const each = group.map((one, i) => doneOf(one, traces[i] ?? null, now));
      return { parts: { comments: kept(entries) }, each };
    },
  );
}

function doneOf({ deed }: Prepared, trace: CommentTrace | null, now: readonly SeenComment[]) {
  const stored = trace === null ? undefined : now.find((seen) => seen.trace === trace);
  const lost = deed.overrules ? { lost: deed.target?.comment.body ?? null } : {};
  return stored === undefined ? lost : { ...lost, data: { trace }, after: stored.comment.body };
}

function tellCut(session: Session, pair: Pair, side: Side, { comment }: SeenComment): void {
  const field = fieldOfPart({ kind: "comment", name: nameOfComment(comment) });
  const max = commentPort(session, side).maxLength;
  const size = max === null ? "" : ` to ${max.size} ${max.unit}`;
  say(session, "noted", side, pair[side], field, `cut${size} for ${endpointOf(session, side)}`);
}

/** Pictures alone, for a tracker without them. */
function tellEmpty(session: Session, pair: Pair, side: Side, { comment }: SeenComment): null {
  session.emit({
    ...{ event: "record.unchanged", context: session.context, endpoint: endpointOf(session, side), record: pair[side] },
    why: `the comment of ${nameOfComment(comment)} has no text that ${endpointOf(session, side)} can hold`,
  });
  return null;
}
