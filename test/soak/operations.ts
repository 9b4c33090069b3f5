import type { Random } from "../../daemon/sandbox/random.ts";
import { PART_OPERATIONS } from "./part-operations.ts";
import { type Operation, PAIRS, type Scene, some } from "./scene.ts";
import { type Content, ENDS, type End, SEVERITIES, type World } from "./world.ts";

const RECORD_OPERATIONS: readonly Operation[] = [
  {
    name: "initial load",
    prepare: (scene) => scene.reset(),
    act: async ({ world }) => {
      for (let i = 0; i < 12; i++) for (const end of ENDS) world.add(end);
    },
  },
  {
    name: "creations",
    prepare: (scene) => scene.pairs(PAIRS),
    act: async ({ world }) => {
      for (let i = 0; i < 5; i++) for (const end of ENDS) world.add(end);
    },
  },
  {
    name: "updates both ways",
    prepare: (scene) => scene.pairs(PAIRS),
    act: async (scene) => {
      touched.set(scene.world, editBoth(scene));
    },
    // The same people go on in the same fields: their later word counts, also against what the killed run had written of the earlier one.
    meanwhile: ({ world, random }) => {
      for (const { end, key, field } of touched.get(world) ?? [])
        if (random.next() < 0.5) world.edit(end, key, value(field, key, random));
    },
  },
  {
    name: "bulk writes",
    prepare: (scene) => scene.pairs(PAIRS),
    act: async ({ world, random }) => {
      world.keys().forEach((key, i) => {
        const end = i % 2 === 0 ? "alm" : "agm";
        world.edit(end, key, { ...value("name", key, random), ...value("description", key, random) });
      });
    },
  },
  {
    name: "deletions",
    full: true,
    prepare: (scene) => scene.pairs(PAIRS),
    act: async ({ world, random }) => {
      for (const key of some(world.keys(), 4, random)) world.remove("alm", key);
    },
  },
  {
    name: "recreations",
    full: true,
    prepare: (scene) => scene.pairs(PAIRS),
    act: async ({ world, random }) => {
      for (const key of some(world.keys(), 4, random)) world.remove("agm", key);
    },
  },
  {
    name: "everything, publish",
    full: true,
    prepare: (scene) => scene.pairs(PAIRS),
    act: async (scene) => {
      const { world, random } = scene;
      for (const end of ENDS) world.add(end);
      for (const end of ENDS) world.remove(end, random.pick(world.keys().slice(0, 6)));
      for (const key of world.keys().slice(8, 14)) world.edit(random.pick(ENDS), key, value("name", key, random));
      scene.publish();
    },
  },
  {
    name: "memory lost",
    prepare: (scene) => scene.pairs(PAIRS),
    act: async (scene) => {
      const { world, random } = scene;
      // Without a memory nobody can say who edited last: the link's policy does, and it is ALM's.
      for (const key of some(world.keys(), 6, random)) world.edit("alm", key, value("description", key, random));
      for (const end of ENDS) world.add(end);
      await scene.forget();
    },
  },
  {
    name: "slow trackers",
    slowMs: 700,
    prepare: (scene) => scene.pairs(PAIRS),
    act: async (scene) => {
      const { world } = scene;
      editBoth(scene, 2);
      for (let i = 0; i < 5; i++) for (const end of ENDS) world.add(end);
    },
  },
];

export const OPERATIONS: readonly Operation[] = [...RECORD_OPERATIONS, ...PART_OPERATIONS];

interface Touched {
  readonly end: End;
  readonly key: string;
  readonly field: keyof Content;
}

/** What was edited last in each world, for those who go on editing. */
const touched = new WeakMap<World, readonly Touched[]>();

/** Some records edited here, some there, some here and there in different fields. */
function editBoth({ world, random }: Scene, each = 5): readonly Touched[] {
  const keys = some(world.keys(), 3 * each, random);
  const edits = keys.flatMap((key, i): Touched[] => {
    const here: Touched = { end: "alm", key, field: "description" };
    const there: Touched = { end: "agm", key, field: "name" };
    if (i % 3 === 2) return [here, there];
    return [i % 3 === 0 ? here : there];
  });
  for (const { end, key, field } of edits) world.edit(end, key, value(field, key, random));
  return edits;
}

function value(field: keyof Content, key: string, random: Random): Partial<Content> {
  const mark = random.int(1, 1_000_000_000).toString(36);
  if (field === "severity") return { severity: random.pick(SEVERITIES) };
  return field === "name" ? { name: `[${key}] ${mark}` } : { description: `${key} is worse: ${mark}` };
}
