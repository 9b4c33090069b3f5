import assert from "node:assert/strict";
import { test } from "node:test";
import type { AlmSimulator, AlmSwitches } from "../../../../daemon/sandbox/alm/index.ts";
import { type Client, CREDENTIALS, client, DEFECT, entity, fieldsOf, ids, signedIn, start } from "./client.ts";

type Probe = (alm: AlmSimulator, one: Client) => Promise<unknown>;
const AUTH = "/authentication-point/alm-authenticate";
const bulk = { type: "application/json;type=collection" };
const query = (text: string) => `defects?fields=id&query=${encodeURIComponent(text)}`;
const status = async (answer: Promise<{ status: number }>) => (await answer).status;

/** The second, once the first is done. */
function after<T>(_done: unknown, then: T): T {
  return then;
}

/** For each switch: what is asked, and what is seen under each setting. */
const CASES: readonly (readonly [keyof AlmSwitches, Probe, readonly (readonly [unknown, unknown])[]])[] = [
  [
    "expiredStatus",
    async (alm, one) => after(alm.admin.expireSessions(), status(one.get("defects"))),
    [
      [401, 401],
      [403, 403],
    ],
  ],
  [
    "expiredBody",
    expiredBody,
    [
      ["none", ""],
      ["html", "<htm"],
      ["QCRestException", '{"Id'],
    ],
  ],
  [
    "expiredRenews",
    async (alm, one) => after(alm.admin.expireSessions("site"), status(one.get("defects"))),
    [
      [false, 401],
      [true, 200],
    ],
  ],
  [
    "siteIdleMinutes",
    idle,
    [
      [1, 401],
      [60, 200],
    ],
  ],
  [
    "signInIdleMinutes",
    idle,
    [
      [1, 401],
      [60, 200],
    ],
  ],
  [
    "rollingSignIn",
    rolling,
    [
      [false, false],
      [true, true],
    ],
  ],
  [
    "signInStatus",
    async (alm) => status(client(alm).call("POST", AUTH, { body: CREDENTIALS, type: "application/xml" })),
    [
      [200, 200],
      [201, 201],
    ],
  ],
  [
    "siteSessionStatus",
    async (_, one) => status(one.call("POST", "/rest/site-session")),
    [
      [200, 200],
      [201, 201],
    ],
  ],
  [
    "logoutStatus",
    async (_, one) => status(one.call("POST", "/authentication-point/logout")),
    [
      [200, 200],
      [500, 500],
    ],
  ],
  [
    "signedOutStatus",
    signedOut,
    [
      [401, 401],
      [500, 500],
    ],
  ],
  [
    "getLogout",
    async (_, one) => status(one.get("/authentication-point/logout")),
    [
      [true, 200],
      [false, 405],
    ],
  ],
  [
    "xsrf",
    async (_, one) => status(one.post("defects", entity("defect", DEFECT), { headers: { "x-xsrf-token": "" } })),
    [
      [true, 401],
      [false, 201],
    ],
  ],
  [
    "versionNeedsSignIn",
    async (alm) => status(client(alm).get("/rest/sa/version")),
    [
      [true, 401],
      [false, 200],
    ],
  ],
  [
    "foreignProjectStatus",
    async (_, one) => status(one.get("/rest/domains/DEMO/projects/VAULT/defects")),
    [
      [401, 401],
      [403, 403],
      [404, 404],
    ],
  ],
  [
    "internalUrl",
    internalUrl,
    [
      ["http://inside:8080", true],
      [null, false],
    ],
  ],
  [
    "defaultPageSize",
    async (alm, one) => after(fill(alm, 3), ids(await one.get("defects")).length),
    [
      [2, 2],
      [100, 3],
    ],
  ],
  [
    "maxPageSize",
    async (alm, one) => after(fill(alm, 3), ids(await one.get("defects?page-size=max")).length),
    [
      [2, 2],
      [2000, 3],
    ],
  ],
  [
    "overMaxPageSize",
    async (_, one) => status(one.get("defects?page-size=5000")),
    [
      ["cap", 200],
      ["error", 404],
      ["grant", 200],
    ],
  ],
  [
    "zeroStartIndex",
    async (_, one) => status(one.get("defects?start-index=0")),
    [
      ["first", 200],
      ["error", 404],
    ],
  ],
  [
    "querySyntaxStatus",
    async (_, one) => status(one.get("defects?query={id[}")),
    [
      [400, 400],
      [404, 404],
    ],
  ],
  [
    "caseSensitive",
    async (alm, one) => after(fill(alm, 1), ids(await one.get(query("{name[DEFECT*]}"))).length),
    [
      [true, 0],
      [false, 1],
    ],
  ],
  [
    "notMatchesEmpty",
    async (alm, one) => after(fill(alm, 1), ids(await one.get(query("{owner[NOT jane.doe]}"))).length),
    [
      [true, 1],
      [false, 0],
    ],
  ],
  [
    "emptyTest",
    emptyTest,
    [
      ["matches-empty", 1],
      ["matches-nothing", 0],
      ["error", 400],
    ],
  ],
  [
    "referenceSorting",
    referenceSorting,
    [
      ["name", [2, 1]],
      ["id", [1, 2]],
    ],
  ],
  [
    "emptySpelling",
    emptySpelling,
    [
      ["typed", [{}]],
      ["missing", null],
      ["empty-list", []],
      ["empty-object", [{}]],
      ["null", [{ value: null }]],
      ["empty-text", [{ value: "" }]],
    ],
  ],
  [
    "shuffleFields",
    shuffled,
    [
      [true, true],
      [false, false],
    ],
  ],
  [
    "memo",
    memo,
    [
      ["verbatim", "a\nb"],
      ["normalise", "<html><body>\na b\n</body></html>"],
    ],
  ],
  [
    "overlongStatus",
    async (_, one) => status(one.post("defects", entity("defect", { ...DEFECT, "user-05": "x".repeat(31) }))),
    [
      [400, 400],
      [500, 500],
    ],
  ],
  [
    "readOnlyWrites",
    async (_, one) => status(one.post("defects", entity("defect", { ...DEFECT, attachment: "Y" }))),
    [
      ["refuse", 403],
      ["ignore", 201],
    ],
  ],
  [
    "cycleOfOtherRelease",
    foreignCycle,
    [
      ["accept", 201],
      ["refuse", 500],
    ],
  ],
  [
    "topParent",
    async (alm) => alm.admin.get("requirements", alm.admin.create("requirements", {}))?.["parent-id"],
    [
      [0, "0"],
      [-1, "-1"],
    ],
  ],
  [
    "jsonOrderQuirk",
    async (_, one) => status(one.post("requirements", entity("requirement", { "type-id": "3", name: "Q" }))),
    [
      [true, 500],
      [false, 201],
    ],
  ],
  [
    "childrenTouchParent",
    childTouches,
    [
      [true, true],
      [false, false],
    ],
  ],
  [
    "reqTraces",
    async (_, one) => status(one.get("req-traces?fields=id")),
    [
      [true, 200],
      [false, 404],
    ],
  ],
  [
    "releaseLastModified",
    async (_, one) => status(one.get("releases?fields=last-modified")),
    [
      [true, 200],
      [false, 400],
    ],
  ],
  [
    "versionControl",
    checkedIn,
    [
      [true, [403, 200]],
      [false, [200, 200]],
    ],
  ],
  [
    "blockedFiles",
    upload,
    [
      [["exe"], 403],
      [[], 201],
    ],
  ],
  [
    "maxAttachmentBytes",
    upload,
    [
      [2, 500],
      [1000, 201],
    ],
  ],
  [
    "tooLargeStatus",
    (alm, one) => upload(alm, one, Buffer.alloc(31 * 1024 * 1024)),
    [
      [413, 413],
      [500, 500],
    ],
  ],
  [
    "minAttachmentBytes",
    upload,
    [
      [6, 500],
      [5, 201],
    ],
  ],
  [
    "attachmentsById",
    async (alm, one) => {
      await upload(alm, one);
      return status(one.get("defects/1/attachments/1?by-id=true"));
    },
    [
      [true, 200],
      [false, 404],
    ],
  ],
  [
    "urlBytes",
    async (alm, one) => {
      fill(alm, 1);
      alm.admin.attachments.add("defects", 1, { name: "a.url", content: "[InternetShortcut]", link: true });
      return status(one.get("defects/1/attachments/1?by-id=true", { accept: "application/octet-stream" }));
    },
    [
      ["text", 200],
      ["none", 404],
    ],
  ],
  [
    "maxBulk",
    async (_, one) =>
      status(one.post("defects", { entities: [entity("defect", DEFECT), entity("defect", DEFECT)] }, bulk)),
    [
      [1, 400],
      [2, 200],
    ],
  ],
  [
    "bulkCreateStatus",
    async (_, one) => status(one.post("defects", { entities: [entity("defect", DEFECT)] }, bulk)),
    [
      [200, 200],
      [201, 201],
    ],
  ],
  [
    "bulkPartialStatus",
    async (_, one) => status(one.post("defects", { entities: [entity("defect", DEFECT), entity("defect", {})] }, bulk)),
    [
      [409, 409],
      [500, 500],
    ],
  ],
  [
    "bulkOrder",
    bulkOrder,
    [
      ["request", [1, 2]],
      ["reverse", [2, 1]],
    ],
  ],
  [
    "massUpdate",
    async (_, one) => status(one.put("defects", entity("defect", { name: "x" }))),
    [
      ["apply", 200],
      ["refuse", 405],
    ],
  ],
  [
    "lockStatus",
    async (alm, one) => after(fill(alm, 1), status(one.call("POST", "defects/1/lock"))),
    [
      [200, 200],
      [201, 201],
    ],
  ],
  [
    "lockFailureStatus",
    lockedByBob,
    [
      [403, 403],
      [500, 500],
    ],
  ],
  [
    "putReleasesLock",
    putReleasesLock,
    [
      [true, "UNLOCKED"],
      [false, "LOCKED_BY_ME"],
    ],
  ],
  [
    "auditParentType",
    auditParentType,
    [
      ["entity", "defect"],
      ["table", "BUG"],
    ],
  ],
  [
    "auditDeletions",
    auditDeletions,
    [
      [true, 1],
      [false, 0],
    ],
  ],
  [
    "domainsRoot",
    async (_, one) => Object.keys((await one.get("/rest/domains")).json),
    [
      ["bare", ["Domain"]],
      ["wrapped", ["Domains"]],
    ],
  ],
  [
    "collapseSingles",
    async (_, one) => Array.isArray((await one.get("/rest/domains")).json.Domain),
    [
      [true, false],
      [false, true],
    ],
  ],
  [
    "usersJson",
    async (_, one) => Object.keys((await one.get("customization/users")).json),
    [
      ["pascal", ["Users"]],
      ["camel", ["users"]],
    ],
  ],
  [
    "stackTrace",
    async (_, one) => (await one.get("defects/9")).json.StackTrace,
    [
      [null, null],
      ["at com.example", "at com.example"],
    ],
  ],
  [
    "clientTypes",
    async (_, one) => status(one.call("POST", "/rest/site-session", { headers: { "alm-client-type": "sync" } })),
    [
      [["sync"], 201],
      [["other"], 403],
    ],
  ],
  [
    "apiKeyOnly",
    async (alm) => status(client(alm).call("POST", AUTH, { body: CREDENTIALS, type: "application/xml" })),
    [
      [true, 401],
      [false, 200],
    ],
  ],
];

