import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { CLI, collect, objectOf, ROOT, syncline } from "../support/command.ts";
import { changed, MAPPING, sampleFiles, writeSecrets } from "../support/sample.ts";
import { openSite, SMALL } from "../support/site.ts";
import { gitBox, isolatedEnv } from "../unit/config-git/git-box.ts";

const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  demo: ["--state", "--once"],
  init: ["--name", "--left", "--right", "--entities", "--create", "--secrets", "--yes", "--json"],
  "connection add": ["--left", "--right", "--entities", "--create", "--secrets", "--yes", "--json"].concat([
    "--repo",
    "--branch",
    "--state",
  ]),
  start: ["--repo", "--branch", "--state", "--secrets", "--fetch", "--log-file", "--log-level", "--json"],
  check: ["--repo", "--branch", "--state", "--worktree", "--table", "--json"],
  test: ["--repo", "--branch", "--state", "--coverage-min", "--json"],
  record: ["--repo", "--state", "--secrets", "--name", "--into", "--keep", "--worktree", "--link", "--json"],
  plan: ["--repo", "--state", "--secrets", "--record", "--trace", "--worktree", "--link", "--json"],
  status: ["--state", "--json"],
  "pair export": ["--repo", "--branch", "--state"],
  "pair import": ["--repo", "--branch", "--state", "--secrets", "--dry-run", "--json"],
  triggers: ["--repo", "--branch", "--state", "--json"],
  sync: ["--repo", "--branch", "--state", "--secrets", "--full", "--backfill", "--dry-run", "--json"],
  "connection test": ["--repo", "--branch", "--state", "--secrets", "--worktree", "--json"],
  users: ["--repo", "--branch", "--state", "--secrets", "--unresolved", "--on-records", "--strict", "--limit"].concat([
    "--worktree",
    "--json",
  ]),
  sandbox: ["--port", "--seed", "--data", "--json"],
};

interface Checked {
  readonly revision: string;
  readonly ok: boolean;
  readonly diagnostics: readonly { code: string; file: string; line: number; column: number; hint: string }[];
}

test("the version is that of package.json", async (t) => {
  const { root } = await gitBox(t);
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };
  const ended = await syncline(["--version"], { env: isolatedEnv(root) });
  assert.deepEqual([ended.code, ended.stdout], [0, `${version}\n`]);
});

test("--help of every command names every option and ends with 0; the overview names every command", async (t) => {
  const { root } = await gitBox(t);
  const env = isolatedEnv(root);
  const overview = await syncline(["--help"], { env });
  assert.equal(overview.code, 0);
  for (const [command, options] of Object.entries(COMMANDS)) {
    assert.match(overview.stdout, new RegExp(`^  ${command.split(" ")[0]}\\b`, "m"));
    const help = await syncline([...command.split(" "), "--help"], { env });
    assert.equal(help.code, 0, command);
    for (const option of options) assert.match(help.stdout, new RegExp(`  ${option}\\b`), `${command} ${option}`);
  }
});

test("wrong usage ends with 2, a host that is not set up with 3, and says what to do", async (t) => {
  const { root } = await gitBox(t);
  const env = isolatedEnv(root);
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  t.after(() => taken.close());
  const cases: readonly (readonly [code: number, said: RegExp, ...args: string[]])[] = [
    [2, /unknown command 'frobnicate'/, "frobnicate"],
    [2, /Did you mean check/, "chekc"],
    [2, /unknown option '--fetsh'/, "start", "--fetsh", "3"],
    [2, /missing required argument/, "sync"],
    [2, /too many arguments/, "status", "again"],
    [2, /seconds are due/, "start", "--repo", root, "--fetch", "soon"],
    [2, /Allowed choices/, "start", "--log-level", "loud"],
    [2, /whole number/, "sandbox", "--port", "x"],
    [2, /at most 65535/, "sandbox", "--port", "65536"],
    [3, /EADDRINUSE/, "sandbox", "--port", String((taken.address() as AddressInfo).port)],
    [3, /--repo/, "start"],
    [3, /There is no folder/, "start", "--repo", join(root, "nowhere")],
    [3, /not a git repository/, "check", "--repo", root],
    [2, /a revision or --worktree/, "check", "HEAD", "--worktree", "--repo", root],
    [3, /No daemon has ever run/, "status"],
    [3, /state/, "status", "--state", "/dev/null/x"],
    [3, /state/, "start", "--repo", root, "--state", "/dev/null/x"],
  ];
  for (const [code, said, ...args] of cases) {
    const ended = await syncline(args, { env });
    assert.equal(ended.code, code, `${args.join(" ")}: ${ended.stderr}`);
    assert.match(ended.stderr, said, args.join(" "));
    assert.doesNotMatch(ended.stderr, /^\s+at /m, "no stack");
  }
});

