import assert from "node:assert/strict";
import { test } from "node:test";
import type { WriteOutcome } from "../../../daemon/core/connector.ts";
import { ConnectorError } from "../../../daemon/core/errors.ts";
import type { Fields } from "../../../daemon/core/record.ts";
import { bench, field, link, row } from "./bench.ts";

const fields = [field("name", { required: true }), field("status"), field("note")];

/** A tracker that gives new records its own status whatever was asked for, as Redmine does. The policy would let that value win. */
function site() {
  const rows = ["name", "status", "note"].map((name) => row(name, name, { conflict: "right" }));
  const b = bench(fields, fields, link(rows));
  b.right.habits = { ...b.right.habits, defaults: { status: "New" } };
  const { create } = b.right;
  b.right.create = async (entity, drafts, signal) => {
    const made = drafts.map(({ ref, fields: { status: _status, ...rest } }) => ({ ref, fields: rest }));
    return withFaults(await create(entity, made, signal));
  };
  return b;
}

function withFaults(outcomes: readonly WriteOutcome[]): readonly WriteOutcome[] {
  const faults = [{ field: "status", message: "the workflow does not allow it" }];
  return outcomes.map((outcome) => (outcome.ok ? { ...outcome, faults } : outcome));
}

test("a field that a creation did not get is an error of its field; the source keeps its value, and a later try writes it", async () => {
  const b = site();
  const { update } = b.right;
  b.right.update = async (entity, patches, signal) => {
    const kept = patches.map(({ id, fields: { status: _status, ...rest } }) => ({ id, fields: rest }));
    return withFaults(await update(entity, kept, signal)).map((outcome) =>
      outcome.ok
        ? { ...outcome, record: { ...outcome.record, fields: { ...outcome.record.fields, status: "New" } } }
        : outcome,
    );
  };
  b.left.add({ name: "a", status: "Open", note: "n" });
  const report = await b.run();
  assert.equal(report.status, "passed with errors");
  assert.deepEqual(
    report.messages.map(({ field: name, record }) => [name, record]),
    [["status", "1"]],
  );
  assert.equal(b.left.rows.get("1")?.fields["status"], "Open");
  assert.deepEqual(b.right.rows.get("1001")?.fields["note"], "n");
  const journal = b.store.link("t/defects").journal({ record: "1001", field: "status", limit: 5 });
  assert.deepEqual(journal, [], "what was not stored is not in the journal");

  const before = b.writes();
  b.pass(0.5);
  await b.run();
  assert.equal(b.writes(), before, "it waits for its next try");

  // Another field that is edited there meanwhile must not bring the refused one back.
  b.right.edit("1001", { note: "edited" });
  await b.run();
  assert.deepEqual([b.left.rows.get("1")?.fields["status"], b.left.rows.get("1")?.fields["note"]], ["Open", "edited"]);

  b.right.update = update;
  b.pass(24 * 60);
  assert.equal((await b.run()).status, "passed");
  assert.equal(b.right.rows.get("1001")?.fields["status"], "Open");
  assert.equal(b.store.link("t/defects").retries(9).length, 0);
});

