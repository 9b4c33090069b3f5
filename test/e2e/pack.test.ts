import assert from "node:assert/strict";
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ROOT } from "../support/command.ts";
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

/** Where no registry can be reached, the packages of this project stand in for those that would be installed. */
async function install(t: TestContext, run: (line: string, cwd: string) => Promise<string>, folder: string) {
  try {
    await run("npm install --prefer-offline ../syncline-*.tgz", folder);
  } catch (error) {
    if (!/ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|ENOTCACHED/.test(String(error))) throw error;
    t.diagnostic("no package registry can be reached: the package is unpacked beside this project's packages");
    linkPackages(join(folder, "node_modules"));
    await run("tar -xzf ../syncline-*.tgz --strip-components=1 -C node_modules/syncline", folder);
    await run("chmod +x node_modules/syncline/dist/daemon/cli.js", folder);
  }
}

/** A folder of packages with links to those of this project, and an empty one for the package itself. */
function linkPackages(modules: string): void {
  // npm leaves what it had begun with.
  rmSync(modules, { recursive: true, force: true });
  mkdirSync(join(modules, ".bin"), { recursive: true });
  for (const name of readdirSync(join(ROOT, "node_modules")))
    if (!name.startsWith(".") && name !== "syncline")
      symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
  symlinkSync(join(ROOT, "node_modules/.bin/tsc"), join(modules, ".bin/tsc"));
  mkdirSync(join(modules, "syncline"));
  symlinkSync("../syncline/dist/daemon/cli.js", join(modules, ".bin/syncline"));
}

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
  await install(t, run, folder);
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
