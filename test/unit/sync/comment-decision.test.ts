import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { otherSide, SIDES, type Side } from "../../../daemon/core/snapshot.ts";
import { align } from "../../../daemon/sync/decide/comment-align.ts";
import { carryBody, plainWords, seeComments, wordsOf } from "../../../daemon/sync/decide/comment-words.ts";
import { type CommentModel, commentModel, type ModelOptions, NAMES } from "./comment-model.ts";

const TEXTILE = { markup: "textile", mentions: true, maxLength: null } as const;

function settled(model: CommentModel): void {
  assert.equal(model.sync(), 0, "the second decision wrote something");
  assert.deepEqual(model.plan().deeds, []);
}

describe("X16 which comment is which", () => {
  const traces = (text: string) =>
    [...text.matchAll(/([a-z]?)(\d)/g)].map(([, head = "", hash = ""]) => ({ id: null, head, hash }));

  for (const [before, now, expected, why] of [
    ["a1b2c3", "a1b2c3", [0, 1, 2], "nothing changed"],
    ["a1b2c3", "b2c3", [null, 0, 1], "the first was removed"],
    ["a1b2a1", "b2a1", [null, 0, 1], "of two that are alike the first was removed"],
    ["a1b2c3", "a1x9b2c3", [0, 2, 3], "one was put in between"],
    ["a1b2c3", "a1b7c3", [0, 1, 2], "one was edited"],
    ["1 2 3", "1 9 3", [0, 1, 2], "one without a head was edited"],
    ["1 2", "9 1 2", [1, 2], "one without a head was put in front"],
    ["a1a2a3", "a1a3a2", [0, 2, 1], "two changed places"],
    ["a1b2", "b2a1", [1, 0], "all changed places"],
    ["a1b2", "x1y2", [0, 1], "headers are read otherwise now"],
  ] as const) {
    test(`X16 ${why}`, () => assert.deepEqual(align(traces(before), traces(now)), expected));
  }

  test("X15 ids tell before words do", () => {
    const trace = (id: string, hash: string) => ({ id, head: "h", hash });
    assert.deepEqual(align([trace("1", "x"), trace("2", "y")], [trace("2", "x"), trace("3", "y")]), [null, 0]);
  });

  test("X16 five thousand comments are aligned in no time", () => {
    const many = Array.from({ length: 5_000 }, (_, i) => ({ id: null, head: "h", hash: String(i % 50) }));
    const now = many.filter((_, i) => i % 7 !== 0);
    const started = performance.now();
    assert.equal(align(many, now).filter((at) => at !== null).length, now.length);
    assert.ok(performance.now() - started < 5_000);
  });

  test("X16 words are the same whatever a server or client does to the tags around them", () => {
    const words = wordsOf("<p>One &amp; <b>two</b></p><p>three</p>", "html");
    for (const other of [
      "<P>One &amp; <strong>two</strong></P>\n  <p>three</p>",
      "One & two<br />three",
      "<div>One &amp; two</div><div>&nbsp;three<br></div>",
    ])
      assert.equal(wordsOf(other, "html"), words, other);
    assert.notEqual(wordsOf("<img src='a.png'>", "html"), wordsOf("<img src='b.png'>", "html"));
  });
});

