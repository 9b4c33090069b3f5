import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { parseCommit, parseTree } from "../../../daemon/config/git/object-reader.ts";
import { FILES, type GitBox, gitBox, isolatedEnv, NEVER, realGit, write } from "./git-box.ts";

const LIMITS = { file: 1000, files: 10, total: 3000 };

async function readTip(box: GitBox, options = {}) {
  const repository = await box.open(box.path("clone"), options);
  const tip = await repository.tip(NEVER);
  assert.ok(tip !== null);
  return repository.readTree(tip, NEVER);
}

/** A commit of the folder `rules` with these raw entries, which no `git add` would make. */
function commitRaw(
  box: GitBox,
  entries: readonly (readonly [mode: string, name: Buffer | string, oid: string])[],
): void {
  const store = (type: string, input: Uint8Array) =>
    execFileSync("git", ["hash-object", "-w", "--literally", "-t", type, "--stdin"], {
      cwd: box.path("clone"),
      env: isolatedEnv(box.root),
      input,
      encoding: "utf8",
    }).trim();
  const tree = (rows: typeof entries) =>
    store(
      "tree",
      Buffer.concat(
        rows.flatMap(([mode, name, oid]) => [
          Buffer.from(`${mode} `),
          Buffer.from(name),
          Buffer.from([0]),
          Buffer.from(oid, "hex"),
        ]),
      ),
    );
  const root = tree([["40000", "rules", tree(entries)]]);
  const commit = box.git(box.path("clone"), "commit-tree", "-m", "raw", root);
  box.git(box.path("clone"), "update-ref", "refs/heads/main", commit);
}

function blob(box: GitBox, content: string): string {
  return execFileSync("git", ["hash-object", "-w", "--stdin"], {
    cwd: box.path("clone"),
    env: isolatedEnv(box.root),
    input: content,
    encoding: "utf8",
  }).trim();
}

for (const reader of ["git", "isomorphic-git"] as const) {
  const how = reader === "git" ? {} : { git: null };

  test(`links, submodules and names that lead out are not read, with ${reader}`, async (t) => {
    const box = await gitBox(t);
    box.pair(FILES);
    const oid = blob(box, "content");
    const link = blob(box, "../../etc/passwd");
    commitRaw(box, [
      ["100644", "..", oid],
      ["100644", "a\\b.ts", oid],
      ["100644", "a/b.ts", oid],
      ["100755", "good.ts", oid],
      ["120000", "link.ts", link],
      ["160000", "module", "1234567890123456789012345678901234567890"],
      ["100644", "new\nline.ts", oid],
      ["100644", Buffer.from([0x66, 0xff, 0x2e, 0x74, 0x73]), oid],
      ["40000", "..", oid],
    ]);
    const tree = await readTip(box, how);
    assert.deepEqual([...tree.files.keys()], ["rules/good.ts"]);
    assert.deepEqual(
      tree.irregular.map(({ path, kind }) => `${kind} ${path}`),
      [
        "bad-name rules/..",
        "bad-name rules/..",
        "bad-name rules/a/b.ts",
        "bad-name rules/a\\b.ts",
        "bad-name rules/f\ufffd.ts",
        "symlink rules/link.ts",
        "submodule rules/module",
        "bad-name rules/new line.ts",
      ],
    );
    assert.equal(tree.irregular.find((entry) => entry.kind === "symlink")?.detail, "../../etc/passwd");
  });

  test(`too large a file, too many files, too much in all: named, not read, with ${reader}`, async (t) => {
    const box = await gitBox(t);
    const { clone } = box.pair(FILES);
    box.commit(clone, { "rules/big.ts": "x".repeat(1001), "rules/fits.ts": "x".repeat(1000) });
    const large = await readTip(box, { ...how, limits: LIMITS });
    assert.deepEqual(large.irregular, [
      { path: "rules/big.ts", kind: "too-large", detail: "1001 bytes; at most 1000 are read" },
    ]);
    assert.ok(large.files.has("rules/fits.ts"));
    box.commit(clone, { "rules/big.ts": null, "rules/fits2.ts": "y".repeat(1000), "rules/fits3.ts": "z".repeat(1000) });
    const total = await readTip(box, { ...how, limits: LIMITS });
    assert.match(total.irregular[0]?.detail ?? "", /more than 3000 bytes/);
    box.commit(clone, Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`rules/n${i}.ts`, ""])));
    const many = await readTip(box, { ...how, limits: LIMITS });
    assert.match(many.irregular[0]?.detail ?? "", /more than 10 files/);
    assert.ok(many.files.size <= 10);
  });
}

