import assert from "node:assert/strict";
import { test } from "node:test";
import { ConnectorError } from "../../../daemon/core/errors.ts";
import type { Commit, LinkStore } from "../../../daemon/core/store.ts";
import { assertQuiet, type Desk, desk, passes } from "./attachment-desk.ts";
import { side } from "./bench.ts";

test("S14 S15 attachments of both sides cross, once; a run without changes asks nothing about them", async () => {
  const d = await desk();
  d.files.left.put("1", "log.txt", "hello", { description: "the log" });
  d.files.right.put("1001", "shot.png", "\u0001\u0002");
  const report = await d.run();
  assert.equal(report.status, "passed");
  assert.deepEqual([report.counts["l"]?.attachments, report.counts["r"]?.attachments], [1, 1]);
  assert.deepEqual(d.files.right.of("1001"), ["shot.png=\u0001\u0002", "log.txt=hello"]);
  assert.deepEqual(d.files.left.of("1"), ["log.txt=hello", "shot.png=\u0001\u0002"]);
  assert.equal(d.files.right.files("1001")[1]?.description, "the log");
  await assertQuiet(d);
  const written = d.events.filter((event) => event.event === "part.written");
  assert.deepEqual(
    written.map(
      (event) =>
        event.event === "part.written" && [event.endpoint, event.record, event.action, event.name, event.source],
    ),
    [
      ["r", "1001", "add", "log.txt", "l:1"],
      ["l", "1", "add", "shot.png", "r:1001"],
    ],
  );
});

test("T9 a file that changes without moving its record is found by the next full run, and by none before", async () => {
  const d = await desk({}, { left: { touches: false }, right: { touches: false } });
  const id = d.files.left.put("1", "log.txt", "hello");
  await passes(d);
  assert.deepEqual(d.files.right.of("1001"), []);
  await passes(d, true);
  assert.deepEqual(d.files.right.of("1001"), ["log.txt=hello"]);
  d.files.left.edit("1", id, { bytes: "hello again" });
  d.pass(5);
  await passes(d);
  assert.deepEqual(d.files.right.of("1001"), ["log.txt=hello"]);
  await passes(d, true);
  assert.deepEqual(d.files.right.of("1001"), ["log.txt=hello again"]);
});

test("T9 a first load looks at each pair once, and the run after it at none; a query's run looks at what moved", async () => {
  const d = await desk();
  const calls = () => [d.files.left.calls.list, d.files.right.calls.list];
  assert.deepEqual(
    calls(),
    [1, 0],
    "a record that the run has made was asked for files although none are to come to it",
  );
  await passes(d);
  assert.deepEqual(calls(), [1, 0], "what the load itself wrote made the next run look again");
  const report = await d.run({ full: true, queries: [{ left: "name=one" }] });
  assert.deepEqual([report.status, calls()], ["passed", [1, 0]]);
  await passes(d, true);
  assert.deepEqual(calls(), [2, 1]);
});

test("T11 bytes go through: a piece is sent before the next is read", async () => {
  const d = await desk();
  d.files.left.put("1", "big.bin", Buffer.alloc(4_000, 7));
  const state = { read: 0, sent: 0, ahead: 0 };
  const [left, right] = [d.left.attachments, d.right.attachments];
  assert.ok(left !== undefined && right !== undefined);
  Object.assign(d.left, {
    attachments: {
      ...left,
      async *read(...[entity, id, attachment, most, signal]: Parameters<typeof left.read>) {
        for await (const piece of left.read(entity, id, attachment, most, signal)) {
          state.read++;
          state.ahead = Math.max(state.ahead, state.read - state.sent);
          yield piece;
        }
      },
    },
  });
  Object.assign(d.right, {
    attachments: {
      ...right,
      add(...[entity, id, draft, signal]: Parameters<typeof right.add>) {
        const { size, open } = draft.content;
        async function* counted(aborted: AbortSignal) {
          for await (const piece of open(aborted)) {
            state.sent++;
            yield piece;
          }
        }
        return right.add(entity, id, { ...draft, content: { size, open: counted } }, signal);
      },
    },
  });
  await passes(d);
  assert.deepEqual(state, { read: 1_000, sent: 1_000, ahead: 1 });
});

