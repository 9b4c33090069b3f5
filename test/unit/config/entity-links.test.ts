import assert from "node:assert/strict";
import { after, test } from "node:test";
import { buildCandidate } from "../../../daemon/config/build.ts";
import { createTypeChecker } from "../../../daemon/config/rules/typecheck.ts";
import { connectorTypes } from "../../../daemon/connectors/registry.ts";
import { textTree } from "./corpus.ts";

const typecheck = createTypeChecker();
after(() => typecheck.close());

const ALM = '[endpoints.alm]\ntype = "alm"\nurl = "http://a/qcbin"\ndomain = "D"\nproject = "P"\nsecret = "a"\n';
const AGM = '[endpoints.agm]\ntype = "agile-manager"\nurl = "http://b"\nworkspace = 1\nsecret = "b"\n';
const REDMINE = '[endpoints.redmine]\ntype = "redmine"\nurl = "http://c"\nproject = "p"\nsecret = "c"\n';
const OTHER = '[links.stories]\nalm = "requirement"\nagm = "user_story"\ncreate = "none"\nfields = { name = "name" }\n';

async function build(mapping: string) {
  const built = await buildCandidate(textTree({ "mappings/m.toml": mapping }), {
    ...{ connectorTypes, typecheck, signal: new AbortController().signal },
  });
  assert.ok(built.ok, built.ok ? "" : JSON.stringify(built.diagnostics, null, 1));
  const link = built.candidate.connections[0]?.links[0];
  const warned = built.candidate.warnings.filter(({ code }) => code !== "schema-missing");
  return { config: link?.entityLinks, warnings: warned.map(({ code, message }) => `${code}: ${message}`) };
}

function defects(lines: string, table: string, agm = "agm", entity = "defect", title = "name"): string {
  return `[links.defects]
alm = "defect"
${agm} = "${entity}"
create = "none"
${lines}
[links.defects.entity_links]
${table}
[links.defects.fields]
name = ${lines.includes("update") ? `{ ${agm} = "${title}", direction = "to-${agm}" }` : `"${title}"`}
`;
}

test("S32 an empty table switches entity links on, the way the link itself goes", async () => {
  const both = await build(ALM + AGM + defects("", "") + OTHER);
  assert.deepEqual(both.config, {
    ...{ direction: "both", types: null, unmapped: "copy" },
    origin: { file: "mappings/m.toml", line: 17, column: 16 },
  });
  assert.deepEqual(both.warnings, []);
  const one = await build(ALM + AGM + defects('update = "agm"', "") + OTHER);
  assert.equal(one.config?.direction, "to-right");
});

test("S36 the same way as the link, or one of its two", async () => {
  const narrow = await build(ALM + AGM + defects("", 'direction = "to-alm"') + OTHER);
  assert.equal(narrow.config?.direction, "to-left");
  const same = await build(ALM + AGM + defects('update = "agm"', 'direction = "to-agm"') + OTHER);
  assert.equal(same.config?.direction, "to-right");
});

test("S35 a warning where the connection has no link for the records at the other end", async () => {
  const { warnings } = await build(ALM + AGM + defects("", ""));
  assert.deepEqual(warnings, [
    "entity-links-alone: No link of the connection pairs records of type requirement of alm: entity links to them are not carried.",
  ]);
  const stories = `[links.stories]
alm = "requirement"
agm = "user_story"
create = "none"
entity_links = {}
fields = { name = "name" }
`;
  assert.deepEqual((await build(ALM + AGM + stories)).warnings, [], "S37: it carries none to defects anyway");
});

test("types that are copied to a tracker with words of its own are warned of; a value map or a given word settles it", async () => {
  const redmine = (table: string, rest = "") =>
    ALM + REDMINE + defects("", table, "redmine", "issue", "subject") + rest;
  const ofTypes = (text: string) => text.includes("Types of links");
  const copied = (await build(redmine(""))).warnings.filter((text) => ofTypes(text));
  assert.equal(copied.length, 1);
  assert.match(
    copied[0] ?? "",
    /^foreign-values: Types of links are copied from alm as they are, but redmine knows only relates, /,
  );
  const values = '[values.r]\nboth = { "Related" = "relates", "Blocks" = "blocks" }\n';
  const mapped = await build(redmine('types = "r"\nunmapped = { value = "relates" }', values));
  assert.deepEqual(
    mapped.warnings.filter((text) => ofTypes(text)),
    [],
  );
  assert.deepEqual({ ...mapped.config?.types?.toRight }, { Related: "relates", Blocks: "blocks" });
  assert.deepEqual(mapped.config?.unmapped, { value: "relates" });
  assert.deepEqual(
    (await build(redmine('unmapped = "skip"'))).warnings.filter((text) => ofTypes(text)),
    [],
  );
});
