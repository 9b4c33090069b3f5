import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fields } from "../../../daemon/core/record.ts";
import { type Bench, bench, field, link, row } from "./bench.ts";

const fields = [field("name"), field("state")];

/** An automation of the right tracker edits a record right before our next write reaches it, `times` times. */
async function automated(edit: Fields): Promise<Bench> {
  const b = bench(fields, fields, link([row("name", "name"), row("state", "state")]));
  b.left.add({ name: "a", state: "New" });
  await b.run();
  b.pass(10);
  await b.run();
  b.pass(10);
  const update = b.right.update;
  const armed = { times: 1 };
  b.right.update = (entity, patches, signal) => {
    if (armed.times-- > 0) for (const patch of patches) b.right.edit(patch.id, edit);
    return update(entity, patches, signal);
  };
  return b;
}

const store = (b: Bench) => b.store.link("t/defects");

test("B12 an automation's value of another field, set between our reading and our writing, survives and is carried", async () => {
  const b = await automated({ state: "Triaged" });
  b.left.edit("1", { name: "b" });
  const report = await b.run();
  assert.equal(b.right.rows.get("1001")?.fields["name"], "b");
  assert.equal(b.right.rows.get("1001")?.fields["state"], "Triaged");
  assert.ok(report.messages.some((m) => m.level === "warning" && m.message.includes("somebody wrote")));
  b.pass(1);
  await b.run();
  assert.equal(b.left.rows.get("1")?.fields["state"], "Triaged");
  assert.equal(b.right.rows.get("1001")?.fields["state"], "Triaged");
  const before = b.writes();
  b.pass(1);
  await b.run({ full: true });
  assert.equal(b.writes(), before);
});

test("B12 an automation's value of the same field is lost, and the journal shows the race", async () => {
  const b = await automated({ name: "by automation" });
  b.left.edit("1", { name: "b" });
  await b.run();
  const [entry] = store(b).journal({ record: "1001", field: "name", limit: 1 });
  assert.equal(entry?.after, "b");
  assert.ok(entry?.race !== undefined, "the journal does not show it");
  assert.equal(Number(entry.race.stored) - Number(entry.race.read), 2);
});

test("B12 a write that nobody disturbed shows no race", async () => {
  const b = await automated({ state: "Triaged" });
  b.left.edit("1", { name: "b" });
  await b.run();
  b.pass(1);
  await b.run();
  b.left.edit("1", { name: "c" });
  const report = await b.run();
  assert.equal(report.messages.length, 0);
  assert.equal(store(b).journal({ record: "1001", field: "name", limit: 1 })[0]?.race, undefined);
});
