import type { EntityLink } from "../../core/parts.ts";
import { otherSide, SIDES, type Side } from "../../core/snapshot.ts";
import type { Pair } from "../../core/store.ts";
import { type LinkPlan, type LinkRules, planLinks } from "../decide/entity-links.ts";
import { endpointOf, type Session } from "../session.ts";
import { baseOf } from "../tree/siblings.ts";
import { type Couple, type Looked, lookAtLinks, type Ports } from "./entity-link-couples.ts";
import { agreedNow, nameOf, withAgreed, without, wordOf } from "./entity-link-memory.ts";
import { parkedEnds, tellParked, wakeParked } from "./entity-link-parked.ts";
import { recoverEntityLink } from "./entity-link-recover.ts";
import { undoEntityLink } from "./entity-link-undo.ts";
import type { PartWork, Removals } from "./parts.ts";
import { failPart, writePart } from "./write-part.ts";

const NONE: ReadonlySet<string> = new Set();

/** Links between records: carried where both ends are paired, parked until they are (S33, S34, T31). */
export const entityLinkWork: PartWork = {
  kind: "entity link",
  wake: wakeParked,
  sync: syncEntityLinks,
  recover: recoverEntityLink,
  undo: undoEntityLink,
};

interface Work {
  readonly couple: Couple;
  readonly plan: LinkPlan;
}

async function syncEntityLinks(
  session: Session,
  pairs: readonly Pair[],
  removals: Removals,
): Promise<ReadonlySet<string>> {
  const ports = await portsOf(session);
  const config = session.link.entityLinks;
  if (ports === null || config === undefined) return NONE;
  const looked = await lookAtLinks(session, ports, pairs);
  const rules: LinkRules = { config, isDirected: (side, link) => ports[side].isDirected(link) };
  const works = looked.couples.map((couple) => ({ couple, plan: planLinks(couple, rules) }));
  const sure = await withoutDoubtful(session, works);
  const waiting = removals.weighed ? NONE : countRemovals(sure, removals);
  const due = sure.filter(({ couple }) => !waiting.has(couple.holder.id));
  remember(session, pairs, due, looked);
  const failed = new Set<string>();
  for (const { couple, plan } of due) {
    session.signal.throwIfAborted();
    if (await act(session, ports, couple, plan)) continue;
    for (const { id } of couple.own) failed.add(id);
  }
  return failed;
}

/** Both trackers' links, where both servers have them; a full run says where one has not. */
const ASKED = new WeakMap<Session, Promise<Ports | null>>();

function portsOf(session: Session): Promise<Ports | null> {
  const known = ASKED.get(session) ?? askPorts(session);
  ASKED.set(session, known);
  return known;
}

async function askPorts(session: Session): Promise<Ports | null> {
  const { connectors, link, full, signal } = session;
  const [left, right] = [connectors.left.entityLinks, connectors.right.entityLinks];
  if (link.entityLinks === undefined || left === undefined || right === undefined) return null;
  const ports: Ports = { left, right };
  const missing = await Promise.all(SIDES.map((side) => ports[side].missing(baseOf(link, side), signal)));
  SIDES.forEach((side, i) => {
    const message = missing[i];
    if (message == null || !full) return;
    const endpoint = endpointOf(session, side);
    session.tally.say({
      level: "warning",
      endpoint,
      record: null,
      field: null,
      message: `entity links are ${message}`,
    });
  });
  return missing.every((message) => message === null) ? ports : null;
}

/** Counts what is to be removed. Holders of which there is anything: all of theirs comes again once the whole run is counted. */
function countRemovals(works: readonly Work[], removals: Removals): ReadonlySet<string> {
  const waiting = new Set<string>();
  for (const { couple, plan } of works) {
    for (const side of SIDES) {
      const count = plan.removals.filter((removal) => removal.side === side).length;
      if (count > 0) removals.wait(couple.holder, side, count);
      if (count > 0) waiting.add(couple.holder.id);
    }
  }
  return waiting;
}

/**
 * A link is missing where somebody took it away, but also where one of its records is deleted, moved or hidden: then the rule for deleted records
 * decides (S39 to S42), and nothing is taken from the other side.
 */
async function withoutDoubtful(session: Session, works: readonly Work[]): Promise<readonly Work[]> {
  const away = { left: new Set<string>(), right: new Set<string>() };
  for (const side of SIDES) {
    const asked = works
      .filter(({ plan }) => plan.removals.some((removal) => removal.side !== side))
      .flatMap(({ couple }) => [couple.ends[0][side], couple.ends[1][side]]);
    for (const [entity, ends] of Map.groupBy(asked, (end) => end.entity)) {
      const ids = [...new Set(ends.map(({ id }) => id))];
      for (const id of await awayAmong(session, side, entity, ids)) away[side].add(`${entity} ${id}`);
    }
  }
  return works.map(({ couple, plan }) => {
    const doubtful = plan.removals.filter(({ side }) =>
      couple.ends.some((end) => away[otherSide(side)].has(`${end[otherSide(side)].entity} ${end[otherSide(side)].id}`)),
    );
    if (doubtful.length === 0) return { couple, plan };
    tellKept(session, couple.holder, doubtful);
    const removals = plan.removals.filter((removal) => !doubtful.includes(removal));
    return { couple, plan: { ...plan, removals, kept: [...plan.kept, ...doubtful.map(({ agreed }) => agreed)] } };
  });
}

