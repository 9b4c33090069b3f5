import type { Whereabouts } from "../../core/connector.ts";
import { otherSide, type Side } from "../../core/snapshot.ts";
import type { Pair } from "../../core/store.ts";
import { readAll } from "../read-all.ts";
import type { Session } from "../session.ts";
import { type Finding, finding, retryFindings } from "./finding.ts";
import type { Look } from "./look.ts";
import { paired } from "./paired.ts";
import { unpaired } from "./unpaired.ts";

export interface WhyNotOfLink {
  readonly link: string;
  /** `endpoint:key`; null where there is none. */
  readonly partner: string | null;
  readonly whereabouts: Whereabouts;
  /** In the order in which they count: the first is what keeps it. */
  readonly findings: readonly Finding[];
}

/** Looks at one record as the next run would, with all that waits for it. Writes nothing (B20). */
export async function whyNot(look: Look, side: Side, key: string): Promise<WhyNotOfLink> {
  const { session } = look;
  const { link, store, signal } = session;
  const pair = store.pairs(side, [key]).get(key) ?? null;
  const where = (await session.connectors[side].whereabouts(link[side].entity, [key], signal)).get(key) ?? "hidden";
  const partner = pair === null ? null : `${link[otherSide(side)].endpoint}:${pair[otherSide(side)]}`;
  const findings = [...stopFindings(session), ...(await recordFindings(look, side, key, pair, where))];
  return { link: link.key, partner, whereabouts: where, findings };
}

async function recordFindings(
  look: Look,
  side: Side,
  key: string,
  pair: Pair | null,
  where: Whereabouts,
): Promise<readonly Finding[]> {
  const { session } = look;
  if (where !== "present") return [notThere(session, side, key, pair, where), ...retryFindings(session, side, key)];
  const record = (await readAll(session, side, [key])).get(key);
  if (record === undefined) return [notThere(session, side, key, pair, "outside")];
  return pair === null ? unpaired(look, side, record) : paired(session, side, record, pair);
}

function stopFindings(session: Session): readonly Finding[] {
  const stop = session.store.stop();
  if (stop === null) return [];
  const { link } = session;
  const message =
    stop.allowed === null
      ? `the link is stopped by the ${stop.brake} brake: ${stop.reason}`
      : `the link was stopped (${stop.reason}); somebody has let it go on with the next run`;
  const hint = stop.allowed === null ? `syncline resume ${link.key} --allow ${stop.brake}` : "";
  return [finding("stopped", message, { since: stop.since, revision: stop.revision, hint })];
}

function notThere(session: Session, side: Side, key: string, pair: Pair | null, where: Whereabouts): Finding {
  const { endpoint, entity, deleted } = session.link[side];
  const paired = pair === null ? "" : "; it had a partner";
  if (where === "gone") {
    const hint =
      pair === null
        ? "look whether the key is right"
        : `the next full run does what the link says (deleted = "${deleted}")`;
    return finding("not there", `${endpoint} has no ${entity} ${key}: it was deleted or never was${paired}`, { hint });
  }
  if (where === "hidden")
    return finding("not there", `the account of ${endpoint} may not see ${entity} ${key}`, {
      hint: "give the account the right to read it",
    });
  return finding("not there", `${key} is there, but outside of what the link selects (${endpoint}, ${entity})`, {
    hint: "it may have been moved to another project or made another type",
  });
}
