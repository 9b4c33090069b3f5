import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { GENTLE } from "./memory-tracker.ts";
import { add, type Scene, scene } from "./scene.ts";

/** What somebody does, or which link runs. Numbers choose among what there is. */
type Step =
  | {
      readonly kind: "make" | "move";
      readonly side: "left" | "right";
      readonly type: number;
      readonly a: number;
      readonly b: number;
    }
  | { readonly kind: "run"; readonly link: number; readonly full: boolean };

const number = fc.nat({ max: 1_000 });
const side = fc.constantFrom("left" as const, "right" as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("make" as const), side, type: number, a: number, b: number }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("move" as const), side, type: number, a: number, b: number }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("run" as const), link: number, full: fc.boolean() }) },
);

/** By entity type, those that records of it may lie in, `""` for the top. */
const PLACES = {
  left: {
    "requirement/Theme": [""],
    "requirement/Feature": ["", "requirement/Theme", "requirement/Folder"],
    "requirement/Story": ["", "requirement/Theme", "requirement/Feature", "requirement/Folder"],
    "requirement/Folder": ["", "requirement/Theme"],
  },
  right: { theme: [""], feature: ["", "theme"], story: ["", "theme", "feature"] },
} as const;

const pick = <T>(list: readonly T[], n: number): T | undefined => list[n % Math.max(1, list.length)];

function act(s: Scene, given: Extract<Step, { kind: "make" | "move" }>, count: { next: number }): void {
  const forest = s[given.side];
  const places: Readonly<Record<string, readonly string[]>> = PLACES[given.side];
  const type = pick(Object.keys(places), given.type) ?? "";
  const where = pick(places[type] ?? [], given.a) ?? "";
  const id = where === "" ? undefined : pick([...(forest.trees[where]?.rows.keys() ?? [])], given.b);
  const field = given.side === "left" ? "parent-id" : "parent";
  const value = id === undefined ? null : type === "story" ? `${where}/${id}` : id;
  const fields = type === "theme" || type === "requirement/Theme" ? {} : { [field]: value };
  if (given.kind === "make") {
    count.next += 1;
    add(forest, type, { name: `n${count.next}`, ...fields });
    return;
  }
  const moved = pick([...(forest.trees[type]?.rows.keys() ?? [])], given.b);
  if (moved !== undefined) forest.edit(moved, fields);
}

/** The nearest record above that has a partner, as the right side names it. */
function wanted(s: Scene, id: string): string | null {
  for (let at = s.left.fields(id)["parent-id"]; typeof at === "string"; at = s.left.fields(at)["parent-id"]) {
    for (const [link, entity] of [
      ["themes", "theme"],
      ["features", "feature"],
    ] as const) {
      const pair = s.memory(`t/${link}`).pairs("left", [at]).get(at);
      if (pair !== undefined) return `${entity}/${pair.right}`;
    }
  }
  return null;
}

test("E65 E66 X22 whatever is made and moved on either side, in whatever order the links run, answers lost: the trees come to agree, nothing is doubled, and then nothing is written", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.nat({ max: 6 }), async (steps, lose) => {
      const s = scene();
      const trees = [...Object.values(s.left.trees), ...Object.values(s.right.trees)];
      for (const tree of trees) tree.habits = { ...GENTLE, loseAnswer: lose === 0 ? 0 : lose + 2 };
      const count = { next: 0 };
      for (const one of steps) {
        if (one.kind === "run") await s.run(s.links[one.link % 3]?.key ?? "", { full: one.full });
        else act(s, one, count);
        s.pass(1);
      }
      for (const tree of trees) tree.habits = GENTLE;
      for (let round = 0; round < 4; round++) {
        for (const report of await s.runAll({ full: true }))
          assert.notEqual(report.status, "error", JSON.stringify(report));
        s.pass(400);
      }
      const before = s.writes();
      await s.runAll({ full: true });
      assert.equal(s.writes(), before, "nothing is written any more");
      for (const [name, left, right] of [
        ["themes", "requirement/Theme", "theme"],
        ["features", "requirement/Feature", "feature"],
        ["stories", "requirement/Story", "story"],
      ] as const) {
        const here = s.left.trees[left]?.rows ?? assert.fail(left);
        const there = s.right.trees[right]?.rows ?? assert.fail(right);
        assert.equal(here.size, there.size, `${name} on both sides`);
        const names = [...there.values()].map((row) => row.fields["name"]);
        assert.equal(new Set(names).size, names.length, `${name} are doubled`);
        assert.deepEqual(s.memory(`t/${name}`).retries(10), []);
        if (name === "themes") continue;
        for (const id of here.keys()) {
          const partner: string =
            s.memory(`t/${name}`).pairs("left", [id]).get(id)?.right ?? assert.fail(`${id} is alone`);
          const place = s.right.fields(partner)["parent"] ?? null;
          const shown: unknown = place === null || name === "stories" ? place : `theme/${place}`;
          assert.equal(shown, wanted(s, id), `the place of ${name} ${id} = ${partner}`);
        }
      }
    }),
    { numRuns: Number(process.env["TREE_RUNS"] ?? 60), seed: Number(process.env["TREE_SEED"] ?? 20261122) },
  );
});
