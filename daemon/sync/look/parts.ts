import type { HeldComment, PartKind } from "../../core/parts.ts";
import { otherSide, SIDES, type Side } from "../../core/snapshot.ts";
import type { Pair, Retry } from "../../core/store.ts";
import { convertMarkup } from "../../fields/rich.ts";
import { PART_WORKS } from "../parts/kinds.ts";
import { carriesParts, isInStep } from "../parts/touched.ts";
import { fieldOfPart } from "../parts/write-part.ts";
import type { PlannedWrite } from "../planned-writes.ts";
import type { Session } from "../session.ts";
import { inBatches } from "../writing/write.ts";
import { type Disagreement, failed } from "./compare.ts";
import type { Look } from "./look.ts";

/** As many as a run takes at a time. */
const CHUNK = 100;

/** A part that a run would write now. */
export interface PlannedPart {
  readonly endpoint: string;
  readonly record: string;
  readonly kind: PartKind;
  readonly action: "add" | "change" | "remove";
  /** Author and time of a comment, name of a file, ends of a link. */
  readonly name: string;
  /** In words, without markup; null: nothing. */
  readonly before: string | null;
  readonly after: string | null;
}

export interface PartsFound {
  readonly pair: Pair;
  readonly planned: readonly PlannedPart[];
  readonly found: readonly Disagreement[];
}

/** Kinds of parts that the link carries, in words. */
export function partKinds({ link }: Session): readonly string[] {
  return [
    ...(link.attachments === undefined ? [] : ["attachments"]),
    ...(link.comments === undefined ? [] : ["comments"]),
    ...(link.entityLinks === undefined ? [] : ["entity links"]),
  ];
}

/**
 * Attachments, comments and entity links of pairs, by what a dry run decides of them (B26): what it would write, what waits and what fails. Parts
 * that one side alone has on purpose (removed there, or kept back by a rule) are no disagreement: nothing is to be done about them. Writes nothing.
 */
export async function lookAtParts(look: Look, pairs: readonly Pair[]): Promise<readonly PartsFound[]> {
  const { session } = look;
  if (!carriesParts(session.link)) return [];
  const found: PartsFound[] = [];
  for (const chunk of inBatches(pairs.filter(isInStep), CHUNK)) found.push(...(await lookAtSome(look, chunk)));
  return found;
}

async function lookAtSome(look: Look, pairs: readonly Pair[]): Promise<readonly PartsFound[]> {
  const { session } = look;
  for (const forget of [look.heard, look.noted, look.planned]) forget();
  const held = new Map<string, readonly HeldComment[]>();
  const removals = {
    weighed: true,
    wait: noWait,
    hold: ({ id }: Pair, one: readonly HeldComment[]) => held.set(id, one),
  };
  for (const { sync } of PART_WORKS) await sync(session, pairs, removals);
  const planned = look.planned();
  // What is noted besides goes with a planned write: a text that is cut, a conflict that is decided.
  const parked = look.noted().filter(({ field }) => field?.startsWith("entity link ") === true);
  const failures = look.heard();
  return pairs.map((pair) => {
    const of = (list: readonly Heard[]) => list.filter((one) => one.record === pair[sideNamed(session, one.endpoint)]);
    const own = planned.filter(({ side, record }) => record === pair[side]);
    const seen = { planned: own, held: held.get(pair.id) ?? [], parked: of(parked), failures: of(failures) };
    return { pair, planned: own.map((one) => shown(session, one)), found: disagreements(session, pair, seen) };
  });
}

function noWait(): never {
  throw new Error("removals are weighed by a run; a look counts them");
}

type Heard = Pick<
  ReturnType<Look["heard"]>[number] | ReturnType<Look["noted"]>[number],
  "endpoint" | "record" | "field" | "message"
>;

