import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { FieldSchema } from "../../../daemon/core/field.ts";
import type { Value } from "../../../daemon/core/record.ts";
import { equalValues } from "../../../daemon/fields/equal.ts";
import { field } from "./passage.ts";

const KINDS = ["string", "rich", "number", "date", "datetime", "boolean", "option", "user", "reference"] as const;

function equal(more: Partial<FieldSchema>, a: Value, b: Value): boolean {
  const schema = field("f", more);
  assert.equal(equalValues(schema, a, b), equalValues(schema, b, a), "not the same both ways");
  return equalValues(schema, a, b);
}

test("values are equal by what they mean, not by their text", () => {
  assert.ok(equal({ kind: "number" }, "1.50", "1.5"));
  assert.ok(equal({ kind: "number" }, "-0", "0"));
  assert.ok(!equal({ kind: "number" }, "0.1", "0.10000000000000001"));
  assert.ok(equal({ kind: "user" }, "Anna.Berg", "anna.berg"));
  assert.ok(equal({ kind: "datetime" }, "2026-03-01T01:00:00+01:00", "2026-03-01T00:00:00Z"));
  assert.ok(equal({ kind: "string" }, "a\r\nb ", "a\nb"));
  assert.ok(!equal({ kind: "string" }, "Anna", "anna"));
  assert.ok(!equal({ kind: "option" }, "New", "new"));
  assert.ok(equal({ kind: "rich", markup: "html" }, "<html><body><p>a</p></body></html>", "<p>a</p>"));
  assert.ok(equal({ kind: "rich", markup: "plain" }, "a \r\nb\r\n", "a\nb"));
  assert.ok(!equal({ kind: "rich", markup: "textile" }, "<p>a</p>", "a"));
});

test("several values are a set; empty has one meaning", () => {
  const tags = { kind: "option", multiple: true } as const;
  assert.ok(equal(tags, ["a", "b"], ["b", "a"]));
  assert.ok(equal(tags, ["a"], "a"));
  assert.ok(!equal(tags, ["a", "b"], ["a"]));
  for (const kind of KINDS) {
    assert.ok(equal({ kind, multiple: true }, null, []));
    assert.ok(equal({ kind, markup: "html" }, null, null));
    assert.ok(!equal({ kind }, null, "1"), kind);
  }
  assert.ok(equal({ kind: "rich", markup: "html" }, "<html><body></body></html>", null));
});

test("every value equals itself", () => {
  fc.assert(
    fc.property(fc.constantFrom(...KINDS), fc.string(), (kind, text) => {
      assert.ok(equal({ kind, ...(kind === "rich" ? { markup: "html" } : {}) }, text, text));
    }),
  );
});
