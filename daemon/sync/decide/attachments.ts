import type { Attachment } from "../../core/parts.ts";
import { otherSide, SIDES, type Side } from "../../core/snapshot.ts";
import { type Bytes, bytesOf } from "./attachment-bytes.ts";
import { decideEntry, type Ends } from "./attachment-entry.ts";
import { clashOver, type Loose, looseOf, type Own, pairLoose, spread, twinOf } from "./attachment-loose.ts";
import { named } from "./attachment-names.ts";
import { type AttachmentAction, type AttachmentsNow, sortName } from "./attachment-words.ts";

export interface AttachmentDecision {
  /** In the order in which they are to be done. */
  readonly actions: readonly AttachmentAction[];
  /** Bytes to be read before the rest can be decided: then it is asked again. */
  readonly wanted: Bytes["wanted"];
}

const ORDER = { remove: 0, keep: 1, orphan: 1, change: 2, add: 3, clash: 4 } as const satisfies Record<
  AttachmentAction["kind"],
  number
>;

/**
 * What brings the attachments of one pair in step: identity is what the memory says (E93), what is not known there is paired by name and bytes (T8),
 * the rest crosses. Pure; done as it says, a second decision finds nothing but clashes.
 */
export function decideAttachments(now: AttachmentsNow): AttachmentDecision {
  const bytes = bytesOf(now);
  const decided = endsOf(now).map((ends): Decided => ({ ends, actions: decideEntry(now, bytes, ends) }));
  const split = decided.filter((one) => isSplit(now, one));
  const whole = decided.filter((one) => !split.includes(one));
  const { actions: paired, rest, matched } = pairLoose(now, bytes, looseIn(now, whole));
  const going = whole.filter(({ ends }) => !matched.has(ends.entry));
  const own = ownOf(now, going, rest);
  const actions: AttachmentAction[] = [
    ...split.map(({ ends }) => ({ kind: "keep", before: ends.entry, after: null }) as const),
    ...going.flatMap((one) => one.actions.map((action) => notOver(now, own, action))),
    ...paired,
    ...spread(now, bytes, rest, own),
  ];
  const inOrder = actions.filter(isFirst).toSorted((x, y) => ORDER[x.kind] - ORDER[y.kind]);
  return { actions: named(now, inOrder), wanted: bytes.wanted };
}

type Sides<T> = Readonly<Record<Side, readonly T[]>>;

interface Decided {
  readonly ends: Ends;
  readonly actions: readonly AttachmentAction[];
}

/** Both were changed, and the link keeps both: they go their own ways. */
function isSplit({ config }: AttachmentsNow, { actions }: Decided): boolean {
  return config.sameName === "suffix" && actions.some(({ kind }) => kind === "clash");
}

function looseIn(now: AttachmentsNow, decided: readonly Decided[]): Sides<Loose> {
  const doomed = new Set(decided.filter(isRemoval).map(({ ends }) => ends.entry));
  const ends = decided.map((one) => one.ends);
  const free = (side: Side) => looseOf(now, ends, side).filter(({ entry }) => entry === null || !doomed.has(entry));
  return { left: free("left"), right: free("right") };
}

function isRemoval({ actions }: Decided): boolean {
  return actions.some(({ kind }) => kind === "remove");
}

/** A clash shows from both of its sides. */
function isFirst(action: AttachmentAction, at: number, all: readonly AttachmentAction[]): boolean {
  if (action.kind !== "clash") return true;
  const { left, right } = action;
  return all.findIndex((one) => one.kind === "clash" && one.left === left && one.right === right) === at;
}

/**
 * The ends of each entry by their ids. Where one is gone and exactly one attachment of its name is new, it was replaced: some trackers, and people,
 * replace by adding and removing.
 */
function endsOf(now: AttachmentsNow): readonly Ends[] {
  const known = { left: new Set<string>(), right: new Set<string>() };
  const missing = { left: new Map<string, number>(), right: new Map<string, number>() };
  for (const side of SIDES) {
    const there = new Set(now[side].map(({ id }) => id));
    for (const { id, name } of now.memory.flatMap((entry) => entry[side] ?? [])) {
      known[side].add(id);
      if (!there.has(id)) missing[side].set(sortName(name), (missing[side].get(sortName(name)) ?? 0) + 1);
    }
  }
  return now.memory.map((entry) => {
    const end = (side: Side): Attachment | null => {
      const trace = entry[side];
      if (trace === null) return null;
      const there = now[side].find(({ id }) => id === trace.id);
      const name = sortName(trace.name);
      if (there !== undefined || missing[side].get(name) !== 1) return there ?? null;
      const fresh = now[side].filter((one) => !known[side].has(one.id) && sortName(one.name) === name);
      return fresh.length === 1 ? (fresh[0] ?? null) : null;
    };
    return { entry, left: end("left"), right: end("right") };
  });
}

/** What stems from each side, under the name that it has after this pass: copies of the other side's attachments are in nobody's way. */
function ownOf(now: AttachmentsNow, going: readonly Decided[], rest: Sides<Loose>): Sides<Own> {
  const staying = going.filter((one) => !isRemoval(one));
  const actions = named(
    now,
    staying.flatMap((one) => one.actions),
  );
  const names = new Map(
    actions.flatMap((action) => (action.kind === "change" ? [[action.attachment, action.name]] : [])),
  );
  const own = (side: Side) => {
    const crossed = staying.flatMap(({ ends }) => (ends.entry.source === side ? (ends[side] ?? []) : []));
    return [...rest[side].map(({ attachment }) => attachment), ...crossed].map((attachment) => ({
      attachment,
      name: names.get(attachment) ?? attachment.name,
    }));
  };
  return { left: own("left"), right: own("right") };
}

/** An attachment that would be made again where somebody's own of its name stands meanwhile: neither is touched (S21). */
function notOver(now: AttachmentsNow, own: Sides<Own>, action: AttachmentAction): AttachmentAction {
  if (action.kind !== "add" || now.config.sameName === "suffix") return action;
  const twin = twinOf(own[action.side], action.from);
  return twin === undefined ? action : clashOver(otherSide(action.side), action.from, twin);
}
