import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Fault } from "../../daemon/sandbox/simulator.ts";
import { startRedmineProxy } from "../support/redmine-proxy.ts";
import { NO_REDMINE, type RedmineFacts, redmineFacts } from "../trackers/redmine.ts";
import { type AgileManagerFixture, agileManagerFixture } from "./agile-manager-fixture.ts";
import { type AlmFixture, type AlmFixtureOptions, almFixture } from "./alm-fixture.ts";
import { type AttachmentFixture, attachmentContract, draftOf, type FileOperation } from "./attachments.ts";
import { fails } from "./bench.ts";
import { fact, redmineFixture } from "./redmine-fixture.ts";

const LARGEST = 6_000_000;

/** Where each operation on files goes on the wire. */
function armOn(faults: { arm(fault: Fault): void }, change: "PUT" | "POST"): AttachmentFixture["arm"] {
  const methods: Readonly<Record<FileOperation, string>> = {
    list: "GET",
    read: "GET",
    add: "POST",
    change,
    remove: "DELETE",
  };
  return ({ on, ...fault }) => {
    const path = on === "list" || on === "add" || change === "POST" ? "/attachments" : "/attachments/";
    faults.arm({ ...fault, method: methods[on], path: on === "read" ? "/attachments/" : path });
  };
}

const COLLECTIONS: Readonly<Record<string, string>> = {
  defect: "defects",
  requirement: "requirements",
  release: "releases",
  "release-cycle": "release-cycles",
};

async function almSite(options: AlmFixtureOptions = {}): Promise<AttachmentFixture> {
  const fixture: AlmFixture = await almFixture({
    ...options,
    switches: { maxAttachmentBytes: LARGEST, ...options.switches },
  });
  const { simulator } = fixture;
  const { attachments } = simulator.admin;
  const byName = simulator.switches.attachmentsById ? {} : { isStuck: (name: string) => /[^ -~]/.test(name) };
  const collection =
    COLLECTIONS[fixture.entity.replace(/\/.*/, "")] ?? assert.fail(`no collection of ${fixture.entity}`);
  return {
    fixture,
    replaces: true,
    uniqueNames: true,
    kept: (name) => name,
    ...byName,
    person: {
      attach: async (record, name, content) => attachments.add(collection, record, { name, content }),
      replace: async (record, file, content) => attachments.change(collection, record, file, { content }),
      detach: async (record, file) => attachments.remove(collection, record, file),
    },
    open: (url) => openInBrowser(simulator.url, url),
    arm: armOn(simulator.faults, "PUT"),
    largest: LARGEST,
  };
}

/** Signed in as by the web page; a browser takes HTML before all else. */
async function openInBrowser(root: string, url: string): Promise<Buffer> {
  const cookies: string[] = [];
  const basic = { authorization: `Basic ${Buffer.from("sync:sync-secret").toString("base64")}` };
  for (const [method, path, headers] of [
    ["GET", "/authentication-point/authenticate", basic],
    ["POST", "/rest/site-session", {}],
  ] as const) {
    const answer = await fetch(root + path, { method, headers: { ...headers, cookie: cookies.join("; ") } });
    for (const cookie of answer.headers.getSetCookie()) cookies.push(cookie.replace(/;.*$/, ""));
    await answer.arrayBuffer();
  }
  return fetched(url, {
    accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    cookie: cookies.join("; "),
  });
}

async function fetched(url: string, headers: Readonly<Record<string, string>>): Promise<Buffer> {
  const answer = await fetch(url, { headers, redirect: "manual" });
  assert.equal(answer.status, 200, url);
  return Buffer.from(await answer.arrayBuffer());
}

const RESOURCES = {
  defect: "backlog_items",
  user_story: "backlog_items",
  feature: "features",
  theme: "themes",
  release: "releases",
} as const;

async function agmSite(
  switches: Parameters<typeof agileManagerFixture>[0] = {},
  entity: keyof typeof RESOURCES = "defect",
): Promise<AttachmentFixture> {
  const fixture: AgileManagerFixture = await agileManagerFixture(
    { maxAttachmentBytes: LARGEST, ...switches },
    {},
    entity,
  );
  const { simulator } = fixture;
  const { attachments } = simulator.admin;
  const resource = RESOURCES[entity];
  return {
    fixture,
    replaces: false,
    uniqueNames: false,
    kept: (name) => name,
    person: {
      attach: async (record, name, content) => attachments.add(resource, record, { name, content }),
      replace: async (record, file, content) => attachments.change(resource, record, file, { content }),
      detach: async (record, file) => attachments.remove(resource, record, file),
    },
    async open(url) {
      const form = new URLSearchParams({ ...asOauth(fixture.secret()), grant_type: "client_credentials" });
      const answer = await fetch(`${simulator.url}/agm/oauth/token`, { method: "POST", body: form });
      const { access_token: token } = (await answer.json()) as { readonly access_token: string };
      return fetched(url, { authorization: `bearer ${token}` });
    },
    arm: armOn(simulator.faults, "POST"),
    largest: LARGEST,
  };
}

function asOauth(secret: Readonly<Record<string, string>>): Record<string, string> {
  return { client_id: secret["client-id"] ?? "", client_secret: secret["client-secret"] ?? "" };
}

