import assert from "node:assert/strict";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";
import { findDaemon } from "../../daemon/control/client.ts";
import type { Diagnostic } from "../../daemon/core/diagnostic.ts";
import type { StatusReport } from "../../daemon/status/report.ts";
import type { LogLine } from "../support/daemon.ts";
import { changed, MAPPING, RULE, USERS } from "../support/sample.ts";
import { openSite, type Site, SMALL } from "../support/site.ts";

interface Bad {
  readonly name: string;
  readonly file: string;
  readonly edit: (text: string) => string;
  readonly code: string;
  /** Text at whose beginning the diagnostic must point; null: only the file counts. */
  readonly at: string | null;
  readonly hint: RegExp;
}

const BAD: readonly Bad[] = [
  {
    ...{ name: "broken TOML", file: MAPPING, code: "toml-syntax", at: null, hint: /./ },
    edit: (text) => text.replace('create   = "both"', "create   = both"),
  },
  {
    ...{ name: "an unknown key", file: MAPPING, code: "unknown-key", at: "conflct", hint: /conflict/ },
    edit: (text) => text.replace("conflict =", "conflct  ="),
  },
  {
    ...{ name: "an unknown field", file: MAPPING, code: "unknown-field", at: "serverity", hint: /severity/ },
    edit: (text) => text.replace(/^severity /m, "serverity "),
  },
  {
    ...{ name: "a cron that cannot be read", file: MAPPING, code: "bad-cron", at: '"61 * * * *"', hint: /./ },
    edit: (text) =>
      text.replace(
        "[links.defects.fields]",
        '[[links.defects.triggers]]\ncron = "61 * * * *"\n\n[links.defects.fields]',
      ),
  },
  {
    ...{ name: "a reference to a missing file", file: MAPPING, code: "missing-file", at: null, hint: /defects\.ts/ },
    edit: (text) => text.replace('"payments/defects.ts"', '"payments/defect.ts"'),
  },
  {
    ...{ name: "a type error in a rule", file: RULE, code: "rule-type", at: "descripton", hint: /description/ },
    edit: (text) => text.replace("issue.description", "issue.descripton"),
  },
  {
    ...{ name: "a bad direction in a CSV", file: USERS, code: "csv-direction", at: null, hint: /./ },
    edit: (text) => `${text}someone,=>,someone@example.com\n`,
  },
];

async function running(t: TestContext): Promise<{ site: Site; daemon: ReturnType<Site["start"]> }> {
  const site = await openSite(t, { trackers: SMALL });
  site.trackers.alm.admin.create("defects", { name: "Only one" });
  const daemon = site.start();
  await daemon.verdict(site.head());
  return { site, daemon };
}

async function activeRevision(site: Site): Promise<string | null> {
  const status = (await (await findDaemon(site.state))?.ask("status")) as StatusReport | undefined;
  return status?.revision.active ?? null;
}

function diagnosticsOf(line: LogLine): readonly Diagnostic[] {
  return line["diagnostics"] as readonly Diagnostic[];
}

