import type { TrackerRecord } from "../../core/record.ts";
import { otherSide, type Side } from "../../core/snapshot.ts";
import type { Frame } from "../decide/frame.ts";
import { markedPartner } from "../decide/marker.ts";
import { fits, type Keyed, keyOf, matchFrame, matchRows } from "../decide/match.ts";
import { say } from "../failure.ts";
import { endpointOf, type Session } from "../session.ts";
import { lookAbove } from "../tree/ancestors.ts";
import type { Couple } from "./adopt.ts";
import { pairedElsewhere } from "./elsewhere.ts";

export interface Matches {
  readonly couples: readonly Couple[];
  /** Records that must wait for a person: several could be meant. */
  readonly held: ReadonlySet<string>;
}

/** Unpaired records by what stands in their first match field. */
type Shelf = ReadonlyMap<string, readonly Keyed[]>;

/**
 * Partners that are there already and that nothing but their content tells (X13): exactly one record of the other side, and no second one of this
 * side, may have the same values. Two searches a batch at the most; writes nothing.
 */
export async function findMatches(session: Session, side: Side, records: readonly TrackerRecord[]): Promise<Matches> {
  const held = new Set<string>();
  const [row] = matchRows(session.link);
  const keyed = row === undefined || records.length === 0 ? [] : await keysOf(session, side, records);
  if (row === undefined || keyed.length === 0) return { couples: [], held };
  const frame = matchFrame(await session.frame());
  const other = otherSide(side);
  const wished = (one: Keyed) => (one.key.kind === "key" ? [one.key.values.get(row[other]) ?? []].flat() : []);
  const candidates = await shelfOf(session, other, row[other], keyed.flatMap(wished));
  const single = keyed.flatMap((one): (Couple & { readonly one: Keyed; readonly found: Keyed })[] => {
    const found = pick(candidates, wished(one)).filter(
      (each) => mayBe(session, side, one.record, each.record) && fits(one, side, each, frame),
    );
    const [only, another] = found;
    if (another !== undefined) holdSeveral(session, side, one.record, found, held);
    if (only === undefined || another !== undefined) return [];
    return [{ record: one.record, partner: only.record, matched: true, one, found: only }];
  });
  const own = (one: Keyed) => [one.record.fields[row[side]] ?? []].flat();
  const twins = await shelfOf(
    session,
    side,
    row[side],
    single.flatMap(({ one }) => own(one)),
  );
  const couples = single.filter(({ record, partner, one, found }) => {
    const same = pick(twins, own(one)).filter(
      (each) =>
        each.record.id !== record.id && mayBe(session, other, partner, each.record) && fits(each, side, found, frame),
    );
    if (same.length > 0) holdTwins(session, side, record, partner, same, held);
    return same.length === 0;
  });
  return { couples: couples.map(({ record, partner }) => ({ record, partner, matched: true })), held };
}

/** Records with something to look for. A release or list value may have been made since people and directories were read. */
async function keysOf(session: Session, side: Side, records: readonly TrackerRecord[]): Promise<readonly Keyed[]> {
  await lookAbove(session, side, records);
  const read = async (again: boolean) => withKeys(records, matchFrame(await session.frame(again)), side);
  const first = await read(false);
  const stuck = first.some(({ key }) => key.kind === "stuck");
  const keyed = stuck && session.canRefresh() ? await read(true) : first;
  return keyed.filter(({ key }) => key.kind === "key");
}

function withKeys(records: readonly TrackerRecord[], frame: Frame, side: Side): readonly Keyed[] {
  return records.map((record) => ({ record, key: keyOf(record, frame, otherSide(side)) }));
}

/** Records without a pair that hold one of `values`. */
async function shelfOf(session: Session, side: Side, field: string, values: readonly string[]): Promise<Shelf> {
  const shelf = new Map<string, Keyed[]>();
  if (values.length === 0) return shelf;
  const { connectors, link, fields, signal, store } = session;
  const found = await connectors[side].find(link[side].entity, field, [...new Set(values)], fields[side], signal);
  const ids = found.map(({ id }) => id);
  const paired = store.pairs(side, ids);
  const elsewhere = pairedElsewhere(session, side, ids);
  const free = found.filter(({ id }) => !paired.has(id) && !elsewhere.has(id));
  await lookAbove(session, side, free);
  for (const one of withKeys(free, matchFrame(await session.frame()), side))
    for (const value of [one.record.fields[field] ?? []].flat()) shelf.set(value, [...(shelf.get(value) ?? []), one]);
  return shelf;
}

function pick(shelf: Shelf, values: readonly string[]): readonly Keyed[] {
  return [...new Set(values.flatMap((value) => shelf.get(value) ?? []))];
}

/** A marker that names somebody else says more than any match. */
function mayBe(session: Session, side: Side, record: TrackerRecord, other: TrackerRecord): boolean {
  const named = markedPartner(session.link, otherSide(side), other);
  return named === null || named === record.id;
}

function holdSeveral(
  session: Session,
  side: Side,
  record: TrackerRecord,
  found: readonly Keyed[],
  held: Set<string>,
): void {
  hold(session, side, record, `several records match it: ${namesOf(session, otherSide(side), found)}`, held);
}

/** More than one of our records matches the partner found. */
function holdTwins(
  session: Session,
  side: Side,
  record: TrackerRecord,
  partner: TrackerRecord,
  twins: readonly Keyed[],
  held: Set<string>,
): void {
  const found = `${endpointOf(session, otherSide(side))}:${partner.id}`;
  hold(session, side, record, `it matches ${found}, but so do others: ${namesOf(session, side, twins)}`, held);
}

function namesOf(session: Session, side: Side, found: readonly Keyed[]): string {
  return found.map(({ record }) => `${endpointOf(session, side)}:${record.id}`).join(", ");
}

function hold(session: Session, side: Side, record: TrackerRecord, why: string, held: Set<string>): void {
  held.add(record.id);
  const message = `${why}; none is paired and nothing is made: let them differ, then it goes on with its next edit or a full run`;
  say(session, "held", side, record.id, null, message);
}
