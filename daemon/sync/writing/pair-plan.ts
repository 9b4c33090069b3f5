import type { WriteOutcome } from "../../core/connector.ts";
import type { Side } from "../../core/snapshot.ts";
import type { Pair } from "../../core/store.ts";
import type { Both } from "../carry-over.ts";
import type { Desires } from "../decide/desire.ts";
import type { FieldWrite, Merge } from "../decide/merge.ts";

export interface PairPlan extends Both {
  readonly pair: Pair;
  readonly linking: boolean;
  readonly toRight: Desires;
  readonly toLeft: Desires;
  readonly merge: Merge;
  /** Where the values come from, if a person had them put there. */
  readonly byHand?: string;
}

export interface Job {
  readonly plan: PairPlan;
  readonly writes: Readonly<Record<Side, readonly FieldWrite[]>>;
}

export type Outcomes = Readonly<Record<Side, ReadonlyMap<string, WriteOutcome>>>;
