import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { EntityLink, EntityLinkEnd, EntityLinkPair } from "../../../daemon/core/parts.ts";
import { otherSide, SIDES, type Side } from "../../../daemon/core/snapshot.ts";
import { type Between, type LinkPlan, type LinkRules, planLinks } from "../../../daemon/sync/decide/entity-links.ts";
import { valueMap } from "./bench.ts";

const RUNS = 400;
function rules(more: Partial<LinkRules["config"]> = {}, untyped: readonly Side[] = []): LinkRules {
  return {
    config: { direction: "both", types: null, unmapped: "copy", ...more },
    isDirected: (side, { type }) => type === "blocks" && !untyped.includes(side),
  };
}

/** Everything between two pairs, with people on both sides. `ids` grows, so that no id comes twice. */
interface World {
  readonly ends: { left: [string, string]; right: [string, string] };
  readonly links: { left: EntityLink[]; right: EntityLink[] };
  agreed: readonly EntityLinkPair[];
  ids: number;
}

function world(): World {
  return { ends: { left: ["1", "2"], right: ["11", "12"] }, links: { left: [], right: [] }, agreed: [], ids: 100 };
}

function end(id: string): EntityLinkEnd {
  return { entity: "defect", id };
}

function betweenOf({ ends, links, agreed }: World): Between {
  const at = (i: 0 | 1) => ({ left: end(ends.left[i]), right: end(ends.right[i]) });
  return { ends: [at(0), at(1)], now: { left: [...links.left], right: [...links.right] }, agreed };
}

function add(w: World, side: Side, type: string, back = false, comment = ""): EntityLink {
  const [a, b] = w.ends[side];
  const link = { id: String(w.ids++), type, from: end(back ? b : a), to: end(back ? a : b), comment };
  w.links[side].push(link);
  return link;
}

/** One run: what the plan says is done, and remembered. */
function run(w: World, how: LinkRules, untyped: readonly Side[] = []): LinkPlan {
  const plan = planLinks(betweenOf(w), how);
  const agreed = [...plan.kept];
  for (const { side, link } of plan.removals) w.links[side] = w.links[side].filter((one) => one.id !== link.id);
  for (const { side, source, draft } of plan.additions) {
    const stored = { ...draft, id: String(w.ids++), type: untyped.includes(side) ? "" : draft.type };
    w.links[side].push(stored);
    agreed.push(
      side === "left"
        ? { left: stored, right: source, source: "right" }
        : { left: source, right: stored, source: "left" },
    );
  }
  w.agreed = agreed;
  return plan;
}

function count(plan: LinkPlan): readonly number[] {
  return [plan.additions.length, plan.removals.length, plan.faults.length];
}

/** Type and, where it has one, direction: what two links must share to be the same. */
function keys(w: World, side: Side): readonly string[] {
  const [a] = w.ends[side];
  return w.links[side]
    .map(({ type, from }) => (type === "blocks" ? `${type} ${from.id === a ? "there" : "back"}` : type))
    .sort();
}

type Step =
  | { readonly kind: "add"; readonly side: Side; readonly type: string; readonly back: boolean }
  | { readonly kind: "remove" | "retype"; readonly side: Side; readonly index: number; readonly type: string }
  /** A record was deleted and made anew from its partner: its links went with it. */
  | { readonly kind: "replace"; readonly side: Side; readonly which: 0 | 1 };

const side = fc.constantFrom(...SIDES);
const type = fc.constantFrom("relates", "duplicates", "blocks");
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("add" as const), side, type, back: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom("remove" as const, "retype" as const), side, index: fc.nat(5), type }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("replace" as const),
      side,
      which: fc.constantFrom(0 as const, 1 as const),
    }),
  },
);

/** People make no doubles: the trackers refuse them. */
function isDouble(w: World, on: Side, wanted: string, back: boolean): boolean {
  return keys(w, on).includes(wanted === "blocks" ? `blocks ${back ? "back" : "there"}` : wanted);
}

function edit(w: World, one: Step): void {
  const links = w.links[one.side];
  if (one.kind === "add") {
    if (!isDouble(w, one.side, one.type, one.back)) add(w, one.side, one.type, one.back);
  } else if (one.kind === "replace") {
    w.ends[one.side][one.which] = String(w.ids++);
    w.links[one.side] = [];
  } else if (links.length > 0) {
    const at = one.index % links.length;
    const link = links[at];
    if (link === undefined) return;
    const back = link.from.id !== w.ends[one.side][0];
    if (one.kind === "remove") links.splice(at, 1);
    else if (!isDouble(w, one.side, one.type, back)) links[at] = { ...link, type: one.type };
  }
}

