import type { PartWrite } from "../../core/parts.ts";
import type { Value } from "../../core/record.ts";
import type { JournalEntry, Pair } from "../../core/store.ts";
import { stopsRun } from "../failure.ts";
import type { Session } from "../session.ts";
import { saveParts } from "./parts.ts";
import {
  attempt,
  book,
  COUNTS,
  entryOf,
  intentOf,
  type PartDeed,
  type PartDone,
  planPart,
  tellPart,
} from "./write-part.ts";

/** What one of the parts left behind. */
export interface TogetherDone {
  readonly data?: PartWrite["data"];
  readonly after?: Value;
  /** The other person's words, where they gave way. */
  readonly lost?: Value;
}

export type TogetherResult = "written" | "counted" | "failed" | "conflict";

/**
 * Like `writePart`, for parts of one record that one request writes: one intent each, one transaction for all. `conflict`: somebody was faster and
 * nothing was written; to be decided anew, unless `last`, which books it.
 */
export async function writeTogether<T>(
  session: Session,
  pair: Pair,
  deeds: readonly PartDeed[],
  last: boolean,
  send: () => Promise<T>,
  agreed: (stored: T) => { readonly parts: PartDone["parts"]; readonly each: readonly TogetherDone[] },
): Promise<TogetherResult> {
  for (const deed of deeds) planPart(session, deed);
  if (session.dryRun) {
    for (const { side, part } of deeds) session.tally.add(side, COUNTS[part.kind]);
    return "counted";
  }
  const intents = deeds.map((deed) => intentOf(session, deed));
  session.store.commit({ intents });
  const outcome = await attempt(send);
  if (!outcome.ok && outcome.error.kind === "conflict" && outcome.error.stored === "no" && !last) {
    session.store.commit({ doneIntents: intents.map(({ id }) => id) });
    return "conflict";
  }
  if (!outcome.ok) {
    const { error } = outcome;
    for (const [i, deed] of deeds.entries()) book(session, deed, intents[i] ?? missing(), error);
    if (stopsRun(error)) throw error;
    return "failed";
  }
  const { parts, each } = agreed(outcome.stored);
  const journal = deeds.map((deed, i): JournalEntry => {
    const { lost, ...done } = each[i] ?? missing();
    const entry = entryOf(session, deed, { ...done, parts });
    return lost === undefined ? entry : { ...entry, lost };
  });
  saveParts(session, pair, parts, { doneIntents: intents.map(({ id }) => id), journal });
  for (const { side, part } of deeds) {
    session.tally.add(side, COUNTS[part.kind]);
    tellPart(session, side, pair, part);
  }
  return "written";
}

function missing(): never {
  throw new Error("a part was written without its intent or outcome");
}