test("S16 the same bytes under a new stamp write nothing", async () => {
  const d = await desk();
  const id = d.files.left.put("1", "log.txt", "hello");
  await passes(d);
  d.files.left.edit("1", id, { description: "only a word", bytes: "hello" });
  d.pass(5);
  await passes(d);
  assert.deepEqual(d.files.right.log, ["add 1001 log.txt"]);
  await assertQuiet(d);
});

test("E93 a renamed file is renamed, or made anew, on the other side, never doubled", async () => {
  for (const inPlace of [true, false]) {
    const d = await desk({}, { right: { inPlace } });
    const id = d.files.left.put("1", "old.txt", "hello");
    await passes(d);
    d.files.left.edit("1", id, { name: "new.txt" });
    d.pass(5);
    await passes(d);
    assert.deepEqual(d.files.right.of("1001"), ["new.txt=hello"]);
    await assertQuiet(d);
  }
});

test("S21 T8 one clash: the rest of the record and of its files goes on, the run passed with errors, and waits for a person", async () => {
  const d = await desk();
  d.files.left.put("1", "log.txt", "left's own");
  d.files.right.put("1001", "log.txt", "right's own");
  d.files.left.put("1", "more.txt", "more");
  d.left.edit("1", { name: "renamed" });
  const report = await d.run();
  assert.equal(report.status, "passed with errors");
  assert.match(report.messages[0]?.message ?? "", /each have a file "log\.txt" of their own/);
  assert.equal(report.messages[0]?.field, "attachment log.txt");
  assert.equal(d.right.rows.get("1001")?.fields["title"], "renamed");
  assert.deepEqual(d.files.right.of("1001"), ["log.txt=right's own", "more.txt=more"]);
  assert.deepEqual(d.files.left.of("1"), ["log.txt=left's own", "more.txt=more"]);
  assert.equal(d.memory.retry("left", "1")?.field, "attachment log.txt");
  d.pass(2);
  assert.equal((await d.run()).status, "passed with errors", "a clash alone is no failed run");
  assert.equal(d.memory.retry("left", "1")?.attempts, 2);
  d.files.right.edit("1001", d.files.right.files("1001")[0]?.id ?? "", { name: "right.txt" });
  d.pass(10);
  await passes(d);
  assert.deepEqual(d.files.left.of("1").toSorted(), ["log.txt=left's own", "more.txt=more", "right.txt=right's own"]);
  assert.equal(d.memory.retry("left", "1"), null);
  await assertQuiet(d);
});

test("T7 an account that sees no files any more does not take the other side's with it: many stop the link", async () => {
  const d = await desk();
  for (let i = 0; i < 12; i++) d.files.left.put("1", `log${i}.txt`, `${i}`);
  await passes(d);
  for (const { id } of d.files.left.files("1")) d.files.left.drop("1", id);
  d.pass(5);
  const report = await d.run();
  assert.equal(report.status, "error");
  assert.match(report.messages.at(-1)?.message ?? "", /in r there would be 12 attachments to delete/);
  assert.equal(d.files.right.of("1001").length, 12);
  const stop = d.memory.stop();
  assert.equal(stop?.brake, "delete");
  if (stop !== null) d.memory.commit({ stop: { ...stop, allowed: stop.would } });
  d.pass(5);
  await passes(d);
  assert.deepEqual(d.files.right.of("1001"), []);
});

test("T14 a refused file waits under the record that it stems from, and is tried again by itself", async () => {
  const d = await desk();
  d.files.left.put("1", "virus.exe", "boo");
  d.files.right.mishaps = [new ConnectorError("invalid", "r: files of this type are blocked")];
  const report = await d.run();
  assert.equal(report.status, "passed with errors");
  const retry = d.memory.retry("left", "1");
  assert.deepEqual([retry?.field, retry?.attempts], ["attachment virus.exe", 1]);
  assert.match(retry?.reason ?? "", /^r:1001: r: files of this type are blocked/);
  assert.deepEqual(d.memory.intents(), []);
  await passes(d);
  assert.deepEqual(d.files.right.of("1001"), [], "it did not wait for its turn");
  d.pass(3);
  await passes(d);
  assert.deepEqual(d.files.right.of("1001"), ["virus.exe=boo"]);
  assert.equal(d.memory.retry("left", "1"), null);
  await assertQuiet(d);
});

