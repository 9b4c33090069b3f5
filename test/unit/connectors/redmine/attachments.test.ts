import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpRequest } from "../../../../daemon/core/connector.ts";
import { ConnectorError } from "../../../../daemon/core/errors.ts";
import type { Attachment } from "../../../../daemon/core/parts.ts";
import { collect, draftOf } from "../../../contract/attachments.ts";
import { ACCOUNT, type Answerer, type FakeAnswer, fakeRedmine, issue } from "./fake.ts";

const signal = new AbortController().signal;
const CONTENT = { content: true, description: false };

const FILE = {
  id: 6,
  filename: "a.txt",
  filesize: 3,
  content_type: "text/plain",
  description: "why",
  content_url: "http://internal:3000/attachments/download/6/a.txt",
  created_on: "2026-11-21T22:41:07Z",
};

const LISTED: Attachment = {
  id: "6",
  name: "a.txt",
  description: "why",
  size: 3,
  stamp: "2026-11-21T22:41:07Z",
  url: "http://redmine.test/attachments/download/6",
};

interface Script {
  /** Files of issue 126 as they stand. */
  readonly files?: () => readonly object[];
  readonly claim?: () => FakeAnswer;
  readonly answer?: (line: string, request: HttpRequest) => FakeAnswer | undefined;
}

/** Issue 126, which takes what is uploaded, unless the script says otherwise. */
function open({ files = () => [FILE], claim = () => ({ status: 204 }), answer = () => undefined }: Script = {}) {
  const bodies: unknown[] = [];
  const answerer: Answerer = (request, path, query) => {
    const line = `${request.method} ${path}`;
    if (typeof request.body === "string") bodies.push(JSON.parse(request.body));
    const own = answer(line, request);
    if (own !== undefined) return own;
    if (path === "/users/current.json") return ACCOUNT;
    if (line === "GET /issues.json") {
      const wanted = (query.get("issue_id") ?? "").split(",").includes("126");
      const rows = wanted ? [issue(126, { attachments: files() })] : [];
      return { json: { issues: rows, total_count: rows.length } };
    }
    if (line === "POST /uploads.json") return { status: 201, json: { upload: { id: 6, token: "6.abc" } } };
    if (line === "PUT /issues/126.json") return claim();
    if (line === "GET /attachments/6.json") return { json: { attachment: FILE } };
    return { status: 204 };
  };
  const { connector, requests } = fakeRedmine(answerer);
  return { port: connector.attachments ?? assert.fail("no attachments"), requests, bodies };
}

