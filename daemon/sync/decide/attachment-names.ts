import { otherSide, SIDES } from "../../core/snapshot.ts";
import { type AttachmentAction, type AttachmentsNow, sortName, toldApart } from "./attachment-words.ts";

/** Names that are free where they are put; what is removed or renamed before makes room. */
export function named(now: AttachmentsNow, actions: readonly AttachmentAction[]): readonly AttachmentAction[] {
  const gone = new Set(actions.map((action) => (action.kind === "remove" ? action.attachment : null)));
  const taken = { left: new Set<string>(), right: new Set<string>() };
  for (const side of SIDES) for (const one of now[side]) if (!gone.has(one)) taken[side].add(sortName(one.name));
  return vacatingFirst(actions).map((action) => {
    if (action.kind !== "add" && action.kind !== "change") return action;
    const here = taken[action.side];
    if (action.kind === "change") here.delete(sortName(action.attachment.name));
    const name = toldApart(action.name, now.endpoints[otherSide(action.side)], here);
    here.add(sortName(name));
    return { ...action, name };
  });
}

/**
 * Whoever takes over another's name comes after the other has left it, as where logs are rotated. Where two would swap theirs, one has to give way:
 * trackers whose names are unique take no other course.
 */
function vacatingFirst(actions: readonly AttachmentAction[]): readonly AttachmentAction[] {
  const isRenaming = (action: AttachmentAction): action is Renaming =>
    action.kind === "change" && sortName(action.name) !== sortName(action.attachment.name);
  const renaming = actions.filter(isRenaming);
  if (renaming.length < 2) return actions;
  const holders = new Map(renaming.map((one) => [placeOf(one, one.attachment.name), one]));
  const ordered = new Set<Renaming>();
  for (const first of renaming) {
    const chain = new Set<Renaming>();
    for (let one = holderOf(first); one !== undefined && !ordered.has(one) && !chain.has(one); one = holderOf(one))
      chain.add(one);
    for (const one of [...chain].toReversed()) ordered.add(one);
    ordered.add(first);
  }
  const turns = [...ordered];
  return actions.map((action) => (isRenaming(action) ? (turns.shift() ?? action) : action));

  function holderOf(one: Renaming): Renaming | undefined {
    return holders.get(placeOf(one, one.name));
  }
}

type Renaming = Extract<AttachmentAction, { kind: "change" }>;

function placeOf({ side }: Renaming, name: string): string {
  return `${side} ${sortName(name)}`;
}
