import assert from "node:assert/strict";
import { test } from "node:test";
import { resume, resumeByPublish } from "../../../daemon/sync/hand/resume.ts";
import { type Bench, bench, field, link, row, side } from "./bench.ts";

const fields = [field("name")];
const store = (b: Bench) => b.store.link("t/defects");

/** A link that would delete fifteen records and has stopped. */
async function stopped(): Promise<Bench> {
  const b = bench(fields, fields, link([row("name", "name")], { left: side("l", { deleted: "delete" }) }));
  for (let i = 0; i < 40; i++) b.left.add({ name: `n${i}` });
  await b.run();
  b.pass(10);
  for (let i = 1; i <= 15; i++) b.left.drop(String(i));
  await b.run({ full: true });
  assert.equal(store(b).stop()?.brake, "delete");
  return b;
}

test("B14 a stopped link goes on as far as a person says, and only for what stopped it", async () => {
  const b = await stopped();
  assert.equal(resume(store(b), ["create"]), null);
  assert.equal(resume(store(b), ["empty"]), null);
  await b.run({ full: true });
  assert.equal(b.right.rows.size, 40);
  assert.deepEqual(resume(store(b), ["delete"])?.allowed, { create: 0, update: 0, delete: 15 });
  await b.run({ full: true });
  assert.equal(b.right.rows.size, 25);
  assert.equal(store(b).stop(), null);
});

test("B14 a dry run is never stopped: it shows what would be done and names each brake that would stop the run", async () => {
  const b = await stopped();
  const look = () => b.run({ full: true, dryRun: true });
  const first = await look();
  assert.deepEqual([first.status, first.counts["r"]?.deleted], ["passed", 15], JSON.stringify(first.messages));
  assert.match(
    first.messages.map((m) => m.message).join("\n"),
    /^the delete brake would stop this run: .* 15 records to delete/,
  );
  for (let i = 16; i <= 40; i++) b.left.drop(String(i));
  const empty = await look();
  assert.deepEqual([empty.status, empty.counts["r"]?.deleted], ["passed", 40]);
  assert.match(
    empty.messages.map((m) => m.message).join("\n"),
    /^the empty brake would stop this run: l lists no record at all/,
  );
  assert.equal(b.right.rows.size, 40);
  assert.equal(store(b).stop()?.brake, "delete", "the stop stays what it was");
});

test("B14 an empty side goes on only when that is allowed, and its deletions are weighed again unless they are allowed too", async () => {
  const b = await stopped();
  for (let i = 16; i <= 40; i++) b.left.drop(String(i));
  resume(store(b), ["all"]);
  const stop = store(b).stop();
  if (stop !== null) store(b).commit({ stop: { ...stop, brake: "empty", allowed: null } });
  assert.equal(resume(store(b), ["delete"]), null);
  assert.notEqual(resume(store(b), ["empty"]), null);
  await b.run({ full: true });
  assert.equal(b.right.rows.size, 40);
  assert.equal(store(b).stop()?.brake, "delete");
  resume(store(b), ["all"]);
  await b.run({ full: true });
  assert.equal(b.right.rows.size, 0);
});

test("B14 a publish with the trailer lets the link go on once; the same revision says nothing of a later stop", async () => {
  const b = await stopped();
  const allows = [{ link: "t/defects", deeds: ["delete"] }];
  assert.deepEqual(resumeByPublish(b.store, "rev1", allows), [], "the revision that was stopped says nothing new");
  assert.deepEqual(resumeByPublish(b.store, "rev2", [{ link: "t/other", deeds: ["delete"] }]), []);
  assert.deepEqual(resumeByPublish(b.store, "rev2", allows), ["t/defects"]);
  assert.deepEqual(resumeByPublish(b.store, "rev2", allows), []);
  await b.run({ full: true, revision: "rev2" });
  assert.equal(b.right.rows.size, 25);
  for (let i = 16; i <= 30; i++) b.left.drop(String(i));
  await b.run({ full: true, revision: "rev2" });
  assert.deepEqual(resumeByPublish(b.store, "rev2", allows), []);
  assert.equal(b.right.rows.size, 25);
});