/** Records that are not to be seen. What one query for all shows is there; each of the others is asked for by itself. */
async function awayAmong(
  { connectors, signal }: Session,
  side: Side,
  entity: string,
  ids: readonly string[],
): Promise<readonly string[]> {
  const seen = await connectors[side].read(entity, ids, [], signal);
  const rest = ids.filter((id) => !seen.has(id));
  const where = rest.length === 0 ? null : await connectors[side].whereabouts(entity, rest, signal);
  return rest.filter((id) => where?.get(id) !== "present");
}

function tellKept(session: Session, holder: Pair, kept: LinkPlan["removals"]): void {
  for (const { side, link } of kept) {
    const endpoint = endpointOf(session, side);
    const why = `the entity link ${nameOf(link)} stays: a record at its end is not to be seen in ${endpointOf(session, otherSide(side))}`;
    session.emit({ event: "record.unchanged", context: session.context, endpoint, record: holder[side], why });
  }
}

/** Keeps what needs no write, in one transaction: links that both sides have, and ends that wait for a pair. */
function remember(session: Session, pairs: readonly Pair[], works: readonly Work[], looked: Looked): void {
  const holders = Map.groupBy(works, ({ couple }) => couple.holder.id);
  const changed: Pair[] = [];
  for (const id of new Set([...pairs.map((pair) => pair.id), ...holders.keys()])) {
    const pair = session.store.pair(id);
    if (pair === null) continue;
    const parts = pair.parts ?? {};
    const entityLinks = agreedNow(parts, holders.get(id) ?? [], looked.orphans);
    const waiting = pairs.some((one) => one.id === id) ? (looked.parked.get(id) ?? []) : null;
    if (waiting !== null) tellParked(session, pair, waiting);
    const parked = waiting === null ? (parts.parked ?? []) : parkedEnds(waiting);
    const next = { ...parts, entityLinks, parked };
    if (JSON.stringify([parts.entityLinks ?? [], parts.parked ?? []]) !== JSON.stringify([entityLinks, parked]))
      changed.push({ ...pair, parts: next });
  }
  if (changed.length > 0 && !session.dryRun) session.store.commit({ pairs: changed });
}

/** Writes what is left to write between two pairs. False where something failed. */
async function act(session: Session, ports: Ports, couple: Couple, plan: LinkPlan): Promise<boolean> {
  const outcomes: boolean[] = [];
  for (const removal of plan.removals) outcomes.push(await removeLink(session, ports, couple, removal));
  const answered = new Set<string>();
  // Sides where something stood between the two records, or was written since they were listed: there the port looks by itself.
  const stale = new Set(SIDES.filter((side) => couple.now[side].length > 0));
  for (const addition of plan.additions) {
    // What one side's link was answered with needs none made for it on the other.
    if (answered.has(`${otherSide(addition.side)} ${addition.source.id}`)) continue;
    const stored = await addLink(session, ports, couple, addition, !stale.has(addition.side));
    stale.add(addition.side);
    if (typeof stored === "object") answered.add(`${addition.side} ${stored.id}`);
    outcomes.push(stored !== "failed");
  }
  for (const { side, link, message } of plan.faults)
    failPart(session, couple.holder, side, { kind: "entity link", name: nameOf(link) }, message);
  return plan.faults.length === 0 && !outcomes.includes(false);
}

async function removeLink(
  session: Session,
  ports: Ports,
  { holder }: Couple,
  { side, link, agreed }: LinkPlan["removals"][number],
): Promise<boolean> {
  const result = await writePart(
    session,
    {
      ...{ pair: holder, side, part: { kind: "entity link", action: "remove", name: nameOf(link), data: { link } } },
      ...{ origin: originOf(session), before: wordOf(link), after: null },
    },
    () => ports[side].remove(link, session.signal),
    (_, parts) => ({ parts: { entityLinks: without(parts, agreed) } }),
  );
  return result.kind !== "failed";
}

async function addLink(
  session: Session,
  ports: Ports,
  { holder, now }: Couple,
  { side, source, draft }: LinkPlan["additions"][number],
  looked: boolean,
): Promise<EntityLink | "counted" | "failed"> {
  // After a kill none of these is taken for the one that was about to be made.
  const known = now[side].map(({ id }) => id);
  const result = await writePart(
    session,
    {
      ...{ pair: holder, side, origin: originOf(session), before: null, after: wordOf(draft) },
      part: { kind: "entity link", action: "add", name: nameOf(draft), data: { draft, source, known } },
    },
    () => ports[side].add(draft, session.signal, looked),
    (stored, parts) => ({
      parts: { entityLinks: withAgreed(parts, side, stored, source) },
      ...{ data: { link: stored }, after: wordOf(stored) },
    }),
  );
  return result.kind === "written" ? result.stored : result.kind;
}

function originOf(session: Session) {
  return session.link.entityLinks?.origin ?? session.link.origin;
}