async function refused(promise: Promise<unknown>, kind: string, words: RegExp): Promise<ConnectorError> {
  const error = await promise.then(
    () => assert.fail("not refused"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ConnectorError, String(error));
  assert.equal(error.kind, kind, error.message);
  assert.match(error.message, words);
  return error;
}

test("files of a hundred issues are one request; the address is the configured one, whatever content_url says", async () => {
  const { port, requests } = open();
  const ids = Array.from({ length: 100 }, (_, at) => String(at + 100));
  const found = await port.list("issue", [...ids, "no id"], signal);
  assert.deepEqual([...found], [["126", [LISTED]]]);
  assert.equal(requests.filter((line) => line === "GET /issues.json").length, 1);
  await port.list("issue", [...ids, "200"], signal);
  assert.equal(requests.filter((line) => line === "GET /issues.json").length, 3);
});

test("a key that is refused never makes issues look as if they had no files", async () => {
  const { port } = open({
    answer: (line) =>
      line === "GET /issues.json"
        ? { json: { issues: [], total_count: 0 } }
        : line === "GET /users/current.json"
          ? { status: 401 }
          : undefined,
  });
  await refused(port.list("issue", ["126"], signal), "auth", /API key was refused/);
});

test("a file is uploaded, claimed by the issue, and read back", async () => {
  const { port, requests, bodies } = open();
  assert.deepEqual(await port.add("issue", "126", draftOf("a.txt", "abc", "why"), signal), LISTED);
  assert.deepEqual(requests, [
    "POST /uploads.json",
    "PUT /issues/126.json",
    "GET /users/current.json",
    "GET /issues.json",
  ]);
  assert.deepEqual(bodies, [{ issue: { uploads: [{ token: "6.abc", filename: "a.txt", description: "why" }] } }]);
});

test("T1 a description longer than Redmine's is cut: with it the file would be dropped without a word", async () => {
  const { port, bodies } = open();
  await port.add("issue", "126", draftOf("a.txt", "abc", "ü".repeat(300)), signal);
  const [{ issue: sent } = assert.fail()] = bodies as { issue: { uploads: { description: string }[] } }[];
  assert.equal(sent.uploads[0]?.description, "ü".repeat(255));
});

test("a claim that answers well and does nothing is told", async () => {
  const { port } = open({ files: () => [] });
  const error = await refused(
    port.add("issue", "126", draftOf("a.txt", "abc"), signal),
    "invalid",
    /"a\.txt" was uploaded, but issue 126 did not take it/,
  );
  assert.equal(error.stored, "no");
});

test("a claim without an answer is settled by looking: stored, or perhaps", async () => {
  for (const [stored, status] of [
    [true, 500],
    [false, 500],
  ] as const) {
    const { port, requests } = open({ files: () => (stored ? [FILE] : []), claim: () => ({ status }) });
    const adding = port.add("issue", "126", draftOf("a.txt", "abc"), signal);
    if (stored) assert.deepEqual(await adding, LISTED);
    else assert.equal((await refused(adding, "unavailable", /answered 500/)).stored, "maybe");
    assert.equal(requests.filter((line) => line.startsWith("PUT")).length, 1);
  }
});

test("an upload without an answer hangs on no issue: nothing was stored", async () => {
  const { port } = open({ answer: (line) => (line === "POST /uploads.json" ? { status: 500 } : undefined) });
  const error = await refused(port.add("issue", "126", draftOf("a.txt", "abc"), signal), "unavailable", /500/);
  assert.equal(error.stored, "no");
});

test("the largest size is learnt from a refusal, in whatever language it is said", async () => {
  const said = "Diese Datei kann nicht hochgeladen werden, da sie die maximale Größe überschreitet (2)";
  const { port } = open({
    answer: (line) => (line === "POST /uploads.json" ? { status: 422, json: { errors: [said] } } : undefined),
  });
  assert.equal(port.maxSize, null);
  await refused(
    port.add("issue", "126", draftOf("a.txt", "abc"), signal),
    "invalid",
    /"a\.txt" of 3 bytes is larger than the server takes/,
  );
  assert.equal(port.maxSize, 2);
});

test("another refusal of an upload teaches no size", async () => {
  const { port } = open({
    answer: (line) =>
      line === "POST /uploads.json"
        ? { status: 422, json: { errors: ["Attachment extension .exe is not allowed (99)"] } }
        : undefined,
  });
  await refused(port.add("issue", "126", draftOf("a.exe", "abc"), signal), "invalid", /"a\.exe".*not allowed/);
  assert.equal(port.maxSize, null);
});

test("a content is changed by adding before removing, and a reused id is not removed for the old one", async () => {
  const plain = open();
  await plain.port.change("issue", "126", LISTED, draftOf("a.txt", "abc"), CONTENT, signal);
  const writes = plain.requests.filter((line) => !line.startsWith("GET"));
  assert.deepEqual(writes, ["POST /uploads.json", "PUT /issues/126.json", "DELETE /attachments/6.json"]);

  const reused = open();
  const old = { ...LISTED, stamp: "2020-01-01T00:00:00Z" };
  await refused(
    reused.port.change("issue", "126", old, draftOf("a.txt", "abc"), CONTENT, signal),
    "notFound",
    /no attachment 6/,
  );
  await reused.port.remove("issue", "126", old, signal);
  assert.deepEqual(
    reused.requests.filter((line) => !line.startsWith("GET")),
    [],
  );
});

test("a description and a name are patched; only what differs is sent", async () => {
  const { port, bodies, requests } = open();
  await port.change(
    "issue",
    "126",
    LISTED,
    draftOf("b.txt", "", "why"),
    { content: false, description: false },
    signal,
  );
  await port.change("issue", "126", LISTED, draftOf("a.txt", "", "new"), { content: false, description: true }, signal);
  await port.change(
    "issue",
    "126",
    LISTED,
    draftOf("a.txt", "", "why"),
    { content: false, description: false },
    signal,
  );
  assert.deepEqual(bodies, [{ attachment: { filename: "b.txt" } }, { attachment: { description: "new" } }]);
  assert.equal(requests.filter((line) => line === "PATCH /attachments/6.json").length, 2);
});

test("403 on a file is that file's trouble", async () => {
  const { port } = open({ answer: (line) => (/^(PUT|DELETE|PATCH)/.test(line) ? { status: 403 } : undefined) });
  const words = /"a\.txt" was refused: the account's role/;
  await refused(port.add("issue", "126", draftOf("a.txt", "abc"), signal), "invalid", words);
  await refused(port.remove("issue", "126", LISTED, signal), "invalid", words);
  const how = { content: false, description: true };
  await refused(port.change("issue", "126", LISTED, draftOf("a.txt", "", "new"), how, signal), "invalid", words);
});

test("only issues have files here", async () => {
  const { port } = open();
  await refused(port.list("version", ["1"], signal), "invalid", /only issues/);
  await refused(port.add("issue", "no id", draftOf("a.txt", "a"), signal), "notFound", /no issue no id/);
});

test("a file is read by its id alone: its name may have changed meanwhile", async () => {
  const asked: string[] = [];
  const { connector } = fakeRedmine(
    () => ACCOUNT,
    {},
    { "api-key": "k" },
    () => 0,
    async (request) => {
      asked.push(`${request.url} ${request.headers?.["x-redmine-api-key"]}`);
      const answer = { status: 200, headers: {}, setCookie: [], body: new Uint8Array(), text: () => "" };
      return { answer, body: draftOf("a", "abc").content.open(signal) };
    },
  );
  const port = connector.attachments ?? assert.fail();
  assert.equal((await collect(port.read("issue", "126", LISTED, 3, signal))).toString(), "abc");
  assert.deepEqual(asked, ["http://redmine.test/attachments/download/6 k"]);
});
