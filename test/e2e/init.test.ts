import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fact } from "../contract/redmine-fixture.ts";
import { syncline } from "../support/command.ts";
import { filesOf, open, total } from "../support/init-bench.ts";
import { writeSecrets } from "../support/sample.ts";
import { redmineFacts } from "../trackers/redmine.ts";

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
