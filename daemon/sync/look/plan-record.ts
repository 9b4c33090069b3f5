import type { Fields, TrackerRecord, Value } from "../../core/record.ts";
import { otherSide, SIDES, type Side } from "../../core/snapshot.ts";
import type { Pair } from "../../core/store.ts";
import { cellsOf } from "../decide/cells.ts";
import { decide } from "../decide/decide.ts";
import type { Desire, Desires } from "../decide/desire.ts";
import { versionOf } from "../decide/detect.ts";
import { markerWrites } from "../decide/marker.ts";
import type { FieldWrite } from "../decide/merge.ts";
import { sideChanged, type View, viewOf, wasRead } from "../decide/view.ts";
import { isWaiting, wantsWork } from "../harvest.ts";
import { planCreations } from "../making/creation.ts";
import { newPair } from "../pairing/new-pair.ts";
import { sortNew } from "../pairing/newcomers.ts";
import type { PairInHand } from "../pairs.ts";
import { readAll } from "../read-all.ts";
import { inScope } from "../scope.ts";
import type { Session } from "../session.ts";
import { planWhole } from "../writing/plan-whole.ts";
import type { Finding } from "./finding.ts";
import type { Look } from "./look.ts";
import { lookAtParts, type PlannedPart, partKinds } from "./parts.ts";
import { type Step, stepsOf } from "./steps.ts";
import type { Trace } from "./trace.ts";
import { whyNot } from "./why-not.ts";

/** What a run would write into one record. */
export interface PlannedAct {
  readonly kind: "create" | "update" | "pair";
  readonly endpoint: string;
  /** Null: it is made. */
  readonly record: string | null;
  readonly fields: readonly Omit<FieldWrite, "otherwise" | "hint" | "lost">[];
}

/** How it comes that a field is written or not. Values by endpoint. */
export interface PlannedField {
  readonly fields: Readonly<Record<string, string>>;
  readonly now: Readonly<Record<string, Value>>;
  readonly agreed: Readonly<Record<string, Value>>;
  /** What mapping and rules of the other side would have stand there, or why they cannot say. */
  readonly wanted: Readonly<Record<string, { readonly value: Value } | { readonly fault: string }>>;
  readonly decision: string;
}

export interface RecordPlan {
  readonly link: string;
  readonly partner: string | null;
  /** Empty: a run writes nothing of this record. */
  readonly acts: readonly PlannedAct[];
  /** Attachments, comments and entity links that a run would write. */
  readonly parts: readonly PlannedPart[];
  /** Errors, and what else a run would say of the record. */
  readonly messages: readonly string[];
  /** What keeps it, or that nothing does. */
  readonly findings: readonly Finding[];
  readonly fields: readonly PlannedField[];
  /** Rules in the order in which they ran. */
  readonly steps: readonly Step[];
}

/** All that a run would do with one record now, but the write (T40): by the run's own steps. */
export async function planRecord(look: Look, trace: Trace | null, side: Side, key: string): Promise<RecordPlan> {
  const { session } = look;
  const told = await whyNot(look, side, key);
  for (const forget of [look.heard, look.noted, look.passed]) forget();
  trace?.heard();
  const record = (await readAll(session, side, [key])).get(key);
  const pair = session.store.pairs(side, [key]).get(key);
  const planned = record === undefined ? NOTHING : await planFor(session, side, record, pair ?? null);
  const said = [...look.heard(), ...look.noted()].map(({ endpoint, record: id, field, message }) =>
    [`${endpoint}:${id}`, ...(field === null ? [] : [field]), message].join(" "),
  );
  const passed = look.passed().map(({ why }) => why);
  const { link, partner, findings } = told;
  const steps = stepsOf(trace?.heard() ?? [], session.schemas);
  const { parts, messages: ofParts } = await planParts(look, planned);
  const messages = [...new Set([...planned.messages, ...said, ...passed, ...ofParts])];
  return { link, partner, findings, acts: planned.acts, parts, fields: planned.fields, messages, steps };
}

interface Planned extends Pick<RecordPlan, "acts" | "fields" | "messages"> {
  /** The pair whose parts a run looks at; absent where there is none. `moved`: an incremental run looks at them too. */
  readonly whole?: { readonly pair: Pair; readonly moved: boolean };
}

const NOTHING: Planned = { acts: [], fields: [], messages: [] };

