import type { Whereabouts } from "../../core/connector.ts";
import type { TrackerRecord, Value } from "../../core/record.ts";
import { otherSide, SIDES, type Side } from "../../core/snapshot.ts";
import type { Pair } from "../../core/store.ts";
import { wishesOf } from "../carry-over.ts";
import { coupleText } from "../pairing/adopt.ts";
import { sortNew } from "../pairing/newcomers.ts";
import { withRuledFields } from "../pairs.ts";
import { readAll } from "../read-all.ts";
import type { Session } from "../session.ts";
import { inBatches } from "../writing/write.ts";
import { comparePair, type Disagreement, failed, type Why } from "./compare.ts";
import type { Look } from "./look.ts";
import { lookAtParts, partKinds } from "./parts.ts";

/** Where a pair does not agree, by endpoint name. Times are ISO 8601, UTC. */
export interface DriftItem {
  readonly records: Readonly<Record<string, string | null>>;
  /** Null for what concerns the whole record. */
  readonly fields: Readonly<Record<string, string | null>> | null;
  readonly values: Readonly<Record<string, Value>> | null;
  readonly why: Why;
  readonly detail: string;
  readonly since: string | null;
  readonly run: string | null;
}

export interface Drift {
  readonly link: string;
  readonly revision: string;
  readonly endpoints: readonly [string, string];
  /** Pairs looked at. */
  readonly pairs: number;
  /** Records listed, by endpoint. */
  readonly records: Readonly<Record<string, number>>;
  /** What was compared besides fields: attachments, comments, entity links, as far as the link carries them. */
  readonly parts: readonly string[];
  /** Fields that differ on purpose, as both sides last agreed: cut texts, many-to-one values, default users. No disagreement. */
  readonly remembered: number;
  /** Disagreements by reason; those beyond the limit are counted as well. */
  readonly counts: Readonly<Partial<Record<Why, number>>>;
  readonly items: readonly DriftItem[];
  readonly more: number;
  /** Disagreements for a reason that was asked to be left out. */
  readonly ignored: number;
}

const CHUNK = 200;
const PAGE = 1_000;

/** Compares both trackers, page by page: every pair and field that disagree, and records that should have a partner. Writes nothing (B26). */
export async function findDrift(look: Look, limit: number, ignore: ReadonlySet<string> = new Set()): Promise<Drift> {
  const { session } = look;
  const { link, signal } = session;
  const drift = collect(session, limit, ignore);
  const seen = { left: new Set<string>(), right: new Set<string>() };
  for (const side of SIDES) {
    const request = { entity: link[side].entity, fields: session.fields[side], since: null };
    for await (const page of session.connectors[side].changes(request, signal)) {
      signal.throwIfAborted();
      for (const chunk of inBatches(
        page.records.filter(({ id }) => !seen[side].has(id)),
        CHUNK,
      )) {
        for (const { id } of chunk) seen[side].add(id);
        await lookAtChunk(look, side, chunk, drift);
      }
    }
  }
  await lookAtUnlisted(session, seen, drift);
  const { pairs, remembered, counts, items, more, ignored } = drift.tally;
  const endpoints = [link.left.endpoint, link.right.endpoint] as const;
  const records = { [endpoints[0]]: seen.left.size, [endpoints[1]]: seen.right.size };
  return {
    link: link.key,
    revision: session.context.revision,
    endpoints,
    pairs,
    records,
    parts: partKinds(session),
    remembered,
    counts,
    items,
    more,
    ignored,
  };
}

interface Collected {
  readonly tally: {
    pairs: number;
    remembered: number;
    more: number;
    ignored: number;
    readonly counts: Partial<Record<Why, number>>;
    readonly items: DriftItem[];
  };
  add(pair: Partial<Pick<Pair, Side>>, found: Found): void;
}

type Found = Pick<Disagreement, "why" | "detail"> & Partial<Disagreement>;

function collect(session: Session, limit: number, ignore: ReadonlySet<string>): Collected {
  const tally: Collected["tally"] = { pairs: 0, remembered: 0, more: 0, ignored: 0, counts: {}, items: [] };
  return {
    tally,
    add(pair, found) {
      tally.counts[found.why] = (tally.counts[found.why] ?? 0) + 1;
      if (ignore.has(found.why)) tally.ignored++;
      else if (tally.items.length < limit) tally.items.push(itemOf(session, pair, found));
      else tally.more++;
    },
  };
}

function itemOf({ link }: Session, pair: Partial<Pick<Pair, Side>>, found: Found): DriftItem {
  const [left, right] = [link.left.endpoint, link.right.endpoint];
  const { cell, why, detail, since = null, run = null } = found;
  return {
    records: { [left]: pair.left ?? null, [right]: pair.right ?? null },
    fields: cell === undefined ? null : { [left]: cell.left, [right]: cell.right },
    values: cell === undefined ? null : { [left]: found.left ?? null, [right]: found.right ?? null },
    ...{ why, detail, since: since === null ? null : new Date(since).toISOString(), run },
  };
}

async function lookAtChunk(look: Look, side: Side, records: readonly TrackerRecord[], drift: Collected): Promise<void> {
  const { session } = look;
  const pairs = session.store.pairs(
    side,
    records.map(({ id }) => id),
  );
  // Pairs are compared when their left record comes by.
  const paired = records.flatMap((record) => {
    const pair = pairs.get(record.id);
    return pair === undefined || side === "right" ? [] : [{ pair, record }];
  });
  await lookAtPairs(look, paired, drift);
  await lookAtNew(
    look,
    side,
    records.filter(({ id }) => !pairs.has(id)),
    drift,
  );
}

