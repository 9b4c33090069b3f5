import assert from "node:assert/strict";
import { test } from "node:test";
import { field, link, row, side, valueMap } from "./bench.ts";
import { type Forest, forest, type Woods, woods } from "./forest.ts";
import { memoryTracker } from "./memory-tracker.ts";

const MARKER = field("partner", { kind: "number" });
const NAME = field("name", { required: true });
const reference = (name: string, target: string) => field(name, { kind: "reference", target });

interface Scene extends Woods {
  readonly left: Forest;
  readonly right: Forest;
}

/** Defects that name releases and teams, of which both trackers have their own: no link pairs them. */
function scene(more: Parameters<typeof row>[2] = {}): Scene {
  const make = (first: number, release: string) =>
    forest(
      {
        defect: memoryTracker([NAME, reference(release, "release"), reference("team", "team"), MARKER], first),
        release: memoryTracker([NAME], first + 500),
        team: memoryTracker([NAME], first + 700),
      },
      { parents: {}, cascades: false },
    );
  const [left, right] = [make(1, "target-rel"), make(1001, "release_id")];
  const defects = link([row("name", "name"), row("target-rel", "release_id", more), row("team", "team")], {
    left: side("l"),
    right: side("r"),
  });
  for (const name of ["R1", "R2"]) {
    left.trees["release"]?.add({ name });
    right.trees["release"]?.add({ name });
  }
  left.trees["team"]?.add({ name: "Blue" });
  right.trees["team"]?.add({ name: "Blue" });
  return Object.assign(woods(left, right, [defects]), { left, right });
}

function partner(s: Scene, id: string): string {
  return s.memory("t/defects").pairs("left", [id]).get(id)?.right ?? assert.fail(`${id} has no partner`);
}

const run = (s: Scene, full = true) => s.run("t/defects", { full });

async function paired(): Promise<Scene> {
  const s = scene();
  s.left.trees["defect"]?.add({ name: "one", "target-rel": "501", team: "701" });
  s.left.trees["defect"]?.add({ name: "two", "target-rel": "502" });
  await run(s);
  s.pass(30);
  return s;
}

async function quiet(s: Scene): Promise<void> {
  const before = s.writes();
  assert.equal((await run(s)).status, "passed");
  assert.equal(s.writes(), before, "the second run writes nothing");
}

test("T24 a name joins once: what is renamed on either side, or on both, is still the same release or team", async () => {
  const s = await paired();
  assert.equal(s.right.fields(partner(s, "1"))["release_id"], "1501");
  s.left.edit("501", { name: "Release One" });
  s.right.edit("1502", { name: "Spring" });
  s.left.edit("701", { name: "BLUE" });
  s.right.edit("1701", { name: "Navy" });
  await quiet(s);
  s.left.edit("1", { "target-rel": "502" });
  s.left.edit("2", { "target-rel": "501", team: "701" });
  const there = await run(s);
  assert.equal(there.status, "passed", JSON.stringify(there.messages));
  assert.equal(s.right.fields(partner(s, "1"))["release_id"], "1502");
  assert.equal(s.right.fields(partner(s, "2"))["release_id"], "1501");
  assert.equal(s.right.fields(partner(s, "2"))["team"], "1701");
  s.pass(30);
  s.right.edit(partner(s, "1"), { release_id: "1501" });
  const back = await run(s);
  assert.equal(back.status, "passed", JSON.stringify(back.messages));
  assert.equal(s.left.fields("1")["target-rel"], "501");
  s.pass(30);
  await quiet(s);
});

test("T24 names that change places do not change what is meant", async () => {
  const s = await paired();
  s.left.edit("501", { name: "R2" });
  s.left.edit("502", { name: "R1" });
  s.left.edit("1", { name: "edited" });
  await run(s);
  assert.equal(s.right.fields(partner(s, "1"))["release_id"], "1501");
  s.left.edit("1", { "target-rel": "502" });
  await run(s);
  assert.equal(s.right.fields(partner(s, "1"))["release_id"], "1502");
});

