import fc from "fast-check";
import type { Habits } from "./memory-tracker.ts";
import type { PartStep, PartsSetup } from "./model-parts.ts";
import type { Setup, Step } from "./model-setup.ts";
import type { Trouble } from "./model-trouble.ts";

const side = fc.constantFrom<"left" | "right">("left", "right");
const rule = fc.constantFrom<Setup["deleted"]["left"]>("nothing", "delete", "recreate");
const mostly = fc.constantFrom(true, true, true, false);
const either = fc.record({ left: fc.boolean(), right: fc.boolean() });
const home = fc.constantFrom<PartsSetup["comments"]["left"]>("ids", "memo");
const parts: fc.Arbitrary<PartsSetup> = fc.record({
  ...{ inPlace: either, unique: either, touches: either, sizes: fc.boolean() },
  comments: fc.record({ left: home, right: home }),
});
export const setup: fc.Arbitrary<Setup> = fc.record({
  parts,
  deleted: fc.record({ left: rule, right: rule }),
  create: fc.record({ left: mostly, right: mostly }),
  filter: fc.record({ left: mostly.map((b) => !b), right: mostly.map((b) => !b) }),
  conflict: fc.constantFrom<Setup["conflict"]>("left", "right", "hold", "newest"),
  onDisk: fc.constantFrom(...Array.from({ length: 15 }, () => false), true),
});
const habits = fc.record<Habits>({
  loseAnswer: fc.constantFrom(0, 0, 1, 2, 3, 7),
  refuse: fc.constantFrom(0, 0, 2, 3, 5),
  restlessVersions: fc.boolean(),
  rewritesText: fc.boolean(),
  defaults: fc.constant({}),
  tersely: fc.boolean(),
});
export const trouble = fc.record<Trouble>({
  kind: fc.constantFrom("none", "none", "unavailable", "auth", "lost", "crash-before", "crash-after", "disk-full"),
  at: fc.oneof(...[6, 16, 40].map((max) => fc.integer({ min: 1, max }))),
  where: fc.constantFrom("tracker", "tracker", "store"),
});
/** Mostly the same few records, so that something befalls what is still under way. */
const pick = fc.oneof({ weight: 4, arbitrary: fc.nat(2) }, { weight: 1, arbitrary: fc.nat(40) });
const edit = fc.record({ side, field: fc.constantFrom(0, 0, 0, 1, 2, 3, 3, 4), value: fc.nat(3) });
const direction = fc.constantFrom<"both" | "to-left" | "to-right">("both", "to-left", "to-right");
export const part: fc.Arbitrary<PartStep> = fc.record({
  do: fc.constant("part" as const),
  kind: fc.constantFrom<PartStep["kind"]>("attachment", "comment", "entity link"),
  deed: fc.constantFrom<PartStep["deed"]>("add", "add", "edit", "remove"),
  ...{ side, pick, other: fc.nat(4) },
});
export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 9, arbitrary: part },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("add" as const), side, inside: mostly }) },
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constant("edit" as const),
      pick,
      edits: fc.array(edit, { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("drop" as const), pick, side }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("hide" as const), pick, side, as: fc.constantFrom("outside", "hidden") }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("run" as const), full: fc.boolean(), trouble }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("habits" as const), side, habits }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("publish" as const),
      what: fc.constantFrom("row", "map", "direction"),
      direction,
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "restart" as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("wait" as const), minutes: fc.constantFrom(5, 90, 1_500) }) },
);

/** Nothing but what belongs to records, between records that stay where they are. */
export const calm: fc.Arbitrary<Setup> = setup.map((given) => ({
  ...given,
  create: { left: true, right: true },
  filter: { left: false, right: false },
}));
const clean: Trouble = { kind: "none", at: 1, where: "tracker" };
/** The end of the process or of an answer, at a moment when there is something to write. */
const sudden = fc.record<Trouble>({
  kind: fc.constantFrom("lost", "crash-before", "crash-after", "crash-after", "disk-full"),
  at: fc.integer({ min: 1, max: 20 }),
  where: fc.constantFrom("tracker", "store"),
});
export const partsStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 14,
    arbitrary: fc.oneof(
      part,
      part.map((one) => ({ ...one, pick: one.pick % 3 })),
    ),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("run" as const), full: mostly, trouble: fc.constant(clean) }) },
  { weight: 7, arbitrary: fc.record({ do: fc.constant("run" as const), full: mostly, trouble: sudden }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("run" as const), full: mostly, trouble }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("edit" as const),
      pick,
      edits: fc.array(edit, { minLength: 1, maxLength: 2 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("habits" as const), side, habits }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("add" as const), side, inside: fc.constant(true) }) },
  { weight: 1, arbitrary: fc.constant({ do: "restart" as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("wait" as const), minutes: fc.constantFrom(5, 90, 1_500) }) },
);
