import type { Draft, Patch, WriteOutcome } from "../../core/connector.ts";
import { ConnectorError } from "../../core/errors.ts";
import type { Value } from "../../core/record.ts";
import type { Side } from "../../core/snapshot.ts";
import type { FieldWrite } from "../decide/merge.ts";
import { stopsRun } from "../failure.ts";
import { lookAgain } from "../look/look-again.ts";
import { endpointOf, type Session } from "../session.ts";
import { tryOtherwise } from "./otherwise.ts";
import { salvageCreation, salvageUpdate } from "./salvage.ts";
import { finishWalk, planWalk, withAllowed } from "./walk.ts";

/**
 * Sends updates in batches the tracker bears, fields with a declared workflow step by step. Outcomes in the order of the patches; trouble that would
 * meet every record is thrown.
 */
export async function updateAll(
  session: Session,
  side: Side,
  patches: readonly Patch[],
  writes: readonly (readonly FieldWrite[])[],
): Promise<readonly WriteOutcome[]> {
  const walks = patches.map((patch, i) => planWalk(session, side, patch, writes[i] ?? []));
  const due = walks.flatMap(({ first }, i) => (Object.keys(first.fields).length > 0 ? [i] : []));
  const sent = await sendAll(
    session,
    side,
    due.map((i) => walks[i]?.first ?? missing()),
    due.map((i) => writes[i] ?? []),
  );
  const bySource = new Map(due.map((i, at) => [i, sent[at]]));
  const step = async (patch: Patch) => (await sendAll(session, side, [patch], []))[0] ?? missing();
  const outcomes: WriteOutcome[] = [];
  for (const [i, walk] of walks.entries()) {
    const outcome = bySource.get(i) ?? null;
    const walked =
      walk.on.length + walk.stuck.length === 0 && outcome !== null
        ? outcome
        : await finishWalk(session, side, walk, outcome, step);
    outcomes.push(await withAllowed(session, side, walk.first, walked));
  }
  return outcomes;
}

async function sendAll(
  session: Session,
  side: Side,
  patches: readonly Patch[],
  writes: readonly (readonly FieldWrite[])[],
): Promise<readonly WriteOutcome[]> {
  const { connectors, link, signal } = session;
  const outcomes: WriteOutcome[] = [];
  for (const batch of inBatches(patches, connectors[side].capabilities.batch.update)) {
    outcomes.push(...(await attempt(batch.length, () => connectors[side].update(link[side].entity, batch, signal))));
  }
  const send = (patch: Patch) => one(() => connectors[side].update(link[side].entity, [patch], signal));
  const whole = await each(outcomes, (outcome, i) => salvageUpdate(patches[i] ?? missing(), outcome, send));
  const salvaged: WriteOutcome[] = [];
  for (const [i, outcome] of whole.entries())
    salvaged.push(await tryOtherwise(session, side, patches[i] ?? missing(), writes[i] ?? [], outcome, send));
  const settled = await lookAgain(session, side, patches, salvaged);
  note(session, side, settled);
  return settled;
}

export async function createAll(
  session: Session,
  side: Side,
  drafts: readonly Draft[],
): Promise<readonly WriteOutcome[]> {
  const { connectors, link, signal } = session;
  const outcomes: WriteOutcome[] = [];
  for (const batch of inBatches(drafts, connectors[side].capabilities.batch.create)) {
    outcomes.push(...(await attempt(batch.length, () => connectors[side].create(link[side].entity, batch, signal))));
  }
  const { config, schemas } = session.schemas[side];
  const keep = [...Object.keys(config.constants), ...(config.marker === null ? [] : [config.marker])];
  const send = (draft: Draft) => one(() => connectors[side].create(link[side].entity, [draft], signal));
  const settled = await each(outcomes, (outcome, i) =>
    salvageCreation(drafts[i] ?? missing(), outcome, schemas, keep, send),
  );
  note(session, side, settled);
  return settled;
}

export async function removeAll(
  session: Session,
  side: Side,
  ids: readonly string[],
): Promise<readonly WriteOutcome[]> {
  const { connectors, link, signal } = session;
  const outcomes: WriteOutcome[] = [];
  for (const batch of inBatches(ids, connectors[side].capabilities.batch.remove)) {
    outcomes.push(...(await attempt(batch.length, () => connectors[side].remove(link[side].entity, batch, signal))));
  }
  return outcomes;
}

async function each(
  outcomes: readonly WriteOutcome[],
  salvage: (refused: Extract<WriteOutcome, { ok: false }>, i: number) => Promise<WriteOutcome>,
): Promise<readonly WriteOutcome[]> {
  const settled: WriteOutcome[] = [];
  for (const [i, outcome] of outcomes.entries()) settled.push(outcome.ok ? outcome : await salvage(outcome, i));
  return settled;
}

async function one(send: () => Promise<readonly WriteOutcome[]>): Promise<WriteOutcome> {
  const [outcome] = await attempt(1, send);
  return outcome ?? missing();
}

function missing(): never {
  throw new Error("a connector answered fewer outcomes than it was given records");
}

/** A batch call that fails as a whole gives every record of it the same outcome, so that none is forgotten. */
async function attempt(count: number, send: () => Promise<readonly WriteOutcome[]>): Promise<readonly WriteOutcome[]> {
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return Array.from({ length: count }, () => ({ ok: false, error }));
  }
}

function note(session: Session, side: Side, outcomes: readonly WriteOutcome[]): void {
  for (const outcome of outcomes) {
    if (!outcome.ok) continue;
    const stamp = outcome.record.modified;
    const earliest = session.ownStamps[side];
    if (stamp !== null && (earliest === null || stamp < earliest)) session.ownStamps[side] = stamp;
  }
}

/** Throws the trouble that stops a run, after the caller has recorded what was stored. */
export function throwIfStopped(outcomes: readonly WriteOutcome[]): void {
  for (const outcome of outcomes) if (!outcome.ok && stopsRun(outcome.error)) throw outcome.error;
}

export function patchOf(id: string, writes: readonly FieldWrite[]): Patch {
  const fields: Record<string, Value> = {};
  for (const write of writes) fields[write.field] = write.value;
  return { id, fields };
}

export function* inBatches<T>(items: readonly T[], size: number): Iterable<readonly T[]> {
  for (let i = 0; i < items.length; i += Math.max(1, size)) yield items.slice(i, i + Math.max(1, size));
}

/** One log line for one written record, naming fields and never their content. */
export function tellWritten(
  session: Session,
  side: Side,
  record: string,
  action: "create" | "update" | "delete" | "pair",
  source: string,
  fields: readonly string[],
): void {
  session.emit({
    event: "record.written",
    context: session.context,
    endpoint: endpointOf(session, side),
    record,
    action,
    source,
    fields,
  });
}
