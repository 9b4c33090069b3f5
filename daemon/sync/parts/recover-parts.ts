import { ConnectorError } from "../../core/errors.ts";
import type { PartWrite } from "../../core/parts.ts";
import type { Intent, JournalEntry, Pair } from "../../core/store.ts";
import type { Session } from "../session.ts";
import { type PartWork, saveParts } from "./parts.ts";
import { fieldOfPart, type PartDone, tellPart } from "./write-part.ts";

/** What a dead process had sent may still reach the tracker: so long nothing more must have turned up, milliseconds. */
const SETTLE_MS = 5_000;
const LOOK_MS = 1_000;
/** Whatever was sent so long ago is stored by now, or never. */
const LONG_AGO_MS = 10 * 60_000;

export type PartIntent = Intent & { readonly kind: "part"; readonly part: PartWrite };

/**
 * Looks whether the write of an intent without an answer is stored: reads the tracker, compares with `intent.part.data`. Answers what the pair's
 * memory is then, or null where no trace of it is there; the run that follows decides anew. Half-done replacements may be finished here.
 */
export type PartRecover = (session: Session, pair: Pair, intent: PartIntent) => Promise<PartDone | null>;

/**
 * Settles part writes of an earlier run that got no answer, before anything is written: what is there is paired and journalled, what is not counts
 * as never sent. Additions that are not found are looked for again for a while, so that none is made twice.
 */
export async function recoverParts(
  session: Session,
  works: readonly PartWork[],
  wait: (ms: number) => Promise<void>,
): Promise<void> {
  let open: readonly PartIntent[] = session.store.intents().filter(isPart);
  for (let quiet = 0; open.length > 0; quiet += LOOK_MS) {
    const left = await lookOnce(session, works, open);
    if (left.length < open.length) quiet = 0;
    open = left;
    if (quiet >= SETTLE_MS || open.every((intent) => isSettled(session, intent))) break;
    await wait(LOOK_MS);
  }
  if (open.length > 0) session.store.commit({ doneIntents: open.map((intent) => intent.id) });
}

function isPart(intent: Intent): intent is PartIntent {
  return intent.kind === "part" && intent.part !== undefined;
}

/** Only an addition is not the same when it is done twice. */
function isSettled(session: Session, { part, at }: PartIntent): boolean {
  return part.action === "remove" || session.now() - at > LONG_AGO_MS;
}

/** Those of which there is no trace yet. */
async function lookOnce(
  session: Session,
  works: readonly PartWork[],
  intents: readonly PartIntent[],
): Promise<readonly PartIntent[]> {
  const left: PartIntent[] = [];
  for (const intent of intents) {
    const work = works.find(({ kind }) => kind === intent.part.kind);
    const pair = session.store.pairs(intent.side, [intent.target ?? ""]).get(intent.target ?? "");
    if (work === undefined || pair === undefined) {
      session.store.commit({ doneIntents: [intent.id] });
      continue;
    }
    const done = await recovered(session, work, pair, intent);
    if (done === null) left.push(intent);
    else record(session, pair, intent, done);
  }
  return left;
}

/** Trouble with this one record, such as a server without attachments, must not end every run from now on. */
async function recovered(session: Session, work: PartWork, pair: Pair, intent: PartIntent): Promise<PartDone | null> {
  try {
    return await work.recover(session, pair, intent);
  } catch (error) {
    const isOfOne = error instanceof ConnectorError && ["invalid", "notFound", "conflict"].includes(error.kind);
    if (!isOfOne) throw error;
    return null;
  }
}

function record(session: Session, pair: Pair, intent: PartIntent, done: PartDone): void {
  const { run, at, side, source, part, byHand } = intent;
  const field = fieldOfPart(part);
  const entry: JournalEntry = {
    ...{ run, revision: session.context.revision, at, pair: pair.id, side, record: pair[side], kind: "update", field },
    ...{ before: intent.before[field] ?? null, after: done.after ?? intent.fields[field] ?? null },
    ...{ origin: byHand ?? "recovered", source, sourceVersion: "" },
    part: { ...part, data: { ...part.data, ...done.data } },
  };
  saveParts(session, pair, done.parts, { doneIntents: [intent.id], journal: [entry] });
  tellPart(session, side, pair, part);
}
