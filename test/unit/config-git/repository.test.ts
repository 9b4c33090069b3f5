import assert from "node:assert/strict";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeRepository } from "../../../daemon/config/git/make-repository.ts";
import type { Repository } from "../../../daemon/config/git/repository.ts";
import { OperatorError } from "../../../daemon/core/errors.ts";
import { FILES, gitBox, NEVER, realGit, write } from "./git-box.ts";

async function read(repository: Repository) {
  const tip = await repository.tip(NEVER);
  assert.ok(tip !== null);
  return repository.readTree(tip, NEVER);
}

const CONFIG = ["mappings/payments.toml", "rules/payments/defects.ts", "users/payments.csv"];

for (const reader of ["git", "isomorphic-git"] as const) {
  const how = reader === "git" ? {} : { git: null };

  test(`a bare repository's commit is read with ${reader}: three folders, subject, author`, async (t) => {
    const box = await gitBox(t);
    const { bare, clone } = box.pair(FILES);
    const revision = box.commit(
      clone,
      { "mappings/payments.toml": "a = 1\n" },
      "Change the mapping\nwrapped\n\nwith a body",
    );
    box.push(clone);
    const repository = await box.open(bare, how);
    const tree = await read(repository);
    assert.equal(tree.revision, revision);
    assert.equal(tree.subject, "Change the mapping wrapped");
    assert.equal(tree.author, "Ada Example <ada@example.com>");
    assert.deepEqual([...tree.files.keys()], CONFIG);
    assert.equal(Buffer.from(tree.files.get("mappings/payments.toml") ?? []).toString(), "a = 1\n");
    assert.deepEqual(tree.irregular, []);
    assert.equal(repository.kind, "bare");
    assert.equal(repository.branch(), "main");
  });

  test(`the same objects are read from packs after gc with ${reader}`, async (t) => {
    const box = await gitBox(t);
    const { bare, clone } = box.pair(FILES);
    for (let i = 0; i < 5; i++) box.commit(clone, { "users/payments.csv": `alm,<>,agm\na${i},<>,b\n` });
    box.push(clone);
    const repository = await box.open(bare, how);
    const loose = await read(repository);
    box.git(bare, "gc", "--quiet", "--prune=now");
    assert.ok(!existsSync(`${bare}/refs/heads/main`));
    const again = await read(await box.open(bare, how));
    assert.deepEqual(again, loose);
  });

  test(`a clone's uncommitted edits do not count with ${reader}`, async (t) => {
    const box = await gitBox(t);
    const { clone } = box.pair(FILES);
    writeFileSync(`${clone}/mappings/payments.toml`, "not committed");
    const repository = await box.open(clone, how);
    const tree = await read(repository);
    assert.equal(
      Buffer.from(tree.files.get("mappings/payments.toml") ?? []).toString(),
      FILES["mappings/payments.toml"],
    );
    assert.equal(repository.kind, "work-tree");
    assert.equal(repository.workTree, clone);
  });

  test(`a separate git folder, a linked worktree and a detached HEAD are read with ${reader}`, async (t) => {
    const box = await gitBox(t);
    const { bare, clone } = box.pair(FILES);
    box.git(box.root, "clone", "--quiet", "--separate-git-dir", box.path("elsewhere"), bare, box.path("separate"));
    const separate = await read(await box.open(box.path("separate"), how));
    box.git(clone, "worktree", "add", "--quiet", "-b", "other", box.path("linked"));
    const other = box.commit(box.path("linked"), { "mappings/payments.toml": "b = 2\n" });
    const linked = await box.open(box.path("linked"), how);
    assert.equal((await read(linked)).revision, other);
    assert.equal(linked.branch(), "other");
    box.git(box.path("linked"), "checkout", "--quiet", "--detach", "HEAD~1");
    const detached = await box.open(box.path("linked"), how);
    assert.equal((await read(detached)).revision, separate.revision);
    assert.equal(detached.branch(), "HEAD");
  });

  test(`a folder without .git made into a repository with ${reader}`, async (t) => {
    const box = await gitBox(t);
    write(box.path("source"), FILES);
    write(box.path("source"), { "rules/link": null });
    const folder = box.path("state/demo");
    const options = { git: reader === "git" ? await realGit() : null, now: 1_700_000_000_000 };
    const sources = ["rules", "mappings", "users", "absent"].map((name) => box.path("source", name));
    await makeRepository(folder, sources, options, NEVER);
    const repository = await box.open(folder, how);
    const tree = await read(repository);
    assert.deepEqual([...tree.files.keys()], CONFIG);
    assert.equal(repository.branch(), "main");
    assert.equal(box.git(folder, "status", "--porcelain"), "");
    await makeRepository(folder, sources, options, NEVER);
    assert.equal(await repository.tip(NEVER), tree.revision);
    write(box.path("full"), { "something.txt": "mine" });
    await assert.rejects(makeRepository(box.path("full"), sources, options, NEVER), OperatorError);
    assert.ok(existsSync(box.path("full/something.txt")));
  });
}

test("a branch with a slash is found loose and packed, and by its full name", async (t) => {
  const box = await gitBox(t);
  const { bare, clone } = box.pair(FILES);
  const revision = box.commit(clone, { "users/payments.csv": "x" });
  box.push(clone, "HEAD:refs/heads/team/a");
  for (const branch of ["team/a", "refs/heads/team/a"]) {
    assert.equal(await (await box.open(bare, { branch })).tip(NEVER), revision);
  }
  box.git(bare, "pack-refs", "--all");
  assert.equal(await (await box.open(bare, { branch: "team/a" })).tip(NEVER), revision);
  assert.equal(await (await box.open(bare, { branch: "team" })).tip(NEVER), null);
});

