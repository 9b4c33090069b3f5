import assert from "node:assert/strict";
import { test } from "node:test";
import { CREDENTIALS, client, DEFECT, entity, signedIn, start } from "./client.ts";

const AUTH = "/authentication-point/alm-authenticate";

test("alm-authenticate sets the sign-in cookie only, and a wrong password gets 401 ALMAUTH", async (t) => {
  const alm = await start(t);
  const one = client(alm);
  const good = await one.call("POST", AUTH, { body: CREDENTIALS, type: "application/xml" });
  assert.equal(good.status, 200);
  assert.deepEqual([...one.cookies.keys()], ["LWSSO_COOKIE_KEY"]);
  const bad = await client(alm).call("POST", AUTH, {
    body: CREDENTIALS.replace("sync-secret", ""),
    type: "application/xml",
  });
  assert.equal(bad.status, 401);
  assert.equal(bad.headers.get("www-authenticate"), "ALMAUTH");
});

test("alm-authenticate takes JSON from 17 on, and is missing on 11", async (t) => {
  const body = JSON.stringify({ "alm-authentication": { user: "sync", password: "sync-secret" } });
  assert.equal((await client(await start(t, { version: "17" })).call("POST", AUTH, { body })).status, 200);
  assert.equal((await client(await start(t, { version: "12.55" })).call("POST", AUTH, { body })).status, 415);
  assert.equal((await client(await start(t, { version: "11" })).call("POST", AUTH, { body })).status, 404);
});

test("a stranger gets 401 with the LWSSO realm and a page", async (t) => {
  const alm = await start(t);
  for (const path of ["/rest/is-authenticated", "/rest/site-session", "/rest/domains", "defects"]) {
    const answer = await client(alm).get(path, { accept: "application/xml" });
    assert.equal(answer.status, 401, path);
    assert.equal(answer.headers.get("www-authenticate"), `LWSSO realm="${alm.url}/authentication-point"`);
    assert.match(answer.headers.get("content-type") ?? "", /html/);
  }
});

test("a path that cannot be decoded is a stranger's 401 first, and names nothing afterwards", async (t) => {
  const alm = await start(t);
  const path = "/rest/domains/%E0%A4%A/projects/PAYMENTS/defects";
  assert.equal((await client(alm).get(path)).status, 401);
  assert.equal((await (await signedIn(alm)).get(path)).status, 404);
});

test("is-authenticated names the user in XML only; its v2 form in JSON only", async (t) => {
  const alm = await start(t, { version: "26.1" });
  const one = await signedIn(alm);
  const answer = await one.get("/rest/is-authenticated", { accept: "application/xml" });
  assert.match(answer.text, /<AuthenticationInfo><Username>sync<\/Username><\/AuthenticationInfo>/);
  assert.equal((await one.get("/rest/is-authenticated")).status, 406);
  assert.deepEqual((await one.get("/v2/rest/is-authenticated")).json, { AuthenticationInfo: { Username: "sync" } });
});

test("project calls need a site session from 12 on; on 11 the first call opens one", async (t) => {
  const modern = client(await start(t));
  await modern.call("POST", AUTH, { body: CREDENTIALS, type: "application/xml" });
  assert.equal((await modern.get("defects")).status, 401);
  const opened = await modern.call("POST", "/rest/site-session", {
    body: "<session-parameters><client-type>Issue sync</client-type><time-out>60</time-out></session-parameters>",
    type: "application/xml",
  });
  assert.equal(opened.status, 201);
  for (const name of ["QCSession", "XSRF-TOKEN", "ALM_USER"]) assert.ok(modern.cookies.has(name), name);
  assert.equal((await modern.get("defects")).status, 200);

  const old = client(await start(t, { version: "11" }));
  const authorization = `Basic ${Buffer.from("sync:sync-secret").toString("base64")}`;
  assert.equal((await old.get("/authentication-point/authenticate", { headers: { authorization } })).status, 200);
  assert.equal((await old.get("defects")).status, 200);
  assert.ok(old.cookies.has("QCSession"));
  assert.equal((await old.call("POST", "/rest/site-session")).status, 404);
});

