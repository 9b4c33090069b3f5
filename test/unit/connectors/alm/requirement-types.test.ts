import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { almConnector } from "../../../../daemon/connectors/alm/index.ts";
import type { Connector } from "../../../../daemon/core/connector.ts";
import { createHttp } from "../../../../daemon/lib/http.ts";
import { type AlmSimulator, startAlmSimulator } from "../../../../daemon/sandbox/alm/index.ts";

const signal = new AbortController().signal;
const TWO = "requirement/Business|Functional";

describe("E62 requirement types", () => {
  let alm: AlmSimulator;
  let connector: Connector;
  const made: Record<string, string> = {};

  before(async () => {
    alm = await startAlmSimulator();
    for (const [name, type] of [
      ["functional", "3"],
      ["business", "4"],
      ["testing", "5"],
    ] as const)
      made[name] = alm.admin.create("requirements", { name, "type-id": type });
    const { url, domain, project, user, password } = alm.access;
    const settings = almConnector.settings({ url, domain, project });
    assert.ok(settings.ok);
    connector = almConnector.open(settings.value, {
      endpoint: "alm",
      http: createHttp({ userAgent: "t", now: Date.now, random: () => 0, sleep: async () => undefined }),
      now: Date.now,
      note: () => undefined,
      secret: async () => ({ user: String(user), password: String(password) }),
    });
  });
  after(async () => {
    await connector.close();
    await alm.close();
  });

  async function listed(entity: string): Promise<readonly string[]> {
    const names: string[] = [];
    for await (const page of connector.changes({ entity, fields: ["name"], since: null }, signal))
      names.push(...page.records.map((one) => String(one.fields["name"])));
    return names.filter((name) => name in made).sort();
  }

  test("listings, reading, searching and filters see the types that are named", async () => {
    assert.deepEqual(await listed("requirement/Functional"), ["functional"]);
    assert.deepEqual(await listed(TWO), ["business", "functional"]);
    assert.deepEqual(await listed("requirement"), ["business", "functional", "testing"]);
    const ids = Object.values(made);
    assert.deepEqual([...(await connector.read(TWO, ids, [], signal)).keys()], [made["functional"], made["business"]]);
    const found = await connector.find(TWO, "name", ["testing", "business"], ["name"], signal);
    assert.deepEqual(
      found.map((one) => one.id),
      [made["business"]],
    );
    assert.deepEqual([...(await connector.matching(TWO, ids, "name['*s*']", signal))], [made["business"]]);
    // The filter may name the type as well: a query must not have the field twice.
    assert.deepEqual([...(await connector.matching(TWO, ids, "type-id[3 OR 5]", signal))], [made["functional"]]);
  });

  test("a requirement that was made another type is outside, not gone", async () => {
    const id = alm.admin.create("requirements", { name: "changes its mind", "type-id": "3" });
    alm.admin.update("requirements", id, { "type-id": "5" });
    const where = await connector.whereabouts(TWO, [id, made["business"] ?? "", "999999"], signal);
    assert.deepEqual([...where.values()], ["outside", "present", "gone"]);
  });

  test("new requirements get the first type unless one of the others is given; a stray one is refused", async () => {
    const create = async (fields: Record<string, string>) => {
      const [outcome] = await connector.create(TWO, [{ ref: "1", fields }], signal);
      return outcome ?? assert.fail("no outcome");
    };
    const first = await create({ name: "by default" });
    assert.ok(first.ok);
    assert.equal(alm.admin.get("requirements", first.record.id)?.["type-id"], "4");
    assert.deepEqual(first.record.fields, { name: "by default" });
    const given = await create({ name: "as given", "type-id": "3" });
    assert.ok(given.ok);
    assert.equal(alm.admin.get("requirements", given.record.id)?.["type-id"], "3");
    const stray = await create({ name: "astray", "type-id": "5" });
    assert.ok(!stray.ok);
    assert.deepEqual([stray.error.kind, stray.error.field], ["invalid", "type-id"]);
    assert.match(stray.error.message, /none of those that the link has: 4 \(Business\), 3 \(Functional\)/);
    const [moved] = await connector.update(
      TWO,
      [{ id: given.record.id, fields: { "type-id": "5", name: "moved" } }],
      signal,
    );
    assert.ok(moved !== undefined && !moved.ok);
    assert.equal(moved.error.field, "type-id");
  });

  test("fields are those that all of the types have, and every type is told", async () => {
    const two = await connector.describe("requirement/Functional|Testing", signal);
    assert.equal(two.entity, "requirement/Functional|Testing");
    assert.equal(two.fields["rbt-bsns-impact"], undefined, "Testing has no such field");
    assert.ok(two.fields["rbt-risk"] !== undefined);
    assert.equal(two.fields["type-id"]?.required, false);
    assert.ok(two.subtypes?.includes("Business Model"));
    const all = await connector.describe("requirement", signal);
    assert.ok(all.fields["rbt-bsns-impact"] !== undefined);
    assert.equal(all.fields["type-id"]?.required, true);
    assert.deepEqual(all.subtypes, two.subtypes);
  });

  test("a type that the project lacks is told with those it has, by the connection test too", async () => {
    const wrong = "requirement/functional";
    await assert.rejects(connector.describe(wrong, signal), /requirement\/functional.*\(but "Functional"\).*Testing/);
    await assert.rejects(listed(wrong), /requirement\/functional/);
    const checks = await connector.test(["requirement/Functional", wrong], signal);
    const verdicts = checks.map(({ name, verdict }) => `${name}: ${verdict}`);
    assert.ok(verdicts.includes("requirement/Functional: fields: pass"), verdicts.join());
    assert.ok(verdicts.includes("requirement/functional: fields: fail"), verdicts.join());
  });

  test("an incremental listing without changes costs no more than of all types", async () => {
    const count = async (entity: string) => {
      const before = alm.traffic.total();
      const request = { entity, fields: ["name"], since: "2099-01-01T00:00:00Z" };
      for await (const _ of connector.changes(request, signal));
      return alm.traffic.total() - before;
    };
    await count(TWO);
    assert.equal(await count(TWO), await count("requirement"));
  });
});

