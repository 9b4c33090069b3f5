import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { whyIncompatible } from "../../../daemon/config/content/kinds.ts";
import type { FieldKind, FieldSchema } from "../../../daemon/core/field.ts";
import type { Value } from "../../../daemon/core/record.ts";
import { carry } from "../../../daemon/fields/carry.ts";
import { equalValues } from "../../../daemon/fields/equal.ts";
import { carried, entry, field, type Given, notesOf, passage, person, refused, valueMap } from "./passage.ts";

const DIRECTORY = { release: [entry("1", "one"), entry("2", "two")] };
const WORLD = { people: [person("anna", ["anna@example.com"])], directories: DIRECTORY };
const REFERENCE = { kind: "reference", target: "release" } as const;
const BOTH = { source: WORLD, target: WORLD };

/** What a value of each kind becomes in each kind: null where it is an error of the field. */
const TABLE: readonly [
  from: Partial<FieldSchema>,
  value: string,
  becomes: Readonly<Record<FieldKind, string | null>>,
][] = [
  [
    { kind: "string" },
    "one",
    {
      string: "one",
      rich: "<p>one</p>",
      number: null,
      date: null,
      datetime: null,
      boolean: null,
      option: "one",
      user: "one",
      reference: "1",
    },
  ],
  [
    { kind: "string" },
    "2026-03-01",
    {
      string: "2026-03-01",
      rich: "<p>2026-03-01</p>",
      number: null,
      date: "2026-03-01",
      datetime: "2026-03-01T00:00:00Z",
      boolean: null,
      option: "2026-03-01",
      user: "2026-03-01",
      reference: null,
    },
  ],
  [
    { kind: "rich", markup: "html" },
    "<p>two</p>",
    {
      string: "two",
      rich: "<p>two</p>",
      number: null,
      date: null,
      datetime: null,
      boolean: null,
      option: "two",
      user: "<p>two</p>",
      reference: null,
    },
  ],
  [
    { kind: "number" },
    "1",
    {
      string: "1",
      rich: "<p>1</p>",
      number: "1",
      date: null,
      datetime: null,
      boolean: "true",
      option: "1",
      user: "1",
      reference: null,
    },
  ],
  [
    { kind: "date" },
    "2026-03-01",
    {
      string: "2026-03-01",
      rich: "<p>2026-03-01</p>",
      number: null,
      date: "2026-03-01",
      datetime: "2026-03-01T00:00:00Z",
      boolean: null,
      option: "2026-03-01",
      user: "2026-03-01",
      reference: null,
    },
  ],
  [
    { kind: "datetime" },
    "2026-03-01T23:00:00Z",
    {
      string: "2026-03-01T23:00:00Z",
      rich: "<p>2026-03-01T23:00:00Z</p>",
      number: null,
      date: "2026-03-01",
      datetime: "2026-03-01T23:00:00Z",
      boolean: null,
      option: "2026-03-01T23:00:00Z",
      user: "2026-03-01T23:00:00Z",
      reference: null,
    },
  ],
  [
    { kind: "boolean" },
    "true",
    {
      string: "true",
      rich: "<p>true</p>",
      number: null,
      date: null,
      datetime: null,
      boolean: "true",
      option: "true",
      user: "true",
      reference: null,
    },
  ],
  [
    { kind: "option" },
    "two",
    {
      string: "two",
      rich: "<p>two</p>",
      number: null,
      date: null,
      datetime: null,
      boolean: null,
      option: "two",
      user: "two",
      reference: "2",
    },
  ],
  [
    { kind: "user" },
    "anna",
    {
      string: "anna",
      rich: "<p>anna</p>",
      number: null,
      date: null,
      datetime: null,
      boolean: null,
      option: "anna",
      user: "anna",
      reference: null,
    },
  ],
  [
    REFERENCE,
    "2",
    {
      string: "two",
      rich: "<p>two</p>",
      number: null,
      date: null,
      datetime: null,
      boolean: null,
      option: "two",
      user: "two",
      reference: "2",
    },
  ],
];

function target(kind: FieldKind): Partial<FieldSchema> {
  if (kind === "reference") return REFERENCE;
  return kind === "rich" ? { kind, markup: "html" } : { kind };
}

