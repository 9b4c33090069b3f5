import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { FieldSchema } from "../../../daemon/core/field.ts";
import type { FieldMapping, Side } from "../../../daemon/core/snapshot.ts";
import { carry } from "../../../daemon/fields/carry.ts";
import { equalValues } from "../../../daemon/fields/equal.ts";
import { build, field, mapping, plainType } from "./build.ts";
import { textTree } from "./corpus.ts";

const M = "mappings/m.toml";
/** Line of the table `[values.s]`, whose parts begin on the next one. */
const TABLE = 14;

function mapped(parts: string, more = "", fields = "state2"): string {
  return mapping("", `[links.items.fields]\n${fields} = { b = "state2", values = "s"${more} }\n[values.s]\n${parts}\n`);
}

async function told(text: string, files: Readonly<Record<string, string>> = {}) {
  const built = await build(textTree({ [M]: text, ...files }));
  const all = built.ok ? built.candidate.warnings : built.diagnostics;
  return all.filter(({ code }) => code !== "schema-missing");
}

/** A status map as somebody would move it over from a script: many states, few on the other side, some keys written twice. */
function largeMap(): string {
  const states = Array.from({ length: 40 }, (_, n) => `State ${n}`);
  const rows = states.map((state, n) => `  "${state}" = "${["Open", "Work", "Test", "Done", "Gone"][n % 5]}",`);
  const twice = [3, 7, 21, 33].map((n) => `  "State ${n}" = "Open",`);
  return ["both = {", ...rows, ...twice, "}"].join("\n");
}

test("B8 a large map: four keys that stand twice and thirty-five rows that do not come back, each by itself with its line", async () => {
  const found = await told(mapped(largeMap()));
  const of = (code: string) => found.filter((one) => one.code === code);
  assert.equal(found.length, 39, JSON.stringify(found.map(({ code, line }) => [code, line])));
  assert.deepEqual(
    of("duplicate-key").map(({ line, message }) => [line, message]),
    [3, 7, 21, 33].map((n, i) => [
      TABLE + 1 + 41 + i,
      `"State ${n}" stands twice in one table. The first stands in line ${TABLE + 2 + n}.`,
    ]),
  );
  assert.deepEqual(
    of("value-map-inverse").map(({ line, message }) => [line, message]),
    Array.from({ length: 35 }, (_, i) => [
      TABLE + 2 + 5 + i,
      `In the value map "s" "State ${i + 5}" becomes "${["Open", "Work", "Test", "Done", "Gone"][i % 5]}", as "State ${i % 5}" in line ${TABLE + 2 + (i % 5)} does: which one comes back is not said.`,
    ]),
  );
});

/** As two scripts have it, one a side: areas of work to projects with one list, projects to areas with another. */
function twoScripts(): string {
  const own = Array.from({ length: 43 }, (_, n) => [`Area ${n}`, `P${n}`] as const);
  // Several areas of one project, of which one comes back (32); one whose way back is spelt otherwise (3 areas lose themselves by it).
  const more = Array.from({ length: 32 }, (_, n) => [`Area ${n % 5}/${n}`, `P${n % 5}`] as const);
  const lost = [
    ["New clock", "NC"],
    ["Talent A", "TC"],
    ["Talent B", "TC"],
  ] as const;
  const back = [...own.map(([area, project]) => [project, area] as const), ["NC", "New clocks"], ["TC", "Talent CI"]];
  const twins = [
    ["G1", "Area 0"],
    ["G2", "Area 1"],
  ] as const;
  const table = (rows: readonly (readonly string[])[]) => rows.map(([from, to]) => `"${from}" = "${to}",`).join("\n");
  return `to-b = {\n${table([...own, ...more, ...lost])}\n}\nto-a = {\n${table([...back, ...twins])}\n}`;
}

