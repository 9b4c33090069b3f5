import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Fields, Value } from "../../../daemon/core/record.ts";
import { type Bench, bench, field, link, row, valueMap } from "./bench.ts";
import type { Habits } from "./memory-tracker.ts";

const RUNS = Number(process.env["SYNCLINE_PROPERTY_RUNS"] ?? 120);

const leftFields = [
  field("key"),
  field("name"),
  field("size", { kind: "number" }),
  field("sev"),
  field("tags", { multiple: true }),
];
const rightFields = [
  field("key"),
  field("title"),
  field("points", { kind: "number" }),
  field("rank"),
  field("labels", { multiple: true }),
];
const severities = valueMap({ Low: "1", Medium: "2", High: "2", Top: "3" }, { "1": "Low", "2": "Medium", "3": "Top" });
const config = link([
  row("key", "key", { direction: "both" }),
  row("name", "title"),
  row("size", "points"),
  row("sev", "rank", { values: severities }),
  row("tags", "labels"),
]);
/** Fields whose values cross unchanged. */
const PLAIN = [
  ["name", "title"],
  ["size", "points"],
  ["tags", "labels"],
] as const;

type Edit = { side: "left" | "right"; field: number; value: number };
type Step =
  | { do: "add"; side: "left" | "right" }
  | { do: "edit"; pick: number; edits: Edit[] }
  | { do: "run"; full: boolean }
  | { do: "habits"; left: Habits; right: Habits }
  | { do: "forget" };

const habits = fc.record<Habits>({
  loseAnswer: fc.constantFrom(0, 0, 2, 3, 7),
  refuse: fc.constantFrom(0, 0, 3, 5),
  restlessVersions: fc.boolean(),
  rewritesText: fc.boolean(),
  defaults: fc.constant({}),
  tersely: fc.boolean(),
});
const where = fc.constantFrom<"left" | "right">("left", "right");
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("add" as const), side: where }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("edit" as const),
      pick: fc.nat(40),
      edits: fc.array(fc.record({ side: where, field: fc.nat(3), value: fc.nat(3) }), { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("run" as const), full: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("habits" as const), left: habits, right: habits }) },
  { weight: 1, arbitrary: fc.constant({ do: "forget" as const }) },
);

test("whatever people and trackers do, both sides converge, nothing is lost, nothing is doubled, and the second run is empty", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 24 }), async (steps) => {
      const world = new World();
      for (const s of steps) await world.take(s);
      await world.settle();
      world.check();
    }),
    { numRuns: RUNS },
  );
});

/** The trackers, the engine, and what people did since both sides last agreed. */
class World {
  readonly b: Bench = bench(leftFields, rightFields, config);
  readonly keys: string[] = [];
  /** `key field` → values that may stand there in the end. */
  readonly allowed = new Map<string, Value[]>();

  async take(s: Step): Promise<void> {
    const { b } = this;
    if (s.do === "add") this.add(s.side);
    else if (s.do === "edit") for (const e of s.edits) this.edit(s.pick, e);
    else if (s.do === "run") await this.run(s.full);
    else if (s.do === "habits") Object.assign(b, this.useHabits(s.left, s.right));
    else b.store = bench(leftFields, rightFields, config).store;
    b.pass(1);
  }

  useHabits(left: Habits, right: Habits): object {
    this.b.left.habits = left;
    this.b.right.habits = right;
    return {};
  }

  add(side: "left" | "right"): void {
    const key = `k${this.keys.length}`;
    this.keys.push(key);
    this.b[side].add({ key, [side === "left" ? "name" : "title"]: "v0" });
    this.allowed.set(`${key} name`, ["v0"]);
  }

  edit(pick: number, { side, field: index, value }: Edit): void {
    const key = this.keys[pick % Math.max(1, this.keys.length)];
    const tracker = this.b[side];
    const found = [...tracker.rows].find(([, r]) => String(r.fields["key"] ?? "").trim() === key);
    if (key === undefined || found === undefined) return;
    const plain = PLAIN[index];
    const name = plain === undefined ? (side === "left" ? "sev" : "rank") : side === "left" ? plain[0] : plain[1];
    const fields: Fields = { [name]: plain === undefined ? severity(side, value) : content(index, value) };
    tracker.edit(found[0], fields);
    if (plain !== undefined)
      this.allowed.set(`${key} ${plain[0]}`, [
        ...(this.allowed.get(`${key} ${plain[0]}`) ?? [null]),
        content(index, value),
      ]);
  }

  async run(full: boolean): Promise<void> {
    const report = await this.b.run({ full });
    assert.notEqual(report.status, "error", JSON.stringify(report.messages));
  }

  /** Faults end; two runs an hour apart must bring everything in step. */
  async settle(): Promise<void> {
    this.useHabits(
      { ...this.b.left.habits, loseAnswer: 0, refuse: 0 },
      { ...this.b.right.habits, loseAnswer: 0, refuse: 0 },
    );
    this.b.pass(600);
    await this.run(true);
    const writes = this.b.writes();
    this.b.pass(1);
    await this.run(true);
    await this.run(false);
    assert.equal(this.b.writes(), writes, "the second run wrote something");
    assert.equal(this.b.store.link("t/defects").retries(5).length, 0);
    assert.equal(this.b.store.link("t/defects").intents().length, 0);
  }

  check(): void {
    for (const key of this.keys) {
      const left = [...this.b.left.rows.values()].filter((r) => trim(r.fields["key"]) === key);
      const right = [...this.b.right.rows.values()].filter((r) => trim(r.fields["key"]) === key);
      assert.equal(left.length, 1, `${key} stands ${left.length} times on the left`);
      assert.equal(right.length, 1, `${key} stands ${right.length} times on the right`);
      for (const [l, r] of PLAIN) {
        const value = trim(left[0]?.fields[l]);
        assert.deepEqual(trim(right[0]?.fields[r]), value, `${key} ${l}`);
        const allowed = this.allowed.get(`${key} ${l}`) ?? [null];
        assert.ok(
          allowed.some((a) => same(a, value)),
          `${key} ${l} is ${JSON.stringify(value)}, nobody wrote that: ${JSON.stringify(allowed)}`,
        );
      }
      const sev = trim(left[0]?.fields["sev"]);
      const rank = trim(right[0]?.fields["rank"]);
      assert.equal(
        sev === null ? null : severities.toRight[String(sev)],
        rank === "none" ? null : rank,
        `${key} severity`,
      );
    }
  }
}

function content(index: number, value: number): Value {
  if (index === 1) return String(value);
  return index === 2 ? (value === 0 ? null : ["a", "b", "c"].slice(0, value)) : `v${value}`;
}

function severity(side: "left" | "right", value: number): string {
  return side === "left" ? (["Low", "Medium", "High", "Top"][value] ?? "Low") : String(1 + (value % 3));
}

function trim(v: Value | undefined): Value {
  return typeof v === "string" ? v.trim() : (v ?? null);
}

function same(a: Value, b: Value): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
