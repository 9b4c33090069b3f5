import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunReport } from "../../../daemon/core/store.ts";
import { formatDrift } from "../../../daemon/status/drift-text.ts";
import { formatPlan } from "../../../daemon/status/plan-text.ts";
import { findDrift } from "../../../daemon/sync/look/drift.ts";
import { planRecord } from "../../../daemon/sync/look/plan-record.ts";
import { attachmentConfig } from "./attachment-model.ts";
import { type Bench, bench, field, link, ORIGIN, row } from "./bench.ts";
import { lookAt } from "./looking.ts";
import { drawerOf } from "./memory-attachments.ts";
import { talkOf } from "./memory-comments.ts";
import { bondsOf } from "./memory-links.ts";

/** Three pairs of a link that carries all three kinds, with a comment, a file and an entity link each. */
async function inStep() {
  const config = {
    comments: { direction: "both", changes: "sync", removals: "ignore", private: false, users: null, origin: ORIGIN },
    entityLinks: { direction: "both", types: null, unmapped: "copy", origin: ORIGIN },
    attachments: attachmentConfig(),
    conflict: "hold",
  } as const;
  const rows = [row("name", "name", { conflict: "hold" })];
  const b = bench([field("name")], [field("name")], link(rows, config));
  const talk = { left: talkOf(b.left, "ids"), right: talkOf(b.right, "ids") };
  const files = { left: drawerOf(b.left), right: drawerOf(b.right) };
  const bonds = { left: bondsOf(b.left), right: bondsOf(b.right) };
  for (const name of ["one", "two", "three"]) b.left.add({ name });
  talk.left.say("1", "Which build?");
  files.left.put("1", "log.txt", "bytes");
  bonds.left.add("1", "2", "relates");
  await run(b);
  b.pass(5);
  await run(b);
  b.pass(5);
  const logs = () => [talk, files, bonds].flatMap(({ left, right }) => [...left.log, ...right.log]);
  return { b, talk, files, bonds, logs };
}

async function run(b: Bench): Promise<RunReport> {
  const report = await b.run({ full: true });
  assert.equal(report.status, "passed", JSON.stringify(report.messages));
  return report;
}

/** A look, which must leave everything as it was. */
async function driftOf({ b, logs }: Awaited<ReturnType<typeof inStep>>) {
  const memory = () => JSON.stringify([b.store.link(b.link.key).pairPage("left", null, 1_000), logs(), b.writes()]);
  const before = memory();
  const drift = await findDrift(await lookAt(b), 100);
  assert.equal(memory(), before, "a look wrote something");
  return drift;
}

const lines = ({ items }: Awaited<ReturnType<typeof driftOf>>) =>
  items.map(
    ({ records, fields, values, why }) =>
      `${records["l"]} ${fields?.["l"]} ${why}: ${values?.["l"]} | ${values?.["r"]}`,
  );

test("B26 S14 X15 S33 after a run attachments, comments and entity links agree, and the report says that it compared them", async () => {
  const s = await inStep();
  assert.ok(s.logs().length >= 3, "nothing was carried");
  const drift = await driftOf(s);
  assert.deepEqual(drift.items, []);
  assert.match(formatDrift(drift), /3 pairs compared with attachments, comments and entity links/);
});