// Settings under which the usual sign-in fails, so that the probe does without it or finds the failure by itself.
const UNSIGNED = new Set<string>(["apiKeyOnly", "clientTypes"]);

for (const [name, probe, expectations] of CASES) {
  test(`switch ${name}: ${expectations.map(([setting]) => JSON.stringify(setting)).join(", ")}`, async (t) => {
    for (const [setting, expected] of expectations) {
      const alm = await start(t, { version: "17", switches: { [name]: setting }, clock: skipping() });
      const one = UNSIGNED.has(name) ? await halfSignedIn(alm) : await signedIn(alm);
      assert.deepEqual(await probe(alm, one), expected, JSON.stringify(setting));
    }
  });
}

test("every switch is tested", async (t) => {
  const { switches } = await start(t);
  const tested = new Set<string>([...CASES.map(([name]) => name), "bulkXml"]);
  assert.deepEqual(
    Object.keys(switches).filter((name) => !tested.has(name)),
    [],
  );
});

/** A clock that stands still but for the jumps that a probe makes. */
const jumps = { by: 0 };

function skipping() {
  jumps.by = 0;
  return { now: () => Date.UTC(2026, 0, 1) + jumps.by };
}

async function idle(_: AlmSimulator, one: Client): Promise<unknown> {
  jumps.by += 2 * 60_000;
  return status(one.get("defects"));
}

