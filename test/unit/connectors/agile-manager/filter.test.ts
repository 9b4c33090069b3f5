import assert from "node:assert/strict";
import { test } from "node:test";
import { anyOf, bareFilter, checkFilter, queryOf, quoted } from "../../../../daemon/connectors/agile-manager/filter.ts";

test("well-formed filters pass, with or without the outer quotes", () => {
  for (const filter of [
    "id>1001",
    '"id>1001"',
    "status='Open';(story_points>10||story_points<3)",
    "theme_id=11||theme_id=12",
    " status = 'In Progress' ; sprint_id = null ",
    "!(name='a*'||!user_01_d=4)",
    "last_modified>='2016-03-01T10:00:00Z'",
    "name='It\\'s'",
    "story_points>=-0.5",
  ]) {
    assert.equal(checkFilter(filter), null, filter);
  }
});

test("a malformed filter is told with the place", () => {
  for (const [filter, place] of [
    ["", /empty/],
    ['""', /empty/],
    ["name", /expected =.* at character 5, found the end/],
    ["name=", /at character 6/],
    ["name=Open", /single quotes.*character 6, found "Open"/],
    ["name='Open", /character 6/],
    ["(id=1", /expected \) at character 6/],
    ["id=1)", /character 5/],
    ["id=1;", /expected the name of a field at character 6/],
    ["id=1|id=2", /character 5/],
    ["id=1 and id=2", /character 6/],
    ["id<>1", /character 4/],
    ["id=1.2.3", /character 4/],
  ] as const) {
    assert.match(checkFilter(filter) ?? "well-formed", place, filter);
  }
});

test("values and terms are written as the language wants them", () => {
  assert.equal(quoted("It's a \\"), "'It\\'s a \\\\'");
  assert.equal(anyOf("id", ["1", "2"]), "(id=1||id=2)");
  assert.equal(queryOf(["subtype='defect'", null, "id>7"]), "\"subtype='defect';id>7\"");
  assert.equal(bareFilter(' "id=1" '), "id=1");
});
