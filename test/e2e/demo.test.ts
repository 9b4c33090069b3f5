import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { syncline } from "../support/command.ts";
import { copyProject, npmEnv } from "../support/copy.ts";
import { gitBox } from "../unit/config-git/git-box.ts";

/** What a person reads: the lines that are no log. */
function told(stdout: string): readonly string[] {
  return stdout
    .trimEnd()
    .split("\n")
    .filter((line) => !line.startsWith("{"));
}

test("the demo from an unpacked archive makes a repository and says so, brings both in step, tells it in five lines; again, it has nothing to do", async (t) => {
  const box = await gitBox(t);
  const project = copyProject(box);
  const state = box.path("demo");
  const env = npmEnv(box);
  const run = () =>
    syncline(["demo", "--once", "--state", state], {
      env,
      cwd: project,
      program: [process.execPath, join(project, "daemon/cli.ts")],
    });
  const first = await run();
  assert.equal(first.code, 0, first.stderr);
  const [made, ...summary] = told(first.stdout);
  assert.match(made ?? "", /is no git repository.*demo\/repository/);
  assert.ok(existsSync(join(state, "repository")));
  assert.equal(summary.length, 5, summary.join("\n"));
  const text = summary.join("\n");
  const pairs = Number(/(\d+) pairs/.exec(text)?.[1]);
  assert.ok(pairs >= 400, text);
  assert.ok(Number(/(\d+) knew each other/.exec(text)?.[1]) >= 40, text);
  for (const shown of [state, "syncline.log", "mappings/payments.toml", "curl", "sync payments/defects"])
    assert.ok(text.includes(shown), `${shown} in\n${text}`);

  const second = await run();
  assert.equal(second.code, 0, second.stderr);
  const again = told(second.stdout).join("\n");
  assert.match(again, new RegExp(`\\b${pairs} pairs`));
  assert.match(again, /\b0 created and 0 updated in alm; 0 created and 0 updated in agm/);
});