test("B8 two lists as scripts have them: the 4 + 35 rows that do not come back are told, each once by its line, the 43 that do are not", async () => {
  const found = (await told(mapped(twoScripts()))).filter(({ code }) => code.startsWith("value-map-"));
  const toB = TABLE + 2;
  const toA = toB + 43 + 35 + 2;
  assert.deepEqual(
    found.map(({ line, column }) => [line, column]),
    [...Array.from({ length: 35 }, (_, n) => [toB + 43 + n, 1]), ...[43, 44, 45, 46].map((n) => [toA + n, 1])],
  );
  const [areas] = found;
  assert.equal(areas?.severity, "warning", "what comes back is said, and settles");
  assert.equal(areas?.message, `"Area 0/0" becomes "P0" in "state2" of b, and comes back as "Area 0" (line ${toA}).`);
  assert.match(areas?.hint ?? "", /both = \{ "Area 0" = "P0" \}/);
  assert.match(
    found.at(-1)?.message ?? "",
    /^"G2" becomes "Area 1" in "state2" of a, and comes back as "P1" \(line \d+\)\.$/,
  );
});

test("B8 S71 an extra value beside a row of both goes one way, and so meant: nothing is told", async () => {
  assert.deepEqual(
    await told(mapped('both = { Low = "1", High = "2" }\nto-b = { Medium = "2" }\nto-a = { "3" = "High" }')),
    [],
  );
  const [only, ...others] = await told(mapped('to-b = { Medium = "2", High = "2" }\nto-a = { "2" = "High" }'));
  assert.deepEqual(others, []);
  assert.deepEqual([only?.code, only?.severity, only?.line, only?.column], ["value-map-inverse", "warning", 15, 10]);
  const oneWay = mapped('to-b = { Medium = "2", High = "2" }\nto-a = { "2" = "High" }', ', direction = "to-b"');
  assert.ok((await told(oneWay)).every(({ code }) => code !== "value-map-inverse"));
});

test("B8 rows whose value the tracker spells otherwise than the map, so that it comes back by another row, are refused", async () => {
  const inverse = async (row: string, both: string) => {
    const text = mapping(
      "",
      `[links.items.fields]\ntags = { b = "${row}", values = "s" }\n[values.s]\nboth = ${both}\n`,
    );
    const found = (await told(text)).filter(({ severity }) => severity === "error");
    return found.map(({ code, column, message }) => [code, column, message]);
  };
  assert.deepEqual(await inverse("points", '{ One = "1", Uno = "1.0" }'), [
    ["value-map-inverse", 21, '"Uno" becomes "1.0", but "points" of b holds that as "1", which comes back as "One".'],
  ]);
  assert.deepEqual(await inverse("flag", '{ Y = "true", N = "yes" }'), [
    ["value-map-inverse", 22, '"N" becomes "yes", but "flag" of b holds that as "true", which comes back as "Y".'],
  ]);
  assert.deepEqual(await inverse("flag", '{ Y = "true", N = "false" }'), []);
  assert.deepEqual(await inverse("code", '{ A = "sameness", B = "samenes2" }'), [
    [
      "value-map-inverse",
      10,
      '"A" becomes "sameness", but "code" of b holds that as "samen", which comes back as "samen".',
    ],
    [
      "value-map-inverse",
      26,
      '"B" becomes "samenes2", but "code" of b holds that as "samen", which comes back as "samen".',
    ],
  ]);
});

test("B8 rows of one direction that nothing brings back are told one by one, with each other", async () => {
  const found = await told(mapped('to-b = { Low = "1", Medium = "2", High = "2", Top = "2" }'));
  assert.deepEqual(
    found.filter((one) => one.code === "value-map-inverse").map(({ severity, column }) => [severity, column]),
    [
      ["warning", 10],
      ["error", 21],
      ["error", 35],
      ["error", 47],
    ],
  );
  assert.match(found[1]?.message ?? "", /"Medium" becomes "2" .*, as "High" \(line 15\), "Top" \(line 15\) do, but/);
  const oneEach = await told(mapped('to-b = { Low = "1", Medium = "2" }'));
  assert.equal(oneEach.filter((one) => one.code === "value-map-inverse" && one.severity === "warning").length, 2);
});

