import type { TestCall, TestHost } from "../core/rule-tests.ts";
import type { RuleCall } from "../core/rules.ts";
import { parseResult, type Result } from "./answers.ts";
import { createLane, type Lane, type LaneOptions, type Pending } from "./lane.ts";
import { createLooks } from "./looks.ts";
import { createMemo } from "./memo.ts";
import type { PlaceFinder } from "./positions.ts";
import { type Answer, deathOf, type Failed, failed, type Given, toResult } from "./results.ts";
import { createWards } from "./wards.ts";

export interface HostOptions extends LaneOptions {
  readonly heapMb: number;
  readonly findPlace: PlaceFinder;
  /** See `WardOptions`. */
  readonly pauseMs?: number;
  /** False: rules that had to be stopped are asked on as if nothing had been. Default: they are put aside, see `createWards`. */
  readonly putAside?: boolean;
}

type Call = RuleCall | TestCall;

/** A call on its way, and what comes of it. */
interface Asked {
  readonly pending: Pending;
  readonly reply: Promise<Result | Failed>;
}

/** Sends calls on their way. */
type Send = (asked: readonly Asked[]) => void;

/** Calls handed over together, the first ones sooner: the rules' process works on them while the others are put into words. */
const FIRST_AT_ONCE = 32;
const AT_ONCE = 200;

/**
 * Runs calls in a child process, those of links whose rules had to be stopped in processes of their own (R10): no other link waits for them a second
 * time. Calls that give a rule the same to look at are made once.
 */
export function createHost(first: Parameters<typeof createLane>[0], options: HostOptions): TestHost {
  const state = { seq: 0, closed: false };
  const looks = createLooks();
  const memo = createMemo<Given>();
  const main = createLane(first, options);
  const wards = createWards(options, (link) => main.remove((call) => call.link === link));

  /** `text`: the call as it is sent. */
  function ask(call: Call, text: string): Asked {
    const { promise, resolve, reject } = Promise.withResolvers<Result | Failed>();
    const { link } = call;
    state.seq += 1;
    const pending: Pending = {
      link,
      line: `${state.seq}\t${text}`,
      answered(answer) {
        const result = parseResult(answer);
        if (result.ok !== "missed") memo.keep(text, result, answer.length);
        wards.passed(link);
        resolve(result);
      },
      stopped(death, detail) {
        const result = deathOf(call, death, detail, options);
        resolve(result);
        if (options.putAside !== false) wards.stopped(link, result.error.message);
      },
      refused: (why) => resolve(failed("deadline", why)),
      lost: reject,
    };
    return { pending, reply: promise };
  }

  /** `send`: for a rule that looks at what it was not sent, and is asked again with the whole record. */
  async function answerOf(call: Call, reply: Asked["reply"], send: Send): Promise<Answer> {
    const result = await reply;
    if ("error" in result) return result;
    if (result.ok === "missed") {
      const again = ask(call, JSON.stringify(call));
      send([again]);
      return answerOf(call, again.reply, send);
    }
    if (result.ok === true && result.looks !== undefined) looks.learn(call, result.looks);
    return toResult(result, call, options.findPlace);
  }

  /** One answer for each call; `fresh` gets what has to be asked for. `shared`: what is on its way already, by its text. */
  function answerTo(call: Call, fresh: Asked[], shared: Map<string, Asked>, send: Send): Answer | Promise<Answer> {
    const text = JSON.stringify(looks.thin(call) ?? call);
    const known = memo.get(text);
    if (known !== undefined) return toResult(known, call, options.findPlace);
    const before = shared.get(text);
    const asked = before ?? ask(call, text);
    shared.set(text, asked);
    if (before === undefined) fresh.push(asked);
    return answerOf(call, asked.reply, send);
  }

  function sender(own: Set<Pending>): Send {
    const laneOf = (link: string): Lane => wards.lane(link) ?? main;
    return (asked) => {
      for (const { pending } of asked) own.add(pending);
      for (const [lane, theirs] of Map.groupBy(asked, ({ pending }) => laneOf(pending.link)))
        lane.add(theirs.map(({ pending }) => pending));
    };
  }

  return {
    async run(calls, signal) {
      signal.throwIfAborted();
      if (state.closed) throw closed();
      const own = new Set<Pending>();
      const send = sender(own);
      const leave = () => {
        main.remove((call) => own.has(call));
        wards.remove((call) => own.has(call));
        for (const pending of own) pending.lost(signal.reason);
      };
      signal.addEventListener("abort", leave, { once: true });
      const shared = new Map<string, Asked>();
      const answers: (Answer | Promise<Answer>)[] = [];
      for (let from = 0; from < calls.length; ) {
        const fresh: Asked[] = [];
        const some = calls.slice(from, from + (from === 0 ? FIRST_AT_ONCE : AT_ONCE));
        for (const call of some) answers.push(answerTo(call, fresh, shared, send));
        from += some.length;
        send(fresh);
      }
      try {
        return await Promise.all(answers);
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
