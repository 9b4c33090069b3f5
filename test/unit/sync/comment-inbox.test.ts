import assert from "node:assert/strict";
import { test } from "node:test";
import type { Comment, CommentEdit, CommentPort } from "../../../daemon/core/parts.ts";
import type { CommentConfig } from "../../../daemon/core/snapshot.ts";
import { conflictsOf } from "../../../daemon/status/conflicts.ts";
import { type Resolution, resolveWork } from "../../../daemon/sync/hand/resolve.ts";
import { noUnlinking, unlinkWork } from "../../../daemon/sync/hand/unlink.ts";
import { type Bench, bench, field, link, ORIGIN, row } from "./bench.ts";

/** Comments with ids; `refuse`: it takes no writes. */
function wall() {
  const of = new Map<string, Comment[]>();
  const state = { next: 1, writes: 0 };
  const texts = (id: string) => (of.get(id) ?? []).map((one) => one.body);
  const apply = (list: Comment[], edit: CommentEdit) => {
    if (edit.kind === "add") {
      const { body, author, at, origin } = edit;
      const id = String(state.next++);
      return [...list, { id, author: author.login, authorName: author.name, at, origin, body, private: false }];
    }
    if (edit.kind === "remove") return list.filter((one) => one.id !== edit.comment.id);
    return list.map((one) => (one.id === edit.comment.id ? { ...one, body: edit.body } : one));
  };
  const port: CommentPort = {
    ...{ markup: "plain", maxLength: null, mentions: false, field: () => null },
    list: async (_entity, ids) => new Map(ids.map((id) => [id, of.get(id) ?? []] as const)),
    async write(_entity, id, edits) {
      state.writes++;
      of.set(id, edits.reduce(apply, of.get(id) ?? []));
      return of.get(id) ?? [];
    },
  };
  const say = (id: string, body: string, at = "2026-01-31") => {
    const own = { id: String(state.next++), author: "ann", authorName: "Ann", at, origin: null, body, private: false };
    of.set(id, [...(of.get(id) ?? []), own]);
  };
  const edit = (id: string, from: string, to: string) =>
    of.set(
      id,
      (of.get(id) ?? []).map((one) => (one.body === from ? { ...one, body: to } : one)),
    );
  return { port, of, texts, say, edit, state };
}

/** A pair with two comments, both of which both sides have edited since. */
async function clashing() {
  const comments: CommentConfig = {
    ...{ direction: "both", changes: "sync", removals: "ignore", private: false, users: null, origin: ORIGIN },
  };
  const rows = [row("name", "name", { conflict: "hold" })];
  const b = bench([field("name")], [field("name")], link(rows, { comments, conflict: "hold" }));
  const [left, right] = [wall(), wall()];
  Object.assign(b.left, { comments: left.port });
  Object.assign(b.right, { comments: right.port });
  const l = b.left.add({ name: "talked about" });
  left.say(l, "one");
  left.say(l, "two", "2026-02-01");
  await b.run();
  const r = store(b).pairs("left", [l]).get(l)?.right ?? assert.fail("no partner");
  assert.deepEqual(right.texts(r), ["one", "two"]);
  for (const text of ["one", "two"]) {
    left.edit(l, text, `${text} here`);
    right.edit(r, text, `${text} there`);
  }
  b.pass(5);
  const report = await b.run({ full: true });
  assert.equal(report.conflicts, 2);
  return { b, left, right, l, r };
}

const store = (b: Bench) => b.store.link("t/defects");
const inbox = (b: Bench) =>
  conflictsOf("t/defects", { left: "l", right: "r" }, store(b).held(10)).map(({ sides }) =>
    sides.map(({ field: name, value }) => `${name} = ${value}`).join(" | "),
  );

async function resolve(
  b: Bench,
  l: string,
  take: string,
  name: string | null = null,
  dryRun = false,
): Promise<Resolution> {
  const into: Resolution = { resolved: [], refused: [], waiting: 0 };
  const order = { endpoint: "l", record: l, within: null, field: name, take: { endpoint: take }, dryRun };
  const report = await b.run({ work: resolveWork(order, "left", into), dryRun });
  assert.notEqual(report.status, "error", JSON.stringify(report.messages));
  return into;
}

async function quiet(b: Bench, walls: readonly ReturnType<typeof wall>[]): Promise<void> {
  const before = walls.map(({ state }) => state.writes);
  for (const full of [false, true]) {
    b.pass(5);
    const report = await b.run({ full });
    assert.deepEqual([report.status, report.conflicts], ["passed", 0], JSON.stringify(report.messages));
  }
  assert.deepEqual(
    walls.map(({ state }) => state.writes),
    before,
  );
}