test("a tag named like the branch does not win", async (t) => {
  const box = await gitBox(t);
  const { bare, clone } = box.pair(FILES);
  const first = box.git(clone, "rev-parse", "HEAD");
  box.git(clone, "tag", "main");
  const second = box.commit(clone, { "users/payments.csv": "x" });
  box.push(clone, "HEAD:refs/heads/main");
  box.push(clone, "refs/tags/main");
  for (const git of [null, await realGit()]) {
    const repository = await box.open(bare, { branch: "main", git });
    assert.equal(await repository.tip(NEVER), second);
    assert.equal(await repository.resolve("main", NEVER), second);
    assert.equal(await repository.resolve("refs/tags/main", NEVER), first);
  }
});

test("without a named branch: HEAD's; main where HEAD's was never born; fixed once found", async (t) => {
  const box = await gitBox(t);
  const bare = box.path("config.git");
  box.git(box.root, "init", "--quiet", "--bare", "--initial-branch=master", bare);
  const repository = await box.open(bare);
  assert.equal(await repository.tip(NEVER), null);
  assert.equal(repository.branch(), "master");
  box.git(box.root, "clone", "--quiet", bare, box.path("clone"));
  const revision = box.commit(box.path("clone"), FILES);
  box.push(box.path("clone"), "HEAD:refs/heads/main");
  assert.equal(await repository.tip(NEVER), revision);
  assert.equal(repository.branch(), "main");
  const later = box.commit(box.path("clone"), { "users/payments.csv": "x" });
  box.push(box.path("clone"), "HEAD:refs/heads/master");
  assert.equal(await repository.tip(NEVER), revision);
  assert.equal(await (await box.open(bare)).tip(NEVER), later);
});

test("a commit is named as people name it, and a wrong name is the operator's mistake", async (t) => {
  const box = await gitBox(t);
  const { clone } = box.pair(FILES);
  const first = box.git(clone, "rev-parse", "HEAD");
  const second = box.commit(clone, { "users/payments.csv": "x" });
  const repository = await box.open(clone);
  assert.equal(await repository.resolve("HEAD", NEVER), second);
  assert.equal(await repository.resolve("HEAD~1", NEVER), first);
  assert.equal(await repository.resolve(first.slice(0, 9), NEVER), first);
  for (const wrong of ["nothing", "--help", "HEAD:rules", "../../etc"]) {
    await assert.rejects(repository.resolve(wrong, NEVER), OperatorError, wrong);
  }
});

test("what is no repository is said plainly", async (t) => {
  const box = await gitBox(t);
  write(box.path("plain"), { "a.txt": "" });
  await assert.rejects(box.open(box.path("absent")), { name: "OperatorError", message: /no folder/ });
  await assert.rejects(box.open(box.path("plain")), { name: "OperatorError", message: /not a git repository/ });
  const { clone } = box.pair(FILES);
  write(clone, { "rules/m/deep.ts": "" });
  await assert.rejects(box.open(join(clone, "rules/m")), {
    name: "OperatorError",
    message: /is a folder inside the git repository .*clone\.$/,
  });
  await assert.rejects(box.open(box.path("plain/a.txt")), { name: "OperatorError", message: /is a file/ });
  write(box.path("moved"), { ".git": "gitdir: /nowhere/at/all\n" });
  await assert.rejects(box.open(box.path("moved")), { name: "OperatorError", message: /points to the git folder/ });
  for (const branch of ["../../x", "a b", "refs/tags/v1", "", "a..b", "x.lock"]) {
    await assert.rejects(box.open(box.path("clone"), { branch }), OperatorError, branch);
  }
});

test("sha256, alternates and reftable: read by git, refused without it", async (t) => {
  const box = await gitBox(t);
  const sha256 = box.path("sha256");
  box.git(box.root, "init", "--quiet", "--object-format=sha256", "--initial-branch=main", sha256);
  const revision = box.commit(sha256, FILES);
  assert.equal(revision.length, 64);
  assert.deepEqual([...(await read(await box.open(sha256))).files.keys()], CONFIG);
  await assert.rejects(box.open(sha256, { git: null }), { name: "OperatorError", message: /sha256/ });

  const { clone } = box.pair(FILES);
  box.git(box.root, "clone", "--quiet", "--shared", clone, box.path("borrowing"));
  assert.deepEqual([...(await read(await box.open(box.path("borrowing")))).files.keys()], CONFIG);
  await assert.rejects(box.open(box.path("borrowing"), { git: null }), { name: "OperatorError", message: /borrowed/ });

  box.git(clone, "config", "core.repositoryFormatVersion", "1");
  box.git(clone, "config", "extensions.refStorage", "future");
  await assert.rejects(box.open(clone), { name: "OperatorError", message: /cannot read the repository/ });
  await assert.rejects(box.open(clone, { git: null }), { name: "OperatorError", message: /reftable|refs/ });
});

test("equal content has equal digests, whatever else the commit changes", async (t) => {
  const box = await gitBox(t);
  const { clone } = box.pair(FILES);
  const repository = await box.open(clone);
  const first = await read(repository);
  box.commit(clone, { "README.md": "other" });
  const second = await read(repository);
  assert.notEqual(second.revision, first.revision);
  assert.equal(second.digest, first.digest);
  box.commit(clone, { "users/payments.csv": "other" });
  assert.notEqual((await read(repository)).digest, first.digest);
  box.git(clone, "mv", "users/payments.csv", "users/other.csv");
  box.git(clone, "checkout", "--quiet", "HEAD~1", "--", "users/payments.csv");
  rmSync(`${clone}/users/payments.csv`);
  box.commit(clone, {});
  assert.notEqual((await read(repository)).digest, first.digest);
});