test("every kind carries to every kind as the table says", () => {
  for (const [from, given, becomes] of TABLE) {
    for (const [kind, wanted] of Object.entries(becomes) as [FieldKind, string | null][]) {
      const result = carry(given, passage({ from, to: target(kind), ...BOTH }));
      const got = result.kind === "value" ? result.value : result.kind;
      assert.equal(got, wanted ?? "fault", `${from.kind} "${given}" as ${kind}`);
    }
  }
});

test("what the check lets pass can be carried: each pair of kinds has a value that arrives", () => {
  for (const [from] of TABLE) {
    for (const kind of Object.keys(TABLE[0]?.[2] ?? {}) as FieldKind[]) {
      const ends = { from: field("here", from), to: field("there", target(kind)) };
      if (whyIncompatible(ends.from, ends.to, false) !== null) continue;
      const samples = ["1", "one", "true", "2026-03-01", "2026-03-01T00:00:00Z", "anna"];
      const some = samples.some((given) => carry(given, passage({ ...ends, ...BOTH })).kind === "value");
      assert.ok(some, `nothing of ${from.kind} can be carried to ${kind}`);
    }
  }
});

test("an empty field is carried as empty, whatever the row says", () => {
  const values = valueMap({ a: "b" }, {});
  for (const [from] of TABLE) {
    for (const unmapped of ["copy", "skip", "error", { value: "x" }] as const) {
      const result = carry(null, passage({ from, mapping: { values, unmapped, defaultUser: { right: "x" } } }));
      assert.deepEqual(result, { kind: "value", value: null, notes: [] });
    }
  }
});

test("a value of the field's own kind and form comes through unchanged, and back", () => {
  const texts = fc
    .string({ unit: "grapheme", minLength: 1 })
    .filter((text) => text.trim() === text && !/[\r\n]/.test(text));
  const lists = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,5}$/), { minLength: 1 }).map((all) => all.sort());
  const kinds: readonly [Partial<FieldSchema>, fc.Arbitrary<Value>][] = [
    [{ kind: "string" }, texts],
    [{ kind: "option" }, texts],
    [{ kind: "option", multiple: true }, lists],
    [{ kind: "rich", markup: "markdown" }, texts],
    [{ kind: "number" }, fc.integer().map(String)],
    [REFERENCE, fc.constantFrom("1", "2")],
  ];
  for (const [schema, value] of kinds) {
    fc.assert(
      fc.property(value, (given) => {
        const there = carried(given, { from: schema, to: schema, ...BOTH });
        assert.ok(
          equalValues(field("f", schema), there, given),
          `${JSON.stringify(given)} became ${JSON.stringify(there)}`,
        );
        assert.deepEqual(carried(there, { from: schema, to: schema, toward: "left", ...BOTH }), there);
      }),
    );
  }
});

test("carrying what was carried changes nothing more: the second run writes nothing", () => {
  const given = fc.string({ maxLength: 60 });
  const to = fc.constantFrom<Partial<FieldSchema>>(
    { kind: "string", maxLength: { size: 9, unit: "bytes" } },
    { kind: "rich", markup: "html" },
    { kind: "rich", markup: "html", maxLength: { size: 30, unit: "characters" } },
    { kind: "rich", markup: "plain" },
  );
  fc.assert(
    fc.property(given, to, (text, schema) => {
      const once = carried(text, { to: schema });
      assert.ok(equalValues(field("there", schema), carried(text, { to: schema }), once));
      const again = carried(once, { from: schema, to: schema });
      assert.ok(
        equalValues(field("there", schema), again, once),
        `${JSON.stringify(once)} became ${JSON.stringify(again)}`,
      );
    }),
  );
});

const TEN: Given = { to: { maxLength: { size: 10, unit: "bytes" } } };

test("S25 T1 a text too long for the destination is cut for it alone, and that is told with both lengths", () => {
  assert.equal(carried("Grüße aus Köln", TEN), "Grüße au");
  assert.deepEqual(notesOf("Grüße aus Köln", TEN), ['cut from 17 to 10 bytes for "there" of agm']);
  const result = carry("Grüße aus Köln", passage(TEN));
  assert.ok(result.kind === "value" && result.partial === true && result.echo === undefined);
  const whole = carry("short", passage(TEN));
  assert.deepEqual(whole, { kind: "value", value: "short", notes: [] });
});

