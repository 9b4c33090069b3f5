import type { Whereabouts } from "../../core/connector.ts";
import type { TrackerRecord } from "../../core/record.ts";
import { otherSide, type Side } from "../../core/snapshot.ts";
import type { Pair, Retry } from "../../core/store.ts";
import { carryBatch, failureText } from "../carry-over.ts";
import { NEVER } from "../failure.ts";
import { coupleText } from "../pairing/adopt.ts";
import { pairedElsewhere } from "../pairing/elsewhere.ts";
import { sortNew } from "../pairing/newcomers.ts";
import { readAll } from "../read-all.ts";
import type { Session } from "../session.ts";
import { compareAll } from "./drift.ts";
import type { Look } from "./look.ts";

/** What keeps a record from being synchronised, or that nothing does (`in step`, `due`). */
export type FindingKind =
  | "stopped"
  | "not there"
  | "partner"
  | "unlinked"
  | "conflict"
  | "retry"
  | "waits"
  | "rule"
  | "required"
  | "marker"
  | "creation off"
  | "filter"
  | "past"
  | "frozen"
  | "differs"
  | "due"
  | "in step";

export interface Finding {
  readonly kind: FindingKind;
  readonly message: string;
  /** Milliseconds since 1970; null where nobody knows. */
  readonly since: number | null;
  /** Revision under which it came to be so; null where it is not about one. */
  readonly revision: string | null;
  /** `file:line` of the configuration; null where it is not about one. */
  readonly where: string | null;
  /** What to do; may be empty. */
  readonly hint: string;
}

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

async function paired(session: Session, side: Side, record: TrackerRecord, pair: Pair): Promise<readonly Finding[]> {
  const other = otherSide(side);
  const { link } = session;
  const retries = [...retryFindings(session, side, pair[side]), ...retryFindings(session, other, pair[other])];
  const name = `${link[other].endpoint}:${pair[other]}`;
  if (pair.gone !== undefined) {
    const message = `${link[pair.gone].endpoint}:${pair[pair.gone]} was deleted, and the link leaves its partner alone (deleted = "nothing"): the pair is kept in step no more`;
    return [finding("partner", message, { revision: pair.revision, where: originOf(session) })];
  }
  const partner = (await readAll(session, other, [pair[other]])).get(pair[other]);
  if (partner === undefined) {
    const where = await session.connectors[other].whereabouts(link[other].entity, [pair[other]], session.signal);
    const how = {
      gone: "is deleted",
      hidden: "is not visible to the account",
      outside: "was moved out of what the link selects",
      present: "could not be read",
    };
    const message = `its partner ${name} ${how[where.get(pair[other]) ?? "hidden"]}`;
    return [
      finding("partner", message, { hint: `a full run does what the link says (deleted = "${link[other].deleted}")` }),
      ...retries,
    ];
  }
  const left = side === "left" ? record : partner;
  const right = side === "left" ? partner : record;
  if (pair.unlinked === true) {
    const message = `somebody unlinked it from ${name}: both records are left alone, and neither gets another partner`;
    return [
      finding("unlinked", message, {
        revision: pair.revision,
        hint: "syncline unlink --help says how to link them again",
      }),
    ];
  }
  if (pair.frozen === true) {
    const message = `it is frozen with ${name}: a filter did not select one of the two, and nothing is written until it does (out_of_scope = "freeze")`;
    return [finding("frozen", message, { revision: pair.revision, where: originOf(session) })];
  }
  const compared = await compareAll(session, [{ pair, left, right }]);
  const found = compared.flatMap((one) => one.found);
  const conflicts = found.filter((one) => one.why === "conflict").map((one) => differs(session, one, "conflict"));
  const errors =
    retries.length > 0 ? [] : found.filter((one) => one.why === "error").map((one) => differs(session, one, "rule"));
  const waits =
    retries.length > 0 ? [] : found.filter((one) => one.why === "waits").map((one) => differs(session, one, "waits"));
  const due = found.filter((one) => one.why === "edited").map((one) => differs(session, one, "due"));
  const others = found
    .filter((one) => one.why === "newer mapping" || one.why === "one-way")
    .map((one) => differs(session, one, "differs"));
  const all = [...conflicts, ...retries, ...errors, ...waits, ...due, ...others];
  return all.length > 0 ? all : [inStep(session, pair)];
}

type Found = Awaited<ReturnType<typeof compareAll>>[number]["found"][number];

function differs(session: Session, { cell, detail, since = null, run }: Found, kind: FindingKind): Finding {
  const { link } = session;
  const row = link.fields.find((mapping) => mapping.left === cell?.left && mapping.right === cell?.right);
  const where =
    row === undefined ? (cell === undefined ? null : (link.ruleFile ?? null)) : `${row.origin.file}:${row.origin.line}`;
  const fields = cell === undefined ? "" : `${[cell.left, cell.right].filter((name) => name !== null).join(" / ")}: `;
  const hint = kind === "conflict" ? "syncline conflicts shows both values, syncline resolve decides" : "";
  const when = run === null || run === undefined || run === "" ? "" : ` (run ${run.slice(0, 8)})`;
  return finding(kind, `${fields}${detail}${when}`, { since, where, hint });
}

