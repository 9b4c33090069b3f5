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
  const keys = [...new Set(adoptions.map(({ key }) => key))];
  const partners = await readAll(session, other, keys);
  const paired = session.store.pairs(other, keys);
  const couples: Couple[] = [];
  const retries: Retry[] = [];
  const taken = new Set<string>();
  for (const { source, key, reason } of adoptions) {
    const name = `${endpointOf(session, other)}:${key}`;
    const partner = partners.get(key);
    const holder = paired.get(key)?.[side] ?? (taken.has(key) ? "another record of this run" : null);
    if (partner === undefined || holder !== null) {
      const why = partner === undefined ? "is not there" : `has a partner already (${holder})`;
      retries.push(fail(session, side, source, `a rule pairs it with ${name}, which ${why}`));
      continue;
    }
    taken.add(key);
    say(session, "noted", side, source.id, null, `a rule pairs it with ${name}: ${reason}`);
    couples.push({ record: source, partner });
  }
  if (retries.length > 0 && !session.dryRun) session.store.commit({ retries });
  await adopt(session, side, couples);
}
