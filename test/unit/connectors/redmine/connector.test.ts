import assert from "node:assert/strict";
import { test } from "node:test";
import type { Connector } from "../../../../daemon/core/connector.ts";
import { ConnectorError } from "../../../../daemon/core/errors.ts";
import { ACCOUNT, fakeRedmine, issue } from "./fake.ts";

const signal = new AbortController().signal;

async function list(connector: Connector, since: string | null = null, fields: readonly string[] = ["subject"]) {
  const records = [];
  for await (const page of connector.changes({ entity: "issue", fields, since }, signal)) records.push(...page.records);
  return records;
}

async function failure(call: () => Promise<unknown>): Promise<ConnectorError> {
  const error = await call().then(
    () => new Error("no error"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ConnectorError, String(error));
  return error;
}

test("an empty list counts only from an account that was asked for just then", async () => {
  const secret = { "api-key": "old-key" };
  const { connector, requests } = fakeRedmine(
    (request, path) => {
      const valid = request.headers?.["x-redmine-api-key"] === secret["api-key"];
      if (path === "/users/current.json") return valid ? ACCOUNT : { status: 401 };
      const issues = valid ? [issue(1)] : [];
      return { json: { issues, total_count: issues.length } };
    },
    {},
    secret,
  );
  assert.equal((await list(connector)).length, 1);
  assert.deepEqual(requests, ["GET /users/current.json", "GET /issues.json"]);
  // The key is replaced while the daemon runs: the old one sees an empty list, never an error.
  secret["api-key"] = "new-key";
  assert.equal((await list(connector)).length, 1);
});

test("a key that the server refuses is an error of sign-in, asked for once", async () => {
  const { connector, requests } = fakeRedmine(() => ({ status: 401 }));
  for (let i = 0; i < 3; i++) assert.equal((await failure(() => list(connector))).kind, "auth");
  assert.equal(requests.length, 1);
});

test("the times asked for begin a second early, and what is older is left out again", async () => {
  const asked: string[] = [];
  const { connector } = fakeRedmine((_, path, query) => {
    if (path === "/users/current.json") return ACCOUNT;
    asked.push(query.get("updated_on") ?? "", query.get("status_id") ?? "", query.get("sort") ?? "");
    const issues = [issue(1, { updated_on: "2026-11-22T00:00:01Z" }), issue(2, { updated_on: "2026-11-22T00:00:02Z" })];
    return { json: { issues, total_count: 2 } };
  });
  const found = await list(connector, "2026-11-22T00:00:02Z");
  assert.deepEqual(
    found.map((record) => record.id),
    ["2"],
  );
  assert.deepEqual(asked, [">=2026-11-22T00:00:01Z", "*", "id"]);
});

test("without a Date header the server's clock is reckoned from the latest change seen and the time since", async () => {
  const clock = { now: 5_000 };
  const answers = { issues: [issue(1, { updated_on: "2026-11-22T10:00:00Z" })] };
  const { connector } = fakeRedmine(
    (_, path) => {
      const json = { issues: answers.issues, total_count: answers.issues.length };
      return path === "/users/current.json" ? { ...ACCOUNT, date: null } : { json, date: null };
    },
    {},
    { "api-key": "k" },
    () => clock.now,
  );
  const asOf = async () => {
    for await (const page of connector.changes({ entity: "issue", fields: [], since: null }, signal)) return page.asOf;
    return "no page";
  };
  assert.equal(await asOf(), null);
  clock.now += 90_000;
  assert.equal(await asOf(), "2026-11-22T10:01:30Z");
  answers.issues = [issue(1, { updated_on: "2026-11-22T10:01:45Z" })];
  assert.equal(await asOf(), "2026-11-22T10:01:45Z");
  answers.issues = [];
  clock.now += 1_000;
  assert.equal(await asOf(), "2026-11-22T10:01:46Z");
});

test("answers that are no JSON, broken off, or of other types name endpoint and request", async () => {
  for (const answer of [
    { text: "<html>Sign in</html>" },
    { text: '{"issues":[{"id":1,' },
    { json: { issues: "none", total_count: 0 } },
    { json: { issues: [issue(1)], total_count: "1" } },
    { json: { issues: [{ ...issue(1), id: "1" }], total_count: 1 } },
    { json: { issues: [{ ...issue(1), subject: 5 }], total_count: 1 } },
    { json: { issues: [{ ...issue(1), updated_on: null }], total_count: 1 } },
  ]) {
    const { connector } = fakeRedmine((_, path) => (path === "/users/current.json" ? ACCOUNT : answer));
    const error = await failure(() => list(connector));
    assert.match(error.message, /^red: the answer to GET \/issues\.json\?project_id=alpha.* It begins: /);
    assert.equal(error.kind, "unavailable");
  }
});

test("a lost race between writers is repeated, and a lasting one is a conflict", async () => {
  const state = { losses: 2 };
  const { connector, requests } = fakeRedmine((request, path) => {
    if (path === "/users/current.json") return ACCOUNT;
    if (path.endsWith("/memberships.json")) return { json: { memberships: [], total_count: 0 } };
    if (request.method === "PUT") return state.losses-- > 0 ? { status: 422, json: { errors: [] } } : { status: 204 };
    return { json: { issues: [issue(7, { subject: "new" })], total_count: 1 } };
  });
  const patch = { id: "7", fields: { subject: "new" } };
  const [won] = await connector.update("issue", [patch], signal);
  assert.ok(won?.ok);
  assert.equal(requests.filter((request) => request.startsWith("PUT")).length, 3);
  state.losses = 99;
  const [lost] = await connector.update("issue", [patch], signal);
  assert.ok(lost?.ok === false);
  assert.equal(lost.error.kind, "conflict");
});

test("a change that is refused for several reasons names one field with its own reason; a creation tells all of them", async () => {
  const errors = [
    "Subject is too long",
    "% Done is not included in the list",
    "Due date must be greater than start date",
  ];
  const { connector } = fakeRedmine((request, path) => {
    if (path === "/users/current.json") return ACCOUNT;
    if (path.endsWith("/memberships.json")) return { json: { memberships: [], total_count: 0 } };
    if (path === "/projects/alpha.json") return { json: { project: { id: 1, name: "Alpha", trackers: [] } } };
    if (request.method === "GET") return { json: { issues: [], total_count: 0 } };
    return { status: 422, json: { errors } };
  });
  const refused = async (fields: Record<string, string>) => {
    const [outcome] = await connector.update("issue", [{ id: "7", fields }], signal);
    assert.ok(outcome?.ok === false);
    return [outcome.error.field, outcome.error.message];
  };
  const put = "red: PUT /issues/7.json answered 422: ";
  assert.deepEqual(await refused({ done_ratio: "200", due_date: "2026-01-01" }), ["done_ratio", `${put}${errors[1]}`]);
  assert.deepEqual(await refused({ due_date: "2026-01-01" }), ["due_date", `${put}${errors[2]}`]);
  assert.deepEqual(await refused({ is_private: "true" }), [null, put + errors.join("; ")]);
  const [outcome] = await connector.create("issue", [{ ref: "a", fields: { subject: "x" } }], signal);
  assert.ok(outcome?.ok === false);
  assert.equal(outcome.error.field, "subject");
  assert.ok(outcome.error.message.endsWith(errors.join("; ")), outcome.error.message);
});

test("an issue that is out of reach does not make the whole account so", async () => {
  const { connector } = fakeRedmine((request, path) => {
    if (path === "/users/current.json") return ACCOUNT;
    if (path.endsWith("/memberships.json")) return { json: { memberships: [], total_count: 0 } };
    return request.method === "PUT" ? { status: 403 } : { json: { issues: [], total_count: 0 } };
  });
  const [outcome] = await connector.update("issue", [{ id: "7", fields: { subject: "x" } }], signal);
  assert.ok(outcome?.ok === false);
  assert.equal(outcome.error.kind, "invalid");
});

test("several creations are read back in one request, and nothing is sent that has no wire form", async () => {
  const made: unknown[] = [];
  const { connector, requests } = fakeRedmine((request, path, query) => {
    if (path === "/users/current.json") return ACCOUNT;
    if (path.endsWith("/memberships.json")) return { json: { memberships: [], total_count: 0 } };
    if (path === "/projects/alpha.json")
      return { json: { project: { id: 1, name: "Alpha", trackers: [], issue_categories: [] } } };
    if (path === "/enumerations/issue_priorities.json")
      return { json: { issue_priorities: [{ id: 2, name: "Normal" }] } };
    if (request.method === "POST") {
      made.push(JSON.parse(String(request.body)));
      return { status: 201, json: { issue: issue(made.length) } };
    }
    const ids = (query.get("issue_id") ?? "").split(",").map(Number);
    return { json: { issues: ids.map((id) => issue(id, { subject: "s" })), total_count: ids.length } };
  });
  const drafts = ["a", "b", "c"].map((ref) => ({ ref, fields: { subject: "s", priority: "Dire" } }));
  const outcomes = await connector.create("issue", drafts, signal);
  assert.deepEqual(
    outcomes.map((outcome) => outcome.ok && [outcome.record.id, outcome.faults.map((fault) => fault.field)]),
    ["1", "2", "3"].map((id) => [id, ["priority"]]),
  );
  assert.deepEqual(made[0], { issue: { project_id: 1, subject: "s" } });
  assert.equal(requests.filter((request) => request === "GET /issues.json").length, 1);
});

test("a mapped field that is not there is refused: read as empty it would empty the other side", async () => {
  const { connector } = fakeRedmine((_, path) => {
    if (path === "/users/current.json") return ACCOUNT;
    const custom_fields = [
      { id: 3, name: "Score", value: "1.50" },
      { id: 8, name: "Twin", value: "a" },
      { id: 9, name: "Twin", value: "b" },
    ];
    return { json: { issues: [issue(1, { custom_fields }), issue(2)], total_count: 2 } };
  });
  for (const name of ["No such label", "cf_77", "Twin"]) {
    const error = await failure(() => list(connector, null, [name]));
    assert.deepEqual([error.kind, error.field], ["invalid", name]);
  }
  const found = await list(connector, null, ["Score", "cf_8"]);
  assert.deepEqual(
    found.map((record) => record.fields),
    [{ Score: "1.50", cf_8: "a" }, {}],
  );
});

test("E135 a required custom field that has a default is told as one that the server fills in by itself", async () => {
  const of = (id: number, name: string, default_value: string | null) => ({
    ...{ id, name, customized_type: "issue", field_format: "string", is_required: true, default_value },
  });
  const { connector } = fakeRedmine((_, path) => {
    if (path === "/users/current.json") return { json: { user: { id: 1, login: "bot", admin: true } } };
    if (path === "/custom_fields.json")
      return { json: { custom_fields: [of(1, "Origin", "unknown"), of(2, "Key", "")] } };
    if (path === "/projects/alpha.json")
      return { json: { project: { id: 1, name: "Alpha", trackers: [], issue_categories: [] } } };
    const empty = ["issues", "memberships", "users", "issue_statuses", "issue_priorities"].map(
      (key) => [key, []] as const,
    );
    return { json: { ...Object.fromEntries(empty), total_count: 0 } };
  });
  const { fields } = await connector.describe("issue", signal);
  assert.deepEqual([fields["Origin"]?.required, fields["Origin"]?.defaulted], [true, true]);
  assert.deepEqual([fields["Key"]?.required, fields["Key"]?.defaulted], [true, undefined]);
});
