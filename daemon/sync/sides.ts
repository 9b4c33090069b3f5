import type { PartKind } from "../core/parts.ts";
import { DEFAULT_BRAKES, otherSide, SIDES, type Side } from "../core/snapshot.ts";
import type { Cursor, Pair } from "../core/store.ts";
import { type Amounts, BrakeStop, type Deed, type Load, tooMuch } from "./decide/brake.ts";
import { isSameProject, listFrom, nextCursor, type Seen, selectionIn } from "./decide/cursor.ts";
import { type Find, gather, type Harvest } from "./harvest.ts";
import { createPartners } from "./making/create.ts";
import { narrow } from "./narrow.ts";
import { tellOldPairs } from "./old-pairs.ts";
import { adopt, type Couple } from "./pairing/adopt.ts";
import { syncDemanded } from "./pairing/demanded.ts";
import { sortNew } from "./pairing/newcomers.ts";
import { PART_WORKS } from "./parts/kinds.ts";
import { syncParts } from "./parts/parts.ts";
import { readAll } from "./read-all.ts";
import { syncFinds, syncMet, syncRecords, syncRetries } from "./records.ts";
import { recover } from "./recover.ts";
import type { RunInput } from "./run.ts";
import { endpointOf, type Session } from "./session.ts";
import { confirmGone, unlisted } from "./tree/confirm-gone.ts";
import { belowPartners, subtrees } from "./tree/fallen.ts";
import { syncGone } from "./tree/gone.ts";
import { parentsFirst } from "./tree/parents-first.ts";
import { tellWaits } from "./tree/waiting.ts";
import { RunTrouble } from "./trouble.ts";
import { inBatches } from "./writing/write.ts";

const CHUNK = 200;

/** The body of a run: what was left open, what failed before, then each side's changes, and last what was found to be gone. */
export async function runSides(session: Session, input: RunInput): Promise<void> {
  try {
    await syncAll(session, input);
  } finally {
    tellWaits(session);
    tellOldPairs(session);
  }
}

async function syncAll(session: Session, input: RunInput): Promise<void> {
  refuseStopped(session, input);
  // A load that was cut short has pairs already, but no cursor: cursors are the last thing that a whole run leaves.
  const initial = SIDES.every((side) => session.store.cursor(side) === null);
  for (const side of SIDES) refuseOtherProject(session, input, side);
  await recover(session, (ms) => input.wait(ms, input.signal));
  await syncRetries(session);
  const cursors: Partial<Record<Side, Cursor>> = {};
  for (const side of SIDES) {
    const whole = input.queries === undefined;
    const cursor = initial && whole ? await streamSide(session, input, side) : await brakedSide(session, input, side);
    // Of a run by a query the cursor stays where it is: what it passed over is still to come.
    if (cursor !== null && whole) cursors[side] = cursor;
  }
  for (const side of SIDES) await settleMissing(session, input, side);
  await syncTree(session, input, initial);
  // A run by a query looks at what its records' movement tells, and at nothing else.
  const every = session.full && input.queries === undefined;
  await syncParts(session, PART_WORKS, (...removals) => weighRemovals(session, input, ...removals), every);
  if (!session.dryRun) session.store.commit({ cursors, ...(session.store.stop() === null ? {} : { stop: null }) });
}

/** What waited for a record that this run has paired, and records that others wait for: level by level, until nothing more comes of it. */
async function syncTree(session: Session, input: RunInput, initial: boolean): Promise<void> {
  const asked = new Set<string>();
  const weighOne = (side: Side, create: number) => {
    if (!initial) weigh(session, input, side, { create, update: 0, delete: 0, shown: "" });
  };
  do await syncMet(session);
  while (await syncDemanded(session, asked, weighOne));
}

/** A stopped link does nothing until somebody has looked: a dry run may look. */
function refuseStopped(session: Session, input: RunInput): void {
  const stop = session.store.stop();
  if (stop === null || stop.allowed !== null || input.dryRun) return;
  const since = new Date(stop.since).toISOString();
  const go = `look with \`syncline sync ${session.link.key} --full --dry-run\`, then \`syncline resume ${session.link.key} --allow ${stop.brake}\``;
  throw new RunTrouble(endpointOf(session, stop.side), null, `stopped since ${since}: ${stop.reason}; ${go}`);
}

