import assert from "node:assert/strict";
import { after, type TestContext, test } from "node:test";
import { connectorTypes } from "../../daemon/connectors/registry.ts";
import { createHttp } from "../../daemon/lib/http.ts";
import { type AgileManagerSimulator, startAgileManagerSimulator } from "../../daemon/sandbox/agile-manager/index.ts";
import { startAlmSimulator } from "../../daemon/sandbox/alm/index.ts";
import { secretOf } from "../support/alm-pair.ts";
import { closeLinkBenches, openLinkBench } from "../support/link-bench.ts";
import { messagesOf, writtenBy } from "../support/run-report.ts";

after(closeLinkBenches);

const LINKS = `[links.defects]
alm = "defect"
agm = "defect"
marker = { alm = "user-04", agm = "user_01_d" }
conflict = "alm"
constants.alm = { detected-by = "sync", severity = "2-Medium", creation-time = "2026-11-01" }
fields = { name = "name" }
entity_links = {}
[links.stories]
alm = "requirement"
agm = "user_story"
marker = { alm = "user-01", agm = "user_06_s" }
conflict = "alm"
constants.alm = { type-id = "3" }
fields = { name = "name" }
entity_links = {}
`;

async function open(t: TestContext, entityLinks: "none" | "assumed") {
  const alm = await startAlmSimulator({ content: "empty" });
  t.after(() => alm.close());
  const agm = await startAgileManagerSimulator({ content: "empty", switches: { entityLinks } });
  t.after(() => agm.close());
  const mapping = `[endpoints.alm]
type = "alm"
url = "${alm.url}"
domain = "DEMO"
project = "PAYMENTS"
zone = "Europe/Berlin"
secret = "alm"
[endpoints.agm]
type = "agile-manager"
url = "${agm.url}"
workspace = 1003
secret = "agm"
fields = { user_01_d = "number", user_06_s = "number" }
${LINKS}`;
  const bench = await openLinkBench(mapping, { alm: secretOf(alm), agm: agmSecret(agm) });
  t.after(() => bench.close());
  const defect = (name: string) => alm.admin.create("defects", { name });
  const link = (first: string, type: string, id: string) =>
    alm.admin.create("defect-links", {
      "first-endpoint-id": first,
      "second-endpoint-type": type,
      "second-endpoint-id": id,
    });
  return { ...bench, alm, agm, defect, link };
}

function agmSecret({ access }: AgileManagerSimulator): Readonly<Record<string, string>> {
  return { "client-id": String(access["client-id"]), "client-secret": String(access["client-secret"]) };
}

/** `a - b`, by the items' names. */
function linksOf(agm: AgileManagerSimulator): readonly string[] {
  const name = (ref: unknown) => String(agm.admin.get("backlog_items", (ref as { id: number }).id)?.["name"]);
  return agm.admin
    .list("entity_links")
    .map((row) => [name(row["source_id"]), name(row["target_id"])].sort().join(" - "))
    .sort();
}

test("S33 S37 S38 T31 where Agile Manager's server has links (our assumption of them), defects and stories are linked as in ALM", async (t) => {
  const { alm, agm, run, defect, link } = await open(t, "assumed");
  const [a, b] = [defect("a"), defect("b")];
  const [r, s] = ["r", "s"].map((name) => alm.admin.create("requirements", { name })) as [string, string];
  link(a, "defect", b);
  link(b, "requirement", r);
  alm.admin.create("req-traces", { "from-req-id": r, "to-req-id": s });
  assert.match(messagesOf(await run("defects")), /requirement 1 has no partner in agm yet/);
  assert.deepEqual(linksOf(agm), ["a - b"]);
  await run("stories");
  assert.deepEqual(linksOf(agm), ["a - b", "r - s"]);
  await run("defects");
  assert.deepEqual(linksOf(agm), ["a - b", "b - r", "r - s"]);
  for (const full of [false, true])
    for (const name of ["defects", "stories"]) assert.equal(writtenBy(await run(name, { full })), 0);

  // Back: a story linked to a defect by somebody in Agile Manager, and a link that goes.
  const item = (name: string) => Number(agm.admin.list("backlog_items").find((one) => one["name"] === name)?.["id"]);
  agm.admin.create("entity_links", { source_id: item("s"), target_id: item("a") });
  const first = agm.admin.list("entity_links").find((row) => (row["source_id"] as { id: number }).id === item("r"));
  agm.admin.remove("entity_links", Number(first?.["id"]));
  await run("defects", { full: true });
  await run("stories", { full: true });
  assert.equal(alm.admin.list("req-traces").length, 0);
  const made = alm.admin.list("defect-links").at(-1);
  assert.deepEqual(
    [made?.["first-endpoint-id"], made?.["second-endpoint-type"], made?.["second-endpoint-id"]],
    [a, "requirement", s],
  );
  assert.deepEqual(linksOf(agm), ["a - b", "a - s", "b - r"]);
  for (const name of ["defects", "stories"]) assert.equal(writtenBy(await run(name, { full: true })), 0);
});

test("S31-like: a server of Agile Manager without links: runs pass, a full one says so, and the connection's test too", async (t) => {
  const { alm, agm, run, defect, link } = await open(t, "none");
  link(defect("a"), "defect", defect("b"));
  const first = await run("defects");
  assert.deepEqual([first.status, first.counts["agm"]?.created, messagesOf(first)], ["passed", 2, ""]);
  const full = await run("defects", { full: true });
  assert.deepEqual([full.status, writtenBy(full)], ["passed", 0]);
  assert.match(
    messagesOf(full),
    /agm: : entity links are not available on this server: Agile Manager's public API has no/,
  );
  assert.equal(alm.admin.list("defect-links").length, 1);

  const type = connectorTypes.find((one) => one.type === "agile-manager") ?? assert.fail();
  const parsed = type.settings({ url: agm.url, workspace: 1003 });
  assert.ok(parsed.ok);
  const http = createHttp({ userAgent: "test", now: Date.now, random: () => 0, sleep: async () => undefined });
  const host = { endpoint: "agm", http, now: Date.now, note: () => undefined, secret: async () => agmSecret(agm) };
  const connector = type.open(parsed.value, host);
  t.after(() => connector.close());
  const checks = await connector.test(["defect", "release"], new AbortController().signal);
  const told = checks.filter(({ name }) => name.includes("entity links"));
  assert.deepEqual(
    told.map(({ name, verdict }) => [name, verdict]),
    [["defect: entity links", "warning"]],
  );
  assert.match(told[0]?.message ?? "", /^not available on this server/);
});
