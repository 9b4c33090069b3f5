import type { Resolved, ResolveOrder } from "../../core/deeds.ts";
import type { HeldComment } from "../../core/parts.ts";
import type { TrackerRecord, Value } from "../../core/record.ts";
import { otherSide, SIDES, type Side } from "../../core/snapshot.ts";
import type { HeldField, Pair } from "../../core/store.ts";
import { equalValues } from "../../fields/equal.ts";
import { cellsOf } from "../decide/cells.ts";
import type { FieldWrite } from "../decide/merge.ts";
import { planPairs } from "../pairs.ts";
import { readAll } from "../read-all.ts";
import { recover } from "../recover.ts";
import type { Work } from "../run.ts";
import { endpointOf, type Session } from "../session.ts";
import type { PairPlan } from "../writing/pair-plan.ts";
import { isCellOf, putByHand } from "./by-hand.ts";
import { BY_HAND, bySettling, byTaking, type Decided, type Now } from "./choose.ts";
import { heldCommentsOf, nameOfHeld, resolveComments } from "./resolve-comments.ts";

/** What `resolveWork` found out and did. */
export interface Resolution {
  readonly resolved: Resolved[];
  readonly refused: { field: string; why: string }[];
  waiting: number;
}

/** Decides fields and comments that wait for a person, and nothing else of the pair. What it did is in `into`. */
export function resolveWork(order: ResolveOrder, side: Side, into: Resolution): Work {
  return async (session, input) => {
    await recover(session, (ms) => input.wait(ms, input.signal));
    const pair = session.store.pairs(side, [order.record]).get(order.record);
    const fields = (pair?.held ?? []).filter((held) => isNamed(held, order.field, side));
    const comments = heldCommentsOf(pair).filter(
      (held) => order.field === null || SIDES.some((each) => nameOfHeld(held, each) === order.field),
    );
    const why = whyNot(pair, fields, comments, order, side);
    if (pair === undefined || why !== null) refuse(into, order.field ?? "", why ?? "");
    else {
      if (fields.length > 0) await resolveFields(session, pair, fields, order, side, into);
      if (comments.length > 0) await resolveComments(session, pair, comments, order, side, into);
    }
    if (pair !== undefined)
      into.waiting = waitingIn(session.store.pair(pair.id)) - (session.dryRun ? into.resolved.length : 0);
  };
}

function waitingIn(pair: Pair | null): number {
  return pair === null ? 0 : pair.held.length + heldCommentsOf(pair).length;
}

function whyNot(
  pair: Pair | undefined,
  fields: readonly HeldField[],
  comments: readonly HeldComment[],
  order: ResolveOrder,
  side: Side,
): string | null {
  if (pair === undefined || fields.length + comments.length === 0) return whyNone(pair, order, side);
  return whyMany(
    [...fields.map((held) => nameOf(held, side)), ...comments.map((held) => nameOfHeld(held, side))],
    order,
  );
}

async function resolveFields(
  session: Session,
  pair: Pair,
  chosen: readonly HeldField[],
  order: ResolveOrder,
  side: Side,
  into: Resolution,
): Promise<void> {
  const plan = await readNow(session, pair);
  if (typeof plan === "string") refuse(into, order.field ?? "", plan);
  else await decide(session, plan, chosen, order, side, into);
}

function isNamed(held: HeldField, field: string | null, side: Side): boolean {
  if (field === null) return true;
  return nameOf(held, side) === field || (held[`${side}Field`] === null && nameOf(held, otherSide(side)) === field);
}

function nameOf(held: HeldField, side: Side): string {
  return held[`${side}Field`] ?? held[`${otherSide(side)}Field`] ?? "";
}

function whyNone(pair: Pair | undefined, order: ResolveOrder, side: Side): string {
  const comments = heldCommentsOf(pair).map((held) => nameOfHeld(held, side));
  const waiting = [...(pair?.held ?? []).map((held) => nameOf(held, side)), ...comments];
  if (waiting.length === 0) return "nothing of this record waits for a decision";
  return `"${order.field}" does not wait for a decision; these do: ${waiting.join(", ")}`;
}

function whyMany(chosen: readonly string[], order: ResolveOrder): string | null {
  if (chosen.length < 2 || !("value" in order.take)) return null;
  return `several fields wait: ${chosen.join(", ")}; name one`;
}

function refuse(into: Resolution, field: string, why: string): void {
  into.refused.push({ field, why });
}

