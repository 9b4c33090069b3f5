import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { RunReport } from "../../daemon/core/store.ts";
import { type FieldBench, type FieldLink, openFieldBench } from "../support/field-bench.ts";
import { writtenBy } from "../support/run-report.ts";

let bench: FieldBench;
/** Stamps have a grain of a second: later edits come later. */
const clock = { ahead: 0, now: () => Date.now() + clock.ahead };
before(async () => {
  bench = await openFieldBench([], { alm: { clock }, agm: { clock } });
});
after(async () => {
  await bench.close();
});

const open = (rows: string) => bench.link(rows);

async function run(link: FieldLink, full = false): Promise<RunReport> {
  clock.ahead += 5_000;
  return link.run(full);
}

/** The UTC second of a time that ALM shows in Berlin's winter. */
function utcOf(local: unknown): string {
  const at = Date.parse(`${String(local).replace(" ", "T")}+01:00`);
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

test("T33 a row from a tracker's own time of change carries what people change, and our own writes move nothing: the second run is empty", async () => {
  const link = await open('last-modified = { agm = "user_07", direction = "to-agm" }');
  const id = bench.alm.admin.create("defects", { name: "stamped" });
  const before = utcOf(bench.alm.admin.get("defects", id)?.["last-modified"]);
  await run(link);
  const there = Number(link.agmOf(id)["id"]);
  const carried = () => bench.agm.admin.get("backlog_items", there)?.["user_07"];
  assert.equal(carried(), before);
  assert.equal(writtenBy(await run(link)), 0, "the marker's write was taken for an edit");
  clock.ahead += 5_000;
  bench.agm.admin.update("backlog_items", there, { name: "renamed in Agile Manager" });
  assert.equal(writtenBy(await run(link)), 2, "the name to ALM, and what moved before to Agile Manager");
  for (const full of [false, true, false]) assert.equal(writtenBy(await run(link, full)), 0, "our own write came back");
  bench.alm.admin.update("defects", id, { "user-01": "in no row" });
  assert.equal(writtenBy(await run(link)), 1);
  assert.equal(carried(), utcOf(bench.alm.admin.get("defects", id)?.["last-modified"]));
  assert.equal(writtenBy(await run(link)), 0);
});

test("T33 two rows from both trackers' times of change do not chase one another", async () => {
  const link = await open(
    'last-modified = { agm = "user_07", direction = "to-agm" }\nuser-05 = { agm = "last_modified", direction = "to-alm" }',
  );
  const id = bench.alm.admin.create("defects", { name: "chased" });
  await run(link);
  await run(link);
  for (const full of [false, true, false, true]) assert.equal(writtenBy(await run(link, full)), 0);
  bench.alm.admin.update("defects", id, { name: "edited" });
  assert.ok(writtenBy(await run(link)) > 0);
  for (const full of [false, true]) assert.equal(writtenBy(await run(link, full)), 0);
});
