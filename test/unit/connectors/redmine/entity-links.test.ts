import assert from "node:assert/strict";
import { test } from "node:test";
import { normal, RELATIONS } from "../../../../daemon/connectors/redmine/entity-links.ts";
import { ConnectorError } from "../../../../daemon/core/errors.ts";
import { ACCOUNT, fakeRedmine, issue } from "./fake.ts";

function asStored(type: string, from: string, to: string): string {
  const end = (id: string) => ({ entity: "issue", id });
  const draft = normal({ endpoint: "redmine" }, { type, from: end(from), to: end(to), comment: "" });
  return `${draft.from.id} ${draft.type} ${draft.to.id}`;
}

test("a relation is written as Redmine stores it: one of two words, and the smaller id first where there is no direction", () => {
  const seen = Object.fromEntries(RELATIONS.map((type) => [type, asStored(type, "129", "10")]));
  assert.deepEqual(seen, {
    relates: "10 relates 129",
    duplicates: "129 duplicates 10",
    blocks: "129 blocks 10",
    precedes: "129 precedes 10",
    copied_to: "129 copied_to 10",
    duplicated: "10 duplicates 129",
    blocked: "10 blocks 129",
    follows: "10 precedes 129",
    copied_from: "10 copied_to 129",
  });
  assert.equal(asStored("", "3", "20"), "3 relates 20");
});

test("a word that is no relation is refused with those that are", () => {
  assert.throws(
    () => asStored("Related", "1", "2"),
    /Redmine has no relation "Related"; it has relates, duplicates, .*types of entity_links/,
  );
});

test("S33 an account that may not manage relations is refused that one relation: its sign-in is in order, and everything else goes on", async () => {
  const { connector } = fakeRedmine((request, path) => {
    if (path === "/users/current.json") return ACCOUNT;
    if (request.method === "GET") return { json: { issues: [issue(1), issue(2)], total_count: 2 } };
    return { status: 403 };
  });
  const end = (id: string) => ({ entity: "issue", id });
  const draft = { type: "relates", from: end("1"), to: end("2"), comment: "" };
  const port = connector.entityLinks ?? assert.fail("no entity links");
  const signal = new AbortController().signal;
  const isRefusal = (error: unknown) =>
    error instanceof ConnectorError && error.kind === "invalid" && /Manage issue relations/.test(error.message);
  await assert.rejects(port.add(draft, signal), isRefusal);
  await assert.rejects(port.remove({ id: "9", ...draft }, signal), isRefusal);
});