async function planParts(look: Look, { whole, acts }: Planned): Promise<Pick<RecordPlan, "parts" | "messages">> {
  const kinds = partKinds(look.session).join(", ");
  if (kinds === "") return { parts: [], messages: [] };
  if (whole === undefined)
    return { parts: [], messages: acts.length === 0 ? [] : [`${kinds}: planned once the two are paired`] };
  const [one] = await lookAtParts(look, [whole.pair]);
  const parts = one?.planned ?? [];
  const messages = (one?.found ?? []).flatMap(({ cell, why, detail }) =>
    why === "not yet carried" ? [] : [`${cell.left ?? ""}: ${why}: ${detail}`],
  );
  const late = `${kinds}: an incremental run looks at them once one of the records moves, the next full run in any case`;
  return { parts, messages: parts.length > 0 && !whole.moved ? [late, ...messages] : messages };
}

async function planFor(session: Session, side: Side, record: TrackerRecord, pair: Pair | null): Promise<Planned> {
  if (pair === null) return planNew(session, side, record);
  if (pair.unlinked === true || pair.gone !== undefined) return NOTHING;
  const other = otherSide(side);
  const partner = (await readAll(session, other, [pair[other]])).get(pair[other]);
  if (partner === undefined) return NOTHING;
  const [within] = await inScope(session, side, [{ pair, record }]);
  if (within === undefined) return NOTHING;
  const left = side === "left" ? record : partner;
  const right = side === "left" ? partner : record;
  const due = [
    { at: "left", one: left },
    { at: "right", one: right },
  ] as const;
  // Asked first: what was planned counts as looked at.
  const isDue = due.some(
    ({ at, one }) =>
      wantsWork(session, at, one, pair) || (session.store.retry(at, one.id) !== null && !isWaiting(session, at, one)),
  );
  const moved = due.some(({ at, one }) => one.version !== versionOf(pair, at));
  const whole = within.pair.frozen === true ? {} : { whole: { pair: within.pair, moved } };
  const planned = { ...(await planPair(session, { pair: within.pair, left, right, linking: false })), ...whole };
  if (isDue || planned.acts.length === 0) return planned;
  const pass = "a run passes it over: neither record changed since both agreed, or its next try is not due";
  return { ...planned, acts: [], messages: [pass, ...planned.messages] };
}

async function planPair(session: Session, inHand: PairInHand): Promise<Planned> {
  const [plan] = await planWhole(session, [inHand]);
  if (plan === undefined) return NOTHING;
  const { link } = session;
  const acts = SIDES.flatMap((side): readonly PlannedAct[] => {
    const marks = plan.linking ? markerWrites(link, side, plan[side], plan[otherSide(side)].id) : [];
    const writes = [...plan.merge.writes[side], ...marks];
    if (writes.length === 0) return [];
    return [{ kind: "update", endpoint: link[side].endpoint, record: plan[side].id, fields: writes.map(shownWrite) }];
  });
  const frame = await session.frame();
  const { pair, left, right, toRight, toLeft } = plan;
  const input = { frame, base: pair.base, left, right, toRight, toLeft, held: pair.held };
  const changed = { left: sideChanged(input, "left"), right: sideChanged(input, "right") };
  const fields = cellsOf(frame, toRight, toLeft)
    .filter((cell) => wasRead(cell, input))
    .map((cell) => fieldOf(viewOf(cell, input, changed), session));
  const messages = plan.merge.faults.map(
    ({ side, field, message }) => `${link[side].endpoint}:${plan[side].id} ${field} ${message}`,
  );
  return { acts, fields, messages };
}

function shownWrite({ field, value, before, origin, notes }: FieldWrite): PlannedAct["fields"][number] {
  return { field, value, before, origin, notes };
}

async function planNew(session: Session, side: Side, record: TrackerRecord): Promise<Planned> {
  const other = otherSide(side);
  const { couples, wanted } = await sortNew(session, side, [record]);
  const [couple] = couples;
  if (couple !== undefined) return planCouple(session, side, record, couple.partner);
  if (wanted.length === 0) return NOTHING;
  const { creations, adoptions } = await planCreations(session, side, [record]);
  const [adoption] = adoptions;
  if (adoption !== undefined) {
    const partner = (await readAll(session, other, [adoption.key])).get(adoption.key);
    return partner === undefined ? NOTHING : planCouple(session, side, record, partner);
  }
  const [creation] = creations;
  if (creation === undefined) return NOTHING;
  const { endpoint } = session.link[other];
  const fields = Object.entries(creation.intent.fields).map(([field, value]) => ({
    ...{ field, value, before: null, notes: [] },
    origin: originOf(creation.desires[field], session, other, field),
  }));
  return {
    acts: [{ kind: "create", endpoint, record: null, fields }],
    fields: Object.entries(creation.desires).map(([field, desire]) => newField(session, other, field, desire)),
    messages: faultsIn(creation.desires).map(([field, message]) => `${endpoint} ${field} ${message}`),
  };
}

