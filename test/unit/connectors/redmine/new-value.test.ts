import assert from "node:assert/strict";
import { test } from "node:test";
import { ACCOUNT, type FakeAnswer, fakeRedmine } from "./fake.ts";

const { signal } = new AbortController();

/** A project whose categories and versions can be added to. */
function project() {
  const categories = [{ id: 1, name: "Backend" }];
  const bodies: string[] = [];
  const { connector, requests } = fakeRedmine((request, path): FakeAnswer => {
    if (path === "/users/current.json") return ACCOUNT;
    if (request.method === "POST") bodies.push(String(request.body));
    if (path === "/projects/alpha/versions.json") return { status: 201, json: { version: { id: 7, name: "2.0" } } };
    if (path === "/projects/alpha/issue_categories.json") {
      categories.push({ id: 2, name: "Till" });
      return { status: 201, json: { issue_category: { id: 2, name: "Till" } } };
    }
    if (path === "/projects/alpha.json")
      return { json: { project: { id: 1, name: "Alpha", trackers: [], issue_categories: categories } } };
    if (path === "/issues/1.json" || path === "/issues.json")
      return { json: { issues: [], issue: { id: 1, updated_on: "2026-11-21T22:38:02Z", custom_fields: [] } } };
    return { status: 204 };
  });
  return { connector, requests, bodies };
}

test("X19 versions and categories of the project can be made by their name, and a new category can be written at once", async () => {
  const { connector, requests, bodies } = project();
  const version = await connector.addEntry?.("version", "2.0", null, signal);
  assert.deepEqual(version, { id: "7", name: "2.0", path: "\\2.0", parent: null });
  await connector.addOption?.("issue", "category", "Till", signal);
  assert.deepEqual(bodies, ['{"version":{"name":"2.0"}}', '{"issue_category":{"name":"Till"}}']);
  // Its id is known without another look.
  requests.length = 0;
  await connector.update("issue", [{ id: "1", fields: { category: "Till" } }], signal);
  assert.ok(!requests.includes("GET /projects/alpha.json"));
  assert.ok(requests.includes("PUT /issues/1.json"));
});

test("X19 what only an administrator can make is refused without a request", async () => {
  const { connector, requests } = project();
  await assert.rejects(
    connector.addOption?.("issue", "priority", "Huge", signal) ?? Promise.resolve(),
    /Redmine's API cannot make priority "Huge"/,
  );
  await assert.rejects(
    connector.addEntry?.("issue", "Huge", null, signal) ?? Promise.resolve(),
    /Redmine's API cannot make issue "Huge"/,
  );
  assert.deepEqual(requests, []);
});
