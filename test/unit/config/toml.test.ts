import assert from "node:assert/strict";
import { test } from "node:test";
import { createReport, reportFor } from "../../../daemon/config/content/report.ts";
import { decodeUtf8 } from "../../../daemon/config/content/text.ts";
import { parseToml, type TomlNode } from "../../../daemon/config/content/toml.ts";

function read(text: string) {
  const report = createReport();
  return { root: parseToml(text, reportFor(report, "m.toml")), problems: report.all() };
}

/** `key@line:column kind@line:column` of every entry, nested ones indented by dots. */
function outline(node: TomlNode, depth = ""): readonly string[] {
  if (node.kind === "array")
    return node.items.flatMap((item) => [
      `${depth}- ${item.kind}@${item.at.line}:${item.at.column}`,
      ...outline(item, `${depth}.`),
    ]);
  if (node.kind !== "table") return [];
  return [...node.entries.values()].flatMap(({ key, keyAt, node: value }) => [
    `${depth}${key}@${keyAt.line}:${keyAt.column} ${value.kind}@${value.at.line}:${value.at.column}`,
    ...outline(value, `${depth}.`),
  ]);
}

test("every key and value has its place", () => {
  const { root } = read(
    'a.b = 1\n[t."q r"]\nx = [1, { y = "é😀" }] # end\n[[t.list]]\n  z = 2026-01-31\n[t.list.sub]\nw = true\n[[t.list]]\n',
  );
  assert.ok(root);
  assert.deepEqual(outline(root), [
    "a@1:1 table@1:1",
    ".b@1:3 integer@1:7",
    "t@2:2 table@2:2",
    ".q r@2:4 table@2:4",
    "..x@3:1 array@3:5",
    "...- integer@3:6",
    "...- table@3:9",
    "....y@3:11 text@3:15",
    ".list@4:5 array@4:5",
    "..- table@4:5",
    "...z@5:3 date@5:7",
    "...sub@6:9 table@6:9",
    "....w@7:1 boolean@7:5",
    "..- table@8:5",
  ]);
});

test("columns are right after characters of two units, and with Windows line ends", () => {
  const { problems } = read('a = "😀" b\r\nc = 1');
  assert.deepEqual(
    problems.map(({ line, column }) => [line, column]),
    [[1, 10]],
  );
  const { root } = read('a = 1\r\nb = "x"\r\n');
  assert.ok(root);
  assert.deepEqual(outline(root), ["a@1:1 integer@1:5", "b@2:1 text@2:5"]);
});

test("integers keep every digit, dates their own words", () => {
  const { root } = read("a = 9007199254740993\nb = 2026-01-31T10:00:00+02:00\nc = 07:32:00");
  assert.deepEqual(root?.entries.get("a")?.node, {
    kind: "integer",
    value: 9_007_199_254_740_993n,
    at: { line: 1, column: 5 },
  });
  assert.deepEqual(root?.entries.get("b")?.node, {
    kind: "date",
    form: "offset-date-time",
    value: "2026-01-31T10:00:00+02:00",
    at: { line: 2, column: 5 },
  });
  assert.equal(root?.entries.get("c")?.node.kind, "date");
});

test("a syntax error is one short line with its place", () => {
  const cases: readonly (readonly [string, number, number, RegExp])[] = [
    ["a = ", 1, 5, /ends too early/],
    ["a = b", 1, 5, /unexpected "b"/],
    ['a = "x\nb = 1', 1, 7, /line ends too early/],
    ["a b = 1", 1, 3, /unexpected "b"/],
    ["[a\nb = 1", 1, 3, /line ends too early/],
    ["[a]\nb = 1\n[a]\nc = 2", 3, 1, /redefine/],
    ["a = 1\na = 2\nb = c", 3, 5, /unexpected "c"/],
    ["a = 1979-13-01", 1, 5, /month 13/],
    ["a = 12345678901234567890", 1, 5, /64-bit/],
    ["a = {x = 1\n", 2, 1, /too early/],
    ['a = "\\q"', 1, 6, /escape/],
  ];
  for (const [text, line, column, message] of cases) {
    const { root, problems } = read(text);
    assert.equal(root, null, text);
    assert.equal(problems.length, 1, text);
    assert.deepEqual([problems[0]?.line, problems[0]?.column], [line, column], text);
    assert.match(problems[0]?.message ?? "", message, text);
    assert.ok((problems[0]?.message.length ?? 0) < 140, text);
  }
});

test("B8 a key that stands twice is told with its place and the line of the first, each by itself; the rest is read", () => {
  const { root, problems } = read(
    '[t]\nboth = { A = "1", "x y" = "2", A = "3", C = "4", \'x y\' = "5" }\n[u]\na.b = 1\nc = 2\r\nc = 3\nd = 4\n',
  );
  assert.deepEqual(
    problems.map(({ line, column, code, message }) => `${line}:${column} ${code} ${message}`),
    [
      '2:32 duplicate-key "A" stands twice in one table. The first stands in line 2.',
      '2:50 duplicate-key "x y" stands twice in one table. The first stands in line 2.',
      '6:1 duplicate-key "c" stands twice in one table. The first stands in line 5.',
    ],
  );
  assert.ok(root);
  assert.deepEqual(outline(root), [
    "t@1:2 table@1:2",
    ".both@2:1 table@2:8",
    "..A@2:10 text@2:14",
    "..x y@2:19 text@2:27",
    "..C@2:41 text@2:45",
    "u@3:2 table@3:2",
    ".a@4:1 table@4:1",
    "..b@4:3 integer@4:7",
    ".c@5:1 integer@5:5",
    ".d@7:1 integer@7:5",
  ]);
});

test("deep nesting is a syntax error, not a crash", () => {
  const { root, problems } = read(`a = ${"[".repeat(5000)}${"]".repeat(5000)}`);
  assert.equal(root, null);
  assert.equal(problems[0]?.code, "toml-syntax");
});

test("only UTF-8 passes; one byte order mark at the start is taken off", () => {
  const bytes = (...list: readonly number[]) => new Uint8Array(list);
  assert.deepEqual(decodeUtf8(bytes(0xef, 0xbb, 0xbf, 0x61)), { ok: true, text: "a" });
  assert.deepEqual(decodeUtf8(bytes(0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf, 0x61)), { ok: true, text: "\uFEFFa" });
  assert.deepEqual(decodeUtf8(bytes(0x61, 0x0a, 0x62, 0xe9, 0x63)), { ok: false, at: { line: 2, column: 2 } });
  assert.deepEqual(decodeUtf8(bytes(0xed, 0xa0, 0x80)).ok, false);
});
