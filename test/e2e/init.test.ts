import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import type { AlmSimulator } from "../../daemon/sandbox/alm/index.ts";
import { startAlmSimulator } from "../../daemon/sandbox/alm/index.ts";
import { fact } from "../contract/redmine-fixture.ts";
import { secretOf } from "../support/alm-pair.ts";
import { CLI, COMPILED, collect, type Ended, objectOf, syncline } from "../support/command.ts";
import { writeSecrets } from "../support/sample.ts";
import type { Report } from "../support/site.ts";
import { startTrackers, type Trackers } from "../support/trackers.ts";
import { redmineFacts } from "../trackers/redmine.ts";
import { type GitBox, gitBox, isolatedEnv } from "../unit/config-git/git-box.ts";

interface Bench extends Trackers {
  readonly box: GitBox;
  readonly env: Readonly<Record<string, string>>;
  readonly secrets: string;
  readonly left: string;
  readonly right: string;
  run(...args: string[]): Promise<Ended>;
  /** `init <folder> --name payments` with both endpoints. */
  init(folder: string, ...more: string[]): Promise<Ended>;
  sync(folder: string, link: string, ...more: string[]): Promise<{ readonly ended: Ended; readonly report: Report }>;
}

const PEOPLE = [
  { login: "sync", name: "Sync", emails: [], active: true },
  { login: "jane.doe", name: "Jane", emails: ["Jane.Doe@example.com"], active: true },
  { login: "ann.lee", name: "Ann", emails: ["ann.lee@example.com"], active: true },
];

/** Two trackers with a few records, two of which are the same defect. */
async function open(t: TestContext): Promise<Bench> {
  const trackers = await startTrackers(t, {
    alm: { content: { people: PEOPLE } },
    agm: { content: "empty", switches: { users: "any" } },
  });
  const { alm, agm } = trackers;
  const defect = { owner: "jane.doe", "detected-by": "jane.doe", "creation-time": "2026-11-01", severity: "2-Medium" };
  alm.admin.create("defects", { ...defect, name: "Login fails" });
  alm.admin.create("defects", { ...defect, name: "Tax is wrong", severity: "1-Low" });
  const item = { subtype: "defect", detected_by: "jane.doe@example.com" };
  agm.admin.create("backlog_items", { ...item, name: "Login fails", severity: "Medium", defect_status: "New" });
  agm.admin.create("backlog_items", { ...item, name: "Only here", severity: "Low", defect_status: "New" });
  const box = await gitBox(t);
  const env = isolatedEnv(box.root);
  const secrets = writeSecrets(box.path("secrets"), {
    "alm-payments": secretOf(alm),
    "agm-payments": {
      "client-id": String(agm.access["client-id"]),
      "client-secret": String(agm.access["client-secret"]),
    },
  });
  const left = `alm type=alm url=${alm.url} domain=${alm.access["domain"]} project=${alm.access["project"]} zone=Europe/Berlin`;
  const right = `agm type=agile-manager url=${agm.url} workspace=${agm.access["workspace"]}`;
  const run = (...args: string[]) => syncline(args, { env, cwd: box.root });
  const place = (folder: string) => ["--repo", folder, "--state", `${folder}-state`, "--secrets", secrets];
  return {
    ...trackers,
    ...{ box, env, secrets, left, right, run },
    init: (folder, ...more) =>
      run("init", folder, "--name", "payments", "--left", left, "--right", right, "--secrets", secrets, ...more),
    async sync(folder, link, ...more) {
      const ended = await run("sync", link, ...more, "--json", ...place(folder));
      if (ended.stdout === "") throw new Error(`no report: ${ended.stderr}`);
      return { ended, report: objectOf(ended) as unknown as Report };
    },
  };
}

function filesOf(folder: string): Readonly<Record<string, string>> {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = found.map((entry) => join(entry.parentPath, entry.name)).filter((path) => !path.includes("/.git/"));
  return Object.fromEntries(paths.sort().map((path) => [path.slice(folder.length + 1), readFileSync(path, "utf8")]));
}

