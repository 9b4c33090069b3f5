import assert from "node:assert/strict";
import { test } from "node:test";
import { faultsOf, sameMemo } from "../../../../daemon/connectors/alm/faults.ts";
import { canonicalNumber, toNeutral, toWire } from "../../../../daemon/connectors/alm/map.ts";
import { collectionOf, entityMeta, type FieldMeta } from "../../../../daemon/connectors/alm/schema.ts";
import { createZone } from "../../../../daemon/lib/zone.ts";
import { fail } from "./fake.ts";

const berlin = createZone("Europe/Berlin");

function field(name: string, type: string, more: Partial<FieldMeta> = {}): FieldMeta {
  return {
    name,
    type,
    label: name,
    size: 255,
    required: false,
    editable: true,
    virtual: false,
    active: true,
    verify: false,
    filterable: true,
    multiple: false,
    list: null,
    target: null,
    ...more,
  };
}

test("numbers have one spelling", () => {
  const pairs: readonly (readonly [string, string | null])[] = [
    ["42", "42"],
    ["007", "7"],
    ["-0.50", "-0.5"],
    ["1.0", "1"],
    [".5", "0.5"],
    ["-0", "0"],
    ["+3", "3"],
    ["12345678901234567890", "12345678901234567890"],
    ["1e3", null],
    ["", null],
    ["1,5", null],
    ["abc", null],
    ["-", null],
    [".", null],
  ];
  for (const [text, expected] of pairs) assert.equal(canonicalNumber(text), expected, text);
});

test("wire values become neutral ones by the field's type", () => {
  const neutral = (type: string, values: readonly string[], more: Partial<FieldMeta> = {}) =>
    toNeutral(values, field("f", type, more), berlin, fail);
  assert.equal(neutral("Number", ["05"]), "5");
  assert.equal(neutral("Date", ["2026-01-31"]), "2026-01-31");
  assert.equal(neutral("DateTime", ["2026-07-01 10:00:00"]), "2026-07-01T08:00:00Z");
  assert.equal(neutral("DateTime", ["2026-10-25 02:30:00"]), "2026-10-25T00:30:00Z");
  assert.equal(neutral("String", []), null);
  assert.equal(neutral("LookupList", ["a;b"]), "a;b");
  assert.deepEqual(neutral("LookupList", ["a;b", "c", "c"], { multiple: true }), ["a;b", "c"]);
  assert.deepEqual(neutral("Reference", ["1001; 1003"], { multiple: true }), ["1001", "1003"]);
  assert.equal(neutral("Reference", [], { multiple: true }), null);
  for (const [type, value] of [
    ["Number", "many"],
    ["Date", "soon"],
    ["DateTime", "2026-01-31"],
  ] as const)
    assert.throws(() => neutral(type, [value]), /due/);
});

test("neutral values become wire values, name first and type last", () => {
  const meta = entityMeta("requirement", [
    field("name", "String"),
    field("type-id", "Reference"),
    field("at", "DateTime"),
    field("rel", "Reference", { multiple: true }),
  ]);
  const wire = toWire(
    { "type-id": "3", rel: ["1", "2"], at: "2026-01-01T09:00:00Z", name: "n", gone: null },
    meta,
    berlin,
  );
  assert.deepEqual(
    [...wire],
    [
      ["name", ["n"]],
      ["rel", ["1", "2"]],
      ["at", ["2026-01-01 10:00:00"]],
      ["gone", []],
      ["type-id", ["3"]],
    ],
  );
});

test("what servers do to every memo is no fault; cutting and dropping is", () => {
  const same: readonly (readonly [string, string])[] = [
    ["plain & text\nline", "<html><body>\nplain &amp; text line\n</body></html>"],
    ["<p>a<br>b</p>", "<html><body>\n<p>\n  a<br />b\n</p>\n</body></html>"],
    ["<p>x</p><script>alert(1)</script>", "<html><body><p>x</p></body></html>"],
    ["a <b and c> d", "<html><body>a &lt;b and c&gt; d</body></html>"],
    ["<p>a&nbsp;b &#228;</p>", "<p>a b ä</p>"],
    ["", ""],
  ];
  for (const [sent, stored] of same) assert.equal(sameMemo(sent, stored), true, sent);
  assert.equal(sameMemo("<p>one two three</p>", "<html><body><p>one two</p></body></html>"), false);
  assert.equal(sameMemo("<p>one</p>", ""), false);
});

test("faults name the fields that came back otherwise", () => {
  const meta = entityMeta("defect", [
    field("name", "String"),
    field("owner", "UsersList"),
    field("multi", "LookupList", { multiple: true }),
    field("n", "Number"),
    field("d", "Memo"),
  ]);
  const sent = { name: "  two  blanks ", owner: "Jane", multi: ["b", "a"], n: "5", d: "<p>x</p>" };
  const kept = {
    name: "two blanks",
    owner: "jane",
    multi: ["a", "b"],
    n: "5",
    d: "<html><body><p>x</p></body></html>",
  };
  assert.deepEqual(faultsOf(sent, kept, meta), []);
  const faults = faultsOf(sent, { ...kept, name: "two", multi: ["a"], n: null }, meta);
  assert.deepEqual(
    faults.map((fault) => fault.field),
    ["name", "multi", "n"],
  );
  assert.match(faults[2]?.message ?? "", /sent "5", stored nothing/);
});

test("collections are plurals", () => {
  assert.equal(collectionOf("release-cycle"), "release-cycles");
});
