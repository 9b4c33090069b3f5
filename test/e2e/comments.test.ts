import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { RunReport } from "../../daemon/core/store.ts";
import type { SharedPerson } from "../../daemon/sandbox/shared-content.ts";
import { type FieldBench, type FieldLink, type LinkGiven, openFieldBench } from "../support/field-bench.ts";
import { readMemo, sayInMemo } from "../support/memo.ts";

/** Agile Manager's people are the company's: `anna.berg@example.com` and so on. */
const PEOPLE: readonly SharedPerson[] = [
  { login: "anna.berg", name: "Anna Berg", emails: ["anna.berg@example.com"], active: true },
  { login: "jane.doe", name: "Jane Doe", emails: ["jane.doe@example.com"], active: true },
  { login: "vera.toth", name: "Vera Tóth", emails: [], active: true },
];

let bench: FieldBench;
const links: FieldLink[] = [];
/** Agile Manager's versions are seconds: people come later than the run before them. */
const clock = { ahead: 0, now: () => Date.now() + clock.ahead };
before(async () => {
  bench = await openFieldBench(PEOPLE, { alm: { clock }, agm: { clock } });
});
after(async () => {
  for (const link of links) await link.close();
  await bench.close();
});

async function open(comments = "", more: LinkGiven = {}): Promise<FieldLink> {
  const link = await bench.link("", { ...more, rest: `[links.items.comments]\n${comments}\n${more.rest ?? ""}` });
  links.push(link);
  return link;
}

const almMemo = (id: string) => String(bench.alm.admin.get("defects", id)?.["dev-comments"] ?? "");
const agmMemo = (id: number) => String(bench.agm.admin.get("backlog_items", id)?.["dev_comments"] ?? "");

function sayInAlm(id: string, text: string, by = PEOPLE[1] as SharedPerson, day = "1/31/2026"): void {
  bench.alm.admin.update("defects", id, { "dev-comments": sayInMemo(almMemo(id), by.name, by.login, day, text) });
}

function sayInAgm(id: number, text: string, by = "anna.berg@example.com", day = "2/15/2026"): void {
  clock.ahead += 2_000;
  bench.agm.admin.update("backlog_items", id, { dev_comments: sayInMemo(agmMemo(id), by, by, day, text) });
}

function replaceIn(where: "alm" | "agm", id: string | number, from: string, to: string): void {
  const memo = where === "alm" ? almMemo(String(id)) : agmMemo(Number(id));
  assert.ok(memo.includes(from), memo);
  clock.ahead += 2_000;
  if (where === "alm") bench.alm.admin.update("defects", String(id), { "dev-comments": memo.replace(from, to) });
  else bench.agm.admin.update("backlog_items", Number(id), { dev_comments: memo.replace(from, to) });
}

/** A pair of defects that both have a comment. */
async function pairOf(link: FieldLink, name: string): Promise<{ readonly alm: string; readonly agm: number }> {
  const alm = bench.alm.admin.create("defects", { name });
  sayInAlm(alm, "said in Quality Center");
  assert.equal((await link.run()).status, "passed");
  const agm = Number(link.agmOf(alm)["id"]);
  return { alm, agm };
}

const commentsOf = (report: RunReport) => [report.counts["alm"]?.comments ?? 0, report.counts["agm"]?.comments ?? 0];

function told(report: RunReport): string {
  return report.messages.map((m) => `${m.field}: ${m.message}`).join("\n");
}

/** Later runs of any kind write nothing, neither comments nor fields. */
async function assertQuiet(link: FieldLink, runs = 2): Promise<void> {
  for (let run = 0; run < runs; run++) {
    link.pass(10);
    const before = [bench.alm.traffic, bench.agm.traffic].map((traffic) => traffic.total());
    const report = await link.run(run % 2 === 1);
    assert.equal(report.status, "passed", told(report));
    assert.deepEqual(commentsOf(report), [0, 0], `run ${run} wrote comments`);
    const written = Object.values(report.counts).reduce((n, c) => n + c.created + c.updated + c.deleted, 0);
    assert.equal(written, 0, `run ${run} wrote fields`);
    assert.ok(before.every((count) => count > 0));
  }
}

test("X15 X16 comments go both ways with author and time, and never come back in five runs", async () => {
  const link = await open();
  const { alm, agm } = await pairOf(link, "both ways");
  assert.deepEqual(readMemo(agmMemo(agm)), ["Jane Doe <jane.doe@example.com>, 2026-01-31: said in Quality Center"]);
  sayInAgm(agm, "said in Agile Manager");
  const report = await link.run();
  assert.deepEqual(commentsOf(report), [1, 0]);
  assert.deepEqual(readMemo(almMemo(alm)), [
    "Jane Doe <jane.doe>, 2026-01-31: said in Quality Center",
    "Anna Berg <anna.berg>, 2026-02-15: said in Agile Manager",
  ]);
  const texts = [almMemo(alm), agmMemo(agm)];
  await assertQuiet(link, 5);
  assert.deepEqual([almMemo(alm), agmMemo(agm)], texts, "a quiet run changed a memo");
});