async function lookAtPairs(
  look: Look,
  paired: readonly { readonly pair: Pair; readonly record: TrackerRecord }[],
  drift: Collected,
): Promise<void> {
  const { session } = look;
  const apart = paired.filter(({ pair }) => pair.gone !== undefined);
  drift.tally.pairs += paired.length;
  for (const { pair } of apart) drift.add(pair, goneFound(session, pair));
  const together = paired.filter(({ pair }) => pair.gone === undefined);
  const partners = await readAll(
    session,
    "right",
    together.map(({ pair }) => pair.right),
  );
  const whole: Seen[] = [];
  const lost: Pair[] = [];
  for (const { pair, record } of together) {
    const partner = partners.get(pair.right);
    if (partner === undefined) lost.push(pair);
    else whole.push({ pair, left: record, right: partner });
  }
  await lookAtLost(session, "right", lost, drift);
  const parts = new Map(
    (
      await lookAtParts(
        look,
        whole.map(({ pair }) => pair),
      )
    ).map(({ pair, found }) => [pair.id, found]),
  );
  for (const { pair, found, remembered } of await compareAll(session, whole)) {
    drift.tally.remembered += remembered;
    for (const each of [...found, ...(parts.get(pair.id) ?? [])]) drift.add(pair, each);
  }
}

export interface Seen {
  readonly pair: Pair;
  readonly left: TrackerRecord;
  readonly right: TrackerRecord;
}

/** Runs the rules over each pair, dry, and compares what comes out with what is there. */
export async function compareAll(
  session: Session,
  seen: readonly Seen[],
): Promise<readonly { readonly pair: Pair; readonly found: readonly Found[]; readonly remembered: number }[]> {
  if (seen.length === 0) return [];
  const wishes = await wishesOf(session, seen);
  const whole = await withRuledFields(session, seen, wishes);
  const frame = await session.frame();
  return whole.map(({ pair, left, right }, i) => {
    const wish = wishes[i];
    if (wish === undefined) throw new Error("wishesOf lost a pair");
    const retries = { left: session.store.retry("left", pair.left), right: session.store.retry("right", pair.right) };
    if (!wish.ok) {
      const retry = retries[wish.side];
      return { pair, found: [retry === null ? { why: "error", detail: wish.message } : failed(retry)], remembered: 0 };
    }
    const { toRight, toLeft } = wish;
    const { disagreements, remembered } = comparePair({ frame, pair, left, right, toRight, toLeft, retries });
    return { pair, found: disagreements, remembered };
  });
}

/** Records without a pair count where the next run would pair them or make them a partner. */
async function lookAtNew(look: Look, side: Side, records: readonly TrackerRecord[], drift: Collected): Promise<void> {
  if (records.length === 0) return;
  const { session, heard } = look;
  heard();
  const { couples, wanted } = await sortNew(session, side, records);
  const other = session.link[otherSide(side)].endpoint;
  const add = (id: string, why: Why, detail: string) => drift.add({ [side]: id }, { why, detail });
  for (const couple of couples)
    add(couple.record.id, "no partner", `${coupleText(couple, other)}: the next run pairs them`);
  for (const { id } of wanted) {
    const retry = session.store.retry(side, id);
    if (retry === null) add(id, "no partner", `the next run makes one in ${other}`);
    else drift.add({ [side]: id }, failed(retry));
  }
  for (const { record, message } of heard()) add(record, "error", message);
}

/** Pairs of which a listing did not bring the left record, and those whose right record is nowhere. */
async function lookAtUnlisted(
  session: Session,
  seen: Readonly<Record<Side, ReadonlySet<string>>>,
  drift: Collected,
): Promise<void> {
  let after: string | null = null;
  for (;;) {
    session.signal.throwIfAborted();
    const page: readonly Pair[] = session.store.pairPage("left", after, PAGE);
    const unlisted = page.filter((pair) => !seen.left.has(pair.left));
    drift.tally.pairs += unlisted.length;
    for (const pair of unlisted) if (pair.gone !== undefined) drift.add(pair, goneFound(session, pair));
    await lookAtLost(
      session,
      "left",
      unlisted.filter((pair) => pair.gone === undefined),
      drift,
    );
    after = page.at(-1)?.left ?? null;
    if (page.length < PAGE || after === null) return;
  }
}

async function lookAtLost(session: Session, side: Side, pairs: readonly Pair[], drift: Collected): Promise<void> {
  for (const chunk of inBatches(pairs, CHUNK)) {
    const ids = chunk.map((pair) => pair[side]);
    const where = await session.connectors[side].whereabouts(session.link[side].entity, ids, session.signal);
    for (const pair of chunk) {
      const found = lostFound(session, side, where.get(pair[side]) ?? "hidden");
      drift.add(pair, found);
    }
  }
}

function lostFound({ link }: Session, side: Side, where: Whereabouts): Found {
  const { endpoint, deleted } = link[side];
  if (where === "gone")
    return {
      why: "gone",
      detail: `deleted in ${endpoint}: the next full run does what the link says (deleted = "${deleted}")`,
    };
  if (where === "present")
    return { why: "edited", detail: `it came back into ${endpoint}'s listing just now: look again` };
  const how = where === "hidden" ? "not visible to the account any more" : "moved out of what the link selects";
  return { why: "not visible", detail: `in ${endpoint} it is ${how}: the pair is kept, nothing is written or deleted` };
}

function goneFound({ link }: Session, pair: Pair): Found {
  const side = pair.gone ?? "left";
  return { why: "gone", detail: `deleted in ${link[side].endpoint}: its partner stays as it is (deleted = "nothing")` };
}
