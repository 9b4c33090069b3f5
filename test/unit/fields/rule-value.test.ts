import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Value } from "../../../daemon/core/record.ts";
import { canonicalDecimal } from "../../../daemon/fields/number.ts";
import { fromRule, toRuleFields } from "../../../daemon/fields/rule-value.ts";
import { field } from "./passage.ts";

const SCHEMAS = {
  text: field("text"),
  note: field("note", { kind: "rich", markup: "html" }),
  points: field("points", { kind: "number" }),
  day: field("day", { kind: "date" }),
  at: field("at", { kind: "datetime" }),
  flag: field("flag", { kind: "boolean" }),
  state: field("state", { kind: "option" }),
  tags: field("tags", { kind: "option", multiple: true }),
  owner: field("owner", { kind: "user" }),
  release: field("release", { kind: "reference" }),
};
type Name = keyof typeof SCHEMAS;

const some = fc.string({ minLength: 1 });
const number = fc.stringMatching(/^-?\d{1,25}(\.\d{1,25})?$/).map((text) => canonicalDecimal(text) ?? "0");
const instant = fc
  .date({ min: new Date("0001-01-01T00:00:00Z"), max: new Date("9999-12-31T00:00:00Z"), noInvalidDate: true })
  .map((date) => `${date.toISOString().slice(0, 19)}Z`);
const VALUES: Readonly<Record<Name, fc.Arbitrary<Value>>> = {
  text: some,
  note: some,
  points: number,
  day: instant.map((at) => at.slice(0, 10)),
  at: instant,
  flag: fc.constantFrom("true", "false"),
  state: some,
  tags: fc.uniqueArray(some, { minLength: 1 }).map((tags) => tags.sort()),
  owner: some,
  release: fc.integer({ min: 1 }).map(String),
};

test("what a rule hands back untouched is what it was given, through JSON", () => {
  for (const name of Object.keys(SCHEMAS) as Name[]) {
    fc.assert(
      fc.property(fc.option(VALUES[name], { nil: null }), (value) => {
        const seen = JSON.parse(JSON.stringify(toRuleFields({ [name]: value }, SCHEMAS)))[name];
        assert.deepEqual(fromRule(seen, SCHEMAS[name]), { ok: true, value });
      }),
    );
  }
});

test("a rule sees numbers as numbers where no digit is lost, else as text; booleans as booleans; several values as a list", () => {
  assert.deepEqual(toRuleFields({ points: "0.1", flag: "true", tags: null, state: null }, SCHEMAS), {
    points: 0.1,
    flag: true,
    tags: [],
    state: null,
  });
  assert.equal(toRuleFields({ points: "0.10000000000000001" }, SCHEMAS)["points"], "0.10000000000000001");
  assert.equal(toRuleFields({ points: "9007199254740993" }, SCHEMAS)["points"], "9007199254740993");
});

test("a rule's answer is brought into the field's form, or told", () => {
  assert.deepEqual(fromRule(1e21, SCHEMAS.points), { ok: true, value: "1000000000000000000000" });
  assert.deepEqual(fromRule(0.1 + 0.2, SCHEMAS.points), { ok: true, value: "0.30000000000000004" });
  assert.deepEqual(fromRule(3, SCHEMAS.text), { ok: true, value: "3" });
  assert.deepEqual(fromRule(true, SCHEMAS.state), { ok: true, value: "true" });
  assert.deepEqual(fromRule("b", SCHEMAS.tags), { ok: true, value: ["b"] });
  assert.deepEqual(
    fromRule("a\u0001\u000bb", SCHEMAS.text),
    { ok: true, value: "a\nb" },
    "what no tracker can hold goes",
  );
  assert.deepEqual(fromRule(["b", "a", "b", ""], SCHEMAS.tags), { ok: true, value: ["a", "b"] });
  for (const empty of [null, undefined, "", []])
    assert.deepEqual(fromRule(empty, Array.isArray(empty) ? SCHEMAS.tags : SCHEMAS.text), { ok: true, value: null });
  assert.deepEqual(fromRule("2026-03-01T10:00:00Z", SCHEMAS.day), { ok: true, value: "2026-03-01" });
  for (const [given, schema] of [
    ["1,5", SCHEMAS.points],
    [Number.NaN, SCHEMAS.points],
    ["2026-02-30", SCHEMAS.day],
    ["2026-02-30T10:00:00Z", SCHEMAS.at],
    ["yes", SCHEMAS.flag],
    [["a"], SCHEMAS.text],
    [{ a: 1 }, SCHEMAS.text],
  ] as const) {
    const read = fromRule(given, schema);
    assert.ok(!read.ok && read.message.includes(`"${schema.label}"`), JSON.stringify(given));
  }
});
