import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Connector } from "../../daemon/core/connector.ts";
import { ConnectorError } from "../../daemon/core/errors.ts";
import type { TrackerRecord } from "../../daemon/core/record.ts";
import { NO_REDMINE, redmineFacts } from "../trackers/redmine.ts";
import { connectorContract } from "./connector.ts";
import { fact, type RedmineFixture, redmineFixture } from "./redmine-fixture.ts";

const facts = redmineFacts(process.env);
const signal = new AbortController().signal;

if (typeof facts === "string") {
  test("contract: redmine", { skip: NO_REDMINE }, () => undefined);
} else {
  connectorContract("redmine", () => redmineFixture(facts));

  describe("redmine connector against a real one", () => {
    let site: RedmineFixture;
    let connector: Connector;

    before(async () => {
      site = await redmineFixture(facts);
      connector = await site.open();
    });
    after(async () => {
      await connector.close();
      await site.close();
    });

    async function make(fields: Readonly<Record<string, string | readonly string[] | null>>, by = connector) {
      const [outcome] = await by.create(
        "issue",
        [{ ref: "a", fields: { subject: "made by a test", ...fields } }],
        signal,
      );
      assert.ok(outcome?.ok, outcome?.ok === false ? outcome.error.message : "no outcome");
      return outcome;
    }

    test("every kind of field is written by name and reads back as it was written", async () => {
      const fields = {
        description: "One\n\nTwo with trailing words",
        status: "In Progress",
        priority: "Urgent",
        assigned_to: "bob",
        category: "Operations",
        fixed_version: fact(facts, "REDMINE_VERSION_BETA_1_ID"),
        start_date: "2026-11-01",
        due_date: "2026-12-24",
        done_ratio: "20",
        estimated_hours: "7.5",
        is_private: "true",
        "External ID": `marker-${Date.now()}`,
        Score: "3.25",
        Build: "42",
        Severity: "3-High",
        Platforms: ["Linux", "Windows"],
        Reviewer: "carol",
        "Watch group": ["alice", "bob"],
        "Found in": fact(facts, "REDMINE_VERSION_BETA_2_ID"),
        Regression: "true",
        "Promised on": "2026-11-30",
        Steps: "first\nsecond",
        Reference: "https://example.test/1",
        Environment: "Staging",
        "Ticket code": "ABC-12",
      };
      const outcome = await make(fields);
      assert.deepEqual(outcome.faults, []);
      const sorted = (value: unknown) => (Array.isArray(value) ? [...value].sort() : value);
      for (const [name, value] of Object.entries(fields))
        assert.deepEqual(sorted(outcome.record.fields[name]), value, name);

      const cleared = Object.fromEntries(
        Object.keys(fields)
          .filter((n) => n !== "status" && n !== "priority")
          .map((n) => [n, null]),
      );
      const [emptied] = await connector.update("issue", [{ id: outcome.record.id, fields: cleared }], signal);
      assert.ok(emptied?.ok);
      assert.deepEqual(emptied.faults, []);
      const left = Object.entries(emptied.record.fields).filter(([, value]) => value !== null);
      assert.deepEqual(Object.fromEntries(left), { done_ratio: "0", is_private: "false" });
    });

    test("a closed issue is created, found, listed and read like any other", async () => {
      const marker = `closed=|${Date.now()}`;
      const outcome = await make({ status: "Closed", cf_1: marker });
      assert.deepEqual(outcome.faults, []);
      assert.equal(outcome.record.fields["status"], "Closed");
      const { id } = outcome.record;
      const found = await connector.find("issue", "External ID", [marker], ["status"], signal);
      assert.deepEqual(
        found.map((record) => [record.id, record.fields]),
        [[id, { status: "Closed" }]],
      );
      assert.ok((await connector.read("issue", [id], ["status"], signal)).has(id));
      assert.ok((await connector.matching("issue", [id], "status_id=closed", signal)).has(id));
      assert.equal((await connector.matching("issue", [id], "status_id=open", signal)).size, 0);
      assert.ok((await connector.matching("issue", [id], "priority_id=2", signal)).has(id));
    });

    test("X13 hundreds of long texts are looked for, although Redmine has room for a few in a cookie", async () => {
      const subject = `Zürich — ${Date.now()}`;
      const { record } = await make({ subject });
      const others = Array.from({ length: 200 }, (_, index) => `${"müde ".repeat(12)}${index}`);
      const found = await connector.find("issue", "subject", [...others, subject], ["subject"], signal);
      assert.deepEqual(
        found.map(({ id, fields }) => [id, fields["subject"]]),
        [[record.id, subject]],
      );
    });

    test("what the role may not change is a fault although the server answers as if it were done", async () => {
      const { record } = await make({});
      const developer = site.connect(fact(facts, "REDMINE_USER_BOB_KEY"));
      const fields = { status: "Rejected", subject: "by bob" };
      const [outcome] = await developer.update("issue", [{ id: record.id, fields }], signal);
      await developer.close();
      assert.ok(outcome?.ok);
      assert.equal(outcome.record.fields["subject"], "by bob");
      assert.deepEqual(
        outcome.faults.map((fault) => fault.field),
        ["status"],
      );
    });

    test("a value that no list has is a fault of its field, and the others are written", async () => {
      const { record } = await make({});
      const fields = { priority: "No such priority", assigned_to: "nobody", cf_13: "Nowhere", subject: "the rest" };
      const [outcome] = await connector.update("issue", [{ id: record.id, fields }], signal);
      assert.ok(outcome?.ok);
      assert.equal(outcome.record.fields["subject"], "the rest");
      assert.deepEqual(
        outcome.faults.map((fault) => fault.field),
        ["priority", "assigned_to", "cf_13"],
      );
      assert.match(outcome.faults[0]?.message ?? "", /there is Low, Normal, High/);
    });

    test("a refusal names its field in the mapping's words", async () => {
      const { record } = await make({});
      const [outcome] = await connector.update("issue", [{ id: record.id, fields: { "Ticket code": "x" } }], signal);
      assert.ok(outcome?.ok === false);
      assert.deepEqual([outcome.error.kind, outcome.error.field], ["invalid", "Ticket code"]);
    });

    test("a wrong key is never read as an empty project", async () => {
      const stranger = await site.openRefused();
      const listing = async () => {
        for await (const page of stranger.changes({ entity: "issue", fields: [], since: null }, signal))
          return page.records;
        return [];
      };
      await assert.rejects(listing, (error: unknown) => error instanceof ConnectorError && error.kind === "auth");
      await stranger.close();
    });

    test("one incremental run without changes costs at most two requests", async () => {
      await make({ assigned_to: "bob", Reviewer: "carol" });
      const fields = ["subject", "assigned_to", "cf_6", "status"];
      const first = await collect(connector, null, fields, signal);
      await site.tick();
      const before = site.requests?.() ?? 0;
      const { records } = await collect(
        connector,
        new Date(Date.now()).toISOString().replace(/\.\d+Z/, "Z"),
        fields,
        signal,
      );
      assert.equal(records.length, 0);
      assert.ok((site.requests?.() ?? 0) - before <= 2);
      assert.ok(first.records.length > 0);
    });

    test("small pages give each issue once, also when one goes meanwhile", async () => {
      const ids: string[] = [];
      for (let i = 0; i < 5; i++) ids.push((await make({})).record.id);
      const small = site.connect(fact(facts, "REDMINE_API_KEY"), { page_size: 2 });
      const seen: string[] = [];
      for await (const page of small.changes({ entity: "issue", fields: [], since: null }, signal)) {
        seen.push(...page.records.map((record) => record.id));
        if (page.records.some((record) => record.id === ids[1])) await site.remove(ids[0] ?? "");
      }
      await small.close();
      assert.deepEqual(
        seen.filter((id) => ids.includes(id)),
        ids,
      );
      assert.equal(new Set(seen).size, seen.length);
    });

    test("an account without administrator's rights reads and writes people by name", async () => {
      const bot = site.connect(fact(facts, "REDMINE_USER_SYNCBOT_KEY"), { fields: { cf_9: "boolean", cf_6: "user" } });
      const outcome = await make({ assigned_to: "Carol O'Connor", cf_9: "true", cf_6: "Bob Böhm" }, bot);
      assert.deepEqual(outcome.faults, []);
      assert.deepEqual(outcome.record.fields["assigned_to"], "Carol O'Connor");
      assert.deepEqual(outcome.record.fields["cf_6"], "Bob Böhm");
      const schema = await bot.describe("issue", signal);
      assert.equal(schema.fields["Regression"]?.kind, "boolean");
      assert.equal(schema.fields["cf_5"]?.multiple, true);
      const people = await bot.people(signal);
      assert.ok(people?.some((person) => person.name === "Carol O'Connor" && person.emails.length === 0));
      await bot.close();
    });

    test("describe, people and directory tell what the server has", async () => {
      const { fields } = await connector.describe("issue", signal);
      assert.deepEqual(fields["status"]?.options?.slice(0, 2), ["New", "In Progress"]);
      assert.deepEqual(fields["cf_13"]?.options, ["Production", "Staging", "Laboratory"]);
      assert.deepEqual([fields["Severity"]?.label, fields["cf_4"]?.label], ["cf_4", "Severity"]);
      assert.deepEqual(fields["External ID"]?.maxLength, { size: 255, unit: "characters" });
      const people = await connector.people(signal);
      assert.deepEqual(people?.find((person) => person.login === "bob")?.emails, ["bob@example.test"]);
      assert.equal(people?.find((person) => person.login === "gone")?.active, false);
      const versions = await connector.directory("version", signal);
      assert.deepEqual(
        versions.map((version) => version.path),
        ["\\2.0", "\\beta-1", "\\beta-2"],
      );
    });

    test("test() gives a check by name for each thing", async () => {
      const verdicts = async (by: Connector) =>
        (await by.test(["issue"], signal)).map(({ name, verdict }) => `${name}: ${verdict}`);
      const all = ["sign-in", "project", "tracker", "rights", "administrator", "entity issue", "issue: entity links"];
      assert.deepEqual(
        await verdicts(connector),
        all.map((name) => `${name}: pass`),
      );
      const reporter = site.connect(fact(facts, "REDMINE_USER_DAVE_KEY"), { project: "alpha", tracker: "Nonsense" });
      assert.deepEqual(await verdicts(reporter), [
        "sign-in: pass",
        "project: pass",
        "tracker: fail",
        "rights: fail",
        "administrator: warning",
        "entity issue: pass",
      ]);
      await reporter.close();
      const stranger = await site.openRefused();
      assert.deepEqual(await verdicts(stranger), ["sign-in: fail"]);
      await stranger.close();
    });

    test("an issue of another project or tracker is not there", async () => {
      const elsewhere = site.connect(fact(facts, "REDMINE_API_KEY"), { project: "alpha" });
      const other = await make({}, elsewhere);
      const feature = await make(
        { tracker: "Feature" },
        site.connect(fact(facts, "REDMINE_API_KEY"), { tracker: "Feature" }),
      );
      const found = await connector.read("issue", [other.record.id, feature.record.id], [], signal);
      assert.equal(found.size, 0);
      const own = await make({});
      const deleted = await make({});
      await site.remove(deleted.record.id);
      const ids = [own, other, feature, deleted].map((outcome) => outcome.record.id);
      const where = await connector.whereabouts("issue", ids, signal);
      assert.deepEqual(
        ids.map((id) => where.get(id)),
        ["present", "outside", "outside", "gone"],
      );
      const versions = ["BETA_1", "1_1"].map((name) => fact(facts, `REDMINE_VERSION_${name}_ID`));
      const places = await connector.whereabouts("version", [...versions, "987654"], signal);
      assert.deepEqual([...places.values()], ["present", "outside", "gone"]);
      const reporter = site.connect(fact(facts, "REDMINE_USER_DAVE_KEY"), { project: "alpha", tracker: 1 });
      assert.equal((await reporter.whereabouts("issue", [own.record.id], signal)).get(own.record.id), "hidden");
      await reporter.close();
      await elsewhere.close();
    });
  });
}

async function collect(connector: Connector, since: string | null, fields: readonly string[], abort: AbortSignal) {
  const records: TrackerRecord[] = [];
  for await (const page of connector.changes({ entity: "issue", fields, since }, abort)) records.push(...page.records);
  return { records };
}