test("S25 `overflow = error` leaves the field alone; with `on_error = record` the record", () => {
  assert.match(
    refused("x".repeat(11), { ...TEN, mapping: { overflow: "error" } }),
    /11 bytes do not fit "there" of agm, which holds 10/,
  );
  const result = carry("x".repeat(11), passage({ ...TEN, mapping: { overflow: "error", onError: "record" } }));
  assert.ok(result.kind === "fault" && result.holds === "record");
});

test("S25 `overflow = truncate-both` says what the source becomes", () => {
  const result = carry("x".repeat(11), passage({ ...TEN, mapping: { overflow: "truncate-both" } }));
  assert.ok(result.kind === "value" && result.partial === undefined);
  assert.equal(result.echo, "x".repeat(10));
});

test("formatted text is cut as the text it shows, never inside a tag", () => {
  const to = { kind: "rich", markup: "html", maxLength: { size: 30, unit: "characters" } } as const;
  const given = '<p>One &amp; two</p><p><a href="https://example.com/a/long/address">three</a></p>';
  const cut = carried(given, { from: { kind: "rich", markup: "html" }, to });
  assert.ok(
    typeof cut === "string" && cut.length <= 30 && cut.startsWith("<p>One &amp; two") && cut.endsWith("</p>"),
    String(cut),
  );
});

test("a list value that the tracker's list does not have is an error of the field; unverified lists take it", () => {
  const to = { kind: "option", options: ["Web", "iOS"], verified: true } as const;
  assert.match(refused("Linux", { to }), /"Linux" is not in the list of "there" in agm \(Web, iOS\)/);
  assert.equal(carried("Linux", { to: { ...to, verified: false } }), "Linux");
  assert.equal(carried("Web", { to }), "Web");
});

test("a list value is never cut", () => {
  const to = { kind: "option", maxLength: { size: 3, unit: "bytes" } } as const;
  assert.match(refused("Linux", { to }), /longer than a value of "there"/);
  assert.equal(carried("iOS", { to }), "iOS");
});

test("S26 T23 floats are carried as decimals, both ways, without a digit more or less", () => {
  const there = { from: { kind: "string" }, to: { kind: "number" } } as const;
  const back = { from: { kind: "number" }, to: { kind: "string" }, toward: "left" } as const;
  for (const [text, number] of [
    ["0.10", "0.1"],
    ["12.5", "12.5"],
    ["1e3", "1000"],
    ["0.10000000000000001", "0.10000000000000001"],
  ] as const) {
    assert.equal(carried(text, there), number);
    assert.equal(carried(number, back), number);
  }
  assert.match(refused("1,5", there), /"1,5" is not a number/);
});

test("several values: a text holds them all within its limit, another field one", () => {
  const from = { kind: "option", multiple: true } as const;
  assert.equal(carried(["iOS", "Web"], { from, to: { kind: "string" } }), "iOS; Web");
  assert.equal(carried(["iOS", "Web"], { from, to: { kind: "rich", markup: "html" } }), "<p>iOS; Web</p>");
  assert.equal(
    carried(["iOS", "Web"], { from, to: { kind: "string", maxLength: { size: 6, unit: "bytes" } } }),
    "iOS; W",
  );
  const result = carry(["iOS", "Web"], passage({ from, to: { kind: "option" } }));
  assert.ok(result.kind === "fault" && result.holds === undefined, "one field never holds the record here");
  const to = { kind: "option", options: ["Web", "iOS"] } as const;
  assert.equal(carried(["iOS", "Web"], { from, to, mapping: { several: "first" } }), "Web");
  assert.equal(carried(["iOS", "Web"], { from, to, mapping: { several: "latest" } }), "iOS");
});

test("a text that holds several comes back as several", () => {
  const to = { kind: "option", multiple: true } as const;
  assert.deepEqual(carried("Web; iOS", { to }), ["Web", "iOS"]);
  assert.deepEqual(carried("Web", { to }), ["Web"]);
  assert.deepEqual(carried("Web; iOS", { to: { ...to, options: ["Web; iOS"] } }), ["Web; iOS"]);
});

