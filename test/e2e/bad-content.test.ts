import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { CheckResult } from "../../daemon/config/publish/check.ts";
import { MAPPING, RULE, USERS } from "../support/sample.ts";
import { openSite, SMALL } from "../support/site.ts";

test("T35 content that no one should send: a clear verdict that names the thing, and what is active stays", async (t) => {
  const site = await openSite(t, { trackers: SMALL });
  const daemon = site.start();
  const good = site.head();
  await daemon.verdict(good);
  const { clone, box } = site;
  const users = "people.csv";

  async function rejected(name: string, code: string, file: string): Promise<void> {
    box.git(clone, "add", "--all");
    const revision = site.publish({}, name);
    const verdict = await daemon.verdict(revision, { timeoutMs: 40_000 });
    assert.equal(verdict["verdict"], "rejected", `${name}: ${JSON.stringify(verdict).slice(0, 2000)}`);
    const found = (verdict["diagnostics"] as CheckResult["diagnostics"]).find((d) => d.code === code);
    assert.equal(found?.file, file, `${name}: ${JSON.stringify(verdict["diagnostics"])}`);
    assert.notEqual(found?.hint, "", name);
    assert.equal((await site.ask()).revision, good, name);
    box.git(clone, "reset", "--quiet", "--hard", good);
    const from = daemon.mark();
    box.push(clone, "--force", "HEAD:main");
    assert.equal((await daemon.verdict(good, { from }))["verdict"], "active", name);
  }

  await t.test("a file of 100 MB", async () => {
    box.commit(clone, { [`users/${users}`]: new Uint8Array(100 * 1024 * 1024) });
    await rejected("100 MB", "file-too-large", `users/${users}`);
  });

  await t.test("a symbolic link out of the tree", async () => {
    symlinkSync("/etc/passwd", join(clone, "rules/payments/passwd.ts"));
    await rejected("symlink", "path-escape", "rules/payments/passwd.ts");
  });

  await t.test("TOML with a date where text is due, and an integer beyond what a number holds", async () => {
    const text = site.files()[MAPPING] ?? "";
    box.commit(clone, { [MAPPING]: text.replace('"DEMO"', "2026-11-22") });
    await rejected("a date", "invalid-value", MAPPING);
    box.commit(clone, { [MAPPING]: text.replace("1003", "99999999999999999999") });
    await rejected("a big integer", "toml-syntax", MAPPING);
  });

  await t.test("a rule that loops when it is loaded", async () => {
    box.commit(clone, { [RULE]: `while (true) {}\n${site.files()[RULE]}` });
    await rejected("a loop", "rule-load", RULE);
  });

  await t.test("a CSV with BOM, semicolons and quotes is read as it is meant", async () => {
    const text = '\uFEFFalm;<>;agm\r\n"petra.novak";<>;"petra.horakova@agile.example"\r\n';
    const revision = site.publish({ [USERS]: text }, "As a spreadsheet saves it");
    const verdict = await daemon.verdict(revision);
    assert.equal(verdict["verdict"], "active", JSON.stringify(verdict));
  });
});