test("X15 somebody whom nobody knows on the other side is named there all the same", async () => {
  const link = await open();
  const alm = bench.alm.admin.create("defects", { name: "unknown author" });
  sayInAlm(alm, "by somebody without an address", PEOPLE[2]);
  await link.run();
  assert.deepEqual(readMemo(link.agmOf(alm)["dev_comments"]), [
    "Vera Tóth, 2026-01-31: by somebody without an address",
  ]);
  await assertQuiet(link);
});

test("X16 other people's text stays byte by byte, whatever is added, edited or removed around it", async () => {
  const link = await open('removals = "sync"');
  const { alm, agm } = await pairOf(link, "nobody else's text");
  sayInAlm(alm, "second in Quality Center");
  sayInAgm(agm, "first in Agile Manager");
  await link.run();
  const before = [almMemo(alm), agmMemo(agm)];
  replaceIn("agm", agm, "first in Agile Manager", "first in Agile Manager, edited");
  const report = await link.run();
  assert.deepEqual(commentsOf(report), [1, 0], told(report));
  assert.equal(almMemo(alm), before[0]?.replace("first in Agile Manager", "first in Agile Manager, edited"));
  await assertQuiet(link);
});

test("X16 an old memo with a web client's comment and text without a header is left as it is, and carried", async () => {
  const link = await open();
  const memo = `<html><body><p>Old text, no header</p><br /><strong>________________________________________</strong><br /><span style="font-size:8pt"><strong>  Jane Doe , Mon Jan 05 2026:</strong></span><br />From the web</body></html>`;
  const alm = bench.alm.admin.create("defects", { name: "old memo", "dev-comments": memo });
  const stored = almMemo(alm);
  await link.run();
  const agm = Number(link.agmOf(alm)["id"]);
  assert.deepEqual(readMemo(agmMemo(agm)), [
    ", null: Old text, no header",
    "Jane Doe <jane.doe@example.com>, 2026-01-05: From the web",
  ]);
  assert.equal(almMemo(alm), stored);
  sayInAgm(agm, "an answer");
  await link.run();
  assert.ok(almMemo(alm).startsWith(stored.slice(0, stored.indexOf("</body>")).trimEnd()));
  assert.equal(readMemo(almMemo(alm)).length, 3);
  await assertQuiet(link);
});

test("X15 edits are carried both ways; both at once are a conflict that the link's policy decides, with the loser in the journal", async () => {
  const link = await open();
  const { alm, agm } = await pairOf(link, "edited");
  replaceIn("agm", agm, "said in Quality Center", "said and edited over there");
  await link.run();
  assert.match(almMemo(alm), /said and edited over there/);
  replaceIn("alm", alm, "said and edited over there", "the words of Quality Center");
  replaceIn("agm", agm, "said and edited over there", "the words of Agile Manager");
  const report = await link.run();
  assert.equal(report.conflicts, 1);
  assert.match(told(report), /comment Jane Doe, 2026-01-31: the comment was changed in alm:\d+ and agm:\d+/);
  assert.match(agmMemo(agm), /the words of Quality Center/);
  const [entry] = link.store.journal({ side: "right", record: String(agm), limit: 1 });
  assert.equal(entry?.field, "comment Jane Doe, 2026-01-31");
  assert.equal(entry?.lost, "the words of Agile Manager");
  assert.equal(entry?.after, "the words of Quality Center");
  await assertQuiet(link);
});

test("X15 a conflict that is held leaves both texts, and is told by each full run until they are the same", async () => {
  const link = await open("", { conflict: "hold" });
  const { alm, agm } = await pairOf(link, "held");
  replaceIn("alm", alm, "said in Quality Center", "here");
  replaceIn("agm", agm, "said in Quality Center", "there");
  for (const full of [false, true, true]) {
    const report = await link.run(full);
    assert.equal(report.conflicts, 1);
    assert.deepEqual(commentsOf(report), [0, 0]);
    assert.match(told(report), /both stay as they are; make them the same/);
  }
  assert.deepEqual([/here/.test(almMemo(alm)), /there/.test(agmMemo(agm))], [true, true]);
  replaceIn("agm", agm, "there", "here");
  await assertQuiet(link);
});

