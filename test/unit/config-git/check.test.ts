import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { checkRevision } from "../../../daemon/config/publish/check.ts";
import { FILES, gitBox, NEVER, write } from "./git-box.ts";
import { fakeBuild, fakeRules } from "./stage.ts";

const MAPPING = "mappings/payments.toml";
const RULE = "rules/payments/defects.ts";

test("check says of a revision, of the tip and of the files on the disk what the publisher would", async (t) => {
  const box = await gitBox(t);
  const { clone } = box.pair(FILES);
  const good = box.git(clone, "rev-parse", "HEAD");
  const bad = box.commit(clone, { [MAPPING]: "bad" });
  const repository = await box.open(clone);
  const rules = fakeRules();
  const workshop = { build: fakeBuild, openRules: rules.open };
  const tip = await checkRevision(repository, null, workshop, NEVER);
  assert.equal(tip.ok, false);
  assert.equal(tip.revision, bad);
  assert.equal(tip.diagnostics[0]?.message, "bad");
  const earlier = await checkRevision(repository, "HEAD~1", workshop, NEVER);
  const about = { revision: good, subject: "change", ok: true, diagnostics: [], integrity: [] };
  assert.deepEqual(earlier, { ...about, connections: 1, links: 1 });
  assert.equal(rules.closed.length, 1);
  write(clone, { [MAPPING]: "mended", [RULE]: "throws" });
  const disk = await checkRevision(repository, "WORKTREE", workshop, NEVER);
  assert.equal(disk.ok, false);
  assert.equal(disk.diagnostics[0]?.code, "rule-load");
  await assert.rejects(checkRevision(await box.open(clone, { branch: "none" }), null, workshop, NEVER), {
    name: "OperatorError",
  });
});

test("a pre-receive hook sees the pushed objects, and its environment does not point elsewhere", async (t) => {
  const box = await gitBox(t);
  const { bare, clone } = box.pair(FILES);
  const script = box.path("hook.ts");
  const module = (name: string) =>
    JSON.stringify(pathToFileURL(new URL(`../../../daemon/config/git/${name}`, import.meta.url).pathname).href);
  writeFileSync(
    script,
    `import { readFileSync } from "node:fs";
import { findGit } from ${module("git-binary.ts")};
import { openRepository } from ${module("repository.ts")};
const signal = new AbortController().signal;
const git = await findGit(process.env, signal);
const repository = await openRepository(${JSON.stringify(bare)}, { branch: null, state: ".", git, now: Date.now, note: () => {} }, signal);
for (const line of readFileSync(0, "utf8").trim().split("\\n")) {
  const tree = await repository.readTree(line.split(" ")[1], signal);
  if (Buffer.from(tree.files.get(${JSON.stringify(MAPPING)})).toString() === "bad") {
    console.error("refused by the check");
    process.exitCode = 1;
  }
}
`,
  );
  writeFileSync(
    `${bare}/hooks/pre-receive`,
    `#!/bin/sh\nexec ${JSON.stringify(process.execPath)} ${JSON.stringify(script)}\n`,
  );
  chmodSync(`${bare}/hooks/pre-receive`, 0o755);
  box.commit(clone, { [MAPPING]: "bad" });
  assert.throws(() => box.push(clone), /refused by the check/);
  box.commit(clone, { [MAPPING]: "good" });
  box.push(clone);
  assert.equal(box.git(bare, "rev-parse", "main"), box.git(clone, "rev-parse", "HEAD"));
});

test("what a hook or a shell has set for git does not lead to another repository", async (t) => {
  const box = await gitBox(t);
  const { clone } = box.pair(FILES);
  box.git(box.root, "init", "--quiet", box.path("decoy"));
  const { findGit } = await import("../../../daemon/config/git/git-binary.ts");
  const env = {
    PATH: process.env["PATH"],
    GIT_DIR: box.path("decoy/.git"),
    GIT_INDEX_FILE: "/nowhere",
    GIT_OBJECT_DIRECTORY: "/nowhere",
    GIT_CONFIG_COUNT: "1",
  };
  const git = await findGit(env, NEVER);
  assert.ok(git !== null);
  const repository = await box.open(clone, { git });
  assert.equal((await repository.readTree((await repository.tip(NEVER)) ?? "", NEVER)).files.size, 3);
  assert.equal((await repository.readWorkTree(NEVER)).files.size, 3);
  assert.equal(await findGit({ PATH: "/nowhere:relative" }, NEVER), null);
  assert.equal(await findGit({}, NEVER), null);
});
