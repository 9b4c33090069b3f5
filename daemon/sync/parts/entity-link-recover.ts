import type { EntityLink, EntityLinkDraft, EntityLinkPort } from "../../core/parts.ts";
import type { Pair } from "../../core/store.ts";
import { sameEnd } from "../decide/entity-links.ts";
import type { Session } from "../session.ts";
import { withAgreed, without, wordOf } from "./entity-link-memory.ts";
import type { PartIntent } from "./recover-parts.ts";
import type { PartDone } from "./write-part.ts";

/** A link that was to be made is there, or one that was to be removed is gone: what an earlier run sent has arrived. */
export async function recoverEntityLink(session: Session, pair: Pair, intent: PartIntent): Promise<PartDone | null> {
  const { side, part } = intent;
  const port = session.connectors[side].entityLinks;
  if (port === undefined) return null;
  const parts = session.store.pair(pair.id)?.parts ?? {};
  if (part.action === "remove") {
    const link = part.data["link"] as EntityLink;
    if ((await listedAt(session, port, link)).some((one) => one.id === link.id)) return null;
    const agreed = (parts.entityLinks ?? []).find((each) => each[side]?.id === link.id);
    return { parts: agreed === undefined ? {} : { entityLinks: without(parts, agreed) } };
  }
  const draft = part.data["draft"] as EntityLinkDraft;
  const before = (part.data["known"] as readonly string[] | undefined) ?? [];
  const known = new Set([...before, ...(parts.entityLinks ?? []).flatMap((each) => each[side]?.id ?? [])]);
  const made = (await listedAt(session, port, draft)).filter((one) => !known.has(one.id) && isMade(port, one, draft));
  // Somebody may have made another one between the same records since: ours is rather the one that has its type.
  const found = made.find(({ type }) => type === draft.type) ?? made[0];
  if (found === undefined) return null;
  const source = part.data["source"] as EntityLink;
  return {
    parts: { entityLinks: withAgreed(parts, side, found, source) },
    data: { link: found },
    after: wordOf(found),
  };
}

function listedAt(session: Session, port: EntityLinkPort, { from }: Pick<EntityLinkDraft, "from">) {
  return linksAt(session, port, from);
}

/** The links of one record. */
export async function linksAt(
  session: Session,
  port: EntityLinkPort,
  { entity, id }: EntityLink["from"],
): Promise<readonly EntityLink[]> {
  return (await port.list(entity, [id], session.signal)).get(id) ?? [];
}

/** Trackers store some links the other way round, in the word for it: only one with both its ends and its type in place is surely another one. */
export function isMade(port: EntityLinkPort, link: EntityLink, draft: EntityLinkDraft): boolean {
  if (sameEnd(link.from, draft.from) && sameEnd(link.to, draft.to)) return true;
  if (!sameEnd(link.from, draft.to) || !sameEnd(link.to, draft.from)) return false;
  return !port.isDirected(link) || link.type !== draft.type;
}
