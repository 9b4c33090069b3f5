import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { isRefName, readRef } from "../../../daemon/config/git/refs.ts";
import { FILES, gitBox, NEVER, realGit, write } from "./git-box.ts";

const A = "a".repeat(40);
const B = "b".repeat(40);

test("loose goes before packed, symbolic refs are followed, what is missing is null", async (t) => {
  const box = await gitBox(t);
  const folders = { own: box.path("r"), shared: box.path("r") };
  write(box.path("r"), {
    HEAD: "ref: refs/heads/main\n",
    "packed-refs": `# pack-refs with: peeled fully-peeled sorted \n${A} refs/heads/main\n${A} refs/heads/mainly\n${B} refs/heads/x/main\n${A} refs/tags/t\n^${B}\n`,
  });
  assert.deepEqual(await readRef(folders, "HEAD"), { name: "refs/heads/main", at: A });
  assert.deepEqual(await readRef(folders, "refs/heads/x/main"), { name: "refs/heads/x/main", at: B });
  write(box.path("r"), { "refs/heads/main": `${B}\n` });
  assert.deepEqual(await readRef(folders, "HEAD"), { name: "refs/heads/main", at: B });
  assert.deepEqual(await readRef(folders, "refs/heads/none"), { name: "refs/heads/none", at: null });
  assert.deepEqual(await readRef(folders, "refs/heads"), { name: "refs/heads", at: null });
  assert.deepEqual(await readRef(folders, "refs/heads/main/below"), { name: "refs/heads/main/below", at: null });
});

test("broken, endless and escaping refs are errors, not answers", async (t) => {
  const box = await gitBox(t);
  const folders = { own: box.path("r"), shared: box.path("r") };
  write(box.path("r"), {
    "refs/heads/empty": "",
    "refs/heads/torn": A.slice(0, 20),
    "refs/heads/round": "ref: refs/heads/round\n",
    "refs/heads/out": "ref: refs/../../secret\n",
    "refs/heads/long": "x".repeat(10_000),
    secret: A,
  });
  for (const name of ["empty", "torn", "round", "out", "long"])
    await assert.rejects(readRef(folders, `refs/heads/${name}`), Error, name);
  for (const name of [
    "refs/heads/../x",
    "refs/heads/a b",
    "refs/heads/",
    "refs//x",
    "refs/heads/.x",
    "refs/heads/x.lock",
    "refs/heads/a\u0000",
    "main",
    "/etc/passwd",
    "refs/heads/a\\b",
  ]) {
    assert.equal(isRefName(name), false, name);
  }
  for (const name of ["HEAD", "refs/heads/main", "refs/heads/team/a-b_c.d", "refs/heads/größe"])
    assert.equal(isRefName(name), true, name);
});

test("beside pack-refs and updates no older commit is ever read", async (t) => {
  const box = await gitBox(t);
  const { bare, clone } = box.pair(FILES);
  const git = await realGit();
  const commits = Array.from({ length: 12 }, (_, i) => box.commit(clone, { "users/payments.csv": `${i}` }));
  box.push(clone, "HEAD:refs/heads/all");
  const repository = await box.open(bare, { branch: "main", git });
  const written = { upTo: -1, done: false };
  const seen: number[] = [];
  const reading = (async () => {
    while (!written.done) {
      const least = written.upTo;
      const at = commits.indexOf((await readRef({ own: bare, shared: bare }, "refs/heads/main")).at ?? "");
      assert.ok(at >= least, `read ${at} after ${least} was written`);
      seen.push(commits.indexOf((await repository.tip(NEVER)) ?? ""));
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  const { promisify } = await import("node:util");
  const run = promisify((await import("node:child_process")).execFile);
  for (const [i, commit] of commits.entries()) {
    await run("git", ["update-ref", "refs/heads/main", commit], { cwd: bare });
    written.upTo = i;
    await run("git", ["pack-refs", "--all"], { cwd: bare });
  }
  written.done = true;
  await reading;
  assert.deepEqual(
    seen,
    seen.toSorted((a, b) => a - b),
  );
  assert.ok(seen.length > 0);
  writeFileSync(`${bare}/refs/heads/main`, "");
  await assert.rejects(repository.tip(NEVER), /broken/);
});
