import type { Comment, CommentEdit, CommentPair, CommentTrace, Parts, PartWrite } from "../../core/parts.ts";
import { otherSide, type Side } from "../../core/snapshot.ts";
import type { Pair } from "../../core/store.ts";
import { align } from "../decide/comment-align.ts";
import { storedTraces, type WrittenDeed } from "../decide/comment-memory.ts";
import { hashOf, type SeenComment, seeComments } from "../decide/comment-words.ts";
import type { Session } from "../session.ts";
import { commentPort, listComments, recordName } from "./comment-desk.ts";
import { sameTrace } from "./comment-recover.ts";
import type { PartEntry, PartUndoing } from "./undo-part.ts";
import { writePart } from "./write-part.ts";

const REFUSED = "the tracker did not take it: the run's report has its message";

/** What takes one write back, and what is remembered then, so that the next run does not write it again. */
interface Way {
  readonly what: string;
  readonly action: PartWrite["action"];
  readonly edit: CommentEdit;
  /** The comment that is changed or removed. */
  readonly target: SeenComment | null;
  readonly body: string | null;
  memory(memory: readonly CommentPair[], stored: CommentTrace | null): readonly CommentPair[];
}

/** Takes back one written comment, where it still is what was written. */
export async function undoComment(session: Session, pair: Pair, entry: PartEntry): Promise<PartUndoing> {
  const { side } = entry;
  const seen = (await listComments(session, side, [pair])).get(pair[side]);
  if (seen === undefined) return { kind: "left", why: `${recordName(session, side, pair)} is gone or hidden` };
  const way = wayBack(session, pair, entry, seen);
  if (typeof way === "string") return { kind: "left", why: way };
  return { kind: "step", what: way.what, act: (origin) => go(session, pair, entry, seen, way, origin) };
}

/** A text: why it stays. */
function wayBack(session: Session, pair: Pair, entry: PartEntry, seen: readonly SeenComment[]): Way | string {
  const { side, part, before } = entry;
  const { trace, target } = part.data as { readonly trace?: CommentTrace; readonly target?: CommentTrace };
  if (part.action === "remove") return again(session, pair, entry, seen, target);
  const found =
    trace === undefined
      ? null
      : (align(
          [trace],
          seen.map((one) => one.trace),
        )[0] ?? null);
  const now = found === null ? undefined : seen[found];
  if (trace === undefined || now === undefined) return "it was removed since";
  if (now.trace.hash !== trace.hash) return "it was edited since";
  if (part.action === "add") {
    return {
      ...{ what: "remove the comment", action: "remove", target: now, body: null },
      edit: { kind: "remove", comment: now.comment },
      memory: (memory) => memory.map((one) => (sameTrace(one[side], trace) ? { ...one, [side]: null } : one)),
    };
  }
  if (typeof before !== "string") return "nobody knows what it said before";
  return {
    ...{ what: "put the comment's text back", action: "change", target: now, body: before },
    edit: { kind: "change", comment: now.comment, body: before },
    memory: (memory, stored) => memory.map((one) => (sameTrace(one[side], trace) ? { ...one, [side]: stored } : one)),
  };
}

/** A removed comment is said again, in its author's name. */
function again(
  session: Session,
  pair: Pair,
  { side, part, before }: PartEntry,
  seen: readonly SeenComment[],
  target: CommentTrace | undefined,
): Way | string {
  if (typeof before !== "string" || target === undefined) return "nobody knows what it said";
  if (seen.some((one) => one.trace.hash === target.hash && one.trace.head === target.head)) return "it is there again";
  const { author, authorName, at, private: hidden } = part.data as Partial<Comment>;
  const origin = recordName(session, otherSide(side), pair);
  return {
    ...{ what: "add the comment again", action: "add", target: null, body: before },
    edit: {
      ...{ kind: "add", body: before, author: { login: author ?? null, name: authorName ?? "" } },
      ...{ at: at ?? null, origin, private: hidden ?? false },
    },
    memory(memory, stored) {
      const ends = { left: null, right: null, [side]: stored };
      return [...memory, { ...ends, source: side }];
    },
  };
}

async function go(
  session: Session,
  pair: Pair,
  entry: PartEntry,
  seen: readonly SeenComment[],
  way: Way,
  origin: string,
): Promise<string | null> {
  const { side } = entry;
  const port = commentPort(session, side);
  const hash = way.body === null ? {} : { hash: hashOf(way.body, port.markup) };
  const data = { ...(way.target === null ? {} : { target: way.target.trace }), ...hash };
  const part = { kind: "comment", action: way.action, name: entry.part.name, data } as const;
  const before = way.target?.comment.body ?? null;
  const result = await writePart(
    session,
    { pair, side, part, origin, before, after: way.body },
    async () => {
      const now = await port.write(session.link[side].entity, pair[side], [way.edit], session.signal);
      return storedTraces(seen, seeComments(now, port.markup), [writtenBy(side, way, hash.hash ?? null)])[0] ?? null;
    },
    (stored, parts: Parts) => ({
      parts: { comments: way.memory(parts.comments ?? [], stored) },
      ...(stored === null ? {} : { data: { trace: stored } }),
    }),
  );
  return result.kind === "failed" ? REFUSED : null;
}

function writtenBy(side: Side, { action, target }: Way, sent: string | null): WrittenDeed {
  return { deed: { side, action, source: null, target, pair: null, overrules: false }, sent, cut: false };
}