const PRIORITY = { kind: "option" } as const;
const FOUR = valueMap(
  { Low: "1", Medium: "2", High: "3", Critical: "4" },
  { "1": "Low", "2": "Medium", "3": "High", "4": "Critical" },
);
const THREE = valueMap(
  { Low: "1", Medium: "2", High: "2", Critical: "3" },
  { "1": "Low", "2": "High", "3": "Critical" },
);
const there = (map: typeof FOUR): Given => ({ from: PRIORITY, to: PRIORITY, mapping: { values: map } });
const back = (map: typeof FOUR): Given => ({ ...there(map), toward: "left" });

test("S69 S72 S75 Priority Low/Medium/High/Critical and Importance 1 to 4: Medium to High makes 2 into 3", () => {
  assert.equal(carried("Medium", there(FOUR)), "2");
  assert.equal(carried("High", there(FOUR)), "3");
  assert.equal(carried("3", back(FOUR)), "High");
});

test("S71 S76 Medium and High both become 2; S77 2 comes back as High", () => {
  assert.equal(carried("Medium", there(THREE)), "2");
  assert.equal(carried("High", there(THREE)), "2");
  assert.equal(carried("2", back(THREE)), "High");
});

test("S70 strings, lists of one or several values and users are mapped", () => {
  const values = valueMap({ a: "x", b: "y" }, {});
  assert.equal(carried("a", { mapping: { values } }), "x");
  const several = { kind: "option", multiple: true } as const;
  assert.deepEqual(carried(["a", "b"], { from: several, to: several, mapping: { values } }), ["x", "y"]);
  assert.equal(carried("a", { from: { kind: "user" }, to: { kind: "user" }, mapping: { values } }), "x");
});

test("S73 a value without a row is copied, left alone, an error, or a given value", () => {
  const values = valueMap({ a: "x" }, { y: "b" });
  const row = (unmapped: "copy" | "skip" | "error" | { value: string }): Given => ({ mapping: { values, unmapped } });
  assert.equal(carried("other", row("copy")), "other");
  assert.deepEqual(carry("other", passage(row("skip"))), { kind: "skip" });
  assert.match(refused("other", row("error")), /"other" has no row in the value map "v"/);
  assert.equal(carried("other", row({ value: "rest" })), "rest");
  assert.equal(carried("a", row("error")), "x");
  assert.equal(carried("x", { ...row("copy"), toward: "left" }), "x", "a one-way row does not work backwards");
  assert.equal(carried("y", { ...row("error"), toward: "left" }), "b");
});

test("S73 among several values those left alone do not empty the field", () => {
  const values = valueMap({ a: "x" }, {});
  const several = { kind: "option", multiple: true } as const;
  const given: Given = { from: several, to: several, mapping: { values, unmapped: "skip" } };
  assert.deepEqual(carried(["a", "b"], given), ["x"]);
  assert.deepEqual(carry(["b", "c"], passage(given)), { kind: "skip" });
});

test("no value is taken for a name that every object has", () => {
  assert.equal(carried("constructor", { mapping: { values: valueMap({}, {}) } }), "constructor");
  assert.equal(carried("__proto__", { mapping: { values: valueMap({}, {}) } }), "__proto__");
});

test("whatever the value, carrying ends in a value, a skip or a fault with a message, never in an exception", () => {
  const kinds = TABLE.map(([from]) => from);
  const schema = fc.tuple(fc.constantFrom(...kinds), fc.boolean()).map(([one, multiple]) => ({ ...one, multiple }));
  const value = fc.oneof(fc.string(), fc.uniqueArray(fc.string(), { maxLength: 3 }), fc.constant(null));
  fc.assert(
    fc.property(schema, schema, value, (from, to, given) => {
      const result = carry(given, passage({ from, to, ...BOTH }));
      if (result.kind === "fault") assert.notEqual(result.message, "");
      else if (result.kind === "value") {
        assert.ok(
          result.value !== "" && !(Array.isArray(result.value) && result.value.length === 0),
          "empty has one spelling",
        );
        if (!to.multiple) assert.ok(!Array.isArray(result.value));
      }
    }),
  );
});

test("E138 a value map may empty a field of any kind", () => {
  const values = valueMap({ none: "" }, {});
  for (const kind of ["string", "option", "number", "date", "reference", "user"] as const)
    assert.equal(
      carried("none", { to: { kind, options: ["a"], verified: true, target: "release" }, mapping: { values } }),
      null,
      kind,
    );
});
