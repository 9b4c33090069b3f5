import type { WriteOutcome } from "../../core/connector.ts";
import type { TrackerRecord } from "../../core/record.ts";
import { otherSide, type Side } from "../../core/snapshot.ts";
import type { JournalEntry, Pair } from "../../core/store.ts";
import { equalValues } from "../../fields/equal.ts";
import { nextBase } from "../decide/base.ts";
import { cellsOf } from "../decide/cells.ts";
import { type Desires, mapFields } from "../decide/desire.ts";
import type { Frame } from "../decide/frame.ts";
import { uncarriedOf, withUnmet } from "../decide/unmet.ts";
import { say } from "../failure.ts";
import { newPair } from "../pairing/new-pair.ts";
import type { PairInHand } from "../pairs.ts";
import { partsOfReplaced } from "../parts/entity-link-memory.ts";
import type { Session } from "../session.ts";
import type { Creation } from "./creation.ts";

/** A new pair; `uncarried`: fields of the new record that the source's value did not get to, and whose own value is not known yet. */
export interface Made extends PairInHand {
  readonly uncarried: ReadonlySet<string>;
}

export function tellNotes(session: Session, side: Side, created: TrackerRecord, desires: Desires): void {
  for (const [field, desire] of Object.entries(desires)) {
    if (desire.kind !== "value" || !Object.hasOwn(created.fields, field)) continue;
    for (const text of desire.notes) say(session, "noted", side, created.id, field, text);
  }
}

/** Fields that were not stored as sent. They are tried again at once by themselves, and told then; nothing writes constants a second time. */
export function unmetOf(
  session: Session,
  { intent, desires }: Creation,
  { record, faults }: Extract<WriteOutcome, { ok: true }>,
): ReadonlySet<string> {
  for (const { field, message } of faults)
    if (desires[field]?.kind !== "value") say(session, "held", intent.side, record.id, field, message);
  return new Set([...faults.map(({ field }) => field), ...stuck(desires)]);
}

/** Values that could not be carried: the record was made without them, and their source counts as edited until they get there. */
function stuck(desires: Desires): readonly string[] {
  return Object.entries(desires).flatMap(([field, desire]) => (desire.kind === "fault" ? [field] : []));
}

export function pairOf(
  session: Session,
  { intent, source, desires: toTarget }: Creation,
  created: TrackerRecord,
  unmet: ReadonlySet<string>,
  frame: Frame,
): Made {
  const { side } = intent;
  const left = side === "left" ? created : source;
  const right = side === "left" ? source : created;
  const toSource = mapFields(created.fields, frame, otherSide(side));
  const wishes = side === "left" ? { toLeft: toTarget, toRight: toSource } : { toRight: toTarget, toLeft: toSource };
  const made = newPair(session, left, right);
  // A record that stands in for a deleted one takes over its pair: the store then never has both, nor neither.
  const replaced = intent.replaces === undefined ? null : session.store.pair(intent.replaces);
  const fresh = { ...made, id: intent.replaces ?? made.id, ...partsOfReplaced(replaced) };
  const base = nextBase(fresh.base, { left, right, ...wishes }, [], frame);
  const cells = cellsOf(frame, wishes.toRight, wishes.toLeft);
  const leftOut = [...unmet].filter((field) => !Object.hasOwn(created.fields, field));
  const open = withUnmet(base, new Set([...unmet, ...leftOut]), side, cells);
  const uncarried = new Set([...uncarriedOf(toTarget), ...leftOut]);
  return { pair: { ...fresh, base: open }, left, right, linking: true, uncarried };
}

export function journalOf(
  session: Session,
  { intent, source, desires }: Creation,
  pair: Pair,
  created: TrackerRecord,
  unmet: ReadonlySet<string>,
): JournalEntry[] {
  const { link, context } = session;
  return Object.entries(intent.fields)
    .filter(([field]) => Object.hasOwn(created.fields, field) && !unmet.has(field))
    .map(([field, sent]): JournalEntry => {
      const desire = desires[field];
      const origin = desire?.kind === "value" ? desire.origin : `${link.origin.file}:${link.origin.line}`;
      const after = Object.hasOwn(created.fields, field) ? (created.fields[field] ?? null) : sent;
      return {
        run: context.run,
        revision: context.revision,
        at: session.now(),
        pair: pair.id,
        side: intent.side,
        record: created.id,
        kind: "create",
        field,
        before: null,
        after,
        origin,
        source: source.id,
        sourceVersion: source.version,
      };
    });
}

/** A creation that takes two requests may have lost the second: nobody else can have edited the record in this moment. */
export function missingIn(
  session: Session,
  { intent, desires }: Creation,
  { fields }: TrackerRecord,
): ReadonlySet<string> {
  const { schemas } = session.schemas[intent.side];
  const missing = Object.entries(intent.fields).filter(([field, sent]) => {
    const schema = schemas[field];
    const given = desires[field]?.kind === "value" && schema !== undefined && Object.hasOwn(fields, field);
    return given && !equalValues(schema, fields[field] ?? null, sent);
  });
  return new Set([...missing.map(([field]) => field), ...stuck(desires)]);
}