test("R8 B8 check in a pre-receive hook, as the docs have it, tells the pusher what is wrong and where, and lets nothing in", async (t) => {
  const box = await gitBox(t);
  const { bare, clone } = box.pair(sampleFiles());
  const docs = readFileSync(join(ROOT, "docs/command-line.md"), "utf8");
  const hook = /`hooks\/pre-receive`[\s\S]*?```sh\n([\s\S]*?)```/.exec(docs)?.[1] ?? assert.fail("no hook");
  const program = `syncline() { "${process.execPath}" "${CLI}" "$@"; }\n`;
  writeFileSync(join(bare, "hooks/pre-receive"), `#!/bin/sh\n${program}${hook}`, { mode: 0o755 });
  const push = async () => {
    const child = spawn("git", ["push", "origin", "HEAD:main"], { cwd: clone, env: isolatedEnv(box.root) });
    const said = collect(child, "stderr");
    await once(child, "close");
    return said();
  };
  const active = box.git(bare, "rev-parse", "main");
  const text = sampleFiles()[MAPPING] ?? "";
  box.commit(clone, { [MAPPING]: changed(text, (one) => one.replace(/^severity /m, "serverity ")) }, "Misspell it");
  const refused = await push();
  assert.match(
    refused,
    /mappings\/payments\.toml:\d+:1: The defect of alm has no field "serverity"\. \[unknown-field\]/,
  );
  assert.match(refused, /pre-receive hook declined/);
  assert.equal(box.git(bare, "rev-parse", "main"), active);
  const good = box.commit(clone, { [MAPPING]: text }, "Take it back");
  assert.match(await push(), /ok: .* would go live/);
  assert.equal(box.git(bare, "rev-parse", "main"), good);
});

test("check: good, bad with all problems, a revision by name, the work tree; offline, as text and as one JSON object", async (t) => {
  const box = await gitBox(t);
  const { clone } = box.pair(sampleFiles());
  const env = isolatedEnv(box.root);
  const check = (...args: string[]) => syncline(["check", "--repo", clone, ...args], { env });
  const good = box.git(clone, "rev-parse", "HEAD");
  const first = await check("--json");
  assert.equal(first.code, 0, first.stdout + first.stderr);
  const report = objectOf(first) as unknown as Checked;
  assert.deepEqual([report.ok, report.revision], [true, good]);

  const mapping = sampleFiles()[MAPPING] ?? "";
  const broken = changed(mapping, (text) =>
    text.replace(/^severity /m, "serverity ").replace("conflict =", "conflct  ="),
  );
  writeFileSync(join(clone, MAPPING), broken);
  assert.equal((await check()).code, 0, "an edit on the disk is no commit");
  const worktree = await check("--worktree", "--json");
  assert.equal(worktree.code, 1);
  const bad = box.commit(clone, {}, "Two mistakes");
  const text = await check();
  assert.equal(text.code, 1);
  const line = broken.split("\n").findIndex((each) => each.startsWith("serverity")) + 1;
  assert.match(text.stdout, new RegExp(`^${MAPPING}:${line}:1: .*unknown-field`, "m"));
  assert.match(text.stdout, /hint: .*severity/);
  assert.match(text.stdout, /unknown-key/);
  assert.match(text.stdout, new RegExp(`rejected: ${bad.slice(0, 10)} Two mistakes`));
  const json = objectOf(await check("--json")) as unknown as Checked;
  assert.deepEqual(json.diagnostics, (objectOf(worktree) as unknown as Checked).diagnostics);
  assert.equal((await check("HEAD~1")).code, 0);
  assert.equal((await check(good)).code, 0);
  assert.equal((await check("no-such-branch")).code, 3);

  const inside = await syncline(["check", "HEAD~1"], { env, cwd: clone });
  assert.equal(inside.code, 0, "without --repo: this folder");
});

