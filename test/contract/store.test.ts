import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { openSqliteStore } from "../../daemon/state/sqlite-store.ts";
import { storeContract } from "./store.ts";

const folder = mkdtempSync(join(tmpdir(), "syncline-store-"));
after(() => rmSync(folder, { recursive: true, force: true }));

storeContract("SQLite in memory", () => openSqliteStore(":memory:", { now: () => 0 }));
storeContract("SQLite in a file", () => openSqliteStore(join(folder, "contract.db"), { now: () => 0 }));

test("kill -9 at any moment: every commit that returned is there, and each is whole", async () => {
  const file = join(folder, "killed.db");
  for (const commits of [1, 3, 40]) {
    const acknowledged = await writeAndKill(file, commits);
    const store = openSqliteStore(file, { now: () => 0 });
    const link = store.link("killed");
    const count = link.pairCount();
    assert.ok(count > acknowledged, `${count} pairs, but commit ${acknowledged} had returned`);
    assert.equal(link.cursor("left")?.selection, String(count - 1));
    for (let number = 0; number < count; number++) {
      assert.equal(link.pair(`p${number}`)?.left, `l${number}`);
      assert.equal(link.journal({ run: `run${number}`, limit: 5 }).length, 2);
    }
    store.close();
  }
});

/** Resolves with the number of the last commit that the writer said before it was killed. */
async function writeAndKill(file: string, commits: number): Promise<number> {
  const writer = fileURLToPath(new URL("./store-writer.ts", import.meta.url));
  const child = spawn(process.execPath, [writer, file], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  let last = -1;
  let seen = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    if (++seen === commits) child.kill("SIGKILL");
  }
  await exited;
  assert.ok(seen >= commits, "the writer ended by itself");
  return last;
}