async function halfSignedIn(alm: AlmSimulator): Promise<Client> {
  const one = client(alm);
  await one.call("POST", AUTH, { body: CREDENTIALS, type: "application/xml" });
  return one;
}

function fill(alm: AlmSimulator, count: number): void {
  for (let made = 0; made < count; made += 1) alm.admin.create("defects", {});
}

async function expiredBody(alm: AlmSimulator, one: Client): Promise<string> {
  alm.admin.expireSessions();
  return (await one.get("defects")).text.slice(0, 4);
}

async function rolling(_: AlmSimulator, one: Client): Promise<boolean> {
  const before = one.cookies.get("LWSSO_COOKIE_KEY") ?? "";
  await one.get("defects");
  const changed = one.cookies.get("LWSSO_COOKIE_KEY") !== before;
  one.cookies.set("LWSSO_COOKIE_KEY", before);
  assert.equal((await one.get("defects")).status, 200);
  return changed;
}

async function signedOut(_: AlmSimulator, one: Client): Promise<number> {
  const cookies = [...one.cookies];
  await one.call("POST", "/authentication-point/logout");
  for (const [name, value] of cookies) one.cookies.set(name, value);
  return status(one.get("defects"));
}

async function internalUrl(alm: AlmSimulator, one: Client): Promise<boolean> {
  const made = await one.post("defects", entity("defect", DEFECT));
  const realm = (await client(alm).get("defects")).headers.get("www-authenticate") ?? "";
  const inside = realm.includes("http://inside:8080/qcbin");
  assert.equal(made.headers.get("location")?.startsWith("http://inside:8080/qcbin/"), inside);
  return inside;
}

