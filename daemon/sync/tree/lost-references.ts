import type { FieldSchema } from "../../core/field.ts";
import type { Referred, TrackerRecord, Value } from "../../core/record.ts";
import { type FieldMapping, otherSide, SIDES, type Side } from "../../core/snapshot.ts";
import type { Pair } from "../../core/store.ts";
import { readReferred, targetsOf } from "../../fields/referred.ts";
import type { Both } from "../carry-over.ts";
import type { Lost } from "../decide/view.ts";
import type { Session } from "../session.ts";
import { treeRows } from "./ancestors.ts";
import { covering, partnerOf, partnersOf } from "./siblings.ts";

/** By pair id, the fields of each side that lost what they named. */
export type LostReferences = ReadonlyMap<string, Readonly<Record<Side, ReadonlyMap<string, Lost>>>>;

interface Suspect {
  readonly pair: string;
  readonly side: Side;
  readonly field: string;
  readonly named: Referred;
  readonly others: readonly string[];
}

/**
 * References that a tracker emptied, or set back to what lies above, because it deleted the record that they named: what a person would have done
 * to move a record looks the same. Each such record is asked for by its id; none is where nothing was emptied. Under `deleted = "delete"` it counts
 * as an edit, since the other side's record is to go as well.
 */
export async function lostReferences(
  session: Session,
  pairs: readonly (Both & { readonly pair: Pair })[],
): Promise<LostReferences> {
  const suspects = pairs.flatMap((both) => suspectsOf(session, both));
  const lost = new Map<string, Record<Side, Map<string, Lost>>>();
  for (const suspect of await deletedAmong(session, suspects)) {
    const what = outcomeOf(session, suspect);
    if (what === null) continue;
    const fields = lost.get(suspect.pair) ?? { left: new Map(), right: new Map() };
    fields[suspect.side].set(suspect.field, what);
    lost.set(suspect.pair, fields);
  }
  return lost;
}

function suspectsOf(session: Session, { pair, ...records }: Both & { readonly pair: Pair }): readonly Suspect[] {
  return session.link.fields.flatMap((mapping) =>
    SIDES.flatMap((side): Suspect[] => {
      const [own, other] = [schemaOf(session, mapping, side), schemaOf(session, mapping, otherSide(side))];
      const [before, now] = [pair.base[side][mapping[side]] ?? null, records[side].fields[mapping[side]]];
      if (own?.kind !== "reference" || other?.kind !== "reference" || typeof before !== "string") return [];
      const named = readReferred(before, own.target);
      if (named === null || now === undefined || !fellBack(before, now, own)) return [];
      const others = targetsOf(other.target);
      if (covering(session.siblings, side, named.entity, others).length === 0) return [];
      return [{ pair: pair.id, side, field: mapping[side], named, others }];
    }),
  );
}

function schemaOf(session: Session, mapping: FieldMapping, side: Side): FieldSchema | undefined {
  return session.schemas[side].schemas[mapping[side]];
}

/** Empty now, or naming something of an entity type farther up: an item whose feature is gone lies in the theme alone. */
function fellBack(before: string, now: Value, { target }: FieldSchema): boolean {
  if (now === null) return true;
  const place = (text: string) => targetsOf(target).indexOf(readReferred(text, target)?.entity ?? "");
  return typeof now === "string" && now !== before && place(now) > place(before);
}

async function deletedAmong(session: Session, suspects: readonly Suspect[]): Promise<readonly Suspect[]> {
  const deleted: Suspect[] = [];
  for (const [key, group] of Map.groupBy(suspects, ({ side, named }) => `${side} ${named.entity}`)) {
    const [first] = group;
    if (first === undefined) throw new Error(`no record of ${key}`);
    const ids = [...new Set(group.map(({ named }) => named.id))];
    const where = await session.connectors[first.side].whereabouts(first.named.entity, ids, session.signal);
    for (const suspect of group) {
      if (where.get(suspect.named.id) !== "gone") continue;
      session.references.setDead(suspect.side, suspect.named);
      deleted.push(suspect);
    }
  }
  return deleted;
}

/** What the link that paired the deleted record does about it. */
function outcomeOf(session: Session, { side, named, others }: Suspect): Lost | null {
  const found = partnerOf(session.siblings, side, named, others);
  const link = (found.kind === "paired" ? found.sibling : covering(session.siblings, side, named.entity, others)[0])
    ?.link;
  const rule = link?.[side].deleted ?? "nothing";
  if (rule === "delete") return null;
  return rule === "recreate" ? "again" : "left";
}

/** Before records of `side` are made anew: of what they lay in, whatever was deleted as well has no partner to be named until it is made anew. */
export async function noteDeadParents(session: Session, side: Side, partners: readonly TrackerRecord[]): Promise<void> {
  for (const { from, to } of treeRows(session, otherSide(side))) {
    const named = partners.flatMap(({ fields }) =>
      [fields[from.name] ?? []].flat().flatMap((value) => readReferred(value, from.target) ?? []),
    );
    const found = partnersOf(session.siblings, otherSide(side), named, targetsOf(to.target));
    for (const [entity, group] of Map.groupBy(found.values(), (one) => one.entity)) {
      const ids = [...new Set(group.map(({ id }) => id))];
      const where = await session.connectors[side].whereabouts(entity, ids, session.signal);
      for (const id of ids) if (where.get(id) === "gone") session.references.setDead(side, { entity, id });
    }
  }
}
