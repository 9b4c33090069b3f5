import assert from "node:assert/strict";
import { test } from "node:test";
import { ConnectorError } from "../../../daemon/core/errors.ts";
import { formatShortcut } from "../../../daemon/fields/shortcut.ts";
import { noFindings, type UndoFindings, undoWork } from "../../../daemon/sync/hand/undo.ts";
import { noUnlinking, unlinkWork } from "../../../daemon/sync/hand/unlink.ts";
import { assertQuiet, type Desk, desk, later, passes } from "./attachment-desk.ts";
import { side } from "./bench.ts";

const shortcutTo = (id: string) =>
  Buffer.from(formatShortcut(`https://tracker.example/files/${id}`)).toString("latin1");

async function undo(d: Desk, record: string | null, apply: boolean): Promise<UndoFindings> {
  const into = noFindings();
  const scope = {
    run: null,
    revision: null,
    deleteCreated: null,
    record: record === null ? null : { side: "right" as const, id: record },
  };
  const report = await d.run({ work: undoWork(scope, into), dryRun: !apply });
  assert.notEqual(report.status, "error", JSON.stringify(report.messages));
  return into;
}

test("T11 a file that is too large crosses as its address, told once; one whose size nobody tells is measured first", async () => {
  for (const sizes of [true, false]) {
    const d = await desk({ maxSize: 8 }, { left: { sizes } });
    const big = d.files.left.put("1", "big.bin", "123456789");
    d.files.left.put("1", "fits.bin", "12345678");
    const report = await d.run();
    assert.equal(report.status, "passed");
    assert.deepEqual(d.files.right.of("1001").toSorted(), [`big.bin.url=${shortcutTo(big)}`, "fits.bin=12345678"]);
    assert.match(report.messages.map((m) => m.message).join(), /"big\.bin" has .*: its address crosses instead/);
    await assertQuiet(d);
    assert.equal(d.files.left.calls.read > 0, true);
  }
  const port = await desk({}, { right: { maxSize: 3 } });
  port.files.left.put("1", "a.txt", "four");
  await passes(port);
  assert.match(port.files.right.of("1001")[0] ?? "", /^a\.txt\.url=/);
});

test("S14 S15 by reference: a shortcut for a file, an address as it is, whatever the mode; a replaced file keeps its shortcut", async () => {
  const d = await desk({ mode: "url" });
  const log = d.files.left.put("1", "log.txt", "hello");
  d.files.left.put("1", "wiki.url", "[InternetShortcut]\r\nURL=https://wiki.example/\r\n");
  d.files.left.put("1", "Build server", "https://build.example/7", { link: true });
  await passes(d);
  const built = Buffer.from(formatShortcut("https://build.example/7")).toString("latin1");
  assert.deepEqual(d.files.right.of("1001"), [
    `log.txt.url=${shortcutTo(log)}`,
    "wiki.url=[InternetShortcut]\r\nURL=https://wiki.example/\r\n",
    `Build server.url=${built}`,
  ]);
  d.files.left.edit("1", log, { bytes: "hello again" });
  later(d, 5);
  await passes(d);
  assert.equal(d.files.right.log.length, 3, "the address did not change");
  d.files.left.edit("1", log, { name: "log2.txt" });
  later(d, 5);
  await passes(d);
  assert.equal(d.files.right.of("1001")[0], `log2.txt.url=${shortcutTo(log)}`);
  await assertQuiet(d);
});

test("T7 a record that is hidden or gone is not a record whose files were removed", async () => {
  for (const emptyForMissing of [true, false]) {
    const d = await desk({}, { left: { emptyForMissing } });
    d.files.left.put("1", "log.txt", "hello");
    await passes(d);
    d.left.hide("1", "hidden");
    d.right.edit("1001", { title: "edited" });
    later(d, 5);
    for (const full of [false, true]) await d.run({ full });
    assert.deepEqual(d.files.right.of("1001"), ["log.txt=hello"]);
  }
});

test("T7 delete-source deletes an original only when it changes after its copy was removed, and asks where it would be many", async () => {
  const d = await desk({ deletedAtDestination: "delete-source" });
  const ids = Array.from({ length: 12 }, (_, i) => d.files.left.put("1", `f${i}.txt`, `${i}`));
  await passes(d);
  for (const { id } of d.files.right.files("1001")) d.files.right.drop("1001", id);
  later(d, 5);
  await passes(d);
  assert.equal(d.files.left.of("1").length, 12, "nothing by itself");
  d.files.left.edit("1", ids[0] ?? "", { bytes: "changed" });
  later(d, 5);
  await passes(d);
  assert.equal(d.files.left.of("1").length, 11);
  for (const id of ids) if (id !== ids[0]) d.files.left.edit("1", id, { bytes: "changed as well" });
  later(d, 5);
  const report = await d.run();
  assert.match(report.messages.at(-1)?.message ?? "", /in l there would be 11 attachments to delete/);
  assert.equal(d.files.left.of("1").length, 11);
});

