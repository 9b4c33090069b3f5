import assert from "node:assert/strict";
import { test } from "node:test";
import { signedIn, start } from "./client.ts";

const ITEMS = (list: string | number) =>
  `/v2/rest/domains/DEMO/projects/PAYMENTS/customization/used-lists/${list}/items`;

test("list items: from 24.1 on a value is added at the end of its list, by who may write", async (t) => {
  const alm = await start(t, { version: "24.1" });
  const one = await signedIn(alm);
  const lists = () => one.get("customization/used-lists?name=Projects");
  const [list] = (await lists()).json.lists;
  const added = await one.post(ITEMS(list.Id), { value: "Till" });
  assert.equal(added.status, 201);
  assert.equal(added.json.value, "Till");
  const values = (await lists()).json.lists[0].Items.map((item: { value: string }) => item.value);
  assert.deepEqual(values, [...list.Items.map((item: { value: string }) => item.value), "Till"]);
  assert.equal((await one.post(ITEMS(list.Id), { value: "Till" })).status, 400);
  assert.equal((await one.post(ITEMS(list.Id), { value: " " })).status, 400);
  assert.equal((await one.post(ITEMS(list.Id), "not JSON")).status, 400);
  assert.equal((await one.post(ITEMS(99_999), { value: "x" })).status, 404);
  assert.equal((await one.get(ITEMS(list.Id))).status, 405);
  const viewer = await signedIn(alm, "viewer");
  assert.equal((await viewer.post(ITEMS(list.Id), { value: "x" })).status, 403);
});

for (const version of ["12.55", "17"] as const) {
  test(`list items: ${version} has no such operation`, async (t) => {
    const one = await signedIn(await start(t, { version }));
    const [list] = (await one.get("customization/used-lists?name=Projects")).json.lists;
    assert.equal((await one.post(ITEMS(list.Id), { value: "Till" })).status, 404);
  });
}
