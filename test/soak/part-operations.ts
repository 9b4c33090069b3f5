import { MOST_BYTES } from "./check-parts.ts";
import { type Operation, PAIRS, type Scene, some } from "./scene.ts";
import { ENDS } from "./world.ts";

/** Long enough to be sent in several pieces. */
const LONG = MOST_BYTES - 10_000;

function attachSome({ world, random }: Scene): void {
  for (const [i, key] of some(world.keys(), 6, random).entries())
    world.parts.attach(ENDS[i % 2] ?? "alm", key, i === 0 ? MOST_BYTES + 1 : i < 3 ? LONG : random.int(1, 5_000));
}

function saySome({ world, random }: Scene): void {
  for (const [i, key] of some(world.keys(), 6, random).entries()) {
    world.parts.say(ENDS[i % 2] ?? "alm", key);
    if (i % 3 === 0) world.parts.say(ENDS[(i + 1) % 2] ?? "agm", key);
  }
}

function bindSome({ world, random }: Scene): void {
  const keys = some(world.keys(), 8, random);
  for (let i = 0; i + 1 < keys.length; i += 2)
    world.parts.bind(ENDS[(i / 2) % 2] ?? "alm", keys[i] ?? "", keys[i + 1] ?? "");
}

/** Rows of the kill matrix about what belongs to records. */
export const PART_OPERATIONS: readonly Operation[] = [
  {
    name: "files both ways",
    full: true,
    prepare: (scene) => scene.pairs(PAIRS),
    act: async (scene) => attachSome(scene),
    meanwhile: ({ world, random }) => world.parts.attach(random.pick(ENDS), random.pick(world.keys()), 100),
  },
  {
    name: "files changed and removed",
    full: true,
    async prepare(scene) {
      await scene.pairs(PAIRS);
      attachSome(scene);
      await scene.inStep();
    },
    act: async ({ world, random }) => {
      const files = world.parts.files();
      for (const [i, id] of some(Object.keys(files), 5, random).entries()) {
        const file = files[Number(id)];
        if (file === undefined) continue;
        // Agile Manager cannot replace: people remove there, and attach anew.
        if (file.end === "alm" && i % 3 !== 2) world.parts.replace(file);
        else world.parts.detach(file);
      }
    },
  },
  {
    name: "comments both ways",
    prepare: (scene) => scene.pairs(PAIRS),
    act: async (scene) => saySome(scene),
    meanwhile: ({ world, random }) => {
      for (const end of ENDS) world.parts.say(end, random.pick(world.keys()));
    },
  },
  {
    name: "comments changed",
    async prepare(scene) {
      await scene.pairs(PAIRS);
      saySome(scene);
      await scene.inStep();
    },
    act: async ({ world, random }) => {
      const comments = world.parts.comments();
      for (const id of some(Object.keys(comments), 5, random)) {
        const comment = comments[Number(id)];
        if (comment !== undefined) world.parts.reword(comment);
      }
      world.parts.say("agm", random.pick(world.keys()));
    },
  },
  {
    name: "links made and removed",
    full: true,
    async prepare(scene) {
      await scene.pairs(PAIRS);
      bindSome(scene);
      await scene.inStep();
    },
    act: async (scene) => {
      const { world, random } = scene;
      for (const bond of some(world.parts.bonds(), 2, random)) world.parts.unbind(random.pick(ENDS), bond);
      bindSome(scene);
    },
  },
  {
    name: "values made",
    prepare: (scene) => scene.pairs(PAIRS),
    act: async ({ world, random }) => {
      const version = `V${random.int(1, 1_000_000_000).toString(36)}`;
      for (const [i, key] of some(world.keys(), 4, random).entries()) {
        const end = ENDS[i % 2] ?? "alm";
        world.parts.name(end, key, `${version} ${end}`);
      }
    },
  },
  {
    name: "late parents and ends",
    full: true,
    // Stories come before what they lie in, and defects before the stories that they are linked with: both wait, and are done by themselves.
    links: ["defects", "stories", "features", "stories", "defects"],
    prepare: (scene) => scene.pairs(PAIRS),
    act: async ({ world, random }) => {
      for (const end of ENDS) for (let i = 0; i < 2; i++) world.tree.grow(end);
      world.tree.link(random.pick(world.keys()));
    },
  },
];
