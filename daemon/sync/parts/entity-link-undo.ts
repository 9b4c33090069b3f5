import type { EntityLink, EntityLinkPair, Parts } from "../../core/parts.ts";
import type { Side } from "../../core/snapshot.ts";
import type { Pair } from "../../core/store.ts";
import type { Session } from "../session.ts";
import { nameOf, withAgreed, wordOf } from "./entity-link-memory.ts";
import { isMade, linksAt } from "./entity-link-recover.ts";
import type { PartEntry, PartUndoing } from "./undo-part.ts";
import { writePart } from "./write-part.ts";

const REFUSED = "the tracker did not take it: `syncline queue` says why";

/** Takes back one written link. What is left is remembered as one-sided, so that the next run does not write it again. */
export async function undoEntityLink(session: Session, pair: Pair, entry: PartEntry): Promise<PartUndoing> {
  const { side, part } = entry;
  const port = session.connectors[side].entityLinks;
  const link = part.data["link"] as EntityLink | undefined;
  if (port === undefined || link === undefined) return { kind: "left", why: "nobody knows which link it was" };
  const there = (await linksAt(session, port, link.from)).find((one) => isMade(port, one, link));
  const common = { pair, side };
  if (part.action === "add") {
    if (there?.id !== link.id) return { kind: "left", why: "it was removed since" };
    return {
      kind: "step",
      what: "remove the entity link",
      async act(origin) {
        const deed = { kind: "entity link", action: "remove", name: nameOf(link), data: { link } } as const;
        const result = await writePart(
          session,
          { ...common, part: deed, origin, before: wordOf(link), after: null },
          () => port.remove(link, session.signal),
          (_, parts) => ({ parts: { entityLinks: oneSided(parts, side, link) } }),
        );
        return result.kind === "failed" ? REFUSED : null;
      },
    };
  }
  if (there !== undefined) return { kind: "left", why: "it is there again" };
  return {
    kind: "step",
    what: "add the entity link",
    async act(origin) {
      const deed = {
        kind: "entity link",
        action: "add",
        name: nameOf(link),
        data: { draft: link, source: null },
      } as const;
      const result = await writePart(
        session,
        { ...common, part: deed, origin, before: null, after: wordOf(link) },
        () => port.add(link, session.signal),
        (stored, parts) => ({ parts: { entityLinks: withAgreed(parts, side, stored, null) }, data: { link: stored } }),
      );
      return result.kind === "failed" ? REFUSED : null;
    },
  };
}

function oneSided(parts: Parts, side: Side, link: EntityLink): readonly EntityLinkPair[] {
  return (parts.entityLinks ?? []).map((each) => (each[side]?.id === link.id ? { ...each, [side]: null } : each));
}
