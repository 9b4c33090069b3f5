import type { ResolveOrder } from "../../core/deeds.ts";
import type { HeldComment } from "../../core/parts.ts";
import { type CommentConfig, otherSide, type Side } from "../../core/snapshot.ts";
import type { Pair } from "../../core/store.ts";
import type { CommentSight } from "../decide/comment-ends.ts";
import { heldComments, isAsShown, isSameClash } from "../decide/comment-held.ts";
import { meetingOf } from "../decide/comment-people.ts";
import type { SeenComment } from "../decide/comment-words.ts";
import { type CommentClash, type CommentPlan, type CommentRules, planComments } from "../decide/comments.ts";
import { actOnComments } from "../parts/comment-acts.ts";
import { commentPort, passageOf, recordName, sightOf } from "../parts/comment-desk.ts";
import { sentBy } from "../parts/comments.ts";
import { saveParts } from "../parts/parts.ts";
import { fieldOfPart } from "../parts/write-part.ts";
import { endpointOf, type Session } from "../session.ts";
import { BY_HAND } from "./choose.ts";
import type { Resolution } from "./resolve.ts";

const MOVED = "it changed again meanwhile: look at both texts with `syncline conflicts`, then decide";
const NOT_THERE = "one of the two comments is gone, or both say the same by now: nothing waits any more";

export function heldCommentsOf(pair: Pair | undefined): readonly HeldComment[] {
  return pair?.parts?.heldComments ?? [];
}

/** `comment Jane Doe, 2026-01-31`, as `syncline conflicts` names it in the record of `side`. */
export function nameOfHeld(held: HeldComment, side: Side): string {
  return fieldOfPart({ kind: "comment", name: held[side].name });
}

/** Decides comments that wait for a person, and no other comment of the pair. What it did is in `into`. */
export async function resolveComments(
  session: Session,
  pair: Pair,
  chosen: readonly HeldComment[],
  order: ResolveOrder,
  side: Side,
  into: Resolution,
): Promise<void> {
  const refuse = (why: string, held: readonly HeldComment[] = chosen) =>
    into.refused.push(...held.map((one) => ({ field: nameOfHeld(one, side), why })));
  const { take } = order;
  if ("value" in take) {
    refuse("of a comment take one side's words; to say something else, edit one of the two in its tracker");
    return;
  }
  const config = session.link.comments;
  if (config === undefined) {
    refuse("the mapping carries no comments any more: nothing waits");
    forget(session, pair, chosen);
    return;
  }
  const sight = await sightNow(session, pair);
  if (sight === null) {
    refuse("one of the records cannot be read: it is gone or hidden");
    return;
  }
  const winner = session.link.left.endpoint === take.endpoint ? "left" : "right";
  await decide({ session, pair, config, sight, winner, side, into }, chosen, refuse);
}

interface Case {
  readonly session: Session;
  readonly pair: Pair;
  readonly config: CommentConfig;
  readonly sight: CommentSight;
  readonly winner: Side;
  /** The side that the person named. */
  readonly side: Side;
  readonly into: Resolution;
}

async function decide(
  one: Case,
  chosen: readonly HeldComment[],
  refuse: (why: string, held: readonly HeldComment[]) => void,
): Promise<void> {
  const { session, pair, sight } = one;
  const rules = await rulesOf(one);
  const clashes = planComments(sight, rules).clashes;
  const settled = chosen.filter((held) => !clashes.some((clash) => isSameClash(held, clash)));
  const moved = chosen.filter((held) => !settled.includes(held) && !clashes.some((clash) => isAsShown(held, clash)));
  refuse(NOT_THERE, settled);
  forget(session, pair, settled);
  refuse(MOVED, moved);
  showAsNow(session, pair, moved, clashes);
  const asked = chosen.filter((held) => !settled.includes(held) && !moved.includes(held));
  for (const held of asked) await write(one, held, rules);
}

