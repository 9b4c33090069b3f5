import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { copyProject, npmEnv, shell } from "../support/copy.ts";
import { changed, RULE, sampleFiles } from "../support/sample.ts";
import { gitBox } from "../unit/config-git/git-box.ts";

const EDITOR = {
  compilerOptions: {
    ...{ strict: true, noEmit: true, target: "es2024", module: "nodenext", moduleResolution: "nodenext" },
    ...{ types: [], allowImportingTsExtensions: true },
  },
  include: ["rules"],
};

test("the packed package, installed into an empty folder: the command, check with rules, the demo, and types for an editor", async (t) => {
  const box = await gitBox(t);
  const env = npmEnv(box);
  async function run(line: string, cwd: string, code = 0): Promise<string> {
    const command = shell(line, cwd, env);
    t.after(() => command.kill());
    const ended = await command.ended();
    assert.equal(ended.code, code, `${line}\n${ended.stdout.slice(-3000)}\n${ended.stderr.slice(-3000)}`);
    return ended.stdout;
  }

  const project = copyProject(box);
  await run(`npm pack --silent --pack-destination ${box.root}`, project);
  const folder = box.path("installed");
  mkdirSync(folder);
  await run("npm install --prefer-offline --silent ../syncline-*.tgz", folder);
  const syncline = "node_modules/.bin/syncline";
  assert.match(await run(`${syncline} --version`, folder), /^\d+\.\d+\.\d+\n$/);
  assert.match(await run(`${syncline} --help`, folder), /Commands:/);

  const { clone } = box.pair(sampleFiles());
  assert.match(await run(`${syncline} check --repo ${clone}`, folder), /^ok: /);
  const rule = changed(sampleFiles()[RULE] ?? "", (text) => text.replace("issue.description", "issue.descripton"));
  box.commit(clone, { [RULE]: rule });
  const rejected = await run(`${syncline} check --repo ${clone}`, folder, 1);
  assert.match(rejected, new RegExp(`^${RULE}:\\d+:\\d+: .*descripton.*rule-type`, "m"));

  const demo = await run(`${syncline} demo --once --state ${box.path("demo")}`, folder);
  assert.match(demo, /is no git repository/);
  assert.match(demo, /^In step: \d+ pairs/m);

  for (const [path, content] of Object.entries(sampleFiles())) {
    if (!path.startsWith("rules/")) continue;
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(EDITOR));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  await run("node_modules/.bin/tsc -p .", folder);
  writeFileSync(join(folder, "rules/wrong.ts"), 'import { lnk } from "syncline";\nexport default lnk;\n');
  assert.match(await run("node_modules/.bin/tsc -p .", folder, 1), /wrong\.ts.*'lnk'/);
});
