import type { TrackerRecord } from "../../core/record.ts";
import type { Side } from "../../core/snapshot.ts";
import type { Pair } from "../../core/store.ts";
import { readReferred, targetsOf, writeReferred } from "../../fields/referred.ts";
import { lastDesire } from "../decide/view.ts";
import type { Session } from "../session.ts";
import { lookAbove, type TreeRow, treeRows } from "./ancestors.ts";
import { partnersOf } from "./siblings.ts";

/**
 * Notes pairs whose record of `side` lies elsewhere by now although nobody touched it: a folder above it, which has no partner, was moved, or its
 * parent has another partner (E65, E66). Only full runs look.
 */
export async function noteMovedAbove(
  session: Session,
  side: Side,
  records: readonly TrackerRecord[],
  pairs: ReadonlyMap<string, Pair>,
): Promise<void> {
  if (!session.full) return;
  const known = records.flatMap((record) => {
    const pair = pairs.get(record.id);
    return pair === undefined ? [] : [{ record, pair }];
  });
  for (const row of treeRows(session, side)) {
    const direct = directPartners(session, side, row, known);
    const rest = known.filter(({ record }) => !direct.has(record.id) && named(record, row) !== null);
    await lookAbove(
      session,
      side,
      rest.map(({ record }) => record),
    );
    for (const { record, pair } of known) {
      // A row that the pair does not know yet is no move.
      if (!Object.hasOwn(pair.base[row.toward], row.to.name)) continue;
      const now = direct.get(record.id) ?? indirect(session, row, record);
      if (now !== undefined && now !== lastDesire(pair.base, row.toward, row.to.name)) session.moved.add(pair.id);
    }
  }
}

function named(record: TrackerRecord, { from }: TreeRow) {
  const value = record.fields[from.name];
  return typeof value === "string" ? readReferred(value, from.target) : null;
}

type Known = readonly { readonly record: TrackerRecord }[];

/** What the reference becomes where the record that it names has a partner itself. */
function directPartners(session: Session, side: Side, row: TreeRow, known: Known): ReadonlyMap<string, string> {
  const referred = known.flatMap(({ record }) => named(record, row) ?? []);
  const partners = partnersOf(session.siblings, side, referred, targetsOf(row.to.target));
  const direct = new Map<string, string>();
  for (const { record } of known) {
    const one = named(record, row);
    const partner = one === null ? undefined : partners.get(`${one.entity}/${one.id}`);
    if (partner !== undefined) direct.set(record.id, writeReferred(partner, row.to.target));
  }
  return direct;
}

/** Undefined: nothing can be said of it. */
function indirect(session: Session, row: TreeRow, record: TrackerRecord): string | null | undefined {
  const one = named(record, row);
  if (one === null) return undefined;
  const crossing = session.references.crossings(row).crossing(one);
  if (crossing.kind === "top") return null;
  return crossing.kind === "paired" ? writeReferred(crossing.partner, row.to.target) : undefined;
}
