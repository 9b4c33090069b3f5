import type { Fields, TrackerRecord } from "../core/record.ts";
import { otherSide, SIDES, type Side } from "../core/snapshot.ts";
import type { Pair } from "../core/store.ts";
import { equalValues } from "../fields/equal.ts";
import { type Both, type Wishes, wishesOf } from "./carry-over.ts";
import { cellsOf } from "./decide/cells.ts";
import { mapFields } from "./decide/desire.ts";
import type { Frame, SideFrame } from "./decide/frame.ts";
import { mergePair } from "./decide/merge.ts";
import { isRuled } from "./decide/ruled.ts";
import { withoutEcho } from "./decide/unmet.ts";
import type { MergeInput } from "./decide/view.ts";
import { fail } from "./failure.ts";
import { noteLook } from "./looked.ts";
import { unlinkByRule } from "./pairing/unlink-by-rule.ts";
import { readAll } from "./read-all.ts";
import { inScope } from "./scope.ts";
import type { Session } from "./session.ts";
import { type LostReferences, lostReferences } from "./tree/lost-references.ts";
import { applyPlans } from "./writing/apply.ts";
import type { PairPlan } from "./writing/pair-plan.ts";
import { planWhole } from "./writing/plan-whole.ts";

/** A pair with the records of both sides as they were just read. `linking`: the pair is new, so its marker fields are written as well. */
export interface PairInHand extends Both {
  readonly pair: Pair;
  readonly linking: boolean;
  /** The side of the record that was just made from the other one; absent where both were there. */
  readonly made?: Side;
}

/**
 * Brings pairs in step of which `side` changed. The partners are read now, in one request a batch, so that a decision rests on both sides as
 * they stand (B12); a record of the listing itself is read again only where it is to be written.
 */
export async function syncChanged(
  session: Session,
  side: Side,
  changed: readonly { readonly pair: Pair; readonly record: TrackerRecord }[],
  linking = false,
): Promise<void> {
  const within = await inScope(session, side, changed);
  if (within.length === 0) return;
  const other = otherSide(side);
  const partners = await readAll(
    session,
    other,
    within.map(({ pair }) => pair[other]),
  );
  const inHand: PairInHand[] = [];
  for (const { pair, record } of within) {
    const partner = partners.get(pair[other]);
    if (partner === undefined) session.missing[other].set(pair.id, pair);
    else
      inHand.push({
        pair,
        left: side === "left" ? record : partner,
        right: side === "right" ? record : partner,
        linking,
      });
  }
  const plans = await planWhole(session, inHand);
  const stale = plans.filter((p) => p.merge.writes[side].length > 0);
  await applyPlans(
    session,
    plans.filter((p) => p.merge.writes[side].length === 0),
  );
  await syncFresh(session, await reread(session, side, stale));
}

/** Brings pairs in step whose records were both read just now. */
export async function syncFresh(session: Session, pairs: readonly PairInHand[]): Promise<void> {
  if (pairs.length > 0) await applyPlans(session, await planWhole(session, pairs));
}

/** What each pair needs. A pair for which a rule failed is missing, and queued to be tried again. */
export async function planPairs(session: Session, pairs: readonly PairInHand[]): Promise<readonly PairPlan[]> {
  for (const { pair, left, right } of pairs) noteLook(session, pair, left, right);
  const lost = await lostReferences(session, pairs);
  const wishes = await wishesOf(session, pairs);
  const whole = await withRuledFields(session, pairs, wishes);
  const frame = await session.frame();
  const plans: PairPlan[] = [];
  whole.forEach((given, i) => {
    const wish = wishes[i];
    if (wish === undefined) throw new Error("wishesOf lost a pair");
    const inHand = wish.ok ? unechoed(given, wish, frame) : given;
    if (!wish.ok) {
      const retry = fail(session, wish.side, inHand[wish.side], wish.message);
      if (!session.dryRun) session.store.commit({ retries: [retry] });
      return;
    }
    if (wish.unlink !== undefined) {
      unlinkByRule(session, inHand.pair, wish.unlink);
      return;
    }
    const merge = mergePair({
      frame,
      base: inHand.pair.base,
      left: inHand.left,
      right: inHand.right,
      toRight: wish.toRight,
      toLeft: wish.toLeft,
      held: inHand.pair.held,
      backfill: session.backfill,
      ...lostOf(lost, inHand.pair),
    });
    plans.push({ ...inHand, toRight: wish.toRight, toLeft: wish.toLeft, merge });
  });
  return plans;
}

/** Where no rule had a word in what comes back of a new record, it is the mapping's own, which the pair was made with. */
function unechoed(inHand: PairInHand, wish: Extract<Wishes, { ok: true }>, frame: Frame): PairInHand {
  const { made: side, pair, left, right } = inHand;
  if (side === undefined) return inHand;
  const source = otherSide(side);
  const back = source === "right" ? wish.toRight : wish.toLeft;
  const hasRuled = Object.values(back).some((desire) => desire.kind === "value" && isRuled(desire, frame));
  if (!hasRuled && !frame[side].config.rules.outgoing) return inHand;
  if (isEdited(pair.base[side], inHand[side], frame[side])) return inHand;
  const mapped = mapFields(inHand[side].fields, frame, source);
  const made = { base: pair.base, side, left: left.fields, right: right.fields, back, mapped };
  const base = withoutEcho(made, cellsOf(frame, wish.toRight, wish.toLeft), frame[source].schemas);
  return { ...inHand, pair: { ...pair, base } };
}

function isEdited(base: Fields, { fields }: TrackerRecord, { schemas, config }: SideFrame): boolean {
  return Object.entries(base).some(([name, value]) => {
    const schema = schemas[name];
    if (schema === undefined || name === config.marker || !Object.hasOwn(fields, name)) return false;
    return !equalValues(schema, fields[name] ?? null, value);
  });
}

function lostOf(lost: LostReferences, pair: Pair): Pick<MergeInput, "lost"> {
  const fields = lost.get(pair.id);
  return fields === undefined ? {} : { lost: fields };
}

async function reread(session: Session, side: Side, stale: readonly PairPlan[]): Promise<readonly PairInHand[]> {
  if (stale.length === 0) return [];
  const fresh = await readAll(
    session,
    side,
    stale.map((p) => p[side].id),
  );
  return stale.flatMap(({ pair, left, right, linking }) => {
    const record = fresh.get(pair[side]);
    if (record === undefined) return [];
    return [side === "left" ? { pair, left: record, right, linking } : { pair, left, right: record, linking }];
  });
}

/** Fields that only a rule writes are in no listing: what stands in them is read before it is compared. */
export async function withRuledFields<T extends Both>(
  session: Session,
  pairs: readonly T[],
  wishes: readonly Wishes[],
): Promise<readonly T[]> {
  let whole = pairs;
  for (const side of SIDES) {
    const names = new Set<string>();
    wishes.forEach((wish, i) => {
      const record = pairs[i]?.[side];
      if (!wish.ok || record === undefined) return;
      for (const name of Object.keys(side === "right" ? wish.toRight : wish.toLeft)) {
        if (
          !Object.hasOwn(record.fields, name) &&
          session.schemas[side].schemas[name] !== undefined &&
          !session.fields[side].includes(name)
        )
          names.add(name);
      }
    });
    if (names.size === 0) continue;
    const read = await readAll(
      session,
      side,
      whole.map((p) => p[side].id),
      [...names],
    );
    whole = whole.map((p) => ({
      ...p,
      [side]: { ...p[side], fields: { ...p[side].fields, ...read.get(p[side].id)?.fields } },
    }));
  }
  return whole;
}