describe("entity links between two pairs", () => {
  test("T32 property: whatever people do, one run brings both sides in step, the next has nothing to do, and nothing is doubled", () => {
    fc.assert(
      fc.property(fc.array(fc.array(step, { maxLength: 6 }), { maxLength: 6 }), (rounds) => {
        const w = world();
        for (const steps of rounds) {
          for (const one of steps) edit(w, one);
          run(w, rules());
          assert.deepEqual(keys(w, "left"), keys(w, "right"));
          assert.equal(new Set(keys(w, "left")).size, keys(w, "left").length, "a double");
          assert.deepEqual(count(run(w, rules())), [0, 0, 0]);
        }
      }),
      { numRuns: RUNS },
    );
  });

  test("S36 property: one way, the source is never written but for what a deleted record took with it", () => {
    fc.assert(
      fc.property(fc.array(fc.array(step, { maxLength: 6 }), { maxLength: 6 }), (rounds) => {
        const w = world();
        for (const steps of rounds) {
          for (const one of steps) edit(w, one);
          const replaced = steps.some((one) => one.kind === "replace");
          const plan = run(w, rules({ direction: "to-right" }));
          const back = [...plan.additions, ...plan.removals].filter((one) => one.side === "left");
          if (!replaced) assert.deepEqual(back, []);
          assert.deepEqual(
            plan.removals.filter((one) => one.side === "left"),
            [],
          );
          assert.deepEqual(count(run(w, rules({ direction: "to-right" }))), [0, 0, 0]);
        }
      }),
      { numRuns: RUNS },
    );
  });

  test("T32 property: a lost memory costs nothing and doubles nothing", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
        const w = world();
        for (const one of steps) edit(w, one);
        run(w, rules());
        const before = structuredClone(w.links);
        w.agreed = [];
        assert.deepEqual(count(run(w, rules())), [0, 0, 0]);
        assert.deepEqual(w.links, before);
      }),
      { numRuns: RUNS },
    );
  });

  test("property: what nobody removed is removed nowhere", () => {
    fc.assert(
      fc.property(fc.array(fc.array(step, { maxLength: 5 }), { maxLength: 5 }), (rounds) => {
        const w = world();
        for (const steps of rounds) {
          for (const one of steps) edit(w, one);
          const took = new Set(
            steps.filter(({ kind }) => kind === "remove" || kind === "retype").map((one) => one.side),
          );
          const plan = run(w, rules());
          for (const removal of plan.removals) assert.ok(took.has(otherSide(removal.side)), JSON.stringify(removal));
        }
      }),
      { numRuns: RUNS },
    );
  });
});

test("a side without types takes any type, and does not give it back as none", () => {
  const how = rules({}, ["right"]);
  const w = world();
  add(w, "left", "blocks", true);
  assert.deepEqual(count(run(w, how, ["right"])), [1, 0, 0]);
  assert.deepEqual(count(run(w, how, ["right"])), [0, 0, 0]);
  w.agreed = [];
  assert.deepEqual(count(run(w, how, ["right"])), [0, 0, 0]);
  const [there] = w.links.right;
  w.links.right = [];
  assert.deepEqual(count(run(w, how, ["right"])), [0, 1, 0]);
  assert.ok(there);
  add(w, "right", "");
  assert.equal(planLinks(betweenOf(w), how).additions[0]?.draft.type, "");
});

test("a link keeps its direction on the other side", () => {
  const w = world();
  add(w, "left", "blocks", true, "why");
  const [made] = planLinks(betweenOf(w), rules()).additions;
  assert.deepEqual(made?.draft, { type: "blocks", from: end("12"), to: end("11"), comment: "why" });
});

test("two links of opposite directions are two, two without direction one", () => {
  for (const [one, additions] of [
    ["blocks", 2],
    ["relates", 0],
  ] as const) {
    const w = world();
    add(w, "left", one);
    add(w, "right", one, true);
    assert.equal(planLinks(betweenOf(w), rules()).additions.length, additions, one);
  }
});

test("types: map, copy, skip, error and a given word, each in its direction", () => {
  const types = valueMap({ Related: "relates", Copy: "relates" }, { relates: "Related" });
  const seen = (unmapped: LinkRules["config"]["unmapped"], word: string, from: Side = "left") => {
    const w = world();
    add(w, from, word);
    const plan = planLinks(betweenOf(w), rules({ types, unmapped }));
    return plan.faults.length > 0 ? "fault" : (plan.additions[0]?.draft.type ?? "nothing");
  };
  assert.equal(seen("copy", "Related"), "relates");
  assert.equal(seen("copy", "relates", "right"), "Related");
  assert.equal(seen("copy", "Other"), "Other");
  assert.equal(seen("skip", "Other"), "nothing");
  assert.equal(seen("error", "Other"), "fault");
  assert.equal(seen({ value: "blocks" }, "Other"), "blocks");
  assert.equal(seen({ value: "blocks" }, ""), "blocks");
  assert.equal(seen("error", ""), "");
  const w = world();
  add(w, "left", "Copy");
  add(w, "right", "relates");
  assert.deepEqual(count(planLinks(betweenOf(w), rules({ types }))), [0, 0, 0], "many words may become one");
});

test("S19-like: one way, a link taken away at the destination stays away until the source makes it another one", () => {
  const one = rules({ direction: "to-right" });
  const w = world();
  const link = add(w, "left", "relates");
  run(w, one);
  w.links.right = [];
  assert.deepEqual(count(run(w, one)), [0, 0, 0]);
  assert.deepEqual(w.agreed, [{ left: link, right: null, source: "left" }]);
  w.links.left = [{ ...link, type: "duplicates" }];
  assert.deepEqual(count(run(w, one)), [1, 0, 0]);
});

test("S42 a record that was made anew gets its links, also against the direction", () => {
  const one = rules({ direction: "to-right" });
  const w = world();
  add(w, "left", "relates");
  run(w, one);
  edit(w, { kind: "replace", side: "left", which: 1 });
  const plan = run(w, one);
  assert.deepEqual(
    plan.additions.map(({ side, draft }) => [side, draft.to.id]),
    [["left", w.ends.left[1]]],
  );
  assert.deepEqual(count(run(w, one)), [0, 0, 0]);
});
