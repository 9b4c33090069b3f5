import assert from "node:assert/strict";
import { test } from "node:test";
import { Model } from "../sync/model.ts";
import type { PartStep } from "../sync/model-parts.ts";
import type { Setup, Step } from "../sync/model-setup.ts";
import type { Trouble } from "../sync/model-trouble.ts";

/** Two pairs, k0 made on the left and k1 on the right; files and comments of both kinds of tracker. */
const SETUP: Setup = {
  deleted: { left: "nothing", right: "nothing" },
  create: { left: true, right: true },
  filter: { left: false, right: false },
  ...{ conflict: "hold", onDisk: false },
  parts: {
    inPlace: { left: true, right: false },
    unique: { left: true, right: false },
    touches: { left: true, right: false },
    sizes: true,
    comments: { left: "memo", right: "ids" },
  },
};
const clean: Step = { do: "run", full: true, trouble: { kind: "none", at: 1, where: "tracker" } };

function part(kind: PartStep["kind"], deed: PartStep["deed"], side: PartStep["side"], pick = 0): PartStep {
  return { do: "part", kind, deed, side, pick, other: pick + 1 };
}

interface Scene {
  readonly name: string;
  /** In step before the killed run. */
  readonly before: readonly PartStep[];
  readonly act: readonly PartStep[];
  /** Between the kill and the next run; the first: nothing. */
  readonly meanwhile: readonly (readonly PartStep[])[];
}

const file = (deed: PartStep["deed"], side: PartStep["side"], pick = 0) => part("attachment", deed, side, pick);
const word = (deed: PartStep["deed"], side: PartStep["side"], pick = 0) => part("comment", deed, side, pick);
const bond = (deed: PartStep["deed"], side: PartStep["side"], pick = 0) => part("entity link", deed, side, pick);

const SCENES: readonly Scene[] = [
  {
    name: "files added on both sides",
    before: [],
    act: [file("add", "left"), file("add", "right", 1)],
    meanwhile: [[], [file("remove", "left")], [file("edit", "left")], [file("edit", "right", 1)]],
  },
  {
    name: "files replaced on both sides",
    before: [file("add", "left"), file("add", "right", 1)],
    act: [file("edit", "left"), file("edit", "right", 1)],
    meanwhile: [[], [file("edit", "left")], [file("remove", "left")]],
  },
  {
    name: "files removed",
    before: [file("add", "left"), file("add", "right", 1), file("add", "left")],
    act: [file("remove", "left"), file("remove", "left")],
    meanwhile: [[], [file("edit", "right", 1)]],
  },
  {
    name: "comments said on both sides",
    before: [word("add", "left")],
    act: [word("add", "left"), word("add", "right"), word("add", "right", 1)],
    meanwhile: [[], [word("remove", "left", 1)], [word("edit", "left", 1), word("edit", "right", 1)]],
  },
  {
    name: "comments changed and removed",
    before: [word("add", "left"), word("add", "right"), word("add", "left")],
    act: [word("edit", "left"), word("edit", "right", 1), word("remove", "left", 2)],
    meanwhile: [[], [word("edit", "left")], [word("edit", "right", 2)]],
  },
  {
    name: "links made and removed",
    before: [bond("add", "left")],
    act: [bond("remove", "right"), bond("add", "right", 1), bond("add", "left", 1)],
    meanwhile: [[], [bond("remove", "right")], [bond("remove", "left")]],
  },
  {
    name: "links of two types made between the same records, one on each side",
    before: [],
    act: [bond("add", "left", 1), bond("add", "right")],
    meanwhile: [[]],
  },
];

/** Plays a scene with this trouble in its run; true where the trouble came to pass. */
async function play(scene: Scene, meanwhile: readonly PartStep[], trouble: Trouble): Promise<boolean> {
  const model = new Model(SETUP);
  try {
    for (const step of [clean, ...scene.before, clean, clean, ...scene.act]) await model.take(step);
    await model.take({ do: "run", full: true, trouble });
    const struck = model.last?.status !== "passed";
    for (const step of meanwhile) await model.take(step);
    await model.settle();
    return struck;
  } catch (error) {
    throw new Error(`${JSON.stringify(trouble)}, then ${JSON.stringify(meanwhile)}`, { cause: error });
  } finally {
    model.world.close();
  }
}

for (const scene of SCENES) {
  test(`B13 S14 X15 S33 ${scene.name}: killed before and after every commit and every call, doubled and lost is nothing`, async () => {
    const kills = { count: 0 };
    for (const [kind, where] of [
      ["crash-before", "store"],
      ["crash-after", "store"],
      ["crash-after", "tracker"],
      ["lost", "tracker"],
    ] as const) {
      for (const [i, meanwhile] of scene.meanwhile.entries()) {
        for (let at = 1; await play(scene, meanwhile, { kind, at, where }); at++) kills.count += i === 0 ? 1 : 0;
      }
    }
    assert.ok(kills.count > 15, `only ${kills.count} kills`);
  });
}
