import assert from "node:assert/strict";
import { test } from "node:test";
import { agileManagerFixture } from "../../contract/agile-manager-fixture.ts";
import { almFixture } from "../../contract/alm-fixture.ts";
import { ACCOUNT, fakeRedmine, issue } from "./redmine/fake.ts";

const { signal } = new AbortController();

test("E65 E67 ALM: what requirements lie in, and all that lies below them, whatever its type; the root is no record", async (t) => {
  for (const topParent of [0, -1] as const) {
    const site = await almFixture({ switches: { topParent } });
    t.after(() => site.close());
    const connector = await site.open();
    t.after(() => connector.close());
    const { admin } = site.simulator;
    const make = (name: string, type: string, parent?: string) =>
      admin.create("requirements", { name, "type-id": type, ...(parent === undefined ? {} : { "parent-id": parent }) });
    const top = make("top", "4");
    const folder = make("folder", "1", top);
    const deep = make("deep", "3", folder);
    const sister = make("sister", "3", top);
    const { tree } = connector;
    assert.deepEqual(
      await tree?.above("requirement", [top, folder, deep, "999999"], signal),
      new Map([
        [top, null],
        [folder, { entity: "requirement", id: top }],
        [deep, { entity: "requirement", id: folder }],
      ]),
    );
    const below = await tree?.below("requirement", [top, deep], signal);
    assert.deepEqual(
      below
        ?.get(top)
        ?.map(({ id, parent, name }) => [id, parent, name])
        .toSorted(),
      [
        [folder, top, "folder"],
        [deep, folder, "deep"],
        [sister, top, "sister"],
      ].toSorted(),
    );
    assert.deepEqual(below?.get(deep), []);
    assert.deepEqual(await tree?.above("defect", ["1"], signal), new Map(), "defects lie in nothing");

    const read = async (id: string) => (await connector.read("requirement", [id], ["parent-id"], signal)).get(id);
    assert.equal((await read(top))?.fields["parent-id"], null);
    const [moved] = await connector.update("requirement", [{ id: deep, fields: { "parent-id": null } }], signal);
    assert.ok(moved?.ok && moved.faults.length === 0, JSON.stringify(moved));
    assert.equal((await read(deep))?.fields["parent-id"], null);
    const [made] = await connector.create(
      "requirement",
      [{ ref: "a", fields: { name: "new", "type-id": "3", "parent-id": "0" } }],
      signal,
    );
    assert.ok(made?.ok && made.faults.length === 0, "a constant that names the root is taken as it is");
  }
});

test("E65 Agile Manager: features lie in themes, items in features and themes; nothing goes along with them", async (t) => {
  const site = await agileManagerFixture();
  t.after(() => site.close());
  const connector = await site.open();
  t.after(() => connector.close());
  const { admin } = site.simulator;
  const theme = admin.create("themes", { name: "T" });
  const feature = admin.create("features", { name: "F", theme_id: theme });
  const story = admin.create("backlog_items", { subtype: "user_story", name: "S", feature_id: feature });
  const above = async (entity: string, id: number) =>
    (await connector.tree?.above(entity, [String(id)], signal))?.get(String(id));
  assert.deepEqual(await above("feature", feature), { entity: "theme", id: String(theme) });
  assert.deepEqual(await above("user_story", story), { entity: "feature", id: String(feature) });
  assert.equal(await above("theme", theme), null);
  assert.deepEqual(await connector.tree?.below("theme", [String(theme)], signal), new Map([[String(theme), []]]));
});

test("E67 T17 Redmine: sub-issues of every level go along, of other trackers too; an issue that is gone has none", async () => {
  const { connector } = fakeRedmine((_, path, query) => {
    if (path === "/users/current.json") return ACCOUNT;
    if (path !== "/issues/5.json") return { status: 404 };
    assert.equal(query.get("include"), "children");
    const grandchild = { id: 7, tracker: { id: 2, name: "Feature" }, subject: "deep" };
    return { json: { issue: { ...issue(5), children: [{ ...issue(6), subject: "child", children: [grandchild] }] } } };
  });
  assert.deepEqual(
    await connector.tree?.below("issue", ["5", "8"], signal),
    new Map([
      [
        "5",
        [
          { id: "6", parent: "5", name: "child" },
          { id: "7", parent: "6", name: "deep" },
        ],
      ],
      ["8", []],
    ]),
  );
});