test("B8 the same value in two parts of a map is told with the line of the first", async () => {
  const [found] = await told(mapped('both = { A = "X" }\nto-b = { A = "Y" }'));
  assert.deepEqual([found?.code, found?.line, found?.column], ["value-map-inverse", 16, 10]);
  assert.match(found?.message ?? "", /by "both" in line 15 and by "to-b"/);
});

test("B8 a listed value without a row that comes back as another one is a warning, unless the row says what becomes of such values", async () => {
  const text = (more: string) => mapped('both = { Open = "Closed" }', more, "state");
  const inverse = async (more: string) =>
    (await told(text(more))).filter((one) => one.code === "value-map-inverse").map(({ message }) => message);
  const [only, ...others] = await inverse("");
  assert.deepEqual(others, []);
  assert.match(
    only ?? "",
    /^"Closed" of "state" in a has no row .* copied as it is to b, it comes back as "Open" \(line 15\)/,
  );
  assert.deepEqual(await inverse(', unmapped = "error"'), []);
});

test("B9 values that go in a circle are an error that names the circle with its lines, once", async () => {
  const found = await told(
    mapped(
      'to-b = { A = "X",\n  B = "Y",\n  C = "Z" }\nto-a = { X = "B",\n  Y = "C",\n  Z = "A" }'.replaceAll(",\n", ", "),
    ),
  );
  const circles = found.filter((one) => one.code === "value-map-circle");
  assert.equal(circles.length, 1);
  assert.deepEqual([circles[0]?.severity, circles[0]?.line, circles[0]?.column], ["error", 15, 10]);
  assert.match(
    circles[0]?.message ?? "",
    /"A" of "state2" in a never settles, it goes in a circle: .*"X" in b \(line 15\) → "B" in a \(line 16\) → "Y" in b \(line 15\) → "C" in a \(line 16\) → "Z" in b/,
  );
});

test("B9 a value that is another one after one round is refused, though it comes to rest later", async () => {
  const found = await told(mapped('both = { A = "X" }\nto-a = { X = "C" }'));
  const circles = found.filter((one) => one.code === "value-map-circle");
  assert.deepEqual(
    circles.map(({ message }) => message),
    [
      '"A" of "state2" in a is another value after one round to b and back: "A" in a → "X" in b (line 15) → "C" in a (line 16) → "C" in b.',
    ],
  );
  // One way nothing comes back.
  const oneWay = await told(mapped('both = { A = "X" }\nto-a = { X = "C" }', ', direction = "to-b"'));
  assert.deepEqual(
    oneWay.filter((one) => one.code === "value-map-circle"),
    [],
  );
});

test("B9 what stands in for values without a row settles too, or is refused", async () => {
  const circles = async (parts: string) =>
    (await told(mapped(parts, ', unmapped = { value = "Other" }'))).filter((one) => one.code === "value-map-circle");
  assert.deepEqual(await circles('both = { A = "X", Other = "Other" }'), []);
  assert.equal((await circles('to-b = { A = "X" }')).length, 1, "X comes back as Other, which stays Other");
});

test("B9 a users file whose people change places is refused, one that leads back is not", async () => {
  const rows = '[links.items.fields]\nowner = { b = "owner", users = "u" }\n';
  const circles = async (csv: string) =>
    (await told(mapping("", rows), { "users/u.csv": csv })).filter((one) => one.code === "value-map-circle");
  assert.equal((await circles("a,<>,b\nann,>,x\nbob,<,x\nbob,>,y\nann,<,y\n")).length, 1);
  assert.deepEqual(await circles("a,<>,b\nann,<>,x\nbob,>,x\ncarl,<>,y\n"), []);
});

test("B9 T22 a constant that is to be kept beside a row that writes its field is told: the row counts", async () => {
  const text = (row: string, constant: string) =>
    mapping("", `[links.items.fields]\n${row}\n[links.items.constants.b]\ntitle = ${constant}\n`);
  const always = '{ value = "x", when = "always" }';
  const [found] = await told(text('title = "title"', always));
  assert.deepEqual([found?.code, found?.severity, found?.line], ["constant-without-effect", "warning", 15]);
  assert.deepEqual(await told(text('title = { b = "title", direction = "to-a" }\ntext = "text"', always)), []);
  assert.deepEqual(await told(text('title = "title"', '"x"')), []);
});