/** One at a time: each has its own fate, and what stands there afterwards is read again. */
async function write(first: Case, held: HeldComment, given: CommentRules): Promise<void> {
  const { session, pair, config, winner, into, side } = first;
  const field = nameOfHeld(held, side);
  const sight = await sightNow(session, pair);
  const chosen = (left: SeenComment, right: SeenComment) => (isAsShown(held, { left, right }) ? winner : null);
  const plan = sight === null ? null : onlyChosen(planComments(sight, { ...given, chosen }), held);
  if (sight === null || plan === null) {
    into.refused.push({ field, why: MOVED });
    return;
  }
  const passage = await passageOf(session, config);
  const before = writtenIn(session, pair, otherSide(winner));
  await actOnComments(session, pair, plan, sight, passage, { last: true, origin: BY_HAND });
  const target = otherSide(winner);
  if (!session.dryRun && writtenIn(session, pair, target) === before) {
    const why =
      session.tally.messages().messages.at(-1)?.message ?? `its words cannot stand in ${endpointOf(session, target)}`;
    into.refused.push({ field, why });
    return;
  }
  forget(session, pair, [held]);
  const names = { leftField: nameOfHeld(held, "left"), rightField: nameOfHeld(held, "right") };
  const { text } = held[winner];
  into.resolved.push({ ...names, left: text, right: text, written: [endpointOf(session, target)] });
}

/** Nothing else of the pair is written: what other deeds ask for is decided anew by the next run. */
function onlyChosen(plan: CommentPlan, held: HeldComment): CommentPlan | null {
  const deeds = plan.deeds.filter(({ overrules, source, target, side }) => {
    if (!overrules || source === null || target === null) return false;
    const both = side === "left" ? { left: target, right: source } : { left: source, right: target };
    return isSameClash(held, both);
  });
  return deeds.length === 0 ? null : { ...plan, deeds };
}

async function rulesOf({ session, pair, config }: Case): Promise<CommentRules> {
  const names = { left: recordName(session, "left", pair), right: recordName(session, "right", pair) };
  const meeting = meetingOf(await passageOf(session, config), names);
  return { ...meeting, config, policy: session.link.conflict };
}

/** Null where one of the records is not there, or its rule cannot say what it sends. */
async function sightNow(session: Session, pair: Pair): Promise<CommentSight | null> {
  const failed = new Set<string>();
  const left = await sentBy(session, "left", [pair], failed);
  const right = await sentBy(session, "right", [pair], failed);
  return failed.size > 0 ? null : sightOf(session, pair, { left, right });
}

function writtenIn(session: Session, pair: Pair, side: Side): number {
  return session.store.journal({ side, record: pair[side], run: session.context.run, limit: 1_000 }).length;
}

function forget(session: Session, pair: Pair, gone: readonly HeldComment[]): void {
  if (session.dryRun || gone.length === 0) return;
  const left = heldCommentsOf(session.store.pair(pair.id) ?? pair).filter(
    (one) => !gone.some((held) => isSameClash(held, one)),
  );
  saveParts(session, pair, { heldComments: left });
}

/** What the inbox shows is what a person decides about: it must be what the records hold. */
function showAsNow(
  session: Session,
  pair: Pair,
  moved: readonly HeldComment[],
  clashes: readonly CommentClash[],
): void {
  if (session.dryRun || moved.length === 0) return;
  const markups = { left: commentPort(session, "left").markup, right: commentPort(session, "right").markup };
  const now = { since: session.now(), run: session.context.run };
  const shown = heldCommentsOf(session.store.pair(pair.id) ?? pair).map((held) => {
    const clash = moved.some((one) => isSameClash(one, held))
      ? clashes.find((one) => isSameClash(held, one))
      : undefined;
    return clash === undefined ? held : (heldComments([{ ...clash, winner: null }], [held], markups, now)[0] ?? held);
  });
  saveParts(session, pair, { heldComments: shown });
}