async function emptyTest(alm: AlmSimulator, one: Client): Promise<number> {
  fill(alm, 1);
  alm.admin.create("defects", { owner: "jane.doe" });
  const answer = await one.get(query('{owner[""]}'));
  return answer.status === 200 ? ids(answer).length : answer.status;
}

async function referenceSorting(alm: AlmSimulator, one: Client): Promise<number[]> {
  for (const name of ["Zulu", "Alpha"]) alm.admin.create("releases", { name });
  for (const release of ["1", "2"]) alm.admin.create("defects", { "target-rel": release });
  return ids(await one.get("defects?order-by={target-rel}"));
}

async function emptySpelling(alm: AlmSimulator, one: Client): Promise<unknown> {
  fill(alm, 1);
  const { Fields } = (await one.get("defects/1")).json;
  assert.ok((await one.get("defects/1", { accept: "application/xml" })).text.includes("Crash") === false);
  return Fields.find((field: { Name: string }) => field.Name === "owner")?.values ?? null;
}

async function shuffled(alm: AlmSimulator, one: Client): Promise<boolean> {
  fill(alm, 2);
  const orders = (await one.get("defects")).json.entities.map((row: { Fields: { Name: string }[] }) =>
    row.Fields.map((field) => field.Name).join(),
  );
  return orders[0] !== orders[1];
}

