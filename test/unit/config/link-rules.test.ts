import assert from "node:assert/strict";
import { test } from "node:test";
import { connectorTypes } from "../../../daemon/connectors/registry.ts";
import type { LinkConfig } from "../../../daemon/core/snapshot.ts";
import { checkMapping, closeLinkBenches } from "../../support/link-bench.ts";
import { build, linkOf, mapping } from "./build.ts";
import { textTree } from "./corpus.ts";

test.after(() => closeLinkBenches());

/** A mapping of the real trackers with these link tables. */
function real(links: string): string {
  return `[endpoints.alm]
type = "alm"
url = "http://127.0.0.1:7171/qcbin"
domain = "D"
project = "P"
[endpoints.agm]
type = "agile-manager"
url = "http://127.0.0.1:7172"
workspace = 1003
${links}`;
}

async function realLink(table: string, rows = 'name = "name"', entities = ["requirement/Functional", "user_story"]) {
  const text = real(`[links.items]
alm = "${entities[0]}"
agm = "${entities[1]}"
${table}
[links.items.fields]
${rows}
`);
  const built = await build(textTree({ "mappings/m.toml": text }), { connectorTypes });
  if (!built.ok) assert.fail(JSON.stringify(built.diagnostics));
  return built.candidate.connections[0]?.links[0] ?? assert.fail("no link");
}

function deeds({ left, right }: LinkConfig) {
  return [left.create, right.create, left.update, right.update];
}

test("E28 E29 E30 E32 where records are made and changed, by endpoint; what is not said follows what is updated", async () => {
  const told = async (text: string) => deeds(await linkOf(mapping(text)));
  assert.deepEqual(await told(""), [true, true, undefined, undefined]);
  assert.deepEqual(await told('update = "both"'), [true, true, undefined, undefined]);
  assert.deepEqual(await told('update = "b"'), [false, true, false, undefined]);
  assert.deepEqual(await told('create = "none"\nupdate = "b"'), [false, false, false, undefined]);
  assert.deepEqual(await told('update = "none"'), [false, false, false, false]);
});

test("E32 E33 E134 deeds that cannot go together are told: create without update, recreate without create, rows that lead nowhere", async () => {
  const codes = async (table: string, rows: string) => {
    const text = real(`[links.items]\nalm = "defect"\nagm = "defect"\n${table}\n[links.items.fields]\n${rows}\n`);
    return (await checkMapping(text)).map(({ code, line }) => `${code}:${line}`);
  };
  const create = await codes('create = "agm"\nupdate = "alm"', 'name = "name"');
  assert.ok(create.includes("create-without-update:14"), create.join());
  const recreate = await codes('create = "agm"\ndeleted = { alm = "recreate" }', 'name = "name"');
  assert.deepEqual(
    recreate.filter((code) => !code.startsWith("schema")),
    ["recreate-without-create:14"],
  );
  const row = await codes('update = "agm"', 'name = "name"\npriority = { agm = "severity", direction = "to-alm" }');
  assert.deepEqual(
    row.filter((code) => !code.startsWith("schema")),
    ["row-without-effect:16"],
  );
});

test("E34 E35 E66 E133 a master: its creations and its tree cross, and never the other's", async () => {
  const rows = 'name = "name"\nparent-id = "parent"';
  const link = await realLink('master = "alm"\ndeleted = { alm = "delete", agm = "nothing" }', rows);
  assert.deepEqual(deeds(link), [false, true, undefined, undefined]);
  assert.deepEqual(
    link.fields.map(({ left, direction }) => [left, direction]),
    [
      ["name", "both"],
      ["parent-id", "to-right"],
    ],
  );
  const quiet = await realLink('master = "alm"\nupdate = "agm"', rows);
  assert.deepEqual(deeds(quiet), [false, true, false, undefined]);
  const other = await realLink('master = "agm"', `${rows}\n[links.items.constants.alm]\nreq-priority = "1-Low"`);
  assert.deepEqual(deeds(other), [true, false, undefined, undefined]);
  assert.equal(other.fields[1]?.direction, "to-left");
});

test("X13 a match names rows, fields of one name, or a field of each side", async () => {
  const rows = 'name = "name"\nreq-product = "assigned_to"';
  const link = await realLink('match = ["name", "assigned_to", { alm = "user-07", agm = "user_07" }]', rows);
  assert.deepEqual(link.match, [
    { left: "name", right: "name" },
    { left: "req-product", right: "assigned_to" },
    { left: "user-07", right: "user_07" },
  ]);
  assert.equal((await realLink("")).match, undefined);
});

test("T21 what becomes of records out of scope is said for each side by itself", async () => {
  const filters = `filter = { alm = "status['Passed']", agm = "name='x'" }`;
  const link = await realLink(`${filters}\nout_of_scope = { alm = "unlink", agm = "keep" }`);
  assert.deepEqual([link.left.outOfScope, link.right.outOfScope], ["unlink", undefined]);
});

test("E59 E60 releases and cycles that are over are left out unless the link takes them in; other records have no end", async () => {
  const rows = 'name = "name"\nstart-date = "start_date"\nend-date = "end_date"';
  const releases = await realLink("", rows, ["release", "release"]);
  assert.deepEqual([releases.left.current, releases.right.current], [{ field: "end-date" }, { field: "end_date" }]);
  const cycles = await realLink("", `${rows}\nparent-id = "release_id"`, ["release-cycle", "sprint"]);
  assert.deepEqual([cycles.left.current, cycles.right.current], [{ of: "parent-id" }, { of: "release_id" }]);
  const all = await realLink('past = "include"', rows, ["release", "release"]);
  assert.deepEqual([all.left.current, all.right.current], [undefined, undefined]);
  assert.equal((await realLink("")).left.current, undefined);
});

test("E62 requirement types by name: several in one link, one in each of two, and none in two", async () => {
  const link = (name: string, type: string) =>
    `[links.${name}]\nalm = "${type}"\nagm = "user_story"\ncreate = "agm"\n[links.${name}.fields]\nname = "name"\n`;
  const codes = async (...links: string[]) =>
    (await checkMapping(real(links.join("")))).filter(({ severity }) => severity === "error").map(({ code }) => code);
  assert.deepEqual(await codes(link("a", "requirement/Functional | Business"), link("b", "requirement/Testing")), []);
  assert.deepEqual(await codes(link("a", "requirement/Functional|Business"), link("b", "requirement/Business")), [
    "duplicate-link",
  ]);
  assert.deepEqual(await codes(link("a", "requirement"), link("b", "requirement/Business")), ["duplicate-link"]);
  assert.deepEqual(await codes(link("a", "requirement/")), ["unknown-entity"]);
});

test("E62 without a type in the entity's name new requirements need one, with it they do not", async () => {
  const required = async (type: string) => {
    const text = real(`[links.a]\nalm = "${type}"\nagm = "user_story"\n[links.a.fields]\nname = "name"\n`);
    return (await checkMapping(text)).filter(({ code }) => code === "required-unmapped").length;
  };
  assert.equal(await required("requirement"), 1);
  assert.equal(await required("requirement/Functional"), 0);
});
