import type { FieldSchema } from "../../core/field.ts";
import type { Referred, TrackerRecord } from "../../core/record.ts";
import { type FieldMapping, otherSide, type Side } from "../../core/snapshot.ts";
import { readReferred, targetsOf } from "../../fields/referred.ts";
import { flows } from "../decide/desire.ts";
import type { Session } from "../session.ts";
import { isCovered, isTree, type Way } from "./references.ts";
import { covering, partnersOf } from "./siblings.ts";

/** A row by which records of `side` say where in a tree they lie, while links of the connection pair what it names. */
export interface TreeRow extends Way {
  readonly mapping: FieldMapping;
}

export function treeRows(session: Session, side: Side): readonly TreeRow[] {
  const toward = otherSide(side);
  return session.link.fields.flatMap((mapping): TreeRow[] => {
    const from = schemaOf(session, side, mapping[side]);
    const to = schemaOf(session, toward, mapping[toward]);
    if (from?.kind !== "reference" || to?.kind !== "reference" || !flows(mapping, toward)) return [];
    const way = { toward, from, to, mapping };
    return isTree(session.link, way) && isCovered(session.siblings, way) ? [way] : [];
  });
}

function schemaOf(session: Session, side: Side, field: string): FieldSchema | undefined {
  return session.schemas[side].schemas[field];
}

/**
 * Reads what these records lie in, as far up as it takes to come to one that has a partner (E65): one request a level for all of them, and none
 * for a record whose parent is paired. Kept for the rest of the run.
 */
export async function lookAbove(session: Session, side: Side, records: readonly TrackerRecord[]): Promise<void> {
  const tree = session.connectors[side].tree;
  if (tree === undefined) return;
  for (const row of treeRows(session, side)) {
    const named = records.flatMap(({ fields }) => [fields[row.from.name] ?? []].flat());
    let open = unknown(
      session,
      row,
      named.flatMap((item) => readReferred(item, row.from.target) ?? []),
    );
    while (open.length > 0) open = unknown(session, row, await readLevel(session, row, open));
  }
}

/** Of these, those that have no partner and were not read yet; each once. */
function unknown(session: Session, { toward, to }: TreeRow, referred: readonly Referred[]): readonly Referred[] {
  const side = otherSide(toward);
  const distinct = new Map(referred.map((one) => [`${one.entity}/${one.id}`, one]));
  const open = [...distinct.values()].filter((one) => session.references.above(side, one) === null);
  const partners = partnersOf(session.siblings, side, open, targetsOf(to.target));
  return open.filter(({ entity, id }) => !partners.has(`${entity}/${id}`));
}

/** Answers what they lie in. A record that is not there is known no better afterwards, and not asked for again by this walk. */
async function readLevel(session: Session, row: TreeRow, open: readonly Referred[]): Promise<readonly Referred[]> {
  const side = otherSide(row.toward);
  const { tree } = session.connectors[side];
  const next: Referred[] = [];
  for (const [entity, group] of Map.groupBy(open, (one) => one.entity)) {
    const ids = group.map((one) => one.id);
    const mapped = await mappedAmong(session, row, entity, ids);
    const found = (await tree?.above(entity, ids, session.signal)) ?? new Map<string, Referred | null>();
    for (const [id, above] of found) {
      session.references.setAbove(side, { entity, id }, { mapped: mapped.has(id), above });
      if (above !== null && !mapped.has(id)) next.push(above);
    }
  }
  return next;
}

/** Those that a link pairs or will pair: of a subtype that it names. */
async function mappedAmong(
  session: Session,
  { toward, to }: TreeRow,
  entity: string,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const side = otherSide(toward);
  const mapped = new Set<string>();
  for (const { link } of covering(session.siblings, side, entity, targetsOf(to.target))) {
    const records = await session.connectors[side].read(link[side].entity, ids, [], session.signal);
    for (const id of records.keys()) mapped.add(id);
  }
  return mapped;
}