test("X15 a comment that is removed stays on the other side unless the mapping says otherwise", async () => {
  const link = await open();
  const { alm, agm } = await pairOf(link, "removed");
  bench.alm.admin.update("defects", alm, { "dev-comments": "" });
  await link.run();
  assert.equal(readMemo(agmMemo(agm)).length, 1);
  await assertQuiet(link);
  assert.equal(almMemo(alm), "", "a removed comment came back");

  const strict = await open('removals = "sync"');
  const two = await pairOf(strict, "removed for good");
  sayInAlm(two.alm, "another one");
  await strict.run();
  assert.equal(readMemo(agmMemo(two.agm)).length, 2);
  const kept = almMemo(two.alm);
  bench.alm.admin.update("defects", two.alm, {
    "dev-comments": `<html><body>${kept.slice(kept.lastIndexOf("<font"), kept.indexOf("</body>"))}</body></html>`,
  });
  const report = await strict.run();
  assert.deepEqual(commentsOf(report), [0, 1], told(report));
  assert.deepEqual(
    readMemo(agmMemo(two.agm)).map((line) => line.replace(/^.*: /, "")),
    ["another one"],
  );
  await assertQuiet(strict);
});

test("X15 a memo that is cleared removes nobody's words", async () => {
  const link = await open('removals = "sync"');
  const { alm, agm } = await pairOf(link, "cleared");
  sayInAlm(alm, "another one");
  await link.run();
  const memo = almMemo(alm);
  bench.alm.admin.update("defects", alm, { "dev-comments": "" });
  const report = await link.run();
  assert.deepEqual(commentsOf(report), [0, 0]);
  assert.match(told(report), /all 2 comments of alm:\d+ are gone at once: nothing is removed from agm:\d+/);
  assert.equal(readMemo(agmMemo(agm)).length, 2);
  bench.alm.admin.update("defects", alm, { "dev-comments": memo });
  await assertQuiet(link);
});

test("X15 many removals are stopped by the link's delete brake before the first is done", async () => {
  const link = await open('removals = "sync"', { link: "brakes = { delete = 3 }" });
  const { alm, agm } = await pairOf(link, "brake");
  for (let i = 0; i < 6; i++) sayInAlm(alm, `number ${i}`);
  await link.run();
  const first = almMemo(alm);
  const start = first.indexOf("<font");
  const rest = first.slice(0, first.indexOf("<br", start + 1));
  bench.alm.admin.update("defects", alm, { "dev-comments": `${rest}<br />said in Quality Center</body></html>` });
  assert.equal(readMemo(almMemo(alm)).length, 1);
  const report = await link.run();
  assert.equal(report.stopped, true, told(report));
  assert.equal(readMemo(agmMemo(agm)).length, 7);
});

test("X15 one way: only what the link carries is carried", async () => {
  const link = await open('direction = "to-agm"\nchanges = "ignore"');
  const { alm, agm } = await pairOf(link, "one way");
  sayInAgm(agm, "stays here");
  replaceIn("alm", alm, "said in Quality Center", "edited afterwards");
  await link.run();
  assert.equal(readMemo(almMemo(alm)).length, 1);
  assert.match(agmMemo(agm), /said in Quality Center/);
  await assertQuiet(link);
});

test("X15 records that meet for the first time pair the comments that both have", async () => {
  const link = await open();
  const alm = bench.alm.admin.create("defects", { name: "known to both" });
  sayInAlm(alm, "carried long ago by somebody else's tool");
  sayInAlm(alm, "only here");
  const agm = bench.agm.admin.create("backlog_items", { subtype: "defect", name: "known to both" });
  bench.agm.admin.update("backlog_items", agm, { user_01_d: Number(alm) });
  bench.alm.admin.update("defects", alm, { "user-04": String(agm) });
  sayInAgm(agm, "carried long ago by somebody else's tool", "jane.doe@example.com", "1/31/2026");
  const report = await link.run();
  assert.deepEqual(commentsOf(report), [0, 1], told(report));
  assert.deepEqual([readMemo(almMemo(alm)).length, readMemo(agmMemo(agm)).length], [2, 2]);
  await assertQuiet(link);
});

test("S42 a record that is made anew gets its comments again", async () => {
  const link = await open("", { link: 'deleted = { agm = "recreate" }' });
  await pairOf(link, "stays");
  const { alm, agm } = await pairOf(link, "recreated");
  sayInAgm(agm, "said in Agile Manager");
  await link.run();
  bench.agm.admin.remove("backlog_items", agm);
  const report = await link.run(true);
  assert.equal(report.status, "passed", told(report));
  const again = link.agmOf(alm);
  assert.notEqual(again["id"], agm);
  assert.deepEqual(readMemo(again["dev_comments"]), [
    "Jane Doe <jane.doe@example.com>, 2026-01-31: said in Quality Center",
    "Anna Berg <anna.berg@example.com>, 2026-02-15: said in Agile Manager",
  ]);
  await assertQuiet(link);
});