function total(report: Report, deed: "created" | "updated" | "deleted" | "failed"): number {
  return Object.values(report.counts).reduce((sum, counts) => sum + counts[deed], 0);
}

test("X2 E85 X10 from an empty folder to a first dry run in three commands, then a real run, and one with nothing to do", async (t) => {
  const bench = await open(t);
  const folder = bench.box.path("config");
  mkdirSync(folder);
  const made = await bench.init(folder, "--yes", "--create", "agm");
  assert.equal(made.code, 0, made.stdout + made.stderr);
  assert.match(made.stderr, /^alm: reaching it, signing in$/m);
  assert.match(made.stdout, /^users: 1 matched by e-mail address$/m);
  assert.match(made.stdout, /^ {2}of alm without a partner: ann\.lee, sync, viewer$/m);
  assert.equal(
    readFileSync(join(folder, "users/payments.csv"), "utf8"),
    "alm,<>,agm\njane.doe,<>,jane.doe@example.com\n",
  );
  assert.equal(bench.box.git(folder, "status", "--porcelain"), "", "all of it is committed");
  assert.equal(bench.box.git(folder, "log", "--format=%an"), "Ada Example");

  const checked = await bench.run("check", "--repo", folder);
  assert.equal(checked.code, 0, checked.stdout);
  assert.doesNotMatch(checked.stdout, /warning/);

  const before = [...bench.alm.admin.list("defects"), ...bench.agm.admin.list("backlog_items")];
  const dry = await bench.run(
    ...["sync", "payments/defects", "--full", "--dry-run", "--repo", folder].concat(["--secrets", bench.secrets]),
  );
  assert.equal(dry.code, 0, dry.stdout + dry.stderr);
  assert.match(dry.stdout, /agm +2 read, 1 would be created/);
  assert.match(dry.stdout, /1 paired that were there on both sides/);
  assert.deepEqual([...bench.alm.admin.list("defects"), ...bench.agm.admin.list("backlog_items")], before);

  const { ended, report } = await bench.sync(folder, "payments/defects");
  assert.deepEqual(
    [ended.code, report.status, report.counts["agm"]?.created, report.counts["alm"]?.created],
    [0, "passed", 1, 0],
  );
  const partner = bench.agm.admin.list("backlog_items").find((item) => item["name"] === "Tax is wrong");
  assert.deepEqual(
    [partner?.["severity"], partner?.["assigned_to"], partner?.["detection_date"]],
    ["Low", "jane.doe@example.com", "2026-11-01"],
    "value map, users and date went by the drafted rows",
  );
  const again = await bench.sync(folder, "payments/defects", "--full");
  assert.deepEqual(
    [again.ended.code, total(again.report, "created"), total(again.report, "updated"), total(again.report, "failed")],
    [0, 0, 0, 0],
  );
});

test("X2 by itself nothing is made anywhere; widened to both sides, the drafted rule fills in what ALM demands", async (t) => {
  const bench = await open(t);
  const folder = bench.box.path("config");
  assert.equal((await bench.init(folder, "--yes")).code, 0);
  const first = await bench.sync(folder, "payments/defects");
  assert.deepEqual([first.ended.code, first.report.paired, total(first.report, "created")], [0, 1, 0]);

  const mapping = join(folder, "mappings/payments.toml");
  const text = readFileSync(mapping, "utf8");
  writeFileSync(mapping, text.replace('create = "none"', 'create = "both"'));
  bench.box.git(folder, "commit", "--quiet", "--all", "--message", "Widen");
  const wide = await bench.sync(folder, "payments/defects", "--full");
  assert.deepEqual(
    [wide.ended.code, wide.report.counts["alm"]?.created, wide.report.counts["agm"]?.created],
    [0, 1, 1],
    JSON.stringify(wide.report),
  );
  const made = bench.alm.admin.list("defects").find((defect) => defect["name"] === "Only here");
  const born = bench.agm.admin.list("backlog_items").find((item) => item["name"] === "Only here");
  assert.deepEqual([made?.["severity"], made?.["detected-by"]], ["1-Low", "jane.doe"]);
  assert.equal(
    made?.["creation-time"],
    born?.["creation_date"],
    "the rule: Agile Manager has no date of detection there",
  );
  const again = await bench.sync(folder, "payments/defects", "--full");
  assert.deepEqual([total(again.report, "created"), total(again.report, "updated")], [0, 0]);
});

