import type { TrackerRecord } from "../../core/record.ts";
import type { Side } from "../../core/snapshot.ts";
import { readReferred, targetsOf } from "../../fields/referred.ts";
import { inWaves } from "../decide/waves.ts";
import type { Session } from "../session.ts";
import { treeRows } from "./ancestors.ts";
import { baseOf, covering } from "./siblings.ts";

/** Records of `side` that are to get partners, those first that others of them lie in (E68): each wave can be made once the one before it is. */
export function parentsFirst<T extends { readonly id: string; readonly record: TrackerRecord | null }>(
  session: Session,
  side: Side,
  items: readonly T[],
): readonly (readonly T[])[] {
  const { link } = session;
  const own = baseOf(link, side);
  // Only rows that may name a record of this very link.
  const rows = treeRows(session, side).filter(
    ({ from, to }) =>
      targetsOf(from.target).includes(own) &&
      covering(session.siblings, side, own, targetsOf(to.target)).some((sibling) => sibling.link.key === link.key),
  );
  if (rows.length === 0 || items.length === 0) return items.length === 0 ? [] : [items];
  const waiting = items.map((item) => ({
    item,
    id: item.id,
    after: rows.flatMap(({ from }) =>
      [item.record?.fields[from.name] ?? []].flat().flatMap((value) => {
        const referred = readReferred(value, from.target);
        return referred?.entity === own ? [referred.id] : [];
      }),
    ),
  }));
  return inWaves(waiting).map((wave) => wave.map(({ item }) => item));
}

/** The same for records in hand. */
export function waveOf(session: Session, side: Side, records: readonly TrackerRecord[]) {
  const waves = parentsFirst(
    session,
    side,
    records.map((record) => ({ id: record.id, record })),
  );
  return waves.map((wave) => wave.map(({ record }) => record));
}
