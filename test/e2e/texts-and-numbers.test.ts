import assert from "node:assert/strict";
import { test } from "node:test";
import { assertQuiet, texts } from "../support/run-report.ts";
import { useFieldBench } from "../support/use-field-bench.ts";

const { agmDefect, alm, almDefect, bench, open } = useFieldBench();

test("S25 T1 a text too long is cut in the copy alone and told; an edit of the copy is a conflict that is shown", async () => {
  const link = await open('user-03 = { agm = "user_03", conflict = "hold" }');
  const long = "ü".repeat(50);
  const id = agmDefect("long", { user_03: long });
  const report = await link.run();
  const made = String(link.almOf(id)["id"]);
  assert.equal(alm(made)["user-03"], "ü".repeat(20));
  assert.match(texts(report), /user-03: cut from 100 to 40 bytes/);
  await assertQuiet(link);
  assert.equal(bench.agm.admin.get("backlog_items", id)?.["user_03"], long);
  bench.alm.admin.update("defects", made, { "user-03": "short" });
  assert.equal((await link.run()).conflicts, 1);
  assert.equal(bench.agm.admin.get("backlog_items", id)?.["user_03"], long);
  assert.equal(link.store.held(5).length, 1);
});

test("S25 `overflow` cuts both, or leaves the field or the record alone", async () => {
  const link = await open('user-03 = { agm = "user_03", overflow = "truncate-both" }');
  const id = agmDefect("long", { user_03: "x".repeat(41) });
  await link.run();
  assert.equal(bench.agm.admin.get("backlog_items", id)?.["user_03"], "x".repeat(40));
  assert.equal(link.almOf(id)["user-03"], "x".repeat(40));
  await assertQuiet(link);

  const strict = await open('user-03 = { agm = "user_03", overflow = "error" }');
  const refused = agmDefect("long", { user_03: "x".repeat(41) });
  assert.match(texts(await strict.run()), /41 bytes do not fit "Customer" of alm, which holds 40/);
  assert.equal(strict.almOf(refused)["user-03"], "");

  const skipping = await open('user-03 = { agm = "user_03", overflow = "error", on_error = "record" }');
  agmDefect("long", { user_03: "x".repeat(41) });
  assert.equal((await skipping.run()).status, "failed");
  assert.equal(bench.alm.admin.list("defects").length, 0);
});

test("T33 S25 characters that XML has no room for are left out of the copy once; an edit of the copy comes back, and nothing is told every run", async () => {
  const link = await open('user-01 = "user_07"\nuser-08 = "user_03"\ndescription = "description"');
  const odd = "one\u000btwo\u0001 \ud800three\uffff\u0000";
  const id = agmDefect(`name ${odd}`, { user_07: odd, user_03: odd, description: `<p>${odd}</p><p>&#11;four&#1;</p>` });
  const report = await link.run();
  assert.equal(report.status, "passed", texts(report));
  const made = link.almOf(id);
  assert.deepEqual([made["name"], made["user-01"]], ["name one two \ufffdthree", "one two \ufffdthree"]);
  assert.match(String(made["description"]), /one\s+two \ufffdthree<\/p>\s*<p>\s*four<\/p>/);
  await assertQuiet(link);
  assert.equal(bench.agm.admin.get("backlog_items", id)?.["user_07"], odd, "the original stays as it is");
  bench.alm.admin.update("defects", String(made["id"]), { "user-01": "edited" });
  await link.run();
  assert.equal(bench.agm.admin.get("backlog_items", id)?.["user_07"], "edited");
  bench.agm.admin.update("backlog_items", id, { user_07: "again\u0002" });
  await link.run();
  assert.equal(link.almOf(id)["user-01"], "again");
  await assertQuiet(link);
});

test("S26 S27 T23 a float that ALM keeps as text and Agile Manager as a number never goes round in circles", async () => {
  const link = await open('user-07 = "story_points"');
  const ids = ["0.10", "2.50", "0.1", "7", "1e1"].map((text) => almDefect(`float ${text}`, { "user-07": text }));
  const bad = almDefect("float 1,5", { "user-07": "1,5" });
  const report = await link.run();
  assert.deepEqual(
    ids.map((id) => link.agmOf(id)["story_points"]),
    [0.1, 2.5, 0.1, 7, 10],
  );
  assert.match(texts(report), /story_points: .*"1,5" is not a number/);
  assert.equal(link.agmOf(bad)["story_points"] ?? null, null);
  await assertQuiet(link);
  assert.equal(alm(ids[0] ?? "")["user-07"], "0.10");
  bench.agm.admin.update("backlog_items", Number(link.agmOf(ids[0] ?? "")["id"]), { story_points: 0.3 });
  await link.run();
  assert.equal(alm(ids[0] ?? "")["user-07"], "0.3");
  await assertQuiet(link);
});

test("S26 T23 a float as an old ALM spells it is the number that Agile Manager holds for it, and is not written again; a whole number is never rounded", async () => {
  const link = await open('user-07 = "story_points"');
  const spelled = almDefect("spelled out", { "user-07": "0.10000000000000001" });
  const report = await link.run();
  assert.equal(report.status, "passed", texts(report));
  assert.equal(link.agmOf(spelled)["story_points"], 0.1);
  await assertQuiet(link);
  assert.equal(alm(spelled)["user-07"], "0.10000000000000001");
  bench.alm.admin.update("defects", spelled, { "user-07": "0.20000000000000001" });
  assert.equal((await link.run()).status, "passed");
  assert.equal(link.agmOf(spelled)["story_points"], 0.2);
  await assertQuiet(link);
  const whole = almDefect("an id", { "user-07": "9007199254740993" });
  assert.match(texts(await link.run()), /9007199254740993 is more than the field "Story points" holds exactly/);
  assert.equal(alm(whole)["user-07"], "9007199254740993");
});

test("S25 S26 T23 a number that does not fit a text is an error of its field: what is left of it would be another number", async () => {
  const link = await open('user-03 = "story_points"');
  const id = agmDefect("huge", { story_points: 1e300 });
  const fits = agmDefect("fits", { story_points: 1e21 });
  const report = await link.run();
  assert.match(texts(report), /user-03: .*a number of 301 bytes does not fit "Customer" of alm, which holds 40/);
  assert.deepEqual([link.almOf(id)["user-03"], link.almOf(fits)["user-03"]], ["", "1000000000000000000000"]);
  await assertQuiet(link);
  assert.equal(bench.agm.admin.get("backlog_items", id)?.["story_points"], 1e300);
});
