// Part of the inside of the cage, see cage.ts: may use nothing but ECMAScript and must not refer to anything outside `contexts`.
import type { Records } from "./cage-records.ts";
import type { Absent, Looks, Sights } from "./cage-sight.ts";
import type { ToolMaker, Tools } from "./cage-tools.ts";

type Bag = Record<string, unknown>;

/** A call as it comes from the daemon, see core/rules.ts. */
export interface Call {
  readonly kind: "outgoing" | "incoming" | "attachment" | "comment";
  readonly link: string;
  readonly endpoint: string;
  readonly issue: Bag;
  readonly replica?: Bag;
  readonly record?: Bag;
  readonly part?: Bag;
  readonly current?: Bag | null;
  readonly base?: Bag | null;
  readonly previous?: Bag | null;
  readonly event?: Bag | null;
  readonly answers?: Bag;
  readonly creating: boolean;
  /** Of each record only what the rule looked at so far. Absent: all are whole. */
  readonly thin?: Readonly<Partial<Record<RecordName, Absent>>>;
}

/** What a rule is given to look at: records, and `event` (see `RuleEvent`). */
export type RecordName = "issue" | "replica" | "record" | "current" | "base" | "previous" | "event";

/** What one call leaves behind. `asks`: what it wants to know and was not told. */
export interface Running {
  readonly target: Bag;
  readonly original: Bag;
  readonly logs: string[];
  readonly fieldErrors: Bag;
  readonly orders: { adopt?: { key: string; reason: string }; unlink?: string };
  readonly asks: Map<string, { key: string; kind: string; args: readonly string[] }>;
  /** What the rule looked at; null where that is known. */
  readonly looks: Readonly<Record<RecordName, Looks>> | null;
  /** It looked at what was not sent. */
  missed: boolean;
}

/** By link and endpoint: field names by label, and per value map the other side's values, each way. */
export type Tables = Record<string, Record<string, { labels: Bag; outgoing: Bag; incoming: Bag }>>;

/** What a rule may look at. Each is made when it is first asked for. */
export interface Views {
  record(name: RecordName, labels: "own" | "other"): Bag | null;
  /** What travels: the local record of an outgoing rule, an incoming rule's replica. */
  sent(): Bag | null;
  /** The record that travels as it stands on its side. */
  now(): Bag | null;
  /** The same as both sides last agreed. */
  previous(): Bag | null;
  /** What the rule is there to change. */
  writable(): Bag;
  event(): Bag;
}

export interface Contexts {
  begin(call: Call): Running;
  contextOf(call: Call, running: Running, tables: Tables): unknown;
}

export function contexts({ looks, watch }: Sights, { copy, labelled }: Records, toolsOf: ToolMaker): Contexts {
  const NO_EVENT: Bag = { changedAt: null, seed: "0".repeat(32) };

  function begin(call: Call): Running {
    const original = isPart(call) ? { ...call.part, send: true } : call.issue;
    const noted = isPart(call) || call.thin !== undefined ? null : looksOfAll();
    const fresh = { logs: [], fieldErrors: {}, orders: {}, asks: new Map(), looks: noted, missed: false };
    return { target: copy(original), original, ...fresh };
  }

  function isPart({ kind }: Call): boolean {
    return kind === "attachment" || kind === "comment";
  }

  function looksOfAll(): NonNullable<Running["looks"]> {
    return {
      ...{ issue: looks(), replica: looks(), record: looks(), current: looks() },
      ...{ base: looks(), previous: looks(), event: looks() },
    };
  }

  function contextOf(call: Call, running: Running, tables: Tables): unknown {
    const views = viewsOf(call, running, tables);
    if (isPart(call)) {
      const { log } = toolsOf(call, running, tables, views);
      return { [call.kind]: running.target, issue: views.record("issue", "own"), log, creating: call.creating };
    }
    const tools = toolsOf(call, running, tables, views);
    return call.kind === "outgoing" ? outgoing(tools, views) : incoming(tools, views);
  }

  function outgoing(tools: Tools, { sent, previous, writable, event }: Views): unknown {
    return {
      ...tools,
      get issue() {
        return sent();
      },
      get replica() {
        return writable();
      },
      get previous() {
        return previous();
      },
      get changedAt() {
        return event()["changedAt"];
      },
    };
  }

  function incoming(tools: Tools, { sent, previous, writable, event, record }: Views): unknown {
    return {
      ...tools,
      get replica() {
        return sent();
      },
      get issue() {
        return writable();
      },
      get current() {
        return record("current", "own");
      },
      get base() {
        return record("base", "own");
      },
      get previous() {
        return previous();
      },
      get changedAt() {
        return event()["changedAt"];
      },
    };
  }

  /** Records are made when the rule first looks at them: most rules look at two of the five. */
  function viewsOf(call: Call, running: Running, tables: Tables): Views {
    const ends = tables[call.link] ?? {};
    const labels = {
      own: () => ends[call.endpoint]?.labels ?? {},
      other: () => ends[Object.keys(ends).find((name) => name !== call.endpoint) ?? ""]?.labels ?? {},
    };
    const made = new Map<string, Bag | null>();
    const once = <T extends Bag | null>(name: string, make: () => T): T => {
      if (!made.has(name)) made.set(name, make());
      return made.get(name) as T;
    };
    const seen = (name: RecordName) => (fields: Bag) => watched(fields, name, call, running);
    const record = (name: RecordName, side: "own" | "other") =>
      once(name, () => {
        const fields = call[name];
        return fields ? labelled(copy(fields), labels[side], true, seen(name)) : null;
      });
    const leaves = call.kind === "outgoing";
    return {
      record,
      sent: () => (leaves ? record("issue", "own") : record("replica", "other")),
      now: () => (leaves ? record("issue", "own") : record(call.record ? "record" : "replica", "other")),
      previous: () => record("previous", leaves ? "own" : "other"),
      writable: () => once("writable", () => labelled(running.target, labels.own, false, seen("issue"))),
      event: () => once("event", () => seen("event")(copy(call.event ?? NO_EVENT))),
    };
  }

  function watched(fields: Bag, name: RecordName, { thin }: Call, running: Running): Bag {
    if (thin === undefined && running.looks === null) return fields;
    return watch(fields, running.looks?.[name] ?? null, thin?.[name] ?? null, () => {
      running.missed = true;
    });
  }

  return { begin, contextOf };
}