test("status: with a daemon, after it, and after a failed run; a second daemon is refused and names the first", async (t) => {
  const site = await openSite(t, { trackers: SMALL });
  const daemon = site.start();
  await daemon.verdict(site.head());
  await site.ask();
  const live = await site.run(["status", "--json", "--state", site.state]);
  assert.equal(live.code, 0, live.stdout);
  const report = objectOf(live) as { daemon: { pid: number }; converged: boolean; revision: { active: string } };
  assert.deepEqual([report.daemon.pid, report.converged, report.revision.active], [daemon.pid, true, site.head()]);
  const text = await site.run(["status", "--state", site.state]);
  assert.match(text.stdout, /payments\/defects +\S.* ago +passed/);

  const second = await site.run(["start", "--repo", site.bare, "--state", site.state, "--secrets", site.secrets]);
  assert.equal(second.code, 3);
  assert.match(second.stderr, new RegExp(`\\b${daemon.pid}\\b`));

  assert.equal(await daemon.stop(), 0);
  const after = await site.run(["status", "--json", "--state", site.state]);
  assert.equal(after.code, 0, after.stdout);
  const left = objectOf(after) as {
    daemon: unknown;
    revision: { active: string };
    links: { lastRun: { status: string } }[];
  };
  assert.deepEqual([left.daemon, left.revision.active, left.links[0]?.lastRun.status], [null, site.head(), "passed"]);
});

test("sync without a daemon runs by itself, and an unknown link is named with the known ones", async (t) => {
  const site = await openSite(t, { trackers: SMALL });
  site.trackers.alm.admin.create("defects", { name: "Only one" });
  const place = ["--state", site.state, "--repo", site.bare, "--secrets", site.secrets];
  const run = await site.run(["sync", "payments/defects", ...place]);
  assert.equal(run.code, 0, run.stdout + run.stderr);
  assert.match(run.stdout, /payments\/defects: \w+ run \w+ passed/);
  assert.deepEqual(site.trackers.counts(), { alm: 1, agm: 1 });
  const unknown = await site.run(["sync", "payments/stories", ...place]);
  assert.equal(unknown.code, 3);
  assert.match(unknown.stderr, /payments\/stories[\s\S]*payments\/defects/);
});

test("sync: a secret that the host lacks is the host's to set right, a tracker that does not answer is not", async (t) => {
  const site = await openSite(t, { trackers: SMALL });
  mkdirSync(site.box.path("empty"));
  const sync = (secrets: string) =>
    site.run(["sync", "payments/defects", "--state", site.state, "--repo", site.bare, "--secrets", secrets]);
  const bare = await sync(site.box.path("empty"));
  assert.equal(bare.code, 3, bare.stdout + bare.stderr);
  assert.match(bare.stdout, /the secret "alm-payments" is missing/);
  await site.trackers.agm.close();
  const down = await sync(site.secrets);
  assert.equal(down.code, 4, down.stdout + down.stderr);
});

test("every command that asks a tracker ends alike: 3 where a secret is missing, 4 where a tracker refuses; never as a bug", async (t) => {
  const site = await openSite(t, { trackers: SMALL });
  site.trackers.alm.admin.create("defects", { name: "Only one" });
  const place = (secrets: string) => ["--state", site.state, "--repo", site.bare, "--secrets", secrets];
  assert.equal((await site.run(["sync", "payments/defects", ...place(site.secrets)])).code, 0);
  const file = site.box.path("pairs.csv");
  writeFileSync(file, "alm,agm\n1,1001\n");
  mkdirSync(site.box.path("empty"));
  writeSecrets(site.box.path("wrong"), {
    "alm-payments": { user: "sync", password: "no" },
    "agm-payments": { "client-id": "no", "client-secret": "no" },
  });
  const commands: readonly (readonly string[])[] = [
    ["sync", "payments/defects"],
    ["sync", "payments/defects", "--full", "--dry-run"],
    ["drift", "payments/defects"],
    ["plan", "--record", "alm:1"],
    ["record", "alm:1", "--into", site.box.path("fixture.json")],
    ["why-not", "alm:1"],
    ["users", "payments"],
    ["schema", "pull", "payments", "--into", site.box.path("pulled")],
    ["resolve", "alm:1", "--take", "alm"],
    ["undo", "--record", "alm:1"],
    ["unlink", "alm:1"],
    ["rebuild", "payments/defects", "--dry-run"],
    ["pair", "import", "payments/defects", file, "--dry-run"],
  ];
  for (const command of commands) {
    const [name = ""] = command;
    for (const [secrets, code, said] of [
      ["empty", 3, /the secret "alm-payments" is missing/],
      ["wrong", 4, /alm: sign-in by password was refused/],
    ] as const) {
      // The others come by the same way.
      if (code === 4 && !["sync", "schema", "users", "why-not", "resolve"].includes(name)) continue;
      const ended = await site.run([...command, ...place(site.box.path(secrets))]);
      assert.equal(ended.code, code, `${secrets}: ${command.join(" ")}: ${ended.stdout}${ended.stderr}`);
      assert.match(ended.stdout + ended.stderr, said, command.join(" "));
    }
  }
});

