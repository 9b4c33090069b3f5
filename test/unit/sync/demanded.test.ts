import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "../../../daemon/core/events.ts";
import type { LinkConfig } from "../../../daemon/core/snapshot.ts";
import { add, ownTree, partner, quiet, type Scene, scene, tree } from "./scene.ts";

/** The place fields of both trees, as the check puts them into a link. */
function withPlaces(s: Scene, filter: (link: LinkConfig) => string | null): Scene {
  s.links = s.links.map((link) => {
    const place = link.fields.find((row) => row.left === "parent-id");
    const left = { ...link.left, filter: filter(link), ...(place === undefined ? {} : { place: place.left }) };
    return { ...link, left, right: { ...link.right, ...(place === undefined ? {} : { place: place.right }) } };
  });
  return s;
}

function unchanged(s: Scene, record: string): readonly string[] {
  return s.events.flatMap((e: Event) => (e.event === "record.unchanged" && e.record === record ? [e.why] : []));
}

test("E49 parents that the filter passes over get partners because a selected child lies in them, level by level, in one run", async () => {
  const s = withPlaces(ownTree(), () => "name=child");
  const top = add(s.left, "requirement", { name: "top" });
  const parent = add(s.left, "requirement", { name: "parent", "parent-id": top });
  const child = add(s.left, "requirement", { name: "child", "parent-id": parent });
  const apart = add(s.left, "requirement", { name: "apart", "parent-id": top });
  const [report] = await s.runAll();
  assert.equal(report?.status, "passed", JSON.stringify(report?.messages));
  const there = (id: string) => partner(s, "requirements", id);
  assert.equal(s.right.fields(there(child))["parent-id"], there(parent));
  assert.equal(s.right.fields(there(parent))["parent-id"], there(top));
  assert.equal(s.memory("t/requirements").pairs("left", [apart]).size, 0, "what nobody lies in stays out");
  s.pass(10);
  await quiet(s);
});

test("E49 the parent may be another link's: it gets its partner there, and the child its place afterwards", async () => {
  const s = withPlaces(scene(), (link) => (link.name === "features" ? "name=never" : null));
  tree(s);
  await s.runAll();
  s.pass(10);
  await s.runAll();
  s.pass(10);
  await s.runAll();
  const feature = partner(s, "features", "101");
  assert.equal(s.right.fields(partner(s, "stories", "201"))["parent"], `feature/${feature}`);
  s.pass(10);
  await quiet(s);
});

test("E49 what is named by something else than a place in a tree is no reason to pass over the filter", async () => {
  const s = ownTree();
  s.links = s.links.map((link) => ({ ...link, left: { ...link.left, filter: "name=child" } }));
  const parent = add(s.left, "requirement", { name: "parent" });
  add(s.left, "requirement", { name: "child", "parent-id": parent });
  await s.runAll();
  assert.equal(s.memory("t/requirements").pairs("left", [parent]).size, 0);
});

test("E62 a record has one partner in a connection: what another link pairs is left alone, also once it is of another type", async () => {
  const s = scene();
  const [themes, features] = s.links;
  assert.ok(themes !== undefined && features !== undefined);
  // Both links make requirements of features: one of each type for whatever comes from the right.
  const first = { ...features, left: { ...features.left, entity: "requirement/Feature" } };
  const second = {
    ...features,
    ...{ key: "t/more", name: "more", left: { ...features.left, entity: "requirement/Story", marker: null } },
    right: { ...features.right, marker: null },
  };
  s.links = [first, second];
  const feature = add(s.right, "feature", { name: "born on the right" });
  add(s.left, "requirement/Story", { name: "born on the left" });
  await s.runAll();
  s.pass(10);
  await s.runAll({ full: true });
  assert.equal(s.left.trees["requirement/Feature"]?.rows.size, 1);
  assert.equal(s.left.trees["requirement/Story"]?.rows.size, 1);
  assert.equal(s.right.trees["feature"]?.rows.size, 2);
  assert.match(unchanged(s, feature).join(), /t\/features has its partner/);
});
