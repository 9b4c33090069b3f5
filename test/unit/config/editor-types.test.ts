import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { buildEditorTypes } from "../../../daemon/config/build.ts";
import { connectorTypes } from "../../../daemon/connectors/registry.ts";
import { baseFiles, treeOf } from "./corpus.ts";

const { signal } = new AbortController();
const TSC = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");

function types(): Promise<string> {
  return buildEditorTypes(treeOf(baseFiles()), { connectorTypes, signal });
}

/** What an editor says of a rule in a folder that has nothing but the two files. */
async function complaints(t: { after(work: () => void): void }, rule: string): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), "syncline-types-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "rules"));
  writeFileSync(join(folder, "rules/syncline.d.ts"), await types());
  writeFileSync(join(folder, "rules/defects.ts"), rule);
  const options = ["--noEmit", "--strict", "--target", "es2024", "--module", "esnext", "--types", ""];
  const { stdout } = spawnSync(process.execPath, [TSC, ...options, "rules/defects.ts", "rules/syncline.d.ts"], {
    cwd: folder,
    encoding: "utf8",
  });
  return stdout.split("\n").filter((line) => /error TS/.test(line));
}

const rule = (body: string) =>
  `import { link } from "syncline";\nexport default link<"payments", "defects">({\n  alm: {\n    async incoming({ issue, replica, valueMap, lookup }) {\n      ${body}\n    },\n  },\n});\n`;

test("B1 X3 X11 an editor knows the fields from rules/syncline.d.ts alone", async (t) => {
  assert.deepEqual(
    await complaints(t, rule('issue.name = replica.name ?? "none"; issue.byLabel["Summary"] = issue.name;')),
    [],
  );
});

test("B1 an unknown field, a value outside of a list, a text where a set is due: each a red line with its place", async (t) => {
  const lines = [
    "issue.nmae = replica.name;",
    'issue.status = "Opne";',
    'issue["user-02"] = "Windows";',
    'issue.byLabel["Summery"] = "x";',
    'valueMap("stauts", replica.name);',
  ];
  const found = await complaints(t, rule(lines.join("\n      ")));
  const at = (line: number) => found.filter((one) => one.startsWith(`rules/defects.ts(${line},`)).join("\n");
  assert.match(at(5), /\(5,13\).*nmae/);
  assert.match(at(6), /"Opne"/);
  assert.match(at(7), /string/);
  assert.match(at(8), /Summery/);
  assert.match(at(9), /stauts/);
});

test("X6 X18 value maps and look-ups give what the list takes", async (t) => {
  const body = `issue.status = valueMap("status", replica.defect_status, null);
      const found = await lookup.option("severity", "1-low");
      if (found.status === "found") issue.severity = found.value;
      const person = await lookup.user("ann@example.com");
      if (person.status === "found") issue.owner = person.value;`;
  assert.deepEqual(await complaints(t, rule(body)), []);
});

test("B1 an editor shows what a field may hold: how long, from which list, whether it must be filled or cannot be set", async () => {
  const text = await types();
  assert.match(text, /\/\*\* Summary: a text, 255 bytes at most\. Required\. \*\/\n *"name"\?: string \| null;/);
  assert.match(
    text,
    /\/\*\* Modified: a datetime \(YYYY-MM-DDTHH:mm:ssZ\)\. Read-only\. \*\/\n *readonly "last-modified"/,
  );
  assert.match(text, /\/\*\* Severity: a list value\. Required\. Values: 1-Low, .*\. \*\//);
  assert.match(text, /\/\*\* Application: a reference to an application\. \*\//);
});

test("B1 made twice, the text is the same", async () => {
  assert.equal(await types(), await types());
});