test("Basic, form and the deprecated sign-in work; Basic refuses with its own realm", async (t) => {
  const alm = await start(t);
  const authorization = `Basic ${Buffer.from("sync:sync-secret").toString("base64")}`;
  const refused = await client(alm).get("/authentication-point/authenticate");
  assert.equal(refused.status, 401);
  assert.match(refused.headers.get("www-authenticate") ?? "", /^basic realm=/i);
  const whole = client(alm);
  assert.equal((await whole.call("POST", "/api/authentication/sign-in", { headers: { authorization } })).status, 200);
  assert.equal((await whole.get("defects")).status, 200);
  const form = client(alm);
  const type = "application/x-www-form-urlencoded";
  const sent = await form.call("POST", "/authentication-point/j_spring_security_check", {
    body: "j_username=sync&j_password=sync-secret",
    type,
  });
  assert.equal(sent.status, 200);
  assert.ok(form.cookies.has("LWSSO_COOKIE_KEY"));
});

test("an API key signs in with all cookies at once; a wrong secret 401, an inactive key 403, 12.55 knows none", async (t) => {
  const alm = await start(t, { version: "16" });
  const one = client(alm);
  const login = (secret: string, clientId = "apikey-abcdefghijklmnop") =>
    one.post("/rest/oauth2/login", { clientId, secret });
  assert.equal((await login("wrong")).status, 401);
  assert.equal((await login("switched-off", "apikey-switchedoff")).status, 403);
  assert.equal((await login("qrstuvwxyz")).status, 200);
  for (const name of ["LWSSO_COOKIE_KEY", "QCSession", "XSRF-TOKEN", "ALM_USER"])
    assert.ok(one.cookies.has(name), name);
  assert.equal((await one.post("defects", entity("defect", DEFECT))).status, 201);
  const old = client(await start(t, { version: "12.55" }));
  assert.equal((await old.post("/rest/oauth2/login", { clientId: "a", secret: "b" })).status, 404);
});

test("a client type given at sign-in is part of the session: calls without it are refused", async (t) => {
  const one = client(await start(t, { version: "16" }));
  const headers = { "alm-client-type": "my-client" };
  await one.post("/rest/oauth2/login", { clientId: "apikey-abcdefghijklmnop", secret: "qrstuvwxyz" }, { headers });
  assert.equal((await one.get("defects")).status, 401);
  assert.equal((await one.get("defects", { headers })).status, 200);
});

test("XSRF: from 16 on writes need the cookie's value in the header, made-up values included; 12.55 does not ask", async (t) => {
  const alm = await start(t, { version: "16" });
  const one = await signedIn(alm);
  const body = entity("defect", DEFECT);
  const refused = await one.post("defects", body, { headers: { "x-xsrf-token": "other" } });
  assert.equal(refused.status, 401);
  assert.equal(refused.json.Id, "qccore.general-error");
  assert.match(refused.json.Title, /XSRF Token section/);
  assert.equal(refused.json.StackTrace, null);
  assert.equal((await one.get("defects", { headers: { "x-xsrf-token": "other" } })).status, 200);
  one.cookies.set("XSRF-TOKEN", "made-up");
  assert.equal((await one.post("defects", body)).status, 201);
  const old = await signedIn(await start(t, { version: "12.55" }));
  assert.equal((await old.post("defects", body, { headers: { "x-xsrf-token": "other" } })).status, 201);
});

test("sign-out: the site session ends alone, logout ends the sign-in; GET logout is off from 24.1", async (t) => {
  const one = await signedIn(await start(t, { version: "17" }));
  const gone = await one.call("DELETE", "/rest/site-session");
  assert.equal(gone.status, 200);
  assert.match(gone.headers.getSetCookie().join(), /QCSession="";Path=\/;Expires=Thu, 01-Jan-1970/);
  assert.equal((await one.get("/rest/is-authenticated", { accept: "application/xml" })).status, 200);
  assert.equal((await one.get("defects")).status, 401);
  const cookies = new Map(one.cookies);
  assert.equal((await one.get("/authentication-point/logout")).status, 200);
  for (const [name, value] of cookies) one.cookies.set(name, value);
  assert.equal((await one.get("/rest/is-authenticated", { accept: "application/xml" })).status, 401);

  const newest = await signedIn(await start(t, { version: "26.1" }));
  const kept = new Map(newest.cookies);
  assert.equal((await newest.get("/authentication-point/logout")).status, 405);
  assert.equal(
    (await newest.call("POST", "/authentication-point/logout", { headers: { "x-xsrf-token": "" } })).status,
    401,
  );
  assert.equal((await newest.call("POST", "/authentication-point/logout")).status, 200);
  for (const [name, value] of kept) newest.cookies.set(name, value);
  assert.equal((await newest.get("defects")).status, 500);
});

