import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunReport } from "../../../daemon/core/store.ts";
import { add, ownTree, partner, quiet, type Scene, scene, tree } from "./scene.ts";

const said = (reports: readonly RunReport[]) => reports.flatMap(({ messages }) => messages.map((m) => m.message));

async function settled(deleted: Parameters<typeof scene>[0]): Promise<Scene> {
  const s = scene(deleted);
  tree(s);
  neighbours(s);
  await s.runAll();
  s.pass(10);
  return s;
}

/** A side that lists nothing at all would stop the link. */
function neighbours(s: Scene): void {
  add(s.left, "requirement/Theme", { name: "Other theme" });
  add(s.left, "requirement/Feature", { name: "Other feature", "parent-id": "2" });
  add(s.left, "requirement/Story", { name: "Other story", "parent-id": "102" });
}

const NEIGHBOURS = 3;
const alive = (s: Scene) => Object.values(s.right.trees).reduce((sum, type) => sum + type.rows.size, 0) - NEIGHBOURS;
const pairs = (s: Scene) => s.links.reduce((sum, link) => sum + s.memory(link.key).pairCount(), 0) - NEIGHBOURS;

test("E67 T17 a deleted subtree goes from below, over the links: parents wait, the dry run and the report list what goes along", async () => {
  const s = await settled({ left: { deleted: "delete" } });
  s.left.drop("1");
  assert.equal(s.left.has("201"), false, "the tracker took the children along");
  const dry = await s.run("t/themes", { full: true, dryRun: true });
  const preview = said([dry]).find((text) => text.includes("it goes after"));
  for (const name of [
    'r:1101 (feature "Feature")',
    'r:1201 (story "Story in feature")',
    'r:1202 (story "Story in theme")',
  ])
    assert.ok(preview?.includes(name), `${name} is in the preview: ${preview}`);
  assert.equal(alive(s), 4);
  const first = await s.runAll({ full: true });
  for (const report of first) assert.equal(report.status, "passed", JSON.stringify(report.messages));
  assert.equal(alive(s), 2, "the stories went, feature and theme wait for them");
  assert.equal(s.memory("t/themes").retries(10)[0]?.record, "1001");
  s.pass(10);
  assert.deepEqual(said([await s.run("t/themes")]), [], "it waits on, and that was told");
  s.pass(10);
  await s.run("t/features");
  await s.run("t/themes");
  assert.equal(alive(s), 0);
  assert.equal(pairs(s), 0);
  assert.deepEqual(
    s.links.flatMap(({ key }) => s.memory(key).retries(10)),
    [],
  );
});

test("E67 with the lowest link first one full run of each is enough", async () => {
  const s = await settled({ left: { deleted: "delete" } });
  s.left.drop("1");
  for (const key of ["t/stories", "t/features", "t/themes"]) {
    const report = await s.run(key, { full: true });
    assert.equal(report.status, "passed", JSON.stringify(report.messages));
  }
  assert.equal(alive(s), 0);
  assert.equal(pairs(s), 0);
});

test("T17 a child that was edited on the surviving side holds its parents, and that is said; moved away it lets them go", async () => {
  const s = await settled({ left: { deleted: "delete" } });
  s.right.edit("1201", { name: "Precious" });
  s.left.drop("1");
  for (const key of ["t/stories", "t/features", "t/themes"]) await s.run(key, { full: true });
  assert.equal(s.right.fields("1201")["name"], "Precious");
  assert.ok(s.right.has("1101") && s.right.has("1001"), "what it lies in is kept");
  assert.equal(s.right.has("1202"), false, "its sister goes");
  const held = s.events.flatMap((e) => (e.event === "record.held" ? [e] : []));
  assert.ok(
    held.some(
      (e) => e.record === "1001" && e.message.includes('r:1201 (story "Precious")') && e.message.includes("edited"),
    ),
    JSON.stringify(held),
  );
  s.pass(10);
  s.right.edit("1201", { parent: null });
  await s.run("t/features");
  await s.run("t/themes");
  assert.ok(!s.right.has("1101") && !s.right.has("1001"));
  assert.equal(s.right.fields("1201")["name"], "Precious");
});

test("T17 a parent deleted where children live on: they are moved out over there, then it goes", async () => {
  const s = await settled({ right: { deleted: "delete" } });
  s.right.drop("1001");
  assert.equal(s.right.fields("1101")["parent"], null, "the tracker cleared the reference");
  const report = await s.run("t/themes", { full: true });
  assert.ok(s.left.has("1"), "deleting it would take living children along");
  assert.ok(
    said([report]).some((text) => text.includes("its partner r:1101 is still there")),
    JSON.stringify(report),
  );
  await s.run("t/features");
  await s.run("t/stories");
  assert.equal(s.left.fields("101")["parent-id"], null);
  assert.equal(s.left.fields("202")["parent-id"], null);
  assert.equal(s.left.fields("201")["parent-id"], "101");
  s.pass(10);
  await s.run("t/themes");
  assert.equal(s.left.has("1"), false);
  assert.ok(s.left.has("101") && s.left.has("201") && s.left.has("202"));
  s.pass(10);
  await quiet(s);
});

test("T17 a record that no link knows is not taken along: the parent above it is kept", async () => {
  const s = await settled({ right: { deleted: "delete" } });
  add(s.left, "requirement/Folder", { name: "Notes", "parent-id": "101" });
  for (const id of ["1202", "1201", "1101", "1001"]) s.right.drop(id);
  for (const key of ["t/stories", "t/features", "t/themes"]) await s.run(key, { full: true });
  assert.ok(s.left.has("301") && s.left.has("101") && s.left.has("1"));
  assert.ok(!s.left.has("201") && !s.left.has("202"));
  const [waiting] = s.memory("t/features").retries(10);
  assert.match(waiting?.reason ?? "", /l:301 \(requirement "Notes"\): no link knows it/);
});