test("X2 the same trackers give the same files, byte for byte", async (t) => {
  const bench = await open(t);
  for (const folder of ["one", "two"]) assert.equal((await bench.init(bench.box.path(folder), "--yes")).code, 0);
  assert.deepEqual(filesOf(bench.box.path("one")), filesOf(bench.box.path("two")));
  assert.deepEqual(Object.keys(filesOf(bench.box.path("one"))), [
    ".github/workflows/syncline.yml",
    ".gitignore",
    ".gitlab-ci.yml",
    "README.md",
    "mappings/payments.toml",
    "mappings/schema/payments/agm.json",
    "mappings/schema/payments/alm.json",
    "rules/payments/defects.ts",
    "rules/payments/stories.ts",
    "rules/syncline.d.ts",
    "users/payments.csv",
  ]);
});

test("X2 the checks for pull requests are YAML by shape, need no secret, and say of a shallow checkout what they should", async (t) => {
  const bench = await open(t);
  const folder = bench.box.path("config");
  assert.equal((await bench.init(folder, "--yes")).code, 0);
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  const commands = [".github/workflows/syncline.yml", ".gitlab-ci.yml"].map((file) => {
    const text = readFileSync(join(folder, file), "utf8");
    for (const line of text.trimEnd().split("\n"))
      assert.match(line, /^( {2})*(#.*|(- )?[\w-]+:( \S.*)?|- \S.*)$/, `${file}: ${line}`);
    assert.doesNotMatch(text, /secrets\.|password|\t/);
    return /npx .*/.exec(text)?.[0] ?? "";
  });
  assert.deepEqual(commands, Array(2).fill(`npx --yes syncline@${version} check --repo . --worktree`));

  // As the hosts check a pull request out: one commit, on no branch.
  const checkout = bench.box.path("checkout");
  bench.box.git(bench.box.root, "clone", "--quiet", "--depth=1", `file://${folder}`, checkout);
  bench.box.git(checkout, "checkout", "--quiet", "--detach");
  const args = commands[0]?.split(" ").slice(3) ?? [];
  const check = () => syncline(args, { env: { PATH: bench.env["PATH"] ?? "", HOME: bench.box.root }, cwd: checkout });
  assert.equal((await check()).code, 0);
  const mapping = join(checkout, "mappings/payments.toml");
  writeFileSync(mapping, readFileSync(mapping, "utf8").replace(/^description +=/m, "descritpion ="));
  const broken = await check();
  assert.equal(broken.code, 1);
  assert.match(broken.stdout, /mappings\/payments\.toml:\d+:\d+: .*descritpion/);
});

test("X31 the checks for pull requests run the rules' tests as soon as there is one", async (t) => {
  const bench = await open(t);
  const folder = bench.box.path("config");
  assert.equal((await bench.init(folder, "--yes")).code, 0);
  const lines = [".github/workflows/syncline.yml", ".gitlab-ci.yml"].map((file) =>
    /- (?:run: )?(test -z .*)/
      .exec(readFileSync(join(folder, file), "utf8"))?.[1]
      ?.replace(/npx --yes syncline@\S+/, "echo"),
  );
  assert.equal(lines[0], lines[1]);
  const said = () => spawnSync("sh", ["-ec", lines[0] ?? "false"], { cwd: folder, encoding: "utf8" });
  assert.deepEqual([said().status, said().stdout], [0, ""]);
  writeFileSync(join(folder, "rules/payments/defects.test.ts"), "");
  assert.deepEqual([said().status, said().stdout], [0, "test --repo .\n"]);
});

test("X3 the rules' examples compile as soon as their comment signs are gone", async (t) => {
  const bench = await open(t);
  const folder = bench.box.path("config");
  assert.equal((await bench.init(folder, "--yes")).code, 0);
  for (const link of ["defects", "stories"]) {
    const file = join(folder, `rules/payments/${link}.ts`);
    const text = readFileSync(file, "utf8");
    const used = text.replaceAll(/^( +)\/\/ (outgoing|incoming|\}| {2}.*;)/gm, "$1$2");
    assert.notEqual(used, text);
    assert.match(used, /^ {4}outgoing\(/m);
    writeFileSync(file, used);
  }
  const checked = await bench.run("check", "--worktree", "--repo", folder);
  assert.equal(checked.code, 0, checked.stdout);
});

test("X10 a tracker that does not let Syncline in: it is named, and nothing is written", async (t) => {
  const bench = await open(t);
  writeSecrets(bench.secrets, { "alm-payments": { user: "sync", password: "wrong" } });
  const before = filesOf(bench.box.root);
  const refused = await bench.init(bench.box.path("config"), "--yes");
  assert.equal(refused.code, 3);
  assert.match(refused.stderr, /nothing was written/);
  assert.match(refused.stderr, /alm: sign-in: .*refused/);
  assert.equal(existsSync(bench.box.path("config")), false);
  assert.deepEqual(filesOf(bench.box.root), before);
  const nowhere = bench.right.replace(/workspace=\d+/, "workspace=4711");
  writeSecrets(bench.secrets, { "alm-payments": secretOf(bench.alm) });
  const ends = ["--left", `${bench.left} secret=alm-payments`, "--right", `${nowhere} secret=agm-payments`];
  const lost = await bench.run("init", "config", "--name", "p", ...ends, "--secrets", bench.secrets);
  assert.equal(lost.code, 3);
  assert.match(lost.stderr, /agm: workspace: .*4711/);
  assert.equal(existsSync(bench.box.path("config")), false);
});

test("X2 what is there is never overwritten; a repository that is there is not committed to", async (t) => {
  const bench = await open(t);
  const folder = bench.box.path("config");
  assert.equal((await bench.init(folder, "--yes")).code, 0);
  const mapping = join(folder, "mappings/payments.toml");
  writeFileSync(mapping, "mine\n");
  const again = await bench.init(folder, "--yes");
  assert.equal(again.code, 3);
  assert.match(again.stderr, /mappings\/payments\.toml already; nothing was written/);
  assert.equal(readFileSync(mapping, "utf8"), "mine\n");

  const own = bench.box.path("own");
  bench.box.git(bench.box.root, "init", "--quiet", "--initial-branch=main", own);
  writeFileSync(join(own, "README.md"), "my own\n");
  bench.box.commit(own, {});
  const into = await bench.init(own, "--yes", "--json");
  assert.equal(into.code, 0, into.stderr);
  const told = objectOf(into) as unknown as {
    files: readonly { path: string; state: string }[];
    next: readonly string[];
  };
  assert.equal(told.files.find(({ path }) => path === "README.md")?.state, "kept");
  assert.equal(readFileSync(join(own, "README.md"), "utf8"), "my own\n");
  assert.equal(bench.box.git(own, "rev-list", "--count", "HEAD"), "1");
  assert.match(
    told.next[0] ?? "",
    /^git -C .*own add -- .*mappings\/payments\.toml.* && git -C .* commit -m 'Connect alm with agm: payments'$/,
  );

  const nested = await bench.init(join(own, "deeper"), "--yes");
  assert.equal(nested.code, 3);
  assert.match(nested.stderr, /lies in the repository/);
});

test("X2 what is missing without a terminal ends with 3 and names the flag; secrets inside the repository are refused", async (t) => {
  const bench = await open(t);
  const { left, right } = bench;
  const cases: readonly (readonly [said: RegExp, ...args: string[]])[] = [
    [/--name is missing/],
    [/--left is missing/, "--name", "p"],
    [/--right is missing/, "--name", "p", "--left", left],
    [/type= of --right is missing/, "--name", "p", "--left", left, "--right", "agm url=http://x.example"],
    [
      /--right: workspace is missing/,
      "--name",
      "p",
      "--left",
      left,
      "--right",
      "agm type=agile-manager url=http://x.example",
    ],
    [/no kind of tracker "jira"/, "--name", "p", "--left", "a type=jira"],
    [/--create: .*elsewhere/, "--name", "p", "--left", left, "--right", right, "--create", "elsewhere"],
    [/--entities: "defect"/, "--name", "p", "--left", left, "--right", right, "--entities", "defect"],
    [
      /secret "alm-p" is missing: there is no file .*config-secrets\/alm-p/,
      "--name",
      "p",
      "--left",
      left,
      "--right",
      right,
    ],
    [/lies in the repository/, "--name", "p", "--left", left, "--right", right, "--secrets", "config/secrets"],
    [
      /no entity type "bug"[\s\S]*alm has defect/,
      "--name",
      "payments",
      "--left",
      left,
      "--right",
      right,
      "--entities",
      "bug=defect",
      "--secrets",
      bench.secrets,
    ],
  ];
  for (const [said, ...args] of cases) {
    const ended = await bench.run("init", "config", ...args);
    assert.equal(ended.code, 3, `${args.join(" ")}: ${ended.stdout}${ended.stderr}`);
    assert.match(ended.stderr, said, args.join(" "));
    assert.equal(existsSync(bench.box.path("config")), false, "nothing was written");
  }
});

test("X2 without a name for git nothing is committed, and the command that it prints does it", async (t) => {
  const bench = await open(t);
  const folder = bench.box.path("config");
  const env = Object.fromEntries(Object.entries(bench.env).filter(([key]) => !/^GIT_(AUTHOR|COMMITTER)/.test(key)));
  const place = ["--left", bench.left, "--right", bench.right, "--secrets", bench.secrets, "--json"];
  const ended = await syncline(["init", folder, "--name", "payments", ...place], { env, cwd: bench.box.root });
  assert.equal(ended.code, 0, ended.stderr);
  assert.throws(() => bench.box.git(folder, "rev-parse", "HEAD"));
  const [commit = ""] = objectOf(ended)["next"] as readonly string[];
  const shell = spawn("sh", ["-c", commit], { env: bench.env, stdio: "ignore" });
  assert.deepEqual(await once(shell, "close"), [0, null]);
  assert.equal((await bench.run("check", "--repo", folder)).code, 0);
});

test("X2 at a terminal it asks for what is missing; a password is not shown, and stands in a file that only its owner reads", async (t) => {
  const bench = await open(t);
  const { alm, agm, box } = bench;
  const text = await converse(bench.env, box.root, `init config`, [
    [/Name of the connection.*: $/, "payments"],
    [/kind of tracker \(.*\): $/, "almm"],
    [/there is no kind of tracker "almm"[\s\S]*kind of tracker \(.*\): $/, "alm"],
    [/ {2}url: $/, alm.url],
    [/ {2}domain: $/, String(alm.access["domain"])],
    [/ {2}project: $/, String(alm.access["project"])],
    [/name of this endpoint \[alm\]: $/, ""],
    [/secret on the host \[alm-payments\]: $/, ""],
    [/kind of tracker \(.*\): $/, "agile-manager"],
    [/ {2}url: $/, agm.url],
    [/ {2}workspace: $/, "many"],
    [/workspace .*expected number[\s\S]* {2}workspace: $/, String(agm.access["workspace"])],
    [/name of this endpoint \[agm\]: $/, ""],
    [/secret on the host \[agm-payments\]: $/, ""],
    [/Entity types to link.*\[defect=defect,requirement\/Functional=user_story\]: $/, "defect=defect"],
    [/Where may partners be made \(none, both, alm, agm\) \[none\]: $/, ""],
    [/Folder of the secrets.*config-secrets\]: $/, ""],
    [/its keys.*\[user, password\]: $/, ""],
    [/ {2}user: $/, String(alm.access["user"])],
    [/password \(not shown\): $/, String(alm.access["password"])],
    [/ {2}client-id: $/, String(agm.access["client-id"])],
    [/client-secret \(not shown\): $/, String(agm.access["client-secret"])],
  ]);
  assert.match(text, /payments\/defects: alm defect with agm defect/);
  assert.equal(text.includes(String(alm.access["password"])), false, "the password was echoed");
  assert.equal(text.includes(String(agm.access["client-secret"])), false);
  const file = join(box.path("config-secrets"), "alm-payments");
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(readFileSync(file, "utf8"), `user = "sync"\npassword = "${alm.access["password"]}"\n`);
  assert.deepEqual(readdirSync(box.path("config", "rules", "payments")), ["defects.ts"]);
  const place = ["--repo", box.path("config"), "--secrets", box.path("config-secrets")];
  const dry = await bench.run("sync", "payments/defects", "--full", "--dry-run", ...place);
  assert.equal(dry.code, 0, dry.stdout + dry.stderr);
});

test("X2 connection add drafts one more beside what is there, refreshes the types and commits nothing", async (t) => {
  const bench = await open(t);
  const folder = bench.box.path("config");
  assert.equal((await bench.init(folder, "--yes")).code, 0);
  const two = await startAlmSimulator({ content: { people: PEOPLE }, domain: "GROUP", project: "TWO" });
  t.after(() => two.close());
  writeSecrets(bench.secrets, { two: secretOf(two) });
  const before = filesOf(folder);
  const args = ["--repo", folder, "--secrets", bench.secrets, "--left", `${bench.left} secret=alm-payments`].concat([
    "--right",
    almWords(two),
  ]);
  const entities = [
    "--entities",
    "release=release,release-cycle=release-cycle,requirement=requirement,defect=defect",
    "--create",
    "two",
  ];
  const added = await bench.run("connection", "add", "group", ...args, ...entities);
  assert.equal(added.code, 0, added.stderr);
  const after = filesOf(folder);
  for (const [path, text] of Object.entries(before))
    if (path !== "rules/syncline.d.ts") assert.equal(after[path], text, `${path} is as it was`);
  assert.match(after["rules/syncline.d.ts"] ?? "", /readonly "group": \{\n/);
  assert.match(after["rules/syncline.d.ts"] ?? "", /readonly "payments": \{\n/);
  assert.equal(bench.box.git(folder, "rev-list", "--count", "HEAD"), "1");
  const checked = await bench.run("check", "--worktree", "--repo", folder);
  assert.equal(checked.code, 0, checked.stdout);
  assert.match(checked.stdout, /2 connections, 6 links/);

  const commit = /^ {2}(git -C .*)$/m.exec(added.stdout)?.[1] ?? "";
  const shell = spawn("sh", ["-c", commit], { env: bench.env, stdio: "ignore" });
  assert.deepEqual(await once(shell, "close"), [0, null]);
  const run = await bench.sync(folder, "group/defects");
  assert.deepEqual([run.ended.code, run.report.counts["two"]?.created], [0, 2], JSON.stringify(run.report.messages));
  const again = await bench.sync(folder, "group/defects", "--full");
  assert.deepEqual([again.ended.code, total(again.report, "created"), total(again.report, "updated")], [0, 0, 0]);

  const taken = await bench.run("connection", "add", "group", ...args);
  assert.equal(taken.code, 3);
  assert.match(taken.stderr, /already; nothing was written/);
});

test("X2 B13 fields that hold the partners' ids already become the markers, and the records are paired by them", async (t) => {
  const bench = await open(t);
  const { alm, agm, box } = bench;
  const pairs = ["a", "b", "c"].map((name) => {
    const here = alm.admin.create("defects", {
      name: `ours ${name}`,
      severity: "2-Medium",
      "detected-by": "sync",
      "creation-time": "2026-11-01",
    });
    const there = agm.admin.create("backlog_items", {
      subtype: "defect",
      name: `theirs ${name}`,
      severity: "Medium",
      user_01_d: Number(here),
    });
    alm.admin.update("defects", here, { "user-04": String(there) });
    return here;
  });
  const folder = box.path("config");
  const made = await bench.init(folder, "--yes");
  assert.match(made.stdout, /marker: user-04 and user_01_d hold the partners' ids already/, made.stdout + made.stderr);
  const text = readFileSync(join(folder, "mappings/payments.toml"), "utf8");
  assert.match(text, /^marker = \{ alm = "user-04", agm = "user_01_d" \}$/m);
  assert.match(text, /^fields += \{ user_01_d = "number" \}$/m);
  const { report } = await bench.sync(folder, "payments/defects", "--dry-run");
  assert.equal(report.paired, pairs.length + 1, "and one by its summary");
});

const facts = redmineFacts(process.env);

test("X2 E85 the same with a real Redmine: custom fields once, the author by rule", {
  skip: typeof facts === "string" && facts,
}, async (t) => {
  assert.ok(typeof facts !== "string");
  const bench = await open(t);
  const folder = bench.box.path("config");
  writeSecrets(bench.secrets, { redmine: { "api-key": fact(facts, "REDMINE_API_KEY") } });
  const right = `redmine type=redmine url=${fact(facts, "REDMINE_URL")} project=alpha secret=redmine`;
  const ends = ["--left", bench.left, "--right", right, "--secrets", bench.secrets];
  const made = await bench.run("init", folder, "--name", "payments", "--yes", ...ends);
  assert.equal(made.code, 0, made.stdout + made.stderr);
  const text = readFileSync(join(folder, "mappings/payments.toml"), "utf8");
  assert.match(text, /^priority += \{ redmine = "priority", values = "priority", unmapped = "error" \}/m);
  assert.match(text, /^both = \{ .*"1-Low" = "Low".*\}$/m);
  assert.match(text, /^# severity += "cf_\d+"/m, "called alike, by the name that nobody renames");
  assert.doesNotMatch(text, /"External ID"/);
  assert.match(
    readFileSync(join(folder, "rules/payments/defects.ts"), "utf8"),
    /lookup\.user\(replica\.author \?\? ""\)/,
  );
  const checked = await bench.run("check", "--repo", folder);
  assert.equal(checked.code, 0, checked.stdout);
  assert.doesNotMatch(checked.stdout, /warning:/);
  const { ended, report } = await bench.sync(folder, "payments/defects", "--full", "--dry-run");
  assert.deepEqual(
    [ended.code, total(report, "created"), report.counts["alm"]?.read],
    [0, 0, 2],
    JSON.stringify(report),
  );
});

function almWords({ url, access }: AlmSimulator): string {
  return `two type=alm url=${url} domain=${access["domain"]} project=${access["project"]} zone=Europe/Berlin secret=two`;
}

/** Runs a command at a terminal of its own and answers each question as it comes. */
async function converse(
  env: Readonly<Record<string, string>>,
  cwd: string,
  command: string,
  answers: readonly (readonly [question: RegExp, answer: string])[],
): Promise<string> {
  const child = spawn("script", ["-qfec", `${process.execPath} ${CLI} ${command}`, "/dev/null"], {
    ...{
      env: { ...COMPILED, ...env, TERM: "dumb" },
      cwd,
      stdio: ["pipe", "pipe", "pipe"],
      timeout: 60_000,
      killSignal: "SIGKILL",
    },
  });
  const said = collect(child, "stdout");
  const open = [...answers];
  const seen = { upTo: 0 };
  child.stdout.on("data", () => {
    const [next] = open;
    const text = stripVTControlCharacters(said().slice(seen.upTo)).replaceAll("\r", "");
    if (next === undefined || !next[0].test(text)) return;
    open.shift();
    seen.upTo = said().length;
    child.stdin.write(`${next[1]}\n`);
  });
  const [code] = (await once(child, "close")) as [number | null];
  assert.equal(code, 0, `${said()}\nopen questions: ${open.map(([question]) => question.source).join(", ")}`);
  assert.equal(open.length, 0);
  return said();
}