for (const names of [true, false]) {
  const how = names ? "names" : "does not name";
  test(`S44 T25 what a creation had to leave out because the tracker refused it is an error of its field, whatever stands there instead; the tracker ${how} the field`, async () => {
    const rows = ["name", "status", "note"].map((name) => row(name, name, { conflict: "right" }));
    const b = bench(fields, fields, link(rows));
    // As Redmine's done ratio: what is not sent gets a value of the tracker's own, and the answer tells only what was sent.
    b.right.habits = { ...b.right.habits, defaults: { status: "New" }, tersely: true };
    const { create, update } = b.right;
    const error = new ConnectorError("invalid", "no such status", names ? { field: "status" } : {});
    const isBad = ({ fields: sent }: { readonly fields: Fields }) => sent["status"] === "Nope";
    b.right.create = async (entity, drafts, signal) =>
      drafts.some(isBad) ? drafts.map(() => ({ ok: false, error })) : create(entity, drafts, signal);
    b.right.update = async (entity, patches, signal) =>
      patches.some(isBad) ? patches.map(() => ({ ok: false, error })) : update(entity, patches, signal);
    b.left.add({ name: "a", status: "Nope", note: "n" });
    const report = await b.run();
    assert.deepEqual(
      report.messages.map(({ field: name, record, message }) => [name, record, /no such status/.test(message)]),
      [["status", "1", true]],
    );
    assert.equal(report.status, "passed with errors");
    assert.equal(report.conflicts, 0, "nobody edited it on that side");
    assert.equal(b.left.rows.get("1")?.fields["status"], "Nope");
    assert.deepEqual(b.right.rows.get("1001")?.fields, { name: "a", status: "New", note: "n", partner: "1" });

    const before = b.writes();
    await b.run({ full: true });
    assert.equal(b.writes(), before);
    b.left.edit("1", { status: "Open" });
    assert.equal((await b.run()).status, "passed");
    assert.equal(b.right.rows.get("1001")?.fields["status"], "Open");
    const after = b.writes();
    assert.equal((await b.run({ full: true })).status, "passed");
    assert.equal(b.writes(), after);
  });
}

test("T25 where nothing of an edit is taken, each field's own reason is told", async () => {
  const rows = ["name", "status", "note"].map((name) => row(name, name));
  const b = bench(fields, fields, link(rows));
  b.left.add({ name: "a", status: "Open", note: "n" });
  await b.run();
  b.right.update = async (_entity, patches) =>
    patches.map(({ fields: sent }) => {
      const [name = ""] = Object.keys(sent);
      return { ok: false, error: new ConnectorError("invalid", `${name} is wrong`, { field: name }) };
    });
  b.left.edit("1", { status: "Nope", note: "bad" });
  const report = await b.run();
  const told = report.messages.map(({ message }) => message).join();
  assert.match(told, /status is wrong/);
  assert.match(told, /note is wrong/);
});

test("T38 an update of which the tracker took nothing counts as no update, however often it is tried", async () => {
  const b = bench(fields, fields, link([row("name", "name"), row("status", "status")]));
  const id = b.left.add({ name: "a", status: "Open" });
  await b.run();
  const { update } = b.right;
  b.right.update = async (entity, patches, signal) =>
    withFaults(
      await update(
        entity,
        patches.map((patch) => ({ ...patch, fields: {} })),
        signal,
      ),
    );
  b.left.edit(id, { status: "Closed" });
  b.pass(5);
  b.events.length = 0;
  const report = await b.run();
  assert.equal(report.status, "failed");
  assert.deepEqual([report.counts["r"]?.updated, report.counts["l"]?.failed], [0, 1]);
  assert.ok(!b.events.some((event) => event.event === "record.written" && event.action === "update"));
  assert.equal(report.queued, 1);
  const between = await b.run();
  assert.deepEqual([between.status, between.queued], ["passed", 1], "it is not due, and waits all the same");
  b.right.update = update;
  b.pass(5);
  const after = await b.run();
  assert.deepEqual([after.counts["r"]?.updated, after.queued], [1, undefined]);
});

test("a record whose creation was not answered is found, and what it lacks is written", async () => {
  const b = site();
  const { create } = b.right;
  b.right.create = async (entity, drafts, signal) => {
    await create(entity, drafts, signal);
    return drafts.map(() => ({
      ok: false,
      error: new ConnectorError("unavailable", "no answer", { stored: "maybe" }),
    }));
  };
  b.left.add({ name: "a", status: "Open" });
  const report = await b.run();
  assert.equal(report.status, "passed", JSON.stringify(report.messages));
  assert.deepEqual(
    [b.left.rows.get("1")?.fields["status"], b.right.rows.get("1001")?.fields["status"]],
    ["Open", "Open"],
  );
  assert.equal(b.right.rows.size, 1);
  const name = b.store.link("t/defects").journal({ record: "1001", field: "name", limit: 5 });
  assert.deepEqual(
    name.map((entry) => [entry.kind, entry.after]),
    [["create", "a"]],
  );
  const before = b.writes();
  await b.run({ full: true });
  assert.equal(b.writes(), before);
});
