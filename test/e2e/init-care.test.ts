import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startAlmSimulator } from "../../daemon/sandbox/alm/index.ts";
import { secretOf } from "../support/alm-pair.ts";
import { objectOf, syncline } from "../support/command.ts";
import { almWords, converse, filesOf, open, PEOPLE, total } from "../support/init-bench.ts";
import { writeSecrets } from "../support/sample.ts";

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
