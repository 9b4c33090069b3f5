import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCommit } from "../../../daemon/config/git/object-reader.ts";
import { withAllowances } from "../../../daemon/config/publish/allowances.ts";
import type { CommitTree } from "../../../daemon/config/tree.ts";
import type { Snapshot } from "../../../daemon/core/snapshot.ts";

function trailersOf(message: string) {
  const head = "tree 1234567890123456789012345678901234567890\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\n";
  return parseCommit(Buffer.from(`${head}${message}`)).trailers;
}

function allowed(message: string) {
  const tree: CommitTree = {
    revision: "c",
    subject: "",
    author: "",
    digest: "",
    files: new Map(),
    irregular: [],
    trailers: trailersOf(message),
  };
  const before: Snapshot = {
    ...{ revision: "c", digest: "", connections: [], rules: null, warnings: [] },
    allows: [{ link: "of/before", deeds: ["all"] }],
  };
  return withAllowances(tree, before).allows;
}

test("trailers are the lines Key: value of a message's last paragraph, as git reads them", () => {
  assert.deepEqual(trailersOf("Subject\n\nbody: no trailer\n\nAllow-Changes: a/b delete\nSigned-off-by: A <a@b>\n"), [
    { key: "Allow-Changes", value: "a/b delete" },
    { key: "Signed-off-by", value: "A <a@b>" },
  ]);
  assert.deepEqual(trailersOf("Allow-Changes: a/b delete\n"), [], "a subject is no trailer");
  assert.deepEqual(trailersOf("Subject\n\nAllow-Changes: a/b delete\n\nlast words\n"), []);
  assert.deepEqual(trailersOf("Subject\r\n\r\nKey: one\r\n two\r\n"), [{ key: "Key", value: "one two" }]);
  assert.deepEqual(trailersOf("Subject\n\nFixes: x\nmany\nother\nlines\nhere\n"), []);
});

test("B14 Allow-Changes names a link and deeds; a commit without it takes the earlier one's word away", () => {
  assert.deepEqual(allowed("S\n\nallow-changes: payments/defects Delete, create\nAllow-Changes: other/link all\n"), [
    { link: "payments/defects", deeds: ["delete", "create"] },
    { link: "other/link", deeds: ["all"] },
  ]);
  assert.equal(allowed("S\n\nAllow-Changes: payments/defects\n"), undefined, "without a deed it says nothing");
  assert.equal(allowed("S\n\nbody\n"), undefined);
});