/** Pairs belong to the project they were made in: records of another one with the same ids are other records. */
function refuseOtherProject(session: Session, input: RunInput, side: Side): void {
  const cursor = session.store.cursor(side);
  if (cursor === null || isSameProject(cursor.selection, selectionIn(input.connection, session.link, side))) return;
  if (session.store.pairCount() === 0 || session.store.stop()?.allowed != null) return;
  const message = `the address, project or entity type of ${endpointOf(session, side)} changed since its ${session.store.pairCount()} pairs were made: if it is the same project, let it go on`;
  brake(session, new BrakeStop("endpoint", side, message, { create: 0, update: 0, delete: 0 }));
}

/** Stops the run; a dry run shows what would be done, and that it would be stopped. */
function brake(session: Session, stop: BrakeStop): void {
  if (!session.dryRun) throw stop;
  const { side, message, brake: name } = stop;
  const told = `the ${name} brake would stop this run: ${message}`;
  session.tally.say({
    level: "warning",
    endpoint: endpointOf(session, side),
    record: null,
    field: null,
    message: told,
  });
}

/** The first run: there is nothing to protect yet, so that pages are written as they come. */
async function streamSide(session: Session, input: RunInput, side: Side): Promise<Cursor | null> {
  let asOf: string | null = null;
  let latest: string | null = null;
  let done = 0;
  for await (const page of listing(session, input, side)) {
    asOf ??= page.asOf;
    for (const { modified } of page.records)
      if (modified !== null && (latest === null || modified > latest)) latest = modified;
    session.tally.add(side, "read", page.records.length);
    for (const chunk of inBatches(page.records, CHUNK)) {
      await syncRecords(session, side, chunk);
      done += chunk.length;
      tellProgress(session, input, side, done, page.total);
    }
  }
  return cursorAfter(session, input, side, { asOf, latest });
}

/** Every other run: first all that wants work is told apart and weighed, then it is done. */
async function brakedSide(session: Session, input: RunInput, side: Side): Promise<Cursor | null> {
  const listed = await gather(session, side, listing(session, input, side), (done, total) =>
    tellProgress(session, input, side, done, total),
  );
  refuseEmpty(session, side, listed);
  const harvest = input.queries === undefined ? listed : await narrow(session, side, listed, input.queries);
  const newcomers = await sortAll(session, side, harvest.fresh);
  const gone =
    harvest.seen === null ? [] : await confirmGone(session, side, [...unlisted(session, side, harvest.seen)]);
  weigh(session, input, side, {
    create: newcomers.wanted.length,
    // A backfill looks at every pair, which is what the person asked for who has seen its dry run.
    update: session.backfill ? 0 : harvest.changed.length + newcomers.couples.length,
    ...(await loss(session, side, gone)),
  });
  await syncFinds(session, side, harvest.changed);
  for (const chunk of inBatches(newcomers.couples, CHUNK)) await adopt(session, side, chunk);
  for (const chunk of inBatches(parentsFirst(session, side, newcomers.wanted).flat(), CHUNK))
    await createFrom(session, side, chunk);
  for (const pair of gone) session.missing[side].delete(pair.id);
  await syncGone(session, side, gone);
  return cursorAfter(session, input, side, harvest);
}

async function sortAll(
  session: Session,
  side: Side,
  fresh: readonly Find[],
): Promise<{ couples: readonly Couple[]; wanted: readonly Find[] }> {
  const couples: Couple[] = [];
  const wanted: Find[] = [];
  for (const chunk of inBatches(fresh, CHUNK)) {
    const missing = chunk.filter((f) => f.record === null).map((f) => f.id);
    const read = missing.length === 0 ? [] : [...(await readAll(session, side, missing)).values()];
    const sorted = await sortNew(session, side, [...chunk.flatMap((f) => f.record ?? []), ...read]);
    couples.push(...sorted.couples);
    wanted.push(
      ...sorted.wanted.map((record) => ({ id: record.id, record: missing.includes(record.id) ? null : record })),
    );
  }
  return { couples, wanted };
}