test("E68 a parent that is made anew gets its children back, whichever link runs first; nobody's tree is taken apart meanwhile", async () => {
  const s = await settled({ right: { deleted: "recreate" } });
  s.right.drop("1001");
  for (const key of ["t/features", "t/stories"]) {
    const report = await s.run(key);
    assert.equal(report.status, "passed", JSON.stringify(report.messages));
  }
  assert.equal(s.left.fields("101")["parent-id"], "1", "what the tracker emptied is nobody's edit");
  assert.equal(s.left.fields("202")["parent-id"], "1");
  assert.equal(s.memory("t/features").waiting(10)[0]?.awaits?.[0]?.not, "1001");
  s.pass(10);
  await s.run("t/themes", { full: true });
  const anew = partner(s, "themes", "1");
  assert.notEqual(anew, "1001");
  await s.run("t/features");
  await s.run("t/stories");
  assert.equal(s.right.fields("1101")["parent"], anew);
  assert.equal(s.right.fields("1202")["parent"], `theme/${anew}`);
  assert.equal(s.right.fields("1201")["parent"], "feature/1101");
  s.pass(10);
  await quiet(s);
});

test("E68 a deleted subtree is made anew with its places, children before or after their parents", async () => {
  for (const order of [
    ["t/stories", "t/features", "t/themes"],
    ["t/themes", "t/features", "t/stories"],
  ]) {
    const s = await settled({ left: { deleted: "recreate" } });
    s.left.drop("1");
    for (const full of [true, false])
      for (const key of order) {
        const report = await s.run(key, { full });
        assert.equal(report.status, "passed", JSON.stringify(report.messages));
        s.pass(1);
      }
    for (const key of order) await s.run(key);
    const of = (link: string, right: string) => s.memory(`t/${link}`).pairs("right", [right]).get(right)?.left ?? "";
    const [theme, feature] = [of("themes", "1001"), of("features", "1101")];
    assert.notEqual(theme, "1");
    assert.equal(s.left.fields(feature)["parent-id"], theme);
    assert.equal(s.left.fields(of("stories", "1201"))["parent-id"], feature);
    assert.equal(s.left.fields(of("stories", "1202"))["parent-id"], theme);
    assert.equal(alive(s), 4, "nothing was doubled or lost over there");
    s.pass(10);
    await quiet(s);
  }
});

test("E67 deleted = nothing: the children keep their place where the parent stays", async () => {
  const s = await settled({});
  s.right.drop("1001");
  for (const full of [false, true]) await s.runAll({ full });
  s.pass(10);
  await s.runAll();
  assert.equal(s.left.fields("101")["parent-id"], "1");
  assert.equal(s.left.fields("202")["parent-id"], "1");
});

test("B14 T17 the delete brake counts what lies below, and shows it", async () => {
  const s = scene({ left: { deleted: "delete" } });
  tree(s);
  neighbours(s);
  for (let i = 0; i < 12; i++) add(s.left, "requirement/Story", { name: `n${i}`, "parent-id": "101" });
  await s.runAll();
  s.pass(10);
  s.left.drop("1");
  const report = await s.run("t/themes", { full: true });
  assert.equal(report.status, "error");
  const stop = s.memory("t/themes").stop();
  assert.equal(stop?.would.delete, 16, "the theme, its feature, 14 stories");
  assert.match(stop?.reason ?? "", /among them r:1001 with r:1101 \(feature "Feature"\)/);
  assert.equal(alive(s), 16);
});

test("E67 B14 within one link a subtree goes from below in one run, each record by itself, and the brake counts it once", async () => {
  const s = ownTree({ left: { deleted: "delete" } });
  for (let i = 0; i < 40; i++) add(s.left, "requirement", { name: `n${i}` });
  for (let i = 2; i <= 9; i++) s.left.edit(String(i), { "parent-id": String(i - 1) });
  await s.run("t/requirements");
  s.pass(10);
  const partners = [9, 8, 7, 6, 5, 4, 3, 2, 1].map((i) => partner(s, "requirements", String(i)));
  s.left.drop("1");
  const log = s.right.trees["requirement"]?.log ?? [];
  const before = log.length;
  const report = await s.run("t/requirements", { full: true });
  assert.equal(report.status, "passed", JSON.stringify(report.messages));
  assert.equal(report.counts["r"]?.deleted, 9);
  assert.ok(said([report]).some((text) => text.includes("with it go ") && text.includes('(requirement "n8")')));
  assert.deepEqual(
    log.slice(before).map(({ kind, id }) => `${kind} ${id}`),
    partners.map((id) => `remove ${id}`),
  );
  const [deepest = ""] = partners;
  const journal = s.memory("t/requirements").journal({ record: deepest, field: "name", limit: 1 });
  assert.equal(journal[0]?.kind, "delete", "each can be taken back");
  s.pass(10);
  await quiet(s);
});

test("E67 B14 a large subtree stops the link before the first deletion", async () => {
  const s = ownTree({ left: { deleted: "delete" } });
  for (let i = 0; i < 40; i++) add(s.left, "requirement", { name: `n${i}` });
  for (let i = 2; i <= 15; i++) s.left.edit(String(i), { "parent-id": "1" });
  await s.run("t/requirements");
  s.pass(10);
  s.left.drop("1");
  const report = await s.run("t/requirements", { full: true });
  assert.equal(report.status, "error");
  assert.equal(s.memory("t/requirements").stop()?.would.delete, 15);
  assert.equal(s.right.trees["requirement"]?.rows.size, 40);
});
