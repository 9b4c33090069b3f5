import type { TrackerRecord } from "../../core/record.ts";
import type { Side } from "../../core/snapshot.ts";
import type { PairInHand } from "../pairs.ts";
import { endpointOf, type Session } from "../session.ts";
import { applyPlans } from "../writing/apply.ts";
import { planWhole } from "../writing/plan-whole.ts";
import { tellWritten } from "../writing/write.ts";
import { newPair } from "./new-pair.ts";

/** A record without a pair and the partner that it is to have. */
export interface Couple {
  readonly record: TrackerRecord;
  readonly partner: TrackerRecord;
  /** Its content tells (X13), no marker and no rule. */
  readonly matched?: true;
}

/** How two records without a pair are known to belong together. */
export function coupleText({ partner, matched }: Couple, endpoint: string): string {
  return matched === true ? `it matches ${endpoint}:${partner.id}` : `its marker names ${endpoint}:${partner.id}`;
}

/**
 * The pairs are kept with their first base, in one commit: a pair without a base would be taken for one that nobody has edited. Answers the couples that
 * are pairs now; a couple of which a rule fails, or that a rule unlinks, is told and waits.
 */
export async function adopt(session: Session, side: Side, couples: readonly Couple[]): Promise<ReadonlySet<Couple>> {
  const inHand = couples.map((couple): PairInHand & { readonly couple: Couple } => {
    const { record, partner } = couple;
    const left = side === "left" ? record : partner;
    const right = side === "left" ? partner : record;
    return { pair: newPair(session, left, right), left, right, linking: true, couple };
  });
  if (inHand.length === 0) return new Set();
  const plans = await planWhole(session, inHand);
  const planned = new Set(plans.map(({ pair }) => pair.id));
  const paired = inHand.filter(({ pair }) => planned.has(pair.id));
  session.tally.paired(paired.length);
  for (const { left, right } of paired) {
    session.writes.paired(left.id, right.id);
    // A dry run keeps no pairs: the other side's records must not be told a second time.
    if (session.dryRun) session.planned.add(`left ${left.id}`).add(`right ${right.id}`);
    tellWritten(session, "right", right.id, "pair", `${endpointOf(session, "left")}:${left.id}`, []);
  }
  await applyPlans(session, plans);
  return new Set(paired.map(({ couple }) => couple));
}