async function createFrom(session: Session, side: Side, finds: readonly Find[]): Promise<void> {
  const missing = finds.filter((f) => f.record === null).map((f) => f.id);
  const read = missing.length === 0 ? [] : [...(await readAll(session, side, missing)).values()];
  await createPartners(session, side, [...finds.flatMap((f) => f.record ?? []), ...read]);
}

/** Records that turned out not to be there when their partners were worked on. */
async function settleMissing(session: Session, input: RunInput, side: Side): Promise<void> {
  const pairs: Pair[] = [...session.missing[side].values()].filter(
    (pair) => pair.gone === undefined && !session.laidToRest.has(pair.id),
  );
  if (pairs.length === 0) return;
  const gone = await confirmGone(session, side, pairs);
  weigh(session, input, side, {
    create: 0,
    update: 0,
    ...(await loss(session, side, gone)),
  });
  await syncGone(session, side, gone);
}

/** A tracker that had records and lists none is a wrong key or a broken filter until somebody says otherwise (T16, R11). */
function refuseEmpty(session: Session, side: Side, harvest: Harvest): void {
  if (harvest.seen === null || harvest.read > 0 || session.store.stop()?.allowed != null) return;
  const pairs = session.store.pairCount();
  if (pairs === 0) return;
  const message = `${endpointOf(session, side)} lists no record at all, but ${pairs} are paired: is the account's right or the project gone?`;
  brake(session, new BrakeStop("empty", side, message, { create: 0, update: 0, delete: pairs }));
}

/** What goes because records of `side` were deleted, with all that lies below it (T17). */
async function loss(
  session: Session,
  side: Side,
  gone: readonly Pair[],
): Promise<{ readonly delete: number; readonly shown: string }> {
  if (session.link[side].deleted === "nothing") return { delete: 0, shown: "" };
  const { more, shown } = subtrees(session, side, gone, await belowPartners(session, side, gone));
  return { delete: gone.length + more, shown };
}

function loadOf(session: Session, input: RunInput): Load {
  return {
    // Counting takes as long as there are pairs: only a run that is large enough for a share to matter pays for it.
    get pairs() {
      return session.store.pairCount();
    },
    usual: input.usual,
  };
}

/** Attachments and the like that would be removed on a side: an account that sees them no longer must not take the other side's with it (T7). */
function weighRemovals(session: Session, input: RunInput, side: Side, kind: PartKind, count: number): void {
  const allowed = session.store.stop()?.allowed ?? null;
  const brakes = session.link.brakes ?? DEFAULT_BRAKES;
  const why = tooMuch("delete", count, loadOf(session, input), brakes, allowed, `${kind}s`);
  const would = { create: 0, update: 0, delete: count };
  if (why === null) return;
  brake(
    session,
    new BrakeStop("delete", otherSide(side), `in ${endpointOf(session, side)} there would be ${why}`, would),
  );
}

function weigh(session: Session, input: RunInput, side: Side, planned: Amounts & { readonly shown: string }): void {
  const { shown, ...would } = planned;
  const load = loadOf(session, input);
  const allowed = session.store.stop()?.allowed ?? null;
  for (const deed of ["delete", "create", "update"] as const satisfies readonly Deed[]) {
    const why = tooMuch(deed, would[deed], load, session.link.brakes ?? DEFAULT_BRAKES, allowed);
    const message = `changes in ${endpointOf(session, side)} would make ${why ?? ""}${deed === "delete" ? shown : ""}`;
    if (why !== null) brake(session, new BrakeStop(deed, side, message, would));
  }
}

function listing(session: Session, input: RunInput, side: Side) {
  const { link, connectors, store, signal, fields } = session;
  const since = input.full ? null : listFrom(store.cursor(side), selectionIn(input.connection, link, side));
  return connectors[side].changes({ entity: link[side].entity, fields: fields[side], since }, signal);
}

function cursorAfter(session: Session, input: RunInput, side: Side, seen: Omit<Seen, "ownStamp">): Cursor | null {
  const selection = selectionIn(input.connection, session.link, side);
  return nextCursor(
    session.store.cursor(side),
    { asOf: seen.asOf, latest: seen.latest, ownStamp: session.ownStamps[side] },
    selection,
  );
}

function tellProgress(session: Session, input: RunInput, side: Side, done: number, total: number | null): void {
  input.emit({ event: "run.progress", context: session.context, endpoint: endpointOf(session, side), done, total });
}
