import { otherSide, type Side } from "../../core/snapshot.ts";
import { type Both, wishesToward } from "../carry-over.ts";
import type { Desires } from "../decide/desire.ts";
import type { Frame } from "../decide/frame.ts";
import type { Session } from "../session.ts";
import type { Job, Outcomes } from "./pair-plan.ts";

/** What each side makes of itself after the writes: asked again only where a write can have changed it. */
export async function settledWishes(
  session: Session,
  jobs: readonly Job[],
  finals: readonly Both[],
  outcomes: Outcomes,
): Promise<readonly { toRight: Desires; toLeft: Desires }[]> {
  const toRight = await settledToward(session, jobs, finals, outcomes, "right");
  const toLeft = await settledToward(session, jobs, finals, outcomes, "left");
  return jobs.map(({ plan }, i) => {
    const [right, left] = [toRight[i], toLeft[i]];
    const whole = right !== undefined && left !== undefined;
    return whole ? { toRight: right, toLeft: left } : { toRight: plan.toRight, toLeft: plan.toLeft };
  });
}

/** In the order of the jobs; undefined where a rule failed. */
async function settledToward(
  session: Session,
  jobs: readonly Job[],
  finals: readonly Both[],
  outcomes: Outcomes,
  toward: Side,
): Promise<readonly (Desires | undefined)[]> {
  const wrote = (job: Job, side: Side) =>
    outcomes[side].get(job.plan.pair.id)?.ok === true &&
    job.writes[side].some(({ field }) => !isOurs(session, side, field));
  const before = toward === "right" ? "toRight" : "toLeft";
  const frame = await session.frame();
  const asked = jobs.flatMap((job, i) => {
    const final = finals[i];
    const asks = wrote(job, otherSide(toward)) || (wrote(job, toward) && !standsAlone(frame, job, toward));
    return final === undefined || !asks ? [] : [{ i, both: { ...final, pair: job.plan.pair } }];
  });
  const records = asked.map(({ both }) => both);
  const again = await wishesToward(session, records, toward);
  const place = new Map(asked.map(({ i }, at) => [i, at]));
  return jobs.map((job, i) => {
    const at = place.get(i);
    if (at === undefined) return job.plan[before];
    const carried = again[at];
    return carried?.ok === true ? carried.desires : undefined;
  });
}

/**
 * Whether what travels toward a side is the same whatever stands there: no rule sees the partner, everything could be carried, and no team hangs on
 * the partner's release (S64).
 */
function standsAlone(frame: Frame, { plan }: Job, toward: Side): boolean {
  const { link } = frame;
  const sees = (side: Side, kind: "outgoing" | "incoming") =>
    link[side].rules[kind] && link[side].rules.lean?.includes(kind) !== true;
  if (plan.byHand !== undefined || sees(otherSide(toward), "outgoing") || sees(toward, "incoming")) return false;
  if (Object.keys(frame[toward].bonds?.teams ?? {}).length > 0) return false;
  return Object.values(toward === "right" ? plan.toRight : plan.toLeft).every(({ kind }) => kind !== "fault");
}

/** What only tells of the partner says nothing to the other side. */
function isOurs({ link }: Session, side: Side, field: string): boolean {
  const { marker, partnerUrl } = link[side];
  return (marker === field || partnerUrl === field) && !link.fields.some((row) => row[side] === field);
}