describe("X15 what is carried", () => {
  test("X15 each side gets what the other one said, with author, time and origin, and nothing comes back", () => {
    const model = commentModel();
    model.say("left", "<p>from the left</p>", { author: "ann", authorName: "Ann" });
    model.say("right", "<p>from the right</p>", { author: "bob", authorName: "Bob" });
    assert.equal(model.sync(), 2);
    assert.deepEqual(model.texts("left"), ["<p>from the left</p>", "<p>from the right</p>"]);
    const [, copy] = model.comments.left;
    assert.deepEqual([copy?.author, copy?.at, copy?.origin], ["bob", model.comments.right[0]?.at, "agm:2"]);
    for (let run = 0; run < 5; run++) settled(model);
  });

  test("X15 comments that both sides have already are paired, not doubled", () => {
    const model = commentModel({ ports: { right: TEXTILE } });
    model.say("left", "<p>First</p><p>line</p>", { at: "2026-01-05" });
    model.say("left", "+1");
    model.say("right", "First\n\nline", { at: "2026-01-05T10:00:00Z" });
    model.say("right", "only here");
    assert.equal(model.sync(), 2);
    assert.deepEqual([model.comments.left.length, model.comments.right.length], [3, 3]);
    settled(model);
  });

  test("X15 the same words of two people, or of another week, are two comments", () => {
    const model = commentModel();
    model.say("left", "+1", { author: "ann", authorName: "Ann", at: "2026-01-05T10:00:00Z" });
    model.say("right", "+1", { author: "bob", authorName: "Bob", at: "2026-01-05T10:00:00Z" });
    model.say("right", "+1", { author: "ann", authorName: "Ann", at: "2026-02-05T10:00:00Z" });
    assert.equal(model.sync(), 3);
    assert.deepEqual([model.comments.left.length, model.comments.right.length], [3, 3]);
    settled(model);
  });

  test("X15 an edit is carried to the other side, and the other comments stay", () => {
    const model = commentModel();
    model.say("left", "one");
    model.say("left", "two");
    model.sync();
    model.edit("left", 0, "one, edited");
    model.edit("right", 1, "two, edited over there");
    assert.equal(model.sync(), 2);
    assert.deepEqual(model.texts("right"), ["one, edited", "two, edited over there"]);
    assert.deepEqual(model.texts("left"), ["one, edited", "two, edited over there"]);
    settled(model);
  });

  test('X15 changes = "ignore" leaves both as they are, for good', () => {
    const model = commentModel({ config: { changes: "ignore" } });
    model.say("left", "one");
    model.sync();
    model.edit("left", 0, "one, edited");
    settled(model);
    assert.deepEqual(model.texts("right"), ["one"]);
  });

  test("X15 a removed comment stays on the other side, does not come back, and no edit of it travels", () => {
    const model = commentModel();
    model.say("left", "one");
    model.say("right", "two");
    model.sync();
    model.remove("left", 0);
    settled(model);
    model.edit("right", 1, "one, edited");
    settled(model);
    assert.deepEqual(model.texts("left"), ["two"]);
    assert.deepEqual(model.texts("right"), ["two", "one, edited"]);
  });

  test('X15 removals = "sync" removes what nobody has edited since', () => {
    const model = commentModel({ config: { removals: "sync" } });
    for (const text of ["one", "two", "three"]) model.say("left", text);
    model.sync();
    model.remove("left", 0);
    model.remove("left", 0);
    model.edit("right", 1, "two, edited");
    assert.equal(model.sync(), 1);
    assert.deepEqual(model.texts("right"), ["two, edited", "three"]);
    settled(model);
  });

  test('X15 removals = "sync" takes no cleared memo for a removal of all that people said', () => {
    const model = commentModel({ config: { removals: "sync" } });
    model.say("left", "one");
    model.say("right", "two");
    model.sync();
    const before = [...model.comments.left];
    model.comments.left.length = 0;
    assert.equal(model.plan().emptied, "left");
    settled(model);
    assert.equal(model.plan().emptied, null);
    assert.equal(model.comments.right.length, 2);
    model.comments.left.push(...before);
    settled(model);
    model.remove("left", 0);
    assert.equal(model.sync(), 1);
    assert.deepEqual(model.texts("right"), ["two"]);
  });

  test("X15 a memo that was cleared and put back doubles nothing", () => {
    const model = commentModel();
    model.say("left", "one");
    model.say("right", "two");
    model.sync();
    const before = [...model.comments.left];
    model.comments.left.length = 0;
    settled(model);
    model.comments.left.push(...before);
    settled(model);
    model.edit("left", 0, "one, edited");
    assert.equal(model.sync(), 1);
    assert.deepEqual(model.texts("right"), ["two", "one, edited"]);
  });

  test("X15 one way: what is said or edited on the other side stays there", () => {
    const model = commentModel({ config: { direction: "to-right" } });
    model.say("left", "one");
    model.say("right", "two");
    assert.equal(model.sync(), 1);
    model.edit("right", 1, "one, edited over there");
    settled(model);
    assert.deepEqual(model.texts("left"), ["one"]);
    model.edit("left", 0, "one, edited here");
    assert.equal(model.sync(), 1);
    assert.deepEqual(model.texts("right"), ["two", "one, edited here"]);
    settled(model);
  });

  test("X15 private comments stay where they are, and one that becomes private tells nothing more", () => {
    const model = commentModel();
    model.say("right", "secret", { private: true });
    model.say("right", "open");
    model.sync();
    assert.deepEqual(model.texts("left"), ["open"]);
    model.comments.right[1] = { ...(model.comments.right[1] as (typeof model.comments.right)[0]), private: true };
    model.edit("right", 1, "open no more");
    settled(model);
    assert.deepEqual(model.texts("left"), ["open"]);
    const all = commentModel({ config: { private: true } });
    all.say("right", "secret", { private: true });
    assert.equal(all.sync(), 1);
  });

  test("X15 a lost memory doubles nothing, and carries no copy back to where it came from", () => {
    const model = commentModel();
    model.say("left", "one");
    model.say("right", "two");
    model.sync();
    model.memory = [];
    settled(model);
    model.memory = [];
    model.remove("left", 0);
    settled(model);
    assert.deepEqual(model.texts("right"), ["two", "one"]);
    model.memory = [];
    model.edit("right", 1, "a copy without its original, edited");
    settled(model);
  });

  test("S42 a record that was made anew gets its comments again", () => {
    const model = commentModel();
    model.say("left", "one");
    model.say("right", "two");
    model.sync();
    model.comments.right.length = 0;
    model.memory = [];
    // Copies name the record that was deleted: the new one has another number.
    for (const [i, one] of model.comments.left.entries())
      if (one.origin !== null) model.comments.left[i] = { ...one, origin: "agm:1" };
    assert.equal(model.sync(), 2);
    assert.deepEqual(model.texts("right"), ["one", "two"]);
    settled(model);
  });
});

