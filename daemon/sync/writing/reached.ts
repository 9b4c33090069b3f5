import type { WriteOutcome } from "../../core/connector.ts";
import type { TrackerRecord } from "../../core/record.ts";
import { otherSide, type Side } from "../../core/snapshot.ts";
import type { Base, Intent } from "../../core/store.ts";
import { shortestWay } from "../../core/transitions.ts";
import { cellsOf } from "../decide/cells.ts";
import { type Desires, mapFields } from "../decide/desire.ts";
import type { Frame } from "../decide/frame.ts";
import { withOwnValues } from "../decide/unmet.ts";
import type { Session } from "../session.ts";
import { transitionsOf } from "./walk.ts";

/**
 * A step that a refused walk got as far as is ours, and nobody's edit: it must not flow back over what is still to be written (X20). `back`: what
 * the record makes of itself, as it stands now, for the other side.
 */
export function withReached(
  base: Base,
  side: Side,
  outcome: WriteOutcome | undefined,
  now: TrackerRecord,
  back: Desires,
  frame: Frame,
): Base {
  const reached = outcome?.ok === true ? outcome.faults.filter((fault) => fault.reached !== undefined) : [];
  if (reached.length === 0) return base;
  return withOwnValues(
    base,
    new Set(reached.map(({ field }) => field)),
    now.fields,
    back,
    side,
    cellsOf(frame, {}, {}),
  );
}

/** The same where the end of the process came on the way. */
export function withSteps(session: Session, base: Base, intent: Intent, record: TrackerRecord, frame: Frame): Base {
  const { side } = intent;
  const reached = Object.entries(intent.fields).flatMap(([field, sent]) => {
    const transitions = transitionsOf(session, side, field);
    const [from, here] = [intent.before[field], record.fields[field]];
    if (transitions === null || typeof from !== "string" || typeof here !== "string" || typeof sent !== "string")
      return [];
    const way = shortestWay(transitions.ways, from, sent) ?? [];
    return here !== sent && way.includes(here) ? [field] : [];
  });
  if (reached.length === 0) return base;
  const back = mapFields(record.fields, frame, otherSide(side));
  return withOwnValues(base, new Set(reached), record.fields, back, side, cellsOf(frame, {}, {}));
}
