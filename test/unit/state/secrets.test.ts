import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { OperatorError } from "../../../daemon/core/errors.ts";
import { openSecrets } from "../../../daemon/state/secrets.ts";

const root = mkdtempSync(join(tmpdir(), "syncline-secrets-"));
after(() => rmSync(root, { recursive: true, force: true }));
const folder = join(root, "secrets");
mkdirSync(folder);

function put(name: string, content: string | Uint8Array, mode = 0o600): void {
  writeFileSync(join(folder, name), content);
  chmodSync(join(folder, name), mode);
}

describe("secrets", () => {
  test("are read from TOML, JSON and raw text", async () => {
    put("alm", '# account\nuser = "sync"\npassword = "p=\\"w\\""\n');
    put("agm.toml", 'client-id = "id"\nclient-secret = "s3cret"\nport = 42\n');
    put("json", '{"user": "u", "password": "pw-json"}');
    put("raw", "  token-123=abc==\r\n");
    const secrets = openSecrets(folder);
    assert.deepEqual(await secrets.read("alm"), { user: "sync", password: 'p="w"' });
    assert.deepEqual(await secrets.read("agm"), { "client-id": "id", "client-secret": "s3cret", port: "42" });
    assert.deepEqual(await secrets.read("json"), { user: "u", password: "pw-json" });
    assert.deepEqual(await secrets.read("raw"), { value: "token-123=abc==" });
  });

  test("are read anew each time, and every value ever seen is told for redaction, accounts' names not", async () => {
    const secrets = openSecrets(folder);
    put("rotated", 'user = "sync"\npassword = "first"\n');
    await secrets.read("rotated");
    put("rotated", 'user = "sync"\npassword = "second"\n');
    assert.deepEqual(await secrets.read("rotated"), { user: "sync", password: "second" });
    assert.deepEqual(secrets.values(), ["first", "second"]);
  });

  test("that are missing are an operator's error with the full path and an example", async () => {
    await assert.rejects(openSecrets(folder).read("gone", ["api-key"]), (error) => {
      assert.ok(error instanceof OperatorError);
      assert.ok(error.message.includes(join(folder, "gone")));
      assert.match(error.hint, /api-key = "…"/);
      return true;
    });
    const either = ["user", "password", "client-id", "client-secret"];
    await assert.rejects(openSecrets(folder).read("gone", either), {
      hint: `write into ${join(folder, "gone")}, a line each: user = "…", then password = "…"; or instead client-id = "…", then client-secret = "…"; and chmod 600 it`,
    });
    await assert.rejects(openSecrets(join(root, "absent")).read("x"), OperatorError);
    await assert.rejects(openSecrets(null).read("x"), {
      name: "OperatorError",
      message: /without a folder of secrets/,
    });
  });

  test("cannot lie outside the folder", async () => {
    writeFileSync(join(root, "outside"), "top");
    symlinkSync(join(root, "outside"), join(folder, "link-out"));
    put("target", "inside", 0o600);
    symlinkSync("target", join(folder, "link-in"));
    const secrets = openSecrets(folder);
    for (const name of ["../outside", "/etc/passwd", "..", ".", "", "a/../../outside", "x\0", "a\\b", ".hidden"]) {
      await assert.rejects(secrets.read(name), { name: "OperatorError", message: /cannot be the name/ }, name);
    }
    await assert.rejects(secrets.read("link-out"), /leads out of the folder/);
    assert.deepEqual(await secrets.read("link-in"), { value: "inside" });
    assert.equal(secrets.values().includes("top"), false);
  });

  test("that others can read are noted once", async () => {
    put("open", "value", 0o644);
    put("closed", "value", 0o600);
    const notes: string[] = [];
    const secrets = openSecrets(folder, { note: (message) => notes.push(message) });
    await secrets.read("open");
    await secrets.read("open");
    await secrets.read("closed");
    assert.equal(notes.length, 1);
    assert.match(notes[0] ?? "", /chmod 600/);
  });

  test("that cannot be read are an error that does not quote them", async () => {
    put("bad.toml", 'password = "hunter2\n');
    put("unquoted", "password = hunter2\n");
    put("bad-json", '{"password": "hunter2"');
    put("nested.toml", '[a]\npassword = "hunter2"\n');
    put("lines", "hunter2\nhunter2\n");
    put("empty", "\n");
    put("large", "hunter2".repeat(20_000));
    mkdirSync(join(folder, "folder"));
    const secrets = openSecrets(folder);
    for (const name of ["bad", "unquoted", "bad-json", "nested", "lines", "empty", "large", "folder"]) {
      await assert.rejects(secrets.read(name), (error) => {
        assert.ok(error instanceof OperatorError, `${name}: ${error}`);
        assert.equal(`${error.message}${error.hint}${error.stack}`.includes("hunter2"), false, name);
        return true;
      });
    }
  });
});
