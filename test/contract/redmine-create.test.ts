import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Connector } from "../../daemon/core/connector.ts";
import { NO_REDMINE, redmineFacts } from "../trackers/redmine.ts";
import { fact, type RedmineFixture, redmineFixture } from "./redmine-fixture.ts";

const facts = redmineFacts(process.env);
const { signal } = new AbortController();

if (typeof facts === "string") {
  test("contract: redmine creates versions and categories", { skip: NO_REDMINE }, () => undefined);
} else {
  describe("X19 a real Redmine creates versions and categories", () => {
    let site: RedmineFixture;
    let connector: Connector;
    const made: string[] = [];
    const name = `made by a test ${Date.now()}`;

    before(async () => {
      site = await redmineFixture(facts);
      connector = site.connect(fact(facts, "REDMINE_API_KEY"), { project: "alpha" });
    });
    after(async () => {
      await connector.close();
      await site.close();
      const headers = { "x-redmine-api-key": fact(facts, "REDMINE_API_KEY") };
      for (const path of made)
        await fetch(`${fact(facts, "REDMINE_URL")}/${path}`, { method: "DELETE", headers, signal });
    });

    test("a version is made by its name, is in the directory, and can be written", async () => {
      const entry = await connector.addEntry?.("version", name, null, signal);
      assert.ok(entry !== undefined);
      made.push(`versions/${entry.id}.json`);
      const found = (await connector.directory("version", signal)).filter((one) => one.name === name);
      assert.deepEqual(found, [entry]);
      const fields = { subject: "of a new version", fixed_version: entry.id };
      const [outcome] = await connector.create("issue", [{ ref: "a", fields }], signal);
      assert.ok(outcome?.ok, JSON.stringify(outcome));
      assert.equal(outcome.record.fields["fixed_version"], entry.id);
      await connector.remove("issue", [outcome.record.id], signal);
      await assert.rejects(
        connector.addEntry?.("version", name, null, signal) ?? Promise.resolve(),
        /has already been taken/,
      );
    });

    test("a category is made by its name, is in the list, and can be written", async () => {
      await connector.addOption?.("issue", "category", name, signal);
      const options = (await connector.describe("issue", signal)).fields["category"]?.options ?? [];
      assert.ok(options.includes(name));
      const [outcome] = await connector.create(
        "issue",
        [{ ref: "a", fields: { subject: "of a new category", category: name } }],
        signal,
      );
      assert.ok(outcome?.ok, JSON.stringify(outcome));
      assert.equal(outcome.record.fields["category"], name);
      await connector.remove("issue", [outcome.record.id], signal);
      const list = await fetch(`${fact(facts, "REDMINE_URL")}/projects/alpha/issue_categories.json`, {
        headers: { "x-redmine-api-key": fact(facts, "REDMINE_API_KEY") },
        signal,
      });
      const { issue_categories: categories } = (await list.json()) as {
        issue_categories: { id: number; name: string }[];
      };
      for (const category of categories.filter((one) => one.name === name))
        made.push(`issue_categories/${category.id}.json`);
    });

    test("an account without the right is told so, and nothing is made", async () => {
      const reporter = site.connect(fact(facts, "REDMINE_USER_DAVE_KEY"), { project: "alpha" });
      const refused = `refused ${name}`;
      await assert.rejects(reporter.addEntry?.("version", refused, null, signal) ?? Promise.resolve(), /403/);
      const versions = await connector.directory("version", signal);
      assert.ok(!versions.some((version) => version.name === refused));
      await reporter.close();
    });
  });
}
