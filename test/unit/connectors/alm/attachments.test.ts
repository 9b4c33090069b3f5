import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Connector } from "../../../../daemon/core/connector.ts";
import { ConnectorError } from "../../../../daemon/core/errors.ts";
import type { Attachment, AttachmentPort } from "../../../../daemon/core/parts.ts";
import { type AlmFixture, type AlmFixtureOptions, almFixture } from "../../../contract/alm-fixture.ts";
import { collect, draftOf } from "../../../contract/attachments.ts";
import { pageJson, scripted } from "./fake.ts";

interface Bench {
  readonly fixture: AlmFixture;
  readonly connector: Connector;
  readonly port: AttachmentPort;
  /** Of a new defect. */
  readonly record: string;
  files(): Promise<readonly Attachment[]>;
  /** `METHOD /path/with/{id}` of requests about attachments since the last call. */
  asked(): Readonly<Record<string, number>>;
}

const signal = new AbortController().signal;
const BOTH = { content: true, description: true };

async function open(t: TestContext, options: AlmFixtureOptions = {}): Promise<Bench> {
  const fixture = await almFixture({ content: "empty", ...options });
  const connector = await fixture.open();
  t.after(async () => {
    await connector.close();
    await fixture.close();
  });
  const port = connector.attachments ?? assert.fail("no attachments");
  const record = fixture.simulator.admin.create("defects", {});
  return {
    ...{ fixture, connector, port, record },
    files: async () => (await port.list("defect", [record], signal)).get(record) ?? [],
    asked() {
      const routes = Object.entries(fixture.simulator.traffic.byRoute());
      fixture.simulator.traffic.reset();
      return Object.fromEntries(
        routes
          .filter(([route]) => route.includes("/attachments"))
          .map(([route, count]) => [route.replace(/\/qcbin.*(?=\/attachments)/, "…"), count]),
      );
    },
  };
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

test("a blocked type of file is invalid, not the end of the session: what follows needs no sign-in", async (t) => {
  const { fixture, connector, port, record } = await open(t, { switches: { blockedFiles: ["exe"] } });
  await connector.read("defect", [record], [], signal);
  fixture.simulator.traffic.reset();
  const error = await refused(
    port.add("defect", record, draftOf("tool.exe", "MZ"), signal),
    "invalid",
    /"tool\.exe" was refused: its type may be blocked.*Files of type 'exe' are blocked/,
  );
  assert.equal(error.stored, "no");
  await port.add("defect", record, draftOf("tool.txt", "MZ"), signal);
  assert.ok(!Object.keys(fixture.simulator.traffic.byRoute()).some((route) => route.includes("authentication-point")));
});

test("T13 where files are known by name only, one called like a folder's parent is told to be renamed: removing it would remove its record", async (t) => {
  const { fixture, port, record, files } = await open(t, { version: "11" });
  const { admin } = fixture.simulator;
  for (const name of ["..", "."]) {
    const id = admin.attachments.add("defects", record, { name, content: "x" });
    const [file = assert.fail()] = await files();
    assert.equal(file.name, name);
    const words = /knows files by their names only, and .*"\.\.?".* rename it by hand/;
    await refused(port.remove("defect", record, file, signal), "invalid", words);
    await refused(port.change("defect", record, file, draftOf("new.txt", "y"), BOTH, signal), "invalid", words);
    await refused(collect(port.read("defect", record, file, 100, signal)), "invalid", words);
    assert.equal((await files()).length, 1);
    assert.ok(admin.get("defects", record) !== null, "the record is gone");
    admin.attachments.change("defects", record, id, { name: "dots.txt" });
    const [renamed = assert.fail()] = await files();
    await port.remove("defect", record, renamed, signal);
    assert.deepEqual(await files(), []);
  }
});

test("a right that is missing for files is told of the file, not of the endpoint", async (t) => {
  const { fixture, port, record, files } = await open(t, {
    users: [{ login: "viewer", password: "viewer-secret", readOnly: true }],
  });
  fixture.simulator.admin.attachments.add("defects", record, { name: "b.txt", content: "b" });
  const [theirs = assert.fail()] = await files();
  const words = /"[ab]\.txt" was refused: .* the account's group may not/;
  await refused(port.add("defect", record, draftOf("a.txt", "a"), signal), "invalid", words);
  await refused(port.change("defect", record, theirs, draftOf("b.txt", "a"), BOTH, signal), "invalid", words);
  await refused(port.remove("defect", record, theirs, signal), "invalid", words);
});

test("403 without ALM's own words costs one new sign-in and is then told of the file", async () => {
  const server = scripted((route) =>
    route === "POST /defects/7/attachments" ? { status: 403, body: "<html>blocked</html>" } : undefined,
  );
  const port = server.connector.attachments ?? assert.fail();
  await refused(port.add("defect", "7", draftOf("a.exe", "a"), signal), "invalid", /"a\.exe" was refused/);
  assert.equal(server.routes().filter((route) => route.includes("alm-authenticate")).length, 2);
});

test("an answer that does not show all files it counts is no list of them", async () => {
  for (const rows of [[{ id: "1", name: "a.txt" }], []]) {
    const server = scripted((route) => {
      if (route.startsWith("GET /defects?"))
        return pageJson([{ id: "7", "last-modified": "2026-01-01 10:00:00", "ver-stamp": "1" }]);
      return route.startsWith("GET /defects/7/attachments")
        ? pageJson(route.includes("start-index") ? [] : rows, 3)
        : undefined;
    });
    const port = server.connector.attachments ?? assert.fail();
    const words = new RegExp(`counts 3 attachments, but shows ${rows.length}`);
    await refused(port.list("defect", ["7"], signal), "unavailable", words);
  }
});

test("a 404 that is not ALM's own is trouble: no file is called gone for it", async () => {
  const page = { status: 404, body: "<html>proxy</html>" };
  const server = scripted((route) => {
    if (route.startsWith("GET /defects?"))
      return pageJson([{ id: "7", "last-modified": "2026-01-01 10:00:00", "ver-stamp": "1" }]);
    return route.includes("/attachments") ? page : undefined;
  });
  const port = server.connector.attachments ?? assert.fail();
  const file = { id: "1", name: "a.txt", description: "", size: 1, stamp: "", url: "" };
  await refused(port.list("defect", ["7"], signal), "unavailable", /404/);
  await refused(port.remove("defect", "7", file, signal), "unavailable", /404/);
});

test("a file that is too large is invalid whatever the status, with the site parameter's name", async (t) => {
  for (const tooLargeStatus of [413, 500] as const) {
    const { port, record, files } = await open(t, { switches: { maxAttachmentBytes: 10, tooLargeStatus } });
    const words = /"a\.txt" of 11 bytes is larger than the server takes .*UPLOAD_ATTACH_MAX_SIZE/;
    const error = await refused(port.add("defect", record, draftOf("a.txt", "12345678901"), signal), "invalid", words);
    assert.equal(error.stored, "no");
    const small = await port.add("defect", record, draftOf("a.txt", "1"), signal);
    await refused(
      port.change("defect", record, small, draftOf("a.txt", "12345678901"), BOTH, signal),
      "invalid",
      words,
    );
    assert.equal((await files())[0]?.size, 1);
  }
});

test("old servers that stumble over tiny files are told as such, and are not asked for ever", async (t) => {
  const { port, record } = await open(t, { switches: { minAttachmentBytes: 3 } });
  const error = await refused(
    port.add("defect", record, draftOf("a.txt", ""), signal),
    "invalid",
    /"a\.txt" of 0 bytes was refused: Failed to set content.*empty or very small/,
  );
  assert.equal(error.stored, "maybe");
});

test("S15 an attachment that is an address says so; its bytes are the tracker's text, or none", async (t) => {
  for (const urlBytes of ["text", "none"] as const) {
    const { fixture, port, record, files } = await open(t, { switches: { urlBytes } });
    const content = "[InternetShortcut]\r\nURL=https://example.com/\r\n";
    fixture.simulator.admin.attachments.add("defects", record, { name: "https://example.com/", content, link: true });
    fixture.simulator.admin.attachments.add("defects", record, { name: "a.txt", content: "a" });
    const [link = assert.fail(), file] = await files();
    assert.deepEqual([link.name, link.link, link.size], ["https://example.com/", true, null]);
    assert.ok(file !== undefined && !("link" in file));
    const text = (await collect(port.read("defect", record, link, 1_000, signal))).toString();
    assert.equal(text, urlBytes === "text" ? content : "");
    await port.remove("defect", record, link, signal);
    await refused(collect(port.read("defect", record, link, 1_000, signal)), "notFound", /./);
  }
});

test("only records that say Y are asked for their files, after one query for all", async (t) => {
  const { fixture, port, record, asked } = await open(t);
  const { admin, traffic } = fixture.simulator;
  const others = Array.from({ length: 50 }, () => admin.create("defects", {}));
  admin.attachments.add("defects", others[7] ?? "", { name: "a.txt", content: "a" });
  await port.list("defect", [record], signal);
  asked();
  const found = await port.list("defect", [record, ...others], signal);
  assert.equal(found.size, 51);
  assert.deepEqual(
    [...found].filter(([, files]) => files.length > 0).map(([id]) => id),
    [others[7]],
  );
  const total = traffic.total();
  // The query, the one record's files, and once for each server: whether it understands ids.
  assert.ok(total <= 3, `${total} requests: ${JSON.stringify(traffic.byRoute())}`);
  assert.deepEqual(asked(), { "GET …/attachments": 1, "GET …/attachments/{id}": 1 });
  await port.list("defect", [record, ...others], signal);
  assert.deepEqual(asked(), { "GET …/attachments": 1 });
});

test("releases and cycles keep their flag in another field", async (t) => {
  const { fixture, port, asked } = await open(t);
  const { admin } = fixture.simulator;
  const release = admin.create("releases", { "start-date": "2026-01-01", "end-date": "2026-02-01" });
  assert.deepEqual((await port.list("release", [release], signal)).get(release), []);
  assert.deepEqual(asked(), {});
  admin.attachments.add("releases", release, { name: "a.txt", content: "a" });
  assert.equal((await port.list("release", [release], signal)).get(release)?.length, 1);
});

test("a description without markup is read as it is, and one with markup as its text", async (t) => {
  const { fixture, record, files } = await open(t, { switches: { memo: "verbatim" } });
  const { attachments } = fixture.simulator.admin;
  attachments.add("defects", record, { name: "1.txt", content: "1", description: "plain & simple" });
  attachments.add("defects", record, {
    name: "2.txt",
    content: "2",
    description: "<html><body><p>a <b>b</b></p></body></html>",
  });
  assert.deepEqual(
    (await files()).map(({ description }) => description),
    ["plain & simple", "a b"],
  );
});

test("addresses are below the configured one, whatever host the server believes it has", async (t) => {
  const { fixture, port, record, files } = await open(t, { switches: { internalUrl: "http://internal:8080" } });
  const added = await port.add("defect", record, draftOf("a b.txt", "a"), signal);
  const base = `${fixture.simulator.url}/rest/domains/DEMO/projects/PAYMENTS/defects/${record}/attachments`;
  assert.equal(added.url, `${base}/${added.id}?by-id=true&alt=application/octet-stream`);
  assert.deepEqual(await files(), [added]);
});

test("a server before 12.x knows files by name: one called like another's id is not taken for it", async (t) => {
  const { fixture, port, record, files } = await open(t, { version: "11" });
  await port.add("defect", record, draftOf("2", "named two, numbered one"), signal);
  const second = await port.add("defect", record, draftOf("second.txt", "numbered two"), signal);
  assert.equal(second.id, "2");
  assert.match(second.url, /\/attachments\/second\.txt\?alt=/);
  assert.equal((await collect(port.read("defect", record, second, 100, signal))).toString(), "numbered two");
  await port.change("defect", record, second, draftOf("second.txt", "changed"), BOTH, signal);
  await port.remove("defect", record, second, signal);
  const [left] = fixture.simulator.admin.attachments.list("defects", record);
  assert.deepEqual([left?.name, left?.content.toString()], ["2", "named two, numbered one"]);
  await port.remove("defect", record, second, signal);
  assert.equal((await files()).length, 1);
});

test("before 12.x a file whose name went to another one counts as gone", async (t) => {
  const { fixture, port, record } = await open(t, { version: "11" });
  const first = await port.add("defect", record, draftOf("log.txt", "first"), signal);
  fixture.simulator.admin.attachments.remove("defects", record, first.id);
  fixture.simulator.admin.attachments.add("defects", record, { name: "log.txt", content: "another" });
  await refused(collect(port.read("defect", record, first, 100, signal)), "notFound", /no attachment 1 \("log\.txt"\)/);
  await refused(port.change("defect", record, first, draftOf("log.txt", "x"), BOTH, signal), "notFound", /./);
  await port.remove("defect", record, first, signal);
  assert.equal(fixture.simulator.admin.attachments.list("defects", record)[0]?.content.toString(), "another");
});

test("before 12.x a file with a name that is not English is changed in place, and neither renamed nor removed", async (t) => {
  const { port, record, files } = await open(t, { version: "11" });
  const file = await port.add("defect", record, draftOf("Prüfung.txt", "one"), signal);
  const changed = await port.change("defect", record, file, draftOf("Prüfung.txt", "two", "twice"), BOTH, signal);
  assert.deepEqual([changed.id, changed.description, changed.size], [file.id, "twice", 3]);
  await refused(
    port.change("defect", record, changed, draftOf("Test.txt", "two"), { content: false, description: false }, signal),
    "invalid",
    /"Prüfung\.txt".*rename it by hand/,
  );
  await refused(port.remove("defect", record, changed, signal), "invalid", /"Prüfung\.txt".*remove it by hand/);
  assert.deepEqual(await files(), [changed]);
});

test("a second request of a change that fails leaves open what was stored", async (t) => {
  const { fixture, port, record, files } = await open(t);
  const file = await port.add("defect", record, draftOf("a.txt", "one"), signal);
  fixture.simulator.faults.arm({ kind: "error", method: "PUT", path: "/attachments/", after: 1 });
  const draft = draftOf("a.txt", "two", "told");
  const error = await refused(port.change("defect", record, file, draft, BOTH, signal), "unavailable", /./);
  assert.equal(error.stored, "maybe");
  const [now = assert.fail()] = await files();
  assert.deepEqual(
    [now.description, (await collect(port.read("defect", record, now, 9, signal))).toString()],
    ["", "two"],
  );
});

test("a name that the tracker finds too long is invalid", async (t) => {
  const { port, record } = await open(t);
  await refused(port.add("defect", record, draftOf(`${"n".repeat(300)}.txt`, "x"), signal), "invalid", /'Name'/);
});
