import { type CommentConfig, otherSide, SIDES, type Side } from "../../core/snapshot.ts";
import type { Pair } from "../../core/store.ts";
import { type CommentSight, isSettled } from "../decide/comment-ends.ts";
import { heldComments } from "../decide/comment-held.ts";
import { kept } from "../decide/comment-memory.ts";
import { meetingOf } from "../decide/comment-people.ts";
import { nameOfComment, type SeenComment } from "../decide/comment-words.ts";
import { type CommentClash, type CommentPlan, planComments } from "../decide/comments.ts";
import { say } from "../failure.ts";
import { endpointOf, type Session } from "../session.ts";
import { actOnComments } from "./comment-acts.ts";
import { commentPort, listComments, passageOf, recordName, sightOf } from "./comment-desk.ts";
import { recoverComment } from "./comment-recover.ts";
import { undoComment } from "./comment-undo.ts";
import { listBoth, listEach } from "./list-both.ts";
import { type Candidate, rulePart } from "./part-rules.ts";
import { type PartSync, type PartWork, type Removals, saveParts } from "./parts.ts";
import { bookTrouble, fieldOfPart } from "./write-part.ts";

/** Somebody who writes while we do is likely to go on for a moment; after that the next run decides. */
const MOST_ATTEMPTS = 3;

/** Comments one by one, both ways, with author and time (X15, X16). */
export const commentWork: PartWork = {
  kind: "comment",
  sync: syncComments,
  recover: recoverComment,
  undo: undoComment,
};

type Lists = Readonly<Record<Side, ReadonlyMap<string, readonly SeenComment[]>>>;

async function syncComments(...[session, pairs, removals]: Parameters<PartSync>): Promise<ReadonlySet<string>> {
  const config = session.link.comments;
  if (config === undefined || pairs.length === 0) return new Set();
  const failed = new Set<string>();
  // Memos of many records are one request.
  const single = (side: Side) => commentPort(session, side).field(session.link[side].entity) === null;
  const lists: Lists = await listBoth(session, pairs, "comments", single, (side, some) =>
    sentBy(session, side, some, failed),
  );
  for (const pair of pairs) {
    session.signal.throwIfAborted();
    if (!(await syncPair(session, config, pair, lists, removals, failed))) failed.add(pair.id);
  }
  return failed;
}

/** Without new comments that the side's rule keeps back, and with the words that it sends. */
export async function sentBy(
  session: Session,
  side: Side,
  pairs: readonly Pair[],
  failed: Set<string>,
): Promise<Lists[Side]> {
  const lists = await listSide(session, side, pairs);
  if (session.link[side].rules.comment !== true) return lists;
  const candidates = pairs.flatMap((pair): Candidate<SeenComment>[] => {
    const known = new Set(session.store.pair(pair.id)?.parts?.comments?.map((entry) => JSON.stringify(entry[side])));
    const fresh = (lists.get(pair[side]) ?? []).filter(({ trace }) => !known.has(JSON.stringify(trace)));
    return fresh.map((part) => {
      const { body, author, authorName, at, private: hidden } = part.comment;
      const words = { body, author, authorName, at, private: hidden };
      return { pair, part, name: nameOfComment(part.comment), words };
    });
  });
  const ruled = await rulePart(session, side, "comment", candidates, failed);
  const asRuled = (seen: SeenComment): SeenComment[] => {
    const answer = ruled.get(seen);
    if (answer === undefined) return [seen];
    if (!answer.send) return [];
    const { body } = answer.words;
    return [typeof body === "string" && body !== seen.comment.body ? { ...seen, sent: body } : seen];
  };
  return new Map([...lists].map(([id, list]) => [id, list.flatMap(asRuled)] as const));
}

function listSide(session: Session, side: Side, pairs: readonly Pair[]): Promise<Lists[Side]> {
  const ask = (some: readonly Pair[]) => listComments(session, side, some);
  return listEach(pairs, ask, (pair, error) =>
    bookTrouble(session, pair, side, { kind: "comment", name: "list" }, error),
  );
}

