import assert from "node:assert/strict";
import { test } from "node:test";
import { ConnectorError } from "../../../daemon/core/errors.ts";
import type { Comment, CommentEdit, CommentPort } from "../../../daemon/core/parts.ts";
import type { CommentConfig } from "../../../daemon/core/snapshot.ts";
import type { RunReport } from "../../../daemon/core/store.ts";
import { type Bench, bench, field, link, ORIGIN, row } from "./bench.ts";

/** Comments of one tracker in memory, each with an id. */
interface Wall extends CommentPort {
  readonly of: Map<string, Comment[]>;
  say(id: string, body: string, more?: Partial<Comment>): void;
  texts(id: string): readonly string[];
  /** Called before and after a write is stored; throws what is to go wrong. */
  readonly trouble: {
    before: (id: string) => void;
    after: (id: string) => void;
    list: (ids: readonly string[]) => void;
  };
}

function wall(maxLength: CommentPort["maxLength"] = null): Wall {
  const of = new Map<string, Comment[]>();
  const state = { next: 1 };
  const trouble: Wall["trouble"] = { before: () => undefined, after: () => undefined, list: () => undefined };
  const listOf = (id: string) => {
    const list = of.get(id) ?? [];
    of.set(id, list);
    return list;
  };
  const push = (id: string, comment: Omit<Comment, "id">) => listOf(id).push({ id: String(state.next++), ...comment });

  function apply(id: string, edit: CommentEdit): void {
    if (edit.kind === "add") {
      const { author, at, origin, body } = edit;
      push(id, { author: author.login, authorName: author.name, at, origin, body, private: edit.private });
      return;
    }
    const list = listOf(id);
    const at = list.findIndex((one) => one.id === edit.comment.id && one.body === edit.comment.body);
    const found = list[at];
    if (found === undefined) throw new ConnectorError("conflict", "it was changed meanwhile");
    if (edit.kind === "remove") list.splice(at, 1);
    else list[at] = { ...found, body: edit.body };
  }

  return {
    ...{ markup: "plain", maxLength, mentions: false, of, trouble, field: () => null },
    say: (id, body, more = {}) => {
      const comment = { author: "ann", authorName: "Ann", at: "2026-01-31", origin: null, body, private: false };
      push(id, { ...comment, ...more });
    },
    texts: (id) => listOf(id).map((one) => one.body),
    async list(_entity, ids) {
      trouble.list(ids);
      return new Map(ids.map((id) => [id, [...listOf(id)]] as const));
    },
    async write(_entity, id, edits) {
      trouble.before(id);
      for (const edit of edits) apply(id, edit);
      trouble.after(id);
      return [...listOf(id)];
    },
  };
}

interface Stage {
  readonly b: Bench;
  readonly left: Wall;
  readonly right: Wall;
  /** A pair of records, the left one first. */
  pair(name: string): Promise<readonly [string, string]>;
}

async function stage(config: Partial<CommentConfig> = {}, maxLength: CommentPort["maxLength"] = null): Promise<Stage> {
  const comments: CommentConfig = {
    ...{ direction: "both", changes: "sync", removals: "ignore", private: false, users: null, origin: ORIGIN },
    ...config,
  };
  const b = bench([field("name")], [field("name")], link([row("name", "name")], { comments, conflict: "hold" }));
  const [left, right] = [wall(), wall(maxLength)];
  Object.assign(b.left, { comments: left });
  Object.assign(b.right, { comments: right });
  return {
    ...{ b, left, right },
    async pair(name) {
      const id = b.left.add({ name });
      await b.run();
      const partner = b.store.link(b.link.key).pairs("left", [id]).get(id)?.right;
      return [id, partner ?? assert.fail("no partner")];
    },
  };
}

const counts = (report: RunReport) => [report.counts["l"]?.comments ?? 0, report.counts["r"]?.comments ?? 0];
const told = (report: RunReport) => report.messages.map((m) => `${m.record} ${m.field}: ${m.message}`).join("\n");

/** The process dies here: nothing after this line of it is done. */
function die(): never {
  throw new Error("killed");
}

async function dyingRun(b: Bench): Promise<void> {
  await b.run({ full: true }).catch((error: unknown) => assert.match(String(error), /killed/));
}

test("T1 S25 a comment that is too long is cut in the copy alone, and told; the cut text never comes back", async () => {
  const { b, left, right, pair } = await stage({}, { size: 10, unit: "characters" });
  const [l, r] = await pair("One");
  left.say(l, "more than ten characters");
  const report = await b.run({ full: true });
  assert.deepEqual(right.texts(r), ["more than "]);
  assert.match(told(report), /comment Ann, 2026-01-31: cut to 10 characters for r/);
  assert.deepEqual(counts(await b.run({ full: true })), [0, 0]);
  assert.deepEqual(left.texts(l), ["more than ten characters"]);
  right.of.set(r, [{ ...(right.of.get(r)?.[0] as Comment), body: "edited" }]);
  const clash = await b.run({ full: true });
  assert.equal(clash.conflicts, 1, told(clash));
  assert.deepEqual(left.texts(l), ["more than ten characters"]);
});

