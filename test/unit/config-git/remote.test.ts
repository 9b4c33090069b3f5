import assert from "node:assert/strict";
import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { isUrl, parseRemoteUrl } from "../../../daemon/config/git/remote-url.ts";
import { FILES, gitBox, NEVER, realGit } from "./git-box.ts";
import { serveGit } from "./http-git.ts";

const CONFIG = ["mappings/payments.toml", "rules/payments/defects.ts", "users/payments.csv"];

for (const kind of ["file", "http with git", "http with isomorphic-git"] as const) {
  const how = kind === "http with isomorphic-git" ? { git: null } : {};

  test(`a remote by ${kind}: fetched, followed through a force push, branch with slash`, async (t) => {
    const box = await gitBox(t);
    const { bare, clone } = box.pair(FILES);
    const url = kind === "file" ? pathToFileURL(bare).href : `${await serveGit(t, box.root)}/config.git`;
    const repository = await box.open(url, how);
    assert.equal(repository.kind, "remote");
    assert.equal(await repository.tip(NEVER), null);
    await repository.refresh(NEVER);
    const first = await repository.tip(NEVER);
    assert.equal(first, box.git(clone, "rev-parse", "HEAD"), box.notes.join());
    assert.equal(repository.branch(), "main");
    assert.deepEqual([...(await repository.readTree(first ?? "", NEVER)).files.keys()], CONFIG);

    box.git(clone, "commit", "--quiet", "--amend", "--message", "rewritten");
    box.push(clone, "--force", "HEAD:main");
    await repository.refresh(NEVER);
    assert.equal(await repository.tip(NEVER), box.git(clone, "rev-parse", "HEAD"));
    assert.equal((await repository.readTree(box.git(clone, "rev-parse", "HEAD"), NEVER)).subject, "rewritten");

    const other = box.commit(clone, { "users/payments.csv": "x" });
    box.push(clone, "HEAD:refs/heads/main2/sub");
    const slash = await box.open(url, { ...how, branch: "main2/sub" });
    await slash.refresh(NEVER);
    assert.equal(await slash.tip(NEVER), other);
    assert.equal(slash.branch(), "main2/sub");
    assert.deepEqual(box.notes, []);
  });

  test(`a remote by ${kind}: not reachable, then stale, then back; the mirror answers meanwhile`, async (t) => {
    const box = await gitBox(t);
    const { bare, clone } = box.pair(FILES);
    const url = kind === "file" ? pathToFileURL(bare).href : `${await serveGit(t, box.root)}/config.git`;
    const repository = await box.open(url, how);
    await repository.refresh(NEVER);
    const tip = await repository.tip(NEVER);
    renameSync(bare, box.path("away.git"));
    for (let i = 0; i < 4; i++) await repository.refresh(NEVER);
    assert.equal(repository.remote()?.failures, 4);
    assert.equal(repository.remote()?.stale, true);
    assert.equal(box.notes.length, 1, box.notes.join("\n"));
    assert.equal(await repository.tip(NEVER), tip);
    const restarted = await box.open(url, how);
    assert.equal(await restarted.tip(NEVER), tip);
    renameSync(box.path("away.git"), bare);
    const next = box.commit(clone, { "users/payments.csv": "x" });
    box.push(clone);
    await restarted.refresh(NEVER);
    assert.equal(await restarted.tip(NEVER), next);
    box.git(bare, "update-ref", "-d", "refs/heads/main");
    await restarted.refresh(NEVER);
    assert.equal(await restarted.tip(NEVER), null);
  });
}

for (const reader of ["git", "isomorphic-git"] as const) {
  test(`a password in the address signs in and is nowhere to be seen, with ${reader}`, async (t) => {
    const box = await gitBox(t);
    box.pair(FILES);
    const base = await serveGit(t, box.root, "ada:s3cr:et/word");
    const how = reader === "git" ? {} : { git: null };
    const url = (password: string) => `${base.replace("//", `//ada:${encodeURIComponent(password)}@`)}/config.git`;
    const repository = await box.open(url("s3cr:et/word"), how);
    await repository.refresh(NEVER);
    assert.ok((await repository.tip(NEVER)) !== null, box.notes.join());
    const wrong = await box.open(url("another-secret"), { ...how, state: box.path("state2") });
    await wrong.refresh(NEVER);
    assert.equal(wrong.remote()?.failures, 1);
    const shown = JSON.stringify([repository.location, repository.remote(), wrong.remote(), box.notes]);
    assert.doesNotMatch(shown, /s3cr|another-secret|ada/);
    for (const state of ["state", "state2"]) {
      for (const file of filesBelow(box.path(state)))
        assert.doesNotMatch(readFileSync(file, "latin1"), /s3cr|another-secret|YWRh/, file);
    }
  });
}

