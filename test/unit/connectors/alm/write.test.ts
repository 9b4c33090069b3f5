import assert from "node:assert/strict";
import { test } from "node:test";
import { ConnectorError } from "../../../../daemon/core/errors.ts";
import { never, pageJson, rowJson, type Said, scripted } from "./fake.ts";

const drafts = (...names: readonly string[]) => names.map((name) => ({ ref: name, fields: { name } }));
const stored = (id: number, name: string) => ({
  id: String(id),
  name,
  "last-modified": "2026-01-01 10:00:00",
  "ver-stamp": "1",
});
const posts = (routes: readonly string[]) => routes.filter((route) => route === "POST /defects").length;

test("a server that does not take collections is noticed, remembered, and written to one by one", async () => {
  const state = { id: 0 };
  const server = scripted((route, request) => {
    if (route !== "POST /defects") return undefined;
    if (request.headers?.["Content-Type"]?.includes("collection")) return { status: 415 };
    state.id += 1;
    return {
      status: 201,
      body: JSON.stringify(rowJson(stored(state.id, /<Value>(\w+)</.exec(String(request.body))?.[1] ?? ""))),
    };
  });
  const first = await server.connector.create("defect", drafts("a", "b"), never);
  assert.deepEqual(
    first.map((outcome) => outcome.ok),
    [true, true],
  );
  assert.equal(posts(server.routes()), 3);
  await server.connector.create("defect", drafts("c", "d"), never);
  assert.equal(posts(server.routes()), 5);
  assert.equal(server.notes.length, 1);
});

test("a 500 to many creations may have been stored: nothing is sent again", async () => {
  const server = scripted((route) =>
    route === "POST /defects"
      ? { status: 500, body: '{"Id":"qccore.general-error","Title":"java.lang.NullPointerException"}' }
      : undefined,
  );
  const outcomes = await server.connector.create("defect", drafts("a", "b"), never);
  for (const outcome of outcomes) assert.ok(!outcome.ok && outcome.error.stored === "maybe");
  assert.equal(posts(server.routes()), 1);
});

test("created records that come back in another order are told apart by name; two of one name are left unsure", async () => {
  const answer = (...rows: ReturnType<typeof stored>[]): Said => ({ ...pageJson(rows), status: 201 });
  const server = scripted((route) => (route === "POST /defects" ? answer(stored(2, "b"), stored(1, "a")) : undefined));
  const outcomes = await server.connector.create("defect", drafts("a", "b"), never);
  assert.deepEqual(
    outcomes.map((outcome) => outcome.ok && outcome.record.id),
    ["1", "2"],
  );
  const twins = scripted((route) =>
    route === "POST /defects" ? answer(stored(3, "c"), stored(1, "a"), stored(2, "a")) : undefined,
  );
  const unsure = await twins.connector.create("defect", drafts("a", "a", "c"), never);
  assert.deepEqual(
    unsure.map((outcome) => (outcome.ok ? outcome.record.id : outcome.error.stored)),
    ["maybe", "maybe", "3"],
  );
});

test("an answer without the record is made good by reading back, in one query", async () => {
  const server = scripted((route) => {
    if (route.startsWith("PUT /defects")) return { body: "" };
    return route.startsWith("GET /defects") ? pageJson([{ ...stored(7, "seven"), effort: "5" }]) : undefined;
  });
  const [outcome] = await server.connector.update("defect", [{ id: "7", fields: { effort: "6" } }], never);
  assert.ok(outcome?.ok);
  assert.deepEqual(outcome.record.fields, { effort: "5" });
  assert.deepEqual(
    outcome.faults.map((fault) => fault.field),
    ["effort"],
  );
  assert.equal(server.routes().filter((route) => route.startsWith("GET /defects")).length, 1);
});

test("a creation whose answer is cut is found by its Location, of which only the id is believed", async () => {
  const server = scripted((route) => {
    if (route === "POST /defects")
      return {
        status: 201,
        headers: { location: "http://internal:8080/qcbin/rest/domains/D/projects/P/defects/77" },
        body: '{"Fields":[',
      };
    return route.startsWith("GET /defects") ? pageJson([stored(77, "a")]) : undefined;
  });
  const [outcome] = await server.connector.create("defect", drafts("a"), never);
  assert.ok(outcome?.ok);
  assert.equal(outcome.record.id, "77");
});

test("an update never goes to an address without a number for an id", async () => {
  const server = scripted(() => undefined);
  for (const id of ["", "0x1", "1/lock", "../1", "1 OR 2"]) {
    const [outcome] = await server.connector.update("defect", [{ id, fields: { name: "x" } }], never);
    assert.ok(outcome !== undefined && !outcome.ok && outcome.error.kind === "notFound", id);
  }
  assert.ok(!server.routes().some((route) => route.startsWith("PUT")));
});