async function redmineSite(facts: RedmineFacts): Promise<AttachmentFixture> {
  const fixture = await redmineFixture(facts);
  const base = fact(facts, "REDMINE_URL");
  const key = { "x-redmine-api-key": fact(facts, "REDMINE_API_KEY") };
  const carol = { "x-redmine-api-key": fact(facts, "REDMINE_USER_CAROL_KEY") };

  async function call(method: string, path: string, type: string, body?: string): Promise<Response> {
    const given = body === undefined ? {} : { body };
    const answer = await fetch(base + path, { method, headers: { ...carol, "content-type": type }, ...given });
    assert.ok(answer.ok, `${method} ${path} answered ${answer.status}`);
    return answer;
  }

  return {
    fixture,
    replaces: false,
    uniqueNames: false,
    // Redmine's own rule: what a file system might not take becomes a low line.
    kept: (name) => name.replace(/[/?%*:|"'<>\n\r]+/g, "_"),
    person: {
      async attach(record, name, content) {
        const query = `filename=${encodeURIComponent(name)}`;
        const answer = await call("POST", `/uploads.json?${query}`, "application/octet-stream", content);
        const { upload } = (await answer.json()) as {
          readonly upload: { readonly id: number; readonly token: string };
        };
        const issue = { uploads: [{ token: upload.token, filename: name }] };
        await call("PUT", `/issues/${record}.json`, "application/json", JSON.stringify({ issue }));
        return String(upload.id);
      },
      replace: null,
      detach: async (_record, file) => void (await call("DELETE", `/attachments/${file}.json`, "application/json")),
    },
    open: (url) => fetched(url, key),
    arm: null,
    largest: 5120 * 1024,
  };
}

attachmentContract("ALM", () => almSite());
attachmentContract("ALM 11, which knows files by name only", () => almSite({ version: "11" }));
attachmentContract("ALM 26.1, the other readings", () =>
  almSite({
    version: "26.1",
    switches: {
      memo: "verbatim",
      tooLargeStatus: 413,
      childrenTouchParent: true,
      emptySpelling: "missing",
      internalUrl: "http://internal:8080",
      expiredStatus: 403,
      expiredBody: "none",
    },
  }),
);
for (const entity of ["requirement/Functional", "release", "release-cycle"])
  attachmentContract(`ALM ${entity}`, () => almSite({ entity }));

attachmentContract("Agile Manager", () => agmSite());
attachmentContract("Agile Manager, other readings", () =>
  agmSite({
    singleGet: "bare",
    deleteAnswer: "empty",
    errorBody: "alm",
    offsetAlone: "ignored",
    defaultPage: 25,
    tokenRenewal: "new",
    attachmentTouchesParent: true,
    gzip: true,
  }),
);
for (const entity of ["user_story", "feature", "theme", "release"] as const)
  attachmentContract(`Agile Manager ${entity}`, () => agmSite({}, entity));

const facts = redmineFacts(process.env);

if (typeof facts === "string") test("attachments contract: redmine", { skip: NO_REDMINE }, () => undefined);
else {
  attachmentContract("Redmine", () => redmineSite(facts));
  test("redmine behind a web server: answers that are lost on the way, and addresses", (t) => lostAnswers(t, facts));
}

/** Each answer is lost once, when Redmine has done what was asked. */
async function lostAnswers(t: TestContext, given: RedmineFacts): Promise<void> {
  const proxy = await startRedmineProxy(fact(given, "REDMINE_URL"), fact(given, "REDMINE_API_KEY"));
  const fixture = await redmineFixture({ ...given, REDMINE_URL: proxy.url });
  const connector = await fixture.open();
  t.after(async () => {
    await connector.close();
    await fixture.close();
    proxy.close();
  });
  const { signal } = new AbortController();
  const port = connector.attachments ?? assert.fail("no attachments");
  const [outcome] = await connector.create("issue", [{ ref: "a", fields: { subject: "lost answers" } }], signal);
  const record = outcome?.ok === true ? outcome.record.id : assert.fail("no issue");
  const files = async () => (await port.list("issue", [record], signal)).get(record) ?? [];
  const lose = (what: RegExp) => {
    proxy.switches.lose = (line) => {
      if (!what.test(line)) return false;
      proxy.switches.lose = () => false;
      return true;
    };
  };

  lose(/^PUT .*issues/);
  const added = await port.add("issue", record, draftOf("a.txt", "one", "why"), signal);
  assert.deepEqual(await files(), [added]);
  assert.equal(added.url, `${proxy.url}/attachments/download/${added.id}`);

  lose(/^POST .*uploads/);
  const error = await fails(port.add("issue", record, draftOf("b.txt", "two"), signal), "unavailable");
  assert.equal(error.stored, "no");
  assert.deepEqual(await files(), [added]);

  lose(/^PATCH/);
  const how = { content: false, description: true };
  const described = await port.change("issue", record, added, draftOf("c.txt", "one", "because"), how, signal);
  assert.deepEqual([described.name, described.description], ["c.txt", "because"]);

  lose(/^DELETE/);
  await port.remove("issue", record, described, signal);
  assert.deepEqual(await files(), []);
}
