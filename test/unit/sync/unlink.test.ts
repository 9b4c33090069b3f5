import assert from "node:assert/strict";
import { test } from "node:test";
import type { UnlinkOrder } from "../../../daemon/core/deeds.ts";
import { noUnlinking, type Unlinking, unlinkWork } from "../../../daemon/sync/hand/unlink.ts";
import { type Bench, bench, field, link, row } from "./bench.ts";

const fields = [field("name")];

async function paired(): Promise<Bench> {
  const b = bench(fields, fields, link([row("name", "name")]));
  for (let i = 0; i < 3; i++) b.left.add({ name: `n${i}` });
  await b.run();
  b.pass(10);
  return b;
}

async function unlink(b: Bench, more: Partial<UnlinkOrder> = {}): Promise<Unlinking> {
  const into = noUnlinking();
  const order: UnlinkOrder = {
    ...{ endpoint: "l", record: "1", within: null, how: "unlink", clearMarkers: false, apply: true },
    ...more,
  };
  await b.run({ work: unlinkWork(order, "left", into), dryRun: !order.apply });
  return into;
}

test("an unlinked pair is left alone for good: no update, no new partner, and the standing marker does not pair it again", async () => {
  const b = await paired();
  assert.equal((await unlink(b, { apply: false })).why, null);
  b.left.edit("1", { name: "still in step" });
  await b.run();
  assert.equal(b.right.rows.get("1001")?.fields["name"], "still in step", "a plan unlinked it");
  assert.equal((await unlink(b)).why, null);
  const before = b.writes();
  b.left.edit("1", { name: "left alone" });
  b.right.edit("1001", { name: "alone as well" });
  b.pass(5);
  await b.run();
  await b.run({ full: true });
  b.left.drop("1");
  await b.run({ full: true });
  assert.equal(b.writes(), before);
  assert.equal(b.right.rows.size, 3);
});

test("relink keeps the pair in step again, with the edits of both sides made meanwhile", async () => {
  const b = await paired();
  await unlink(b);
  b.left.edit("1", { name: "edited meanwhile" });
  b.pass(5);
  await b.run();
  b.pass(60);
  await b.run();
  assert.equal((await unlink(b, { how: "relink" })).why, null);
  await b.run();
  assert.equal(b.right.rows.get("1001")?.fields["name"], "edited meanwhile");
  assert.match((await unlink(b, { how: "relink" })).why ?? "", /not unlinked/);
});

test("clear-markers empties our markers only; forget makes both count as new", async () => {
  const b = await paired();
  b.right.edit("1001", { partner: "77" });
  const done = await unlink(b, { clearMarkers: true });
  assert.deepEqual(done.cleared, ["l:1"]);
  assert.equal(b.left.rows.get("1")?.fields["partner"], null);
  assert.equal(b.right.rows.get("1001")?.fields["partner"], "77");
  const size = b.right.rows.size;
  await b.run({ full: true });
  assert.equal(b.right.rows.size, size, "a new partner was made");
  await unlink(b, { record: "1", how: "forget" });
  await b.run({ full: true });
  assert.equal(b.right.rows.size, size + 1);
});