test("T24 a join whose entry is gone is matched anew, by name", async () => {
  const s = await paired();
  s.right.drop("1502");
  const anew = s.right.trees["release"]?.add({ name: "R2" }) ?? "";
  s.left.edit("1", { "target-rel": "502" });
  const report = await run(s);
  assert.equal(report.status, "passed", JSON.stringify(report.messages));
  assert.equal(s.right.fields(partner(s, "1"))["release_id"], anew);
  s.left.edit("502", { name: "renamed after that" });
  s.left.edit("2", { "target-rel": null });
  await run(s);
  s.left.edit("2", { "target-rel": "502" });
  await run(s);
  assert.equal(s.right.fields(partner(s, "2"))["release_id"], anew, "the new match is remembered");
});

test("T24 S46 what nothing has joined yet and is not unique lists every candidate with its path; a joined one needs no name", async () => {
  const s = await paired();
  s.right.trees["release"]?.add({ name: "R2" });
  s.left.edit("1", { "target-rel": "502" });
  assert.equal((await run(s)).status, "passed", "R2 was joined while it was unique");
  s.left.trees["release"]?.add({ name: "R3" });
  s.right.trees["release"]?.add({ name: "R3" });
  s.right.trees["release"]?.add({ name: "R3" });
  s.left.trees["defect"]?.add({ name: "three", "target-rel": "503" });
  s.pass(30);
  const report = await run(s);
  assert.ok(
    report.messages.some((m) => m.message.includes("\\R3 (1504), \\R3 (1505)")),
    JSON.stringify(report.messages),
  );
});

test("S59 T24 a value map wins over what was joined", async () => {
  const s = await paired();
  const [first] = s.links;
  if (first === undefined) return assert.fail();
  const values = valueMap({ R1: "\\R2" }, {});
  s.links = [{ ...first, fields: first.fields.map((one) => (one.left === "target-rel" ? { ...one, values } : one)) }];
  s.left.edit("2", { "target-rel": "501" });
  await run(s);
  assert.equal(s.right.fields(partner(s, "2"))["release_id"], "1502");
});

test("T24 X22 releases that a link pairs cross by pair; one without a partner by its name as long as that leaves no doubt, else it waits", async () => {
  const s = scene();
  const releases = link([row("name", "name")], {
    ...{ key: "t/releases", name: "releases" },
    left: side("l", { entity: "release", marker: null }),
    right: side("r", { entity: "release", create: false, marker: null }),
  });
  s.links = [...s.links, { ...releases, left: { ...releases.left, create: false } }];
  s.left.trees["defect"]?.add({ name: "one", "target-rel": "501" });
  await run(s);
  assert.equal(s.right.fields(partner(s, "1"))["release_id"], "1501", "by name: nobody has paired it");
  const now = s.memory("t/releases");
  const base = { left: {}, right: {}, toRight: {}, toLeft: {} };
  const common = { base, leftVersion: "", rightVersion: "", held: [], revision: "" };
  now.commit({ pairs: [{ id: "p", left: "501", right: "1502", ...common }] });
  s.left.trees["defect"]?.add({ name: "two", "target-rel": "501" });
  s.left.trees["defect"]?.add({ name: "three", "target-rel": "502" });
  const report = await run(s);
  assert.equal(report.status, "passed", JSON.stringify(report.messages));
  assert.equal(s.right.fields(partner(s, "2"))["release_id"], "1502", "the pair counts, not the name");
  assert.equal(s.right.fields(partner(s, "3"))["release_id"], null, "R2 is another one's partner");
  assert.ok(report.messages.some((m) => m.message === "waits for release 502 of l to be paired"));
  now.commit({ pairs: [{ id: "q", left: "502", right: "1501", ...common }] });
  await s.run("t/defects");
  assert.equal(s.right.fields(partner(s, "3"))["release_id"], "1501");
});
