import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
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

test("X2 what the check would refuse is refused before a tracker is asked, in words of the flag", async (t) => {
  const bench = await open(t);
  const { left, right } = bench;
  const long = "x".repeat(61);
  const cases: readonly (readonly [said: RegExp, left: string, right: string, ...more: string[]])[] = [
    [/--left: "values" has a meaning of its own and cannot name an endpoint/, left.replace("alm ", "values "), right],
    [/--right: "ALM" is the other endpoint/, left, right.replace("agm ", "ALM ")],
    [/--left: .*longer than 60/, left.replace("alm ", `${long} `), right],
    [/--name: .*longer than 60/, left, right, "--name", long],
    [/--left: "_x" cannot be the name of a secret/, `${left} secret=_x`, right],
    [/--left: there is no key "projekt"\.\n +Did you mean "project"\?/, left.replace("project=", "projekt="), right],
    [/--left: "domain" stands in it twice/, `${left} domain=OTHER`, right],
    [/--left: "password" is not said here[\s\S]*secret/, `${left} password=hunter2`, right],
    [/--right: workspace must be a number/, left, right.replace(/workspace=\S+/, "workspace=Payments")],
    [/--entities: .*defect=defect.*twice/, left, right, "--entities", "defect=defect,defect=defect"],
    [/Both endpoints.*same project[\s\S]*defect/, left, left.replace("alm ", "two ")],
  ];
  for (const [said, one, other, ...more] of cases) {
    const ends = ["--name", "payments", "--left", one, "--right", other, "--secrets", bench.secrets];
    const ended = await bench.run("init", "config", ...ends, ...more);
    assert.equal(ended.code, 3, `${said}: ${ended.stdout}${ended.stderr}`);
    assert.match(ended.stderr, said);
    assert.doesNotMatch(ended.stderr, /hunter2/, "a password is not repeated");
    assert.equal(existsSync(bench.box.path("config")), false, "nothing was written");
  }
  assert.deepEqual(bench.requests(), { alm: 0, agm: 0 });
});

test("X2 what is there and does not go with the draft is said, with nothing written; it is no bug", async (t) => {
  const bench = await open(t);
  const { box, left, right } = bench;
  const folder = box.path("config");
  assert.equal((await bench.init(folder, "--yes")).code, 0);
  const before = filesOf(folder);
  const ends = ["--left", `${left} secret=alm-payments`, "--right", `${right} secret=agm-payments`];
  const same = ["--secrets", bench.secrets, ...ends];
  for (const args of [
    ["init", folder, "--name", "cards", ...same],
    ["connection", "add", "cards", "--repo", folder, ...same],
  ]) {
    const again = await bench.run(...args);
    assert.equal(again.code, 3, again.stderr);
    assert.match(again.stderr, /links cards\/defects and payments\/defects are the same[\s\S]*--entities/);
    assert.doesNotMatch(again.stderr, /bug/);
  }
  assert.deepEqual(filesOf(folder), before);

  const blocked = box.path("blocked");
  mkdirSync(blocked);
  writeFileSync(join(blocked, "rules"), "a file\n");
  const ended = await bench.init(blocked, "--yes");
  assert.equal(ended.code, 3, ended.stderr);
  assert.match(
    ended.stderr,
    /^syncline: .*nothing was written[\s\S]*rules:1:1: .*a file stands where a folder is expected/m,
  );
  assert.deepEqual(readdirSync(blocked), ["rules"]);
});

test("X3 schema pull says what init has written, though init looks at more records than a pull does", async (t) => {
  const bench = await open(t);
  const { alm, agm, box, secrets } = bench;
  const item = { subtype: "defect", defect_status: "New", severity: "Low" };
  const marked = alm.admin.list("defects").map(({ id }) => {
    const name = `Marked ${String(id)}`;
    const there = agm.admin.create("backlog_items", { ...item, name, user_01_d: Number(id), user_04: "2026-01-01" });
    alm.admin.update("defects", String(id), { "user-04": String(there) });
    return there;
  });
  for (let n = 0; n < 100; n++) agm.admin.create("backlog_items", { ...item, name: `Newer ${n}` });
  const folder = box.path("config");
  const made = await bench.init(folder, "--yes", "--entities", "defect=defect");
  assert.equal(made.code, 0, made.stderr);
  const text = readFileSync(join(folder, "mappings/payments.toml"), "utf8");
  assert.equal(marked.length, 2);
  assert.match(text, /^fields += \{ user_01_d = "number" \}$/m);
  assert.match(text, /^# fields +=.* user_04 = "date"/m);
  const pulled = await bench.run("schema", "pull", "payments", "--repo", folder, "--secrets", secrets, "--json");
  assert.equal(pulled.code, 0, pulled.stderr);
  const { files } = objectOf(pulled) as unknown as { files: readonly { file: string; changed: boolean }[] };
  assert.deepEqual(
    files.filter(({ changed }) => changed).map(({ file }) => file),
    [],
    box.git(folder, "diff"),
  );
});

test("X2 where git refuses the files, they are there, the reason is told, and what to do", async (t) => {
  const bench = await open(t);
  const folder = bench.box.path("config");
  mkdirSync(folder);
  writeFileSync(join(folder, ".gitignore"), "*.csv\nmappings/\n");
  const made = await bench.init(folder, "--yes");
  assert.equal(made.code, 0, made.stderr);
  assert.match(made.stdout, /Not committed: git add: .*ignored by.*\.gitignore.*mappings/);
  assert.equal(readFileSync(join(folder, ".gitignore"), "utf8"), "*.csv\nmappings/\n");
  assert.ok(existsSync(join(folder, "mappings/payments.toml")));
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
    [/workspace must be a number[\s\S]* {2}workspace: $/, String(agm.access["workspace"])],
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
