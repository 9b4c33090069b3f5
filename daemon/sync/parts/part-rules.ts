import type { RuleCall, RuleFields, RuleResult } from "../../core/rules.ts";
import type { Side } from "../../core/snapshot.ts";
import type { Pair } from "../../core/store.ts";
import { toRuleFields } from "../../fields/rule-value.ts";
import { failureText } from "../carry-over.ts";
import { readAll } from "../read-all.ts";
import { endpointOf, type Session } from "../session.ts";
import { failPart } from "./write-part.ts";

/** A part that both sides do not know yet: the rule of its side says whether it is sent (X15, X17). */
export interface Candidate<T> {
  readonly pair: Pair;
  readonly part: T;
  readonly name: string;
  readonly words: RuleFields;
}

/** What a rule said of a part: kept back, or sent with these words. */
export type Ruled = { readonly send: false } | { readonly send: true; readonly words: RuleFields };

/**
 * Asks a side's `attachment` or `comment` rule about its new parts, all in one batch. A part of which the rule fails is kept back, and its record tried
 * again; `failed` gets its pair.
 */
export async function rulePart<T>(
  session: Session,
  side: Side,
  kind: "attachment" | "comment",
  candidates: readonly Candidate<T>[],
  failed: Set<string>,
): Promise<ReadonlyMap<T, Ruled>> {
  const ruled = new Map<T, Ruled>();
  const { rules } = session;
  if (candidates.length === 0 || rules === null || session.link[side].rules[kind] !== true) return ruled;
  const ids = [...new Set(candidates.map(({ pair }) => pair[side]))];
  const records = await readAll(session, side, ids);
  const calls = candidates.map(({ pair, words }): RuleCall => {
    const fields = toRuleFields(records.get(pair[side])?.fields ?? {}, session.schemas[side].schemas);
    const issue = { ...fields, id: pair[side] };
    return { kind, link: session.link.key, endpoint: endpointOf(session, side), issue, part: words, creating: false };
  });
  const results = await rules.run(calls, session.signal);
  candidates.forEach((candidate, i) => {
    const result = results[i];
    if (result === undefined) throw new Error("the rules' process lost a part");
    ruled.set(candidate.part, told(session, side, kind, candidate, result, failed));
  });
  return ruled;
}

function told<T>(
  session: Session,
  side: Side,
  kind: "attachment" | "comment",
  { pair, name }: Candidate<T>,
  result: RuleResult,
  failed: Set<string>,
): Ruled {
  const { context } = session;
  const about = { context, endpoint: endpointOf(session, side), record: pair[side] };
  for (const message of result.logs) session.emit({ event: "rule.log", ...about, message });
  if (!result.ok) {
    failPart(session, pair, side, { kind, name }, failureText({ ok: false, failure: result.error, logs: [] }));
    failed.add(pair.id);
    return { send: false };
  }
  if (result.fields["send"] !== false) return { send: true, words: result.fields };
  session.emit({ event: "record.unchanged", ...about, why: `a rule keeps the ${kind} ${name} back` });
  return { send: false };
}
