import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ROOT } from "../support/command.ts";
import { copyProject, npmEnv, type Shell, shell } from "../support/copy.ts";
import { changed, MAPPING, sampleFiles, writeSecrets } from "../support/sample.ts";
import { startTrackers } from "../support/trackers.ts";
import { type GitBox, gitBox } from "../unit/config-git/git-box.ts";

/** How a line of the README is run, all of them in this order in one place: a clone of the project, made ready as the README says. */
interface Way {
  readonly line: string;
  readonly run: (place: Place, line: string) => Promise<void>;
}

interface Place {
  readonly project: string;
  /** Runs a line to its end; the exit code must be 0. */
  run(line: string): Promise<string>;
  /** Begins a line that does not end by itself. */
  begin(line: string): Shell;
  readonly demo: { running: Shell | null };
  readonly box: GitBox;
}

const SYNCLINE = "npm run -s syncline --";

const WAYS: readonly Way[] = [
  { line: "npm ci && npm test", run: mentioned },
  {
    line: "npm ci && npm start",
    async run({ begin, demo, box, project }, line) {
      // Packages are there already: the tests run on them.
      demo.running = begin(line.replace("npm ci && ", ""));
      await demo.running.said(/^In step: \d+ pairs.*\n(?:.+\n){4}/m);
      assert.match(demo.running.stdout(), new RegExp(`"revision":"${box.git(project, "rev-parse", "HEAD")}"`));
    },
  },
  { line: `${SYNCLINE} status`, run: (place, line) => says(place, line, /payments\/defects .*passed/) },
  { line: `${SYNCLINE} sync payments/defects`, run: (place, line) => says(place, line, /incremental run \w+ passed/) },
  {
    line: `${SYNCLINE} sync payments/defects --full --dry-run`,
    run: (place, line) => says(place, line, /dry run, full run \w+ passed/),
  },
  { line: `${SYNCLINE} check`, run: (place, line) => says(place, line, /^ok: /m) },
  { line: `${SYNCLINE} test`, run: (place, line) => says(place, line, /ok: \d+ tests passed/) },
  { line: `${SYNCLINE} check --repo ../sync-config`, run: (place, line) => says(place, line, /^ok: /m) },
  {
    line: `${SYNCLINE} connection test payments --repo ../sync-config --secrets ../secrets`,
    run: (place, line) => says(place, line, /pass/),
  },
  {
    line: `${SYNCLINE} start --repo ../sync-config --state ../syncline-state --secrets ../secrets`,
    async run({ begin }, line) {
      const daemon = begin(line);
      await daemon.said(/"verdict":"active"/);
      assert.match((await daemon.interrupt()).stdout, /"event":"daemon.stopping"/);
    },
  },
];

async function says({ run }: Place, line: string, pattern: RegExp): Promise<void> {
  assert.match(await run(line), pattern);
}

/** What cannot be run inside of itself; that it exists can be told. */
async function mentioned(): Promise<void> {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  assert.ok(scripts["test"]?.includes("test/e2e"));
  assert.ok(scripts["start"] !== undefined);
}

function linesOf(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^[ \t]*```sh\n([\s\S]*?)^[ \t]*```/gm)].flatMap(([, block = ""]) =>
    block
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "" && !line.startsWith("#")),
  );
}

async function openPlace(t: TestContext): Promise<Place> {
  const box = await gitBox(t);
  const env = npmEnv(box);
  const project = copyProject(box);
  box.git(project, "init", "--quiet", "--initial-branch=main");
  box.commit(project, {}, "As cloned");
  const { alm, agm } = await startTrackers(t, { alm: { content: "empty" }, agm: { content: "empty" } });
  const { clone } = box.pair(sampleFiles({ alm: alm.url, agm: agm.url }));
  box.git(box.root, "clone", "--quiet", clone, box.path("sync-config"));
  writeSecrets(box.path("secrets"), {
    "alm-payments": { user: String(alm.access["user"]), password: String(alm.access["password"]) },
    "agm-payments": {
      "client-id": String(agm.access["client-id"]),
      "client-secret": String(agm.access["client-secret"]),
    },
  });
  const begin = (line: string) => {
    const command = shell(line, project, env);
    t.after(() => command.kill());
    return command;
  };
  return {
    ...{ project, box, begin, demo: { running: null } },
    async run(line) {
      const ended = await begin(line).ended();
      assert.equal(ended.code, 0, `${line}\n${ended.stdout.slice(-2000)}\n${ended.stderr}`);
      return ended.stdout;
    },
  };
}

test("every command of the README does what the README says; the demo follows this repository's commits", async (t) => {
  const lines = linesOf(readFileSync(join(ROOT, "README.md"), "utf8"));
  assert.deepEqual(
    lines.filter((line) => !WAYS.some((way) => way.line === line)),
    [],
    "lines that no test runs: add them to the table",
  );
  assert.deepEqual(
    WAYS.map((way) => way.line).filter((line) => !lines.includes(line)),
    [],
    "lines that the README no longer has",
  );
  const place = await openPlace(t);
  for (const { line, run } of WAYS) await t.test(line, () => run(place, line));

  const { demo, box, project } = place;
  assert.ok(demo.running !== null);
  const mapping = readFileSync(join(project, MAPPING), "utf8");
  const misspelt = changed(mapping, (text) => text.replace(/^severity /m, "serverity "));
  const bad = box.commit(project, { [MAPPING]: misspelt }, "Misspell a field");
  await demo.running.said(new RegExp(`"revision":"${bad}","verdict":"rejected".*unknown-field`));
  const good = box.commit(project, { [MAPPING]: `# mended\n${mapping}` }, "Mend it");
  await demo.running.said(new RegExp(`"revision":"${good}","verdict":"active"`));
  // The exit code is npm's own: it ends by the signal.
  assert.match((await demo.running.interrupt()).stdout, /"event":"daemon.stopping"/);
});
