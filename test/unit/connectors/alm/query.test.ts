import assert from "node:assert/strict";
import { test } from "node:test";
import { parseFilter } from "../../../../daemon/connectors/alm/filter.ts";
import { chunkTerms, listPath, quote } from "../../../../daemon/connectors/alm/query.ts";

test("text is quoted by the quote it does not hold", () => {
  assert.equal(quote("Not Completed"), '"Not Completed"');
  assert.equal(quote('say "yes"'), `'say "yes"'`);
  assert.equal(quote(`"it's"`), `"*it's*"`);
});

test("lists of terms are cut to what an address bears", () => {
  const ids = Array.from({ length: 2_000 }, (_, n) => String(100_000 + n));
  const chunks = chunkTerms(ids, 10_000, "");
  assert.deepEqual(chunks.flat(), ids);
  for (const chunk of chunks) assert.ok(encodeURIComponent(chunk.join(" OR ")).length <= 6_000);
  assert.ok(chunks.length < 10);
  assert.deepEqual(
    chunkTerms(ids.slice(0, 5), 2, "").map((c) => c.length),
    [2, 2, 1],
  );
  assert.deepEqual(chunkTerms([], 5, ""), []);
  assert.equal(chunkTerms(["x".repeat(9_000)], 5, "").length, 1);
});

test("a listing's address is encoded", () => {
  const path = listPath({
    collection: "defects",
    clauses: [
      { field: "id", expression: ">0" },
      { field: "name", expression: '"a b"' },
    ],
    fields: ["id", "name"],
    pageSize: 5,
  });
  assert.equal(
    path,
    "/defects?fields=id%2Cname&query=%7Bid%5B%3E0%5D%3Bname%5B%22a%20b%22%5D%7D&order-by=%7Bid%5BASC%5D%7D&page-size=5",
  );
});

test("filters of the reference are well-formed, with and without braces", () => {
  const good = [
    "{id[17]}",
    "{id[3 OR 5 OR 9]}",
    '{status[New OR Open];severity["5-Urgent"]}',
    '{status[NOT "Not Completed"]}',
    "{name['*timeout*']}",
    '{user-01["PROJ-*"]}',
    '{last-modified[>="2026-01-31 08:00:00"]}',
    '{creation-time[>="2026-01-01" AND <"2026-02-01"]}',
    "{id[>1000 AND <=2000]}",
    '{defect-to-target-release-mirror.name["R2*"]}',
    "{requirement.inclusive-filter[false]; id[> 3] ;}",
    "status[<> 'Closed']",
    "{}",
    "status[not (Open or New)]",
    "id[GT 5]",
    'name["a ] ; } b"]',
    "owner[jane.doe]",
    "{status[New]; }",
  ];
  for (const filter of good)
    assert.ok("clauses" in parseFilter(filter), `${filter}: ${JSON.stringify(parseFilter(filter))}`);
  assert.deepEqual(parseFilter("{status[<> 'Closed'];owner[ jane ]}"), {
    clauses: [
      { field: "status", expression: "<> 'Closed'" },
      { field: "owner", expression: "jane" },
    ],
  });
});

test("filters that are not well-formed are refused with a reason", () => {
  const bad: readonly (readonly [string, RegExp])[] = [
    ["", /empty/],
    ["{id[1]", /closing \}/],
    ["id[1]}", /without a \{/],
    ["name[", /expected a value/],
    ["name[]", /expected a value/],
    ["name", /expected \[/],
    ["status[In Progress]", /quotes/],
    ["name['x]", /not closed/],
    ["id[1],name[x]", /expected ;/],
    ["id[1 OR ]", /expected a value/],
    ["id[(1 OR 2]", /expected \)/],
    ["id[1]]", /expected ;/],
    ["[x]", /field name/],
    ["id[AND 3]", /found AND|expected a value/],
    ["status = 'Open'", /expected \[/],
  ];
  for (const [filter, reason] of bad) {
    const parsed = parseFilter(filter);
    assert.ok("problem" in parsed, filter);
    assert.match(parsed.problem, reason, filter);
  }
});
