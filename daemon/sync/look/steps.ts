import type { LookUpAnswer, RuleFields, RuleValue } from "../../core/rules.ts";
import type { Side } from "../../core/snapshot.ts";
import type { SideFrame } from "../decide/frame.ts";
import type { Traced } from "./trace.ts";

/** One rule as it ran on one record. */
export interface Step {
  readonly endpoint: string;
  readonly kind: "outgoing" | "incoming";
  readonly record: string;
  readonly logs: readonly string[];
  readonly lookups: readonly { readonly question: string; readonly answer: LookUpAnswer }[];
  /** What the rule changed, by field: outgoing, of the local record; incoming, of what the mapping proposed. */
  readonly changed: Readonly<Record<string, { readonly from: RuleValue; readonly to: RuleValue }>>;
  /** What went in: the local record, or what the mapping proposes. */
  readonly given: RuleFields;
  readonly fieldErrors: Readonly<Record<string, string>>;
  /** Why it failed, with `file:line:column`; null: it did not. */
  readonly failure: string | null;
}

/** What the rules did, each of them once: where values could not be carried at first, they have run again. */
export function stepsOf(traced: readonly Traced[], schemas: Readonly<Record<Side, SideFrame>>): readonly Step[] {
  const steps = new Map<string, Step>();
  for (const one of traced) {
    const { call } = one;
    if (call.kind !== "outgoing" && call.kind !== "incoming") continue;
    const key = `${call.kind} ${call.endpoint} ${call.endpoint === schemas.left.endpoint ? "left" : "right"}`;
    steps.delete(key);
    steps.set(key, stepOf(one, call.kind));
  }
  return [...steps.values()];
}

function stepOf({ call, result }: Traced, kind: Step["kind"]): Step {
  const { id } = call.kind === "incoming" ? call.replica : call.issue;
  const lookups = Object.entries(call.answers ?? {}).map(([key, answer]) => ({
    question: (JSON.parse(key) as readonly string[]).join(" "),
    answer,
  }));
  const about = {
    endpoint: call.endpoint,
    kind,
    record: String(id ?? ""),
    logs: result.logs,
    lookups,
    given: call.issue,
  };
  if (result.ok)
    return { ...about, changed: changesOf(call.issue, result.fields), fieldErrors: result.fieldErrors, failure: null };
  const { message, file, line, column } = result.error;
  const where = file === null ? "" : ` (${file}:${line ?? 1}:${column ?? 1})`;
  return { ...about, changed: {}, fieldErrors: {}, failure: `${message}${where}` };
}

function changesOf(before: RuleFields, after: RuleFields): Step["changed"] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return Object.fromEntries(
    names.flatMap((name) => {
      const [from, to] = [before[name] ?? null, after[name] ?? null];
      return JSON.stringify(from) === JSON.stringify(to) ? [] : [[name, { from, to }]];
    }),
  );
}
