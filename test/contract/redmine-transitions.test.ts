import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import type { FieldMapping } from "../../daemon/core/snapshot.ts";
import { openSqliteStore } from "../../daemon/state/sqlite-store.ts";
import { runLink } from "../../daemon/sync/run.ts";
import { createWorldCache } from "../../daemon/sync/world.ts";
import { NO_REDMINE, redmineFacts } from "../trackers/redmine.ts";
import { field, link, ORIGIN, row, side } from "../unit/sync/bench.ts";
import { memoryTracker } from "../unit/sync/memory-tracker.ts";
import { fact, redmineFixture } from "./redmine-fixture.ts";

const facts = redmineFacts(process.env);
const { signal } = new AbortController();
const STATES = ["New", "In Progress", "Resolved", "Closed", "Rejected"];
/** What the seed's narrow role may do. */
const WAYS = { New: ["In Progress"], "In Progress": ["Resolved"], Resolved: ["Closed"] };

/** A tracker in memory with the project and the account whose role has a narrow workflow. */
async function narrow(status: Partial<FieldMapping>) {
  if (typeof facts === "string") throw new Error(facts);
  const site = await redmineFixture(facts);
  const settings = { project: fact(facts, "REDMINE_NARROW_PROJECT"), tracker: "Bug" };
  const clara = site.connect(fact(facts, "REDMINE_USER_CLARA_KEY"), settings);
  const left = memoryTracker(
    [
      field("name"),
      field("status", { kind: "option", options: STATES, verified: true }),
      field("partner", { kind: "number" }),
    ],
    1,
  );
  const store = openSqliteStore(":memory:", { now: Date.now });
  const config = link([row("name", "subject"), row("status", "status", status)], {
    left: side("l", { create: false }),
    right: side("r", { entity: "issue", marker: null }),
  });
  const end = (name: string) => ({ name, type: name, settings: { name }, secret: null, origin: ORIGIN, schemas: {} });
  const connection = { name: "t", description: "", left: end("l"), right: end("r"), links: [config], origin: ORIGIN };
  const worlds = { left: createWorldCache("l", left, Date.now), right: createWorldCache("r", clara, Date.now) };
  const memory = store.link(config.key);
  const run = (full = false) =>
    runLink({
      ...{ connection, link: config, revision: "r", rules: null, full, dryRun: false, reason: "test" },
      ...{ connectors: { left, right: clara }, worlds, requests: () => 0, store: memory, usual: null },
      ...{ siblings: [{ link: config, store: memory }], emit: () => undefined, now: Date.now, newId: randomUUID },
      ...{ wait: async () => undefined, signal },
      fail: (error) => {
        throw error;
      },
    });
  const partnerOf = async (id: string) => {
    const pair = memory.pairs("left", [id]).get(id) ?? assert.fail("no partner");
    const found = await clara.read("issue", [pair.right], ["subject", "status"], signal);
    return { id: pair.right, fields: found.get(pair.right)?.fields ?? assert.fail("not there") };
  };
  async function close(): Promise<void> {
    const all: string[] = [];
    for await (const page of clara.changes({ entity: "issue", fields: [], since: null }, signal))
      all.push(...page.records.map(({ id }) => id));
    await clara.remove("issue", all, signal);
    await clara.close();
    await site.close();
    store.close();
  }
  return { left, run, partnerOf, close };
}

const skip = typeof facts === "string" ? NO_REDMINE : false;

test("X20 a status that Redmine would drop in silence is walked to by the declared workflow; the second run is empty", {
  skip,
}, async (t) => {
  const site = await narrow({ transitions: { right: { name: "bugs", ways: WAYS, origin: ORIGIN } } });
  t.after(site.close);
  const late = site.left.add({ name: "walks", status: "New" });
  const done = site.left.add({ name: "done already", status: "Closed" });
  const first = await site.run();
  assert.equal(first.status, "passed", JSON.stringify(first.messages));
  assert.equal((await site.partnerOf(done)).fields["status"], "Closed");
  site.left.tick(300);
  site.left.edit(late, { name: "walked", status: "Closed" });
  const second = await site.run();
  assert.equal(second.status, "passed", JSON.stringify(second.messages));
  assert.deepEqual((await site.partnerOf(late)).fields, { subject: "walked", status: "Closed" });
  assert.match(JSON.stringify(second.messages), /by \\"In Progress\\", then \\"Resolved\\", then \\"Closed\\"/);
  for (const full of [false, true]) {
    const quiet = await site.run(full);
    assert.equal(quiet.status, "passed");
    assert.deepEqual([quiet.counts["l"]?.updated, quiet.counts["r"]?.updated], [0, 0]);
  }
});

test("X20 without a declaration, or where no way leads, the error names what Redmine allows for that issue", {
  skip,
}, async (t) => {
  const direct = await narrow({});
  t.after(direct.close);
  const id = direct.left.add({ name: "stays", status: "New" });
  await direct.run();
  direct.left.tick(300);
  direct.left.edit(id, { name: "stays, renamed", status: "Closed" });
  const report = await direct.run();
  assert.equal(report.status, "passed with errors");
  assert.match(
    report.messages.map((m) => `${m.field}: ${m.message}`).join("\n"),
    /status: .*"Closed" was written, the server holds "New".*; r allows "New", "In Progress" there/,
  );
  assert.deepEqual((await direct.partnerOf(id)).fields, { subject: "stays, renamed", status: "New" });
  assert.equal(direct.left.rows.get(id)?.fields["status"], "Closed");

  const stuck = await narrow({ transitions: { right: { name: "bugs", ways: WAYS, origin: ORIGIN } } });
  t.after(stuck.close);
  const rejected = stuck.left.add({ name: "rejected", status: "New" });
  await stuck.run();
  stuck.left.tick(300);
  stuck.left.edit(rejected, { status: "Rejected" });
  const told = (await stuck.run()).messages.map((m) => m.message).join("\n");
  assert.match(
    told,
    /no way leads from "New" to "Rejected" in \[transitions\.bugs\].*; r allows "New", "In Progress" there/,
  );
});
