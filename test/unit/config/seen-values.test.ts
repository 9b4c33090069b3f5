import assert from "node:assert/strict";
import { test } from "node:test";
import { build, field, mapping } from "./build.ts";
import { textTree } from "./corpus.ts";

/** What is said of a value map whose second side shows no list: its values are those that records were seen with. */
async function said(values: string, seen: readonly string[] = ["Low", "Medium", "Critical", "Sprint 1"]) {
  const fields = [field("title"), field("level", { kind: "option", options: seen, verified: false })];
  const schema = {
    entities: {
      item: {
        entity: "item",
        label: "Item",
        open: [],
        fields: Object.fromEntries(fields.map((one) => [one.name, one])),
      },
    },
  };
  const rows = `[links.items.fields]\ntitle = "title"\nx-level = { b = "level", values = "v", direction = "to-b" }\n[values.v]\n${values}\n`;
  const result = await build(
    textTree({ "mappings/m.toml": mapping("", rows), "mappings/schema/m/b.json": JSON.stringify(schema) }),
  );
  const all = result.ok ? result.candidate.warnings : result.diagnostics;
  return all
    .filter(({ code }) => code === "unknown-option")
    .map(({ severity, line, column, message, hint }) => `${severity} ${line}:${column} ${message} ${hint}`);
}

test("B8 a value that is all but one that the tracker was seen with is warned of, though it shows no list", async () => {
  assert.deepEqual(await said('to-b = { one = "Medum", two = "Low", three = "critical" }'), [
    'warning 16:16 No record of b was seen with "Medum" in "level", but with "Medium". Did you mean "Medium"?',
    'warning 16:46 No record of b was seen with "critical" in "level", but with "Critical". Did you mean "Critical"?',
  ]);
});

test("B8 a value that the tracker may well have is not", async () => {
  for (const value of ["Blocker", "Sprint 2", "Lo", "Now", ""])
    assert.deepEqual(await said(`to-b = { one = "${value}" }`), [], value);
  assert.deepEqual(await said('to-b = { one = "Medum" }', []), []);
});