/** Both records as they stand now; a text where they cannot be decided about. */
async function readNow(session: Session, pair: Pair): Promise<PairPlan | string> {
  const read: Partial<Record<Side, TrackerRecord>> = {};
  for (const side of SIDES) {
    const record = (await readAll(session, side, [pair[side]])).get(pair[side]);
    if (record === undefined) return `${endpointOf(session, side)}:${pair[side]} cannot be read: it is gone or hidden`;
    read[side] = record;
  }
  const { left, right } = read;
  if (left === undefined || right === undefined) throw new Error("a record that was read is missing");
  const [plan] = await planPairs(session, [{ pair, left, right, linking: false }]);
  return plan ?? "a rule failed on this record: the run's report has its message";
}

async function decide(
  session: Session,
  plan: PairPlan,
  chosen: readonly HeldField[],
  order: ResolveOrder,
  side: Side,
  into: Resolution,
): Promise<void> {
  const cells = cellsOf(await session.frame(), plan.toRight, plan.toLeft);
  const decided: Decided[] = [];
  const moved: HeldField[] = [];
  for (const held of chosen) {
    const now = { left: present(plan.left, held.leftField), right: present(plan.right, held.rightField) };
    if (!isAsHeld(session, held, now) && !agrees(plan, held)) {
      moved.push({ ...held, ...now });
      refuse(
        into,
        nameOf(held, side),
        "it changed again meanwhile: look at both values with `syncline conflicts`, then decide",
      );
      continue;
    }
    const cell = cells.find((c) => isCellOf(held, c));
    const made =
      cell === undefined ? bySettling(held, now) : await byTaking(session, plan, held, cell, order, side, now);
    if (typeof made === "string") refuse(into, nameOf(held, side), made);
    else decided.push(made);
  }
  if (!session.dryRun) {
    showAsNow(session, plan.pair, moved);
    await put(session, plan, decided);
  }
  for (const one of decided) report(session, plan, one, side, into);
}

/** What the inbox shows is what a person decides about: it must be what the records hold. */
function showAsNow(session: Session, pair: Pair, moved: readonly HeldField[]): void {
  if (moved.length === 0) return;
  const held = pair.held.map(
    (h) => moved.find((m) => m.leftField === h.leftField && m.rightField === h.rightField) ?? h,
  );
  session.store.commit({ pairs: [{ ...pair, held }] });
}

async function put(session: Session, plan: PairPlan, decided: readonly Decided[]): Promise<void> {
  if (decided.length === 0) return;
  const pair = session.store.pair(plan.pair.id) ?? plan.pair;
  const writes = {
    left: decided.flatMap((d) => d.writes.left),
    right: decided.flatMap((d) => d.writes.right),
  };
  await putByHand(session, [{ plan: { ...plan, pair }, writes, settled: decided.map((d) => d.cell), origin: BY_HAND }]);
}

/** A field that still waits afterwards was refused by the tracker; its message is in the run's report. */
function report(session: Session, plan: PairPlan, one: Decided, side: Side, into: Resolution): void {
  const after = session.dryRun ? null : session.store.pair(plan.pair.id);
  const field = nameOf(one.held, side);
  const sides = SIDES.filter((s) => one.writes[s].length > 0);
  const missing = after === null ? [] : sides.filter((s) => !hasArrived(session, after, s, one.writes[s]));
  if (missing.length > 0) {
    const where = missing.map((s) => endpointOf(session, s)).join(" and ");
    const why = session.tally.messages().messages.at(-1)?.message ?? "no answer";
    refuse(into, field, `${where} did not store it: ${why}`);
    return;
  }
  const { leftField, rightField } = one.held;
  into.resolved.push({
    leftField,
    rightField,
    left: one.left,
    right: one.right,
    written: sides.map((s) => endpointOf(session, s)),
  });
}

function hasArrived(session: Session, pair: Pair, side: Side, writes: readonly FieldWrite[]): boolean {
  const run = session.context.run;
  const entries = session.store.journal({ side, record: pair[side], run, limit: 100 });
  return writes.every((w) => entries.some((e) => e.field === w.field));
}

function present(record: TrackerRecord, field: string | null): Value {
  return field === null ? null : (record.fields[field] ?? null);
}

function isAsHeld(session: Session, held: HeldField, now: Now): boolean {
  return SIDES.every((side) => {
    const schema = session.schemas[side].schemas[held[`${side}Field`] ?? ""];
    return schema === undefined || equalValues(schema, held[side], now[side]);
  });
}

/** The merge has nothing more to decide there: somebody has made both sides agree. */
function agrees({ merge }: PairPlan, held: HeldField): boolean {
  if (merge.keep.some((cell) => isCellOf(held, cell))) return false;
  return !SIDES.some((side) => merge.writes[side].some((w) => w.field === held[`${side}Field`]));
}
