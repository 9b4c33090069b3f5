import type { PairImportOrder, PairRow, PairsImported } from "../../core/deeds.ts";
import type { TrackerRecord } from "../../core/record.ts";
import { SIDES, type Side } from "../../core/snapshot.ts";
import { adopt, type Couple } from "../pairing/adopt.ts";
import { readAll } from "../read-all.ts";
import { recover } from "../recover.ts";
import type { Work } from "../run.ts";
import { endpointOf, type Session } from "../session.ts";
import { inBatches } from "../writing/write.ts";

const CHUNK = 200;
export interface Importing {
  readonly paired: PairsImported["paired"][number][];
  known: number;
  readonly refused: PairsImported["refused"][number][];
}

export function noImporting(): Importing {
  return { paired: [], known: 0, refused: [] };
}

/**
 * Pairs the records that a list names (X13, X34), each row by itself: both must be there, and neither may have another partner. They are then
 * brought in step as any two records that are found to belong together.
 */
export function pairImportWork({ rows }: Pick<PairImportOrder, "rows">, into: Importing): Work {
  return async (session, input) => {
    await recover(session, (ms) => input.wait(ms, input.signal));
    const taken = { left: new Set<string>(), right: new Set<string>() };
    for (const chunk of inBatches(rows, CHUNK)) {
      session.signal.throwIfAborted();
      const couples = await couplesOf(session, chunk, taken, into);
      const paired = await adopt(
        session,
        "left",
        couples.map(({ couple }) => couple),
      );
      for (const { couple, row } of couples)
        if (paired.has(couple)) into.paired.push({ left: row.left, right: row.right });
        else into.refused.push({ ...row, why: whatFailed(session, row) });
    }
  };
}

async function couplesOf(
  session: Session,
  rows: readonly PairRow[],
  taken: Readonly<Record<Side, Set<string>>>,
  into: Importing,
): Promise<readonly { readonly couple: Couple; readonly row: PairRow }[]> {
  const ids = (side: Side) => [...new Set(rows.map((row) => row[side]))];
  const records = {
    left: await readAll(session, "left", ids("left")),
    right: await readAll(session, "right", ids("right")),
  };
  const couples: { couple: Couple; row: PairRow }[] = [];
  for (const row of rows) {
    const partner = session.store.pairs("left", [row.left]).get(row.left)?.right;
    if (partner === row.right) {
      into.known++;
      continue;
    }
    const why = whyNot(session, row, records, taken);
    const [record, other] = [records.left.get(row.left), records.right.get(row.right)];
    if (why !== null || record === undefined || other === undefined) {
      into.refused.push({ ...row, why: why ?? "" });
      continue;
    }
    for (const side of SIDES) taken[side].add(row[side]);
    couples.push({ couple: { record, partner: other }, row });
  }
  return couples;
}

/** The run has just said it of one of the two. */
function whatFailed(session: Session, row: PairRow): string {
  const isAbout = (endpoint: string, record: string | null) =>
    SIDES.some((side) => endpoint === endpointOf(session, side) && record === row[side]);
  const said = session.tally.messages().messages.findLast((one) => isAbout(one.endpoint, one.record));
  return said?.message ?? "a rule keeps the two apart";
}

function whyNot(
  session: Session,
  row: PairRow,
  records: Readonly<Record<Side, ReadonlyMap<string, TrackerRecord>>>,
  taken: Readonly<Record<Side, ReadonlySet<string>>>,
): string | null {
  for (const side of SIDES) {
    const name = `${endpointOf(session, side)}:${row[side]}`;
    if (!records[side].has(row[side])) return `${name} is not there`;
    if (taken[side].has(row[side])) return `${name} stands in an earlier line with another partner`;
    const pair = session.store.pairs(side, [row[side]]).get(row[side]);
    if (pair === undefined) continue;
    const partner =
      side === "left" ? `${endpointOf(session, "right")}:${pair.right}` : `${endpointOf(session, "left")}:${pair.left}`;
    return `${name} has the partner ${partner}${pair.unlinked === true ? " (unlinked)" : ""}`;
  }
  return null;
}
