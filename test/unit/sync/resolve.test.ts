import assert from "node:assert/strict";
import { test } from "node:test";
import type { ResolveOrder } from "../../../daemon/core/deeds.ts";
import type { Side } from "../../../daemon/core/snapshot.ts";
import { type Resolution, resolveWork } from "../../../daemon/sync/hand/resolve.ts";
import { type Bench, bench, field, link, row, valueMap } from "./bench.ts";

const fields = [field("name"), field("note"), field("sev", { options: ["Low", "High", "Top"], verified: true })];
const right = [field("title"), field("note"), field("rank", { options: ["1", "2"], verified: true })];
const severities = valueMap({ Low: "1", High: "2", Top: "2" }, { "1": "Low", "2": "High" });
const rows = [
  row("name", "title", { conflict: "hold" }),
  row("note", "note", { conflict: "hold" }),
  row("sev", "rank", { conflict: "hold", values: severities }),
];

/** One pair whose name both sides changed. */
async function conflict(): Promise<Bench> {
  const b = bench(fields, right, link(rows));
  b.left.add({ name: "a", note: "n", sev: "Low" });
  await b.run();
  b.pass(5);
  b.left.edit("1", { name: "from left" });
  b.right.edit("1001", { title: "from right" });
  await b.run();
  b.pass(5);
  assert.equal(held(b).length, 1);
  return b;
}

const store = (b: Bench) => b.store.link("t/defects");
const held = (b: Bench) =>
  store(b)
    .held(10)
    .flatMap((pair) => pair.held);

async function resolve(
  b: Bench,
  take: ResolveOrder["take"],
  more: { field?: string; side?: Side; dryRun?: boolean } = {},
): Promise<Resolution> {
  const into: Resolution = { resolved: [], refused: [], waiting: 0 };
  const side = more.side ?? "left";
  const name = { endpoint: side === "left" ? "l" : "r", record: side === "left" ? "1" : "1001", within: null };
  const order = { ...name, field: more.field ?? null, take, dryRun: more.dryRun ?? false };
  const work = resolveWork(order, side, into);
  const report = await b.run({ work, dryRun: order.dryRun });
  assert.notEqual(report.status, "error", JSON.stringify(report.messages));
  return into;
}

async function assertQuiet(b: Bench): Promise<void> {
  const before = b.writes();
  b.pass(5);
  await b.run();
  await b.run({ full: true });
  assert.equal(b.writes(), before, "the runs after it wrote something");
}

test("B11 resolve takes one side's value, journals the one that gave way, and the runs after it are empty", async () => {
  const b = await conflict();
  const done = await resolve(b, { endpoint: "r" });
  assert.deepEqual(done.refused, []);
  assert.deepEqual(done.resolved[0]?.written, ["l"]);
  assert.equal(b.left.rows.get("1")?.fields["name"], "from right");
  assert.equal(b.right.rows.get("1001")?.fields["title"], "from right");
  assert.deepEqual(held(b), []);
  const [entry] = store(b).journal({ record: "1", field: "name", limit: 1 });
  assert.equal(entry?.origin, "resolved by hand");
  assert.equal(entry?.lost, "from left");
  await assertQuiet(b);
});

test("B11 resolve writes a value of the person's own to both sides, in each side's words", async () => {
  const b = await conflict();
  b.left.edit("1", { sev: "High" });
  b.right.edit("1001", { rank: "1" });
  await b.run();
  b.pass(5);
  b.right.edit("1001", { rank: "2" });
  await b.run();
  const done = await resolve(b, { value: "decided" }, { field: "name" });
  assert.deepEqual(done.refused, []);
  assert.equal(b.left.rows.get("1")?.fields["name"], "decided");
  assert.equal(b.right.rows.get("1001")?.fields["title"], "decided");
  await assertQuiet(b);
});

test("B11 resolve leaves other fields alone: an edit that no run has seen yet still arrives, another conflict waits on", async () => {
  const b = await conflict();
  b.left.edit("1", { note: "left note" });
  b.right.edit("1001", { note: "right note" });
  await b.run();
  assert.equal(held(b).length, 2);
  b.right.edit("1001", { rank: "2" });
  const done = await resolve(b, { endpoint: "l" }, { field: "title", side: "right" });
  assert.equal(done.waiting, 1);
  assert.equal(b.right.rows.get("1001")?.fields["title"], "from left");
  assert.equal(b.left.rows.get("1")?.fields["sev"], "Low", "resolve carried something else");
  b.pass(1);
  await b.run();
  assert.equal(b.left.rows.get("1")?.fields["sev"], "High");
  assert.deepEqual(
    held(b).map((h) => h.leftField),
    ["note"],
  );
});

test("B11 resolve stops where somebody edited the field meanwhile, shows the new value, and then decides", async () => {
  const b = await conflict();
  b.right.edit("1001", { title: "third" });
  const stopped = await resolve(b, { endpoint: "l" });
  assert.match(stopped.refused[0]?.why ?? "", /changed again/);
  assert.equal(b.right.rows.get("1001")?.fields["title"], "third");
  assert.equal(held(b)[0]?.right, "third");
  const done = await resolve(b, { endpoint: "l" });
  assert.deepEqual(done.refused, []);
  assert.equal(b.right.rows.get("1001")?.fields["title"], "from left");
  await assertQuiet(b);
});

test("B11 a dry resolve writes nothing and decides nothing", async () => {
  const b = await conflict();
  const before = b.writes();
  const planned = await resolve(b, { endpoint: "l" }, { dryRun: true });
  assert.deepEqual(planned.resolved[0]?.written, ["r"]);
  assert.equal(b.writes(), before);
  assert.equal(held(b).length, 1);
});

test("B11 a lossy value that was taken does not flow back", async () => {
  const b = bench(fields, right, link(rows));
  b.left.add({ name: "a", sev: "Low" });
  await b.run();
  b.pass(5);
  b.left.edit("1", { sev: "Top" });
  b.right.edit("1001", { rank: null });
  await b.run();
  assert.equal(held(b).length, 1);
  await resolve(b, { endpoint: "l" });
  assert.equal(b.right.rows.get("1001")?.fields["rank"], "2");
  await assertQuiet(b);
  assert.equal(b.left.rows.get("1")?.fields["sev"], "Top");
});

test("B11 a tracker that refuses the decision leaves the field waiting, and nothing is tried behind the person's back", async () => {
  const b = await conflict();
  b.right.habits = { ...b.right.habits, refuse: 1 };
  const refused = await resolve(b, { endpoint: "l" });
  assert.equal(refused.resolved.length, 0);
  assert.match(refused.refused[0]?.why ?? "", /did not store/);
  assert.equal(held(b).length, 1);
  assert.equal(store(b).retries(10).length, 0);
  b.right.habits = { ...b.right.habits, refuse: 0 };
  await resolve(b, { endpoint: "l" });
  assert.equal(b.right.rows.get("1001")?.fields["title"], "from left");
  await assertQuiet(b);
});

test("B11 resolve refuses a field that does not wait, a value that the list does not have, and a value without a field", async () => {
  const b = await conflict();
  assert.match((await resolve(b, { endpoint: "l" }, { field: "sev" })).refused[0]?.why ?? "", /does not wait.*name/);
  b.left.edit("1", { note: "x" });
  b.right.edit("1001", { note: "y" });
  await b.run();
  assert.match((await resolve(b, { value: "z" })).refused[0]?.why ?? "", /name one/);
});