test("a session idles out by the simulator's clock; keep-alive and calls set it back", async (t) => {
  let now = Date.UTC(2026, 0, 5, 8);
  const alm = await start(t, { clock: { now: () => now }, switches: { siteIdleMinutes: 30, signInIdleMinutes: 600 } });
  const one = await signedIn(alm);
  for (const path of ["defects", "/rest/site-session", "defects"]) {
    now += 29 * 60_000;
    assert.equal((await one.get(path)).status, 200, path);
  }
  now += 31 * 60_000;
  assert.equal((await one.get("/rest/is-authenticated", { accept: "application/xml" })).status, 200);
  assert.equal((await one.get("defects")).status, 401);
  assert.equal((await one.call("POST", "/rest/site-session")).status, 201);
  assert.equal((await one.get("defects")).status, 200);
});

test("two sessions of one user are independent", async (t) => {
  const alm = await start(t);
  const [one, two] = [await signedIn(alm), await signedIn(alm)];
  await one.call("POST", "/authentication-point/logout");
  assert.equal((await two.get("defects")).status, 200);
});

test("domains and projects list what may be entered; a foreign project is forbidden, an unknown one not found", async (t) => {
  const alm = await start(t);
  const one = await signedIn(alm);
  assert.deepEqual((await one.get("/rest/domains")).json, { Domain: [{ Name: "DEMO" }] });
  const withProjects = await one.get("/rest/domains?include-projects-info=y", { accept: "application/xml" });
  assert.match(withProjects.text, /<Domain Name="DEMO"><Projects><Project Name="PAYMENTS"\/><\/Projects><\/Domain>/);
  assert.deepEqual((await one.get("/rest/domains/DEMO/projects")).json, {
    Projects: { Project: [{ Name: "PAYMENTS" }] },
  });
  assert.equal((await one.get("/rest/domains/DEMO/projects/VAULT/defects")).status, 403);
  assert.equal((await one.get("/rest/domains/DEMO/projects/NONE/defects")).status, 404);
  const viewer = await signedIn(alm, "viewer");
  assert.equal((await viewer.get("defects")).status, 200);
  const refused = await viewer.post("defects", entity("defect", DEFECT));
  assert.equal(refused.status, 403);
  assert.equal(refused.json.Id, "qccore.operation-forbidden");
});

test("a domain's name is one encoded segment", async (t) => {
  const alm = await start(t, { domain: "R&D / EU", project: "Größe 1" });
  const one = await signedIn(alm);
  const path = `/rest/domains/${encodeURIComponent("R&D / EU")}/projects/${encodeURIComponent("Größe 1")}/defects`;
  assert.equal((await one.get(path)).status, 200);
  const made = await one.post(path, entity("defect", DEFECT));
  assert.equal(made.headers.get("location"), `${alm.url}${path}/1`);
});

test("versions: sa/version in both formats, site-version with the name on the box", async (t) => {
  const old = await start(t, { version: "12.55" });
  const text = (await client(old).get("/rest/sa/version", { accept: "application/xml" })).text;
  assert.match(
    text,
    /<SiteVersion>12\.55\.00 \(Patch 2\)<\/SiteVersion><MajorVersion>12<\/MajorVersion><MinorVersion>5</,
  );
  assert.equal((await client(old).get("/v2/sa/api/site-version")).status, 404);
  const newest = await start(t, { version: "26.1" });
  assert.deepEqual((await client(newest).get("/v2/sa/api/site-version")).json, {
    "site-version": { "full-version": "20.0 (Build 20.00.0.143)", "external-version": 26.1 },
  });
  assert.equal((await client(newest).get("/rest/sa/version")).json.SiteVersions.MajorVersion, 20);
});

test("OPTIONS is 501, a path that leads nowhere a 404 page", async (t) => {
  const one = await signedIn(await start(t));
  assert.equal((await one.call("OPTIONS", "defects")).status, 501);
  for (const path of ["/rest/nothing", "defects/abc", "nothings", "defects/1/nothing"]) {
    assert.equal((await one.get(path)).status, 404, path);
  }
});
