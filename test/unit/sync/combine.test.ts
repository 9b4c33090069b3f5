import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { combineSets, combineTexts } from "../../../daemon/sync/decide/combine.ts";
import { bench, field, link, row } from "./bench.ts";

const text = field("note", { kind: "rich", markup: "html" });
const tags = field("tags", { kind: "option", multiple: true });

test("B11 union: what either side added is there, what either took away is gone", () => {
  assert.deepEqual(combineSets(["a", "b"], ["a", "b", "c"], ["b", "d"]), ["b", "c", "d"]);
  assert.equal(combineSets(["a"], null, ["a"]), null);
});

test("B11 union: the order of the sides does not matter, and equal changes count once", () => {
  const set = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"));
  fc.assert(
    fc.property(set, set, set, (base, a, b) => {
      assert.deepEqual(combineSets(base, a, b), combineSets(base, b, a));
      assert.deepEqual(combineSets(base, a, base), a.length === 0 ? null : [...a].sort());
    }),
  );
});

test("B11 merge: edits of different places both survive; of the same place, nobody wins", () => {
  const base = "<p>The page hangs.</p><p>Seen in Firefox.</p>";
  const mine = "<p>The login page hangs.</p><p>Seen in Firefox.</p>";
  const theirs = "<p>The page hangs.</p><p>Seen in Firefox and Safari.</p>";
  assert.equal(
    combineTexts(text, base, mine, theirs),
    "<p>The login page hangs.</p><p>Seen in Firefox and Safari.</p>",
  );
  assert.equal(
    combineTexts(
      text,
      base,
      "<p>The shop hangs.</p><p>Seen in Firefox.</p>",
      "<p>The cart hangs.</p><p>Seen in Firefox.</p>",
    ),
    null,
  );
});

test("B11 both sides' changes of a set and of a text are put together on both sides, and the second run is empty", async () => {
  const rows = [
    row("name", "name"),
    row("tags", "tags", { conflict: "union" }),
    row("note", "note", { conflict: "merge" }),
  ];
  const b = bench([field("name"), tags, text], [field("name"), tags, text], link(rows));
  b.left.add({ name: "a", tags: ["x", "y"], note: "<p>one</p><p>two</p>" });
  await b.run();
  b.pass(5);
  b.left.edit("1", { tags: ["x", "y", "z"], note: "<p>one more</p><p>two</p>" });
  b.right.edit("1001", { tags: ["y"], note: "<p>one</p><p>two more</p>" });
  const report = await b.run();
  assert.equal(report.status, "passed", JSON.stringify(report.messages));
  for (const record of [b.left.rows.get("1"), b.right.rows.get("1001")]) {
    assert.deepEqual(record?.fields["tags"], ["y", "z"]);
    assert.equal(record?.fields["note"], "<p>one more</p><p>two more</p>");
  }
  const before = b.writes();
  await b.run({ full: true });
  assert.equal(b.writes(), before);
});
