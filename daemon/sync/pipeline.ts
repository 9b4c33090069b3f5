import { createHash } from "node:crypto";
import type { Fields, TrackerRecord, Value } from "../core/record.ts";
import type {
  AnsweredRules,
  IncomingCall,
  RuleCall,
  RuleDone,
  RuleEvent,
  RuleFailure,
  RuleFields,
  RuleOrders,
  RuleResult,
} from "../core/rules.ts";
import { otherSide, type Side } from "../core/snapshot.ts";
import { equalValues } from "../fields/equal.ts";
import { fromRule, toRuleFields } from "../fields/rule-value.ts";
import { type Desire, type Desires, mapFields, type Partner } from "./decide/desire.ts";
import type { Frame, SideFrame } from "./decide/frame.ts";

/** One record about to be carried to the other side; `current` is its partner as it stands. */
export interface Carriage {
  readonly record: TrackerRecord;
  readonly current: TrackerRecord | null;
  /** What both records held when they last agreed, the one that travels and its partner. Absent: nothing is agreed yet. */
  readonly agreed?: { readonly record: Fields; readonly current: Fields };
}

export type Carriages =
  | ({ readonly ok: true; readonly desires: Desires; readonly logs: readonly string[] } & RuleOrders)
  | { readonly ok: false; readonly failure: RuleFailure; readonly logs: readonly string[] };

/**
 * The way of a value (rules.md): outgoing rule → mapping → incoming rule, for a batch of records in one direction. Results in the order of the
 * input. Without rules nothing here is asynchronous but the signature.
 */
export async function carryAll(
  batch: readonly Carriage[],
  frame: Frame,
  toward: Side,
  creating: boolean,
  rules: AnsweredRules | null,
  signal: AbortSignal,
): Promise<readonly Carriages[]> {
  const from = frame[otherSide(toward)];
  const to = frame[toward];
  const outgoing = from.config.rules.outgoing && rules !== null;
  const incoming = to.config.rules.incoming && rules !== null;
  if (!outgoing && !incoming) {
    return batch.map((one) => ({
      ok: true,
      desires: mapFields(one.record.fields, frame, toward, partnerIn(one)),
      logs: [],
    }));
  }
  const sent = await runOutgoing(batch, frame, toward, creating, outgoing ? rules : null, signal);
  return runIncoming(batch, sent, frame, toward, creating, incoming ? rules : null, signal);
}

function agreedFields(fields: Fields | undefined, { schemas }: SideFrame): RuleFields | null {
  return fields === undefined ? null : toRuleFields(fields, schemas);
}

/** Whether a side's rule is to be told of the past: see `SideConfig.rules`. */
function tellsPast({ config }: SideFrame, kind: "outgoing" | "incoming"): boolean {
  return config.rules.lean?.includes(kind) !== true;
}

interface Sent {
  readonly orders: RuleOrders;
  readonly replica: RuleFields;
  /** Where a rule made the replica: the record that it was made from. */
  readonly record?: RuleFields;
  readonly desires: Desires;
  readonly logs: readonly string[];
  readonly failure: RuleFailure | null;
}

async function runOutgoing(
  batch: readonly Carriage[],
  frame: Frame,
  toward: Side,
  creating: boolean,
  rules: AnsweredRules | null,
  signal: AbortSignal,
): Promise<readonly Sent[]> {
  const from = frame[otherSide(toward)];
  const issues = batch.map(({ record }) => ({ ...toRuleFields(record.fields, from.schemas), id: record.id }));
  const past = tellsPast(from, "outgoing");
  if (rules === null)
    return batch.map((one, i) => ({
      replica: issues[i] ?? {},
      desires: mapFields(one.record.fields, frame, toward, partnerIn(one)),
      logs: [],
      failure: null,
      orders: {},
    }));
  const calls = issues.map(
    (issue, i): RuleCall => ({
      ...{ kind: "outgoing", link: frame.link.key, endpoint: from.endpoint, issue, creating },
      event: eventOf(batch[i]?.record, frame, from.endpoint, "outgoing"),
      ...(past ? { previous: agreedFields(batch[i]?.agreed?.record, from) } : {}),
    }),
  );
  const results = await rules.run(calls, signal);
  return batch.map((one, i) => readReplica(one, issues[i] ?? {}, results[i], frame, toward));
}

/** `endpoint`: of the rule. */
function eventOf(
  record: TrackerRecord | undefined,
  { link }: Frame,
  endpoint: string,
  kind: "outgoing" | "incoming",
): RuleEvent {
  return {
    changedAt: record?.modified ?? null,
    // Hardly any rule asks for it.
    get seed() {
      const text = JSON.stringify([link.key, endpoint, kind, record?.id ?? ""]);
      return createHash("sha256").update(text).digest("hex").slice(0, 32);
    },
  };
}

function partnerIn({ current, agreed }: Carriage): Partner | null {
  return current === null ? null : { now: current.fields, agreed: agreed?.current ?? {} };
}

