/** Bugs that the model-based test and the fault matrix found, each kept as the smallest example. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ConnectorError } from "../../../daemon/core/errors.ts";
import { bench, field, link, row, side, valueMap } from "./bench.ts";
import { modelWorld } from "./model-world.ts";

const plain = [field("key"), field("name"), field("sev")];
const rows = [row("key", "key"), row("name", "name"), row("sev", "sev")];

test("both sides edited to values that stand for each other is no conflict, and neither is rewritten", async () => {
  const map = valueMap({ Low: "1", Medium: "2", High: "2" }, { "1": "Low", "2": "Medium" });
  const b = bench(plain, plain, link([row("key", "key"), row("sev", "sev", { values: map, conflict: "right" })]));
  b.left.add({ key: "a", sev: "Low" });
  await b.run();
  b.pass(5);
  b.left.edit("1", { sev: "High" });
  b.right.edit("1001", { sev: "2" });
  const report = await b.run();
  assert.equal(b.left.rows.get("1")?.fields["sev"], "High");
  assert.equal(b.right.rows.get("1001")?.fields["sev"], "2");
  assert.equal(report.conflicts, 0);
});

for (const tersely of [false, true]) {
  test(`a one-way row whose source is empty in a new partner does not empty the record it was made from (${tersely ? "terse" : "whole"} answers)`, async () => {
    const b = bench(plain, plain, link([row("key", "key"), row("name", "name", { direction: "to-left" })]));
    b.right.habits = { ...b.right.habits, tersely };
    b.left.add({ key: "a", name: "precious" });
    await b.run();
    await b.run({ full: true });
    assert.equal(b.left.rows.get("1")?.fields["name"], "precious");
  });
}

test("an update whose answer was lost is no edit of the other side: the source's next edit wins whatever the policy", async () => {
  for (const conflict of ["right", "hold"] as const) {
    const b = bench(plain, plain, link(rows.map((r) => ({ ...r, conflict }))));
    b.left.add({ key: "a", name: "v0" });
    await b.run();
    b.pass(5);
    b.left.edit("1", { name: "v1" });
    b.right.habits = { ...b.right.habits, loseAnswer: 1 };
    await b.run();
    b.right.habits = { ...b.right.habits, loseAnswer: 0 };
    b.pass(5);
    b.left.edit("1", { name: "v2" });
    const report = await b.run();
    assert.equal(b.right.rows.get("1001")?.fields["name"], "v2", conflict);
    assert.equal(report.conflicts, 0, conflict);
  }
});

test("an update that arrived before the process was killed is agreed on: the source's next edit wins whatever the policy", async () => {
  const w = modelWorld(
    { left: plain, right: plain },
    link(rows.map((r) => ({ ...r, conflict: "right" as const }))),
    false,
  );
  try {
    w.trackers.left.add({ key: "a", name: "v0" });
    await w.run(false, { kind: "none", at: 0, where: "tracker" });
    w.pass(5);
    w.trackers.left.edit("1", { name: "v1" });
    for (let at = 1; w.trackers.right.rows.get("1001")?.fields["name"] !== "v1"; at++) {
      assert.ok(at < 20, "the update never arrived");
      await w.run(false, { kind: "crash-after", at, where: "tracker" });
      w.pass(1);
    }
    w.trackers.left.edit("1", { name: "v2" });
    w.pass(5);
    await w.run(false, { kind: "none", at: 0, where: "tracker" });
    assert.equal(w.trackers.left.rows.get("1")?.fields["name"], "v2");
    assert.equal(w.trackers.right.rows.get("1001")?.fields["name"], "v2");
  } finally {
    w.close();
  }
});

test("a marker that could not be written with its pair is written by the retry", async () => {
  const b = bench(plain, plain, link(rows));
  b.left.add({ key: "a", name: "v0" });
  b.left.habits = { ...b.left.habits, refuse: 1 };
  await b.run();
  assert.equal(b.left.rows.get("1")?.fields["partner"], null);
  b.left.habits = { ...b.left.habits, refuse: 0 };
  b.pass(30);
  await b.run();
  assert.equal(b.left.rows.get("1")?.fields["partner"], "1001");
});

test("a value that cannot be carried when the record is made is told although a constant stands in, and written once it can be", async () => {
  const list = (options: readonly string[]) => field("sev", { kind: "option", verified: true, options });
  const config = link(rows, { right: side("r", { constants: { sev: "Low" } }) });
  const right = [field("key"), field("name"), list(["Low"])];
  const w = modelWorld({ left: [field("key"), field("name"), list(["Low", "High"])], right }, config, false);
  try {
    const none = { kind: "none", at: 0, where: "tracker" } as const;
    w.trackers.left.add({ key: "a", sev: "High" });
    const report = await w.run(false, none);
    assert.equal(w.trackers.right.rows.get("1001")?.fields["sev"], "Low");
    assert.ok(
      report?.messages.some((m) => m.field === "sev" && m.message.includes("High")),
      JSON.stringify(report?.messages),
    );
    const schema = (await w.trackers.right.describe("defect", new AbortController().signal)).fields as Record<
      string,
      unknown
    >;
    schema["sev"] = list(["Low", "High"]);
    w.pass(30);
    await w.run(true, none);
    assert.equal(w.trackers.right.rows.get("1001")?.fields["sev"], "High");
    assert.equal(w.trackers.left.rows.get("1")?.fields["sev"], "High");
  } finally {
    w.close();
  }
});

test("a retry whose partner is not there any more is put off, and goes with the pair", async () => {
  const b = bench(plain, plain, link(rows, { right: side("r", { deleted: "delete" }) }));
  const retries = () => b.store.link("t/defects").retries(5);
  b.left.add({ key: "a" });
  b.left.add({ key: "b" });
  await b.run();
  b.pass(5);
  b.left.edit("1", { name: "x" });
  b.right.habits = { ...b.right.habits, refuse: 1 };
  await b.run();
  b.right.habits = { ...b.right.habits, refuse: 0 };
  b.right.hide("1001", "hidden");
  b.pass(10);
  await b.run();
  const [first] = retries();
  assert.match(first?.reason ?? "", /r:1001 is not there/);
  const asked = b.right.requests();
  await b.run();
  assert.ok(b.right.requests() - asked <= 1, "a run that retries nothing asks for the changes only");
});

test("trouble of the network names the endpoint in the report", async () => {
  const b = bench(plain, plain, link(rows));
  b.left.add({ key: "a" });
  b.left.changes = async function* () {
    yield* [];
    throw new ConnectorError("unavailable", "l: GET http://127.0.0.1/defects: connection refused");
  };
  const report = await b.run();
  assert.equal(report.status, "error");
  assert.equal(report.messages[0]?.endpoint, "l");
});

test("a creation without an answer tells what came instead of it", async () => {
  const b = bench(plain, plain, link(rows));
  b.left.add({ key: "a" });
  b.right.create = async (_entity, drafts) =>
    drafts.map(() => ({
      ok: false,
      error: new ConnectorError("unavailable", "r: POST /x answered 500", { stored: "maybe" }),
    }));
  const report = await b.run();
  assert.match(report.messages[0]?.message ?? "", /POST \/x answered 500/);
});

test("what a killed run had written into a new pair is no edit of that side when the next run completes the pair", async () => {
  const none = { kind: "none", at: 0, where: "tracker" } as const;
  const creates = { left: side("l"), right: side("r", { create: false }) };
  const w = modelWorld({ left: plain, right: plain }, link(rows, creates), false);
  try {
    w.trackers.right.add({ key: "a" });
    for (let at = 1; w.trackers.left.rows.size === 0; at++)
      await w.run(false, { kind: "crash-after", at, where: "tracker" });
    w.trackers.right.edit("1001", { sev: "1" });
    for (let at = 1; w.trackers.left.rows.get("1")?.fields["sev"] !== "1"; at++) {
      assert.ok(at < 20, "the update never arrived");
      await w.run(false, { kind: "crash-after", at, where: "tracker" });
    }
    w.trackers.right.edit("1001", { sev: "2" });
    w.pass(5);
    await w.run(false, none);
    assert.equal(w.trackers.right.rows.get("1001")?.fields["sev"], "2");
    assert.equal(w.trackers.left.rows.get("1")?.fields["sev"], "2");
  } finally {
    w.close();
  }
});