test("X15 a record that the run has made is asked for comments only where some are to come to it; a full run asks each", async () => {
  const { b, left, right } = await stage();
  const ids = ["One", "Two", "Three"].map((name) => b.left.add({ name }));
  left.say(ids[1] ?? "", "said before");
  const asked: string[] = [];
  right.trouble.list = (some) => void asked.push(...some);
  assert.deepEqual(counts(await b.run()), [0, 1]);
  const partners = b.store.link(b.link.key).pairs("left", ids);
  assert.deepEqual(asked, [partners.get(ids[1] ?? "")?.right]);
  right.say(partners.get(ids[2] ?? "")?.right ?? "", "said there");
  assert.deepEqual(counts(await b.run({ full: true })), [1, 0]);
  assert.equal(asked.length, 4);
  assert.deepEqual(left.texts(ids[2] ?? ""), ["said there"]);
});

test("X15 killed between the write of a comment and its record: the next run recognises it", async () => {
  const { b, left, right, pair } = await stage();
  const [l, r] = await pair("One");
  left.say(l, "said once");
  right.trouble.after = die;
  await dyingRun(b);
  assert.deepEqual([right.texts(r), b.store.link(b.link.key).intents().length], [["said once"], 1]);
  right.trouble.after = () => undefined;
  assert.deepEqual(counts(await b.run({ full: true })), [0, 0]);
  assert.deepEqual([right.texts(r), left.texts(l)], [["said once"], ["said once"]]);
  assert.deepEqual(b.store.link(b.link.key).intents(), []);
  const [entry] = b.store.link(b.link.key).journal({ side: "right", record: r, limit: 1 });
  assert.deepEqual([entry?.origin, entry?.after, entry?.part?.action], ["recovered", "said once", "add"]);
});

test("X15 killed before a comment was sent: the next run says it, once", async () => {
  const { b, left, right, pair } = await stage();
  const [l, r] = await pair("One");
  left.say(l, "said once");
  right.trouble.before = die;
  await dyingRun(b);
  assert.deepEqual([right.texts(r), b.store.link(b.link.key).intents().length], [[], 1]);
  right.trouble.before = () => undefined;
  assert.deepEqual(counts(await b.run({ full: true })), [0, 1]);
  assert.deepEqual(counts(await b.run({ full: true })), [0, 0]);
  assert.deepEqual(right.texts(r), ["said once"]);
});

test("X15 killed after an edit, and after a removal, was stored: neither comes back nor travels", async () => {
  const { b, left, right, pair } = await stage({ removals: "sync" });
  const [l, r] = await pair("One");
  left.say(l, "one");
  left.say(l, "two");
  await b.run({ full: true });
  left.of.set(l, [{ ...(left.of.get(l)?.[0] as Comment), body: "one, edited" }]);
  right.trouble.after = die;
  await dyingRun(b);
  await dyingRun(b);
  right.trouble.after = () => undefined;
  await b.run({ full: true });
  assert.deepEqual([left.texts(l), right.texts(r)], [["one, edited"], ["one, edited"]]);
  assert.deepEqual(counts(await b.run({ full: true })), [0, 0]);
  assert.deepEqual(b.store.link(b.link.key).intents(), []);
});

test("X15 a comment that is refused waits under the record that it comes from, and is tried again", async () => {
  const { b, left, right, pair } = await stage();
  const [l, r] = await pair("One");
  const [l2, r2] = await pair("Two");
  left.say(l, "refused");
  left.say(l2, "taken");
  right.trouble.before = (id) => {
    if (id === r) throw new ConnectorError("invalid", "r: no such words here");
  };
  const report = await b.run({ full: true });
  assert.equal(report.status, "passed with errors", told(report));
  assert.deepEqual([right.texts(r), right.texts(r2)], [[], ["taken"]]);
  const [retry] = b.store.link(b.link.key).retries(10);
  assert.deepEqual([retry?.side, retry?.record, retry?.field], ["left", l, "comment Ann, 2026-01-31"]);
  right.trouble.before = () => undefined;
  b.pass(10);
  assert.deepEqual(counts(await b.run()), [0, 1]);
  assert.deepEqual([right.texts(r), b.store.link(b.link.key).retries(10)], [["refused"], []]);
});

test("X15 comments of one record that cannot be read hold no other record's", async () => {
  const { b, left, right, pair } = await stage();
  const [l] = await pair("One");
  const [l2, r2] = await pair("Two");
  left.say(l, "unreadable");
  left.say(l2, "readable");
  left.trouble.list = (ids) => {
    if (ids.includes(l)) throw new ConnectorError("invalid", "l: what is this?");
  };
  const report = await b.run({ full: true });
  assert.match(told(report), /what is this/);
  assert.deepEqual(right.texts(r2), ["readable"]);
});

test("X15 a record that is not there has lost no comments", async () => {
  const { b, left, right, pair } = await stage({ removals: "sync" });
  const [l, r] = await pair("One");
  left.say(l, "one");
  await b.run({ full: true });
  assert.deepEqual(right.texts(r), ["one"]);
  const { list } = left;
  Object.assign(left, { list: async () => new Map() });
  await b.run({ full: true });
  assert.deepEqual(right.texts(r), ["one"]);
  Object.assign(left, { list });
  assert.deepEqual(counts(await b.run({ full: true })), [0, 0]);
});
