import type { Whereabouts } from "../../core/connector.ts";
import type { Side } from "../../core/snapshot.ts";
import type { Pair } from "../../core/store.ts";
import { say } from "../failure.ts";
import { endpointOf, type Session } from "../session.ts";
import { inBatches } from "../writing/write.ts";

const PAGE = 1_000;
const CHUNK = 200;

/** Pairs whose record of `side` a complete listing did not bring. Walks the store a page at a time. */
export function* unlisted(session: Session, side: Side, seen: ReadonlySet<string>): Iterable<Pair> {
  let after: string | null = null;
  for (;;) {
    const page = session.store.pairPage(side, after, PAGE);
    yield* page.filter((pair) => !seen.has(pair[side]) && pair.gone === undefined && pair.unlinked === undefined);
    after = page.at(-1)?.[side] ?? null;
    if (page.length < PAGE || after === null) return;
  }
}

/** Of these pairs, those whose record of `side` is deleted: each is asked for by its id. What is hidden or moved is told and kept (T16). */
export async function confirmGone(session: Session, side: Side, pairs: readonly Pair[]): Promise<readonly Pair[]> {
  const { connectors, link, signal } = session;
  const gone: Pair[] = [];
  for (const chunk of inBatches(pairs, CHUNK)) {
    const where = await connectors[side].whereabouts(
      link[side].entity,
      chunk.map((p) => p[side]),
      signal,
    );
    for (const pair of chunk) {
      const found = where.get(pair[side]) ?? "hidden";
      if (found === "gone") gone.push(pair);
      else tellKept(session, side, pair, found);
    }
  }
  return gone;
}

function tellKept(session: Session, side: Side, pair: Pair, found: Exclude<Whereabouts, "gone">): void {
  if (found === "present") return;
  const why = found === "hidden" ? "is not visible to the account any more" : "was moved out of what the link selects";
  say(
    session,
    "held",
    side,
    pair[side],
    null,
    `${endpointOf(session, side)}:${pair[side]} ${why}: the pair is kept, nothing is written or deleted`,
  );
}
