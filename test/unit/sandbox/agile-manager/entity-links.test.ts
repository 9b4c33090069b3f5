import assert from "node:assert/strict";
import { test } from "node:test";
import { type Any, openSite } from "./site.ts";

test("the documented API has no links between records: 404", async (t) => {
  const { get, send } = await openSite(t);
  assert.equal((await get("entity_links")).status, 404);
  assert.equal((await send("POST", "entity_links", { data: [{ source_id: 1, target_id: 2 }] })).status, 404);
});

test('switch entityLinks: "assumed": two items are linked once, and a deleted one takes its links along', async (t) => {
  const { get, send, make, simulator } = await openSite(t, { switches: { entityLinks: "assumed" } });
  const defect = await make("backlog_items", { subtype: "defect", name: "d" });
  const story = await make("backlog_items", { name: "s" });
  const other = await make("backlog_items", { name: "o" });
  const link = (source: Any, target: Any) =>
    send("POST", "entity_links", {
      data: [{ source_id: source.id, target_id: { type: "backlog_item", id: target.id } }],
    });
  const made = await link(defect, story);
  assert.equal(made.status, 201);
  const [row] = made.json.data;
  assert.deepEqual(
    [row.source_id, row.target_id],
    [defect, story].map(({ id }) => ({ type: "backlog_item", id })),
  );
  for (const [status, answer] of [
    [409, await link(defect, story)],
    [409, await link(story, defect)],
    [400, await link(story, story)],
    [400, await link(story, { id: 99 })],
  ] as const)
    assert.equal(answer.status, status, answer.text);
  const second = (await link(other, defect)).json.data[0];
  const found = async (query: string) =>
    (await get("entity_links", { query: `"${query}"`, "order-by": "id" })).json.data.map((one: Any) => one.id);
  assert.deepEqual(await found(`source_id=${defect.id}||source_id=77`), [row.id]);
  assert.deepEqual(await found(`target_id=${defect.id}`), [second.id]);
  simulator.admin.remove("backlog_items", story.id);
  assert.deepEqual(await found(`id>0`), [second.id]);
  assert.equal((await send("DELETE", `entity_links/${second.id}`)).status, 200);
  assert.equal((await get(`entity_links/${second.id}`)).status, 404);
});
