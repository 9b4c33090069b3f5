import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { contentOf } from "../../../daemon/config/git/collect.ts";
import { openLastGood } from "../../../daemon/config/publish/last-good.ts";
import type { CommitTree } from "../../../daemon/config/tree.ts";
import { gitBox } from "./git-box.ts";

function tree(content: string): CommitTree {
  const files = new Map([
    ["mappings/größe.toml", Buffer.from(content)],
    ["rules/empty.ts", Buffer.alloc(0)],
    ["users/bytes.csv", Buffer.from([0, 10, 255])],
  ]);
  const irregular = [{ path: "rules/x", kind: "symlink", detail: "y" }] as const;
  return { revision: "a".repeat(40), subject: "Über", author: "A <a@b>", ...contentOf(files, irregular) };
}

test("what is kept comes back byte by byte; any change of the file is noticed and put right", async (t) => {
  const box = await gitBox(t);
  const kept = openLastGood(box.path("last-good"));
  const one = tree("one");
  assert.equal(await kept.read(one.digest), null);
  await kept.keep(one);
  assert.deepEqual({ ...(await kept.read(one.digest)), files: null }, { ...one, files: null });
  assert.deepEqual(
    [...((await kept.read(one.digest))?.files ?? [])].map(([path, bytes]) => [
      path,
      Buffer.from(bytes).toString("hex"),
    ]),
    [...one.files].map(([path, bytes]) => [path, Buffer.from(bytes).toString("hex")]),
  );
  const file = box.path("last-good", `${one.digest}.tree`);
  assert.equal(statSync(file).mode & 0o077, 0);
  const whole = readFileSync(file);
  const damages = [
    Buffer.alloc(0),
    whole.subarray(0, -1),
    Buffer.concat([whole, Buffer.from("x")]),
    Buffer.from(whole.toString("latin1").replace("one", "two"), "latin1"),
    Buffer.from("{}\n"),
    Buffer.from("null\n"),
    Buffer.from('{"format":1,"files":[1],"irregular":[]}\n'),
    Buffer.from("x"),
  ];
  for (const damaged of damages) {
    writeFileSync(file, damaged);
    assert.equal(await kept.read(one.digest), null);
  }
  await kept.keep(one);
  assert.equal((await kept.read(one.digest))?.digest, one.digest);
});

test("others are forgotten, unfinished ones too", async (t) => {
  const box = await gitBox(t);
  const kept = openLastGood(box.path("last-good"));
  await kept.forgetOthers([]);
  for (const content of ["one", "two", "three"]) await kept.keep(tree(content));
  writeFileSync(box.path("last-good", "abc.tree.new"), "cut");
  await kept.forgetOthers([tree("two").digest, tree("three").digest]);
  assert.deepEqual(
    readdirSync(box.path("last-good")).toSorted(),
    [tree("two").digest, tree("three").digest].map((d) => `${d}.tree`).toSorted(),
  );
});
