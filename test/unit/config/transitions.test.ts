import assert from "node:assert/strict";
import { test } from "node:test";
import { build, linkOf, mapping } from "./build.ts";
import { textTree } from "./corpus.ts";

const M = "mappings/m.toml";

function text(row: string, rest: string): string {
  return mapping("", `[links.items.fields]\nstate2 = { b = "state", unmapped = "copy", ${row} }\n${rest}\n`);
}

async function told(row: string, rest: string): Promise<readonly string[]> {
  const built = await build(textTree({ [M]: text(row, rest) }));
  const all = built.ok ? built.candidate.warnings : built.diagnostics;
  return all
    .filter(({ code }) => !["schema-missing", "foreign-values"].includes(code))
    .map(({ severity, line, column, code, message }) => `${severity} ${line}:${column} ${code} ${message}`);
}

const FLOW = '[transitions.flow]\nNew = ["Open"]\nOpen = ["Closed", "New"]';

test("X20 a row declares the workflow of the side that has it", async () => {
  const link = await linkOf(text('transitions = { b = "flow" }', FLOW));
  const { right, left } = link.fields[0]?.transitions ?? {};
  assert.equal(left, undefined);
  assert.deepEqual([right?.name, { ...right?.ways }], ["flow", { New: ["Open"], Open: ["Closed", "New"] }]);
  assert.deepEqual([right?.origin.file, right?.origin.line], [M, 14]);
  const oneWay = await linkOf(text('direction = "to-b", transitions = "flow"', FLOW));
  assert.equal(oneWay.fields[0]?.transitions?.right?.name, "flow");
  assert.deepEqual(await told('transitions = { b = "flow" }', FLOW), []);
});

test("X20 whose workflow it is must be said of a row that goes both ways; names and endpoints must be there", async () => {
  const [found] = await told('transitions = "flow"', FLOW);
  assert.match(found ?? "", /^error 13:58 invalid-value The row goes both ways/);
  assert.match((await told('transitions = { b = "flwo" }', FLOW))[0] ?? "", /missing-key .* no transitions "flwo"/);
  assert.match((await told('transitions = { c = "flow" }', FLOW))[0] ?? "", /unknown-endpoint/);
  assert.match(
    (await told('transitions = { b = "flow" }', '[transitions.flow]\nNew = "Open"')).join("\n"),
    /invalid-value "New" is a text, but must be an array of texts/,
  );
});

test("X20 values that the list does not have, and those that no way leads to, are told at their place", async () => {
  const unknown = await told('transitions = { b = "flow" }', `${FLOW}\nClosed = ["Reopened"]`);
  assert.deepEqual(
    unknown.filter((one) => one.includes("unknown-option")),
    ['warning 17:11 unknown-option "state" of b has no value "Reopened".'],
  );
  const unreachable = await told(
    'transitions = { b = "flow" }',
    '[transitions.flow]\nNew = ["Open"]\nClosed = ["Open"]',
  );
  assert.deepEqual(
    unreachable.map((one) => one.split(" ").slice(0, 3).join(" ")),
    ["warning 16:1 unreachable-value"],
  );
  // What the value map makes has to be reached as well.
  const made = await told(
    'values = "s", transitions = { b = "flow" }',
    '[transitions.flow]\nNew = ["Open"]\n[values.s]\nboth = { a = "New", b = "Open", c = "Closed" }',
  );
  assert.match(made[0] ?? "", /^warning 17:\d+ unreachable-value No way .* from "New" to "Closed" in "state" of b/);
});
