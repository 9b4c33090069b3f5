import type { Attachment } from "../../core/parts.ts";
import { type AttachmentConfig, otherSide, SIDES, type Side } from "../../core/snapshot.ts";
import type { Pair } from "../../core/store.ts";
import { afterKeep, afterOrphan } from "../decide/attachment-memory.ts";
import type { AttachmentAction } from "../decide/attachment-words.ts";
import { type AttachmentDecision, decideAttachments } from "../decide/attachments.ts";
import { say } from "../failure.ts";
import { endpointOf, type Session } from "../session.ts";
import { addAttachment, changeAttachment, removeAttachment } from "./attachment-acts.ts";
import { measure } from "./attachment-bytes.ts";
import { attachmentKey, type Desk, deskOf, largestTo, nowOf, portOf } from "./attachment-desk.ts";
import { recoverAttachment } from "./attachment-recovery.ts";
import { undoAttachment } from "./attachment-undo.ts";
import { type Listed, listBoth, listEach } from "./list-both.ts";
import { type Candidate, rulePart } from "./part-rules.ts";
import { type PartSync, type PartWork, type Removals, saveParts } from "./parts.ts";
import { bookTrouble, failPart, fieldOfPart } from "./write-part.ts";

/** Attachments of pairs (S14–S24, T7–T13): list both sides, decide, carry. */
export const attachmentWork: PartWork = {
  kind: "attachment",
  sync: syncAttachments,
  recover: recoverAttachment,
  undo: undoAttachment,
};

async function syncAttachments(...[session, pairs, removals]: Parameters<PartSync>): Promise<ReadonlySet<string>> {
  const config = session.link.attachments;
  if (config === undefined || pairs.length === 0) return new Set();
  const failed = new Set<string>();
  const everywhere = () => true;
  const lists = await listBoth(session, pairs, "attachments", everywhere, (side, some) =>
    listSide(session, side, some, failed),
  );
  const withheld = new Set([
    ...(await withheldBy(session, "left", pairs, lists.left, failed)),
    ...(await withheldBy(session, "right", pairs, lists.right, failed)),
  ]);
  for (const pair of pairs) {
    session.signal.throwIfAborted();
    const [left, right] = [lists.left.get(pair.left), lists.right.get(pair.right)];
    // A record that is not there has no list; that it is gone is found out elsewhere.
    if (left === undefined || right === undefined) failed.add(pair.id);
    else if (!(await syncPair(session, config, pair, { left, right }, withheld, removals))) failed.add(pair.id);
  }
  return failed;
}

/** New files that the side's rule keeps back: they do not cross, and stand where they are all the same. */
async function withheldBy(
  session: Session,
  side: Side,
  pairs: readonly Pair[],
  lists: ReadonlyMap<string, readonly Attachment[]>,
  failed: Set<string>,
): Promise<readonly Attachment[]> {
  if (session.link[side].rules.attachment !== true) return [];
  const candidates = pairs.flatMap((pair): Candidate<Attachment>[] => {
    const known = new Set(session.store.pair(pair.id)?.parts?.attachments?.map((entry) => entry[side]?.id));
    const fresh = (lists.get(pair[side]) ?? []).filter(({ id }) => !known.has(id));
    return fresh.map((part) => {
      const { name, description, size } = part;
      return { pair, part, name, words: { name, description, size } };
    });
  });
  const ruled = await rulePart(session, side, "attachment", candidates, failed);
  return candidates.flatMap(({ part }) => (ruled.get(part)?.send === false ? [part] : []));
}

function listSide(
  session: Session,
  side: Side,
  pairs: readonly Pair[],
  failed: Set<string>,
): Promise<Listed<Attachment>> {
  const { link, signal } = session;
  const port = portOf(session, side);
  const ask = (some: readonly Pair[]) =>
    port.list(
      link[side].entity,
      some.map((pair) => pair[side]),
      signal,
    );
  return listEach(pairs, ask, (pair, error) => {
    bookTrouble(session, pair, side, { kind: "attachment", name: "list of files" }, error);
    failed.add(pair.id);
  });
}

