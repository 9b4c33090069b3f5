import assert from "node:assert/strict";
import { test } from "node:test";
import { bodyOf, guessField, toNeutral, toRecord, toWire } from "../../../../daemon/connectors/agile-manager/map.ts";
import { stockSchema } from "../../../../daemon/connectors/agile-manager/schema.ts";
import { declaredField, parseAgileManagerSettings } from "../../../../daemon/connectors/agile-manager/settings.ts";

const settings = { url: "https://agm.example.com", workspace: 1003, page_size: 2000, fields: {} };
const known = (name: string) => stockSchema("defect", settings)?.fields[name] ?? null;
const fail = (what: string): never => {
  throw new Error(what);
};

test("values come in the neutral form", () => {
  const read = (name: string, wire: unknown) => toNeutral(name, wire, known(name), fail);
  assert.equal(read("name", ""), null);
  assert.equal(read("story_points", 0.5), "0.5");
  assert.equal(read("story_points", 1e21), "1000000000000000000000");
  assert.equal(read("application_id", { type: "application", id: 1003 }), "1003");
  assert.equal(read("application_id", 1003), "1003");
  assert.equal(read("creation_date", "2016-03-02"), "2016-03-02");
  assert.equal(read("last_modified", "2016-03-02 08:20:00"), "2016-03-02T08:20:00Z");
  assert.deepEqual(read("user_02", ["b", "a", "b"]), ["b", "a"]);
  assert.equal(read("user_02", []), null);
  assert.deepEqual(toNeutral("applications", { data: [{ type: "application", id: 3 }] }, null, fail), ["3"]);
});

test("a value of another type than the field's is refused", () => {
  for (const [name, wire] of [
    ["name", 5],
    ["story_points", "5"],
    ["application_id", { type: "application" }],
    ["creation_date", "yesterday"],
    ["severity", ["Low"]],
    ["assigned_to", { id: 3 }],
  ] as const) {
    assert.throws(() => toNeutral(name, wire, known(name), fail), /something else than/, name);
  }
  assert.throws(() => toRecord({ id: "12" }, [], known, fail), /whole number as id/);
});

test("values go as the field's kind wants them", () => {
  assert.deepEqual(bodyOf({ release_id: "1004", story_points: "0.5", sprint_id: null, severity: "Low" }, known), {
    release_id: { type: "release", id: 1004 },
    story_points: 0.5,
    sprint_id: null,
    severity: "Low",
  });
  assert.deepEqual(toWire("Linux", declaredField("user_02", "option[]")), ["Linux"]);
  assert.deepEqual(toWire(null, declaredField("user_02", "release[]")), { data: [] });
  assert.equal(toWire("42", declaredField("user_01", "number")), 42);
  assert.equal(toWire("42", null), "42");
});

test("T23 a number goes as near as binary ones are, and one that would arrive as another one, or empty the field, is not sent", () => {
  const send = (text: string) => bodyOf({ story_points: text }, known)["story_points"];
  assert.equal(send("0.10000000000000001"), 0.1);
  assert.equal(send("9007199254740992"), 2 ** 53);
  assert.equal(send("1e21"), 1e21);
  for (const text of ["9007199254740993", "12345678901234567891", "1e400", "-1e400"])
    assert.throws(
      () => send(text),
      {
        name: "ConnectorError",
        kind: "invalid",
        field: "story_points",
        message: /more than the field .* holds exactly/,
      },
      text,
    );
});

test("kinds of user-defined fields are read off their values", () => {
  const guess = (...wires: unknown[]) => {
    const field = guessField("user_01", wires);
    return field === null ? null : `${field.kind}${field.multiple ? "[]" : ""}${field.target ?? ""}`;
  };
  assert.equal(guess(null, ""), null);
  assert.equal(guess(null, 4), "number");
  assert.equal(guess("2016-03-02"), "date");
  assert.equal(guess("2016-03-02", "soon"), "string");
  assert.equal(guess("<p>x</p>"), "string", "never guessed from content");
  assert.equal(guess([], ["a"]), "option[]");
  assert.equal(guess({ type: "sprint", id: 4 }), "referencesprint");
});

test("settings: addresses are trimmed, mistakes have their place", () => {
  const good = parseAgileManagerSettings({ url: "https://agm.example.com/agm/api/", workspace: 1003 });
  assert.deepEqual(good, { ok: true, value: { ...settings, fields: {} } });
  const bad = parseAgileManagerSettings({
    url: "https://me:pw@host",
    workspace: "1",
    pagesize: 3,
    fields: { name: "number", user_01: "float" },
  });
  assert.ok(!bad.ok);
  assert.deepEqual(bad.issues.map((issue) => issue.path.join(".")).sort(), [
    "fields.name",
    "fields.user_01",
    "pagesize",
    "url",
    "workspace",
  ]);
  assert.ok(bad.known.includes("page_size"));
  const empty = parseAgileManagerSettings({});
  assert.ok(!empty.ok);
  assert.deepEqual(
    empty.issues.map((issue) => issue.message),
    ["is missing", "is missing"],
  );
});
