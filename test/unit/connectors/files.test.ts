import assert from "node:assert/strict";
import { test } from "node:test";
import { bounded, refuseLarge } from "../../../daemon/connectors/download.ts";
import { multipart } from "../../../daemon/connectors/multipart.ts";
import type { HttpAnswer } from "../../../daemon/core/connector.ts";
import { ConnectorError } from "../../../daemon/core/errors.ts";
import type { Attachment, Content } from "../../../daemon/core/parts.ts";

const never = new AbortController().signal;

function contentOf(...pieces: readonly (string | Uint8Array)[]): Content {
  const all = pieces.map((piece) => Buffer.from(piece));
  return {
    size: all.reduce((sum, piece) => sum + piece.length, 0),
    async *open() {
      yield* all;
    },
  };
}

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

function failed(kind: string, words: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ConnectorError, String(error));
    assert.equal(error.kind, kind);
    assert.match(error.message, words);
    return true;
  };
}

test("a form has its parts in the given order, the file last, no more headers than needed, and a known length", async () => {
  const fields = [
    ["filename", "log.txt"],
    ["description", "Server\r\nlog ü"],
    ["override-existing-attachment", "n"],
  ] as const;
  const form = multipart(fields, { name: "log.txt", content: contentOf("one\r\n", "--two") });
  const boundary = /^multipart\/form-data; boundary=(\S+)$/.exec(form.contentType)?.[1] ?? "";
  const body = await collect(form.content.open(never));
  assert.equal(body.length, form.content.size);
  assert.equal(
    body.toString(),
    [
      ...[`--${boundary}`, 'Content-Disposition: form-data; name="filename"', "", "log.txt"],
      ...[`--${boundary}`, 'Content-Disposition: form-data; name="description"', "", "Server\r\nlog ü"],
      ...[`--${boundary}`, 'Content-Disposition: form-data; name="override-existing-attachment"', "", "n"],
      ...[`--${boundary}`, 'Content-Disposition: form-data; name="file"; filename="log.txt"'],
      ...["Content-Type: application/octet-stream", "", "one\r\n--two"],
      ...[`--${boundary}--`, ""],
    ].join("\r\n"),
  );
});

test("T13 E99 a form is read back by another reader as it was meant, whatever the name", async () => {
  for (const name of ["~!@#$%()^&.txt", 'say "hi".txt', "Größe 報告 🚀.txt", "a;b=c.txt", "line\r\nend.txt"]) {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, at) => at));
    const form = multipart([["filename", name]], { name, content: contentOf(bytes) });
    const body = new Uint8Array(await collect(form.content.open(never)));
    const parsed = await new Response(body, { headers: { "content-type": form.contentType } }).formData();
    assert.equal(parsed.get("filename"), name);
    const file = parsed.get("file");
    assert.ok(file instanceof File);
    assert.deepEqual(Buffer.from(await file.arrayBuffer()), bytes);
  }
});

test("no two forms have the same boundary, so that no file can end its own part", () => {
  const one = multipart([], { name: "a", content: contentOf("") });
  const two = multipart([], { name: "a", content: contentOf("") });
  assert.notEqual(one.contentType, two.contentType);
});

test("a form can be read again, and a file of another length than it was said ends it", async () => {
  const content = contentOf("12345");
  const form = multipart([], { name: "a", content });
  assert.deepEqual(await collect(form.content.open(never)), await collect(form.content.open(never)));
  for (const size of [4, 6]) {
    const wrong = multipart([], { name: "a", content: { ...content, size } });
    await assert.rejects(collect(wrong.content.open(never)), failed("conflict", new RegExp(`a file of ${size} bytes`)));
  }
});

const FILE: Attachment = { id: "1", name: "a.txt", description: "", size: 6, stamp: "s", url: "http://x/1" };

function answer(type: string | null): HttpAnswer {
  const headers = type === null ? {} : { "content-type": type };
  return { status: 200, headers, setCookie: [], body: new Uint8Array(), text: () => "" };
}

test("a download ends well where it has the listed length, or none is listed", async () => {
  for (const size of [6, null]) {
    const pieces = bounded("alm", { ...FILE, size }, 6, answer("text/plain"), contentOf("abc", "def").open(never));
    assert.equal((await collect(pieces)).toString(), "abcdef");
  }
});

test("a download of another length than listed is a conflict, and a page in place of a file is trouble", async () => {
  const read = (given: Partial<Attachment>, type: string | null, text: string) =>
    collect(bounded("alm", { ...FILE, ...given }, 100, answer(type), contentOf(text).open(never)));
  await assert.rejects(read({}, "text/plain", "abc"), failed("conflict", /"a\.txt" has 3 bytes, its list said 6/));
  await assert.rejects(read({}, null, "abcdefg"), failed("conflict", /has 7 bytes/));
  await assert.rejects(read({}, "text/html;charset=utf-8", "<html>…"), failed("unavailable", /a web page came/));
  await assert.rejects(read({ size: null }, "text/html", "<html>"), failed("unavailable", /a web page came/));
  assert.equal((await read({ size: null, name: "p.HTML" }, "text/html", "<html>")).toString(), "<html>");
  assert.equal((await read({ size: 6, name: "p.txt" }, "text/html", "<html>")).toString(), "<html>");
});

test("a download beyond the bound is refused before it begins where its size is known, and stopped where it is not", async () => {
  assert.throws(() => refuseLarge("alm", FILE, 5), failed("invalid", /"a\.txt" is larger than 5 bytes/));
  refuseLarge("alm", FILE, 6);
  refuseLarge("alm", { ...FILE, size: null }, 0);
  const left = { open: true };
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield new Uint8Array(4);
    } finally {
      left.open = false;
    }
  }
  await assert.rejects(collect(bounded("alm", FILE, 10, answer(null), endless())), failed("invalid", /larger than 10/));
  assert.equal(left.open, false);
});
