import assert from "node:assert/strict";
import type { FieldKind } from "../../daemon/core/field.ts";
import { type Case, clockOf, fails, listed, only } from "./bench.ts";

const SECOND = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

export const readingCases: readonly Case[] = [
  [
    "describes its fields with kinds, lists and what is required",
    async ({ connector, fixture, signal }) => {
      const schema = await connector.describe(fixture.entity, signal);
      assert.equal(schema.entity, fixture.entity);
      assert.deepEqual(schema.open, []);
      const kinds: readonly (readonly [string | null | undefined, FieldKind])[] = [
        [fixture.text, "string"],
        [fixture.rich, "rich"],
        [fixture.number?.field, "number"],
        [fixture.date?.field, "date"],
        [fixture.option?.field, "option"],
        [fixture.user?.field, "user"],
        [fixture.reference?.field, "reference"],
      ];
      for (const [name, kind] of kinds) {
        if (name == null) continue;
        const field = schema.fields[name];
        assert.equal(field?.kind, kind, name);
        assert.equal(field?.name, name);
        assert.equal(field?.readOnly, false, name);
        assert.equal(field?.multiple, false, name);
      }
      assert.equal(schema.fields[fixture.text]?.required, true);
      if (fixture.multi !== null) assert.equal(schema.fields[fixture.multi.field]?.multiple, true);
      const list = schema.fields[fixture.option?.field ?? ""];
      // A tracker that does not tell its lists must not claim to check them; values that records happen to hold are no list.
      if (list?.options === undefined) assert.notEqual(list?.verified, true);
      else if (list.verified === true)
        for (const value of fixture.option?.values ?? []) assert.ok(list.options.includes(value), value);
      if (fixture.rich !== null) assert.ok(schema.fields[fixture.rich]?.markup !== undefined);
      return undefined;
    },
  ],
  [
    "says notFound for an entity type that is not there",
    async ({ connector, fixture, signal }) => {
      await fails(connector.describe(fixture.noEntity, signal), "notFound");
      return undefined;
    },
  ],
  [
    "lists people by login, with addresses",
    async ({ connector, fixture, signal }) => {
      const people = await connector.people(signal);
      assert.equal(people !== null, connector.capabilities.listsPeople);
      if (people === null) return "this tracker does not list its users";
      const logins = people.map((person) => person.login);
      assert.equal(new Set(logins).size, logins.length);
      for (const login of fixture.user?.values ?? []) assert.ok(logins.includes(login), login);
      for (const email of people.flatMap((person) => person.emails)) assert.match(email, /^[^\s;,]+@[^\s;,]+$/);
      return undefined;
    },
  ],
  [
    "lists what references point at, with paths",
    async ({ connector, fixture, signal }) => {
      if (fixture.directory === null) return "this tracker has nothing to refer to";
      const entries = await connector.directory(fixture.directory, signal);
      assert.ok(entries.length > 0);
      assert.equal(new Set(entries.map((entry) => entry.id)).size, entries.length);
      for (const entry of entries) {
        assert.ok(entry.path.startsWith("\\") && entry.path.endsWith(entry.name), entry.path);
        assert.ok(entry.name !== "");
      }
      const ids = entries.map((entry) => entry.id);
      const target = (await connector.describe(fixture.entity, signal)).fields[fixture.reference?.field ?? ""]?.target;
      if (target === fixture.directory)
        for (const id of fixture.reference?.values ?? []) assert.ok(ids.includes(id), id);
      return undefined;
    },
  ],
  [
    "reads by id: what is not there is missing, what is empty is null, nothing else comes",
    async (bench) => {
      const { connector, fixture, signal } = bench;
      const made = only(await bench.make({}));
      const fields = [fixture.text, fixture.marker];
      const found = await connector.read(fixture.entity, [made.id, fixture.noId, "no-id"], fields, signal);
      assert.deepEqual([...found.keys()], [made.id]);
      const record = found.get(made.id);
      assert.deepEqual(record?.fields, { [fixture.marker]: null, [fixture.text]: made.fields[fixture.text] ?? null });
      assert.equal(record?.version, made.version);
      assert.match(record?.modified ?? "", SECOND);
      assert.equal((await connector.read(fixture.entity, [], fields, signal)).size, 0);
      return undefined;
    },
  ],
  [
    "lists all records in the order of their ids, with the fields asked for",
    async (bench) => {
      const made = await bench.make({}, {}, {});
      const { pages, records } = await listed(bench, [bench.fixture.text], null);
      const ids = records.map((record) => Number(record.id));
      assert.deepEqual(
        ids,
        [...new Set(ids)].sort((a, b) => a - b),
      );
      for (const record of made) {
        const found = records.find((one) => one.id === record.id);
        assert.deepEqual(found?.fields, { [bench.fixture.text]: record.fields[bench.fixture.text] });
        assert.equal(found?.version, record.version);
      }
      const asOf = pages[0]?.asOf;
      if (asOf != null) assert.match(asOf, SECOND);
      return undefined;
    },
  ],
  [
    "lists what changed since a moment of the tracker's clock, an edit of that second included",
    async (bench) => {
      const [quiet, edited] = await bench.make({}, {});
      await bench.fixture.tick();
      await bench.fixture.edit(edited?.id ?? "", { [bench.fixture.text]: bench.unique("edited") });
      const after = await bench.connector.read(bench.fixture.entity, [edited?.id ?? ""], [], bench.signal);
      const since = after.get(edited?.id ?? "")?.modified ?? "";
      const { records } = await listed(bench, [bench.fixture.text], since);
      assert.match(String(records.find((record) => record.id === edited?.id)?.fields[bench.fixture.text]), /^edited/);
      const all = await listed(bench, [], null);
      assert.ok(all.records.length > records.length, "a listing since a moment must not be a full one");
      assert.ok(all.records.some((record) => record.id === quiet?.id));
      return undefined;
    },
  ],
  [
    "an overlap repeats records, and their versions tell that they are known",
    async (bench) => {
      const since = await clockOf(bench);
      const made = only(await bench.make({}));
      for (let run = 0; run < 2; run++) {
        const { records } = await listed(bench, [bench.fixture.text], since);
        assert.equal(records.find((record) => record.id === made.id)?.version, made.version);
      }
      return undefined;
    },
  ],
  [
    "records that change or go while pages are read are neither missed nor repeated",
    async (bench) => {
      const { fixture, signal } = bench;
      const made = await bench.make(...Array.from({ length: 8 }, () => ({})));
      const paged = await fixture.open({ pageSize: 3 });
      const seen: string[] = [];
      const state = { meddled: false };
      for await (const page of paged.changes(
        { entity: fixture.entity, fields: [fixture.text], since: made[0]?.modified ?? null },
        signal,
      )) {
        seen.push(...page.records.map((record) => record.id));
        if (state.meddled || !seen.includes(made[1]?.id ?? "")) continue;
        state.meddled = true;
        await fixture.remove(made[0]?.id ?? "");
        await fixture.edit(made[1]?.id ?? "", { [fixture.text]: bench.unique("meanwhile") });
        await fixture.edit(made[7]?.id ?? "", { [fixture.text]: bench.unique("meanwhile") });
      }
      await paged.close();
      assert.ok(state.meddled);
      assert.equal(new Set(seen).size, seen.length, "a record came twice");
      for (const record of made.slice(1)) assert.ok(seen.includes(record.id), `record ${record.id} was missed`);
      return undefined;
    },
  ],
  [
    "matching selects among ids by the tracker's own language",
    async (bench) => {
      const { connector, fixture, signal } = bench;
      const [first, second] = await bench.make({}, {});
      const ids = [first?.id ?? "", second?.id ?? "", fixture.noId];
      const filter = fixture.filter(String(first?.fields[fixture.text]));
      assert.equal(fixture.checkFilter?.(filter) ?? null, null);
      assert.deepEqual([...(await connector.matching(fixture.entity, ids, filter, signal))], [first?.id]);
      assert.equal((await connector.matching(fixture.entity, [], filter, signal)).size, 0);
      return undefined;
    },
  ],
  [
    "a filter that is not well-formed is refused before and when it is sent",
    async ({ connector, fixture, signal }) => {
      if (fixture.checkFilter !== undefined) assert.equal(typeof fixture.checkFilter(fixture.badFilter), "string");
      await fails(connector.matching(fixture.entity, ["1"], fixture.badFilter, signal), "invalid");
      return undefined;
    },
  ],
  [
    "find gives the records whose field equals one of the values, and no others",
    async (bench) => {
      const { connector, fixture, signal } = bench;
      const [a, b, c] = [bench.unique("mark"), `${bench.unique("mark")} "q" & (x) [y] 'z'`, bench.unique("mark")];
      const made = await bench.make(
        { [fixture.marker]: a },
        { [fixture.marker]: b },
        { [fixture.marker]: c },
        { [fixture.marker]: `${a}x` },
      );
      const found = await connector.find(
        fixture.entity,
        fixture.marker,
        [a, b, "nobody has this"],
        [fixture.text],
        signal,
      );
      assert.deepEqual(found.map((record) => record.id).sort(), [made[0]?.id, made[1]?.id].sort());
      assert.deepEqual(await connector.find(fixture.entity, fixture.marker, [], [fixture.text], signal), []);
      return undefined;
    },
  ],
  [
    "an incremental listing without changes costs at most two requests",
    async (bench) => {
      const { requests } = bench.fixture;
      if (requests === null) return "nobody counts requests here";
      await listed(bench, [bench.fixture.text], null);
      const before = requests();
      await listed(bench, [bench.fixture.text], "2099-01-01T00:00:00Z");
      assert.ok(requests() - before <= 2, `${requests() - before} requests`);
      return undefined;
    },
  ],
];