test("X15 B11 comments that are held wait in the inbox with both texts, since they were first seen, until both say the same", async () => {
  const { b, left, l, r, right } = await clashing();
  const shown = [
    "comment Ann, 2026-01-31 = one here | comment Ann, 2026-01-31 = one there",
    "comment Ann, 2026-02-01 = two here | comment Ann, 2026-02-01 = two there",
  ];
  assert.deepEqual(inbox(b), shown);
  assert.equal(store(b).held(10).length, 1);
  const first = store(b).held(10)[0]?.parts?.heldComments;
  b.pass(60);
  await b.run({ full: true });
  assert.deepEqual(store(b).held(10)[0]?.parts?.heldComments, first, "the wait began anew");
  right.edit(r, "one there", "one here");
  await b.run({ full: true });
  assert.deepEqual(inbox(b), shown.slice(1));
  left.edit(l, "two here", "two");
  right.edit(r, "two there", "two");
  await b.run({ full: true });
  assert.deepEqual(inbox(b), []);
  assert.equal(store(b).held(10).length, 0);
  await quiet(b, [left, right]);
});

test("X15 B11 resolve takes one side's comment, the one that is named alone; the other words are in the journal, and later runs are empty", async () => {
  const { b, left, right, l, r } = await clashing();
  const planned = await resolve(b, l, "r", "comment Ann, 2026-01-31", true);
  assert.deepEqual(
    planned.resolved.map(({ written }) => written),
    [["l"]],
  );
  assert.deepEqual(left.texts(l), ["one here", "two here"], "a dry run wrote");
  assert.equal(inbox(b).length, 2);

  const one = await resolve(b, l, "r", "comment Ann, 2026-01-31");
  assert.deepEqual([one.refused, one.waiting, one.resolved.length], [[], 1, 1]);
  assert.deepEqual(left.texts(l), ["one there", "two here"]);
  assert.deepEqual(right.texts(r), ["one there", "two there"]);
  const [entry] = store(b).journal({ side: "left", record: l, limit: 1 });
  assert.deepEqual([entry?.origin, entry?.lost, entry?.after], ["resolved by hand", "one here", "one there"]);
  assert.deepEqual(inbox(b), ["comment Ann, 2026-02-01 = two here | comment Ann, 2026-02-01 = two there"]);

  const rest = await resolve(b, l, "l");
  assert.deepEqual([rest.refused, rest.waiting], [[], 0]);
  assert.deepEqual(
    [left.texts(l), right.texts(r)],
    [
      ["one there", "two here"],
      ["one there", "two here"],
    ],
  );
  assert.deepEqual(inbox(b), []);
  await quiet(b, [left, right]);
});

test("X15 B11 a comment that changed since it was shown is not decided; it is shown as it stands, then decided", async () => {
  const { b, right, l, r } = await clashing();
  right.edit(r, "one there", "one elsewhere");
  const early = await resolve(b, l, "r", "comment Ann, 2026-01-31");
  assert.match(early.refused[0]?.why ?? "", /changed again meanwhile/);
  assert.match(inbox(b)[0] ?? "", /one elsewhere/);
  const late = await resolve(b, l, "r");
  assert.deepEqual(late.refused, []);
  assert.equal(late.resolved.length, 2);
  assert.deepEqual(inbox(b), []);
});

test("X15 B11 a comment that is gone by now waits no more; a text of one's own is refused, and an unlinked pair has nothing to decide", async () => {
  const { b, left, l } = await clashing();
  left.of.set(l, (left.of.get(l) ?? []).slice(1));
  const gone = await resolve(b, l, "l", "comment Ann, 2026-01-31");
  assert.match(gone.refused[0]?.why ?? "", /is gone, or both say the same/);
  assert.equal(inbox(b).length, 1);
  const into: Resolution = { resolved: [], refused: [], waiting: 0 };
  const order = { endpoint: "l", record: l, within: null, field: null, take: { value: "mine" }, dryRun: false };
  await b.run({ work: resolveWork(order, "left", into) });
  assert.match(into.refused[0]?.why ?? "", /take one side's words/);
  const unlink = { endpoint: "l", record: l, within: null, how: "unlink", clearMarkers: false, apply: true } as const;
  await b.run({ work: unlinkWork(unlink, "left", noUnlinking()) });
  assert.deepEqual(inbox(b), []);
});

test("X15 B11 fields and comments of one record are decided together", async () => {
  const { b, left, right, l, r } = await clashing();
  b.left.edit(l, { name: "ours" });
  b.right.edit(r, { name: "theirs" });
  b.pass(5);
  await b.run();
  assert.equal(inbox(b).length, 3);
  const all = await resolve(b, l, "r");
  assert.deepEqual([all.refused, all.resolved.length, all.waiting], [[], 3, 0]);
  assert.deepEqual(left.texts(l), right.texts(r));
  assert.equal(b.left.rows.get(l)?.fields["name"], "theirs");
  await quiet(b, [left, right]);
});