const LEFT = ["A", "B", "C", "D"];
const RIGHT = ["X", "Y", "Z", "D"];
const part = (from: readonly string[], to: readonly string[]) =>
  fc.dictionary(fc.constantFrom(...from), fc.constantFrom(...to), { maxKeys: 4 });
const generated = fc.record({
  both: part(LEFT, RIGHT),
  toB: part(LEFT, RIGHT),
  toA: part(RIGHT, LEFT),
  unmapped: fc.constantFrom("", '"copy"', '"skip"', '"error"', '{ value = "D" }'),
});

function inline(rows: Readonly<Record<string, string>>): string {
  return `{ ${Object.entries(rows)
    .map(([from, to]) => `${from} = "${to}"`)
    .join(", ")} }`;
}

const LISTS: Readonly<Record<Side, FieldSchema>> = {
  left: field("here", { kind: "option", options: LEFT }),
  right: field("there", { kind: "option", options: RIGHT }),
};
const LISTED = {
  ...plainType,
  stock: (entity: string) =>
    entity === "item" ? { entity, label: "Item", fields: { here: LISTS.left, there: LISTS.right }, open: [] } : null,
};

/** What the engine makes of a value; null where it writes nothing. */
function carried(value: string, toward: Side, row: FieldMapping): string | null {
  const from = toward === "right" ? "left" : "right";
  const world = (endpoint: string) => ({ endpoint, people: null, directories: new Map() });
  const passage = {
    from: LISTS[from],
    to: LISTS[toward],
    mapping: row,
    toward,
    source: world(from),
    target: world(toward),
  };
  const result = carry(value, passage);
  return result.kind === "value" && typeof result.value === "string" ? result.value : null;
}

function settles(value: string, over: Side, row: FieldMapping): boolean {
  const back = over === "right" ? "left" : "right";
  const once = carried(value, over, row);
  const home = once === null ? null : carried(once, back, row);
  const twice = home === null ? null : carried(home, over, row);
  return twice === null || equalValues(LISTS[over], once, twice);
}

test("B9 whatever map the check lets pass settles in the engine after one round; what does not settle is refused", async () => {
  const seen = { passed: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(generated, async ({ both, toB, toA, unmapped }) => {
      const forward = Object.fromEntries(Object.entries(toB).filter(([from]) => !Object.hasOwn(both, from)));
      const text = mapping(
        'create = "none"',
        `[links.items.fields]\nhere = { b = "there", values = "s"${unmapped === "" ? "" : `, unmapped = ${unmapped}`} }\n[values.s]\nboth = ${inline(both)}\nto-b = ${inline(forward)}\nto-a = ${inline(toA)}\n`,
      );
      const built = await build(textTree({ [M]: text }), { connectorTypes: [LISTED] });
      const values = { left: [...LEFT, "D"], right: [...RIGHT, "D"] };
      if (built.ok) {
        const row = built.candidate.connections[0]?.links[0]?.fields[0] ?? assert.fail("no row");
        for (const value of values.left) assert.ok(settles(value, "right", row), `${value} of the left: ${text}`);
        for (const value of values.right) assert.ok(settles(value, "left", row), `${value} of the right: ${text}`);
        seen.passed += 1;
      } else {
        const codes = new Set(built.diagnostics.map(({ code }) => code));
        for (const code of codes) assert.match(code, /^value-map-(circle|inverse)$/);
        seen.refused += 1;
      }
    }),
    { numRuns: 400, seed: 7 },
  );
  assert.ok(seen.passed > 40 && seen.refused > 40, JSON.stringify(seen));
});

