import assert from "node:assert/strict";
import { ConnectorError } from "../../daemon/core/errors.ts";
import type { Content } from "../../daemon/core/parts.ts";
import { draftOf, type FileCase, type FileOperation } from "./attachments.ts";
import { fails, only } from "./bench.ts";

const REAL = "this tracker is real and does not misbehave on demand";
const BOTH = { content: true, description: true };

function lostAddition(kind: "drop-after" | "error-but-stored"): FileCase {
  return [
    `a file whose addition is met by ${kind} is told as perhaps stored, and the list shows it once`,
    async ({ site, fresh, files, add }) => {
      if (site.arm === null) return REAL;
      const record = await fresh();
      site.arm({ kind, on: "add" });
      const error = await fails(add(record, "lost.txt", "lost"), "unavailable");
      assert.equal(error.stored, "maybe", error.message);
      assert.equal(only(await files(record)).name, "lost.txt");
      return undefined;
    },
  ];
}

function oddAddition(kind: "html" | "truncated" | "wrong-types"): FileCase {
  return [
    `a file whose addition is answered with ${kind} is never told as not stored when it was`,
    async ({ site, fresh, files, add }) => {
      if (site.arm === null) return REAL;
      const record = await fresh();
      site.arm({ kind, on: "add" });
      const outcome = await add(record, "odd.txt", "odd").catch((error: unknown) => error);
      const there = (await files(record)).length;
      if (!(outcome instanceof Error)) assert.equal(there, 1);
      else if (there === 1) assert.equal((outcome as ConnectorError).stored, "maybe", outcome.message);
      return undefined;
    },
  ];
}

function damagedList(kind: "html" | "truncated" | "wrong-types"): FileCase {
  return [
    `a list of files that is answered with ${kind} is a clean error, never a list without them`,
    async ({ site, fresh, files, add }) => {
      if (site.arm === null) return REAL;
      const record = await fresh();
      await add(record, "1.txt", "1");
      site.arm({ kind, on: "list" });
      const error = await fails(files(record), "unavailable", "invalid");
      assert.ok(error.message.length > 20 && error.message.length < 1_500, error.message);
      assert.equal((await files(record)).length, 1);
      return undefined;
    },
  ];
}

function damagedDownload(kind: "html" | "truncated" | "cut"): FileCase {
  return [
    `a download that is met by ${kind} ends in an error, not in another file`,
    async ({ site, fresh, add, bytes }) => {
      if (site.arm === null) return REAL;
      const record = await fresh();
      const file = await add(record, "1.txt", "x".repeat(100_000));
      site.arm({ kind, on: "read" });
      const error = await fails(bytes(record, file), "unavailable", "conflict");
      assert.equal(error.stored, "no");
      assert.equal((await bytes(record, file)).length, 100_000);
      return undefined;
    },
  ];
}

function passing(
  title: string,
  kind: "drop-before" | "error" | "unavailable" | "rate-limited" | "unauthorized",
): FileCase {
  return [
    title,
    async ({ site, fresh, files, add, bytes }) => {
      if (site.arm === null) return REAL;
      const record = await fresh();
      const file = await add(record, "1.txt", "through");
      for (const on of ["list", "read"] as const satisfies readonly FileOperation[]) {
        site.arm({ kind, on });
        assert.equal((await files(record)).length, 1);
        assert.equal((await bytes(record, file)).toString(), "through");
      }
      return undefined;
    },
  ];
}

