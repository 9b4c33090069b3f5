import assert from "node:assert/strict";
import type { Fields, Value } from "../../daemon/core/record.ts";
import { followersOf } from "../../daemon/fields/follow.ts";
import { type Bench, type Case, fails, mark, only, refused, stored } from "./bench.ts";
import type { Fixture } from "./fixture.ts";

/** Every kind of field that the tracker has, filled. `second` takes the other valid values. */
function filled(fixture: Fixture, second: 0 | 1 = 0): Record<string, Value> {
  const fields: Record<string, Value> = fixture.marker === fixture.text ? {} : { [fixture.marker]: `marker ${second}` };
  if (fixture.rich !== null) fields[fixture.rich] = fixture.paragraphs([`first ${second}`, "second"]);
  for (const sample of [fixture.number, fixture.date, fixture.option, fixture.user, fixture.reference, fixture.multi]) {
    if (sample !== null) fields[sample.field] = sample.values[second];
  }
  return fields;
}

function assertFields(fixture: Fixture, actual: Fields | undefined, expected: Fields): void {
  for (const [name, value] of Object.entries(expected)) {
    const got = actual?.[name];
    if (name === fixture.rich && typeof value === "string")
      assert.equal(fixture.plain(String(got)), fixture.plain(value), name);
    else if (Array.isArray(value)) assert.deepEqual([...(got as readonly string[])].sort(), [...value].sort(), name);
    else assert.equal(got, value, name);
  }
}

async function readOne(bench: Bench, id: string, fields: readonly string[]): Promise<Fields | undefined> {
  return (await bench.connector.read(bench.fixture.entity, [id], fields, bench.signal)).get(id)?.fields;
}

/** Texts that wire formats, query languages and markup trip over. */
const AWKWARD = `Grüße, 日本語 😀 é\u0301 & < > " ' \` \\ / {x}[y];z | %20 &amp; $& -- #1 <b>no</b>`;

