import assert from "node:assert/strict";
import { test } from "node:test";
import { assertQuiet, texts } from "../support/run-report.ts";
import { useFieldBench } from "../support/use-field-bench.ts";

const { alm, almDefect, bench, open } = useFieldBench();

test("S69 S72 S75 values map one to one: a Medium defect that becomes High makes 2 into 3", async () => {
  const rows = 'severity = { agm = "user_03", values = "importance" }';
  const rest = '[values.importance]\nboth = { "1-Low" = "1", "2-Medium" = "2", "3-High" = "3", "5-Urgent" = "4" }\n';
  const link = await open(rows, { rest });
  const id = almDefect("importance", { severity: "2-Medium" });
  await link.run();
  assert.equal(link.agmOf(id)["user_03"], "2");
  bench.alm.admin.update("defects", id, { severity: "3-High" });
  await link.run();
  assert.equal(link.agmOf(id)["user_03"], "3");
  bench.agm.admin.update("backlog_items", Number(link.agmOf(id)["id"]), { user_03: "4" });
  await link.run();
  assert.equal(alm(id)["severity"], "5-Urgent");
  await assertQuiet(link);
});

test("S71 S74 S76 S77 T2 four values to three: both become 2, nothing is overwritten by a round trip, and only an edit of the 2 comes back as High", async () => {
  const rows = 'severity = { agm = "user_03", values = "importance" }';
  const rest =
    '[values.importance]\nboth = { "1-Low" = "1", "2-Medium" = "2", "3-High" = "2", "5-Urgent" = "3" }\nto-alm = { "2" = "3-High" }\n';
  const link = await open(rows, { rest });
  const [medium, high] = [almDefect("medium", { severity: "2-Medium" }), almDefect("high", { severity: "3-High" })];
  await link.run();
  assert.deepEqual([link.agmOf(medium)["user_03"], link.agmOf(high)["user_03"]], ["2", "2"]);
  const there = Number(link.agmOf(medium)["id"]);
  bench.agm.admin.update("backlog_items", there, { name: "renamed" });
  await link.run();
  assert.deepEqual([alm(medium)["name"], alm(medium)["severity"]], ["renamed", "2-Medium"]);
  await assertQuiet(link);
  for (const [value, wanted] of [
    ["3", "5-Urgent"],
    ["2", "3-High"],
  ] as const) {
    bench.agm.admin.update("backlog_items", there, { user_03: value });
    await link.run();
    assert.equal(alm(medium)["severity"], wanted);
  }
  const undeclared = '[values.importance]\nboth = { "2-Medium" = "2", "3-High" = "2" }\n';
  assert.ok((await bench.check(rows, { rest: undeclared })).includes("value-map-inverse"));
});

test("S70 S73 unmapped values: copied, left alone, an error, or a given value; a list of several is mapped one by one", async () => {
  const rows = `user-03 = { agm = "user_03", values = "v" }
user-01 = { agm = "user_07", direction = "to-agm", values = "v", unmapped = "skip" }
user-05 = { agm = "dev_comments", direction = "to-agm", values = "v", unmapped = { value = "other" } }
status = { agm = "defect_status", direction = "to-agm", values = "status", unmapped = "error" }
user-02 = { agm = "user_02", values = "platforms" }`;
  const rest = `[values.v]
to-agm = { a = "mapped" }
[values.status]
to-agm = { Fixed = "Fixed" }
[values.platforms]
both = { Web = "Web" }
to-agm = { Linux = "macOS" }
`;
  const link = await open(rows, { rest });
  const mapped = almDefect("mapped", {
    "user-03": "a",
    "user-01": "a",
    "user-05": "a",
    status: "Fixed",
    "user-02": ["Linux", "Web"],
  });
  const strange = almDefect("strange", { "user-03": "b", "user-01": "b", "user-05": "b", status: "Open" });
  const report = await link.run();
  const fields = (id: string) =>
    ["user_03", "user_07", "dev_comments", "defect_status", "user_02"].map((f) => link.agmOf(id)[f]);
  assert.deepEqual(fields(mapped).slice(0, 4), ["mapped", "mapped", "<p>mapped</p>", "Fixed"]);
  assert.deepEqual([...(fields(mapped)[4] as string[])].sort(), ["Web", "macOS"]);
  assert.deepEqual(fields(strange).slice(0, 4), ["b", null, "<p>other</p>", "New"]);
  assert.match(texts(report), /defect_status: .*value "Open" has no row in the value map "status"/);
  await assertQuiet(link);
  assert.deepEqual(alm(mapped)["user-02"], ["Linux", "Web"]);
});

test("S73 a value that the map leaves alone: what the tracker puts there by itself is neither a conflict nor carried back over it", async () => {
  const rows = 'status = { agm = "defect_status", values = "s", unmapped = "skip" }';
  const rest = '[values.s]\nboth = { New = "New", Closed = "Closed" }\n';
  for (const conflict of ["hold", "newest", "alm", "agm"]) {
    const link = await open(rows, { rest, conflict });
    const id = almDefect("left alone", { status: "Open" });
    const report = await link.run();
    assert.deepEqual([report.status, report.conflicts], ["passed", 0], texts(report));
    const there = Number(link.agmOf(id)["id"]);
    assert.deepEqual([alm(id)["status"], link.agmOf(id)["defect_status"]], ["Open", "New"], conflict);
    await assertQuiet(link);
    bench.agm.admin.update("backlog_items", there, { defect_status: "Closed" });
    assert.equal((await link.run()).conflicts, 0);
    assert.equal(alm(id)["status"], "Closed", conflict);
    await assertQuiet(link);
  }
});

test("S73 T18 both sides edited, and the side that wins has a value that its row leaves alone: both stay, and that is told once", async () => {
  const rows = 'status = { agm = "defect_status", values = "s", unmapped = "skip" }';
  const link = await open(rows, { rest: '[values.s]\nboth = { New = "New", Closed = "Closed" }\n', conflict: "alm" });
  const id = almDefect("left alone, edited", { status: "New" });
  await link.run();
  const there = Number(link.agmOf(id)["id"]);
  bench.alm.admin.update("defects", id, { status: "Open" });
  bench.agm.admin.update("backlog_items", there, { defect_status: "Closed" });
  const report = await link.run();
  assert.equal(report.conflicts, 1);
  assert.match(texts(report), /status: .*alm wins, but its row leaves this value alone: both stay as they are/);
  assert.deepEqual([alm(id)["status"], link.agmOf(id)["defect_status"]], ["Open", "Closed"]);
  await assertQuiet(link);
  bench.alm.admin.update("defects", id, { status: "New" });
  assert.equal((await link.run()).conflicts, 0);
  assert.equal(link.agmOf(id)["defect_status"], "New");
});