export const attachmentTroubleCases: readonly FileCase[] = [
  lostAddition("drop-after"),
  lostAddition("error-but-stored"),
  oddAddition("html"),
  oddAddition("truncated"),
  oddAddition("wrong-types"),
  damagedList("html"),
  damagedList("truncated"),
  damagedList("wrong-types"),
  damagedDownload("html"),
  damagedDownload("truncated"),
  damagedDownload("cut"),
  passing("a connection cut before a list or a download began is made good", "drop-before"),
  passing("a passing 500 to a list or a download is made good", "error"),
  passing("a passing 503 to a list or a download is waited for", "unavailable"),
  passing("429 to a list or a download is waited for", "rate-limited"),
  passing("a session that expires before a list or a download is signed in again", "unauthorized"),
  [
    "429 to an addition: the file is there once, and whole",
    async ({ site, fresh, files, add, bytes }) => {
      if (site.arm === null) return REAL;
      const record = await fresh();
      site.arm({ kind: "rate-limited", on: "add", seconds: 1 });
      const file = await add(record, "1.txt", "y".repeat(200_000));
      assert.equal(only(await files(record)).id, file.id);
      assert.equal((await bytes(record, file)).length, 200_000);
      return undefined;
    },
  ],
  [
    "a session that expires before an addition is signed in again, and the content is read anew",
    async ({ site, fixture, fresh, files, add, bytes }) => {
      if (fixture.expire === null) return "this tracker has no sessions";
      const record = await fresh();
      await fixture.expire();
      const file = await add(record, "1.txt", "z".repeat(200_000));
      assert.equal(only(await files(record)).id, file.id);
      assert.equal((await bytes(record, file)).length, 200_000);
      site.arm?.({ kind: "unauthorized", on: "add" });
      await add(record, "2.txt", "again");
      assert.equal((await files(record)).length, 2);
      return undefined;
    },
  ],
  [
    "a change whose answer is lost is made good or told as perhaps stored",
    async ({ port, entity, site, fresh, files, add, bytes, signal }) => {
      if (site.arm === null) return REAL;
      for (const kind of ["drop-after", "error-but-stored"] as const) {
        const record = await fresh();
        const file = await add(record, "1.txt", "before");
        site.arm({ kind, on: "change" });
        const outcome = await port
          .change(entity, record, file, draftOf("1.txt", "after"), { content: true, description: false }, signal)
          .catch((error: unknown) => error);
        if (outcome instanceof Error) assert.equal((outcome as ConnectorError).stored, "maybe", outcome.message);
        const now = (await files(record)).at(-1) ?? assert.fail("the file is gone");
        assert.equal((await bytes(record, now)).toString(), "after");
      }
      return undefined;
    },
  ],
  [
    "a removal whose answer is lost is made good or told as perhaps done",
    async ({ port, entity, site, fresh, files, add, signal }) => {
      if (site.arm === null) return REAL;
      const record = await fresh();
      const file = await add(record, "1.txt", "1");
      site.arm({ kind: "drop-after", on: "remove" });
      const outcome = await port.remove(entity, record, file, signal).catch((error: unknown) => error);
      if (outcome instanceof Error) assert.equal((outcome as ConnectorError).stored, "maybe", outcome.message);
      assert.deepEqual(await files(record), []);
      return undefined;
    },
  ],
  [
    "a removal that is answered by a web page with status 200 is not taken for done",
    async ({ port, entity, site, fresh, files, add, signal }) => {
      if (site.arm === null) return REAL;
      const record = await fresh();
      const file = await add(record, "1.txt", "1");
      site.arm({ kind: "html", on: "remove" });
      const error = await fails(port.remove(entity, record, file, signal), "unavailable");
      assert.equal(error.stored, "maybe");
      assert.equal((await files(record)).length, 1);
      return undefined;
    },
  ],
  [
    "where the source of a file breaks off, its trouble is told as it is and nothing is stored",
    async ({ port, entity, fresh, files, add, bytes, signal }) => {
      const record = await fresh();
      const kept = await add(record, "kept.txt", "kept");
      for (const lost of [
        new ConnectorError("unavailable", "other: the answer broke off"),
        new ConnectorError("auth", "other: the sign-in was refused", { status: 403 }),
        new ConnectorError("invalid", "other: the file may not be read", { status: 403 }),
        new ConnectorError("invalid", "other: too large (1)", { status: 422 }),
        new Error("a bug"),
      ]) {
        const content: Content = {
          size: 200_000,
          async *open() {
            yield new Uint8Array(200_000);
            throw lost;
          },
        };
        const same = (error: unknown) => error === lost;
        await assert.rejects(port.add(entity, record, draftOf("new.txt", content), signal), same);
        await assert.rejects(port.change(entity, record, kept, draftOf("kept.txt", content), BOTH, signal), same);
      }
      assert.equal((await bytes(record, only(await files(record)))).toString(), "kept");
      return undefined;
    },
  ],
  [
    "a source that has changed since it was listed is a conflict, and nothing is stored",
    async ({ port, entity, fresh, files, signal }) => {
      const record = await fresh();
      for (const size of [4, 6]) {
        const content: Content = {
          size,
          async *open() {
            yield Buffer.from("12345");
          },
        };
        const error = await fails(port.add(entity, record, draftOf("1.txt", content), signal), "conflict");
        assert.match(error.message, new RegExp(`of ${size} bytes`));
        assert.equal(error.stored, "no");
      }
      assert.deepEqual(await files(record), []);
      return undefined;
    },
  ],
  [
    "an abort ends a download and an upload with the reason given",
    async ({ port, entity, fresh, files, add, signal }) => {
      const record = await fresh();
      const file = await add(record, "1.txt", "x".repeat(3_000_000));
      const reason = new Error("cancelled by the test");
      const given = (error: unknown) => error === reason;
      const reading = new AbortController();
      await assert.rejects(async () => {
        for await (const _ of port.read(entity, record, file, 10_000_000, reading.signal)) reading.abort(reason);
      }, given);
      const writing = new AbortController();
      const content: Content = {
        size: 3_000_000,
        async *open() {
          yield new Uint8Array(1_000_000);
          writing.abort(reason);
          yield new Uint8Array(2_000_000);
        },
      };
      await assert.rejects(port.add(entity, record, draftOf("2.txt", content), writing.signal), given);
      await assert.rejects(port.list(entity, [record], AbortSignal.abort(reason)), given);
      assert.equal((await files(record)).length, 1);
      const left = await port.read(entity, record, file, 10_000_000, signal)[Symbol.asyncIterator]();
      await left.next();
      await left.return?.();
      assert.equal((await files(record)).length, 1);
      return undefined;
    },
  ],
];