export const writingCases: readonly Case[] = [
  [
    "creates a record with every kind of field, and tells what was stored",
    async (bench) => {
      const { connector, fixture, signal } = bench;
      const fields = { ...fixture.required, [fixture.text]: bench.unique("whole"), ...filled(fixture) };
      const outcome = only(await connector.create(fixture.entity, [{ ref: "x", fields }], signal));
      const record = stored(outcome);
      if (outcome.ok) assert.deepEqual(outcome.faults, []);
      assertFields(fixture, record.fields, fields);
      assert.deepEqual(Object.keys(record.fields).sort(), Object.keys(fields).sort());
      assertFields(fixture, await readOne(bench, record.id, Object.keys(fields)), fields);
      assert.ok(record.version !== "");
      return undefined;
    },
  ],
  [
    "updates only the fields that are given, and the version moves",
    async (bench) => {
      const { connector, fixture, signal } = bench;
      const made = only(await bench.make(filled(fixture)));
      await fixture.tick();
      const changedTo = mark(bench, "only this");
      const changed = only(
        await connector.update(fixture.entity, [{ id: made.id, fields: { [fixture.marker]: changedTo } }], signal),
      );
      const record = stored(changed);
      assert.deepEqual(record.fields, { [fixture.marker]: changedTo });
      assert.notEqual(record.version, made.version);
      const expected = {
        ...filled(fixture),
        [fixture.text]: made.fields[fixture.text] ?? null,
        [fixture.marker]: changedTo,
      };
      assertFields(fixture, await readOne(bench, made.id, Object.keys(expected)), expected);
      return undefined;
    },
  ],
  [
    "changes every kind of field",
    async (bench) => {
      const { connector, fixture, signal } = bench;
      const made = only(await bench.make(filled(fixture)));
      const other = filled(fixture, 1);
      const outcome = only(await connector.update(fixture.entity, [{ id: made.id, fields: other }], signal));
      assertFields(fixture, stored(outcome).fields, other);
      assert.deepEqual(outcome.ok && outcome.faults, []);
      assertFields(fixture, await readOne(bench, made.id, Object.keys(other)), other);
      return undefined;
    },
  ],
  [
    "empties fields",
    async (bench) => {
      const { connector, fixture, signal } = bench;
      const made = only(await bench.make(filled(fixture)));
      const names = Object.keys(filled(fixture)).filter(
        (name) => !fixture.keepsFilled?.includes(name) && !(name in fixture.required),
      );
      const empty = Object.fromEntries(names.map((name) => [name, null]));
      const outcome = only(await connector.update(fixture.entity, [{ id: made.id, fields: empty }], signal));
      const told = stored(outcome).fields;
      const tied = followersOf(connector.capabilities.bonds, names);
      assert.deepEqual(
        Object.keys(told).filter((name) => !tied.includes(name)),
        names,
      );
      assertFields(fixture, told, empty);
      assert.deepEqual(outcome.ok && outcome.faults, []);
      assert.deepEqual(await readOne(bench, made.id, names), empty);
      return undefined;
    },
  ],
  [
    "the version of a write is the one that is read afterwards",
    async (bench) => {
      const { connector, fixture, signal } = bench;
      const made = only(await bench.make({}));
      const first = (await connector.read(fixture.entity, [made.id], [], signal)).get(made.id);
      assert.equal(first?.version, made.version);
      await fixture.tick();
      const fields = { [fixture.marker]: mark(bench, "v") };
      const record = stored(only(await connector.update(fixture.entity, [{ id: made.id, fields }], signal)));
      const second = (await connector.read(fixture.entity, [made.id], [], signal)).get(made.id);
      assert.equal(second?.version, record.version);
      assert.equal(second?.modified, record.modified);
      await fixture.tick();
      await fixture.edit(made.id, { [fixture.marker]: mark(bench, "w") });
      const third = (await connector.read(fixture.entity, [made.id], [], signal)).get(made.id);
      assert.notEqual(third?.version, record.version);
      return undefined;
    },
  ],
  [
    "one bad record of many is refused, the others are stored, outcomes stand in the order of the drafts",
    async (bench) => {
      const { connector, fixture, signal } = bench;
      const names = ["a", "b", "c", "d", "e"].map((word) => bench.unique(word));
      const drafts = names.map((name, index) => ({
        ref: name,
        fields: {
          ...fixture.required,
          [fixture.text]: name,
          ...(index === 2 ? { [fixture.refused.field]: fixture.refused.value } : {}),
        },
      }));
      const outcomes = await connector.create(fixture.entity, drafts, signal);
      assert.equal(outcomes.length, 5);
      assert.deepEqual(
        outcomes.map((outcome) => outcome.ok),
        [true, true, false, true, true],
      );
      for (const index of [0, 1, 3, 4]) assert.equal(stored(outcomes[index]).fields[fixture.text], names[index]);
      const error = refused(outcomes[2]);
      assert.equal(error.kind, "invalid", error.message);
      assert.equal(error.stored, "no");
      if (error.field !== null) assert.equal(error.field, fixture.refused.field);
      return undefined;
    },
  ],
  [
    "one bad update of many is refused, the others are stored, in order",
    async (bench) => {
      const { connector, fixture, signal } = bench;
      const made = await bench.make({}, {}, {});
      const ids = [made[0]?.id ?? "", fixture.noId, made[1]?.id ?? "", made[2]?.id ?? ""];
      const marks = ids.map((_, index) => mark(bench, `patch ${index}`));
      const patches = ids.map((id, index) => ({
        id,
        fields:
          index === 3 ? { [fixture.refused.field]: fixture.refused.value } : { [fixture.marker]: marks[index] ?? "" },
      }));
      const outcomes = await connector.update(fixture.entity, patches, signal);
      assert.deepEqual(
        outcomes.map((outcome) => outcome.ok),
        [true, false, true, false],
      );
      assert.equal(refused(outcomes[1]).kind, "notFound");
      assert.equal(refused(outcomes[3]).kind, "invalid");
      assert.equal(stored(outcomes[0]).id, ids[0]);
      assert.deepEqual(stored(outcomes[2]).fields, { [fixture.marker]: marks[2] });
      return undefined;
    },
  ],
  [
    "nothing to write costs nothing",
    async ({ connector, fixture, signal }) => {
      assert.deepEqual(await connector.create(fixture.entity, [], signal), []);
      assert.deepEqual(await connector.update(fixture.entity, [], signal), []);
      assert.deepEqual(await connector.remove(fixture.entity, [], signal), []);
      return undefined;
    },
  ],
  [
    "a value that the tracker drops in silence is told as a fault",
    async (bench) => {
      const { connector, fixture, signal } = bench;
      if (fixture.dropped === null) return "this tracker refuses aloud";
      const made = only(await bench.make({}));
      const kept = mark(bench, "kept");
      const fields = { [fixture.marker]: kept, [fixture.dropped.field]: fixture.dropped.value };
      const outcome = only(await connector.update(fixture.entity, [{ id: made.id, fields }], signal));
      assert.equal(stored(outcome).fields[fixture.marker], kept);
      assert.deepEqual(outcome.ok && outcome.faults.map((fault) => fault.field), [fixture.dropped.field]);
      return undefined;
    },
  ],
  [
    "awkward text comes back as it was sent, in every text field",
    async (bench) => {
      const { connector, fixture, signal } = bench;
      const escaped =
        fixture.rich === null ? {} : { [fixture.rich]: fixture.paragraphs([AWKWARD, "second paragraph"]) };
      const text = `${AWKWARD} ${bench.unique("t")}`.replace(fixture.forbidden ?? /$^/, "");
      const fields = { [fixture.marker]: AWKWARD, [fixture.text]: text, ...escaped };
      const [made] = await bench.make(fields);
      assertFields(fixture, await readOne(bench, made?.id ?? "", Object.keys(fields)), fields);
      const outcome = only(await connector.update(fixture.entity, [{ id: made?.id ?? "", fields }], signal));
      assert.deepEqual(outcome.ok && outcome.faults, []);
      return undefined;
    },
  ],
  [
    "long text comes back whole",
    async (bench) => {
      const { fixture } = bench;
      if (fixture.rich === null) return "this tracker has no rich text";
      const lines = Array.from({ length: 400 }, (_, n) => `paragraph ${n} ${"lorem ipsum ".repeat(8).trim()}`);
      const rich = fixture.paragraphs(lines);
      const made = only(await bench.make({ [fixture.rich]: rich }));
      const text = await readOne(bench, made.id, [fixture.rich]);
      assert.equal(fixture.plain(String(text?.[fixture.rich])), fixture.plain(rich));
      return undefined;
    },
  ],
  [
    "more records than one request carries are written in order",
    async (bench) => {
      const { connector, fixture, signal } = bench;
      const drafts = Array.from({ length: 30 }, (_, n) => ({
        ref: String(n),
        fields: { ...fixture.required, [fixture.text]: bench.unique(`many ${n}`) },
      }));
      const outcomes = await connector.create(fixture.entity, drafts, signal);
      assert.deepEqual(
        outcomes.map((outcome) => stored(outcome).fields[fixture.text]),
        drafts.map((draft) => draft.fields[fixture.text]),
      );
      const ids = outcomes.map((outcome) => stored(outcome).id);
      assert.equal((await connector.read(fixture.entity, ids, [fixture.text], signal)).size, 30);
      return undefined;
    },
  ],
  [
    "deletes; a record that is gone already counts as done",
    async (bench) => {
      const { connector, fixture, signal } = bench;
      const [first, second] = await bench.make({}, {});
      const ids = [first?.id ?? "", fixture.noId, second?.id ?? ""];
      await fixture.remove(second?.id ?? "");
      const outcomes = await connector.remove(fixture.entity, ids, signal);
      assert.deepEqual(
        outcomes.map((outcome) => stored(outcome).id),
        ids,
      );
      assert.equal((await connector.read(fixture.entity, ids, [], signal)).size, 0);
      return undefined;
    },
  ],
  [
    "an update of a record that was deleted meanwhile says notFound",
    async (bench) => {
      const { connector, fixture, signal } = bench;
      const made = only(await bench.make({}));
      await fixture.remove(made.id);
      const outcome = only(
        await connector.update(
          fixture.entity,
          [{ id: made.id, fields: { [fixture.marker]: mark(bench, "late") } }],
          signal,
        ),
      );
      assert.equal(refused(outcome).kind, "notFound");
      return undefined;
    },
  ],
  [
    "writing to an entity type that is not there fails cleanly",
    async ({ connector, fixture, signal }) => {
      const write = connector.create(fixture.noEntity, [{ ref: "1", fields: { [fixture.text]: "x" } }], signal);
      await fails(
        write.then((outcomes) => Promise.reject(refused(outcomes[0]))),
        "notFound",
        "invalid",
      );
      return undefined;
    },
  ],
];
