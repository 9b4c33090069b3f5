import assert from "node:assert/strict";
import { test } from "node:test";
import { SIDES } from "../../../daemon/core/snapshot.ts";
import type { Commit, LinkStore, Store } from "../../../daemon/core/store.ts";
import { openSqliteStore } from "../../../daemon/state/sqlite-store.ts";
import { type Bench, bench, field, link, row, side } from "../sync/bench.ts";

const FIELDS = [field("key"), field("name"), field("text")];
const ROWS = [row("key", "key"), row("name", "name"), row("text", "text")];
const PAIRS = 6;

class Killed extends Error {}

/** A store whose process dies at the nth commit, before it or right after: from then on nothing can be kept. */
function mortal(store: Store, nth: number, when: "before" | "after", seen: { commits: number }): Store {
  const dying = (inner: LinkStore) => (commit: Commit) => {
    seen.commits++;
    if (seen.commits > nth || (seen.commits === nth && when === "before")) throw new Killed();
    inner.commit(commit);
    if (seen.commits === nth) throw new Killed();
  };
  return {
    ...store,
    link: (key) => {
      const inner = store.link(key);
      return { ...inner, commit: dying(inner) };
    },
  };
}

interface Operation {
  readonly name: string;
  readonly full: boolean;
  act(b: Bench): void;
  /** Keys that must stand on both sides in the end, with the text that must stand there. */
  readonly due: ReadonlyMap<string, string>;
}

const KEYS = Array.from({ length: PAIRS }, (_, i) => `k${i}`);
const all = (text: (key: string, i: number) => string) => new Map(KEYS.map((key, i) => [key, text(key, i)]));
const found = (b: Bench, at: "left" | "right", key: string) =>
  [...b[at].rows.values()].filter((r) => r.fields["key"] === key);
const idOf = (b: Bench, at: "left" | "right", key: string) => String(found(b, at, key)[0]?.id);

const OPERATIONS: readonly Operation[] = [
  {
    name: "creations on both sides",
    full: false,
    act: (b) => {
      b.left.add({ key: "l", name: "n", text: "new" });
      b.right.add({ key: "r", name: "n", text: "new" });
    },
    due: new Map([...all(() => "old"), ["l", "new"], ["r", "new"]]),
  },
  {
    name: "updates on both sides",
    full: false,
    act: (b) => {
      for (const key of KEYS.slice(0, 4)) b.left.edit(idOf(b, "left", key), { text: "edited" });
      for (const key of KEYS.slice(2)) b.right.edit(idOf(b, "right", key), { name: "named" });
    },
    due: all((_, i) => (i < 4 ? "edited" : "old")),
  },
  {
    name: "a lost memory, with an edit that had not come over",
    full: false,
    act: (b) => {
      b.left.edit(idOf(b, "left", "k1"), { text: "edited" });
      b.store = openSqliteStore(":memory:", { now: () => 0 });
    },
    due: all((_, i) => (i === 1 ? "edited" : "old")),
  },
  {
    name: "a deletion that takes its partner along",
    full: true,
    act: (b) => b.left.drop(idOf(b, "left", "k1")),
    due: new Map([...all(() => "old")].filter(([key]) => key !== "k1")),
  },
  {
    name: "a deletion that is made good",
    full: true,
    act: (b) => b.right.drop(idOf(b, "right", "k1")),
    due: all(() => "old"),
  },
];

async function paired(): Promise<Bench> {
  const ends = { left: side("l", { deleted: "delete" }), right: side("r", { deleted: "recreate" }) };
  const b = bench(FIELDS, FIELDS, link(ROWS, ends));
  for (const key of KEYS) b.left.add({ key, name: "n", text: "old" });
  await b.run();
  b.pass(10);
  return b;
}

/** Runs until the store dies; true where it did. */
async function runAndDie(b: Bench, nth: number, when: "before" | "after", full: boolean): Promise<boolean> {
  const whole = b.store;
  const seen = { commits: 0 };
  b.store = mortal(whole, nth, when, seen);
  try {
    await b.run({ full });
  } catch (error) {
    assert.ok(error instanceof Killed, String(error));
  }
  b.store = whole;
  return seen.commits >= nth;
}

function check(b: Bench, { due }: Operation, told: string): void {
  for (const at of SIDES) {
    assert.deepEqual(
      [...b[at].rows.values()].map((r) => r.fields["key"]).sort(),
      [...due.keys()].sort(),
      `${told}: ${at}`,
    );
  }
  for (const [key, text] of due) {
    const [left] = found(b, "left", key);
    const [right] = found(b, "right", key);
    assert.equal(left?.fields["text"], text, `${told}: ${key} left`);
    assert.deepEqual({ ...right?.fields, partner: "" }, { ...left?.fields, partner: "" }, `${told}: ${key}`);
    assert.equal(left?.fields["partner"], String(right?.id), `${told}: ${key} has no whole mark on the left`);
    assert.equal(right?.fields["partner"], String(left?.id), `${told}: ${key} has no whole mark on the right`);
  }
}

for (const operation of OPERATIONS) {
  test(`B13 killed before and after every commit of ${operation.name}: one run finishes it, the next has nothing to do`, async () => {
    for (const when of ["before", "after"] as const) {
      for (let nth = 1; ; nth++) {
        const told = `killed ${when} commit ${nth}`;
        const b = await paired();
        operation.act(b);
        const died = await runAndDie(b, nth, when, operation.full);
        b.pass(10);
        const report = await b.run({ full: operation.full });
        assert.equal(report.status, "passed", `${told}: ${JSON.stringify(report.messages)}`);
        check(b, operation, told);
        const writes = b.writes();
        b.pass(10);
        await b.run();
        await b.run({ full: true });
        assert.equal(b.writes(), writes, `${told}: the second run wrote something`);
        assert.equal(b.store.link("t/defects").intents().length, 0, told);
        if (!died) break;
      }
    }
  });
}

test("B13 what a dead process had sent last may be stored after the restart: it is waited for, however long the run had lasted", async () => {
  const b = await paired();
  b.left.add({ key: "late", name: "n", text: "new" });
  await runAndDie(b, 1, "after", false);
  // The intent is from long ago, and the request was sent only just before the end.
  b.pass(4);
  const { find, create } = b.right;
  const [intent] = b.store.link("t/defects").intents();
  const late = { looks: 0, landed: false };
  const land = () => {
    if (!late.landed) b.right.add({ ...intent?.fields });
    late.landed = true;
  };
  b.right.find = async (...given) => {
    const records = await find(...given);
    if (++late.looks === 4) land();
    return records;
  };
  b.right.create = (...given) => {
    land();
    return create(...given);
  };
  const report = await b.run();
  assert.equal(report.status, "passed", JSON.stringify(report.messages));
  assert.equal(found(b, "right", "late").length, 1);
  b.pass(10);
  await b.run({ full: true });
  assert.equal(found(b, "left", "late").length, 1);
  assert.equal(found(b, "right", "late").length, 1);
});

test("B14 an initial load that was killed goes on without asking: no brake takes the rest of it for a run gone wild", async () => {
  const b = bench(FIELDS, FIELDS, link(ROWS));
  for (let i = 0; i < 300; i++) b.left.add({ key: `k${i}`, name: "n", text: "old" });
  assert.ok(await runAndDie(b, 10, "after", false));
  assert.ok(b.right.rows.size < 100, "most of it is still to come");
  b.pass(10);
  const report = await b.run();
  assert.equal(report.status, "passed", JSON.stringify(report.messages));
  assert.equal(b.right.rows.size, 300);
});