async function planCouple(
  session: Session,
  side: Side,
  record: TrackerRecord,
  partner: TrackerRecord,
): Promise<Planned> {
  const left = side === "left" ? record : partner;
  const right = side === "left" ? partner : record;
  const planned = await planPair(session, { pair: newPair(session, left, right), left, right, linking: true });
  const { endpoint } = session.link[otherSide(side)];
  return { ...planned, acts: [{ kind: "pair", endpoint, record: partner.id, fields: [] }, ...planned.acts] };
}

function originOf(desire: Desire | undefined, { link }: Session, side: Side, field: string): string {
  if (desire?.kind === "value") return desire.origin;
  const what = field === link[side].marker ? "marker" : "constants";
  return `${link.origin.file}:${link.origin.line} (${what})`;
}

function faultsIn(desires: Desires): readonly (readonly [string, string])[] {
  return Object.entries(desires).flatMap(([field, desire]) =>
    desire.kind === "fault" ? [[field, desire.message] as const] : [],
  );
}

function newField({ link }: Session, side: Side, field: string, desire: Desire): PlannedField {
  const { endpoint } = link[side];
  const decision =
    desire.kind === "value" ? "the record is made with it" : desire.kind === "skip" ? "left out" : "left empty";
  return { fields: { [endpoint]: field }, now: {}, agreed: {}, wanted: wantedOf([[endpoint, desire]]), decision };
}

function fieldOf(view: View, { link }: Session): PlannedField {
  const { cell, now, desire, input } = view;
  const named = SIDES.flatMap((side) => {
    const field = cell[side];
    return field === null ? [] : [{ side, field, endpoint: link[side].endpoint }];
  });
  const agreedIn = (side: Side, field: string): Fields =>
    Object.hasOwn(input.base[side], field) ? { [link[side].endpoint]: input.base[side][field] ?? null } : {};
  return {
    fields: Object.fromEntries(named.map(({ endpoint, field }) => [endpoint, field])),
    now: Object.fromEntries(named.map(({ endpoint, side }) => [endpoint, now[side]])),
    agreed: Object.assign({}, ...named.map(({ side, field }) => agreedIn(side, field))) as Fields,
    wanted: wantedOf(named.map(({ endpoint, side }) => [endpoint, desire[side]])),
    decision: decisionOf(view, (side) => link[side].endpoint),
  };
}

function wantedOf(desires: readonly (readonly [string, Desire | undefined])[]): PlannedField["wanted"] {
  return Object.fromEntries(
    desires.flatMap(([endpoint, desire]): readonly (readonly [string, { value: Value } | { fault: string }])[] => {
      if (desire?.kind === "value") return [[endpoint, { value: desire.value }]];
      return desire?.kind === "fault" ? [[endpoint, { fault: desire.message }]] : [];
    }),
  );
}

/** The merge's own decision, with what it rests on. */
function decisionOf(view: View, nameOf: (side: Side) => string): string {
  const { edited, fresh } = view;
  const decision = decide(view);
  const edits = SIDES.filter((side) => edited[side]).map(nameOf);
  const because = fresh
    ? "nothing is agreed yet"
    : edits.length === 0
      ? "nobody edited it since both agreed"
      : `edited in ${edits.join(" and ")} since both agreed`;
  if (decision.kind === "agree") return `stays: ${because}`;
  if (decision.kind === "hold") return `waits for a person: ${because}`;
  if (decision.kind === "combine") return `both changes are put together: ${because}`;
  if (decision.kind === "fault") return `cannot be carried to ${nameOf(decision.side)}: ${decision.message}`;
  const lost = decision.conflict ? `, and ${nameOf(otherSide(decision.side))}'s value counts` : "";
  return `written to ${nameOf(decision.side)}: ${because}${lost}`;
}