test("refusals become errors by their Id, with the field's name for its label", async () => {
  const cases: readonly (readonly [Said, string, string, string | null])[] = [
    [
      { status: 400, body: '{"Id":"qccore.required-field-missing","Title":"The field \'The effort\' is required."}' },
      "invalid",
      "no",
      "effort",
    ],
    [
      {
        status: 500,
        body: "<QCRestException><Id>qccore.invalid-value-type-for-field</Id><Title>bad 'due'</Title></QCRestException>",
      },
      "invalid",
      "no",
      "due",
    ],
    [
      { status: 403, body: '{"Id":"qccore.lock-failure","Title":"The entity is locked by user \'bob\'"}' },
      "conflict",
      "no",
      null,
    ],
    [
      { status: 403, body: '{"Id":"qccore.operation-forbidden","Title":"The field \'The due\' is read-only."}' },
      "invalid",
      "no",
      "due",
    ],
    [
      { status: 403, body: '{"Id":"qccore.operation-forbidden","Title":"You may not create defects."}' },
      "auth",
      "no",
      null,
    ],
    [{ status: 404, body: '{"Id":"qccore.entity-not-found","Title":"No entity"}' }, "notFound", "no", null],
    [{ status: 404, body: "<html>proxy</html>" }, "unavailable", "no", null],
    // What blames the content of an update can be sent again in parts, stored or not.
    [{ status: 500, body: '{"Id":"qccore.general-error","Title":"Duplicate test name"}' }, "invalid", "no", null],
    [{ status: 500, body: "<html>oops</html>" }, "unavailable", "maybe", null],
    [{ status: 429, headers: { "retry-after": "300" } }, "rateLimited", "no", null],
    [{ status: 302, headers: { location: "https://sso.example.com/" } }, "unavailable", "no", null],
  ];
  for (const [said, kind, maybe, field] of cases) {
    const server = scripted((route) => (route.startsWith("PUT /defects") ? said : undefined));
    const [outcome] = await server.connector.update("defect", [{ id: "1", fields: { effort: "1" } }], never);
    assert.ok(outcome !== undefined && !outcome.ok);
    assert.deepEqual(
      [outcome.error.kind, outcome.error.stored, outcome.error.field],
      [kind, maybe, field],
      outcome.error.message,
    );
    if (said.status === 429) assert.equal(outcome.error.retryAfterMs, 300_000);
  }
});

test("a 404 of a proxy does not make a deletion done; one of the tracker does", async () => {
  const html: Said = { status: 404, body: "<html>no route</html>" };
  const there = scripted((route) =>
    route.startsWith("DELETE") ? html : route.startsWith("GET /defects") ? pageJson([stored(5, "a")]) : undefined,
  );
  assert.equal((await there.connector.remove("defect", ["5"], never))[0]?.ok, false);
  const gone = scripted((route) =>
    route.startsWith("DELETE") ? html : route.startsWith("GET /defects") ? pageJson([]) : undefined,
  );
  assert.equal((await gone.connector.remove("defect", ["5"], never))[0]?.ok, true);
});

test("a lost connection is told for every record of the batch, and later batches are not sent", async () => {
  const server = scripted((route) => {
    if (route === "POST /defects") throw new ConnectorError("unavailable", "connection reset", { stored: "maybe" });
    return undefined;
  });
  const outcomes = await server.connector.create(
    "defect",
    drafts(...Array.from({ length: 250 }, (_, n) => `n${n}`)),
    never,
  );
  assert.equal(posts(server.routes()), 1);
  assert.equal(outcomes.filter((outcome) => !outcome.ok && outcome.error.stored === "maybe").length, 200);
  assert.equal(outcomes.filter((outcome) => !outcome.ok && outcome.error.stored === "no").length, 50);
});

test("release folders give paths without the root, and a folder that contains itself does no harm", async () => {
  const fields = (...names: readonly string[]) => ({
    body: JSON.stringify({ Fields: { Field: names.map((name) => ({ name, type: "String" })) } }),
  });
  const server = scripted((route) => {
    if (route.endsWith("/fields")) return fields("id", "name", "parent-id");
    if (route.startsWith("GET /release-folders")) {
      return pageJson([
        { id: "1", name: "Releases", "parent-id": "-1" },
        { id: "2", name: "Core", "parent-id": "1" },
        { id: "3", name: "Sub", "parent-id": "2" },
        { id: "4", name: "Loop", "parent-id": "4" },
      ]);
    }
    if (route.startsWith("GET /releases"))
      return pageJson([
        { id: "10", name: "R1", "parent-id": "3" },
        { id: "11", name: "R2", "parent-id": "1" },
        { id: "12", name: "R3", "parent-id": "4" },
      ]);
    return route.startsWith("GET /release-cycles") ? pageJson([{ id: "20", name: "C", "parent-id": "10" }]) : undefined;
  });
  assert.deepEqual(
    (await server.connector.directory("release", never)).map((entry) => entry.path),
    ["\\Core\\Sub\\R1", "\\R2", "\\Loop\\R3"],
  );
  assert.deepEqual(await server.connector.directory("release-cycle", never), [
    { id: "20", name: "C", path: "\\Core\\Sub\\R1\\C", parent: "10", parentTarget: "release" },
  ]);
  assert.deepEqual(
    (await server.connector.directory("release-folder", never)).map((entry) => entry.path),
    ["\\Releases", "\\Core", "\\Core\\Sub", "\\Loop"],
  );
});