/** When and by which revision the pair was last written: that is what "in step" rests on. */
function inStep(session: Session, pair: Pair): Finding {
  const last = (["left", "right"] as const)
    .flatMap((side) => session.store.journal({ side, record: pair[side], limit: 1 }))
    .toSorted((a, b) => b.at - a.at)[0];
  const message =
    last === undefined
      ? "both sides agree; nothing of it was ever written"
      : `both sides agree; last written in ${session.link[last.side].endpoint} by run ${last.run.slice(0, 8)}`;
  return finding("in step", message, { since: last?.at ?? null, revision: last?.revision ?? pair.revision });
}

async function unpaired(look: Look, side: Side, record: TrackerRecord): Promise<readonly Finding[]> {
  const { session, heard, passed } = look;
  const { link } = session;
  heard();
  passed();
  const { couples, wanted } = await sortNew(session, side, [record]);
  const markers = heard().map(({ message }) => finding("marker", message, { where: originOf(session) }));
  const retries = retryFindings(session, side, record.id);
  const other = link[otherSide(side)];
  const [couple] = couples;
  if (couple !== undefined)
    return [...retries, finding("due", `${coupleText(couple, other.endpoint)}: the next run pairs them`, {})];
  if (markers.length > 0) return [...markers, ...retries];
  if (wanted.length > 0) return creation(session, side, record, retries);
  if (!other.create)
    return [
      finding("creation off", `the link makes no partners in ${other.endpoint}`, {
        where: originOf(session),
        hint: `create = "both" or "${other.endpoint}" in the mapping would`,
      }),
    ];
  return [leftAlone(session, side, record, passed().at(-1)?.why ?? "nothing says why")];
}

/** The engine's own word for why a record gets no partner. */
function leftAlone(session: Session, side: Side, record: TrackerRecord, why: string): Finding {
  const { filter } = session.link[side];
  const elsewhere = pairedElsewhere(session, side, [record.id]).get(record.id);
  if (elsewhere !== undefined)
    return finding("partner", `${elsewhere} has its partner: a record has one in a connection`, {
      hint: "unlink it there to have it here: syncline unlink --help",
    });
  if (filter === null || !why.includes("filter"))
    return finding("past", why, { where: originOf(session), hint: 'past = "include" takes it in' });
  return finding("filter", `${why}: ${filter}`, {
    since: record.modified === null ? null : Date.parse(record.modified),
    where: originOf(session),
    hint: "the filter decides creation only: once paired, a record is kept in step whatever it says",
  });
}

/** The pipeline, dry: what a creation would stumble over. */
async function creation(
  session: Session,
  side: Side,
  record: TrackerRecord,
  retries: readonly Finding[],
): Promise<readonly Finding[]> {
  const target = otherSide(side);
  const [carried] = await carryBatch(session, [{ record, current: null }], target, true);
  const endpoint = session.link[target].endpoint;
  if (carried === undefined) throw new Error("carryBatch lost a record");
  if (!carried.ok) {
    const { file, line } = carried.failure;
    const where = file === null ? session.link.ruleFile : `${file}:${line ?? 1}`;
    return [finding("rule", failureText(carried), { where, hint: "mend the rule and push" }), ...retries];
  }
  const { schemas } = (await session.frame())[target];
  const missing = Object.entries(carried.desires).flatMap(([field, desire]) => {
    const constant = Object.hasOwn(session.link[target].constants, field);
    if (desire.kind !== "fault" || schemas[field]?.required !== true || constant) return [];
    const row = session.link.fields.find((mapping) => mapping[target] === field);
    const where = row === undefined ? originOf(session) : `${row.origin.file}:${row.origin.line}`;
    return [
      finding("required", `${endpoint} demands ${field}, and it cannot be carried: ${desire.message}`, { where }),
    ];
  });
  if (missing.length > 0) return [...missing, ...retries];
  if (retries.length > 0) return retries;
  return [finding("due", `it has no partner yet: the next run makes one in ${endpoint}`, {})];
}

function retryFindings(session: Session, side: Side, key: string): readonly Finding[] {
  const retry = session.store.retry(side, key);
  return retry === null ? [] : [retryFinding(session, retry)];
}

function retryFinding(
  session: Session,
  { side, record, reason, field, attempts, since, due, revision }: Retry,
): Finding {
  const name = `${session.link[side].endpoint}:${record}${field === null ? "" : ` ${field}`}`;
  if (attempts === 0)
    return finding("waits", `${name} ${reason}`, {
      since,
      revision,
      hint: "it finishes by itself, without anybody's edit",
    });
  const newer = revision !== session.context.revision;
  const poison = due >= NEVER && !newer;
  const next = poison
    ? "only after a publish or an edit of the record"
    : newer || due <= session.now()
      ? "with the next run"
      : `at ${new Date(due).toISOString()}`;
  const times = `${attempts} ${attempts === 1 ? "attempt" : "attempts"}`;
  return finding("retry", `${name} failed: ${reason} (${times}; tried again ${next})`, { since, revision });
}

function originOf({ link }: Session): string {
  return `${link.origin.file}:${link.origin.line}`;
}

function finding(kind: FindingKind, message: string, more: Partial<Omit<Finding, "kind" | "message">>): Finding {
  return { kind, message, since: null, revision: null, where: null, hint: "", ...more };
}

/** Whether nothing keeps the record from being synchronised. */
export function isSynced(findings: readonly Finding[]): boolean {
  return findings.every(({ kind }) => kind === "in step" || kind === "due" || kind === "differs");
}
