import type { Fields, Referred, TrackerRecord } from "../../core/record.ts";
import { otherSide, type Side } from "../../core/snapshot.ts";
import type { Pair } from "../../core/store.ts";
import { readReferred, targetsOf, writeReferred } from "../../fields/referred.ts";
import { keyOf, type Lower } from "../decide/cascade.ts";
import { hasChanged } from "../decide/detect.ts";
import { fieldsToRead, type SideFrame, schemasOf, watchedFields } from "../decide/frame.ts";
import { endpointOf, type Session } from "../session.ts";
import { inBatches } from "../writing/write.ts";
import { isTree } from "./references.ts";
import { baseOf, isWhole, type Sibling } from "./siblings.ts";

const PAGE = 1_000;
const CHUNK = 200;

/** A record below, and the pair that a link has of it; null where none has. */
interface Found extends Referred {
  readonly name: string;
  readonly parent: Referred;
  readonly paired: { readonly sibling: Sibling; readonly pair: Pair } | null;
  /** The tracker says so; else a link last agreed on it. */
  readonly told: boolean;
}

/**
 * What lies below records of `target` whose partners were deleted: what the tracker would delete along with them, paired or not, and what links of
 * the connection have put below them. With what keeps each of it, if anything does.
 */
export async function readBelow(session: Session, target: Side, ids: readonly string[]): Promise<readonly Lower[]> {
  const roots = ids.map((id): Referred => ({ entity: baseOf(session.link, target), id }));
  const found = new Map<string, Found>();
  for (const one of await toldBelow(session, target, roots)) found.set(keyOf(one), one);
  const children = await pairedChildren(session, target);
  const open = [...roots, ...found.values()];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const child of children.get(keyOf(at)) ?? []) {
      if (found.has(keyOf(child))) continue;
      found.set(keyOf(child), child);
      open.push(child);
    }
  }
  return judge(session, target, [...found.values()]);
}

/** What goes with the records when the tracker deletes them. */
async function toldBelow(session: Session, target: Side, roots: readonly Referred[]): Promise<readonly Found[]> {
  const { tree } = session.connectors[target];
  const entity = baseOf(session.link, target);
  if (tree === undefined) return [];
  const found: Found[] = [];
  for (const chunk of inBatches(roots, CHUNK)) {
    const ids = chunk.map(({ id }) => id);
    for (const below of (await tree.below(entity, ids, session.signal)).values())
      for (const { id, name, parent } of below) {
        const paired = pairOf(session, target, { entity, id });
        found.push({ entity, id, name, parent: { entity, id: parent }, paired, told: true });
      }
  }
  return found;
}

function pairOf(session: Session, target: Side, { entity, id }: Referred): Found["paired"] {
  for (const sibling of session.siblings) {
    if (baseOf(sibling.link, target) !== entity) continue;
    const pair = sibling.store.pairs(target, [id]).get(id);
    if (pair !== undefined) return { sibling, pair };
  }
  return null;
}

/** By parent, the records that links have agreed to lie in it. Walks the stores: only deletions ask for it. */
async function pairedChildren(session: Session, target: Side): Promise<ReadonlyMap<string, readonly Found[]>> {
  const children = new Map<string, Found[]>();
  for (const sibling of session.siblings) {
    const rows = await treeFields(session, sibling, target);
    if (rows.length === 0) continue;
    const entity = baseOf(sibling.link, target);
    for (const pair of allPairs(sibling, target)) {
      if (!isWhole(pair)) continue;
      for (const { name: field, target: of } of rows) {
        const value = pair.base[target][field];
        const parent = typeof value === "string" ? readReferred(value, of) : null;
        if (parent === null) continue;
        const list = children.get(keyOf(parent)) ?? [];
        const name = nameIn(pair.base[target]);
        list.push({ entity, id: pair[target], name, parent, paired: { sibling, pair }, told: false });
        children.set(keyOf(parent), list);
      }
    }
  }
  return children;
}

function nameIn({ name, subject }: Fields): string {
  return typeof name === "string" ? name : typeof subject === "string" ? subject : "";
}

function* allPairs({ store }: Sibling, side: Side): Iterable<Pair> {
  let after: string | null = null;
  for (;;) {
    const page = store.pairPage(side, after, PAGE);
    yield* page;
    after = page.at(-1)?.[side] ?? null;
    if (page.length < PAGE || after === null) return;
  }
}

