import assert from "node:assert/strict";
import { test } from "node:test";
import { queueOf } from "../../../daemon/status/queue.ts";
import { formatQueue } from "../../../daemon/status/queue-text.ts";
import { findDrift } from "../../../daemon/sync/look/drift.ts";
import { tellQueued } from "../../../daemon/sync/look/why.ts";
import { whyNot } from "../../../daemon/sync/look/why-not.ts";
import { add, ownTree, partner, quiet, scene, tree } from "./scene.ts";

test("E65 T24 parents cross by pair, over links, into a field for several entity types; the second run writes nothing", async () => {
  const s = scene();
  tree(s);
  for (const report of await s.runAll()) assert.equal(report.status, "passed", JSON.stringify(report.messages));
  const [theme, feature] = [partner(s, "themes", "1"), partner(s, "features", "101")];
  assert.equal(s.right.fields(feature)["parent"], theme);
  assert.equal(s.right.fields(partner(s, "stories", "201"))["parent"], `feature/${feature}`);
  assert.equal(s.right.fields(partner(s, "stories", "202"))["parent"], `theme/${theme}`);
  assert.equal(s.right.asked.get("directory"), undefined, "no list of names is read for it");
  s.pass(10);
  await quiet(s);
});

test("E66 a move on either side is a move on the other; to the top and back", async () => {
  const s = scene();
  tree(s);
  await s.runAll();
  s.pass(10);
  const story = partner(s, "stories", "201");
  s.left.edit("201", { "parent-id": "1" });
  await s.runAll();
  assert.equal(s.right.fields(story)["parent"], `theme/${partner(s, "themes", "1")}`);
  s.pass(10);
  s.right.edit(story, { parent: `feature/${partner(s, "features", "101")}` });
  await s.runAll();
  assert.equal(s.left.fields("201")["parent-id"], "101");
  s.pass(10);
  s.left.edit("201", { "parent-id": null });
  await s.runAll();
  assert.equal(s.right.fields(story)["parent"], null);
  s.pass(10);
  s.right.edit(story, { parent: `theme/${partner(s, "themes", "1")}` });
  await s.runAll();
  assert.equal(s.left.fields("201")["parent-id"], "1");
  s.pass(10);
  await quiet(s);
});

test("X22 a record whose parent has no partner yet is made without it, waits without failing, and is put in place by itself", async () => {
  const s = scene();
  tree(s);
  const first = await s.run("t/stories");
  assert.equal(first.status, "passed", "waiting is no failure");
  assert.equal(first.counts["l"]?.failed, 0);
  const story = partner(s, "stories", "201");
  assert.equal(s.right.fields(story)["parent"], null);
  const noted = first.messages.filter((m) => m.record === "201");
  assert.deepEqual(
    noted.map((m) => [m.level, m.field, m.message]),
    [["warning", "parent", "waits for requirement 101 of l to be paired"]],
  );
  const [waiting] = s.memory("t/stories").waiting(10);
  assert.deepEqual(waiting?.awaits, [{ entity: "requirement", id: "101", field: "parent" }]);
  s.pass(10);
  const again = await s.run("t/stories", { full: true });
  assert.deepEqual(again.messages, [], "it is told once");
  assert.equal(s.memory("t/stories").waiting(10).length, 2, "and waits on");
  s.pass(10);
  await s.run("t/features");
  await s.run("t/stories");
  assert.equal(s.right.fields(story)["parent"], `feature/${partner(s, "features", "101")}`);
  assert.deepEqual(
    s
      .memory("t/stories")
      .waiting(10)
      .map((retry) => retry.record),
    ["202"],
    "202 waits for the theme",
  );
  s.pass(10);
  await s.run("t/themes");
  await s.runAll();
  assert.equal(s.right.fields(partner(s, "stories", "202"))["parent"], `theme/${partner(s, "themes", "1")}`);
  assert.deepEqual(
    s.links.flatMap((one) => s.memory(one.key).retries(10)),
    [],
  );
  s.pass(10);
  await quiet(s);
});

