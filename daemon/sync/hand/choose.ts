import type { ResolveOrder } from "../../core/deeds.ts";
import type { Value } from "../../core/record.ts";
import { otherSide, type Side } from "../../core/snapshot.ts";
import type { HeldField } from "../../core/store.ts";
import { equalValues } from "../../fields/equal.ts";
import { fromRule } from "../../fields/rule-value.ts";
import { wishesOf } from "../carry-over.ts";
import type { Cell } from "../decide/cells.ts";
import type { Desire } from "../decide/desire.ts";
import type { FieldWrite } from "../decide/merge.ts";
import { endpointOf, type Session } from "../session.ts";
import type { PairPlan } from "../writing/pair-plan.ts";

/** The journal's word for a value that a person decided. */
export const BY_HAND = "resolved by hand";

export type Now = Readonly<Record<Side, Value>>;

/** A field that a person decided, and what has to be written for it. */
export interface Decided {
  readonly held: HeldField;
  readonly cell: Cell;
  readonly writes: Readonly<Record<Side, readonly FieldWrite[]>>;
  readonly left: Value;
  readonly right: Value;
}

/** The mapping no longer has the field: there is nothing to carry, only to forget. */
export function bySettling(held: HeldField, now: Now): Decided {
  const cell: Cell = { left: held.leftField, right: held.rightField, direction: "both", conflict: "hold" };
  return { held, cell, writes: { left: [], right: [] }, ...now };
}

/** The value of one endpoint counts; a text where the other cannot have it. */
export async function byTaking(
  session: Session,
  plan: PairPlan,
  held: HeldField,
  cell: Cell,
  order: ResolveOrder,
  side: Side,
  now: Now,
): Promise<Decided | string> {
  if ("value" in order.take) return byValue(session, plan, held, cell, order.take.value, side, now);
  const from = sideOf(session, order.take.endpoint);
  const target = otherSide(from);
  const desire = desireOf(plan, cell, target);
  if (desire === undefined || desire.kind === "skip") return { held, cell, writes: { left: [], right: [] }, ...now };
  if (desire.kind === "fault") return `its value cannot be carried: ${desire.message}`;
  const writes = { left: [] as FieldWrite[], right: [] as FieldWrite[] };
  writes[target] = writeOf(session, target, cell, desire.value, now, desire.notes);
  return { held, cell, writes, ...now, [target]: desire.value };
}

function sideOf(session: Session, endpoint: string): Side {
  return session.link.left.endpoint === endpoint ? "left" : "right";
}

/** What the other side wants the cell to be on `target`; undefined where the row does not go there. */
function desireOf(plan: Pick<PairPlan, "toRight" | "toLeft">, cell: Cell, target: Side): Desire | undefined {
  const field = cell[target];
  if (field === null || !(cell.direction === "both" || cell.direction === `to-${target}`)) return undefined;
  return target === "right" ? plan.toRight[field] : plan.toLeft[field];
}

/** A value of the person's own: it is written where they named it, and the other side gets what the mapping makes of it. */
async function byValue(
  session: Session,
  plan: PairPlan,
  held: HeldField,
  cell: Cell,
  text: string,
  side: Side,
  now: Now,
): Promise<Decided | string> {
  const field = cell[side];
  const schema = field === null ? undefined : session.schemas[side].schemas[field];
  if (field === null || schema === undefined)
    return `${endpointOf(session, side)} does not have the field: name the other record, or use --take`;
  if (schema.readOnly) return `${endpointOf(session, side)} lets nobody write "${schema.label}"`;
  const read = fromRule(schema.multiple ? text.split(",").map((part) => part.trim()) : text, schema);
  if (!read.ok) return read.message.replace(/^the rule gave/, "you gave");
  if (!isOffered(read.value, schema))
    return `"${text}" is no value of "${schema.label}": ${schema.options?.join(", ")}`;
  const target = otherSide(side);
  const record = { ...plan[side], fields: { ...plan[side].fields, [field]: read.value } };
  const both = side === "left" ? { left: record, right: plan.right } : { left: plan.left, right: record };
  const [wish] = await wishesOf(session, [both]);
  if (wish === undefined || !wish.ok) return wish?.message ?? "the rule gave no answer";
  const desire = desireOf(wish, cell, target);
  if (desire?.kind === "fault") return `its value cannot be carried: ${desire.message}`;
  const writes = { left: [] as FieldWrite[], right: [] as FieldWrite[] };
  writes[side] = writeOf(session, side, cell, read.value, now, []);
  if (desire?.kind === "value") writes[target] = writeOf(session, target, cell, desire.value, now, desire.notes);
  const there = desire?.kind === "value" ? desire.value : now[target];
  return { held, cell, writes, ...now, [side]: read.value, [target]: there };
}

function isOffered(
  value: Value,
  schema: { readonly verified?: boolean; readonly options?: readonly string[] },
): boolean {
  if (schema.verified !== true || schema.options === undefined || value === null) return true;
  const options = schema.options;
  return (typeof value === "string" ? [value] : value).every((one) => options.includes(one));
}

function writeOf(
  session: Session,
  side: Side,
  cell: Cell,
  value: Value,
  now: Now,
  notes: readonly string[],
): FieldWrite[] {
  const field = cell[side];
  const schema = field === null ? undefined : session.schemas[side].schemas[field];
  if (field === null || schema === undefined || equalValues(schema, value, now[side])) return [];
  return [{ field, value, before: now[side], origin: BY_HAND, notes, lost: now[side] }];
}
