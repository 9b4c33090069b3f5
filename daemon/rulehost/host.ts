import type { TestCall, TestHost } from "../core/rule-tests.ts";
import type { RuleAsks, RuleCall, RuleFailure, RuleFields, RuleResult, RuleValue } from "../core/rules.ts";
import { parseResult, type Result } from "./answers.ts";
import { createLane, type Lane, type LaneOptions, type Pending } from "./lane.ts";
import { createLooks } from "./looks.ts";
import type { PlaceFinder } from "./positions.ts";
import type { Death } from "./process.ts";
import { createWards } from "./wards.ts";

export interface HostOptions extends LaneOptions {
  readonly heapMb: number;
  readonly findPlace: PlaceFinder;
  /** See `WardOptions`. */
  readonly pauseMs?: number;
}

type Answer = RuleResult | RuleAsks;

/** Calls handed over together: the rules' process works on them while the next ones are put into words. */
const AT_ONCE = 64;

/**
 * Runs calls in a child process, those of links whose rules had to be stopped in processes of their own (R10): no other link waits for them a second
 * time.
 */
export function createHost(first: Parameters<typeof createLane>[0], options: HostOptions): TestHost {
  const state = { seq: 0, closed: false };
  const looks = createLooks();
  const main = createLane(first, options);
  const wards = createWards(options, (link) => main.remove((call) => call.link === link));

  function pendingOf(call: RuleCall | TestCall): { readonly pending: Pending; readonly result: Promise<Answer> } {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const { link } = call;
    const pending: Pending = {
      link,
      line: lineOf(looks.thin(call) ?? call),
      answered(text) {
        wards.passed(link);
        const answer = parseResult(text);
        if (answer.ok === "missed") laneOf(link).add([{ ...pending, line: lineOf(call) }]);
        else resolve(toResult(answer, givenTo(call), options.findPlace));
        if (answer.ok === true && answer.looks !== undefined) looks.learn(call, answer.looks);
      },
      stopped(death, detail) {
        const result = deathOf(death, detail, options);
        resolve(result);
        // Tests are run by somebody who looks on.
        if (call.kind !== "test") wards.stopped(link, result.error.message);
      },
      refused: (why) => resolve(failed("deadline", why)),
      lost: reject,
    };
    return { pending, result: promise };
  }

  function lineOf(call: object): string {
    state.seq += 1;
    return `${state.seq}\t${JSON.stringify(call)}`;
  }

  function laneOf(link: string): Lane {
    return wards.lane(link) ?? main;
  }

  return {
    async run(calls, signal) {
      signal.throwIfAborted();
      if (state.closed) throw closed();
      const own: ReturnType<typeof pendingOf>[] = [];
      const leave = () => {
        const mine = new Set(own.map(({ pending }) => pending));
        main.remove((call) => mine.has(call));
        wards.remove((call) => mine.has(call));
        for (const { pending } of own) pending.lost(signal.reason);
      };
      signal.addEventListener("abort", leave, { once: true });
      for (let from = 0; from < calls.length; from += AT_ONCE) {
        const some = calls.slice(from, from + AT_ONCE).map(pendingOf);
        own.push(...some);
        for (const [lane, theirs] of Map.groupBy(some, ({ pending }) => laneOf(pending.link)))
          lane.add(theirs.map(({ pending }) => pending));
      }
      try {
        return await Promise.all(own.map(({ result }) => result));
      } finally {
        signal.removeEventListener("abort", leave);
      }
    },
    async close() {
      if (state.closed) return;
      state.closed = true;
      await Promise.all([main.close(closed()), wards.close(closed())]);
    },
  };
}

function closed(): Error {
  return new Error("The rules are closed");
}

/** What the rule starts from: what it leaves alone is not in its answer. */
function givenTo(call: RuleCall | TestCall): RuleFields {
  return call.kind === "attachment" || call.kind === "comment" ? { ...call.part, send: true } : call.issue;
}

function toResult(answer: Exclude<Result, { ok: "missed" }>, given: RuleFields, findPlace: PlaceFinder): Answer {
  if (answer.ok === null) return answer;
  if (answer.ok) {
    const { fields: changed, dropped, looks: _, ...rest } = answer;
    const fields: Record<string, RuleValue> = { ...given, ...changed };
    for (const name of dropped) delete fields[name];
    return { ...rest, fields };
  }
  const place = findPlace(answer.stack) ?? { file: null, line: null, column: null };
  const passed = answer.passed === undefined ? {} : { passed: answer.passed };
  const error = { message: answer.message, ...place, reason: "throw" } as const;
  return { ok: false, error, logs: answer.logs, ...passed };
}

type Failed = Extract<RuleResult, { ok: false }>;

function deathOf(death: Death, detail: string, { deadlineMs, heapMb }: HostOptions): Failed {
  if (death === "killed" || death === "overrun")
    return failed("deadline", `The rule ran longer than ${deadlineMs / 1000} s and was stopped`);
  if (death === "memory") return failed("memory", `The rule needs more than ${heapMb} MB of memory`);
  return failed("memory", `The rule ended its process (${detail})`);
}

function failed(reason: RuleFailure["reason"], message: string): Failed {
  return { ok: false, error: { message, file: null, line: null, column: null, reason }, logs: [] };
}