async function memo(_: AlmSimulator, one: Client): Promise<unknown> {
  return fieldsOf((await one.post("defects", entity("defect", { ...DEFECT, description: "a\nb" }))).json)[
    "description"
  ];
}

async function foreignCycle(alm: AlmSimulator, one: Client): Promise<number> {
  for (const name of ["R1", "R2"]) alm.admin.create("releases", { name });
  alm.admin.create("release-cycles", { name: "C", "parent-id": "2" });
  return status(one.post("defects", entity("defect", { ...DEFECT, "target-rel": "1", "target-rcyc": "1" })));
}

async function childTouches(alm: AlmSimulator, one: Client): Promise<boolean> {
  alm.admin.create("defects", {});
  const before = alm.admin.get("defects", 1);
  jumps.by += 1000;
  await one.call("POST", "defects/1/attachments", {
    body: "x",
    type: "application/octet-stream",
    headers: { slug: "a.txt" },
  });
  const after = alm.admin.get("defects", 1);
  assert.notEqual(after?.["ver-stamp"], before?.["ver-stamp"]);
  return after?.["last-modified"] !== before?.["last-modified"];
}

async function checkedIn(alm: AlmSimulator, one: Client): Promise<unknown> {
  alm.admin.create("requirements", { name: "Q" });
  const change = entity("requirement", { name: "R" });
  const before = await status(one.put("requirements/1", change));
  if (before !== 200) {
    assert.equal((await one.call("POST", "requirements/1/versions/check-out")).status, 200);
  }
  const after = await status(one.put("requirements/1", change));
  if (before !== 200) assert.equal((await one.call("POST", "requirements/1/versions/check-in")).status, 200);
  return [before, after];
}

async function upload(
  alm: AlmSimulator,
  one: Client,
  body: string | Uint8Array<ArrayBuffer> = "bytes",
): Promise<number> {
  fill(alm, 1);
  return status(
    one.call("POST", "defects/1/attachments", {
      body,
      type: "application/octet-stream",
      headers: { slug: "a.exe" },
    }),
  );
}

async function bulkOrder(_: AlmSimulator, one: Client): Promise<number[]> {
  return ids(await one.post("defects", { entities: [entity("defect", DEFECT), entity("defect", DEFECT)] }, bulk));
}

async function lockedByBob(alm: AlmSimulator, one: Client): Promise<number> {
  fill(alm, 1);
  alm.admin.lock("defects", 1, "bob");
  return status(one.put("defects/1", entity("defect", { name: "x" })));
}

async function putReleasesLock(alm: AlmSimulator, one: Client): Promise<unknown> {
  fill(alm, 1);
  const change = entity("defect", { name: "x" });
  const lockStatus = async () => (await one.get("defects/1/lock")).json.LockStatusEntity.LockStatus;
  await one.call("POST", "defects/1/lock");
  await one.put("defects/1", change, { headers: { "X-ALM-keep-lock": "true" } });
  assert.equal(await lockStatus(), "LOCKED_BY_ME");
  await one.put("defects/1", change);
  return lockStatus();
}

async function auditParentType(alm: AlmSimulator, one: Client): Promise<unknown> {
  fill(alm, 1);
  await one.put("defects/1", entity("defect", { status: "Open" }));
  return (await one.get("defects/1/audits")).json.Audits.Audit.ParentType;
}

async function auditDeletions(alm: AlmSimulator, one: Client): Promise<unknown> {
  fill(alm, 1);
  await one.call("DELETE", "defects/1");
  return (await one.get("audits")).json.Audits.TotalResults;
}
