import assert from "node:assert/strict";
import type { FieldMapping, LinkConfig, SideConfig } from "../../../daemon/core/snapshot.ts";
import { field, link, row, side } from "./bench.ts";
import { type Forest, forest, type Woods, woods } from "./forest.ts";
import { memoryTracker } from "./memory-tracker.ts";

const MARKER = field("partner", { kind: "number" });
const NAME = field("name", { required: true });
const REQUIREMENT = [NAME, field("parent-id", { kind: "reference", target: "requirement" }), MARKER];

/** Requirements of three types and folders, against features and stories. */
export interface Scene extends Woods {
  readonly left: Forest;
  readonly right: Forest;
}

export type More = Partial<Record<"left" | "right", Partial<SideConfig>>> & { readonly row?: Partial<FieldMapping> };

function pairOfTypes(name: string, left: string, right: string, more: More = {}): LinkConfig {
  return link([row("name", "name"), row("parent-id", "parent", more.row)], {
    ...{ key: `t/${name}`, name },
    left: side("l", { entity: left, ...more.left }),
    right: side("r", { entity: right, ...more.right }),
  });
}

export function scene(more: More = {}): Scene {
  const left = forest(
    {
      "requirement/Theme": memoryTracker(REQUIREMENT, 1),
      "requirement/Feature": memoryTracker(REQUIREMENT, 101),
      "requirement/Story": memoryTracker(REQUIREMENT, 201),
      "requirement/Folder": memoryTracker(REQUIREMENT, 301),
    },
    {
      parents: Object.fromEntries(
        ["Theme", "Feature", "Story", "Folder"].map((type) => [
          `requirement/${type}`,
          { field: "parent-id", target: "requirement" },
        ]),
      ),
      cascades: true,
    },
  );
  const reference = (target: string) => field("parent", { kind: "reference", target });
  const right = forest(
    {
      theme: memoryTracker([NAME, reference("theme"), MARKER], 1001),
      feature: memoryTracker([NAME, reference("theme"), MARKER], 1101),
      story: memoryTracker([NAME, reference("feature|theme"), MARKER], 1201),
    },
    {
      parents: { feature: { field: "parent", target: "theme" }, story: { field: "parent", target: "feature|theme" } },
      cascades: false,
    },
  );
  const themes = link([row("name", "name")], {
    ...{ key: "t/themes", name: "themes" },
    left: side("l", { entity: "requirement/Theme", ...more.left }),
    right: side("r", { entity: "theme", ...more.right }),
  });
  const links = [
    themes,
    pairOfTypes("features", "requirement/Feature", "feature", more),
    pairOfTypes("stories", "requirement/Story", "story", more),
  ];
  return Object.assign(woods(left, right, links), { left, right });
}

export function add(forest: Forest, type: string, fields: Record<string, string | null>): string {
  return forest.trees[type]?.add(fields) ?? assert.fail(type);
}

export function partner(s: Scene, linkName: string, id: string): string {
  const pair = s.memory(`t/${linkName}`).pairs("left", [id]).get(id);
  return pair?.right ?? assert.fail(`${id} of ${linkName} has no partner`);
}

/** Theme 1 with feature 101 with story 201, and story 202 right in the theme. */
export function tree(s: Scene): void {
  add(s.left, "requirement/Theme", { name: "Theme" });
  add(s.left, "requirement/Feature", { name: "Feature", "parent-id": "1" });
  add(s.left, "requirement/Story", { name: "Story in feature", "parent-id": "101" });
  add(s.left, "requirement/Story", { name: "Story in theme", "parent-id": "1" });
}

export async function quiet(s: Scene): Promise<void> {
  const before = s.writes();
  for (const full of [false, true])
    for (const report of await s.runAll({ full })) assert.equal(report.status, "passed", JSON.stringify(report));
  assert.equal(s.writes(), before, "the second run writes nothing");
}

/** Requirements of one type on both sides, in one link. */
export function ownTree(more: More = {}): Scene {
  const parents = { requirement: { field: "parent-id", target: "requirement" } };
  const left = forest({ requirement: memoryTracker(REQUIREMENT, 1) }, { parents, cascades: true });
  const right = forest({ requirement: memoryTracker(REQUIREMENT, 1001) }, { parents, cascades: true });
  const config = link([row("name", "name"), row("parent-id", "parent-id", more.row)], {
    ...{ key: "t/requirements", name: "requirements" },
    left: side("l", { entity: "requirement", ...more.left }),
    right: side("r", { entity: "requirement", ...more.right }),
  });
  return Object.assign(woods(left, right, [config]), { left, right });
}
