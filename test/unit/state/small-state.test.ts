import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { OperatorError } from "../../../daemon/core/errors.ts";
import { openSmallState, readSmallState } from "../../../daemon/state/small-state.ts";

interface Doc {
  readonly count: number;
  readonly names: readonly string[];
}
const defaults: Doc = { count: 0, names: [] };

const root = mkdtempSync(join(tmpdir(), "syncline-small-"));
after(() => rmSync(root, { recursive: true, force: true }));
let number = 0;
let folder = "";
let file = "";
beforeEach(() => {
  folder = join(root, String(++number));
  mkdirSync(folder);
  file = join(folder, "daemon.json");
});

describe("small state", () => {
  test("begins with the defaults, keeps what was written, and adds keys that a file lacks", async () => {
    const state = await openSmallState(join(folder, "new folder", "s.json"), defaults);
    assert.deepEqual(state.data, defaults);
    assert.deepEqual(await state.update((draft) => ({ ...draft, count: 2 })), { count: 2, names: [] });
    const wider = await openSmallState(join(folder, "new folder", "s.json"), { ...defaults, more: true });
    assert.deepEqual(wider.data, { count: 2, names: [], more: true });
    assert.equal(wider.recovered, null);
  });

  test("changes are applied one after the other, and those that wait share one write", async () => {
    const state = await openSmallState(file, defaults);
    const seen: number[] = [];
    const updates = Array.from({ length: 50 }, (_, index) =>
      state.update((draft) => {
        seen.push(index);
        return { ...draft, count: draft.count + 1 };
      }),
    );
    const results = await Promise.all(updates);
    assert.equal(state.data.count, 50);
    assert.deepEqual(
      seen,
      [...seen].sort((a, b) => a - b),
    );
    // Packages of 50 overlapping writes: the first goes alone, all others together, so that the text is made twice, not 50 times.
    assert.equal(new Set(results).size, 2);
    assert.equal((await readSmallState(file, defaults)).count, 50);
  });

  test("a change that throws is told to its caller only and leaves nothing behind", async () => {
    const state = await openSmallState(file, defaults);
    const bad = state.update((draft) => {
      (draft.names as string[]).push("half");
      throw new Error("no");
    });
    const good = state.update((draft) => ({ ...draft, count: 7 }));
    await assert.rejects(bad, /no/);
    assert.deepEqual(await good, { count: 7, names: [] });
  });

  test("data shows a change only when it is on the disk; a refused write changes nothing", async () => {
    const state = await openSmallState(file, defaults);
    const update = state.update((draft) => ({ ...draft, count: 1 }));
    assert.equal(state.data.count, 0);
    await update;
    assert.equal(state.data.count, 1);
    mkdirSync(join(folder, ".daemon.json.tmp"));
    await assert.rejects(
      state.update((draft) => ({ ...draft, count: 2 })),
      OperatorError,
    );
    assert.equal(state.data.count, 1);
    assert.equal((await readSmallState(file, defaults)).count, 1);
    rmSync(join(folder, ".daemon.json.tmp"), { recursive: true });
    await state.update((draft) => ({ ...draft, count: 3 }));
    assert.equal((await readSmallState(file, defaults)).count, 3);
  });

  for (const [what, content] of [
    ["zero-length", ""],
    ["torn", '{"format":1,"data":{"cou'],
    ["not ours", "[1,2]"],
  ] as const) {
    test(`a ${what} file is replaced by the copy from before the last write`, async () => {
      const state = await openSmallState(file, defaults);
      await state.update((draft) => ({ ...draft, count: 1 }));
      await state.update((draft) => ({ ...draft, count: 2 }));
      writeFileSync(file, content);
      const again = await openSmallState(file, defaults);
      assert.equal(again.data.count, 1);
      assert.match(again.recovered ?? "", /copy from before the last write/);
      await again.update((draft) => ({ ...draft, count: 5 }));
      assert.equal((await openSmallState(file, defaults)).recovered, null);
      assert.match(readFileSync(`${file}.bak`, "utf8"), /"count": 1/);
    });
  }

  test("a broken file without a good copy is an operator's error, and stays as it is", async () => {
    writeFileSync(file, "");
    await assert.rejects(openSmallState(file, defaults), { name: "OperatorError", message: /is empty/ });
    writeFileSync(`${file}.bak`, "{");
    await assert.rejects(openSmallState(file, defaults), OperatorError);
    assert.equal(readFileSync(file, "utf8"), "");
  });

  test("a file of a newer Syncline is refused and not overwritten, also where a copy would do", async () => {
    const state = await openSmallState(file, defaults);
    await state.update(() => ({ ...defaults, count: 1 }));
    await state.update(() => ({ ...defaults, count: 2 }));
    writeFileSync(file, '{"format":2,"data":{"count":9}}');
    await assert.rejects(openSmallState(file, defaults), { name: "OperatorError", message: /format 2/ });
    assert.equal(readFileSync(file, "utf8"), '{"format":2,"data":{"count":9}}');
  });

  test("temporary files of a killed process are removed; a reader removes nothing", async () => {
    writeFileSync(join(folder, ".daemon.json.tmp"), "half");
    await readSmallState(file, defaults);
    assert.deepEqual(readdirSync(folder), [".daemon.json.tmp"]);
    const state = await openSmallState(file, defaults);
    assert.deepEqual(readdirSync(folder), []);
    await state.update(() => ({ ...defaults, count: 1 }));
    assert.deepEqual(readdirSync(folder), ["daemon.json"]);
  });

  test("kill -9 between writes: the last acknowledged change or a later one is there", async () => {
    const acknowledged = await writeAndKill(25);
    const state = await openSmallState(file, defaults);
    assert.equal(state.recovered, null);
    assert.ok(state.data.count >= acknowledged, `${state.data.count} < ${acknowledged}`);
    assert.equal(existsSync(join(folder, ".daemon.json.tmp")), false);
  });
});

async function writeAndKill(changes: number): Promise<number> {
  const writer = fileURLToPath(new URL("./small-state-writer.ts", import.meta.url));
  const child = spawn(process.execPath, [writer, file], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  let last = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    if (last === changes) child.kill("SIGKILL");
  }
  await exited;
  assert.ok(last >= changes, "the writer ended by itself");
  return last;
}
