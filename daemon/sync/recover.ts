import { otherSide, type Side } from "../core/snapshot.ts";
import type { Intent, JournalEntry, Pair } from "../core/store.ts";
import { equalValues } from "../fields/equal.ts";
import { nextBase } from "./base.ts";
import { settleByHand } from "./by-hand.ts";
import { type Desires, mapFields } from "./desire.ts";
import type { Frame } from "./frame.ts";
import { findLost } from "./lost.ts";
import { newPair } from "./newcomers.ts";
import { type PairInHand, readAll, syncFresh } from "./pairs.ts";
import { endpointOf, type Session } from "./session.ts";
import { tellWritten } from "./write.ts";

/** A creation that was on its way when the daemon died may still reach the tracker: nothing is made anew before this much time has passed. */
const SETTLE_MS = 5_000;

/**
 * Settles what an earlier run sent without recording an answer: creations are looked for and paired, updates that arrived are entered in the
 * journal. Afterwards no intent is open, so that the run may create again what was not stored.
 */
export async function recover(session: Session, wait: (ms: number) => Promise<void>): Promise<void> {
  const intents = session.store.intents();
  if (intents.length === 0 || session.dryRun) return;
  for (const side of ["left", "right"] as const) {
    await recoverCreations(
      session,
      side,
      intents.filter((i) => i.kind === "create" && i.side === side),
      wait,
    );
    await recoverUpdates(
      session,
      side,
      intents.filter((i) => i.kind === "update" && i.side === side),
    );
  }
}

async function recoverCreations(
  session: Session,
  side: Side,
  intents: readonly Intent[],
  wait: (ms: number) => Promise<void>,
): Promise<void> {
  if (intents.length === 0) return;
  const youngest = Math.max(...intents.map((i) => i.at));
  const left = youngest + SETTLE_MS - session.now();
  let found = await findLost(session, side, intents);
  if (found.size < intents.length && left > 0) {
    await wait(Math.min(left, SETTLE_MS));
    found = await findLost(session, side, intents);
  }
  const frame = await session.frame();
  const pairs: PairInHand[] = [];
  const sources = await readAll(
    session,
    otherSide(side),
    intents.filter((i) => found.has(i.id)).map((i) => i.source),
  );
  for (const intent of intents) {
    const record = found.get(intent.id);
    const source = sources.get(intent.source);
    if (record === undefined || source === undefined || isPaired(session, side, intent)) continue;
    const [l, r] = side === "left" ? [record, source] : [source, record];
    pairs.push({
      pair: {
        ...newPair(session, l, r),
        ...(intent.replaces === undefined ? {} : { id: intent.replaces }),
        base: baseOf(intent, frame),
      },
      left: l,
      right: r,
      linking: true,
    });
    tellWritten(session, side, record.id, "pair", `${endpointOf(session, otherSide(side))}:${source.id}`, []);
  }
  session.tally.paired(pairs.length);
  session.store.commit({ pairs: pairs.map((p) => p.pair), doneIntents: intents.map((i) => i.id) });
  await syncFresh(session, pairs);
}

/** The source has a partner already, other than the deleted one that this creation stands in for. */
function isPaired(session: Session, side: Side, intent: Intent): boolean {
  const pair = session.store.pairs(otherSide(side), [intent.source]).get(intent.source);
  return pair !== undefined && pair.id !== intent.replaces;
}

/** What both sides held when the creation was sent, so that edits made since count as edits. */
function baseOf(intent: Intent, frame: Frame): Pair["base"] {
  const empty = { left: {}, right: {}, toRight: {}, toLeft: {} };
  const source = { id: intent.source, version: "", modified: null, fields: intent.sourceFields };
  const created = { id: "", version: "", modified: null, fields: intent.fields };
  const [left, right] = intent.side === "left" ? [created, source] : [source, created];
  const toRight: Desires = mapFields(left.fields, frame, "right");
  const toLeft: Desires = mapFields(right.fields, frame, "left");
  return nextBase(empty, { left, right, toRight, toLeft }, [], frame);
}

async function recoverUpdates(session: Session, side: Side, intents: readonly Intent[]): Promise<void> {
  if (intents.length === 0) return;
  const records = await readAll(
    session,
    side,
    intents.flatMap((i) => i.target ?? []),
  );
  const journal = intents.flatMap((intent): JournalEntry[] => {
    const record = records.get(intent.target ?? "");
    const pair = session.store.pairs(side, [intent.target ?? ""]).get(intent.target ?? "");
    if (record === undefined || pair === undefined) return [];
    return Object.entries(intent.fields).flatMap(([field, sent]): JournalEntry[] => {
      const schema = session.schemas[side].schemas[field];
      const now = record.fields[field] ?? null;
      if (schema === undefined || !equalValues(schema, now, sent)) return [];
      const { run, revision } = { run: intent.run, revision: session.context.revision };
      return [
        {
          run,
          revision,
          at: intent.at,
          pair: pair.id,
          side,
          record: record.id,
          kind: "update",
          field,
          before: intent.before[field] ?? null,
          after: now,
          origin: intent.byHand ?? "recovered",
          source: intent.source,
          sourceVersion: "",
        },
      ];
    });
  });
  session.store.commit({ journal });
  await settleByHand(session, side, intents, records);
  session.store.commit({ doneIntents: intents.map((i) => i.id) });
}