/** 1-based, as editors count. */
function positionOf(text: string, needle: string): { line: number; column: number } {
  const before = text.slice(0, text.indexOf(needle)).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

test("R2 R3 R5 pushes go live without restart; each class of bad commit changes nothing and says where and what to do; the fix goes live", async (t) => {
  const { site, daemon } = await running(t);
  const files = site.files();
  let good = site.head();
  for (const bad of BAD) {
    const broken = changed(files[bad.file] ?? "", bad.edit);
    const revision = site.publish({ [bad.file]: broken }, `Break: ${bad.name}`);
    const verdict = await daemon.verdict(revision);
    assert.equal(verdict["verdict"], "rejected", bad.name);
    assert.equal(verdict.level, "warn");
    const found = diagnosticsOf(verdict).find((d) => d.code === bad.code && d.file === bad.file);
    assert.ok(found !== undefined, `${bad.name}: ${JSON.stringify(verdict)}`);
    assert.ok(found.line >= 1 && found.column >= 1);
    if (bad.at !== null) {
      const { line, column } = positionOf(broken, bad.at);
      assert.deepEqual([found.line, found.column], [line, column], `${bad.name}: ${JSON.stringify(found)}`);
    }
    assert.match(`${found.message} ${found.hint}`, bad.hint, `${bad.name}: ${JSON.stringify(found)}`);
    assert.notEqual(found.hint, "", `${bad.name}: ${JSON.stringify(found)}`);

    assert.equal(await activeRevision(site), good, bad.name);
    const run = await site.ask();
    assert.deepEqual([run.status, run.revision], ["passed", good], bad.name);

    good = site.publish({ [bad.file]: files[bad.file] ?? "" }, `Mend: ${bad.name}`);
    assert.equal((await daemon.verdict(good))["verdict"], "active", bad.name);
    assert.equal((await site.ask()).revision, good);
  }
  assert.equal(await daemon.stop(), 0);
});

test("R3 all problems of a commit are reported at once, in every file", async (t) => {
  const { site, daemon } = await running(t);
  const files = site.files();
  const several = BAD.filter((bad) => !["broken TOML", "a reference to a missing file"].includes(bad.name));
  const broken: Record<string, string> = {};
  for (const bad of several) broken[bad.file] = changed(broken[bad.file] ?? files[bad.file] ?? "", bad.edit);
  const verdict = await daemon.verdict(site.publish(broken));
  assert.equal(verdict["verdict"], "rejected");
  const codes = new Set<string>(diagnosticsOf(verdict).map((d) => d.code));
  assert.deepEqual(
    several.map((bad) => bad.code).filter((code) => !codes.has(code)),
    [],
    JSON.stringify(diagnosticsOf(verdict)),
  );
  const check = await site.run(["check", "--state", site.state, "--json"]);
  assert.equal(check.code, 1);
  assert.deepEqual(JSON.parse(check.stdout).diagnostics, diagnosticsOf(verdict), "check says the very same");
});

test("R5 a good commit, a bad one, and the same good one again by force", async (t) => {
  const { site, daemon } = await running(t);
  const good = site.head();
  const bad = site.publish({ [MAPPING]: "[endpoints" });
  assert.equal((await daemon.verdict(bad))["verdict"], "rejected");
  const from = daemon.mark();
  site.box.push(site.clone, "--force", `${good}:main`);
  assert.equal((await daemon.verdict(good, { from }))["verdict"], "active");
  assert.equal(await activeRevision(site), good);
  assert.equal((await site.run(["status", "--state", site.state])).code, 0);
});

test("R4 after kill -9 a restart comes up with the last good revision: with a bad tip, and with the repository gone", async (t) => {
  const { site, daemon } = await running(t);
  const good = site.publish({ "README.md": "the last good one" });
  await daemon.verdict(good);
  const bad = site.publish({ [MAPPING]: "[endpoints" });
  await daemon.verdict(bad);
  await daemon.kill();

  const second = site.start();
  assert.equal((await second.verdict(bad))["verdict"], "rejected");
  const run = await site.ask();
  assert.deepEqual([run.status, run.revision], ["passed", good]);
  await second.kill();

  // Killed in the middle of everything: the moment a new tip arrives.
  const third = site.start();
  await third.waitFor((line) => line.event === "daemon.started", "the start");
  await third.kill();

  renameSync(site.bare, site.box.path("away.git"));
  const offline = site.start();
  await offline.waitFor((line) => line.event === "daemon.started", "a start without the repository");
  const last = await site.ask();
  assert.deepEqual([last.status, last.revision], ["passed", good]);

  renameSync(site.box.path("away.git"), site.bare);
  const fix = site.publish({ [MAPPING]: site.files()[MAPPING] ?? "" });
  assert.equal((await offline.verdict(fix))["verdict"], "active");
  assert.equal((await site.ask()).revision, fix);
});

test("a clone with a work tree: commits count, uncommitted edits do not", async (t) => {
  const site = await openSite(t, { trackers: SMALL });
  const daemon = site.start({ repo: site.clone });
  const first = site.head();
  await daemon.verdict(first);
  writeFileSync(join(site.clone, MAPPING), "[endpoints");
  assert.equal((await site.ask()).revision, first);
  site.box.git(site.clone, "checkout", "--quiet", MAPPING);
  const second = site.box.commit(site.clone, { "README.md": "a commit, not pushed anywhere" });
  assert.equal((await daemon.verdict(second))["verdict"], "active");
  assert.equal(
    daemon.lines().filter((line) => line.event === "config.verdict").length,
    2,
    "the uncommitted edit has no verdict",
  );
});

test("a remote address is fetched: --fetch 1", async (t) => {
  const site = await openSite(t, { trackers: SMALL });
  const daemon = site.start({ repo: pathToFileURL(site.bare).href, args: ["--fetch", "1"] });
  await daemon.verdict(site.head());
  const next = site.publish({ "README.md": "from elsewhere" });
  assert.equal((await daemon.verdict(next))["verdict"], "active");
  assert.equal((await site.ask()).revision, next);
});
