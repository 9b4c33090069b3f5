import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { RunReport } from "../../daemon/core/store.ts";
import { type BenchOptions, type FieldBench, openFieldBench } from "../support/field-bench.ts";
import { writtenBy } from "../support/run-report.ts";

async function open(t: TestContext, options: BenchOptions = {}): Promise<FieldBench> {
  const bench = await openFieldBench([], options);
  t.after(() => bench.close());
  return bench;
}

test("S28 S26 the number of a float is the same on an ALM 11.5x as on a later one", async (t) => {
  for (const version of ["11", "26.1"] as const) {
    const bench = await open(t, { alm: { version } });
    const link = await bench.link('user-07 = "story_points"');
    t.after(() => link.close());
    const id = bench.alm.admin.create("defects", { name: "float", "user-07": "0.10" });
    await link.run();
    assert.equal(link.agmOf(id)["story_points"], 0.1, version);
    for (const full of [false, true]) assert.equal(writtenBy(await link.run(full)), 0, version);
    assert.equal(bench.alm.admin.get("defects", id)?.["user-07"], "0.10");
  }
});

test("T40 a dry run tells the same faults of fields as the run after it, and writes nothing", async (t) => {
  const bench = await open(t);
  const link = await bench.link(
    'user-07 = "story_points"\ntarget-rel = "release_id"\nseverity = { agm = "severity", values = "s", unmapped = "error" }',
    {
      rest: '[values.s]\nboth = { "1-Low" = "Low" }\n',
    },
  );
  t.after(() => link.close());
  const make = (name: string, fields: Record<string, string>) => bench.alm.admin.create("defects", { name, ...fields });
  make("no number", { "user-07": "soon", severity: "1-Low" });
  make("no row", { "user-07": "2", severity: "5-Urgent" });
  make("both", { "user-07": "1,5", severity: "3-High" });
  make("well", { "user-07": "3", severity: "1-Low" });
  const faults = (report: RunReport) => {
    const errors = report.messages.filter((m) => m.field !== null);
    // The partner's id is known only once it is there.
    return errors.map((m) => `${m.record}.${m.field}: ${m.message.replace(/^agm:\d+: /, "")}`).sort();
  };
  const dry = await link.dry();
  assert.equal(bench.agm.admin.list("backlog_items").length, 0);
  const real = await link.run();
  assert.equal(faults(dry).length, 4);
  assert.deepEqual(faults(dry), faults(real));
  assert.equal(dry.status, real.status);
  assert.equal(bench.alm.admin.list("defects").length, 4);
});

test("T20 X8 a map that is edited leaves old pairs as they are, and a record that changes follows it", async (t) => {
  const bench = await open(t);
  const map = (low: string) => ({ rest: `[values.s]\nto-agm = { "1-Low" = "${low}" }\n` });
  const rows = 'severity = { agm = "severity", values = "s", direction = "to-agm", unmapped = "skip" }';
  const link = await bench.link(rows, map("Low"));
  t.after(() => link.close());
  const [a, b] = ["a", "b"].map((name) => bench.alm.admin.create("defects", { name, severity: "1-Low" }));
  await link.run();
  await link.publish(rows, map("Medium"));
  assert.equal(writtenBy(await link.run()), 0);
  bench.alm.admin.update("defects", String(a), { name: "a2" });
  link.pass(5);
  await link.run();
  const severity = (id: string | undefined) => JSON.stringify(link.agmOf(String(id))["severity"]);
  assert.match(severity(a), /Medium/i);
  assert.match(severity(b), /Low/i);
  const full = await link.run(true);
  assert.equal(writtenBy(full), 0, "a full run does not make up for the past either");
  const old = (report: RunReport) =>
    report.messages.find(({ message }) => /older mapping/.test(message))?.message ?? "";
  assert.match(old(full), /^1 pair was .*sync m\/items --backfill --dry-run/, "it says so");

  const preview = await link.backfill(true);
  assert.equal(writtenBy(preview), 1);
  assert.match(severity(b), /Low/i, "a preview writes nothing");
  assert.equal(writtenBy(await link.backfill()), 1);
  assert.match(severity(b), /Medium/i);
  const after = await link.run(true);
  assert.deepEqual([writtenBy(after), old(after)], [0, ""]);
  assert.equal(writtenBy(await link.backfill()), 0, "made up for once");
});

test("T20 T2 a backfill leaves what lossy maps remember, and a row that is new takes what stands there", async (t) => {
  const bench = await open(t);
  const values = (more: string) => ({
    rest: `[values.s]\nboth = { "1-Low" = "Low"${more} }\nto-agm = { "2-Medium" = "Low" }\n`,
  });
  const row = 'severity = { agm = "severity", values = "s" }';
  const link = await bench.link(row, values(""));
  t.after(() => link.close());
  const [low, medium] = ["1-Low", "2-Medium"].map((severity) =>
    bench.alm.admin.create("defects", { name: severity, severity, "user-03": "Customer" }),
  );
  await link.run();
  await link.publish(`${row}\nuser-03 = "user_03"`, values(', "5-Urgent" = "Critical"'));
  assert.equal(writtenBy(await link.run(true)), 0);
  const report = await link.backfill();
  assert.equal(report.conflicts, 0, JSON.stringify(report.messages));
  assert.equal(bench.alm.admin.get("defects", String(medium))?.["severity"], "2-Medium", "nothing came back");
  assert.equal(bench.alm.admin.get("defects", String(low))?.["severity"], "1-Low");
  assert.equal(link.agmOf(String(medium))["user_03"], "Customer");
  assert.equal(writtenBy(await link.run(true)), 0);
});

test("S2 the history of a record is not carried: its partner begins with what stands there now", async (t) => {
  const bench = await open(t);
  const link = await bench.link('user-03 = "user_03"');
  t.after(() => link.close());
  const id = bench.alm.admin.create("defects", { name: "first", "user-03": "A" });
  for (const name of ["second", "third", "now"]) bench.alm.admin.update("defects", id, { name, "user-03": name });
  await link.run();
  const partner = link.agmOf(id);
  assert.deepEqual([partner["name"], partner["user_03"]], ["now", "now"]);
  assert.doesNotMatch(JSON.stringify(bench.agm.admin.list("backlog_items")), /first|second|third/);
});
