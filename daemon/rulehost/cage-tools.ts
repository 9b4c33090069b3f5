// Part of the inside of the cage, see cage.ts: may use nothing but ECMAScript and must not refer to anything outside `tools`.
import type { Call, Running, Tables, Views } from "./cage-context.ts";
import type { Words } from "./cage-words.ts";

type Bag = Record<string, unknown>;

/** What a rule's context has besides records, see rule-api/index.ts. */
export type Tools = Readonly<Record<string, unknown>> & { readonly log: unknown };

export type ToolMaker = (call: Call, running: Running, tables: Tables, views: Views) => Tools;

export function tools({ show, set }: Words): ToolMaker {
  const MAX_LOGS = 100;
  const MAX_LOG = 2000;
  const MAX_ASKS = 200;

  function toolsOf(call: Call, running: Running, tables: Tables, { now, previous: before, event }: Views): Tools {
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
      lookup: lookUps(call, running),
      newId: idMaker(event),
      adopt: (key: unknown, reason: unknown) => {
        running.orders.adopt = { key: String(key), reason: show(reason).slice(0, MAX_LOG) };
      },
      unlink: (reason: unknown) => {
        running.orders.unlink = show(reason).slice(0, MAX_LOG);
      },
    };
  }

  /** UUIDs, version 8, from a seed: the first is always the same, so is the second, and so on. */
  function idMaker(event: Views["event"]): () => string {
    const made = { count: 0 };
    return () => {
      const seed = String(event()["seed"]);
      const last = (Number.parseInt(seed.slice(24), 16) + made.count) % 0x1_0000_0000;
      made.count += 1;
      const tail = last.toString(16).padStart(8, "0");
      return `${seed.slice(0, 8)}-${seed.slice(8, 12)}-8${seed.slice(13, 16)}-a${seed.slice(17, 20)}-${seed.slice(20, 24)}${tail}`;
    };
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

  return toolsOf;
}
