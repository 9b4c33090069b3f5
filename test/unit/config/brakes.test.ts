import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_BRAKES } from "../../../daemon/core/snapshot.ts";
import { linkOf, mapping } from "./build.ts";

test("B14 a link's brakes are a number of records, a share of its pairs, or off; what is not said keeps its default", async () => {
  const link = await linkOf(mapping('brakes = { create = "50%", update = 500, delete = "off" }'));
  assert.deepEqual(link.brakes, { create: { count: 200, share: 0.5 }, update: { count: 500, share: 0 }, delete: null });
  const one = await linkOf(mapping("brakes = { delete = 3 }"));
  assert.deepEqual(one.brakes, { ...DEFAULT_BRAKES, delete: { count: 3, share: 0 } });
  assert.equal((await linkOf(mapping(""))).brakes, undefined);
});