describe("X15 conflicts", () => {
  function clash(options: ModelOptions): CommentModel {
    const model = commentModel(options);
    model.say("left", "one");
    model.say("left", "two");
    model.sync();
    model.edit("left", 0, "left's one");
    model.edit("right", 0, "right's one");
    return model;
  }

  test("X15 hold: both stay as they are until they are made the same", () => {
    const model = clash({});
    assert.equal(model.plan().clashes.length, 1);
    settled(model);
    assert.deepEqual([model.texts("left")[0], model.texts("right")[0]], ["left's one", "right's one"]);
    model.edit("right", 0, "left's one");
    settled(model);
    assert.equal(model.plan().clashes.length, 0);
    model.edit("left", 0, "one again");
    assert.equal(model.sync(), 1);
  });

  for (const winner of SIDES) {
    test(`X15 the link's policy decides: ${winner}`, () => {
      const model = clash({ policy: winner });
      assert.deepEqual(
        model.plan().clashes.map((one) => one.winner),
        [winner],
      );
      assert.equal(model.sync(), 1);
      const expected = [`${winner}'s one`, "two"];
      assert.deepEqual([model.texts("left"), model.texts("right")], [expected, expected]);
      settled(model);
    });
  }

  test("X15 a copy that was edited while the memory was lost is a conflict with its original, not a new comment", () => {
    const model = commentModel({ policy: "left" });
    model.say("left", "one");
    model.sync();
    model.memory = [];
    model.edit("right", 0, "one, edited");
    assert.deepEqual(model.plan().clashes.length, 1);
    assert.equal(model.sync(), 1);
    assert.deepEqual(model.texts("right"), ["one"]);
    settled(model);
  });

  const short = { ...TEXTILE, maxLength: { size: 20, unit: "characters" } } as const;

  test("T1 S25 a comment that is too long is cut in the copy, and the copy never comes back", () => {
    const model = commentModel({ ports: { left: { ...TEXTILE, mentions: false }, right: short } });
    model.say("left", "a comment of more than twenty characters");
    assert.equal(model.sync(), 1);
    assert.deepEqual(model.texts("right"), ["a comment of more th"]);
    settled(model);
    assert.equal(model.memory[0]?.cut, true);
    model.edit("right", 0, "edited");
    assert.deepEqual(model.plan().clashes.length, 1);
    settled(model);
    assert.deepEqual(model.texts("left"), ["a comment of more than twenty characters"]);
    model.edit("right", 0, "a comment of more th");
    model.edit("left", 0, "a comment that fits");
    assert.equal(model.sync(), 1);
    assert.deepEqual(model.texts("right"), ["a comment that fits"]);
    assert.equal(model.memory[0]?.cut, undefined);
    settled(model);
  });
});

