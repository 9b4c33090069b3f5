import assert from "node:assert/strict";
import { test } from "node:test";
import type { JournalEntry } from "../../../daemon/core/store.ts";
import { type NamedEntry, parseRecordName, tellWrites } from "../../../daemon/sync/look/why.ts";
import { type Bench, bench, field, link, ORIGIN, row } from "./bench.ts";

const FIELDS = [field("name", { required: true }), field("sev")];
const ROWS = [
  row("name", "name", { origin: { ...ORIGIN, line: 7 } }),
  row("sev", "sev", { origin: { ...ORIGIN, line: 8 } }),
];
const NAMES = { left: "l", right: "r" };

function writesOf(b: Bench, record: string, all = false) {
  const entries = b.store.link("t/defects").journal({ record, limit: 1_000 });
  return tellWrites(
    entries.map((entry): NamedEntry => ({ entry, names: NAMES })),
    all,
  );
}

test("B5 each field's last write: commit, mapping row, run, source edit and its version, previous value, lost value", async () => {
  const b = bench(FIELDS, FIELDS, link(ROWS));
  b.left.add({ name: "a", sev: "1" });
  await b.run();
  b.pass(5);
  b.left.edit("1", { name: "L" });
  b.right.edit("1001", { name: "R" });
  const run = await b.run({ revision: "rev2" });
  const [name] = writesOf(b, "1001").filter((w) => w.field === "name");
  assert.deepEqual(
    { ...name, at: "" },
    {
      ...{
        field: "name",
        kind: "update",
        at: "",
        revision: "rev2",
        origin: "mappings/t.toml:7",
        by: "mapping",
        run: run.run,
      },
      ...{ source: { endpoint: "l", record: "1", version: String(b.left.rows.get("1")?.stamp) } },
      ...{ before: "R", after: "L", lost: "R" },
    },
  );
  const history = writesOf(b, "1001", true).filter((w) => w.field === "name");
  assert.deepEqual(
    history.map((w) => [w.kind, w.before, w.after, w.revision]),
    [
      ["update", "R", "L", "rev2"],
      ["create", null, "a", "rev1"],
    ],
  );
});

test("B5 every write in the log resolves to a commit and a place in it", async () => {
  const b = bench(FIELDS, FIELDS, link(ROWS));
  for (let i = 0; i < 15; i++) b.left.add({ name: `n${i}`, sev: "1" });
  for (let i = 0; i < 4; i++) b.right.add({ name: `m${i}` });
  await b.run();
  b.pass(5);
  for (let i = 1; i < 8; i++) b.left.edit(String(i), { sev: "2" });
  await b.run();
  const written = b.events.flatMap((e) =>
    e.event === "record.written" ? e.fields.map((f) => ({ ...e, field: f })) : [],
  );
  assert.ok(written.length > 30);
  for (const { record, field: name, context, endpoint } of written) {
    const found = writesOf(b, record, true).find((w) => w.field === name && w.run === context.run);
    assert.ok(found !== undefined, `${endpoint}:${record} ${name}`);
    assert.match(found.origin ?? "", /^mappings\/t\.toml:\d+$/);
    assert.equal(found.revision, context.revision);
  }
});

test("B5 where a value comes from: a row, a rule, a person, a write found stored after a lost answer", () => {
  const entry: JournalEntry = {
    ...{
      run: "x",
      revision: "rev",
      at: 0,
      pair: "p",
      side: "right",
      record: "1",
      kind: "update",
      field: "a",
      before: null,
      after: "v",
    },
    ...{ origin: "", source: "2", sourceVersion: "" },
  };
  const told = ["mappings/t.toml:3", "rules/t/d.ts", "resolve", "recovered"].map(
    (origin, i) => tellWrites([{ entry: { ...entry, origin, field: String(i) }, names: NAMES }], false)[0],
  );
  assert.deepEqual(
    told.map((t) => [t?.by, t?.origin]),
    [
      ["mapping", "mappings/t.toml:3"],
      ["rule", "rules/t/d.ts"],
      ["person", "resolve"],
      ["recovered", null],
    ],
  );
  assert.equal(told[0]?.source.version, null);
});

test("a record is named by endpoint and key; a key may have colons", () => {
  assert.deepEqual(parseRecordName("alm:12"), { endpoint: "alm", key: "12" });
  assert.deepEqual(parseRecordName("jira:a:b"), { endpoint: "jira", key: "a:b" });
  for (const none of ["alm", ":12", "alm:", ""]) assert.equal(parseRecordName(none), null);
});
