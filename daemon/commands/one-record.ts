import { OperatorError } from "../core/errors.ts";
import type { LinkConfig, Side } from "../core/snapshot.ts";
import type { Look } from "../sync/look/look.ts";
import { type Trace, traceRules } from "../sync/look/trace.ts";
import type { Place as RecordPlace } from "../sync/look/why.ts";
import { type Ground, type LinkFound, linksIn, lookAt } from "./ground.ts";
import { isMeant, type Narrow } from "./record-name.ts";

/** A record on the link that knows it, with the rules listened to; `trace` is null where the link's configuration has no rules. */
export interface OneRecord {
  readonly link: LinkConfig;
  readonly side: Side;
  readonly look: Look;
  readonly trace: Trace | null;
}

/** Looks at one record. Throws `OperatorError` where no link has the endpoint, or several could be meant. */
export async function lookAtRecord(ground: Ground, record: RecordPlace, narrow: Narrow): Promise<OneRecord> {
  const candidates = linksIn(ground.snapshot).flatMap((found) => {
    const side = sideOf(found.link, record.endpoint);
    return side === null || !isMeant(found.link.key, narrow) ? [] : [{ found, side }];
  });
  const paired = candidates.filter(
    ({ found, side }) => ground.store.link(found.link.key).pairs(side, [record.key]).size > 0,
  );
  const [one, ...more] = paired.length > 0 ? paired : candidates;
  if (one === undefined) {
    const links = linksIn(ground.snapshot).map(({ link }) => link);
    if (narrow.link !== undefined || narrow.connection !== undefined)
      throw new OperatorError(
        `No link ${narrow.link ?? `of ${narrow.connection}`} has an endpoint "${record.endpoint}".`,
        `There is: ${links.map(({ key, left, right }) => `${key} (${left.endpoint}, ${right.endpoint})`).join(", ") || "none"}.`,
      );
    const names = links.flatMap(({ left, right }) => [left.endpoint, right.endpoint]);
    throw new OperatorError(
      `No link of the configuration has an endpoint "${record.endpoint}".`,
      `There is: ${[...new Set(names)].join(", ") || "none"}.`,
    );
  }
  if (more.length > 0) {
    const links = [one, ...more].map(({ found }) => found.link.key);
    throw new OperatorError(
      `${record.endpoint}:${record.key} may be meant of several links: ${links.join(", ")}.`,
      `Name one: --link ${links[0]}.`,
    );
  }
  return { link: one.found.link, side: one.side, ...(await listen(ground, one.found)) };
}

async function listen(ground: Ground, found: LinkFound): Promise<Pick<OneRecord, "look" | "trace">> {
  const { snapshot } = ground;
  const trace = snapshot.rules === null ? null : traceRules(snapshot.rules);
  const look = await lookAt({ ...ground, snapshot: { ...snapshot, rules: trace?.rules ?? null } }, found);
  return { look, trace };
}

function sideOf(link: LinkConfig, endpoint: string): Side | null {
  if (link.left.endpoint === endpoint) return "left";
  return link.right.endpoint === endpoint ? "right" : null;
}