interface SeenParts {
  readonly planned: readonly PlannedWrite[];
  readonly held: readonly HeldComment[];
  /** Links that wait for a partner since this look; those that did before stand in the pair's memory. */
  readonly parked: readonly Heard[];
  readonly failures: readonly Heard[];
}

function disagreements(session: Session, pair: Pair, seen: SeenParts): readonly Disagreement[] {
  const conflicts = seen.held.map(({ left, right, since, run }): Disagreement => {
    const values = part(nameOfHeld(left), left.text, right.text);
    const detail = "both sides changed it: it waits for a decision";
    if (pair.parts?.heldComments?.some((one) => one.run === run) === true)
      return { ...values, why: "conflict", detail, since, run };
    return {
      ...values,
      why: "conflict",
      detail: "both sides changed it: the next run holds it",
      since: null,
      run: null,
    };
  });
  const waits = (pair.parts?.parked ?? []).map(({ side, end }): Disagreement => {
    const detail = `a link of ${session.link[side].endpoint}:${pair[side]} leads to ${end.entity} ${end.id}, which has no partner yet`;
    return { ...part("entity link", null, null), why: "waits", detail, since: null, run: null };
  });
  const fresh = seen.parked.map(({ field, message }): Disagreement => {
    return { ...part(field ?? "", null, null), why: "waits", detail: message, since: null, run: null };
  });
  const known = new Set(seen.held.map(({ left }) => nameOfHeld(left)));
  const failures = seen.failures.filter(({ field }) => field === null || !known.has(field));
  return [
    ...conflicts,
    ...waits,
    ...fresh,
    ...seen.planned.map((one) => undone(session, pair, one)),
    ...failures.map((one) => failureOf(session, pair, one)),
  ];
}

function nameOfHeld({ name }: HeldComment["left"]): string {
  return fieldOfPart({ kind: "comment", name });
}

function failureOf(session: Session, pair: Pair, { field, message }: Heard): Disagreement {
  const retry = retryOf(session, pair, field);
  const why = retry === null ? ({ why: "error", detail: message, since: null, run: null } as const) : failed(retry);
  return { ...part(field ?? "parts", null, null), ...why };
}

function undone(session: Session, pair: Pair, one: PlannedWrite): Disagreement {
  const { endpoint, kind, action, name, before, after } = shown(session, one);
  const field = fieldOfPart({ kind, name });
  const { side } = one;
  const values = side === "left" ? part(field, before, after) : part(field, after, before);
  const retry = retryOf(session, pair, field);
  if (retry !== null) return { ...values, ...failed(retry) };
  const verb = { add: "adds it to", change: "changes it in", remove: "removes it from" }[action];
  return { ...values, why: "not yet carried", detail: `the next full run ${verb} ${endpoint}`, since: null, run: null };
}

function retryOf({ store }: Session, pair: Pair, field: string | null): Retry | null {
  const sides = SIDES;
  return sides.map((side) => store.retry(side, pair[side])).find((one) => one !== null && one.field === field) ?? null;
}

type Values = Pick<Disagreement, "cell" | "left" | "right">;

function part(field: string, left: string | null, right: string | null): Values {
  return { cell: { left: field, right: field, direction: "both", conflict: "hold" }, left, right };
}

function shown(session: Session, { side, record, action, fields, part: about }: PlannedWrite): PlannedPart {
  if (about === undefined || record === null || (action !== "add" && action !== "change" && action !== "remove"))
    throw new Error("a look at parts heard of another write");
  const markup = about.kind === "comment" ? session.connectors[side].comments?.markup : undefined;
  const words = (value: unknown) =>
    typeof value !== "string" ? null : markup === undefined ? value : convertMarkup(value, markup, "plain");
  const { kind, name } = about;
  const { endpoint } = session.link[side];
  return { endpoint, record, kind, action, name, before: words(fields["before"]), after: words(fields["after"]) };
}

function sideNamed({ link }: Session, endpoint: string): Side {
  return link.left.endpoint === endpoint ? "left" : otherSide("left");
}