test("a mirror is healed: broken HEAD, left-over locks, a remote with sha256", async (t) => {
  const box = await gitBox(t);
  const { bare } = box.pair(FILES);
  const url = pathToFileURL(bare).href;
  const repository = await box.open(url);
  await repository.refresh(NEVER);
  const mirror = join(box.path("state/mirror"), readdirSync(box.path("state/mirror"))[0] ?? "");
  writeFileSync(join(mirror, "config"), "[core]\n\trepositoryformatversion = 0\n\tbare = true\n");
  writeFileSync(join(mirror, "refs/syncline/tip.lock"), "");
  const again = await box.open(url);
  const next = box.commit(box.path("clone"), { "users/payments.csv": "x" });
  box.push(box.path("clone"));
  await again.refresh(NEVER);
  assert.equal(await again.tip(NEVER), next, box.notes.join());
  writeFileSync(join(mirror, "HEAD"), "garbage\n");
  box.commit(box.path("clone"), { "users/payments.csv": "y" });
  box.push(box.path("clone"));
  await again.refresh(NEVER);
  assert.equal(await again.tip(NEVER), box.git(bare, "rev-parse", "main"), box.notes.join());

  const sha256 = box.path("sha256");
  box.git(box.root, "init", "--quiet", "--object-format=sha256", "--initial-branch=trunk", sha256);
  const revision = box.commit(sha256, FILES);
  const other = await box.open(pathToFileURL(sha256).href);
  await other.refresh(NEVER);
  assert.equal(await other.tip(NEVER), revision, box.notes.join());
  assert.equal(other.branch(), "trunk");
  assert.deepEqual([...(await other.readTree(revision, NEVER)).files.keys()], CONFIG);
});

test("addresses: what is one, what is shown of it, what is refused", async (t) => {
  for (const location of ["https://h/x", "ssh://git@h/x", "git@h:team/x.git", "file:///x", "ext::sh -c x"])
    assert.equal(isUrl(location), true, location);
  for (const location of ["/srv/config.git", "config", "./a:b", "C:\\x", "../x"])
    assert.equal(isUrl(location), false, location);
  assert.equal(parseRemoteUrl("https://token@h/x").shown, "https://***@h/x");
  assert.equal(parseRemoteUrl("https://ada:pw@h/x").shown, "https://***@h/x");
  assert.equal(parseRemoteUrl("https://ada:pw@h/x").address, "https://h/x");
  assert.equal(parseRemoteUrl("ssh://git@h/x").shown, "ssh://git@h/x");
  for (const bad of ["ext::sh -c 'touch /tmp/x'", "ftp://h/x", "ssh://-oProxyCommand=x/y"])
    assert.throws(() => parseRemoteUrl(bad), { name: "OperatorError" }, bad);
  assert.throws(
    () => parseRemoteUrl("ftp://ada:pw@h/x"),
    (error: Error) => !error.message.includes("pw"),
  );
  const box = await gitBox(t);
  await assert.rejects(box.open("ssh://git@h/x", { git: null }), {
    name: "OperatorError",
    message: /needs a git program/,
  });
});

test("a fetch that hangs is ended and its program with it", async (t) => {
  const box = await gitBox(t);
  const { createServer } = await import("node:http");
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  for (const git of [await realGit(), null]) {
    const repository = await box.open(`http://127.0.0.1:${port}/x.git`, {
      git,
      fetchTimeoutMs: 200,
      state: box.path(git === null ? "a" : "b"),
    });
    await repository.refresh(NEVER);
    assert.equal(repository.remote()?.failures, 1);
  }
});

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}