test("S39 S40 S41 S42 files follow what the link says of deleted records", async () => {
  const nothing = await desk({}, {}, { left: side("l", { deleted: "nothing" }) });
  nothing.left.add({ name: "another" });
  nothing.files.left.put("1", "log.txt", "hello");
  await passes(nothing);
  nothing.left.drop("1");
  later(nothing, 5);
  await nothing.run({ full: true });
  assert.deepEqual(nothing.files.right.of("1001"), ["log.txt=hello"], "S40");

  const gone = await desk({}, {}, { left: side("l", { deleted: "delete" }) });
  gone.left.add({ name: "another" });
  gone.files.left.put("1", "log.txt", "hello");
  await passes(gone);
  later(gone, 5);
  await passes(gone);
  gone.left.drop("1");
  later(gone, 5);
  await passes(gone, true);
  assert.equal(gone.right.rows.has("1001"), false, "S41");
  assert.equal(gone.memory.pairCount(), 1);

  const again = await desk({}, {}, { right: side("r", { deleted: "recreate" }) });
  again.left.add({ name: "another" });
  again.files.left.put("1", "log.txt", "hello");
  again.files.right.put("1001", "shot.png", "png");
  await passes(again);
  again.right.drop("1001");
  later(again, 5);
  await passes(again, true);
  assert.deepEqual(again.files.right.of("1003").toSorted(), ["log.txt=hello", "shot.png=png"], "S42");
  assert.deepEqual(again.files.left.of("1").toSorted(), ["log.txt=hello", "shot.png=png"]);
  await assertQuiet(again);
});

test("unlinked records keep their files to themselves; linked again, or forgotten and paired anew, nothing is doubled", async () => {
  const d = await desk();
  d.files.left.put("1", "log.txt", "hello");
  await passes(d);
  const order = { endpoint: "l", record: "1", within: null, clearMarkers: false, apply: true };
  const unlinked = await d.run({ work: unlinkWork({ ...order, how: "unlink" }, "left", noUnlinking()) });
  assert.equal(unlinked.status, "passed", JSON.stringify(unlinked.messages));
  d.files.left.put("1", "more.txt", "more");
  later(d, 5);
  await passes(d, true);
  assert.deepEqual(d.files.right.of("1001"), ["log.txt=hello"]);
  await d.run({ work: unlinkWork({ ...order, how: "relink" }, "left", noUnlinking()) });
  later(d, 5);
  await passes(d);
  assert.deepEqual(d.files.right.of("1001"), ["log.txt=hello", "more.txt=more"]);
  await d.run({ work: unlinkWork({ ...order, how: "forget" }, "left", noUnlinking()) });
  later(d, 5);
  await passes(d, true);
  assert.deepEqual(d.files.right.of("1001"), ["log.txt=hello", "more.txt=more"]);
  await assertQuiet(d);
});

test("E30 where a side's records are never changed, no file is written there", async () => {
  const d = await desk({}, {}, { right: side("r", { update: false }) });
  d.files.left.put("1", "log.txt", "hello");
  d.files.right.put("1001", "shot.png", "png");
  await passes(d);
  assert.deepEqual(d.files.right.of("1001"), ["shot.png=png"]);
  assert.deepEqual(d.files.left.of("1"), ["log.txt=hello", "shot.png=png"]);
});

test("X17 a file that its side's rule keeps back does not cross; one that both sides have is paired all the same", async () => {
  const ruled = { outgoing: false, incoming: false, attachment: true };
  const d = await desk({}, {}, { left: side("l", { rules: ruled }) });
  d.rules = {
    async run(calls) {
      return calls.map((call) => {
        assert.ok(call.kind === "attachment" && call.endpoint === "l" && call.issue["name"] === "one");
        return {
          ok: true,
          fields: { ...call.part, send: !String(call.part["name"]).endsWith(".exe") },
          logs: [],
          fieldErrors: {},
        };
      });
    },
    close: async () => undefined,
  };
  d.files.left.put("1", "tool.exe", "MZ");
  d.files.left.put("1", "both.exe", "the same");
  d.files.left.put("1", "log.txt", "hello");
  d.files.right.put("1001", "both.exe", "the same");
  await passes(d);
  assert.deepEqual(d.files.right.of("1001"), ["both.exe=the same", "log.txt=hello"]);
  await assertQuiet(d);
});

