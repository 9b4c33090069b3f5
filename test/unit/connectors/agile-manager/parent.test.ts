import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Connector, WriteOutcome } from "../../../../daemon/core/connector.ts";
import type { Value } from "../../../../daemon/core/record.ts";
import { type AgileManagerFixture, agileManagerFixture } from "../../../contract/agile-manager-fixture.ts";

const signal = new AbortController().signal;

for (const putAnswer of ["full", "empty"] as const) {
  describe(`E66 the parent of items and features as one field, PUT answered ${putAnswer}`, () => {
    let site: AgileManagerFixture;
    let connector: Connector;
    const ids = { theme: "", other: "", feature: "" };

    before(async () => {
      site = await agileManagerFixture(putAnswer === "full" ? {} : { putAnswer });
      connector = await site.open();
      const { admin } = site.simulator;
      ids.theme = String(admin.create("themes", { name: "Payments of every kind" }));
      ids.other = String(admin.create("themes", { name: "Something else" }));
      ids.feature = String(admin.create("features", { name: "Standing orders", theme_id: Number(ids.theme) }));
    });
    after(async () => {
      await connector.close();
      await site.close();
    });

    function story(id: string): readonly [unknown, unknown] {
      const row = site.simulator.admin.get("backlog_items", Number(id));
      const idOf = (value: unknown) => (value as { id?: number } | null)?.id ?? null;
      return [idOf(row?.["feature_id"]), idOf(row?.["theme_id"])];
    }

    async function make(parent: Value): Promise<string> {
      const fields = { name: `story of ${String(parent)}`, parent };
      const [outcome] = await connector.create("user_story", [{ ref: "1", fields }], signal);
      return stored(outcome, parent);
    }

    async function move(id: string, parent: Value): Promise<void> {
      const [outcome] = await connector.update("user_story", [{ id, fields: { parent } }], signal);
      stored(outcome, parent);
    }

    function stored(outcome: WriteOutcome | undefined, parent: Value): string {
      assert.ok(outcome?.ok, outcome?.ok === false ? outcome.error.message : "no outcome");
      assert.deepEqual(outcome.faults, []);
      assert.equal(outcome.record.fields["parent"], parent);
      return outcome.record.id;
    }

    async function parentOf(entity: string, id: string): Promise<Value | undefined> {
      return (await connector.read(entity, [id], ["parent"], signal)).get(id)?.fields["parent"];
    }

    test("a feature brings its theme, a theme alone takes the item out of its feature, nothing clears both", async () => {
      const id = await make(`feature/${ids.feature}`);
      assert.deepEqual(story(id), [Number(ids.feature), Number(ids.theme)]);
      await move(id, `theme/${ids.other}`);
      assert.deepEqual(story(id), [null, Number(ids.other)]);
      assert.equal(await parentOf("user_story", id), `theme/${ids.other}`);
      await move(id, `feature/${ids.feature}`);
      assert.equal(await parentOf("user_story", id), `feature/${ids.feature}`);
      await move(id, null);
      assert.deepEqual(story(id), [null, null]);
      assert.equal(await parentOf("user_story", id), null);
    });

    test("a feature's parent is its theme's id", async () => {
      const [made] = await connector.create(
        "feature",
        [{ ref: "1", fields: { name: `of ${putAnswer}`, parent: ids.theme } }],
        signal,
      );
      assert.ok(made?.ok);
      assert.equal(await parentOf("feature", made.record.id), ids.theme);
      const [moved] = await connector.update(
        "feature",
        [{ id: made.record.id, fields: { parent: ids.other } }],
        signal,
      );
      assert.deepEqual(moved?.ok && moved.record.fields, { parent: ids.other });
      assert.deepEqual(
        (await connector.find("feature", "parent", [ids.other], ["name"], signal)).map((one) => one.id),
        [made.record.id],
      );
    });

    test("items are found by their parent, and those of a theme's features are not the theme's", async () => {
      const inFeature = await make(`feature/${ids.feature}`);
      const inTheme = await make(`theme/${ids.theme}`);
      const wanted = [`feature/${ids.feature}`, `theme/${ids.theme}`];
      const both = await connector.find("user_story", "parent", wanted, ["parent"], signal);
      assert.deepEqual(both.map((one) => one.id).sort(), [inFeature, inTheme].sort());
      const theme = await connector.find("user_story", "parent", [`theme/${ids.theme}`], ["name"], signal);
      assert.deepEqual(
        theme.map((one) => one.id),
        [inTheme],
      );
    });

    test("listed as any other field, and told as a reference to either", async () => {
      const id = await make(`theme/${ids.theme}`);
      const found: (Value | undefined)[] = [];
      for await (const page of connector.changes({ entity: "user_story", fields: ["parent"], since: null }, signal))
        found.push(...page.records.filter((one) => one.id === id).map((one) => one.fields["parent"]));
      assert.deepEqual(found, [`theme/${ids.theme}`]);
      const schema = (await connector.describe("user_story", signal)).fields["parent"];
      assert.deepEqual([schema?.kind, schema?.target, schema?.readOnly], ["reference", "feature|theme", false]);
      assert.equal((await connector.describe("feature", signal)).fields["parent"]?.target, "theme");
      assert.equal((await connector.describe("theme", signal)).fields["parent"], undefined);
    });

    test("what names neither feature nor theme is refused before anything is sent", async () => {
      const before = site.simulator.traffic.total();
      const [outcome] = await connector.update("user_story", [{ id: "1", fields: { parent: "12" } }], signal);
      assert.ok(outcome !== undefined && !outcome.ok);
      assert.deepEqual([outcome.error.kind, outcome.error.field, outcome.error.stored], ["invalid", "parent", "no"]);
      assert.equal(site.simulator.traffic.total(), before);
    });
  });
}
