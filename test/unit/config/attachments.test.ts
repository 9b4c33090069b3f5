import assert from "node:assert/strict";
import { after, test } from "node:test";
import { buildCandidate } from "../../../daemon/config/build.ts";
import { createTypeChecker } from "../../../daemon/config/rules/typecheck.ts";
import { connectorTypes } from "../../../daemon/connectors/registry.ts";
import type { AttachmentConfig } from "../../../daemon/core/snapshot.ts";
import { textTree } from "./corpus.ts";

const typecheck = createTypeChecker();
after(() => typecheck.close());

const ALM = '[endpoints.alm]\ntype = "alm"\nurl = "http://a/qcbin"\ndomain = "D"\nproject = "P"\nsecret = "a"\n';
const AGM = '[endpoints.agm]\ntype = "agile-manager"\nurl = "http://b"\nworkspace = 1\nsecret = "b"\n';
const REDMINE = '[endpoints.redmine]\ntype = "redmine"\nurl = "http://c"\nproject = "p"\nsecret = "c"\n';

async function candidateOf(mapping: string) {
  const built = await buildCandidate(textTree({ "mappings/m.toml": mapping }), {
    ...{ connectorTypes, typecheck, signal: new AbortController().signal },
  });
  assert.ok(built.ok, built.ok ? "" : JSON.stringify(built.diagnostics, null, 1));
  return built.candidate;
}

async function attachmentsOf(mapping: string): Promise<AttachmentConfig | undefined> {
  return (await candidateOf(mapping)).connections[0]?.links[0]?.attachments;
}

function toAgm(table: string, link = "", row = '"name"'): string {
  return `${ALM}${AGM}[links.defects]\nalm = "defect"\nagm = "defect"\ncreate = "none"\n${link}\n${table}\n[links.defects.fields]\nname = ${row}\n`;
}

function toRedmine(table: string): string {
  return `${ALM}${REDMINE}[links.defects]\nalm = "defect"\nredmine = "issue"\ncreate = "none"\n${table}\n[links.defects.fields]\nname = "subject"\n`;
}

const TABLE = "[links.defects.attachments]";

test("S14 an empty table switches attachments on, as the seed has them: by reference between ALM and Agile Manager, copies elsewhere", async () => {
  assert.deepEqual(await attachmentsOf(toAgm(TABLE)), {
    ...{ direction: "both", mode: "url", description: "once", deletedAtDestination: "recreate-on-change" },
    ...{ sameName: "report", encodings: [], maxSize: null },
    origin: { file: "mappings/m.toml", line: 17, column: 16 },
  });
  assert.equal((await attachmentsOf(toRedmine(TABLE)))?.mode, "copy");
  assert.equal(await attachmentsOf(toAgm("")), undefined);
});

test("S16 S17 S19 S20 S21 S22 T7 T11 every choice of the table", async () => {
  const all = await attachmentsOf(
    toAgm(
      `${TABLE}\ndirection = "to-agm"\nmode = "copy"\ndescription = "sync"\ndeleted_at_destination = "delete-source"\nsame_name = "suffix"\nencodings = ["utf-16le", "windows-1252"]\nmax_size = "5 MB"`,
    ),
  );
  assert.deepEqual(
    { ...all, origin: null },
    {
      ...{ direction: "to-right", mode: "copy", description: "sync", deletedAtDestination: "delete-source" },
      ...{ sameName: "suffix", encodings: ["utf-16le", "windows-1252"], maxSize: 5_242_880, origin: null },
    },
  );
  for (const [text, bytes] of [
    ['"1.5 KB"', 1536],
    ['"2GB"', 2 * 1024 ** 3],
    ['"10m"', 10 * 1024 ** 2],
    ["777", 777],
    ['"777 B"', 777],
  ])
    assert.equal((await attachmentsOf(toAgm(`${TABLE}\nmax_size = ${text}`)))?.maxSize, bytes);
});

test("S14 T11 a max_size beside addresses, where nothing is copied, is told", async () => {
  const told = async (table: string) =>
    (await candidateOf(toAgm(`${TABLE}\n${table}`))).warnings.flatMap(({ code, message, line }) =>
      code === "row-without-effect" ? [`${line} ${message}`] : [],
    );
  const words = "18 max_size counts for copies, and the files of this link cross as addresses.";
  assert.deepEqual(await told('max_size = "5 MB"'), [words]);
  assert.deepEqual(await told('max_size = "5 MB"\nmode = "url"'), [words]);
  assert.deepEqual(await told('max_size = "5 MB"\nmode = "copy"'), []);
  assert.deepEqual(await told('mode = "url"'), []);
});

test("E30 where the link never changes one side's records, attachments go to the other", async () => {
  const one = toAgm(TABLE, 'update = "agm"', '{ agm = "name", direction = "to-agm" }');
  assert.equal((await attachmentsOf(one))?.direction, "to-right");
});

test("E30 attachments of a link that changes nothing anywhere are refused, not carried both ways", async () => {
  const refused = attachmentsOf(toAgm(TABLE, 'update = "none"'));
  await assert.rejects(refused, /Attachments would go nowhere: the link changes records on neither side/);
});