function readReplica(
  one: Carriage,
  given: RuleFields,
  result: RuleResult | undefined,
  frame: Frame,
  toward: Side,
): Sent {
  const { record } = one;
  if (result === undefined || !result.ok)
    return {
      ...{ replica: {}, desires: {}, logs: result?.logs ?? [], orders: {} },
      failure: result === undefined ? LOST : result.error,
    };
  const from = frame[otherSide(toward)];
  const source: Record<string, Value> = { ...record.fields };
  const faults: Record<string, string> = { ...result.fieldErrors };
  for (const mapping of frame.link.fields) {
    const name = mapping[from.side];
    if (!Object.hasOwn(result.fields, name) || result.fields[name] === given[name]) continue;
    const read = fromRule(result.fields[name], from.schemas[name]);
    if (read.ok) source[name] = read.value;
    else faults[name] = read.message;
  }
  const desires: Record<string, Desire> = { ...mapFields(source, frame, toward, partnerIn(one)) };
  for (const mapping of frame.link.fields) {
    const message = faults[mapping[from.side]];
    if (message !== undefined) desires[mapping[toward]] = { kind: "fault", message };
  }
  const replica = result.fields["id"] === record.id ? result.fields : { ...result.fields, id: record.id };
  return { replica, record: given, desires, logs: result.logs, failure: null, orders: ordersOf(result) };
}

function ordersOf({ adopt, unlink }: RuleOrders): RuleOrders {
  return { ...(adopt === undefined ? {} : { adopt }), ...(unlink === undefined ? {} : { unlink }) };
}

const LOST: RuleFailure = { message: "the rule gave no answer", file: null, line: null, column: null, reason: "throw" };

async function runIncoming(
  batch: readonly Carriage[],
  sent: readonly Sent[],
  frame: Frame,
  toward: Side,
  creating: boolean,
  rules: AnsweredRules | null,
  signal: AbortSignal,
): Promise<readonly Carriages[]> {
  const to = frame[toward];
  const calls = new Map<Sent, IncomingCall>();
  const past = tellsPast(to, "incoming");
  sent.forEach((s, i) => {
    if (s.failure !== null || rules === null) return;
    const { record, current = null, agreed } = batch[i] ?? {};
    const common = { kind: "incoming", link: frame.link.key, endpoint: to.endpoint, creating } as const;
    const event = eventOf(record, frame, to.endpoint, "incoming");
    const issue = toRuleFields(valuesOf(s.desires), to.schemas);
    calls.set(s, {
      ...common,
      replica: s.replica,
      ...(s.record === undefined ? {} : { record: s.record }),
      issue,
      event,
      ...(past ? pastOf(current, agreed, frame, toward) : NO_PAST),
    });
  });
  const asked = [...calls.keys()];
  const answers = rules === null || asked.length === 0 ? [] : await rules.run([...calls.values()], signal);
  const results = new Map(asked.map((s, i) => [s, answers[i]]));
  return sent.map((s): Carriages => {
    if (s.failure !== null) return { ok: false, failure: s.failure, logs: s.logs };
    const call = calls.get(s);
    if (call === undefined) return { ok: true, desires: s.desires, logs: s.logs, ...s.orders };
    const result = results.get(s);
    if (result === undefined || !result.ok)
      return { ok: false, failure: result?.error ?? LOST, logs: [...s.logs, ...(result?.logs ?? [])] };
    return {
      ok: true,
      desires: lastWord(s.desires, call.issue, result, frame, toward),
      logs: [...s.logs, ...result.logs],
      ...s.orders,
      ...ordersOf(result),
    };
  });
}

const NO_PAST = { current: null } as const;

function pastOf(
  current: TrackerRecord | null,
  agreed: Carriage["agreed"],
  frame: Frame,
  toward: Side,
): Pick<IncomingCall, "current" | "previous" | "base"> {
  const { schemas } = frame[toward];
  return {
    current: current === null ? null : { ...toRuleFields(current.fields, schemas), id: current.id },
    previous: agreedFields(agreed?.record, frame[otherSide(toward)]),
    base: agreedFields(agreed?.current, frame[toward]),
  };
}

function valuesOf(desires: Desires): Fields {
  const values: Record<string, Value> = {};
  for (const [name, desire] of Object.entries(desires)) if (desire.kind === "value") values[name] = desire.value;
  return values;
}

/** The incoming rule's answer over what the mapping proposed: untouched fields keep the mapping as their origin. */
function lastWord(
  proposed: Desires,
  asked: RuleFields,
  { fields, fieldErrors }: Pick<RuleDone, "fields" | "fieldErrors">,
  frame: Frame,
  toward: Side,
): Desires {
  const to = frame[toward];
  const desires: Record<string, Desire> = { ...proposed };
  for (const [name, given] of Object.entries(fields)) {
    if (name === "id" || given === asked[name]) continue;
    const schema = to.schemas[name];
    const before = proposed[name];
    if (schema === undefined)
      desires[name] = { kind: "fault", message: `the rule sets "${name}", which ${to.endpoint} does not have` };
    else if (schema.readOnly)
      desires[name] = {
        kind: "fault",
        message: `the rule sets "${schema.label}", which ${to.endpoint} lets nobody write`,
      };
    else {
      const read = fromRule(given, schema);
      if (!read.ok) desires[name] = { kind: "fault", message: read.message };
      else if (before?.kind !== "value" || !equalValues(schema, before.value, read.value))
        desires[name] = ruled(read.value, frame);
    }
  }
  for (const [name, message] of Object.entries(fieldErrors)) desires[name] = { kind: "fault", message };
  return desires;
}

function ruled(value: Value, frame: Frame): Desire {
  return { kind: "value", value, notes: [], origin: frame.link.ruleFile ?? frame.link.key };
}