test("X22 a move under a parent without a partner waits with the rest of the record written, and an edit meanwhile is not lost", async () => {
  const s = scene();
  tree(s);
  await s.runAll();
  s.pass(10);
  const late = add(s.left, "requirement/Feature", { name: "Late", "parent-id": "1" });
  s.left.edit("201", { "parent-id": late, name: "Moved" });
  await s.run("t/stories");
  const story = partner(s, "stories", "201");
  assert.equal(s.right.fields(story)["name"], "Moved");
  assert.equal(s.right.fields(story)["parent"], `feature/${partner(s, "features", "101")}`);
  s.pass(10);
  s.right.edit(story, { name: "Renamed over there" });
  await s.run("t/stories");
  assert.equal(s.left.fields("201")["name"], "Renamed over there");
  assert.equal(s.left.fields("201")["parent-id"], late, "the move is not taken back");
  s.pass(10);
  await s.run("t/features");
  await s.run("t/stories");
  assert.equal(s.right.fields(story)["parent"], `feature/${partner(s, "features", late)}`);
  s.pass(10);
  await quiet(s);
});

test("X22 with on_error = record a record waits as a whole, and comes with its parent", async () => {
  const s = scene({ row: { onError: "record" } });
  tree(s);
  const report = await s.run("t/stories");
  assert.equal(report.status, "passed");
  assert.equal(report.counts["r"]?.created, 0);
  assert.equal(s.right.trees["story"]?.rows.size, 0);
  await s.run("t/themes");
  await s.run("t/features");
  await s.run("t/stories");
  assert.equal(s.right.fields(partner(s, "stories", "201"))["parent"], `feature/${partner(s, "features", "101")}`);
  assert.equal(s.memory("t/stories").retries(10).length, 0);
  s.pass(10);
  await quiet(s);
});

test("E65 folders and types that no link maps are passed over, up to the nearest record that has a partner", async () => {
  const s = scene();
  tree(s);
  const outer = add(s.left, "requirement/Folder", { name: "Folder", "parent-id": "1" });
  const inner = add(s.left, "requirement/Folder", { name: "Folder in it", "parent-id": outer });
  const top = add(s.left, "requirement/Folder", { name: "At the top" });
  const deep = add(s.left, "requirement/Story", { name: "Deep", "parent-id": inner });
  const high = add(s.left, "requirement/Story", { name: "High", "parent-id": top });
  for (const report of await s.runAll()) assert.equal(report.status, "passed", JSON.stringify(report.messages));
  const theme = partner(s, "themes", "1");
  assert.equal(s.right.fields(partner(s, "stories", deep))["parent"], `theme/${theme}`);
  assert.equal(s.right.fields(partner(s, "stories", high))["parent"], null);
  assert.equal(s.left.fields(deep)["parent-id"], inner, "it stays in its folder");
  s.pass(10);
  await quiet(s);
  s.right.edit(partner(s, "stories", deep), { name: "Deeper" });
  await s.runAll();
  assert.equal(s.left.fields(deep)["parent-id"], inner, "an edit over there does not take it out of its folder");
  s.pass(10);
  const other = add(s.left, "requirement/Theme", { name: "Other" });
  s.left.edit(outer, { "parent-id": other });
  await s.runAll({ full: true });
  assert.equal(
    s.right.fields(partner(s, "stories", deep))["parent"],
    `theme/${partner(s, "themes", other)}`,
    "a folder that was moved takes what it holds along",
  );
  s.pass(10);
  await quiet(s);
});

test("E68 X22 within one link parents are made before their children, on a first run and later; nothing is told to wait", async () => {
  const s = ownTree();
  // Children have lower ids than their parents, over several pages of the listing.
  for (let i = 0; i < 20; i++) add(s.left, "requirement", { name: `n${i}` });
  for (let i = 1; i < 20; i++) s.left.edit(String(i), { "parent-id": String(i + 1) });
  const first = await s.run("t/requirements");
  assert.equal(first.status, "passed");
  assert.deepEqual(first.messages, []);
  const check = () => {
    for (const [id, { fields }] of s.left.trees["requirement"]?.rows ?? []) {
      const parent = fields["parent-id"] ?? null;
      const there = s.right.fields(partner(s, "requirements", id))["parent-id"] ?? null;
      assert.equal(there, parent === null ? null : partner(s, "requirements", String(parent)), `the parent of ${id}`);
    }
  };
  check();
  s.pass(10);
  await quiet(s);
  const before = s.writes();
  const deep = [1, 2, 3].map((i) => add(s.left, "requirement", { name: `late ${i}` }));
  s.left.edit(deep[0] ?? "", { "parent-id": deep[1] ?? "" });
  s.left.edit(deep[1] ?? "", { "parent-id": deep[2] ?? "" });
  s.left.edit("20", { "parent-id": deep[0] ?? "" });
  const later = await s.run("t/requirements");
  assert.deepEqual(later.messages, []);
  check();
  assert.equal(s.writes() - before, 3 + 1 + 3, "three creations, one move, three markers: no record is written twice");
  s.pass(10);
  await quiet(s);
});

