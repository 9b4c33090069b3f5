import assert from "node:assert/strict";
import { test } from "node:test";
import { isSameProject, listFrom, nextCursor, selectionOf } from "../../../daemon/sync/decide/cursor.ts";
import { bench, field, link, ORIGIN, row, side } from "./bench.ts";

const cursor = { since: "2026-03-01T10:00:00Z", selection: "s" };

test("T37 a listing begins before the cursor, and another selection begins anew", () => {
  assert.equal(listFrom(cursor, "s"), "2026-03-01T09:59:00Z");
  assert.equal(listFrom(cursor, "other"), null);
  assert.equal(listFrom(null, "s"), null);
});

test("E62 other subtypes are another selection of the same project; their order is none, and the entity type alone keeps its cursor", () => {
  const endpoint = { ...{ name: "l", type: "alm", settings: { url: "u" }, secret: null }, origin: ORIGIN, schemas: {} };
  const of = (entity: string) => selectionOf(endpoint, side("l", { entity }));
  assert.equal(of("requirement/A|B"), of("requirement/B|A"));
  assert.notEqual(of("requirement/A|B"), of("requirement/A"));
  assert.notEqual(of("requirement/A"), of("requirement"));
  assert.match(of("requirement"), /^[0-9a-f]{16}$/);
  assert.ok(isSameProject(of("requirement"), of("requirement/A")));
  assert.ok(!isSameProject(of("requirement/A"), of("defect")));
});

test("T37 the tracker's own clock counts; where it is ahead of the clock that stamps records, the stamps do", () => {
  const asOf = "2026-03-01T12:00:00Z";
  assert.equal(nextCursor(cursor, { asOf, latest: null, ownStamp: null }, "s")?.since, asOf);
  const behind = "2026-03-01T10:00:30Z";
  assert.equal(nextCursor(cursor, { asOf, latest: null, ownStamp: behind }, "s")?.since, behind);
});

test("T37 without a clock the latest modification seen counts, and a listing without records moves nothing", () => {
  assert.equal(
    nextCursor(cursor, { asOf: null, latest: "2026-03-01T11:00:00Z", ownStamp: null }, "s")?.since,
    "2026-03-01T11:00:00Z",
  );
  assert.deepEqual(nextCursor(cursor, { asOf: null, latest: null, ownStamp: null }, "s"), cursor);
});

test("T37 an edit on a tracker whose clock is two hours behind the daemon's is carried", async () => {
  const fields = [field("name")];
  const b = bench(fields, fields, link([row("name", "name")]));
  b.left.tick(-7_200);
  b.left.add({ name: "a" });
  await b.run();
  b.pass(10);
  b.left.edit("1", { name: "b" });
  await b.run();
  assert.equal(b.right.rows.get("1001")?.fields["name"], "b");
});
