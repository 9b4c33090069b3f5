import type { TestCall } from "../core/rule-tests.ts";
import type { RuleAsks, RuleCall, RuleFailure, RuleFields, RuleResult, RuleValue } from "../core/rules.ts";
import type { Result } from "./answers.ts";
import type { PlaceFinder } from "./positions.ts";
import type { Death } from "./process.ts";

export type Answer = RuleResult | RuleAsks;
export type Failed = Extract<RuleResult, { ok: false }>;
/** An answer as it came from the cage, but for "ask again with the whole record". */
export type Given = Exclude<Result, { ok: "missed" }>;

export function toResult(answer: Given, call: RuleCall | TestCall, findPlace: PlaceFinder): Answer {
  if (answer.ok === null) return answer;
  if (answer.ok) {
    const { fields: changed, dropped, looks: _, ...rest } = answer;
    const fields: Record<string, RuleValue> = { ...startOf(call), ...changed };
    for (const name of dropped) delete fields[name];
    return { ...rest, fields };
  }
  const place = findPlace(answer.stack) ?? { file: null, line: null, column: null };
  const passed = answer.passed === undefined ? {} : { passed: answer.passed };
  const error = { message: answer.message, ...place, reason: "throw" } as const;
  return { ok: false, error, logs: answer.logs, ...passed };
}

/** What the rule starts from: what it leaves alone is not in its answer. */
function startOf(call: RuleCall | TestCall): RuleFields {
  return call.kind === "attachment" || call.kind === "comment" ? { ...call.part, send: true } : call.issue;
}

export interface Limits {
  readonly deadlineMs: number;
  readonly heapMb: number;
}

/** Nobody can tell where in the file it was: which rule it was is all there is. */
export function deathOf(
  call: RuleCall | TestCall,
  death: Death,
  detail: string,
  { deadlineMs, heapMb }: Limits,
): Failed {
  const who = call.kind === "test" ? "The rule" : `The ${call.kind} rule of ${call.endpoint}`;
  if (death === "killed" || death === "overrun")
    return failed("deadline", `${who} ran longer than ${deadlineMs / 1000} s and was stopped`);
  if (death === "memory") return failed("memory", `${who} needs more than ${heapMb} MB of memory`);
  return failed("memory", `${who} ended its process (${detail})`);
}

export function failed(reason: RuleFailure["reason"], message: string): Failed {
  return { ok: false, error: { message, file: null, line: null, column: null, reason }, logs: [] };
}
