import assert from "node:assert/strict";
import { after, test } from "node:test";
import { buildCandidate } from "../../../daemon/config/build.ts";
import { createTypeChecker } from "../../../daemon/config/rules/typecheck.ts";
import { connectorTypes } from "../../../daemon/connectors/registry.ts";
import { formatDiagnostic } from "../../../daemon/core/diagnostic.ts";
import type { LinkConfig } from "../../../daemon/core/snapshot.ts";
import { textTree } from "./corpus.ts";

const typecheck = createTypeChecker();
const { signal } = new AbortController();
after(() => typecheck.close());

/** A link of ALM's defects with Redmine's issues. */
const mapping = (link: string, rows = "") => `
[endpoints.alm]
type = "alm"
url = "http://127.0.0.1:7171/qcbin"
domain = "DEMO"
project = "PAYMENTS"
secret = "alm-payments"

[endpoints.redmine]
type = "redmine"
url = "http://127.0.0.1:7173"
project = "alpha"
secret = "redmine-payments"

[links.defects]
alm = "defect"
redmine = "issue"
create = "redmine"
${link}

[links.defects.fields]
name = "subject"
${rows}
`;

async function check(link: string, rows = "") {
  const files = { "mappings/m.toml": mapping(link, rows), "users/people.csv": "alm,<>,redmine\njane,<>,alice\n" };
  const built = await buildCandidate(textTree(files), { connectorTypes, typecheck, signal });
  if (!built.ok) throw new Error(built.diagnostics.map(formatDiagnostic).join("\n"));
  const codes = built.candidate.warnings.map(({ code }) => code).filter((code) => code.startsWith("comments"));
  return { link: built.candidate.connections[0]?.links[0] as LinkConfig, codes };
}

test("X15 without the table a link carries no comments; an empty one carries them both ways, public ones, and removes none", async () => {
  assert.equal((await check("")).link.comments, undefined);
  const { comments } = (await check("[links.defects.comments]")).link;
  const { origin, ...rest } = comments ?? assert.fail("no comments");
  assert.deepEqual(rest, { direction: "both", changes: "sync", removals: "ignore", private: false, users: null });
  assert.deepEqual(origin, { file: "mappings/m.toml", line: 19, column: 16 });
});

test("X15 every key of the table is read", async () => {
  const { comments } = (
    await check(
      'comments = { direction = "to-redmine", changes = "ignore", removals = "sync", private = true, users = "people" }',
    )
  ).link;
  assert.deepEqual(
    [comments?.direction, comments?.changes, comments?.removals, comments?.private],
    ["to-right", "ignore", "sync", true],
  );
  assert.deepEqual({ ...comments?.users?.toRight }, { jane: "alice" });
});

test("X15 comments go no way in which the link changes nothing", async () => {
  const { comments } = (await check('update = "redmine"\ncomments = {}')).link;
  assert.equal(comments?.direction, "to-right");
});

test("E30 comments of a link that changes nothing anywhere are refused, not carried both ways", async () => {
  const refused = check('update = "none"\ncomments = {}');
  await assert.rejects(refused, /Comments would go nowhere: the link changes records on neither side/);
});

test("X16 a row that writes the memo of all comments is warned of, one that reads it is not", async () => {
  const warned = await check("", 'dev-comments = { redmine = "description", direction = "to-alm" }');
  assert.deepEqual(warned.codes, ["comments-as-field"]);
  const read = await check("comments = {}", 'dev-comments = { redmine = "description", direction = "to-redmine" }');
  assert.deepEqual(read.codes, []);
});
