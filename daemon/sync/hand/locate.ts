import type { RecordName } from "../../core/deeds.ts";
import { OperatorError } from "../../core/errors.ts";
import { type LinkConfig, SIDES, type Side, type Snapshot } from "../../core/snapshot.ts";
import type { Store } from "../../core/store.ts";

export interface Located {
  readonly link: LinkConfig;
  readonly side: Side;
}

/** Links of the snapshot, of one connection, or the one named by its key. Throws `OperatorError` for a name that is neither. */
export function linksWithin(snapshot: Snapshot, within: string | null): readonly LinkConfig[] {
  const links = snapshot.connections.flatMap((connection) => connection.links);
  if (within === null) return links;
  const chosen = links.filter((link) => link.connection === within || link.key === within);
  if (chosen.length > 0) return chosen;
  const known = [...new Set(links.flatMap((link) => [link.connection, link.key]))].sort();
  throw new OperatorError(
    `There is no connection or link "${within}".`,
    `The active configuration has: ${known.join(", ")}.`,
  );
}

/** The link that knows a record: by its pair, else by what the journal says of it. Throws `OperatorError` where none or several do. */
export function locate(snapshot: Snapshot, store: Store, name: RecordName): Located {
  const links = linksWithin(snapshot, name.within);
  const sides = links.flatMap((link) =>
    SIDES.filter((side) => link[side].endpoint === name.endpoint).map((side) => ({ link, side })),
  );
  if (sides.length === 0) {
    const known = [...new Set(links.flatMap((link) => SIDES.map((side) => link[side].endpoint)))].sort();
    throw new OperatorError(`There is no endpoint "${name.endpoint}".`, `There is: ${known.join(", ")}.`);
  }
  const paired = sides.filter(({ link, side }) => store.link(link.key).pairs(side, [name.record]).size > 0);
  const found = paired.length > 0 ? paired : sides.filter((one) => isInJournal(store, one, name.record));
  const [only, another] = found;
  if (only === undefined)
    throw new OperatorError(
      `${name.endpoint}:${name.record} has no pair.`,
      "Check the id; a record that was never synchronised has no pair yet.",
    );
  if (another !== undefined)
    throw new OperatorError(
      `${name.endpoint}:${name.record} stands in several links: ${found.map(({ link }) => link.key).join(", ")}.`,
      "Name one of them with --connection <connection/link>.",
    );
  return only;
}

function isInJournal(store: Store, { link, side }: Located, record: string): boolean {
  return store.link(link.key).journal({ side, record, limit: 1 }).length > 0;
}
