import type { TrackerRecord } from "../../core/record.ts";
import { otherSide, type Side } from "../../core/snapshot.ts";
import { markedPartner } from "../decide/marker.ts";
import { matchRows } from "../decide/match.ts";
import { say } from "../failure.ts";
import { createPartners } from "../making/create.ts";
import { readAll } from "../read-all.ts";
import { endpointOf, type Session } from "../session.ts";
import { adopt, type Couple } from "./adopt.ts";
import { eligible, notElsewhere, tellUnchanged } from "./eligible.ts";
import { findMatches } from "./matches.ts";

/** Records of one side without a pair, told apart before anything is written. */
export interface Newcomers {
  /** With the partner that a marker names, on either side, or that matches (X13). */
  readonly couples: readonly Couple[];
  /** To be given a new partner. */
  readonly wanted: readonly TrackerRecord[];
}

/**
 * Looking comes before making, always (B13): a lost state folder or a lost answer must not double a record. Writes nothing. `demanded`: others lie in
 * them, so that they get a partner whatever the filter says (E49).
 */
export async function sortNew(
  session: Session,
  side: Side,
  records: readonly TrackerRecord[],
  demanded = false,
): Promise<Newcomers> {
  const own = notElsewhere(
    session,
    side,
    records.filter(({ id }) => !session.planned.has(`${side} ${id}`)),
  );
  if (own.length === 0) return { couples: [], wanted: [] };
  const partners = await findPartners(session, side, own);
  const couples = own.flatMap((record) => pairUp(record, partners.found.get(record.id)));
  const rest = own.filter((record) => !partners.found.has(record.id) && !partners.held.has(record.id));
  const makes = session.link[otherSide(side)].create;
  if (!makes && matchRows(session.link).length === 0) {
    tellUnmade(session, side, rest);
    return { couples, wanted: [] };
  }
  const open = demanded ? rest : await eligible(session, side, rest);
  const matches = await findMatches(session, side, open);
  const matched = new Set(matches.couples.map(({ record }) => record.id));
  const alone = open.filter(({ id }) => !matched.has(id) && !matches.held.has(id));
  if (!makes) tellUnmade(session, side, alone);
  return { couples: [...couples, ...matches.couples], wanted: makes ? alone : [] };
}

function tellUnmade(session: Session, side: Side, records: readonly TrackerRecord[]): void {
  tellUnchanged(session, side, records, `the link makes no partners in ${endpointOf(session, otherSide(side))}`);
}

/** Pairs records of `side` with the partners that markers name, and makes partners for the others that are to have one. */
export async function syncNew(session: Session, side: Side, records: readonly TrackerRecord[]): Promise<void> {
  const { couples, wanted } = await sortNew(session, side, records);
  await adopt(session, side, couples);
  await createPartners(session, side, wanted);
}

function pairUp(record: TrackerRecord, partner: TrackerRecord | undefined): Couple[] {
  return partner === undefined ? [] : [{ record, partner }];
}

interface Partners {
  readonly found: ReadonlyMap<string, TrackerRecord>;
  /** Records that must wait for a person. */
  readonly held: ReadonlySet<string>;
}

async function findPartners(session: Session, side: Side, records: readonly TrackerRecord[]): Promise<Partners> {
  const other = otherSide(side);
  const found = new Map<string, TrackerRecord>();
  const held = new Set<string>();
  const taken = new Set<string>();
  const claim = (record: TrackerRecord, partner: TrackerRecord): void => {
    const before = found.get(record.id);
    if (before !== undefined && before.id !== partner.id) {
      hold(
        session,
        side,
        record,
        held,
        `${endpointOf(session, other)} has two records that name it as their partner: ${before.id} and ${partner.id}; delete or unmark one`,
      );
      found.delete(record.id);
    } else if (!held.has(record.id) && !taken.has(partner.id)) {
      found.set(record.id, partner);
      taken.add(partner.id);
    }
  };
  for (const { record, partner } of await namedByPartner(session, side, records)) claim(record, partner);
  for (const { record, partner } of await namedByRecord(
    session,
    side,
    records.filter((r) => !found.has(r.id)),
    held,
  ))
    claim(record, partner);
  return { found, held };
}

/** Records of the other side whose marker names one of ours, and that have no pair yet. */
async function namedByPartner(
  session: Session,
  side: Side,
  records: readonly TrackerRecord[],
): Promise<readonly { record: TrackerRecord; partner: TrackerRecord }[]> {
  const { link, connectors, fields, signal } = session;
  const other = otherSide(side);
  const marker = link[other].marker;
  if (marker === null) return [];
  const byId = new Map(records.map((record) => [record.id, record]));
  const partners = await connectors[other].find(link[other].entity, marker, [...byId.keys()], fields[other], signal);
  const paired = session.store.pairs(
    other,
    partners.map((p) => p.id),
  );
  return partners.flatMap((partner) => {
    const record = byId.get(markedPartner(link, other, partner) ?? "");
    return record === undefined || paired.has(partner.id) ? [] : [{ record, partner }];
  });
}

/** Partners that our own records' markers name. A marker that came with a copied record names a partner that somebody else has: it says nothing. */
async function namedByRecord(
  session: Session,
  side: Side,
  records: readonly TrackerRecord[],
  held: Set<string>,
): Promise<readonly { record: TrackerRecord; partner: TrackerRecord }[]> {
  const other = otherSide(side);
  const marked = records.flatMap((record) => {
    const partner = markedPartner(session.link, side, record);
    return partner === null ? [] : [{ record, partner }];
  });
  if (marked.length === 0) return [];
  const partners = await readAll(session, other, [...new Set(marked.map((m) => m.partner))]);
  const paired = session.store.pairs(other, [...partners.keys()]);
  return marked.flatMap(({ record, partner: id }) => {
    const partner = partners.get(id);
    if (partner === undefined) {
      hold(
        session,
        side,
        record,
        held,
        `its marker names ${endpointOf(session, other)}:${id}, which is not there: clear the marker to have a new partner made`,
      );
      return [];
    }
    const named = markedPartner(session.link, other, partner);
    return paired.has(id) || (named !== null && named !== record.id) ? [] : [{ record, partner }];
  });
}

function hold(session: Session, side: Side, record: TrackerRecord, held: Set<string>, message: string): void {
  held.add(record.id);
  say(session, "held", side, record.id, null, message);
}
