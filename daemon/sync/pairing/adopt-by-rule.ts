import type { TrackerRecord } from "../../core/record.ts";
import { otherSide, type Side } from "../../core/snapshot.ts";
import type { Retry } from "../../core/store.ts";
import { fail, say } from "../failure.ts";
import { readAll } from "../read-all.ts";
import { endpointOf, type Session } from "../session.ts";
import { adopt, type Couple } from "./adopt.ts";

/** A record that a rule wants paired with one that is there, instead of getting a new partner (X13). */
export interface Adoption {
  readonly source: TrackerRecord;
  /** Id of the record on the other side. */
  readonly key: string;
  readonly reason: string;
}

/** Pairs what rules name, once each record is known to be there and free; `side` is the records' own. */
export async function adoptByRule(session: Session, side: Side, adoptions: readonly Adoption[]): Promise<void> {
  if (adoptions.length === 0) return;
  const other = otherSide(side);
  const keys = [...new Set(adoptions.map(({ key }) => key.trim()))].filter((key) => key !== "");
  const partners = await readAll(session, other, keys);
  const paired = session.store.pairs(other, keys);
  const couples: Couple[] = [];
  const retries: Retry[] = [];
  const taken = new Set<string>();
  for (const { source, key: given, reason } of adoptions) {
    const key = given.trim();
    const endpoint = endpointOf(session, other);
    const name = `${endpoint}:${key}`;
    const partner = partners.get(key);
    const why = whyNot(session, other, key, partner !== undefined, paired.get(key)?.[side], taken);
    if (partner === undefined || why !== null) {
      const what = key === "" ? `a record of ${endpoint} without saying which: ${reason}` : `${name}, which ${why}`;
      retries.push(fail(session, side, source, `a rule pairs it with ${what}`));
      continue;
    }
    taken.add(key);
    say(session, "noted", side, source.id, null, `a rule pairs it with ${name}: ${reason}`);
    couples.push({ record: source, partner });
  }
  if (retries.length > 0 && !session.dryRun) session.store.commit({ retries });
  await adopt(session, side, couples);
}

function whyNot(
  session: Session,
  side: Side,
  key: string,
  isThere: boolean,
  holder: string | undefined,
  taken: ReadonlySet<string>,
): string | null {
  if (!isThere) return "is not there";
  if (holder !== undefined) return `has a partner already (${holder})`;
  if (taken.has(key)) return "has a partner already (another record of this run)";
  // A dry run keeps no pairs: what the run would have made by now stands here.
  return session.dryRun && session.planned.has(`${side} ${key}`) ? "gets a partner of its own in this run" : null;
}
