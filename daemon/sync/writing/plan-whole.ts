import type { TrackerRecord } from "../../core/record.ts";
import { otherSide, type Side } from "../../core/snapshot.ts";
import { carryBatch } from "../carry-over.ts";
import type { Desire, Desires } from "../decide/desire.ts";
import type { Merge } from "../decide/merge.ts";
import { makeMissing, type Want, wouldMake } from "../making/create-missing.ts";
import { type PairInHand, planPairs } from "../pairs.ts";
import type { Carriages } from "../pipeline.ts";
import type { Session } from "../session.ts";
import type { PairPlan } from "./pair-plan.ts";

/** A feature waits for its theme, and of several values of a field one is told at a time. */
const MOST_ROUNDS = 20;

/** Plans, and makes what rows want made (`create_missing`) until nothing more can be. A dry run counts it as made. */
export async function planWhole(session: Session, pairs: readonly PairInHand[]): Promise<readonly PairPlan[]> {
  let plans = await planPairs(session, pairs);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const short = plans.filter((plan) => wantsOfPlan(plan).length > 0);
    if (!(await makeMissing(session, short.flatMap(wantsOfPlan)))) break;
    const again = await planPairs(session, short);
    plans = plans.map((plan) => again.find(({ pair }) => pair.id === plan.pair.id) ?? plan);
  }
  return plans.map((plan) => ({ ...plan, merge: asMade(session, plan.merge) }));
}

/** A record that another fault holds back is not written: nothing is made for its sake. */
function wantsOfPlan({ pair, merge, left, right }: PairPlan): readonly Want[] {
  if (merge.faults.some(({ holds, missing }) => holds === "record" && missing === undefined)) return [];
  return merge.faults.flatMap(({ side, field, missing }): Want[] => {
    const source = side === "left" ? right : left;
    return missing === undefined ? [] : [{ side, field, missing, source, pair: pair.id }];
  });
}

function asMade(session: Session, merge: Merge): Merge {
  const made = merge.faults.filter(({ side, missing }) => wouldMake(session, side, missing));
  if (made.length === 0) return merge;
  const of = (side: Side) =>
    made
      .filter((fault) => fault.side === side)
      .map(({ field, missing }) => ({ field, value: missing?.name ?? null, before: null, origin: "", notes: [] }));
  return {
    ...merge,
    faults: merge.faults.filter((fault) => !made.includes(fault)),
    writes: { left: [...merge.writes.left, ...of("left")], right: [...merge.writes.right, ...of("right")] },
  };
}

/** The same for records that get partners: what each is to hold. */
export async function carryNew(
  session: Session,
  side: Side,
  records: readonly TrackerRecord[],
): Promise<readonly Carriages[]> {
  const target = otherSide(side);
  const carry = (some: readonly TrackerRecord[]) =>
    carryBatch(
      session,
      some.map((record) => ({ record, current: null })),
      target,
      true,
    );
  const carried = new Map((await carry(records)).map((result, i) => [records[i]?.id ?? "", result]));
  const wantsOf = (record: TrackerRecord) => wantsOfNew(record, carried.get(record.id), target);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const short = records.filter((record) => wantsOf(record).length > 0);
    if (!(await makeMissing(session, short.flatMap(wantsOf)))) break;
    for (const [i, result] of (await carry(short)).entries()) carried.set(short[i]?.id ?? "", result);
  }
  return records.map((record) => withMade(session, target, carried.get(record.id) ?? lost()));
}

function lost(): never {
  throw new Error("carryBatch lost a record");
}

function wantsOfNew(source: TrackerRecord, result: Carriages | undefined, side: Side): readonly Want[] {
  if (result?.ok !== true || result.unlink !== undefined || result.adopt !== undefined) return [];
  const faults = Object.entries(result.desires).flatMap(([field, desire]) =>
    desire.kind === "fault" ? [{ field, ...desire }] : [],
  );
  if (faults.some(({ holds, missing }) => holds === "record" && missing === undefined)) return [];
  return faults.flatMap(({ field, missing }) =>
    missing === undefined ? [] : [{ side, field, missing, source, pair: "" }],
  );
}

function withMade(session: Session, target: Side, result: Carriages): Carriages {
  const isMade = (desire: Desire) => desire.kind === "fault" && wouldMake(session, target, desire.missing);
  if (!result.ok || !Object.values(result.desires).some(isMade)) return result;
  const desires: Desires = Object.fromEntries(Object.entries(result.desires).filter(([, desire]) => !isMade(desire)));
  return { ...result, desires };
}
