import assert from "node:assert/strict";
import { test } from "node:test";
import { credentials, openSite } from "./site.ts";

const PATH = "/agm/oauth/token";

test("a token is granted for a form body, a query string, POST and GET, in the documented form", async (t) => {
  const { simulator, raw } = await openSite(t);
  const form = await raw("POST", PATH, { body: credentials(simulator) });
  assert.equal(form.status, 200);
  assert.match(form.json.access_token, /^\d+_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.deepEqual(
    { ...form.json, access_token: "" },
    { access_token: "", token_type: "bearer", expires_in: 3599, scope: "read trust write" },
  );
  for (const method of ["POST", "GET"]) {
    const query = await raw(method, `${PATH}?${credentials(simulator)}`);
    assert.equal(query.json.access_token, form.json.access_token, method);
  }
});

test("the same token comes back until expiry with fewer seconds, then a new one; switched, a new one each time", async (t) => {
  const { simulator, raw, clock } = await openSite(t);
  const ask = async () => (await raw("POST", PATH, { body: credentials(simulator) })).json;
  const first = await ask();
  clock.time += 1_000_000;
  const second = await ask();
  assert.equal(second.access_token, first.access_token);
  assert.equal(second.expires_in, 2599);
  clock.time += 2_600_000;
  const third = await ask();
  assert.notEqual(third.access_token, first.access_token);
  assert.equal(third.expires_in, 3599);

  const other = await openSite(t, { switches: { tokenRenewal: "new" } });
  const one = await other.token();
  const two = await other.token();
  assert.notEqual(one, two);
  for (const token of [one, two]) {
    const answer = await other.raw("GET", "/agm/api/workspaces", { headers: { Authorization: `bearer ${token}` } });
    assert.equal(answer.status, 200);
  }
});

test("wrong credentials are 401 invalid_client, a wrong grant 400, another method 405", async (t) => {
  const { simulator, raw } = await openSite(t);
  for (const change of [{ client_id: "x" }, { client_secret: "x" }]) {
    const answer = await raw("POST", PATH, { body: credentials(simulator, change) });
    assert.equal(answer.status, 401);
    assert.deepEqual(answer.json, { error: "invalid_client", error_description: "Bad client credentials" });
  }
  const grant = await raw("POST", PATH, { body: credentials(simulator, { grant_type: "password" }) });
  assert.equal(grant.status, 400);
  assert.equal(grant.json.error, "unsupported_grant_type");
  assert.equal((await raw("PUT", PATH, { body: credentials(simulator) })).status, 405);
});

test("a path that cannot be decoded is a stranger's 401 first, and names nothing afterwards; two slashes at the front are one", async (t) => {
  const { raw, token } = await openSite(t);
  const headers = { Authorization: `bearer ${await token()}` };
  assert.equal((await raw("GET", "/agm/api/workspaces/%E0%A4%A")).status, 401);
  assert.equal((await raw("GET", "/agm/api/workspaces/%E0%A4%A", { headers })).status, 404);
  assert.equal((await raw("GET", "//agm/api/workspaces", { headers })).status, 200);
});

test("401 comes before any look at the request, in its three forms", async (t) => {
  const { simulator, raw, token, clock } = await openSite(t, { switches: { tokenLife: 60, errorBody: "alm" } });
  const bad = "/agm/api/workspaces/77/nonsense?query=((";
  const none = await raw("PUT", bad, { body: "{" });
  assert.equal(none.status, 401);
  assert.deepEqual(none.json, {
    error: "unauthorized",
    error_description: "An Authentication object was not found in the SecurityContext",
  });
  const unknown = await raw("GET", bad, { headers: { Authorization: "bearer 1_x" } });
  assert.equal(unknown.status, 401);
  assert.deepEqual(unknown.json, { error: "invalid_token", error_description: "Invalid access token: 1_x" });
  const own = await token();
  clock.time += 60_000;
  const expired = await raw("GET", bad, { headers: { Authorization: `bearer ${own}` } });
  assert.equal(expired.status, 401);
  assert.deepEqual(expired.json, { error: "invalid_token", error_description: `Access token expired: ${own}` });
  assert.equal(simulator.traffic.byRoute()["GET /agm/api/workspaces/{id}/nonsense"], 2);
});

test("the scheme's case does not matter; revoked tokens are unknown", async (t) => {
  const { simulator, raw, token } = await openSite(t);
  const own = await token();
  const ask = (scheme: string) => raw("GET", "/agm/api/workspaces", { headers: { Authorization: `${scheme} ${own}` } });
  for (const scheme of ["bearer", "Bearer", "BEARER"]) assert.equal((await ask(scheme)).status, 200);
  assert.equal((await ask("Basic")).status, 401);
  simulator.admin.revokeTokens();
  assert.equal((await ask("bearer")).json.error, "invalid_token");
  assert.notEqual(await token(), own);
});

test("the fault `unauthorized` ends the session for good", async (t) => {
  const { simulator, raw, token } = await openSite(t);
  const init = { headers: { Authorization: `bearer ${await token()}` } };
  simulator.faults.arm({ kind: "unauthorized" });
  assert.equal((await raw("GET", "/agm/api/workspaces", init)).status, 401);
  assert.equal((await raw("GET", "/agm/api/workspaces", init)).status, 401);
});

test("the Date header follows the simulator's clock", async (t) => {
  const { get } = await openSite(t);
  assert.equal((await get("releases")).headers.get("date"), "Mon, 02 Mar 2026 08:15:30 GMT");
});
