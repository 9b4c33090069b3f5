import type { TrackerRecord } from "../../core/record.ts";
import type { Side } from "../../core/snapshot.ts";
import { endpointOf, type Session } from "../session.ts";
import { pairedElsewhere } from "./elsewhere.ts";

/** Records that no other link of the connection pairs. */
export function notElsewhere(
  session: Session,
  side: Side,
  records: readonly TrackerRecord[],
): readonly TrackerRecord[] {
  const elsewhere = pairedElsewhere(
    session,
    side,
    records.map(({ id }) => id),
  );
  return records.filter((record) => {
    const link = elsewhere.get(record.id);
    if (link !== undefined) tellUnchanged(session, side, [record], `${link} has its partner`);
    return link === undefined;
  });
}

/** Those that may have a partner at all: not over (E59), and selected by the filter of their side. */
export async function eligible(
  session: Session,
  side: Side,
  records: readonly TrackerRecord[],
): Promise<readonly TrackerRecord[]> {
  const current = await notOver(session, side, records);
  const { link, connectors, signal } = session;
  const { filter, entity } = link[side];
  if (filter === null || current.length === 0) return current;
  const ids = current.map(({ id }) => id);
  const matching = await connectors[side].matching(entity, ids, filter, signal);
  const out = current.filter(({ id }) => !matching.has(id));
  tellUnchanged(session, side, out, "the link's filter does not select it");
  return current.filter(({ id }) => matching.has(id));
}

async function notOver(
  session: Session,
  side: Side,
  records: readonly TrackerRecord[],
): Promise<readonly TrackerRecord[]> {
  const untilOf = await endings(session, side, records);
  const today = new Date(session.now()).toISOString().slice(0, 10);
  return records.filter((record) => {
    const until = untilOf(record);
    // Its last day still counts.
    if (until === null || until >= today) return true;
    tellUnchanged(session, side, [record], `it ended on ${until} (past = "skip")`);
    return false;
  });
}

/** The day on which a record is over; null where nothing says so. */
async function endings(
  session: Session,
  side: Side,
  records: readonly TrackerRecord[],
): Promise<(record: TrackerRecord) => string | null> {
  const { current } = session.link[side];
  if (current === undefined || records.length === 0) return () => null;
  const one = (record: TrackerRecord, field: string) => [record.fields[field] ?? []].flat()[0] ?? null;
  if ("field" in current) return (record) => one(record, current.field)?.slice(0, 10) ?? null;
  const target = session.schemas[side].schemas[current.of]?.target ?? "";
  const read = (await session.frame())[side].world.directories.get(target);
  const entries = read ?? (await session.connectors[side].directory(target, session.signal));
  const untils = new Map(entries.map(({ id, until }) => [id, until ?? null]));
  return (record) => untils.get(one(record, current.of) ?? "") ?? null;
}

export function tellUnchanged(session: Session, side: Side, records: readonly TrackerRecord[], why: string): void {
  const { context } = session;
  for (const { id } of records)
    session.emit({ event: "record.unchanged", context, endpoint: endpointOf(session, side), record: id, why });
}