test("B13 an addition without an answer keeps its intent open; the next run finds it and does not double it", async () => {
  for (const source of ["same", "changed", "gone"]) {
    const d = await desk({}, { right: { unique: false } });
    const id = d.files.left.put("1", "log.txt", "hello");
    d.files.right.mishaps = ["lost"];
    assert.equal((await d.run()).status, "passed with errors");
    assert.equal(d.memory.intents().length, 1);
    if (source === "changed") d.files.left.edit("1", id, { bytes: "other" });
    if (source === "gone") d.files.left.drop("1", id);
    d.pass(5);
    await passes(d);
    assert.deepEqual(d.memory.intents(), []);
    const now = { same: ["log.txt=hello"], changed: ["log.txt=other"], gone: [] }[source];
    assert.deepEqual(d.files.right.of("1001"), now, source);
    const journal = d.memory.journal({ record: "1001", field: "attachment log.txt", limit: 10 });
    assert.ok(journal.some(({ origin, part }) => origin === "recovered" && part?.action === "add"));
    await assertQuiet(d);
  }
});

test("B13 a replacement that was killed between adding and removing is completed", async () => {
  const d = await desk({}, { right: { inPlace: false, unique: true } });
  const id = d.files.left.put("1", "log.txt", "one");
  await passes(d);
  d.files.left.edit("1", id, { bytes: "two" });
  d.files.right.mishaps = ["half"];
  d.pass(5);
  assert.equal((await d.run()).status, "passed with errors");
  assert.deepEqual(d.files.right.of("1001"), ["log.txt=one", "log_1.txt=two"]);
  d.pass(5);
  await passes(d);
  assert.deepEqual(d.files.right.of("1001"), ["log_1.txt=two"]);
  await assertQuiet(d);
});

test("B13 killed before or after any commit, the next run leaves every file once on each side", async () => {
  for (let at = 2; at < 80; at++) {
    for (const after of [false, true]) {
      // Without a marker on the left nothing but the files moves that record once its pair is made.
      const d = await desk(
        {},
        { right: { unique: false } },
        { left: side("l", { marker: at % 2 === 0 ? null : "partner" }) },
      );
      d.files.left.put("1", "a.txt", "aaa");
      d.files.right.put("1001", "b.txt", "bbb");
      d.left.edit("1", { name: `n${at}` });
      d.files.left.put(d.left.add({ name: "two" }), "new.txt", "new");
      const killed = killAt(d, Math.floor(at / 2), after);
      await d.run().catch((error: unknown) => assert.match(String(error), /killed/));
      killed.restore();
      d.pass(2);
      await passes(d);
      assert.deepEqual(d.files.left.of("1").toSorted(), ["a.txt=aaa", "b.txt=bbb"], `${at} ${after}`);
      assert.deepEqual(d.files.right.of("1001").toSorted(), ["a.txt=aaa", "b.txt=bbb"], `${at} ${after}`);
      const partner = [...d.right.rows.values()].filter((r) => r.fields["title"] === "two").map(({ id }) => String(id));
      assert.deepEqual([partner.length, d.files.right.of(partner[0] ?? "")], [1, ["new.txt=new"]], `${at} ${after}`);
      assert.deepEqual(d.memory.intents(), []);
      await assertQuiet(d);
      if (!killed.happened()) return;
    }
  }
  assert.fail("the run has more commits than were tried");
});

/** The process ends at its n-th commit. */
function killAt(d: Desk, at: number, after: boolean): { restore(): void; happened(): boolean } {
  const real = d.store;
  const state = { left: at, dead: false };
  const commit = (store: LinkStore) => (what: Commit) => {
    if (state.dead) throw new Error("killed");
    const now = --state.left === 0;
    if (!now || after) store.commit(what);
    if (!now) return;
    state.dead = true;
    throw new Error("killed");
  };
  d.store = { ...real, link: (key) => ({ ...real.link(key), commit: commit(real.link(key)) }) };
  return {
    restore() {
      d.store = real;
    },
    happened: () => state.dead,
  };
}