test("sync: a link that a brake stops ends with 1, and so does every run until somebody lets it go on; a dry run looks", async (t) => {
  const edit = (text: string) =>
    text.replace("[links.defects.fields]", "brakes = { update = 1 }\n\n[links.defects.fields]");
  const site = await openSite(t, { trackers: SMALL, edit });
  const ids = ["One", "Two", "Three"].map((name) => site.trackers.alm.admin.create("defects", { name }));
  const place = ["--state", site.state, "--repo", site.bare, "--secrets", site.secrets];
  const sync = (...args: string[]) => site.run(["sync", "payments/defects", ...place, ...args]);
  assert.equal((await sync()).code, 0);
  for (const id of ids) site.trackers.alm.admin.update("defects", id, { name: `Edited ${id}` });
  const stopped = await sync();
  assert.equal(stopped.code, 1, stopped.stdout + stopped.stderr);
  const still = await sync();
  assert.equal(still.code, 1, still.stdout + still.stderr);
  assert.match(still.stdout, /stopped since .*syncline resume payments\/defects --allow update/);
  const look = await sync("--full", "--dry-run");
  assert.equal(look.code, 0, look.stdout + look.stderr);
  assert.match(look.stdout, /the update brake would stop this run/);
  assert.equal((await site.run(["resume", "payments/defects", "--allow", "update", "--state", site.state])).code, 0);
  assert.equal((await sync()).code, 0);
});