test("B8 a value map of ten thousand rows is checked in time that grows with its rows, not with their square", async () => {
  const table = (count: number) =>
    mapped(`both = {\n${Array.from({ length: count }, (_, n) => `"left ${n}" = "right ${n}",`).join("\n")}\n}`);
  // The processor's time: a busy machine makes others wait, not this count.
  const took = async (tree: ReturnType<typeof textTree>) => {
    const before = process.cpuUsage();
    assert.ok((await build(tree)).ok);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  const [small, large] = [textTree({ [M]: table(2000) }), textTree({ [M]: table(16_000) })];
  const [few, many]: [number[], number[]] = [[], []];
  for (let n = 0; n < 4; n++) {
    few.push(await took(small));
    many.push(await took(large));
  }
  const ratio = Math.min(...many) / Math.min(...few);
  // Eight times the rows; by their square it would be sixty-four times the work.
  assert.ok(ratio < 28, `${few.map(Math.round).join(", ")} ms, ${many.map(Math.round).join(", ")} ms`);
});

test("B8 forty mappings with value maps of a hundred rows are checked in less than a second", async () => {
  const rows = Array.from({ length: 100 }, (_, n) => `"left ${n}" = "right ${n}"`).join(", ");
  const files = Object.fromEntries(
    Array.from({ length: 40 }, (_, n) => [
      `mappings/m${n}.toml`,
      mapped(`both = { ${rows} }`).replace('url = "a"', `url = "a${n}"`),
    ]),
  );
  const tree = textTree(files);
  const times: number[] = [];
  for (let n = 0; n < 4; n++) {
    const began = performance.now();
    assert.ok((await build(tree)).ok);
    times.push(performance.now() - began);
  }
  const best = Math.min(...times);
  console.log(`B8: 40 mappings with 100-row value maps: ${Math.round(best)} ms`);
  assert.ok(best < 1000, `${times.map(Math.round).join(", ")} ms`);
});

test("S69 S73 a value map row for the empty text, and an unmapped without a value map, count for nothing and are told", async () => {
  const empty = await told(mapped('both = { "" = "2" }\nto-b = { " " = "1" }'));
  assert.deepEqual(
    empty.filter(({ code }) => code === "never-counts").map(({ severity, line, message }) => [severity, line, message]),
    [
      ["warning", TABLE + 1, '"" in both is never looked up: an empty field is carried as empty.'],
      ["warning", TABLE + 2, '"" in to-b is never looked up: an empty field is carried as empty.'],
    ],
  );
  const emptied = await told(mapped('to-b = { "n/a" = "" }', ', direction = "to-b"'));
  assert.deepEqual(
    emptied.filter(({ severity }) => severity === "error"),
    [],
    "a value may well be emptied",
  );
  const row = (more: string) => mapping("", `[links.items.fields]\nstate2 = { b = "state2"${more} }\n`);
  for (const given of ['"skip"', '"error"', '{ value = "Other" }']) {
    const [first] = await told(row(`, unmapped = ${given}`));
    assert.deepEqual([first?.code, first?.severity], ["never-counts", "warning"], given);
    assert.match(first?.message ?? "", /the row "state2" names none/);
  }
  assert.deepEqual(await told(row(', unmapped = "copy"')), []);
});

test("B8 what stands in for values without a row, and is no value of the list, is told where it stands", async () => {
  const text = mapped('both = { New = "1" }', ', unmapped = { value = "Opne" }', "state");
  const found = (await told(text)).filter(({ code }) => code === "unknown-option");
  const column = (text.split("\n")[12] ?? "").indexOf('"Opne"') + 1;
  assert.deepEqual(
    found.map(({ line, column: at, hint }) => [line, at, hint]),
    [[13, column, 'Did you mean "Open"?']],
  );
});

test("B9 people that change places are told with the lines of the users file", async () => {
  const rows = '[links.items.fields]\nowner = { b = "owner", users = "u" }\n';
  const found = await told(mapping("", rows), { "users/u.csv": "a,<>,b\nann,>,x\nbob,<,x\nbob,>,y\nann,<,y\n" });
  const [only] = found.filter(({ code }) => code === "value-map-circle");
  assert.match(only?.message ?? "", /"ann" in a → "x" in b \(users\/u\.csv:2\) → "bob" in a \(users\/u\.csv:3\)/);
  assert.match(only?.hint ?? "", /correct these rows of users\/u\.csv/);
});
