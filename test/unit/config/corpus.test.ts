import assert from "node:assert/strict";
import { after, test } from "node:test";
import { buildCandidate } from "../../../daemon/config/build.ts";
import { prepare } from "../../../daemon/config/publish/prepare.ts";
import { createTypeChecker } from "../../../daemon/config/rules/typecheck.ts";
import type { CommitTree } from "../../../daemon/config/tree.ts";
import { connectorTypes } from "../../../daemon/connectors/registry.ts";
import { formatDiagnostic } from "../../../daemon/core/diagnostic.ts";
import { openRuleHost } from "../../../daemon/rulehost/open.ts";
import { baseFiles, readCorpus, treeOf } from "./corpus.ts";

const typecheck = createTypeChecker();
const { signal } = new AbortController();
after(() => typecheck.close());

/** As the daemon does it: build, load in the cage, check what was loaded. */
async function publish(tree: CommitTree) {
  const prepared = await prepare(
    tree,
    {
      build: (one, until) => buildCandidate(one, { connectorTypes, typecheck, signal: until }),
      openRules: (bundle, until) => openRuleHost(bundle, { signal: until, deadlineMs: 1000, heapMb: 64 }),
    },
    signal,
  );
  if (prepared.ok) await prepared.snapshot.rules?.close();
  return prepared;
}

async function assertBaseIsGood() {
  const prepared = await publish(treeOf(baseFiles()));
  assert.ok(prepared.ok, prepared.ok ? "" : prepared.diagnostics.map(formatDiagnostic).join("\n"));
}

test("the configuration that the repository starts with is good", assertBaseIsGood);

test("R3 the corpus has at least forty bad commits", () => {
  assert.ok(readCorpus().length >= 40);
});

for (const { name, why, tree, expected } of readCorpus()) {
  test(`R3 ${name}: ${why}`, async () => {
    const prepared = await publish(tree);
    assert.ok(!prepared.ok, "the commit was accepted");
    const found = prepared.diagnostics.filter(({ severity }) => severity === "error");
    const places = found.map(({ code, file, line, column }) => ({ code, file, line, column }));
    assert.deepEqual(places, expected, found.map(formatDiagnostic).join("\n"));
    const text = prepared.diagnostics.map(formatDiagnostic).join("\n");
    assert.doesNotMatch(text, /canary/, "a secret was repeated");
  });
}

test("R5 after all bad commits the good one is good", assertBaseIsGood);