/** False where something could not be carried. */
async function syncPair(
  session: Session,
  config: CommentConfig,
  pair: Pair,
  lists: Lists,
  removals: Removals,
  failed: Set<string>,
): Promise<boolean> {
  const told = new Set<string>();
  for (let turn = 1, now = lists; ; turn++) {
    const sight = sightOf(session, pair, now);
    // A record that is not there has no list; that it is gone is found out elsewhere.
    if (sight === null) return false;
    if (isSettled(sight)) {
      remember(session, pair, { memory: sight.memory, clashes: [] }, sight, removals);
      return true;
    }
    const passage = await passageOf(session, config);
    const names = { left: recordName(session, "left", pair), right: recordName(session, "right", pair) };
    const plan = planComments(sight, { ...meetingOf(passage, names), config, policy: session.link.conflict });
    if (waits(pair, plan, removals)) return true;
    tell(session, pair, plan, sight, told);
    remember(session, pair, plan, sight, removals);
    const { origin } = config;
    const outcome = await actOnComments(session, pair, plan, sight, passage, { last: turn === MOST_ATTEMPTS, origin });
    if (outcome !== "conflict") return outcome === "done";
    now = {
      left: await sentBy(session, "left", [pair], failed),
      right: await sentBy(session, "right", [pair], failed),
    };
  }
}

/** Removals are counted over the whole run before the first is done. */
function waits(pair: Pair, { deeds }: CommentPlan, removals: Removals): boolean {
  const removed = deeds.filter((deed) => deed.action === "remove");
  if (removed.length === 0 || removals.weighed) return false;
  for (const side of SIDES) {
    const count = removed.filter((deed) => deed.side === side).length;
    if (count > 0) removals.wait(pair, side, count);
  }
  return true;
}

/** What is agreed without any write, and what waits for a person. */
function remember(
  session: Session,
  pair: Pair,
  { memory, clashes }: Pick<CommentPlan, "memory" | "clashes">,
  sight: CommentSight,
  removals: Removals,
): void {
  const before = session.store.pair(pair.id)?.parts?.heldComments ?? [];
  const markups = { left: commentPort(session, "left").markup, right: commentPort(session, "right").markup };
  const held = heldComments(clashes, before, markups, { since: session.now(), run: session.context.run });
  removals.hold?.(pair, held);
  const comments = kept(memory);
  const news = {
    ...(JSON.stringify(comments) === JSON.stringify(sight.memory) ? {} : { comments }),
    ...(JSON.stringify(held) === JSON.stringify(before) ? {} : { heldComments: held }),
  };
  if (!session.dryRun && Object.keys(news).length > 0) saveParts(session, pair, news);
}

/** `told`: what was told of this pair before it had to be decided anew. */
function tell(session: Session, pair: Pair, plan: CommentPlan, sight: CommentSight, told: Set<string>): void {
  for (const clash of plan.clashes) {
    const { left, right } = clash;
    const key = JSON.stringify([left.trace, right.trace]);
    if (!told.has(key)) tellClash(session, pair, clash);
    told.add(key);
  }
  const { emptied } = plan;
  if (emptied === null || told.has(emptied)) return;
  told.add(emptied);
  const other = otherSide(emptied);
  const count = sight.memory.filter((one) => one[emptied] !== null).length;
  say(
    session,
    "held",
    emptied,
    pair[emptied],
    "comments",
    `all ${count} comments of ${recordName(session, emptied, pair)} are gone at once: nothing is removed from ${recordName(session, other, pair)}; remove them there by hand if they should be`,
  );
}

function tellClash(session: Session, pair: Pair, { left, winner }: CommentClash): void {
  session.tally.conflict();
  const records = SIDES.map((side) => recordName(session, side, pair)).join(" and ");
  const outcome =
    winner === null
      ? "both stay as they are; make them the same, or decide with `syncline resolve`"
      : `${endpointOf(session, winner)} wins, the other text is in the journal`;
  say(
    session,
    winner === null ? "held" : "noted",
    "left",
    pair.left,
    fieldOfPart({ kind: "comment", name: nameOfComment(left.comment) }),
    `the comment was changed in ${records} since both last agreed: ${outcome}`,
  );
}
