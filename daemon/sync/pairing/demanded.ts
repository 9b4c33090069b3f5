import { otherSide, SIDES, type Side } from "../../core/snapshot.ts";
import { createPartners } from "../making/create.ts";
import { readAll } from "../read-all.ts";
import type { Session } from "../session.ts";
import { baseOf, type Sibling } from "../tree/siblings.ts";
import { inBatches } from "../writing/write.ts";
import { adopt } from "./adopt.ts";
import { sortNew } from "./newcomers.ts";

const CHUNK = 200;
const MOST_WAITS = 10_000;

/** Told how many partners are about to be made on the other side of `side`; throws `BrakeStop` where it is too much. */
export type WeighCreations = (side: Side, count: number) => void;

/**
 * E49: a record that others lie in gets a partner although the link's filter passes it over, else they could never come to lie where they belong.
 * The others wait for it, in this link or in another one of the connection. `asked`: what this run has tried already. True where something was made.
 */
export async function syncDemanded(session: Session, asked: Set<string>, weigh: WeighCreations): Promise<boolean> {
  let made = false;
  for (const side of SIDES) {
    if (!session.link[otherSide(side)].create) continue;
    const ids = demandedIds(session, side).filter((id) => !asked.has(`${side} ${id}`));
    for (const id of ids) asked.add(`${side} ${id}`);
    for (const chunk of inBatches(ids, CHUNK)) {
      const records = [...(await readAll(session, side, chunk)).values()];
      const { couples, wanted } = await sortNew(session, side, records, true);
      weigh(side, wanted.length);
      await adopt(session, side, couples);
      await createPartners(session, side, wanted);
      made ||= couples.length + wanted.length > 0;
    }
  }
  return made;
}

function demandedIds(session: Session, side: Side): readonly string[] {
  const own = baseOf(session.link, side);
  const ids = session.siblings.flatMap((sibling) =>
    sibling.store
      .waiting(MOST_WAITS)
      .filter((retry) => retry.side === side)
      .flatMap(({ awaits = [] }) =>
        awaits.filter(({ entity, field }) => entity === own && isPlace(sibling, side, field)),
      )
      .map(({ id }) => id),
  );
  const all = [...ids, ...(session.dryRun ? plannedWaits(session, side) : [])];
  const known = session.store.pairs(side, all);
  return [...new Set(all)].filter((id) => !known.has(id));
}

/** What records would wait for after this run: a dry run keeps no waits. */
function plannedWaits(session: Session, side: Side): readonly string[] {
  const own = baseOf(session.link, side);
  const mine = session.siblings.find(({ link }) => link.key === session.link.key);
  return [...session.waited.values()]
    .filter((waiting) => waiting.side === side)
    .flatMap(({ told }) => told.map(({ awaited }) => awaited))
    .filter(({ entity, field }) => entity === own && mine !== undefined && isPlace(mine, side, field))
    .map(({ id }) => id);
}

/** Whether `field`, of the side that is written, is what becomes of a record's place in its tree. */
function isPlace({ link }: Sibling, side: Side, field: string): boolean {
  const { place } = link[side];
  return place !== undefined && link.fields.some((row) => row[side] === place && row[otherSide(side)] === field);
}
