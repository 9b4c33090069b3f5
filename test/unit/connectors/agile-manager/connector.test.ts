import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Connector } from "../../../../daemon/core/connector.ts";
import type { TrackerRecord } from "../../../../daemon/core/record.ts";
import { type AgileManagerFixture, agileManagerFixture, kindOf } from "../../../contract/agile-manager-fixture.ts";

const signal = new AbortController().signal;

async function collect(connector: Connector, since: string | null, fields: readonly string[] = ["name"]) {
  const records: TrackerRecord[] = [];
  let asOf: string | null = null;
  for await (const page of connector.changes({ entity: "defect", fields, since }, signal)) {
    records.push(...page.records);
    asOf = page.asOf;
  }
  return { records, asOf };
}

describe("agile-manager connector against the simulator", () => {
  let site: AgileManagerFixture;
  let connector: Connector;

  before(async () => {
    site = await agileManagerFixture({}, { fields: { user_03: "string" } });
    connector = await site.open();
  });
  after(async () => {
    await connector.close();
    await site.close();
  });

  test("lists only defects, and costs one request when nothing changed", async () => {
    const { records, asOf } = await collect(connector, null);
    const items = site.simulator.admin.list("backlog_items");
    const defects = items.filter((item) => item["subtype"] === "defect").map((item) => String(item["id"]));
    assert.deepEqual(
      records.map((record) => record.id),
      defects,
    );
    assert.match(asOf ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    await site.tick();
    await site.tick();
    site.simulator.traffic.reset();
    const later = new Date(Date.parse(asOf ?? "") + 3_000).toISOString().slice(0, 19);
    assert.equal((await collect(connector, `${later}Z`)).records.length, 0);
    assert.equal(site.simulator.traffic.total(), 1);
  });

  test("release, sprint and team of one record go in one PUT, and its answer is enough", async () => {
    const { admin } = site.simulator;
    const [one, two] = admin.list("releases").map((release) => Number(release["id"]));
    const item = admin.create("backlog_items", { subtype: "defect", name: "x", release_id: one });
    const sprints = await connector.directory("sprint", signal);
    const sprint = sprints.find((entry) => entry.parent === String(two))?.id ?? null;
    const team = String(admin.create("teams", { name: "Everywhere" }));
    const fields = { team_id: team, sprint_id: sprint, release_id: String(two) };
    site.simulator.traffic.reset();
    const [outcome] = await connector.update("defect", [{ id: String(item), fields }], signal);
    assert.ok(outcome?.ok);
    assert.deepEqual(outcome.record.fields, fields);
    assert.deepEqual(outcome.faults, []);
    assert.equal(site.simulator.traffic.total(), 1);
  });

  test("a partner's id in a numeric user-defined field is written as a number and found again", async () => {
    const [made] = await connector.create(
      "defect",
      [{ ref: "a", fields: { name: "n", user_01_d: "7654321" } }],
      signal,
    );
    assert.ok(made?.ok);
    assert.equal(site.simulator.admin.get("backlog_items", Number(made.record.id))?.["user_01_d"], 7654321);
    const found = await connector.find("defect", "user_01_d", ["7654321", "7654322"], ["name"], signal);
    assert.deepEqual(
      found.map((record) => [record.id, record.fields]),
      [[made.record.id, { name: "n" }]],
    );
  });

  test("find compares letter by letter although the server does not", async () => {
    const [made] = await connector.create(
      "defect",
      [{ ref: "a", fields: { name: "n", user_03: "It's *a* \\ marker" } }],
      signal,
    );
    assert.ok(made?.ok);
    const found = await connector.find("defect", "user_03", ["It's *a* \\ marker", "it's *A* \\ marker"], [], signal);
    assert.deepEqual(
      found.map((record) => record.id),
      [made.record.id],
    );
  });

  test("describes user-defined fields from what records hold", async () => {
    const [release] = site.simulator.admin.list("releases");
    site.simulator.admin.create("backlog_items", { subtype: "defect", name: "sample", user_09: release?.["id"] });
    const { fields, open } = await connector.describe("defect", signal);
    assert.deepEqual(open, []);
    assert.equal(fields["user_01_d"]?.kind, "number");
    assert.deepEqual([fields["user_02"]?.kind, fields["user_02"]?.multiple], ["option", true]);
    assert.equal(fields["user_04"]?.kind, "date");
    assert.deepEqual([fields["user_09"]?.kind, fields["user_09"]?.target], ["reference", "release"]);
    assert.equal(fields["id"]?.readOnly, true);
    assert.equal(fields["description"]?.markup, "html");
  });

  test("S60 directory gives sprints with their releases, whose names lead their paths", async () => {
    const sprints = await connector.directory("sprint", signal);
    const releases = new Map((await connector.directory("release", signal)).map(({ id, name }) => [id, name]));
    assert.ok(sprints.length > 0);
    assert.ok(sprints.every((sprint) => releases.has(sprint.parent ?? "")));
    assert.ok(sprints.every(({ parent, path, name }) => path === `\\${releases.get(parent ?? "")}\\${name}`));
  });

  test("only what is deleted is gone: a story is another type, and a workspace out of reach says nothing of its records", async () => {
    const { admin } = site.simulator;
    const defect = String(admin.create("backlog_items", { subtype: "defect", name: "d" }));
    const story = String(admin.create("backlog_items", { subtype: "user_story", name: "s" }));
    const where = await connector.whereabouts("defect", [defect, story, "987654321", defect], signal);
    assert.deepEqual(Object.fromEntries(where), { [defect]: "present", [story]: "outside", "987654321": "gone" });
    for (const workspace of [1000, 4711]) {
      const elsewhere = site.connect(site.secret(), { workspace });
      const said = await elsewhere.whereabouts("defect", [defect], signal).then(
        (found) => found.get(defect),
        (error: Error) => error.name,
      );
      assert.ok(said === "hidden" || said === "ConnectorError", said);
      await elsewhere.close();
    }
  });

  test("revoked tokens cost one sign-in, however many calls are under way", async () => {
    site.simulator.admin.revokeTokens();
    site.simulator.traffic.reset();
    await Promise.all([1, 2, 3, 4].map(() => connector.directory("release", signal)));
    assert.equal(site.simulator.traffic.byRoute()["POST /agm/oauth/token"], 1);
  });

  test("a refused sign-in is remembered until the secret changes", async () => {
    const secret = { ...site.secret(), "client-secret": "wrong" };
    const refused = site.connect(secret);
    site.simulator.traffic.reset();
    for (let i = 0; i < 3; i++) assert.equal(await kindOf(() => refused.directory("release", signal)), "auth");
    assert.equal(site.simulator.traffic.total(), 1);
    Object.assign(secret, site.secret());
    assert.equal(await kindOf(() => refused.directory("release", signal)), "no error");
    await refused.close();
  });

  test("tokens and secrets stay out of messages", async () => {
    site.simulator.faults.arm({ kind: "unauthorized", times: 9 });
    const message = await connector.directory("release", signal).then(
      () => "no error",
      (error: Error) => error.message,
    );
    site.simulator.faults.clear();
    assert.match(message, /401/);
    assert.doesNotMatch(message, /\d{6,}_[0-9a-f-]{8,}/);
  });

  for (const kind of ["html", "truncated", "wrong-types"] as const) {
    test(`an answer that is ${kind} names endpoint and request, and begins with what came`, async () => {
      site.simulator.faults.arm({ kind, times: 20, method: "GET", path: "/backlog_items" });
      const error = await collect(connector, null).then(
        () => null,
        (thrown: Error) => thrown,
      );
      site.simulator.faults.clear();
      assert.equal(error?.name, "ConnectorError");
      assert.match(
        error?.message ?? "",
        kind === "truncated" ? /backlog_items/ : /agm: the answer to GET .*backlog_items/,
      );
    });
  }

  test("test() gives a check by name for each thing", async () => {
    const checks = await connector.test(["defect", "sprint", "requirement"], signal);
    assert.deepEqual(
      checks.map(({ name, verdict }) => `${name}: ${verdict}`),
      [
        "sign-in: pass",
        "workspace: pass",
        "clock: pass",
        "entity defect: pass",
        "entity sprint: pass",
        "entity requirement: fail",
      ],
    );
    const elsewhere = site.connect(site.secret(), { workspace: 1000 });
    assert.deepEqual(
      (await elsewhere.test(["defect"], signal)).map(({ name, verdict }) => `${name}: ${verdict}`),
      ["sign-in: pass", "workspace: fail", "clock: pass"],
    );
    await elsewhere.close();
  });
});

test("agile-manager: what a server drops without a word is a fault, also where PUT answers nothing", async () => {
  const site = await agileManagerFixture({ putAnswer: "empty", refuseUnknownFields: false });
  const connector = await site.open();
  const fields = { name: "kept", user_66_d: "dropped" };
  const [made] = await connector.create("defect", [{ ref: "a", fields }], signal);
  assert.ok(made?.ok);
  const [changed] = await connector.update(
    "defect",
    [{ id: made.record.id, fields: { ...fields, name: "new" } }],
    signal,
  );
  assert.ok(changed?.ok);
  assert.deepEqual(changed.record.fields, { name: "new", user_66_d: null });
  for (const { faults } of [made, changed]) {
    assert.deepEqual(
      faults.map((fault) => fault.field),
      ["user_66_d"],
    );
  }
  await connector.close();
  await site.close();
});

test("agile-manager: records whose PUT tells nothing are read back in one request", async () => {
  const site = await agileManagerFixture({ putAnswer: "empty" });
  const connector = await site.open();
  const drafts = ["a", "b", "c", "d", "e"].map((ref) => ({ ref, fields: { name: ref } }));
  const made = await connector.create("defect", drafts, signal);
  const patches = made.map((outcome, i) => ({ id: outcome.ok ? outcome.record.id : "", fields: { name: `new ${i}` } }));
  site.simulator.traffic.reset();
  const outcomes = await connector.update("defect", patches, signal);
  assert.deepEqual(
    outcomes.map((outcome) => outcome.ok && outcome.record.fields["name"]),
    patches.map((patch) => patch.fields.name),
  );
  assert.equal(site.simulator.traffic.total(), 6);
  await connector.close();
  await site.close();
});

test("agile-manager: a comment is a look and a write, and a look after it only where PUT does not show the memo", async () => {
  for (const [putAnswer, looks] of [
    ["full", 1],
    ["bare", 1],
    ["empty", 2],
  ] as const) {
    const site = await agileManagerFixture({ putAnswer });
    const connector = await site.open();
    const [made] = await connector.create("defect", [{ ref: "a", fields: { name: "a" } }], signal);
    assert.ok(made?.ok && connector.comments !== undefined);
    const author = { login: null, name: "Ann" };
    const edit = { kind: "add", body: "<p>said</p>", author, at: null, origin: "alm:1", private: false } as const;
    site.simulator.traffic.reset();
    const stored = await connector.comments.write("defect", made.record.id, [edit], signal);
    assert.equal(site.simulator.traffic.byRoute()["GET /agm/api/workspaces/{id}/backlog_items"], looks, putAnswer);
    assert.equal(site.simulator.traffic.total(), looks + 1, putAnswer);
    const listed = await connector.comments.list("defect", [made.record.id], signal);
    assert.deepEqual(listed.get(made.record.id), stored);
    assert.equal(stored.length, 1);
    await connector.close();
    await site.close();
  }
});

test("agile-manager: one bad draft takes no other with it, and a lost answer leaves open whether it was stored", async () => {
  const site = await agileManagerFixture();
  const connector = await site.open();
  const drafts = ["Low", "No such severity", "High"].map((severity) => ({
    ref: severity,
    fields: { name: "x", severity },
  }));
  const outcomes = await connector.create("defect", drafts, signal);
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.ok ? "ok" : outcome.error.kind)),
    ["ok", "invalid", "ok"],
  );
  for (const kind of ["error-but-stored", "drop-after", "html"] as const) {
    site.simulator.faults.arm({ kind, method: "POST", path: "/backlog_items" });
    const [lost] = await connector.create("defect", [{ ref: "a", fields: { name: "lost" } }], signal);
    assert.ok(lost?.ok === false);
    assert.deepEqual([lost.error.kind, lost.error.stored], ["unavailable", "maybe"], kind);
  }
  await connector.close();
  await site.close();
});

test("agile-manager: a server that refuses large pages and times in queries is read all the same, and it is noted once", async () => {
  const site = await agileManagerFixture({ maxPage: 100, lastModifiedFilter: "refused", gzip: true });
  const connector = await site.open();
  const all = await collect(connector, null);
  await site.tick();
  const changed = all.records[0]?.id ?? "";
  const since = all.asOf ?? "";
  await site.tick();
  await site.edit(changed, { name: "changed meanwhile" });
  for (let i = 0; i < 2; i++) {
    const { records } = await collect(connector, since);
    assert.deepEqual(
      records.map((record) => [record.id, record.fields["name"]]),
      [[changed, "changed meanwhile"]],
    );
  }
  assert.equal(site.notes.length, 2);
  await connector.close();
  await site.close();
});