describe("X15 mentions", () => {
  const to = { markup: "textile", mentions: true, maxLength: null } as const;
  const carry = (text: string) =>
    carryBody(text, { markup: "plain" }, to, (login) => (login === "jane.doe" ? "alice" : null)).body;

  test("X15 a mention means the same person there, or calls nobody", () => {
    assert.equal(carry("@jane.doe, please look. Or @jane.doe."), "@alice, please look. Or @alice.");
    assert.equal(carry("@bob please"), "@\u2060bob please");
    // Textile would read what stands between the two signs as code.
    assert.equal(carry("(@bob)-@bob"), "(@\u2060bob)-&#64;\u2060bob");
    assert.equal(carry("mail bob@example.com at 5 @ home"), "mail bob@example.com at 5 @ home");
  });

  test("X15 what was neutralised comes back as it was, and is no edit", () => {
    const there = carry("@bob please");
    assert.equal(wordsOf(there, "textile"), wordsOf("@bob please", "plain"));
    assert.equal(carryBody(there, to, { ...to, mentions: false }, () => null).body, "@bob please");
  });
});

type Step =
  | {
      readonly kind: "say" | "insert";
      readonly side: Side;
      readonly text: string;
      readonly by: string;
      readonly at: number;
    }
  | { readonly kind: "edit"; readonly side: Side; readonly at: number; readonly text: string }
  | { readonly kind: "remove"; readonly side: Side; readonly at: number }
  | { readonly kind: "sync" };

const side = fc.constantFrom<Side>("left", "right");
const text = fc.constantFrom("a", "b", "+1", "c d", "@bob x", "e &amp; f");
const by = fc.constantFrom("ann", "bob", "eve", "");
const index = fc.nat(5);

const talk: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("say" as const), side, text, by, at: index }),
  fc.record({ kind: fc.constant("insert" as const), side, text, by, at: index }),
  fc.record({ kind: fc.constant("edit" as const), side, at: index, text }),
  fc.record({ kind: fc.constant("remove" as const), side, at: index }),
  fc.constant<Step>({ kind: "sync" }),
);

function play(model: CommentModel, step: Step): void {
  if (step.kind === "sync") model.sync();
  else if (step.kind === "edit") model.edit(step.side, step.at, step.text);
  else if (step.kind === "remove") model.remove(step.side, step.at);
  else {
    const writer = step.by === "" ? { author: null, authorName: "" } : { author: step.by, authorName: step.by };
    if (step.kind === "say") model.say(step.side, step.text, writer);
    else model.insert(step.side, Math.min(step.at, model.comments[step.side].length), step.text, writer);
  }
}

