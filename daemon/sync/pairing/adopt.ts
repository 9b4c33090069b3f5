import type { TrackerRecord } from "../../core/record.ts";
import type { Side } from "../../core/snapshot.ts";
import { type PairInHand, syncFresh } from "../pairs.ts";
import { endpointOf, type Session } from "../session.ts";
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

/** The pairs are kept with their first base, in one commit: a pair without a base would be taken for one that nobody has edited. */
export async function adopt(session: Session, side: Side, couples: readonly Couple[]): Promise<void> {
  if (couples.length === 0) return;
  const inHand = couples.map(({ record, partner }): PairInHand => {
    const left = side === "left" ? record : partner;
    const right = side === "left" ? partner : record;
    return { pair: newPair(session, left, right), left, right, linking: true };
  });
  session.tally.paired(inHand.length);
  for (const { left, right } of inHand) session.writes.paired(left.id, right.id);
  // A dry run keeps no pairs: the other side's records must not be told a second time.
  if (session.dryRun)
    for (const { left, right } of inHand) session.planned.add(`left ${left.id}`).add(`right ${right.id}`);
  for (const { left, right } of inHand)
    tellWritten(session, "right", right.id, "pair", `${endpointOf(session, "left")}:${left.id}`, []);
  await syncFresh(session, inHand);
}