test("X22 a dry run does not tell records to wait for what it would make itself", async () => {
  const s = ownTree();
  add(s.left, "requirement", { name: "child" });
  add(s.left, "requirement", { name: "parent" });
  s.left.edit("1", { "parent-id": "2" });
  const dry = await s.run("t/requirements", { dryRun: true });
  assert.equal(dry.counts["r"]?.created, 2);
  assert.deepEqual(dry.messages, []);
});

test("X22 B5 B20 what waits is in the queue, in why and in why-not, as waiting and not as failed", async () => {
  const s = scene();
  tree(s);
  await s.run("t/stories");
  s.pass(10);
  const store = s.memory("t/stories");
  const names = { left: "l", right: "r" };
  const queue = queueOf({ link: "t/stories", names, store, now: s.now(), active: "rev1", limit: 10 });
  assert.deepEqual(
    queue.retries.map(({ record, field, reason, waits, poison, attempts }) => [
      record,
      field,
      reason,
      waits,
      poison,
      attempts,
    ]),
    [
      ["201", "parent", "waits for requirement 101 of l to be paired", true, false, 0],
      ["202", "parent", "waits for requirement 1 of l to be paired", true, false, 0],
    ],
  );
  assert.match(
    formatQueue([queue], s.now()),
    /l:201 parent: waits for requirement 101 of l to be paired\n.*no failure/,
  );
  const story = partner(s, "stories", "201");
  for (const [side, key, field] of [
    ["left", "201", null],
    ["right", story, "parent"],
  ] as const)
    assert.deepEqual(
      tellQueued(store, side, key, field, names).map((one) => [one.record, one.reason]),
      [["l:201", "waits for requirement 101 of l to be paired"]],
    );
  assert.deepEqual(tellQueued(store, "right", story, "name", names), [], "its name waits for nothing");
  const look = await s.look("t/stories");
  const told = await whyNot(look, "left", "201");
  assert.equal(told.findings[0]?.kind, "waits");
  const drift = await findDrift(await s.look("t/stories"), 10);
  assert.equal(drift.counts.waits, 2);
  assert.equal(drift.counts.error, undefined);
});

test("B25 E65 records that meet for the first time before their parents do are no conflict: it shows once those have met", async () => {
  const s = scene({ row: { conflict: "hold" } });
  tree(s);
  const meet = (type: string, id: string, name: string, parent: string | null, own: string) => {
    const made = add(s.right, type, { name, partner: id, ...(parent === null ? {} : { parent }) });
    s.left.edit(id, { partner: made });
    assert.equal(made, own);
  };
  meet("theme", "1", "Theme", null, "1001");
  meet("feature", "101", "Feature", "1001", "1101");
  meet("story", "201", "Story in feature", "feature/1101", "1201");
  meet("story", "202", "Story in theme", "feature/1101", "1202");
  const first = await s.run("t/stories");
  assert.equal(first.paired, 2);
  assert.equal(first.conflicts, 0);
  await s.run("t/themes");
  await s.run("t/features");
  const second = await s.run("t/stories");
  assert.equal(s.memory("t/stories").pairs("left", ["201"]).get("201")?.held.length, 0);
  assert.equal(second.conflicts, 1, "202 lies elsewhere on each side: that is one");
  assert.equal(s.memory("t/stories").waiting(10).length, 0);
  assert.equal(s.right.fields("1201")["parent"], "feature/1101");
});

test("E30 X22 where records are made but never changed, one whose parent has no partner yet waits as a whole", async () => {
  const s = scene({ right: { update: false } });
  tree(s);
  const report = await s.run("t/stories");
  assert.equal(report.status, "passed");
  assert.equal(s.right.trees["story"]?.rows.size, 0);
  await s.run("t/themes");
  await s.run("t/features");
  await s.run("t/stories");
  assert.equal(s.right.fields(partner(s, "stories", "201"))["parent"], `feature/${partner(s, "features", "101")}`);
});
