import type { Side } from "../../core/snapshot.ts";
import type { Session } from "../session.ts";
import { baseOf } from "../tree/siblings.ts";

/**
 * Records that another link of the connection pairs, each with that link's key: a record has one partner in a connection. Two links may share an
 * entity type (a requirement type each, and stories for both), and a requirement may have become another type: its partner must not be doubled.
 */
export function pairedElsewhere(session: Session, side: Side, ids: readonly string[]): ReadonlyMap<string, string> {
  const { link, siblings } = session;
  const own = baseOf(link, side);
  const found = new Map<string, string>();
  for (const sibling of siblings) {
    if (sibling.link.key === link.key || baseOf(sibling.link, side) !== own) continue;
    for (const id of sibling.store.pairs(side, ids).keys()) found.set(id, sibling.link.key);
  }
  return found;
}