/** False where something could not be carried, or waits. */
async function syncPair(
  session: Session,
  config: AttachmentConfig,
  pair: Pair,
  lists: Desk["lists"],
  withheld: Desk["withheld"],
  removals: Removals,
): Promise<boolean> {
  const state = { failed: false };
  const desk: Desk = { ...deskOf(session, config, pair), lists, withheld, state };
  const { actions } = await decide(desk);
  if (actions.length === 0) return !state.failed;
  if (!(await isBelievable(desk))) return false;
  const removed = actions.filter((action) => action.kind === "remove");
  if (removed.length > 0 && !removals.weighed) {
    for (const side of SIDES) {
      const count = removed.filter((action) => action.side === side).length;
      if (count > 0) removals.wait(pair, side, count);
    }
    return true;
  }
  keepMemory(desk, actions);
  for (const action of actions) {
    if (action.kind === "remove") await removeAttachment(desk, action);
    else if (action.kind === "change") await changeAttachment(desk, action);
    else if (action.kind === "add") await addAttachment(desk, action);
    else if (action.kind === "clash") clash(desk, action);
    else if (action.kind === "orphan") tellOrphan(desk, action);
  }
  return !state.failed;
}

/** Asks until nothing more is to be read. */
async function decide(desk: Desk): Promise<AttachmentDecision> {
  for (;;) {
    const decision = decideAttachments(nowOf(desk));
    if (decision.wanted.length === 0) return decision;
    for (const { side, attachment } of decision.wanted) {
      const key = attachmentKey(side, attachment);
      if (!desk.measured.has(key)) desk.measured.set(key, await measured(desk, side, attachment));
    }
  }
}

async function measured(desk: Desk, side: Side, attachment: Attachment) {
  try {
    return await measure(desk, side, attachment, largestTo(desk.session, desk.config, otherSide(side)));
  } catch (error) {
    bookTrouble(desk.session, desk.pair, side, { kind: "attachment", name: attachment.name }, error);
    desk.state.failed = true;
    return null;
  }
}

/** A list that is empty where there were attachments may be a record that is gone or hidden: it is asked for by its id before anything follows from it. */
async function isBelievable({ session, pair, lists }: Desk): Promise<boolean> {
  const memory = session.store.pair(pair.id)?.parts?.attachments ?? [];
  for (const side of SIDES) {
    if (lists[side].length > 0 || memory.every((entry) => entry[side] === null)) continue;
    const { connectors, link, signal } = session;
    const where = await connectors[side].whereabouts(link[side].entity, [pair[side]], signal);
    if (where.get(pair[side]) !== "present") return false;
  }
  return true;
}

/** What both sides agree on without any write. */
function keepMemory({ session, pair }: Desk, actions: readonly AttachmentAction[]): void {
  if (session.dryRun) return;
  const before = session.store.pair(pair.id)?.parts?.attachments ?? [];
  const after = actions.reduce((memory, action) => {
    if (action.kind === "keep") return afterKeep(memory, action);
    return action.kind === "orphan" ? afterOrphan(memory, action) : memory;
  }, before);
  if (after !== before) saveParts(session, pair, { attachments: after });
}

function clash(desk: Desk, { why, left, right }: Extract<AttachmentAction, { kind: "clash" }>): void {
  const { session, pair, state } = desk;
  const side = nowOf(desk).writes.right ? "left" : "right";
  const records = SIDES.map((one) => `${endpointOf(session, one)}:${pair[one]}`).join(" and ");
  const { name } = side === "left" ? left : right;
  const both =
    left.name === right.name ? `"${name}"` : `"${left.name}" ("${right.name}" in ${endpointOf(session, "right")})`;
  const reason =
    why === "name"
      ? `${records} each have a file "${name}" of their own, with other content: neither is touched; rename one of them, or set same_name = "suffix"`
      : `the file ${both} was changed in ${records} since both last agreed: neither is touched; make them equal, or remove one of them`;
  failPart(session, pair, side, { kind: "attachment", name }, reason);
  state.failed = true;
}

function tellOrphan(
  { session, pair }: Desk,
  { side, attachment }: Extract<AttachmentAction, { kind: "orphan" }>,
): void {
  const from = otherSide(side);
  const why = `its original in ${endpointOf(session, from)}:${pair[from]} was removed, but it was changed here: it stays`;
  say(session, "held", side, pair[side], fieldOfPart({ kind: "attachment", name: attachment.name }), why);
}