/** Fields of a link's records on `target` that say where in a tree they lie, or what they cannot be without: a cycle its release. */
async function treeFields(session: Session, { link }: Sibling, target: Side) {
  const own = (await session.schemaOf(target, link[target].entity)).fields;
  const others = (await session.schemaOf(otherSide(target), link[otherSide(target)].entity)).fields;
  return link.fields.flatMap((mapping) => {
    const [to, from] = [own[mapping[target]], others[mapping[otherSide(target)]]];
    if (to?.kind !== "reference" || from?.kind !== "reference") return [];
    return to.required || isTree(link, { toward: target, from, to }) ? [to] : [];
  });
}

async function judge(session: Session, target: Side, found: readonly Found[]): Promise<readonly Lower[]> {
  const lower: Lower[] = found.filter(({ paired }) => paired === null).map((one) => lowerOf(one, "no link knows it"));
  const paired = found.filter(({ paired }) => paired !== null);
  for (const [, group] of Map.groupBy(paired, (one) => one.paired?.sibling.link.key))
    for (const chunk of inBatches(group, CHUNK)) lower.push(...(await judgePaired(session, target, chunk)));
  return lower;
}

async function judgePaired(session: Session, target: Side, group: readonly Found[]): Promise<readonly Lower[]> {
  const sibling = group[0]?.paired?.sibling;
  if (sibling === undefined) return [];
  const { link } = sibling;
  const side = otherSide(target);
  const frame = await frameOf(session, sibling, target);
  const { connectors, signal } = session;
  const ids = group.map(({ id }) => id);
  const records = await connectors[target].read(link[target].entity, ids, fieldsToRead(link, target), signal);
  const partners = group.flatMap(({ paired }) => paired?.pair[side] ?? []);
  const where = await connectors[side].whereabouts(link[side].entity, partners, signal);
  return group.flatMap((one): Lower[] => {
    const record = records.get(one.id);
    if (one.paired === null || record === undefined) return [];
    if (!one.told && hasLeft(record, one.parent, frame)) return [];
    const { pair } = one.paired;
    const isGone = where.get(pair[side]) === "gone";
    return [
      lowerOf(
        { ...one, name: nameIn(record.fields) || one.name },
        whyStays(session, side, sibling, pair, isGone, record, frame),
      ),
    ];
  });
}

function lowerOf({ entity, id, name, parent }: Found, stays: string | null): Lower {
  return { entity, id, name, parent, stays };
}

async function frameOf(session: Session, { link }: Sibling, side: Side): Promise<SideFrame> {
  const { endpoint, entity } = link[side];
  const { schemas } = schemasOf(link, side, await session.schemaOf(side, entity));
  const world = { endpoint, people: null, directories: new Map() };
  return { side, endpoint, config: link[side], schemas, watched: watchedFields(link, side), world };
}

/** It names another parent by now: whatever its link has last agreed on, it is not deleted with this one. */
function hasLeft(record: TrackerRecord, parent: Referred, { schemas }: SideFrame): boolean {
  const named = Object.entries(record.fields).filter(
    ([field]) => schemas[field]?.kind === "reference" && targetsOf(schemas[field]?.target).includes(parent.entity),
  );
  return named.length > 0 && named.every(([field, value]) => value !== writeReferred(parent, schemas[field]?.target));
}

function whyStays(
  session: Session,
  side: Side,
  { link }: Sibling,
  pair: Pair,
  isGone: boolean,
  record: TrackerRecord,
  frame: SideFrame,
): string | null {
  const partner = `${endpointOf(session, side)}:${pair[side]}`;
  const { deleted } = link[side];
  if (pair.unlinked === true) return "it is unlinked";
  if (pair.frozen === true) return "it is outside of its link's filter and left alone";
  if (!isGone) return `its partner ${partner} is still there`;
  if (deleted === "recreate") return `${link.key} makes its partner ${partner} anew`;
  if (deleted === "nothing" || pair.gone !== undefined) return `${link.key} leaves it although its partner was deleted`;
  return hasChanged(record, pair, frame) ? "somebody edited it since both sides last agreed" : null;
}