const setting: fc.Arbitrary<ModelOptions> = fc.record({
  config: fc.record({
    direction: fc.constantFrom("both", "both", "both", "to-left", "to-right"),
    changes: fc.constantFrom("sync", "sync", "ignore"),
    removals: fc.constantFrom("ignore", "sync"),
  }),
  policy: fc.constantFrom("hold", "left", "right", "newest"),
  ids: fc.constantFrom({ right: true }, { left: true, right: true }, {}),
  ports: fc.constantFrom({}, { right: TEXTILE }, { left: TEXTILE, right: TEXTILE }),
});

describe("X15 properties, over any interleaving of what people do on both sides", () => {
  test("X15 a second decision is empty: nothing ever echoes", () => {
    fc.assert(
      fc.property(setting, fc.array(talk, { maxLength: 25 }), (options, steps) => {
        const model = commentModel(options);
        for (const step of steps) play(model, step);
        model.sync();
        for (let run = 0; run < 3; run++) settled(model);
      }),
      { numRuns: 1_500 },
    );
  });

  test("X15 without edits and removals both sides hold the same comments, each once", () => {
    const says = talk.filter((step) => step.kind === "say" || step.kind === "insert" || step.kind === "sync");
    fc.assert(
      fc.property(setting, fc.array(says, { maxLength: 20 }), (options, steps) => {
        const model = commentModel({ ...options, config: {} });
        const said = { left: 0, right: 0 };
        for (const step of steps) {
          if (step.kind === "say" || step.kind === "insert") said[step.side] += 1;
          play(model, step);
        }
        model.sync();
        const plain = (one: Side) =>
          model.comments[one].map(({ body }) => plainWords(body, model.passage.ports[one].markup)).toSorted();
        assert.deepEqual(plain("left"), plain("right"));
        assert.equal(model.comments.left.length, model.comments.right.length);
        // Two people may say the same on both sides before they know of each other; nothing else makes two comments one.
        assert.ok(model.comments.left.length <= said.left + said.right);
        assert.ok(model.comments.left.length >= Math.max(said.left, said.right));
      }),
      { numRuns: 800 },
    );
  });

  test("X15 nobody's words are touched but by an edit or removal of the same comment", () => {
    fc.assert(
      fc.property(setting, fc.array(talk, { maxLength: 20 }), side, text, index, (options, steps, on, words, at) => {
        const model = commentModel(options);
        for (const step of steps) play(model, step);
        model.sync();
        const before = { left: [...model.comments.left], right: [...model.comments.right] };
        const target = before[on][at];
        if (target === undefined) return;
        model.edit(on, at, words);
        const deeds = model.plan().deeds;
        assert.ok(deeds.length <= 1 || options.policy !== "hold", JSON.stringify(deeds));
        model.sync();
        const other = otherSide(on);
        const changed = model.comments[other].filter((one, i) => one !== before[other][i]);
        assert.ok(changed.length <= 1, JSON.stringify([changed, before[other]]));
        assert.equal(model.comments[other].length, before[other].length);
      }),
      { numRuns: 800 },
    );
  });

  test("X15 a memory that is lost at any moment doubles nothing that nobody edited since", () => {
    const steps = fc.array(
      talk.filter((step) => step.kind === "say" || step.kind === "sync"),
      { maxLength: 15 },
    );
    fc.assert(
      fc.property(setting, steps, (options, some) => {
        const model = commentModel({ ...options, config: {} });
        for (const step of some) play(model, step);
        model.sync();
        const before = [model.comments.left.length, model.comments.right.length];
        model.memory = [];
        model.sync();
        assert.deepEqual([model.comments.left.length, model.comments.right.length], before);
      }),
      { numRuns: 500 },
    );
  });
});

test("X15 copies name their record: a name that looks like it does not make one", () => {
  const [seen] = seeComments(
    [{ id: "1", author: null, authorName: "", at: null, origin: null, body: `[${NAMES.left}]: hello`, private: false }],
    "textile",
  );
  assert.equal(seen?.comment.origin, null);
});