test("T40 a dry run counts the files, and writes and remembers nothing", async () => {
  const d = await desk();
  d.files.left.put("1", "log.txt", "hello");
  d.files.left.put("1", "clash.txt", "left");
  d.files.right.put("1001", "clash.txt", "right");
  const report = await d.run({ full: true, dryRun: true });
  assert.deepEqual([report.status, report.counts["r"]?.attachments], ["passed with errors", 1]);
  assert.match(report.messages[0]?.message ?? "", /clash\.txt/);
  assert.deepEqual(d.files.right.log, []);
  assert.deepEqual([d.memory.retries(9).length, d.memory.intents().length], [0, 0]);
  assert.equal((await d.run()).status, "passed with errors");
  assert.equal(d.files.right.log.length, 1);
});

test("B14 a refused account ends the run once what was stored is recorded", async () => {
  const d = await desk();
  d.files.left.put("1", "a.txt", "a");
  d.files.left.put("1", "b.txt", "b");
  d.files.left.put("1", "c.txt", "c");
  d.files.right.mishaps = [undefined as never, new ConnectorError("auth", "r: 401")];
  const report = await d.run();
  assert.equal(report.status, "error");
  assert.deepEqual(d.files.right.of("1001"), ["a.txt=a"]);
  assert.equal(d.memory.pairs("left", ["1"]).get("1")?.parts?.attachments?.length, 1);
  assert.deepEqual(d.memory.intents(), []);
  later(d, 5);
  await passes(d);
  assert.deepEqual(d.files.right.of("1001"), ["a.txt=a", "b.txt=b", "c.txt=c"]);
  await assertQuiet(d);
});

test("B4 undo takes an added file away where nobody changed it, a name back, and says of bytes that they are not kept", async () => {
  const d = await desk({ description: "sync" });
  const kept = d.files.left.put("1", "kept.txt", "kept");
  const edited = d.files.left.put("1", "edited.txt", "one");
  await passes(d);
  d.files.right.edit("1001", d.files.right.files("1001")[1]?.id ?? "", { bytes: "by hand" });
  const planned = await undo(d, "1001", false);
  assert.deepEqual(
    planned.steps.map(({ field, back }) => [field, back]),
    [["attachment kept.txt", null]],
  );
  assert.equal(d.files.right.files("1001").length, 2);
  const done = await undo(d, "1001", true);
  assert.deepEqual(
    done.left.flatMap(({ field, why }) => (field === null ? [] : [[field, why]])),
    [["attachment edited.txt", "it was changed since"]],
  );
  assert.deepEqual(d.files.right.of("1001"), ["edited.txt=by hand"]);
  later(d, 5);
  await passes(d);
  assert.deepEqual(d.files.right.of("1001"), ["edited.txt=by hand"], "the undone file came back by itself");
  assert.deepEqual(d.files.left.of("1"), ["kept.txt=kept", "edited.txt=by hand"]);
  d.files.left.edit("1", kept, { bytes: "changed" });
  later(d, 5);
  await passes(d);
  assert.deepEqual(d.files.right.of("1001"), ["edited.txt=by hand", "kept.txt=changed"]);

  d.files.left.edit("1", edited, { description: "a word" });
  later(d, 5);
  await passes(d);
  assert.equal(d.files.right.files("1001")[0]?.description, "a word");
  const run = d.memory.journal({ record: "1001", limit: 1 })[0]?.run ?? "";
  const into = noFindings();
  await d.run({ work: undoWork({ run, revision: null, record: null, deleteCreated: null }, into) });
  assert.deepEqual(into.left, []);
  assert.equal(d.files.right.files("1001")[0]?.description, "");
  d.files.left.drop("1", kept);
  later(d, 5);
  await passes(d);
  const last = d.memory.journal({ record: "1001", limit: 1 })[0];
  const removal = noFindings();
  await d.run({ work: undoWork({ run: last?.run ?? "", revision: null, record: null, deleteCreated: null }, removal) });
  assert.match(removal.left[0]?.why ?? "", /bytes are not kept/);
  await assertQuiet(d);
});

test("T14 what waits to be tried again outlives a kill between the fields and the files", async () => {
  const d = await desk({}, { left: { touches: false }, right: { touches: false } });
  d.files.left.put("1", "log.txt", "hello");
  d.left.edit("1", { name: "renamed" });
  d.files.right.mishaps = [new ConnectorError("unavailable", "r: 503")];
  assert.equal((await d.run()).status, "passed with errors");
  later(d, 3);
  const { attachments } = d.right;
  Object.assign(d.right, { attachments: { ...attachments, list: () => Promise.reject(new Error("killed")) } });
  await assert.rejects(d.run(), /killed/);
  assert.equal(d.memory.retry("left", "1")?.field, "attachment log.txt");
  Object.assign(d.right, { attachments });
  later(d, 3);
  await passes(d);
  assert.deepEqual(d.files.right.of("1001"), ["log.txt=hello"]);
  assert.equal(d.memory.retry("left", "1"), null);
});