test("X15 a dry run counts comments and writes none", async () => {
  const link = await open();
  const { alm, agm } = await pairOf(link, "dry");
  sayInAlm(alm, "not yet");
  const report = await link.dry();
  assert.deepEqual(commentsOf(report), [0, 1]);
  assert.equal(readMemo(agmMemo(agm)).length, 1);
  assert.deepEqual(commentsOf(await link.run()), [0, 1]);
});

test("X16 requirements and user stories have their comments carried as well", async () => {
  const link = await open("", { entities: "requirements" });
  const alm = bench.alm.admin.create("requirements", {
    ...{ name: "a requirement", "type-id": "3", "parent-id": "0" },
    comments: sayInMemo("", "Jane Doe", "jane.doe", "1/31/2026", "said of a requirement"),
  });
  const report = await link.run();
  assert.equal(report.status, "passed", told(report));
  assert.deepEqual(readMemo(link.agmOf(alm)["dev_comments"]), [
    "Jane Doe <jane.doe@example.com>, 2026-01-31: said of a requirement",
  ]);
  await assertQuiet(link);
});

test("X15 a tracker that refuses a comment holds it, tells, and tries again; the others go on", async () => {
  const link = await open();
  const one = await pairOf(link, "refused");
  const two = await pairOf(link, "goes on");
  sayInAlm(one.alm, "refused for now");
  sayInAlm(two.alm, "goes on");
  bench.agm.faults.arm({ kind: "error", method: "PUT", path: `/backlog_items/${one.agm}`, times: 20 });
  const report = await link.run();
  bench.agm.faults.clear();
  assert.equal(report.status, "passed with errors", told(report));
  assert.match(told(report), /comment Jane Doe, 2026-01-31/);
  assert.equal(readMemo(agmMemo(two.agm)).length, 2);
  link.pass(10);
  assert.deepEqual(commentsOf(await link.run()), [0, 1]);
  assert.equal(readMemo(agmMemo(one.agm)).length, 2);
  assert.deepEqual(link.store.retries(10), []);
  await assertQuiet(link);
});

test("X16 what somebody says between our look and our write is kept, and ours goes behind it", async () => {
  const link = await open();
  const { alm, agm } = await pairOf(link, "meanwhile");
  sayInAlm(alm, "ours");
  // The run lists the comments, then reads the memo again right before it writes: somebody is in between.
  bench.agm.faults.arm({
    ...{ kind: "shift-page", method: "GET", path: "dev_comments", after: 1 },
    act: () => sayInAgm(agm, "theirs"),
  });
  await link.run();
  assert.equal(bench.agm.faults.pending(), 0, "nobody came in between");
  assert.deepEqual(
    readMemo(agmMemo(agm)).map((line) => line.replace(/^.*: /, "")),
    ["said in Quality Center", "theirs", "ours"],
  );
  await link.run();
  assert.equal(readMemo(almMemo(alm)).length, 3);
  await assertQuiet(link);
});

test("X16 an edit that meets another edit of the same comment is decided anew, not forced", async () => {
  const link = await open("", { conflict: "hold" });
  const { alm, agm } = await pairOf(link, "edited meanwhile");
  replaceIn("alm", alm, "said in Quality Center", "our words");
  bench.agm.faults.arm({
    ...{ kind: "shift-page", method: "GET", path: "dev_comments", after: 1 },
    act: () => replaceIn("agm", agm, "said in Quality Center", "their words"),
  });
  const report = await link.run();
  assert.equal(bench.agm.faults.pending(), 0, "nobody came in between");
  assert.equal(report.conflicts, 1, told(report));
  assert.deepEqual([/our words/.test(almMemo(alm)), /their words/.test(agmMemo(agm))], [true, true]);
});

for (const kind of ["drop-after", "error-but-stored"] as const) {
  test(`X15 a comment whose answer is lost (${kind}) is recognised, not said twice`, async () => {
    const link = await open();
    const { alm, agm } = await pairOf(link, `lost answer ${kind}`);
    sayInAlm(alm, "said once");
    sayInAlm(alm, "said once");
    bench.agm.faults.arm({ kind, method: "PUT", path: `/backlog_items/${agm}`, times: 20 });
    const report = await link.run();
    bench.agm.faults.clear();
    assert.notEqual(report.status, "passed");
    assert.equal(readMemo(agmMemo(agm)).length, 3);
    assert.equal(link.store.intents().length, 2);
    await link.run();
    assert.equal(link.store.intents().length, 0);
    assert.equal(readMemo(agmMemo(agm)).length, 3);
    const entries = link.store.journal({ side: "right", record: String(agm), limit: 10 });
    assert.equal(entries.filter((entry) => entry.part?.kind === "comment" && entry.origin === "recovered").length, 2);
    await assertQuiet(link);
  });
}
