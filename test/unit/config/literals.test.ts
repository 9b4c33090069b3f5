import assert from "node:assert/strict";
import { test } from "node:test";
import { ruleLiterals } from "../../../daemon/config/rules/literals.ts";

test("B17 what rules spell out is told from what tests and recorded records say", () => {
  const files = {
    "rules/a/r.ts": `// don't trip over "Anna"\nif (issue.owner === "Petra.Novak" || name === 'O"Brien' || x === \`Bank\`) log("");`,
    "rules/a/list.json": '{ "customers": ["Ceridian"] }',
    "rules/a/fixtures/crash.json": '{\n  "agreed": null,\n  "fixture": 1,\n  "link": "Quist"\n}',
    "rules/a/r.test.ts": 'test("Quist", () => {});',
    "rules/syncline.d.ts": 'type A = "Quist";',
    "mappings/a.toml": 'x = "Quist"',
  };
  const literals = ruleLiterals(new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)])));
  for (const there of ["anna", "petra.novak", 'o"brien', "bank", "ceridian"]) assert.ok(literals.has(there), there);
  assert.ok(!literals.has("quist") && !literals.has(""));
});
