// Part of the inside of the cage, see cage.ts: may use nothing but ECMAScript and must not refer to anything outside `contexts`.
import type { Absent, Looks, Sights } from "./cage-sight.ts";
import type { Words } from "./cage-words.ts";

type Bag = Record<string, unknown>;

/** A call as it comes from the daemon, see core/rules.ts. */
export interface Call {
  readonly kind: "outgoing" | "incoming" | "attachment" | "comment";
  readonly link: string;
  readonly endpoint: string;
  readonly issue: Bag;
  readonly replica?: Bag;
  readonly part?: Bag;
  readonly current?: Bag | null;
  readonly base?: Bag | null;
  readonly previous?: Bag | null;
  readonly answers?: Bag;
  readonly creating: boolean;
  /** Of each record only what the rule looked at so far. Absent: all are whole. */
  readonly thin?: Readonly<Partial<Record<RecordName, Absent>>>;
}

/** The records that a rule is given. */
export type RecordName = "issue" | "replica" | "current" | "base" | "previous";

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

export interface Contexts {
  begin(call: Call): Running;
  contextOf(call: Call, running: Running, tables: Tables): unknown;
}

export function contexts({ show, set }: Words, { looks, watch }: Sights): Contexts {
  const MAX_LOGS = 100;
  const MAX_LOG = 2000;
  const MAX_ASKS = 200;

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
    return { issue: looks(), replica: looks(), current: looks(), base: looks(), previous: looks() };
  }

  /** Records are made when the rule first looks at them: most rules look at two of the five. */
  function contextOf(call: Call, running: Running, tables: Tables): unknown {
    const ends = tables[call.link] ?? {};
    const own = () => ends[call.endpoint]?.labels ?? {};
    const other = () => ends[Object.keys(ends).find((name) => name !== call.endpoint) ?? ""]?.labels ?? {};
    const { target } = running;
    const made = new Map<string, Bag | null>();
    const once = (name: string, make: () => Bag | null) => {
      if (!made.has(name)) made.set(name, make());
      return made.get(name) as Bag | null;
    };
    const seen = (name: RecordName) => (fields: Bag) => watched(fields, name, call, running);
    const record = (name: RecordName, labels: () => Bag) =>
      once(name, () => {
        const fields = call[name];
        return fields ? labelled(copy(fields), labels, true, seen(name)) : null;
      });
    const writable = (name: string) => once(name, () => labelled(target, own, false, seen("issue")));
    if (isPart(call)) {
      const log = logger(running);
      return { [call.kind]: target, issue: record("issue", own), log, creating: call.creating };
    }
    const previous = () => record("previous", call.kind === "outgoing" ? own : other);
    const sent = () => (call.kind === "outgoing" ? record("issue", own) : record("replica", other));
    const tools = toolsOf(call, running, tables, { now: sent, before: previous });
    if (call.kind === "outgoing")
      return {
        ...tools,
        get issue() {
          return sent();
        },
        get replica() {
          return writable("replica");
        },
        get previous() {
          return previous();
        },
        get lookup() {
          return lookUps(call, running);
        },
      };
    return {
      ...tools,
      get replica() {
        return sent();
      },
      get issue() {
        return writable("issue");
      },
      get current() {
        return record("current", own);
      },
      get base() {
        return record("base", own);
      },
      get previous() {
        return previous();
      },
      get lookup() {
        return lookUps(call, running);
      },
    };
  }

  function watched(fields: Bag, name: RecordName, { thin }: Call, running: Running): Bag {
    if (thin === undefined && running.looks === null) return fields;
    return watch(fields, running.looks?.[name] ?? null, thin?.[name] ?? null, () => {
      running.missed = true;
    });
  }

  /** `now`, `before`: the record that travels as it stands, and as both sides last agreed. */
  function toolsOf(
    call: Call,
    running: Running,
    tables: Tables,
    { now, before }: { readonly now: () => Bag | null; readonly before: () => Bag | null },
  ) {
    const pair = (field: string) => ({ is: now()?.[field], was: before()?.[field] });
    return {
      creating: call.creating,
      log: logger(running),
      fail: failer(running),
      changed(field: string) {
        const { is, was } = pair(field);
        return before() !== null && !same(is, was);
      },
      added(field: string) {
        const { is, was } = pair(field);
        return before() === null ? items(is) : minus(is, was);
      },
      removed(field: string) {
        const { is, was } = pair(field);
        return before() === null ? [] : minus(was, is);
      },
      valueMap: valueMapper(call, tables),
      adopt: (key: unknown, reason: unknown) => {
        running.orders.adopt = { key: String(key), reason: show(reason).slice(0, MAX_LOG) };
      },
      unlink: (reason: unknown) => {
        running.orders.unlink = show(reason).slice(0, MAX_LOG);
      },
    };
  }

  /** Own properties only, so that a field called `__proto__` stays a field. */
  function copy(fields: Bag): Bag {
    const result: Bag = {};
    for (const key of Object.keys(fields)) {
      const given = fields[key];
      set(result, key, Array.isArray(given) ? [...(given as unknown[])] : given);
    }
    return result;
  }

  /** With `byLabel`: the same fields under the names that people see. Not among the record's own keys: it is never sent. */
  function labelled(fields: Bag, labels: () => Bag, frozen: boolean, viewOf: (fields: Bag) => Bag): Bag {
    const view = viewOf(fields);
    const made: { byLabel?: Bag } = {};
    const get = () => {
      made.byLabel ??= byLabelOf(fields, view, labels(), frozen);
      return made.byLabel;
    };
    if (!Object.hasOwn(fields, "byLabel")) Object.defineProperty(fields, "byLabel", { get });
    if (!frozen) return view;
    for (const value of Object.values(fields)) Object.freeze(value);
    Object.freeze(fields);
    return view;
  }

  function byLabelOf(fields: Bag, view: Bag, labels: Bag, frozen: boolean): Bag {
    const nameOf = (label: string | symbol): string => {
      if (typeof label === "string" && Object.hasOwn(labels, label)) return String(labels[label]);
      throw new TypeError(`there is no field labelled "${String(label)}"`);
    };
    return new Proxy(
      {},
      {
        get: (_target, label) => view[nameOf(label)],
        has: (_target, label) => typeof label === "string" && Object.hasOwn(labels, label),
        ownKeys: () => Object.keys(labels).filter((label) => nameOf(label) in view),
        getOwnPropertyDescriptor(_target, label) {
          if (typeof label !== "string" || !Object.hasOwn(labels, label) || !(nameOf(label) in view)) return undefined;
          return { value: view[nameOf(label)], writable: !frozen, enumerable: true, configurable: true };
        },
        set(_target, label, value) {
          if (frozen) throw new TypeError("Cannot assign to a read only property: this record cannot be changed here");
          set(fields, nameOf(label), value);
          return true;
        },
      },
    );
  }

  function items(value: unknown): readonly unknown[] {
    if (value === null || value === undefined) return [];
    return Array.isArray(value) ? (value as unknown[]) : [value];
  }

  function minus(all: unknown, without: unknown): readonly unknown[] {
    const gone = new Set(items(without));
    return items(all).filter((item) => !gone.has(item));
  }

  function same(a: unknown, b: unknown): boolean {
    if (!Array.isArray(a) && !Array.isArray(b)) return (a ?? null) === (b ?? null);
    return minus(a, b).length === 0 && minus(b, a).length === 0;
  }

  /** A value that the map does not have is `otherwise`, or stays what it is. */
  function valueMapper(call: Call, tables: Tables) {
    const side = tables[call.link]?.[call.endpoint];
    const maps = call.kind === "incoming" ? side?.incoming : side?.outgoing;
    return (name: unknown, value: unknown, otherwise?: unknown): unknown => {
      const map = maps !== undefined && Object.hasOwn(maps, String(name)) ? (maps[String(name)] as Bag) : undefined;
      if (map === undefined) throw new Error(`there is no value map "${String(name)}" in this direction`);
      if (value === null || value === undefined) return otherwise === undefined ? null : otherwise;
      if (Object.hasOwn(map, String(value))) return map[String(value)];
      return otherwise === undefined ? value : otherwise;
    };
  }

  /** A question without an answer waits for ever: the daemon answers it and runs the rule again from its beginning. */
  function lookUps(call: Call, { asks }: Running) {
    const answers = call.answers ?? {};
    const ask = (kind: string, ...given: unknown[]): Promise<unknown> => {
      const args = given.map(String);
      const key = JSON.stringify([kind, ...args]);
      if (Object.hasOwn(answers, key)) return Promise.resolve(Object.freeze(answers[key]));
      if (asks.size >= MAX_ASKS) throw new Error(`a rule may ask for ${MAX_ASKS} things at the most`);
      asks.set(key, { key, kind, args });
      return new Promise(() => undefined);
    };
    return Object.freeze({
      user: (text: unknown) => ask("user", text),
      option: (field: unknown, value: unknown) => ask("option", field, value),
      reference: (field: unknown, name: unknown) => ask("reference", field, name),
      release: (name: unknown) => ask("release", name),
      partner: (id: unknown) => ask("partner", id),
    });
  }

  function logger({ logs }: Running) {
    return (...values: unknown[]): void => {
      if (logs.length < MAX_LOGS) logs.push(values.map(show).join(" ").slice(0, MAX_LOG));
      else if (logs.length === MAX_LOGS) logs.push("(further lines of this rule are left out)");
    };
  }

  function failer({ fieldErrors }: Running) {
    return (message: unknown, where?: { readonly field?: unknown }): void => {
      if (where?.field === undefined) throw new Error(show(message));
      set(fieldErrors, String(where.field), show(message).slice(0, MAX_LOG));
    };
  }

  return { begin, contextOf };
}