test("a command that is interrupted before it was done does not end as if it were", async (t) => {
  const site = await openSite(t, { trackers: SMALL });
  // A tracker that takes the connection and never answers.
  const silent = createServer(() => undefined).listen(0, "127.0.0.1");
  await once(silent, "listening");
  t.after(() => {
    silent.closeAllConnections();
    silent.close();
  });
  const asked = once(silent, "request");
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/qcbin`;
  site.publish(site.files({ alm: url }), "A tracker that never answers");
  const args = ["schema", "pull", "payments", "--into", site.box.path("pulled"), "--state", site.state];
  const child = spawn(process.execPath, [CLI, ...args, "--repo", site.bare, "--secrets", site.secrets], {
    env: site.env,
  });
  t.after(() => void child.kill("SIGKILL"));
  const said: Buffer[] = [];
  child.stderr.on("data", (part: Buffer) => void said.push(part));
  await asked;
  child.kill("SIGINT");
  const [code] = (await once(child, "close")) as [number | null];
  assert.equal(code, 4);
  assert.match(Buffer.concat(said).toString(), /interrupted before it was done/);
});

test("no command loads at start what only reads or writes Markdown", async (t) => {
  const { root } = await gitBox(t);
  const tell =
    "import{registerHooks}from'node:module';registerHooks({load(url,context,next){process.stderr.write(url+'\\n');return next(url,context)}})";
  const program = [process.execPath, "--import", `data:text/javascript,${encodeURIComponent(tell)}`, CLI] as const;
  const { stderr, code } = await syncline(["--help"], { env: isolatedEnv(root), program: [...program] });
  assert.equal(code, 0, stderr);
  assert.match(stderr, /node_modules\/commander\//);
  assert.doesNotMatch(stderr, /node_modules\/(micromark|mdast|hast)/);
});

test("connection test: every check by name; a wrong password, a wrong project and a missing secret are told apart", async (t) => {
  const site = await openSite(t, { trackers: SMALL });
  const trial = (...args: string[]) =>
    site.run(["connection", "test", "payments", "--repo", site.bare, "--state", site.state, ...args]);
  const good = await trial("--secrets", site.secrets, "--json");
  assert.equal(good.code, 0, good.stdout + good.stderr);
  const { endpoints } = objectOf(good) as { endpoints: { endpoint: string; checks: { verdict: string }[] }[] };
  assert.deepEqual(
    endpoints.map((each) => each.endpoint),
    ["alm", "agm"],
  );
  assert.ok(endpoints.every((each) => each.checks.length >= 3));

  const wrong = writeSecrets(site.box.path("wrong"), {
    "alm-payments": { user: "sync", password: "not-this-one" },
    "agm-payments": { "client-id": "nobody", "client-secret": "canary-5f1d" },
  });
  const refused = await trial("--secrets", wrong);
  assert.equal(refused.code, 1, refused.stdout + refused.stderr);
  assert.match(refused.stdout, /alm\n(?: .*\n)* *FAIL/);
  assert.match(refused.stdout, /agm\n(?: .*\n)* *FAIL/);
  assert.doesNotMatch(refused.stdout + refused.stderr, /not-this-one|canary-5f1d/);

  site.publish({
    [MAPPING]:
      site.files({ edit: (text) => text.replace('"PAYMENTS"', '"PAYMENT"').replace("1003", "1000") })[MAPPING] ?? "",
  });
  const elsewhere = await trial("--secrets", site.secrets);
  assert.equal(elsewhere.code, 1);
  assert.match(elsewhere.stdout, /FAIL.*PAYMENT\b/);
  assert.match(elsewhere.stdout, /FAIL.*1000/);

  mkdirSync(site.box.path("empty"));
  const none = await trial("--secrets", site.box.path("empty"));
  assert.match(none.stdout + none.stderr, /alm-payments/);
  assert.ok(none.code === 1 || none.code === 3);
  const unknown = await site.run(["connection", "test", "payment", "--repo", site.bare, "--state", site.state]);
  assert.equal(unknown.code, 3);
  assert.match(unknown.stderr, /payments/);
});

interface Access {
  readonly alm: Readonly<Record<"url" | "domain" | "project" | "user" | "password", string>>;
  readonly "agile-manager": Readonly<Record<"url" | "workspace" | "client-id" | "client-secret", string | number>>;
}

/** The first line of `syncline sandbox --json`, while it runs. */
async function sandbox(
  t: TestContext,
  root: string,
  ...args: string[]
): Promise<{ access: Access; end(): Promise<unknown> }> {
  const child = spawn(process.execPath, [CLI, "sandbox", "--json", ...args], {
    env: isolatedEnv(root),
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  return {
    access: JSON.parse(line) as Access,
    async end() {
      child.kill("SIGINT");
      return ((await once(child, "close")) as [number])[0];
    },
  };
}

test("sandbox --json: one object first, keyed by connector type, that any client can sign in with", async (t) => {
  const { root } = await gitBox(t);
  const { access, end } = await sandbox(t, root, "--seed", "7");
  const { alm, "agile-manager": agm } = access;
  for (const key of ["url", "domain", "project", "user", "password"] as const)
    assert.equal(typeof alm[key], "string", key);
  for (const key of ["url", "client-id", "client-secret"] as const) assert.equal(typeof agm[key], "string", key);
  assert.equal(typeof agm.workspace, "number");
  const signIn = await fetch(`${alm.url}/api/authentication/sign-in`, {
    method: "POST",
    headers: { authorization: `Basic ${Buffer.from(`${alm.user}:${alm.password}`).toString("base64")}` },
  });
  assert.ok(signIn.ok, `${signIn.status}`);
  const token = await fetch(`${agm.url}/agm/oauth/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: String(agm["client-id"]),
      client_secret: String(agm["client-secret"]),
    }),
  });
  assert.ok(token.ok, `${token.status}`);
  const { access_token: bearer } = (await token.json()) as { access_token: string };
  const items = `${agm.url}/agm/api/workspaces/${agm.workspace}/backlog_items?limit=1`;
  assert.ok((await fetch(items, { headers: { authorization: `bearer ${bearer}` } })).ok);
  assert.equal(await end(), 0);

  const ports = [alm.url, String(agm.url)].map((url) => new URL(url).port);
  const again = await sandbox(t, root, "--seed", "7", "--port", ports[0] ?? "", ports[1] ?? "");
  assert.deepEqual(again.access, access, "the same ports and seed: the same object");
  assert.equal(await again.end(), 0);
});