describe("E56 releases and cycles as sides of a link", () => {
  test("a release without a folder lies in the root; a cycle's bad dates are told as such and leave the record as it was", async () => {
    const alm = await startAlmSimulator({ content: "empty" });
    const { url, domain, project, user, password } = alm.access;
    const settings = almConnector.settings({ url, domain, project });
    assert.ok(settings.ok);
    const connector = almConnector.open(settings.value, {
      endpoint: "alm",
      http: createHttp({ userAgent: "t", now: Date.now, random: () => 0, sleep: async () => undefined }),
      now: Date.now,
      note: () => undefined,
      secret: async () => ({ user: String(user), password: String(password) }),
    });
    const dates = { "start-date": "2026-01-01", "end-date": "2026-03-31" };
    const [made] = await connector.create("release", [{ ref: "1", fields: { name: "R1", ...dates } }], signal);
    assert.ok(made?.ok);
    assert.equal(alm.admin.get("releases", made.record.id)?.["parent-id"], "1");
    assert.equal((await connector.describe("release", signal)).fields["parent-id"]?.required, false);
    const [cycle] = await connector.create(
      "release-cycle",
      [{ ref: "1", fields: { name: "C1", "parent-id": made.record.id, ...dates } }],
      signal,
    );
    assert.ok(cycle?.ok);
    const [late] = await connector.update(
      "release-cycle",
      [{ id: cycle.record.id, fields: { "end-date": "2026-06-30" } }],
      signal,
    );
    assert.ok(late !== undefined && !late.ok);
    // Nothing is stored, or may as well be sent again in parts: the engine tries each date by itself.
    assert.deepEqual([late.error.kind, late.error.stored], ["invalid", "no"]);
    assert.deepEqual(
      (await connector.directory("release", signal)).map(({ name, until }) => [name, until]),
      [["R1", "2026-03-31"]],
    );
    await connector.close();
    await alm.close();
  });
});
