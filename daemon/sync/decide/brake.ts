import type { Brakes, Limit, Side } from "../../core/snapshot.ts";
import type { Stop } from "../../core/store.ts";

export type Deed = "create" | "update" | "delete";
export type Amounts = Readonly<Record<Deed, number>>;

/** What a brake knows when it decides. */
export interface Load {
  /** Pairs of the link before the run. Read only where the amount is larger than a limit's count. */
  readonly pairs: number;
  /** Most writes that one of the latest runs made; null where there is no experience yet. */
  readonly usual: number | null;
}

/** Runs that are this many times larger than any of the latest ones stop and ask, once they are larger than the floor. */
const UNUSUAL_TIMES = 20;
const UNUSUAL_FLOOR = 100;

/** Thrown when a run would do more than its brakes let it: the link stops and asks (B14). */
export class BrakeStop extends Error {
  override readonly name = "BrakeStop";
  readonly brake: Stop["brake"];
  readonly side: Side;
  readonly would: Amounts;

  constructor(brake: Stop["brake"], side: Side, message: string, would: Amounts) {
    super(message);
    this.brake = brake;
    this.side = side;
    this.would = would;
  }
}

/** Why `amount` of one deed is too much; null where it is not. An allowance lets so much pass that the limits would not. Pure. */
export function tooMuch(
  deed: Deed,
  amount: number,
  load: Load,
  brakes: Brakes,
  allowed: Amounts | null,
  what = "records",
): string | null {
  if (allowed !== null && amount <= allowed[deed]) return null;
  const limit = brakes[deed];
  if (limit === null) return null;
  if (exceeds(amount, load, limit)) {
    const share = load.pairs === 0 ? "" : ` (${Math.round((amount / load.pairs) * 100)} % of ${load.pairs} pairs)`;
    return `${amount} ${what} to ${deed}${share}; the brake lets ${Math.max(limit.count, Math.floor(limit.share * load.pairs))} pass`;
  }
  if (
    deed !== "delete" &&
    load.usual !== null &&
    amount > UNUSUAL_FLOOR &&
    amount > UNUSUAL_TIMES * Math.max(1, load.usual)
  ) {
    return `${amount} ${what} to ${deed}; the latest runs wrote ${load.usual} at the most`;
  }
  return null;
}

function exceeds(amount: number, load: Load, limit: Exclude<Limit, null>): boolean {
  return amount > limit.count && amount > limit.share * load.pairs;
}
