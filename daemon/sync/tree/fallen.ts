import { otherSide, type Side } from "../../core/snapshot.ts";
import type { Pair } from "../../core/store.ts";
import { belowOf, fallOf, keyOf, type Lower } from "../decide/cascade.ts";
import { inWaves } from "../decide/waves.ts";
import { type Failing, say } from "../failure.ts";
import { endpointOf, type Session } from "../session.ts";
import { readBelow } from "./cascade.ts";
import { baseOf } from "./siblings.ts";

/** What waits for other links is looked at again after this long, milliseconds. */
const LOOK_MS = 5 * 60_000;
const MOST_SHOWN = 20;

/** What lies below the partners of deleted records, by the partner's id. */
export type Below = ReadonlyMap<string, readonly Lower[]>;

/** Reads it for all of them at once. Nothing where the link does not delete. */
export async function belowPartners(session: Session, side: Side, pairs: readonly Pair[]): Promise<Below> {
  const target = otherSide(side);
  if (pairs.length === 0 || session.link[side].deleted !== "delete") return new Map();
  const ids = pairs.map((pair) => pair[target]);
  const lower = await readBelow(session, target, ids);
  const entity = baseOf(session.link, target);
  return new Map(ids.map((id) => [id, belowOf({ entity, id }, lower)]));
}

/** What the brake counts besides the pairs themselves, and what it shows: nobody is to learn of a subtree from its loss (T17). */
export function subtrees(
  session: Session,
  side: Side,
  pairs: readonly Pair[],
  below: Below,
): { readonly more: number; readonly shown: string } {
  const target = otherSide(side);
  const entity = baseOf(session.link, target);
  const own = new Set(pairs.map((pair) => keyOf({ entity, id: pair[target] })));
  const others = new Set([...below.values()].flat().flatMap((one) => (own.has(keyOf(one)) ? [] : [keyOf(one)])));
  const parents = pairs.filter((pair) => (below.get(pair[target]) ?? []).length > 0);
  const texts = parents.slice(0, 3).map((pair) => {
    const lower = below.get(pair[target]) ?? [];
    return `${endpointOf(session, target)}:${pair[target]} with ${namesOf(session, target, lower)} below it`;
  });
  const rest = parents.length > 3 ? `, and ${parents.length - 3} more with what lies below them` : "";
  return { more: others.size, shown: texts.length === 0 ? "" : `; among them ${texts.join(", ")}${rest}` };
}

/** Parents after what lies below them. */
export function childrenFirst<T extends { readonly pair: Pair }>(
  target: Side,
  items: readonly T[],
  below: Below,
): readonly (readonly T[])[] {
  const waiting = items.map((item) => ({
    item,
    id: item.pair[target],
    after: (below.get(item.pair[target]) ?? []).map(({ id }) => id),
  }));
  return inWaves(waiting).map((wave) => wave.map(({ item }) => item));
}

/**
 * Whether a record whose partner was deleted may go now, and tells what goes with it (T17). One that may not is queued: it goes by itself once
 * nothing lies below it any more.
 */
export function mayGo(
  session: Session,
  side: Side,
  pair: Pair,
  partner: Failing,
  below: readonly Lower[],
  gone: ReadonlySet<string>,
): boolean {
  const target = otherSide(side);
  const fall = fallOf(below, gone);
  const deleted = `its partner ${endpointOf(session, side)}:${pair[side]} was deleted`;
  const named = (lower: readonly Lower[]) => namesOf(session, target, lower);
  if (fall.kind === "goes") {
    if (below.length > 0) say(session, "noted", target, partner.id, null, `${deleted}: with it go ${named(below)}`);
    return true;
  }
  const parked = `${deleted}${fall.kind === "waits" ? WAITS : STAYS}`;
  const why =
    fall.kind === "waits"
      ? named(fall.on)
      : fall.because
          .slice(0, MOST_SHOWN)
          .map((one) => `${named([one])}: ${one.stays}`)
          .join("; ");
  park(session, target, partner, parked, why, fall.kind === "waits" ? "noted" : "held");
  return false;
}

const WAITS = ": it goes after what lies below it, which the links that pair it delete: ";
const STAYS = ", but it is kept for what lies below it (move or delete that, or unlink the pair): ";

/** Told when it begins, and of a record that is kept whenever it is for something else. */
function park(
  session: Session,
  side: Side,
  { id, version }: Failing,
  parked: string,
  why: string,
  how: "noted" | "held",
): void {
  const reason = `${parked}${why}`;
  const before = session.retried.get(`${side} ${id}`) ?? session.store.retry(side, id);
  const known = how === "noted" ? before?.reason.startsWith(parked) === true : before?.reason === reason;
  if (!known) say(session, how, side, id, null, reason);
  if (session.dryRun) return;
  const now = session.now();
  const since = known && before != null ? before.since : now;
  const retry = { side, record: id, reason, field: null, version, attempts: 0, since, due: now + LOOK_MS };
  session.store.commit({ retries: [{ ...retry, revision: session.context.revision }] });
}

function namesOf(session: Session, side: Side, lower: readonly Lower[]): string {
  const names = lower.slice(0, MOST_SHOWN).map(({ entity, id, name }) => {
    const quoted = name === "" ? "" : ` "${name}"`;
    return `${endpointOf(session, side)}:${id} (${entity}${quoted})`;
  });
  return names.join(", ") + (lower.length > MOST_SHOWN ? ` and ${lower.length - MOST_SHOWN} more` : "");
}
