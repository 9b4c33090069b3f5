import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { openSite, type Report, SMALL } from "../support/site.ts";

const ATTACHMENTS = (mapping: string) => mapping.replace('mode      = "url"', 'mode      = "copy"');

/** A pair of defects under a running daemon, with a file on each side. */
async function filed(t: TestContext) {
  const site = await openSite(t, { trackers: SMALL, edit: ATTACHMENTS });
  const { alm, agm } = site.trackers;
  const id = alm.admin.create("defects", { name: "with files", severity: "1-Low" });
  alm.admin.attachments.add("defects", id, { name: "log.txt", content: "what happened", description: "the log" });
  const daemon = site.start();
  await daemon.verdict(site.head());
  const first = await site.ask();
  assert.equal(first.status, "passed", JSON.stringify(first.messages));
  const partner = Number(site.trackers.almDefect(id)["user-04"]);
  const onAgm = () =>
    agm.admin.attachments.list("backlog_items", partner).map(({ name, content }) => `${name}=${content}`);
  const cli = (...args: string[]) => site.run([...args, "--state", site.state]);
  return { site, daemon, id, partner, first, alm, agm, onAgm, cli };
}

const filesIn = (report: unknown, endpoint: string) =>
  (report as { counts: Record<string, { attachments?: number }> }).counts[endpoint]?.attachments ?? 0;

function quiet(report: Report): void {
  assert.equal(report.status, "passed", JSON.stringify(report.messages));
  assert.equal(filesIn(report, "alm") + filesIn(report, "agm"), 0);
}

test("S14 run report, status, log and why know attachments", async (t) => {
  const { daemon, id, partner, first, onAgm, cli } = await filed(t);
  assert.deepEqual([filesIn(first, "agm"), onAgm()], [1, ["log.txt=what happened"]]);
  assert.match((await cli("runs", first.run.slice(0, 8))).stdout, /agm .* 1 attachment,/);
  assert.match((await cli("runs")).stdout, / 3 +0 +0 /, "created, marked and attached: three writes");
  assert.match((await cli("status")).stdout, /1 attachment/);
  const line = await daemon.waitFor((one) => one.event === "part.written", "an attachment was written");
  assert.deepEqual(
    [line["part"], line["action"], line["endpoint"], line["record"], line["name"], line["source"]],
    ["attachment", "add", "agm", String(partner), "log.txt", `alm:${id}`],
  );
  assert.ok(!JSON.stringify(daemon.lines()).includes("what happened"), "the log has a file's content");
  const why = (await cli("why", `agm:${partner}`, "attachment log.txt")).stdout;
  assert.match(why, /attachment log\.txt = "log\.txt, 13 bytes: the log"\n {4}added /);
  assert.match(why, /by {8}mapping mappings\/payments\.toml:\d+: \[links\.defects\.attachments\]/);
  assert.match(why, new RegExp(`source {4}alm:${id}`));
  assert.equal(await daemon.stop(), 0);
});

test("T14 T8 queue, runs and why-not name the file that could not cross", async (t) => {
  const { site, daemon, id, partner, alm, agm, onAgm, cli } = await filed(t);
  alm.admin.attachments.add("defects", id, { name: "plan.txt", content: "alm's own" });
  agm.admin.attachments.add("backlog_items", partner, { name: "plan.txt", content: "agm's" });
  const report = await site.ask({ full: true });
  assert.equal(report.status, "passed with errors");
  assert.match(
    (await cli("runs", report.run.slice(0, 8))).stdout,
    /error: alm:\d+ attachment plan\.txt: alm:\d+ and agm:\d+ each have a file/,
  );
  assert.match((await cli("queue")).stdout, /alm:\d+ attachment plan\.txt: .* neither is touched/);
  assert.match((await cli("why-not", `alm:${id}`)).stdout, /plan\.txt/);
  assert.equal(onAgm().length, 2);
  assert.equal(await daemon.stop(), 0);
});

test("B4 an undone attachment is taken away where nobody changed it, and stays away", async (t) => {
  const { site, daemon, id, first, alm, onAgm, cli } = await filed(t);
  const [file] = alm.admin.attachments.list("defects", id);
  alm.admin.attachments.change("defects", id, file?.id ?? "", { content: "what happened then" });
  const second = await site.ask({ full: true });
  assert.deepEqual(onAgm(), ["log.txt=what happened then"]);
  const lost = await cli("undo", "--run", second.run.slice(0, 8));
  assert.match(
    lost.stdout,
    /attachment log\.txt: the bytes that it had before are not kept: attach the earlier file again by hand/,
  );

  alm.admin.attachments.add("defects", id, { name: "by-mistake.txt", content: "oops" });
  const third = await site.ask({ full: true });
  const plan = await cli("undo", "--run", third.run.slice(0, 8));
  assert.match(plan.stdout, /agm:\d+ attachment by-mistake\.txt: "by-mistake\.txt, 4 bytes" → \(empty\)/);
  assert.equal(onAgm().length, 2, "a plan wrote something");
  const undone = await cli("undo", "--run", third.run.slice(0, 8), "--yes");
  assert.equal(undone.code, 0, undone.stdout + undone.stderr);
  assert.deepEqual(onAgm(), ["log.txt=what happened then"]);
  quiet(await site.ask());
  quiet(await site.ask({ full: true }));
  assert.equal(onAgm().length, 1, "the next run brought it back");
  const again = await cli("undo", "--run", first.run.slice(0, 8));
  assert.match(again.stdout, /attachment log\.txt: it was written again since, by run /);
  assert.equal(await daemon.stop(), 0);
});
