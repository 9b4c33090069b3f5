import assert from "node:assert/strict";
import { test } from "node:test";
import type { FieldLink } from "../support/field-bench.ts";
import { assertQuiet, texts } from "../support/run-report.ts";
import { useFieldBench } from "../support/use-field-bench.ts";

const { agmDefect, alm, almDefect, bench, open } = useFieldBench();

test("S78 S79 S80 S82 constants: written on creation, several for a list of several, never refreshed; they tell copies from natives", async () => {
  const constants =
    'detected-by = "sync"\nseverity = "2-Medium"\ncreation-time = "2026-11-01"\nuser-05 = "created by Synchronizer"\nuser-02 = ["Web", "iOS"]\n';
  const link = await open("", { constants });
  const native = almDefect("native");
  const made = agmDefect("copied");
  await link.run();
  const copy = String(link.almOf(made)["id"]);
  assert.deepEqual([alm(copy)["user-05"], alm(copy)["user-02"]], ["created by Synchronizer", ["Web", "iOS"]]);
  assert.equal(alm(native)["user-05"], "");
  bench.alm.admin.update("defects", copy, { "user-05": "changed" });
  bench.agm.admin.update("backlog_items", made, { name: "edited" });
  await link.run();
  assert.deepEqual([alm(copy)["name"], alm(copy)["user-05"]], ["edited", "changed"]);
  await assertQuiet(link);
});

test("S81 a required field with a constant counts as mapped", async () => {
  const some = 'detected-by = "sync"\nseverity = "2-Medium"\n';
  assert.ok((await bench.check("", { constants: some })).includes("required-unmapped"));
  const all = `${some}creation-time = "2026-11-01"\n`;
  assert.ok(!(await bench.check("", { constants: all })).includes("required-unmapped"));
  const link = await open("", { constants: all });
  agmDefect("complete");
  assert.equal((await link.run()).status, "passed");
});

test("T40 E88 a constant that the tracker's field cannot hold: told by name, with what to do, in a dry run as in the run, and the record is made once the mapping is mended", async () => {
  const required = 'detected-by = "sync"\nseverity = "2-Medium"\ncreation-time = "2026-11-01"\n';
  for (const [constant, message] of [
    [
      `user-05 = "${"x".repeat(31)}"`,
      /user-05: .*constant.* 31 bytes do not fit "Creation Method" of alm, which holds 30/,
    ],
    ['priority = "P1"', /priority: .*constant.* "P1" is not in the list of "Priority" in alm \(1-Low, /],
    ['user-02 = ["Web", "BeOS"]', /user-02: .*constant.* "BeOS" is not in the list of "Platforms" in alm/],
  ] as const) {
    const link = await open("", { constants: `${required}${constant}\n` });
    agmDefect("not made yet");
    for (const report of [await link.dry(), await link.run()]) {
      assert.match(texts(report), message);
      assert.deepEqual([report.counts["alm"]?.created, report.counts["agm"]?.failed], [0, 1], texts(report));
    }
    await link.publish("", { constants: required });
    assert.equal((await link.run()).counts["alm"]?.created, 1);
    await assertQuiet(link);
  }
  const beside = await open('user-07 = { agm = "user_03", direction = "to-alm" }', {
    constants: `${required}user-07 = "${"x".repeat(21)}"\n`,
  });
  const id = agmDefect("the row's value counts", { user_03: "short" });
  assert.equal((await beside.run()).status, "passed");
  assert.equal(beside.almOf(id)["user-07"], "short");
});

test("T22 a constant that is kept is put back: always, or where nothing stands", async () => {
  const constants =
    'detected-by = "sync"\nseverity = "2-Medium"\ncreation-time = "2026-11-01"\nuser-05 = { value = "synced", when = "always" }\nuser-01 = { value = "none", when = "empty" }\n';
  const link = await open("", { constants });
  const copy = String((await made(link))["id"]);
  assert.deepEqual([alm(copy)["user-05"], alm(copy)["user-01"]], ["synced", "none"]);
  bench.alm.admin.update("defects", copy, { "user-05": "changed", "user-01": "PAY-1" });
  await link.run();
  assert.deepEqual([alm(copy)["user-05"], alm(copy)["user-01"]], ["synced", "PAY-1"]);
  bench.alm.admin.update("defects", copy, { "user-01": "" });
  await link.run();
  assert.equal(alm(copy)["user-01"], "none");
  await assertQuiet(link);
});

test("T22 a row away from a field whose constant is kept carries the constant, not what somebody put there for a moment", async () => {
  const constants =
    'detected-by = "sync"\nseverity = "2-Medium"\ncreation-time = "2026-11-01"\nuser-05 = { value = "synced", when = "always" }\nuser-01 = { value = "none", when = "empty" }\n';
  const rows =
    'user-05 = { agm = "user_07", direction = "to-agm" }\nuser-01 = { agm = "user_03", direction = "to-agm" }';
  const link = await open(rows, { constants });
  const id = almDefect("its own", { "user-05": "its own" });
  await link.run();
  const both = () => [alm(id)["user-05"], alm(id)["user-01"], link.agmOf(id)["user_07"], link.agmOf(id)["user_03"]];
  assert.deepEqual(both(), ["synced", "none", "synced", "none"]);
  await assertQuiet(link);
  bench.alm.admin.update("defects", id, { "user-05": "by hand", "user-01": "PAY-1" });
  await link.run();
  assert.deepEqual(both(), ["synced", "PAY-1", "synced", "PAY-1"]);
  bench.alm.admin.update("defects", id, { "user-01": "" });
  await link.run();
  assert.deepEqual(both(), ["synced", "none", "synced", "none"]);
  await assertQuiet(link);
});

async function made(link: FieldLink) {
  const id = agmDefect("with constants");
  await link.run();
  return link.almOf(id);
}
