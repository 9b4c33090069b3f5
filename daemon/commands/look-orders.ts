import type { DriftOrder, WhyNotOrder } from "../control/protocol.ts";
import { OperatorError } from "../core/errors.ts";
import type { LinkConfig, Side } from "../core/snapshot.ts";
import { type Drift, findDrift } from "../sync/look/drift.ts";
import { type Finding, isSynced } from "../sync/look/finding.ts";
import type { Look } from "../sync/look/look.ts";
import { type WhyNotOfLink, whyNot } from "../sync/look/why-not.ts";
import { lineOf } from "./commit-text.ts";
import { type Earlier, findEarlier } from "./earlier.ts";
import { type Answer, answered, type Ground, type LinkFound, linksIn, lookAt } from "./ground.ts";
import { isMeant } from "./record-name.ts";

export interface WhyNotAnswer extends WhyNotOfLink {
  /** Nothing keeps it. */
  readonly synced: boolean;
  readonly findings: readonly (Finding & { readonly earlier: Earlier | null })[];
  /** Milliseconds since 1970; null where the link has no trigger or no daemon runs. */
  readonly nextRun: number | null;
  readonly running: boolean;
}

/** One answer a link that has the endpoint; a record that only some of them know is answered for by those. Throws `OperatorError` where none has it. */
export async function answerWhyNot(ground: Ground, order: WhyNotOrder): Promise<Answer<readonly WhyNotAnswer[]>> {
  const narrow = {
    ...(order.connection === null ? {} : { connection: order.connection }),
    ...(order.link === null ? {} : { link: order.link }),
  };
  const found = linksIn(ground.snapshot).filter(
    ({ link }) => isMeant(link.key, narrow) && sideOf(link, order.endpoint) !== null,
  );
  if (found.length === 0) throw noLink(ground, order);
  // Asking the trackers of several connections, only to ask which one is meant, would be wasted.
  const connections = new Set(found.map(({ connection }) => connection.name));
  if (connections.size > 1) return { ok: true, value: found.map(({ link }) => unasked(link.key, ground)) };
  return answered(async () => {
    const answers: WhyNotAnswer[] = [];
    for (const one of found) answers.push(await answerFor(ground, one, order));
    const known = answers.filter((answer) => answer.whereabouts === "present" || answer.partner !== null);
    return known.length > 0 ? known : answers;
  });
}

function unasked(link: string, ground: Ground): WhyNotAnswer {
  return {
    link,
    partner: null,
    whereabouts: "hidden",
    findings: [],
    synced: false,
    nextRun: null,
    running: ground.running,
  };
}

function noLink(ground: Ground, { endpoint }: WhyNotOrder): OperatorError {
  const names = linksIn(ground.snapshot).flatMap(({ link }) => [link.left.endpoint, link.right.endpoint]);
  return new OperatorError(
    `No link of the active configuration has an endpoint "${endpoint}" that fits: nothing of it is synchronised.`,
    `There is: ${[...new Set(names)].join(", ") || "none"}. What was pushed lately: \`syncline status\`.`,
  );
}

async function answerFor(ground: Ground, found: LinkFound, { endpoint, key }: WhyNotOrder): Promise<WhyNotAnswer> {
  const side = sideOf(found.link, endpoint) ?? "left";
  const look = await lookAt(ground, found);
  const told = await whyNot(look, side, key);
  const findings = [];
  for (const one of told.findings) findings.push(await withHistory(ground, look, side, key, one));
  const { key: link } = found.link;
  return { ...told, findings, synced: isSynced(told.findings), nextRun: ground.nextDue(link), running: ground.running };
}

/** What filter and creation setting said before, where they are what keeps the record. */
async function withHistory(ground: Ground, look: Look, side: Side, key: string, found: Finding) {
  if (found.kind !== "filter" && found.kind !== "creation off") return { ...found, earlier: null };
  const { session } = look;
  const { link, connectors, signal } = session;
  const selects = async (filter: string) =>
    (await connectors[side].matching(link[side].entity, [key], filter, signal)).has(key);
  const earlier = await findEarlier(ground, link.key, side, selects);
  const since = earlier === null ? found.since : Math.max(found.since ?? 0, earlier.until.at ?? 0) || null;
  const where = await settingLine(ground, link, found.kind === "filter" ? "filter" : "create");
  return { ...found, since, where, revision: earlier?.until.revision ?? found.revision, earlier };
}

/** The line of the link's table that says it; the table's own where it says nothing. */
async function settingLine({ repository, snapshot, signal }: Ground, link: LinkConfig, key: string): Promise<string> {
  const { file, line } = link.origin;
  const tree = repository === null ? null : await repository.readTree(snapshot.revision, signal);
  for (let at = line; tree !== null; at++) {
    const text = lineOf(tree, file, at);
    if (text === null || (at > line && text.startsWith("["))) break;
    if (new RegExp(`^${key}\\s*[=.]`).test(text)) return `${file}:${at}`;
  }
  return `${file}:${line}`;
}

function sideOf(link: LinkConfig, endpoint: string): Side | null {
  if (link.left.endpoint === endpoint) return "left";
  return link.right.endpoint === endpoint ? "right" : null;
}

/** Throws `OperatorError` for a link that the active configuration does not have. */
export async function answerDrift(ground: Ground, order: DriftOrder): Promise<Answer<Drift>> {
  const links = linksIn(ground.snapshot);
  const found = links.find(({ link }) => link.key === order.link);
  if (found === undefined)
    throw new OperatorError(
      `There is no link "${order.link}".`,
      `The active configuration has: ${links.map(({ link }) => link.key).join(", ") || "none"}.`,
    );
  return answered(async () => findDrift(await lookAt(ground, found), order.limit, new Set(order.ignore)));
}