test("B26 each part that a run would write is listed with what stands on both sides, and a run settles all of it", async () => {
  const s = await inStep();
  const { b, talk, files, bonds } = s;
  talk.right.say("1002", "Said there");
  const asked = talk.left.of("1")[0] ?? assert.fail("no comment");
  talk.left.reword("1", asked, "Which build of yours?");
  files.left.put("3", "new.txt", "more");
  const [bond] = bonds.right.all();
  bonds.right.drop(bond?.id ?? "");
  bonds.left.add("2", "3", "blocks");
  const drift = await driftOf(s);
  const found = lines(drift);
  assert.deepEqual(
    found.filter((line) => line.includes("comment")).toSorted(),
    [
      "1 comment Ann, 2026-01-01 not yet carried: Which build of yours? | Which build?",
      "2 comment Ann, 2026-01-01 not yet carried: null | Said there",
    ].map((line) => line),
  );
  assert.ok(
    found.some((line) => /^3 attachment new\.txt not yet carried: new\.txt.* \| null$/.test(line)),
    found.join("\n"),
  );
  assert.equal(found.filter((line) => line.includes("entity link")).length, 2, found.join("\n"));
  assert.equal(drift.counts["not yet carried"], found.length);
  const report = await run(b);
  assert.equal(report.plan?.writes, found.length, "a run planned something else than drift listed");
  b.pass(5);
  await run(b);
  assert.deepEqual((await driftOf(s)).items, []);
});

test("B26 X15 a comment that waits for a person is a conflict with both texts; one that was removed on purpose is no disagreement", async () => {
  const s = await inStep();
  const { b, talk } = s;
  for (const [side, id] of [
    ["left", "1"],
    ["right", "1001"],
  ] as const) {
    const one = talk[side].of(id)[0] ?? assert.fail("no comment");
    talk[side].reword(id, one, `${side}'s words`);
  }
  assert.deepEqual(lines(await driftOf(s)), ["1 comment Ann, 2026-01-01 conflict: left's words | right's words"]);
  await run(b);
  const [held] = (await driftOf(s)).items;
  assert.equal(held?.why, "conflict");
  assert.ok(held?.since !== null && held?.run !== null, "since when and which run");
  const theirs = talk.right.of("1001")[0] ?? assert.fail("no comment");
  talk.right.drop("1001", theirs);
  await run(b);
  b.pass(5);
  await run(b);
  assert.deepEqual(lines(await driftOf(s)), []);
});

test("B26 S21 a file that cannot be carried is an error with its reason, before and after the run that found out", async () => {
  const s = await inStep();
  const { b, files } = s;
  files.left.put("2", "same.txt", "left's");
  files.right.put("1002", "same.txt", "right's");
  const before = await driftOf(s);
  assert.match(
    before.items.map(({ why, detail }) => `${why}: ${detail}`).join("\n"),
    /^error: .*each have a file "same\.txt"/,
  );
  await b.run({ full: true });
  const after = await driftOf(s);
  assert.match(
    after.items.map(({ why, detail }) => `${why}: ${detail}`).join("\n"),
    /^error: .*same\.txt.*failed 1 times/,
  );
});

test("T40 plan --record says what would be written of a record's parts, and when", async () => {
  const s = await inStep();
  const { b, talk, files } = s;
  talk.left.say("2", "A <word>");
  files.left.put("2", "plan.txt", "bytes");
  b.left.edit("2", { name: "renamed" });
  const plan = await planRecord(await lookAt(b), null, "left", "2");
  assert.deepEqual(
    plan.parts.map(({ endpoint, record, kind, action, name, after }) => [
      endpoint,
      record,
      kind,
      action,
      name,
      after === null,
    ]),
    [
      ["r", "1002", "attachment", "add", "plan.txt", false],
      ["r", "1002", "comment", "add", "Ann, 2026-01-02", false],
    ],
  );
  const text = formatPlan("l:2", plan, false);
  assert.match(
    text,
    /^l:2 in t\/defects \(partner r:1002\): a run updates r:1002, writes 1 attachment, 1 comment of r:1002$/m,
  );
  assert.match(text, /^ {2}r:1002, comment Ann, 2026-01-02: added, "A <word>"$/m);
  assert.doesNotMatch(text, /passes it over/);
  const idle = await planRecord(await lookAt(b), null, "left", "3");
  assert.deepEqual([idle.parts, idle.acts], [[], []]);
  b.left.add({ name: "new" });
  const fresh = await planRecord(await lookAt(b), null, "left", "4");
  assert.match(fresh.messages.join("\n"), /attachments, comments, entity links: planned once the two are paired/);
});
