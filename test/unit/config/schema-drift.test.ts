import assert from "node:assert/strict";
import { test } from "node:test";
import { schemaDrift } from "../../../daemon/config/content/schema-drift.ts";
import type { EntitySchema, FieldSchema } from "../../../daemon/core/field.ts";
import { field, linkOf, mapping } from "./build.ts";

function schema(...fields: readonly FieldSchema[]): EntitySchema {
  return { entity: "item", label: "Item", fields: Object.fromEntries(fields.map((one) => [one.name, one])), open: [] };
}

const TITLE = field("title", { maxLength: { size: 80, unit: "characters" } });
const STATE = field("state", { kind: "option", options: ["New", "Open"], verified: true });
const ROWS = '[links.items.fields]\ntitle = "title"\nstate = "state"\n';

/** What would break on side `a` where its `title` and `state` become what is given. */
async function drift(...now: readonly FieldSchema[]): Promise<readonly string[]> {
  const link = await linkOf(mapping("", ROWS));
  const { findings, harmless } = schemaDrift(link, "left", schema(TITLE, STATE), schema(...now));
  return [
    ...findings.map(({ message, line }) => `${line} ${message}`),
    ...(harmless === 0 ? [] : [`${harmless} harmless`]),
  ];
}

test("drift: a tracker that says what is committed has not drifted, whatever the order of its words", async () => {
  const { name, ...rest } = STATE;
  assert.deepEqual(await drift({ ...rest, name }, TITLE), []);
});

test("drift: what would break is named at the row that would break", async () => {
  assert.deepEqual(await drift(STATE), ['13 "title" of a is gone: a run of the link ends before it begins.']);
  const cases: readonly (readonly [Partial<FieldSchema>, string])[] = [
    [{ kind: "rich" }, "held a text and holds formatted text now"],
    [{ multiple: true }, "held a text and holds texts now"],
    [{ readOnly: true }, "cannot be written any more"],
    [{ required: true }, "is required now: it can no longer be emptied"],
    [{ maxLength: { size: 40, unit: "characters" } }, "holds 40 characters now, it held 80 characters"],
    [{ maxLength: { size: 80, unit: "bytes" } }, "holds 80 bytes now, it held 80 characters"],
  ];
  for (const [more, what] of cases)
    assert.deepEqual(await drift({ ...TITLE, ...more }, STATE), [`13 "title" of a ${what}.`]);
  assert.deepEqual(await drift(TITLE, { ...STATE, options: ["New"] }), [
    '14 "state" of a has no "Open" in its list any more.',
  ]);
});

test("drift: the hint is a command that can be run", async () => {
  const { findings } = schemaDrift(await linkOf(mapping("", ROWS)), "left", schema(TITLE, STATE), schema(STATE));
  assert.match(findings[0]?.hint ?? "", /: syncline schema pull m\.$/);
});

test("drift: more room, more values, another label, fields that nobody maps are no harm", async () => {
  assert.deepEqual(await drift({ ...TITLE, maxLength: { size: 90, unit: "characters" }, label: "Name" }, STATE), [
    "1 harmless",
  ]);
  assert.deepEqual(await drift(TITLE, { ...STATE, options: ["Closed", "New", "Open"] }, field("new")), ["2 harmless"]);
});

test("drift: a field that became required without a row breaks the making of records there", async () => {
  const extra = field("code", { required: true });
  assert.deepEqual(await drift(TITLE, STATE, extra), [
    '8 "code" of a is required now, and the link makes records there.',
  ]);
  const link = await linkOf(mapping('create = "b"', ROWS));
  assert.deepEqual(schemaDrift(link, "left", schema(TITLE, STATE), schema(TITLE, STATE, extra)), {
    findings: [],
    harmless: 1,
  });
});

test("drift: values that were only seen on records are no list", async () => {
  const seen = (...options: string[]) => field("state", { kind: "option", options, verified: false });
  const link = await linkOf(mapping("", ROWS));
  const { findings, harmless } = schemaDrift(link, "left", schema(seen("New", "Open")), schema(seen("Done")));
  assert.deepEqual([findings, harmless], [[], 0]);
});
