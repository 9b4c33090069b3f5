import assert from "node:assert/strict";
import { test } from "node:test";
import { createJar } from "../../../../daemon/connectors/alm/cookies.ts";
import { never, pageJson, type Said, scripted } from "./fake.ts";

const LIST = (route: string): Said | undefined => (route.startsWith("GET /defects") ? pageJson([]) : undefined);

test("the jar keeps the latest cookie of each name and path, and drops empty and expired ones", () => {
  const jar = createJar();
  jar.store(
    ["A=1;Path=/", "B=2;Path=/qcbin;HttpOnly", "C=3", "D=4;Path=/", "malformed", "E=5;Path=/;Max-Age=60"],
    "/qcbin/rest/x",
    1_000,
  );
  assert.equal(jar.header("/qcbin/rest/y"), "C=3; B=2; A=1; D=4; E=5");
  assert.equal(jar.header("/other"), "A=1; D=4; E=5");
  assert.equal(jar.header("/qcbinary"), "A=1; D=4; E=5");
  jar.store(
    [
      "A=9;Path=/",
      'B="";Path=/qcbin;Expires=Thu, 01-Jan-1970 00:00:10 GMT',
      "C=;Path=/qcbin/rest",
      "D=x;Path=/;Expires=Thu, 01-Jan-1970 00:00:10 GMT",
      "E=5;Path=/;Max-Age=0",
    ],
    "/",
    1e12,
  );
  assert.equal(jar.header("/qcbin/rest/y"), "A=9");
  assert.equal(jar.get("A"), "9");
  assert.equal(jar.get("D"), undefined);
});

test("signs in once for all who wait, sends cookies, and the token with what writes", async () => {
  const server = scripted(LIST);
  await Promise.all(Array.from({ length: 5 }, () => server.connector.read("defect", ["1"], [], never)));
  assert.equal(server.routes().filter((route) => route.includes("alm-authenticate")).length, 1);
  const listing = server.requests.find((request) => request.url.includes("/defects?"));
  assert.equal(listing?.headers?.["Cookie"], "LWSSO_COOKIE_KEY=l; QCSession=q; XSRF-TOKEN=x");
  assert.equal(listing?.headers?.["X-XSRF-TOKEN"], undefined);
  await server.connector.remove("defect", ["5"], never);
  assert.equal(server.requests.find((request) => request.method === "DELETE")?.headers?.["X-XSRF-TOKEN"], "x");
});

test("an 11.x server is signed in by Basic and has no site session", async () => {
  const server = scripted((route) => {
    if (route.includes("alm-authenticate") || route.includes("site-session")) return { status: 404 };
    if (route.includes("/authenticate")) return { setCookie: ["LWSSO_COOKIE_KEY=l;Path=/"] };
    return LIST(route);
  });
  await server.connector.read("defect", ["1"], [], never);
  const basic = server.requests.find((request) => request.url.endsWith("/authentication-point/authenticate"));
  assert.equal(basic?.headers?.["Authorization"], `Basic ${Buffer.from("u:pw").toString("base64")}`);
});

test("special characters of user and password are escaped", async () => {
  const server = scripted(LIST);
  server.secret = { user: "a&b", password: "<>" };
  await server.connector.read("defect", ["1"], [], never);
  assert.match(String(server.requests[0]?.body), /<user>a&amp;b<\/user><password>&lt;&gt;<\/password>/);
});

test("a refused secret is not offered again before it changes or a minute has passed", async () => {
  const good = { user: "u", password: "right" };
  const server = scripted((route, request) =>
    route.includes("alm-authenticate") && !String(request.body).includes("right") ? { status: 401 } : LIST(route),
  );
  const attempts = () => server.routes().filter((route) => route.includes("alm-authenticate")).length;
  const read = () => server.connector.read("defect", ["1"], [], never);
  for (let n = 0; n < 4; n++) await assert.rejects(read(), { kind: "auth" });
  assert.equal(attempts(), 1);
  server.now += 61_000;
  await assert.rejects(read(), { kind: "auth" });
  assert.equal(attempts(), 2);
  server.secret = good;
  await read();
  assert.equal(attempts(), 3);
});

test("a secret without the values it needs is an auth error that names them, and nothing is sent", async () => {
  const server = scripted(LIST);
  server.secret = { token: "x" };
  await assert.rejects(server.connector.read("defect", ["1"], [], never), {
    kind: "auth",
    message: /user and password/,
  });
  assert.equal(server.requests.length, 0);
});

for (const [name, gone] of Object.entries({
  "401 without a body": { status: 401 },
  "401 for the XSRF token": {
    status: 401,
    body: '{"Id":"qccore.general-error","Title":"Unauthorized request. For more details see XSRF Token section in REST API documentation."}',
  },
  "403 with a page": { status: 403, body: "<html>Session expired</html>" },
  "403 with its Id": {
    status: 403,
    body: "<QCRestException><Id>qccore.session-has-expired</Id><Title>x</Title></QCRestException>",
  },
  "500 of a signed-out token": {
    status: 500,
    body: '{"Id":"qccore.general-error","Title":"Token id 5 was logged out"}',
  },
} satisfies Record<string, Said>)) {
  test(`an ended session is renewed once: ${name}`, async () => {
    const state = { times: 1 };
    const server = scripted((route) => (route.startsWith("GET /defects") && state.times-- > 0 ? gone : LIST(route)));
    await server.connector.read("defect", ["1"], [], never);
    assert.equal(server.routes().filter((route) => route.includes("alm-authenticate")).length, 2);
    state.times = 99;
    await assert.rejects(server.connector.read("defect", ["1"], [], never), { kind: "auth" });
    assert.equal(server.routes().filter((route) => route.includes("alm-authenticate")).length, 3);
  });
}

test("a 403 that forbids the operation does not sign in again", async () => {
  const server = scripted((route) =>
    route.startsWith("GET /defects")
      ? { status: 403, body: '{"Id":"qccore.operation-forbidden","Title":"no"}' }
      : undefined,
  );
  await assert.rejects(server.connector.read("defect", ["1"], [], never), { kind: "auth" });
  assert.equal(server.routes().filter((route) => route.includes("alm-authenticate")).length, 1);
});

test("a sign-in page that answers 200 without cookies is no sign-in", async () => {
  const server = scripted((route) =>
    route.includes("alm-authenticate") ? { body: "<html>Welcome</html>" } : undefined,
  );
  await assert.rejects(server.connector.read("defect", ["1"], [], never), {
    kind: "unavailable",
    message: /without a session cookie/,
  });
});

test("close signs out in both places and does not mind refusals", async () => {
  const server = scripted((route) => (route.includes("logout") ? { status: 500 } : LIST(route)));
  await server.connector.read("defect", ["1"], [], never);
  await server.connector.close();
  assert.deepEqual(server.routes().slice(-2), ["DELETE /rest/site-session", "POST /authentication-point/logout"]);
  const idle = scripted(LIST);
  await idle.connector.close();
  assert.deepEqual(idle.routes(), []);
});
