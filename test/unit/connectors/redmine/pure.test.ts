import assert from "node:assert/strict";
import { test } from "node:test";
import { checkFilter, queryOfFilter } from "../../../../daemon/connectors/redmine/filter.ts";
import { customWire, toRecord } from "../../../../daemon/connectors/redmine/map.ts";
import { createPeople } from "../../../../daemon/connectors/redmine/people.ts";
import { type CustomField, customSchemas, stockSchema } from "../../../../daemon/connectors/redmine/schema.ts";
import { parseRedmineSettings } from "../../../../daemon/connectors/redmine/settings.ts";
import { issue } from "./fake.ts";

const fail = (what: string): never => {
  throw new Error(what);
};
const parsed = parseRedmineSettings({ url: "http://redmine.test", project: 1 });
const settings = parsed.ok ? parsed.value : fail("settings");

function field(id: number, name: string, format: string | null, more: Partial<CustomField> = {}): CustomField {
  return { id, name, format, multiple: false, required: false, maxLength: null, options: [], ...more };
}

const customFields = [
  field(1, "External ID", "string"),
  field(5, "Platforms", "list", { multiple: true }),
  field(6, "Reviewer", "user"),
  field(9, "Regression", "bool"),
  field(13, "Environment", "enumeration", { options: [{ value: "2", label: "Staging" }] }),
  field(20, "status", "string"),
  field(21, "Twin", "string"),
  field(22, "Twin", "string"),
];
const people = createPeople([
  { id: "7", login: "carol", name: "Carol O'Connor", emails: [], active: true },
  { id: "8", login: "twin1", name: "Twin", emails: [], active: true },
  { id: "9", login: "twin2", name: "Twin", emails: [], active: true },
]);
const vocabulary = { settings, customFields, personOf: people.textOf };

test("an issue comes in the neutral form", () => {
  const row = issue(1, {
    status: { id: 2, name: "In Progress" },
    assigned_to: { id: 7, name: "Carol O'Connor" },
    author: { id: 99, name: "Somebody Else" },
    parent: { id: 4 },
    description: "Line 1\r\nLine 2\r\n",
    estimated_hours: 7.5,
    is_private: false,
    due_date: null,
    custom_fields: [
      { id: 5, name: "Platforms", multiple: true, value: ["macOS", "Linux"] },
      { id: 6, name: "Reviewer", value: "7" },
      { id: 9, name: "Regression", value: "1" },
      { id: 13, name: "Environment", value: "2" },
    ],
  });
  const names = [
    "status",
    "assigned_to",
    "author",
    "parent",
    "description",
    "estimated_hours",
    "is_private",
    "due_date",
  ];
  const { fields } = toRecord(
    row,
    [...names, "Platforms", "cf_6", "Regression", "cf_13", "cf_1", "Twin"],
    vocabulary,
    fail,
  );
  assert.deepEqual(fields, {
    status: "In Progress",
    assigned_to: "carol",
    author: "Somebody Else",
    parent: "4",
    description: "Line 1\nLine 2\n",
    estimated_hours: "7.5",
    is_private: "false",
    due_date: null,
    Platforms: ["macOS", "Linux"],
    cf_6: "carol",
    Regression: "true",
    cf_13: "Staging",
  });
});

test("custom field values go as texts; what has no wire form is no value", () => {
  const [text, list, user, bool, environment] = customFields;
  assert.ok(text && list && user && bool && environment);
  assert.equal(customWire(null, text, people.idOf), "");
  assert.deepEqual(customWire(null, list, people.idOf), []);
  assert.deepEqual(customWire("Linux", list, people.idOf), ["Linux"]);
  assert.equal(customWire("CAROL", user, people.idOf), "7");
  assert.equal(customWire("Carol O'Connor", user, people.idOf), "7");
  assert.equal(customWire("Twin", user, people.idOf), null);
  assert.equal(customWire("false", bool, people.idOf), "0");
  assert.equal(customWire("Staging", environment, people.idOf), "2");
  assert.equal(customWire("Nowhere", environment, people.idOf), null);
  assert.equal(customWire(["a", "b"], text, people.idOf), null);
});

test("custom fields are offered by number, and by label where it is nobody else's", () => {
  const names = customSchemas(customFields).map(([name]) => name);
  assert.deepEqual(names.slice(8), ["External ID", "Platforms", "Reviewer", "Regression", "Environment"]);
  assert.deepEqual(stockSchema("requirement", settings), null);
  assert.deepEqual(stockSchema("version", settings)?.open, []);
});

test("filters are URL parameters; one that the server would ignore is refused", () => {
  for (const filter of [
    "status_id=open",
    "?tracker_id=1|2&cf_4=Major",
    "subject=a%26b",
    "updated_on=>=2026-01-01T00:00:00Z",
  ]) {
    assert.equal(checkFilter(filter), null, filter);
  }
  for (const [filter, complaint] of [
    ["", /empty/],
    ["statuz_id=1", /"statuz_id" is no filter/],
    ["issue_id=1", /no filter/],
    ["limit=1", /no filter/],
    ["status_id", /no value/],
    ["status_id=Open", /needs ids/],
    ["subject=%ZZ", /percent-encoding/],
    ["updated_on=>=2026-01-01T00:00:00+01:00", /UTC/],
    ["status_id=1&&tracker_id=1", /two &/],
  ] as const) {
    assert.match(checkFilter(filter) ?? "well-formed", complaint, filter);
  }
  assert.deepEqual(queryOfFilter("cf_4=Major&subject=a+b"), [
    ["cf_4", "Major"],
    ["subject", "a b"],
    ["status_id", "*"],
  ]);
});

test("settings: names and numbers, mistakes with their place", () => {
  assert.deepEqual(
    [settings.project, settings.tracker, settings.markup, settings.page_size],
    ["1", null, "textile", 100],
  );
  const bad = parseRedmineSettings({
    url: "redmine",
    projekt: "a",
    page_size: 101,
    markup: "html",
    fields: { cf_1: "float" },
  });
  assert.ok(!bad.ok);
  assert.deepEqual(bad.issues.map((one) => one.path.join(".")).sort(), [
    "fields.cf_1",
    "markup",
    "page_size",
    "project",
    "projekt",
    "url",
  ]);
});
