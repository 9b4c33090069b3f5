import type { RuleCall, RuleHost, RuleResult } from "../../core/rules.ts";

/** One rule as it ran: with everything that it was given, answers to its look-ups too, and what came of it. */
export interface Traced {
  readonly call: RuleCall;
  readonly result: RuleResult;
}

export interface Trace {
  readonly rules: RuleHost;
  /** Since it was last asked, in the order in which they ran. */
  heard(): readonly Traced[];
}

/** Rules that are listened to. A rule that asks runs again; only the last time counts. */
export function traceRules(rules: RuleHost): Trace {
  const traced: Traced[] = [];
  return {
    rules: {
      async run(calls, signal) {
        const results = await rules.run(calls, signal);
        for (const [i, call] of calls.entries()) {
          const result = results[i];
          if (result !== undefined && result.ok !== null) traced.push({ call, result });
        }
        return results;
      },
      close: () => rules.close(),
    },
    heard: () => traced.splice(0),
  };
}
