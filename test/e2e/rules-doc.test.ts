import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "../support/command.ts";
import { RULE } from "../support/sample.ts";
import { openSite, SMALL, written } from "../support/site.ts";

const DOC = readFileSync(join(ROOT, "docs/rules.md"), "utf8");
const [SAMPLE = ""] = [...DOC.matchAll(/```ts\n(import [\s\S]*?)```/g)].map(([, code = ""]) => code);

/** Bytes, so that a file's name says what it is on both sides. */
const PARTS = (text: string) => text.replace('mode      = "url"', 'mode      = "copy"');

test("X1 X4 X5 X6 X17 Exalate's sample scripts as docs/rules.md has them, on the simulators", async (t) => {
  assert.match(SAMPLE, /byLabel\["Customer"\]/);
  const site = await openSite(t, { trackers: SMALL, edit: PARTS });
  const { alm, agm } = site.trackers;
  const daemon = site.start();
  await daemon.verdict(site.publish({ [RULE]: SAMPLE }));

  const make = (name: string, more: object) =>
    String(alm.admin.create("defects", { name, severity: "1-Low", ...more }));
  const full = make("Full", {
    "user-03": "Ceridian",
    "user-02": ["Linux", "Web"],
    status: "Reopen",
    description: "<html><body>Text</body></html>",
    "dev-comments": "<html><body><b>Anna Alm &lt;anna&gt;, 2026-01-31:</b><br>Seen today</body></html>",
  });
  const bare = make("Bare", {});
  alm.admin.attachments.add("defects", full, { name: "log.txt", content: "one" });
  alm.admin.attachments.add("defects", full, { name: "virus.exe", content: "two" });

  const run = await site.ask();
  assert.equal(run.status, "passed", JSON.stringify(run.messages));
  const partner = (id: string) => site.trackers.agmDefect(Number(site.trackers.almDefect(id)["user-04"]));
  const got = partner(full);
  assert.equal(got["user_03"], "Ceridian", "a custom field by its label");
  assert.deepEqual(got["user_02"], ["Linux", "Web"]);
  assert.equal(got["defect_status"], "Open", "the value map, from code");
  assert.match(String(got["description"]), /Text/);
  assert.match(String(got["dev_comments"]), /Seen today/);
  const files = agm.admin.attachments.list("backlog_items", Number(got["id"]));
  assert.deepEqual(
    files.map(({ name }) => name),
    ["log.txt"],
    "a rule keeps programs back",
  );
  assert.equal(partner(bare)["user_03"], "internal");
  assert.match(String(partner(bare)["description"]), /No description/);

  const second = await site.ask({ full: true });
  assert.equal(written(second, "alm") + written(second, "agm"), 0);
});

test("X15 a rule keeps private comments back and changes what is sent; the comment does not come back changed", async (t) => {
  const rules = SAMPLE.replace(
    "  agm: {",
    `  agm: {
    comment({ comment }) {
      if (comment.body.includes("internal")) return false;
      comment.body = comment.body.replaceAll("Codename X", "the product");
      return true;
    },`,
  );
  assert.notEqual(rules, SAMPLE);
  const site = await openSite(t, { trackers: SMALL, edit: PARTS });
  const { alm, agm } = site.trackers;
  const daemon = site.start();
  await daemon.verdict(site.publish({ [RULE]: rules }));
  const memo = (...bodies: readonly string[]) =>
    `<html><body>${bodies.map((body, i) => `${i === 0 ? "" : "<br><b>________________________________________</b><br>"}<b>Bob &lt;bob&gt;, 2026-01-${i + 10}:</b><br>${body}`).join("")}</body></html>`;
  const before = memo("Codename X crashes", "internal: do not tell", "third");
  const id = agm.admin.create("backlog_items", { subtype: "defect", name: "N", severity: "Low", dev_comments: before });
  assert.equal((await site.ask()).status, "passed");
  const defect = alm.admin.list("defects").find((row) => String(row["user-04"]) === String(id));
  const text = String(defect?.["dev-comments"]);
  assert.match(text, /the product crashes/);
  assert.match(text, /third/);
  assert.doesNotMatch(text, /internal|Codename/);
  for (let i = 0; i < 2; i++) {
    const again = await site.ask({ full: true });
    assert.equal(written(again, "alm") + written(again, "agm"), 0);
  }
  assert.equal(String(site.trackers.agmDefect(Number(id))["dev_comments"]), before, "nobody's text was touched");
  assert.equal(String(alm.admin.list("defects").find((row) => row["id"] === defect?.["id"])?.["dev-comments"]), text);
});

test("X4 B1 a rule that speaks of a label before any schema is committed: the check refuses it, and pulling the schema is what mends it", async (t) => {
  const site = await openSite(t, { trackers: SMALL, edit: PARTS });
  const places = ["--repo", site.clone, "--state", site.state, "--secrets", site.secrets];
  const schemas = ["alm", "agm"].map((name) => `mappings/schema/payments/${name}.json`);
  site.publish({ ...Object.fromEntries(schemas.map((file) => [file, null])), [RULE]: SAMPLE });
  const before = await site.run(["check", ...places.slice(0, 4)]);
  assert.equal(before.code, 1);
  assert.match(before.stdout, /defects\.ts:8:\d+: The defect of alm has no field labelled "Customer"/);
  const pulled = await site.run(["schema", "pull", "payments", ...places]);
  assert.equal(pulled.code, 0, pulled.stderr);
  for (const file of schemas) assert.match(pulled.stdout, new RegExp(`written .*${file}`));
  site.publish(Object.fromEntries(schemas.map((file) => [file, readFileSync(join(site.clone, file))])));
  const after = await site.run(["check", ...places.slice(0, 4)]);
  assert.equal(after.code, 0, after.stdout);
});