test("a folder that is a link or a file is told, and other folders are not looked at", async (t) => {
  const box = await gitBox(t);
  const { clone } = box.pair(FILES);
  box.commit(clone, { rules: null, users: null });
  symlinkSync("/etc", `${clone}/rules`);
  writeFileSync(`${clone}/users`, "a file");
  symlinkSync("/etc", `${clone}/elsewhere`);
  box.commit(clone, {});
  const expected = [
    { path: "rules", kind: "symlink", detail: "/etc" },
    { path: "users", kind: "bad-name", detail: "a file stands where a folder is expected" },
  ];
  assert.deepEqual((await readTip(box)).irregular, expected);
  assert.deepEqual((await (await box.open(clone)).readWorkTree(NEVER)).irregular, expected);
});

test("a blob of 100 MB is named and never held in memory", async (t) => {
  const box = await gitBox(t);
  const { clone } = box.pair(FILES);
  writeFileSync(`${clone}/rules/huge.ts`, Buffer.alloc(100 * 1024 * 1024, 97));
  box.commit(clone, {});
  for (const git of [await realGit(), null]) {
    const repository = await box.open(clone, { git });
    const tip = (await repository.tip(NEVER)) ?? "";
    const before = process.memoryUsage().rss;
    const tree = await repository.readTree(tip, NEVER);
    assert.deepEqual(
      tree.irregular.map((entry) => [entry.path, entry.kind]),
      [["rules/huge.ts", "too-large"]],
    );
    assert.equal(tree.files.size, 3);
    assert.ok(process.memoryUsage().rss - before < 50 * 1024 * 1024);
  }
});

test("a git that replaces objects does not deceive", async (t) => {
  const box = await gitBox(t);
  const { clone } = box.pair(FILES);
  const before = await readTip(box);
  box.git(clone, "replace", box.git(clone, "rev-parse", "HEAD:mappings/payments.toml"), blob(box, "replaced"));
  assert.equal((await readTip(box)).digest, before.digest);
});

test("the files on the disk: uncommitted ones count, ignored ones do not, names and bounds are those of commits", async (t) => {
  const box = await gitBox(t);
  const { clone } = box.pair({ ...FILES, ".gitignore": "*.swp\nrules/out/\n" });
  const repository = await box.open(clone, { limits: LIMITS });
  const committed = await repository.readTree((await repository.tip(NEVER)) ?? "", NEVER);
  assert.equal((await repository.readWorkTree(NEVER)).digest, committed.digest);
  write(clone, {
    "rules/new.ts": "new",
    "rules/x.swp": "",
    "rules/out/y.ts": "",
    "rules/big.ts": "x".repeat(1001),
    "rules/a\\b.ts": "",
  });
  symlinkSync("/etc/passwd", `${clone}/rules/link.ts`);
  mkdirSync(`${clone}/rules/inner/.git`, { recursive: true });
  const tree = await repository.readWorkTree(NEVER);
  assert.deepEqual(
    [...tree.files.keys()],
    ["mappings/payments.toml", "rules/new.ts", "rules/payments/defects.ts", "users/payments.csv"],
  );
  assert.deepEqual(
    tree.irregular.map((entry) => `${entry.kind} ${entry.path}`),
    ["bad-name rules/a\\b.ts", "too-large rules/big.ts", "submodule rules/inner", "symlink rules/link.ts"],
  );
  assert.equal(tree.revision, "WORKTREE");
  await assert.rejects((await box.open(box.path("config.git"))).readWorkTree(NEVER), { name: "OperatorError" });
});

test("what a committer writes is one printable line", () => {
  const text =
    "tree 1234567890123456789012345678901234567890\nauthor A\u001b[31mB <a@b> 1 +0000\ngpgsig x\n tree of lies\n\n\n  one \u202etwo\nthree  \n\nbody\n";
  const commit = parseCommit(Buffer.from(text));
  assert.equal(commit.subject, "one \ufffdtwo three");
  assert.equal(commit.author, "A\ufffd[31mB <a@b>");
  const latin = Buffer.concat([
    Buffer.from("tree 1234567890123456789012345678901234567890\nauthor J"),
    Buffer.from([0xfc]),
    Buffer.from("rg <j@x> 1 +0000\nencoding ISO-8859-1\n\nGr"),
    Buffer.from([0xfc]),
    Buffer.from("ne\n"),
  ]);
  assert.deepEqual(parseCommit(latin), {
    tree: "1234567890123456789012345678901234567890",
    subject: "Grüne",
    author: "Jürg <j@x>",
    trailers: [],
  });
  assert.throws(() => parseTree(Buffer.from("100644 cut"), 20));
});
