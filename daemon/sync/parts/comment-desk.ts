import type { CommentPort } from "../../core/parts.ts";
import { type CommentConfig, SIDES, type Side } from "../../core/snapshot.ts";
import type { Pair } from "../../core/store.ts";
import type { CommentSight } from "../decide/comment-ends.ts";
import type { CommentPassage } from "../decide/comment-people.ts";
import { type SeenComment, seeComments } from "../decide/comment-words.ts";
import { endpointOf, type Session } from "../session.ts";

export function commentPort(session: Session, side: Side): CommentPort {
  const port = session.connectors[side].comments;
  if (port !== undefined) return port;
  throw new Error(`${endpointOf(session, side)} has no comments: the check should have said so`);
}

/** Comments of one side of some pairs, by record; a record that is not there is missing. */
export async function listComments(
  session: Session,
  side: Side,
  pairs: readonly Pair[],
): Promise<ReadonlyMap<string, readonly SeenComment[]>> {
  const { link, signal } = session;
  const port = commentPort(session, side);
  const ids = pairs.map((pair) => pair[side]);
  const lists = await port.list(link[side].entity, ids, signal);
  return new Map([...lists].map(([id, comments]) => [id, seeComments(comments, port.markup)] as const));
}

/** Both records' comments with the pair's memory; null where one of the records is not there. */
export function sightOf(
  session: Session,
  pair: Pair,
  lists: Readonly<Record<Side, ReadonlyMap<string, readonly SeenComment[]>>>,
): CommentSight | null {
  const [left, right] = SIDES.map((side) => lists[side].get(pair[side]));
  if (left === undefined || right === undefined) return null;
  return { left, right, memory: session.store.pair(pair.id)?.parts?.comments ?? [] };
}

/** Asks for people where nobody has in this run. */
export async function passageOf(session: Session, config: CommentConfig): Promise<CommentPassage> {
  const { left, right } = await session.frame();
  return {
    config,
    ports: { left: commentPort(session, "left"), right: commentPort(session, "right") },
    worlds: { left: left.world, right: right.world },
  };
}

/** `endpoint:record`, as a copy names where it comes from. */
export function recordName(session: Session, side: Side, pair: Pair): string {
  return `${endpointOf(session, side)}:${pair[side]}`;
}
