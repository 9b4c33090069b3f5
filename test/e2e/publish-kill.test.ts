import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { renameSync } from "node:fs";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { FILES, gitBox, isolatedEnv } from "../unit/config-git/git-box.ts";

const CHILD = fileURLToPath(new URL("../unit/config-git/publish-child.ts", import.meta.url));
const MAPPING = "mappings/payments.toml";
const POINTS = ["read", "prepared", "kept", "persisted", "swapped", "told"] as const;

interface Child {
  /** Lines said until one that matches, that one included; all of them where the process ends first. */
  until(pattern: RegExp): Promise<readonly string[]>;
  end(): Promise<NodeJS.Signals | null>;
}

function run(t: TestContext, root: string, ...args: string[]): Child {
  const child = spawn(process.execPath, [CHILD, ...args], {
    env: isolatedEnv(root),
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  const closed = once(child, "close");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    until: async (pattern) => {
      const said: string[] = [];
      for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
        said.push(next.value);
        if (pattern.test(next.value)) break;
      }
      return said;
    },
    end: async () => {
      child.kill("SIGTERM");
      const [, signal] = await closed;
      return signal as NodeJS.Signals | null;
    },
  };
}

for (const point of POINTS) {
  test(`R4 killed at "${point}" of a publish: the restart is on the old or the new revision, then on the new one`, async (t) => {
    const box = await gitBox(t);
    const { bare, clone } = box.pair(FILES);
    const state = box.path("state");
    const old = box.git(clone, "rev-parse", "HEAD");
    const first = run(t, box.root, bare, state);
    await first.until(/^active/);
    await first.end();

    const fresh = box.commit(clone, { [MAPPING]: "new" });
    box.push(clone);
    const killed = run(t, box.root, bare, state, point);
    await killed.until(/^never/);
    assert.equal(await killed.end(), "SIGKILL");

    // Only what the state folder holds counts: the repository is out of reach.
    renameSync(bare, box.path("away.git"));
    box.git(box.root, "init", "--quiet", "--bare", bare);
    const offline = run(t, box.root, bare, state);
    const ready = (await offline.until(/^ready/)).at(-1);
    assert.ok(ready === `ready ${old}` || ready === `ready ${fresh}`, ready);
    if (point === "read" || point === "prepared" || point === "kept") assert.equal(ready, `ready ${old}`);
    else assert.equal(ready, `ready ${fresh}`);
    await offline.end();
    const again = run(t, box.root, box.path("away.git"), state);
    assert.equal((await again.until(new RegExp(`^active ${fresh}`))).at(-1), `active ${fresh}`);
    await again.end();
  });

  test(`R4 killed at "${point}" of the very first publish: the restart gets there`, async (t) => {
    const box = await gitBox(t);
    const { bare, clone } = box.pair(FILES);
    const revision = box.git(clone, "rev-parse", "HEAD");
    const killed = run(t, box.root, bare, box.path("state"), point);
    await killed.until(/^never/);
    assert.equal(await killed.end(), "SIGKILL");
    const again = run(t, box.root, bare, box.path("state"));
    assert.equal((await again.until(/^active/)).at(-1), `active ${revision}`);
    await again.end();
  });
}

test("R4 with the remote out of reach a restart is active within two seconds", async (t) => {
  const box = await gitBox(t);
  const { bare, clone } = box.pair(FILES);
  const url = pathToFileURL(bare).href;
  const revision = box.git(clone, "rev-parse", "HEAD");
  const first = run(t, box.root, url, box.path("state"));
  await first.until(/^active/);
  const next = box.commit(clone, { [MAPPING]: "by the remote" });
  box.push(clone);
  assert.equal((await first.until(new RegExp(`^active ${next}`))).at(-1), `active ${next}`);
  await first.end();
  renameSync(bare, box.path("away.git"));
  const started = Date.now();
  const second = run(t, box.root, url, box.path("state"));
  assert.equal((await second.until(/^active/)).at(-1), `active ${next}`);
  assert.ok(Date.now() - started < 2_000);
  assert.ok((await second.until(/^note/)).at(-1)?.includes("failed"));
  assert.notEqual(revision, next);
  renameSync(box.path("away.git"), bare);
  const third = box.commit(clone, { [MAPPING]: "back" });
  box.push(clone);
  assert.equal((await second.until(new RegExp(`^active ${third}`))).at(-1), `active ${third}`);
});
