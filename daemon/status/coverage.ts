import { SIDES } from "../core/snapshot.ts";
import type { LinkStore, Retry } from "../core/store.ts";
import { plain } from "./words.ts";

/** How many of a link's records are as they should be (T38). Each known record counts once, a pair as one; at most the given number of troubled ones is looked at. */
export interface Coverage {
  /** Pairs, and records that are to have a partner and have none yet. */
  readonly known: number;
  /** Pairs of which nothing waits. */
  readonly inStep: number;
  /** What could not be carried and is tried again. */
  readonly failing: number;
  /** What waits for another record to be paired. */
  readonly waiting: number;
  /** Pairs with a conflict that waits for a person, and nothing worse. */
  readonly held: number;
}

export function coverageOf(link: LinkStore, limit: number): Coverage {
  const retries = link.retries(limit);
  const states = new Map<string, "failing" | "waiting" | "held">();
  for (const pair of link.held(limit)) states.set(pair.id, "held");
  let alone = 0;
  for (const side of SIDES) {
    const own = retries.filter((retry) => retry.side === side);
    const pairs = link.pairs(
      side,
      own.map((retry) => retry.record),
    );
    for (const retry of own) {
      const pair = pairs.get(retry.record);
      if (pair === undefined) alone++;
      const key = pair?.id ?? `${side}:${retry.record}`;
      if (states.get(key) !== "failing") states.set(key, onlyWaits(retry) ? "waiting" : "failing");
    }
  }
  const all = [...states.values()];
  const count = (state: "failing" | "waiting" | "held") => all.filter((one) => one === state).length;
  const pairs = link.pairCount();
  return {
    known: pairs + alone,
    inStep: pairs - (all.length - alone),
    ...{ failing: count("failing"), waiting: count("waiting"), held: count("held") },
  };
}

function onlyWaits({ attempts, awaits }: Retry): boolean {
  return attempts === 0 && awaits !== undefined && awaits.length > 0;
}

/** `250 records: 240 in step, 6 failing (syncline queue payments/defects)`: the commands list what is not in step. Empty where nothing is known. */
export function coverageText({ known, inStep, failing, waiting, held }: Coverage, link: string): string {
  if (known === 0) return "";
  const parts = [
    `${inStep} in step`,
    ...(failing > 0 ? [`${failing} failing`] : []),
    ...(waiting > 0 ? [`${waiting} waiting for another record`] : []),
    ...(held > 0 ? [`${held} held for a person`] : []),
  ];
  const lists = [
    ...(failing + waiting > 0 ? [`syncline queue ${plain(link)}`] : []),
    ...(held > 0 ? [`syncline conflicts ${plain(link)}`] : []),
  ];
  const ask = lists.length === 0 ? "" : ` (${lists.join("; ")})`;
  return `${known} ${known === 1 ? "record" : "records"}: ${parts.join(", ")}${ask}`;
}
