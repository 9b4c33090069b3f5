import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { OperatorError } from "../../../daemon/core/errors.ts";
import { lockState } from "../../../daemon/state/lock.ts";

const root = mkdtempSync(join(tmpdir(), "syncline-lock-"));
after(() => rmSync(root, { recursive: true, force: true }));

test("a second holder of a state folder is refused with the first one's pid and what to do", async () => {
  const folder = join(root, "in", "process");
  const lock = await lockState(folder);
  await assert.rejects(lockState(folder), (error) => {
    assert.ok(error instanceof OperatorError);
    assert.match(error.message, new RegExp(`in use by another Syncline \\(process ${process.pid}\\)`));
    assert.match(error.hint, /--state/);
    return true;
  });
  await lock.release();
  await lock.release();
  await (await lockState(folder)).release();
});

test("a lock ends with its process, kill -9 included, and a left-over pid file means nothing", async () => {
  const folder = join(root, "killed");
  const module = new URL("../../../daemon/state/lock.ts", import.meta.url).href;
  const script = `const { lockState } = await import(${JSON.stringify(module)});
    await lockState(${JSON.stringify(folder)}); console.log("held"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  await once(child.stdout, "data");
  await assert.rejects(lockState(folder), new RegExp(`process ${child.pid}`));
  child.kill("SIGKILL");
  await exited;
  const lock = await lockState(folder);
  await lock.release();
});

test("a folder that cannot be used is an operator's error", async () => {
  const file = join(root, "a file");
  writeFileSync(file, "");
  await assert.rejects(lockState(join(file, "state")), { name: "OperatorError", message: /cannot be made/ });
});
