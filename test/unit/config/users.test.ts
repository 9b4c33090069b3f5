import assert from "node:assert/strict";
import { test } from "node:test";
import { buildCandidate } from "../../../daemon/config/build.ts";
import { createReport, reportFor } from "../../../daemon/config/content/report.ts";
import { orientUsers, readUsersFile } from "../../../daemon/config/content/users.ts";
import { createTypeChecker } from "../../../daemon/config/rules/typecheck.ts";
import { connectorTypes } from "../../../daemon/connectors/registry.ts";
import { textTree } from "./corpus.ts";

function read(
  text: string | Uint8Array,
  names: readonly [string, string] = ["alm", "agm"],
  headless: readonly [string, string] = names,
) {
  const report = createReport();
  const fileReport = reportFor(report, "users/u.csv");
  const file = readUsersFile("u", typeof text === "string" ? new TextEncoder().encode(text) : text, fileReport);
  const map = orientUsers(file, names, new Set(names), fileReport, headless);
  const problems = report.all().map(({ line, column, code }) => `${line}:${column} ${code}`);
  return { toRight: { ...map.toRight }, toLeft: { ...map.toLeft }, problems };
}

const BOTH = { toRight: { jane: "Jane.Doe" }, toLeft: { "jane.doe": "jane" }, problems: [] };

test("S13 a file with a header, endpoints in either order", () => {
  assert.deepEqual(read("alm,<>,agm\njane,<>,Jane.Doe\n"), BOTH);
  assert.deepEqual(read("AGM,<>,ALM\nJane.Doe,<>,jane\n"), BOTH);
  assert.deepEqual(read("agm,<>,alm\nJane.Doe,>,jane\n"), {
    toRight: {},
    toLeft: { "jane.doe": "jane" },
    problems: [],
  });
});

test("the older files, without a header, load as they are", () => {
  assert.deepEqual(read("jane,<>,Jane.Doe\nx,>,y\nv,<,w\n"), {
    toRight: { jane: "Jane.Doe", x: "y" },
    toLeft: { "jane.doe": "jane", w: "v" },
    problems: [],
  });
});

test("S13 E101 an older file names the people of ALM first, whichever endpoint the mapping names first", () => {
  const rows = "jane,<>,Jane.Doe\nx,>,y\n";
  assert.deepEqual(read(rows, ["agm", "alm"], ["alm", "agm"]), {
    toRight: { "jane.doe": "jane" },
    toLeft: { jane: "Jane.Doe", x: "y" },
    problems: [],
  });
  assert.deepEqual(
    read(`agm,<>,alm\nJane.Doe,<>,jane\n`, ["agm", "alm"], ["alm", "agm"]),
    read("Jane.Doe,<>,jane\n", ["agm", "alm"]),
    "a header says whose columns they are",
  );
});

test("S13 E101 the check reads an older file so, also where Agile Manager stands first in the mapping", async (t) => {
  const typecheck = createTypeChecker();
  t.after(() => typecheck.close());
  const mapping = `
[endpoints.agm]
type = "agile-manager"
url = "http://agm.example"
workspace = 1
[endpoints.qc]
type = "alm"
url = "http://alm.example/qcbin"
domain = "D"
project = "P"
[links.l]
agm = "defect"
qc = "defect"
create = "none"
[links.l.fields]
assigned_to = { qc = "owner", users = "u" }
`;
  const files = { "mappings/m.toml": mapping, "users/u.csv": "jane,>,Jane.Doe@agile.example\n" };
  const { signal } = new AbortController();
  const built = await buildCandidate(textTree(files), { connectorTypes, typecheck, signal });
  assert.ok(built.ok, built.ok ? "" : built.diagnostics.map(({ message }) => message).join("\n"));
  const users = built.candidate.connections[0]?.links[0]?.fields[0]?.users;
  assert.deepEqual({ ...users?.toLeft }, { jane: "Jane.Doe@agile.example" });
  assert.deepEqual({ ...users?.toRight }, {});
});

test("S13 a quote that is not closed swallows no line below it, even where a later quote would close it", () => {
  const { problems, toRight } = read('a,<>,b\n"anna,<>,x@y\nbob",<>,z@y\nc,<>,d\ne,<>,"f\n"\n');
  assert.deepEqual(problems, ["2:1 csv-syntax", "3:1 csv-syntax", "5:1 csv-syntax", "6:1 csv-syntax"]);
  assert.deepEqual(toRight, { a: "b", c: "d" });
});

test("delimiters, quotes, comments, blank lines, line ends, byte order mark", () => {
  for (const text of [
    "alm;<>;agm\njane;<>;Jane.Doe",
    "alm\t<>\tagm\r\njane\t<>\tJane.Doe\r\n",
    '\uFEFFalm,<>,agm\n\n# who is who\n"jane", <> ,"Jane.Doe"\n,,\n',
  ]) {
    assert.deepEqual(read(text), BOTH, text);
  }
  assert.deepEqual(read('jane,<>,"Doe, Jane ""J"""\n').toRight, { jane: 'Doe, Jane "J"' });
  assert.deepEqual(read("a;b;<>;c\n").problems, ["1:1 csv-syntax"]);
  assert.deepEqual(read("Doe, Jane;<>;jane#1\n").toRight, { "doe, jane": "jane#1" });
});

test("Windows-1252 is read where a file is not UTF-8, and nothing else is", () => {
  assert.deepEqual(read(new Uint8Array([...Buffer.from("j"), 0xfc, ...Buffer.from("rgen,<>,x\n")])).toRight, {
    jürgen: "x",
  });
  assert.deepEqual(read(Buffer.from("alm,<>,agm\n", "utf16le")).problems, ["1:2 text-encoding"]);
  assert.deepEqual(read(new Uint8Array([0x61, 0x81, 0x2c])).problems, ["1:2 text-encoding"]);
});

test("every bad line is reported at its own", () => {
  const { problems, toRight } = read('alm,<>,agm\na,<>,b\n"c,<>,d\ne,<>\nf,=>,g\n,<>,h\ni"x,<>,j\nk,<>,l\n');
  assert.deepEqual(problems, [
    "3:1 csv-syntax",
    "4:1 csv-syntax",
    "5:3 csv-direction",
    "6:1 csv-syntax",
    "7:1 csv-syntax",
  ]);
  assert.deepEqual(toRight, { a: "b", k: "l" });
});

test("one person twice in one direction is reported, also by another letter case", () => {
  assert.deepEqual(read("a,<>,b\nA,>,c\nd,<,b\ne,>,b\n").problems, ["2:1 duplicate-user", "3:5 duplicate-user"]);
});

test("a header with a wrong endpoint is no user", () => {
  assert.deepEqual(read("alm,<>,agn\na,<>,b\n").problems, ["1:1 csv-header"]);
  assert.deepEqual(read("Name,Direction,Name\na,<>,b\n").problems, ["1:1 csv-header"]);
});

test("people called like parts of JavaScript are people", () => {
  const { toRight } = read("constructor,<>,x\n__proto__,<>,y\n");
  assert.deepEqual(Object.keys(toRight), ["constructor", "__proto__"]);
});

test("100,000 lines are read in well under a second", () => {
  const lines = Array.from({ length: 100_000 }, (_, n) => `user${n},<>,person${n}`);
  const began = performance.now();
  assert.equal(Object.keys(read(lines.join("\n")).toRight).length, 100_000);
  assert.ok(performance.now() - began < 5000);
});
