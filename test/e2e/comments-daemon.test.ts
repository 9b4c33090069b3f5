import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { objectOf } from "../support/command.ts";
import { readMemo, sayInMemo } from "../support/memo.ts";
import { openSite, type Report, type Site, SMALL } from "../support/site.ts";

const COMMENTS = (mapping: string) => mapping.replace(/^(\[links\.defects\.comments\].*\n)/m, '$1removals = "sync"\n');

interface Undone {
  readonly links: readonly {
    readonly steps: readonly { readonly record: string; readonly field: string }[];
    readonly total: { readonly steps: number; readonly left: number };
  }[];
}

/** A pair of defects under a running daemon, with a comment on each side. */
async function talking(t: TestContext) {
  const site = await openSite(t, { trackers: SMALL, edit: COMMENTS });
  const id = site.trackers.alm.admin.create("defects", { name: "talked about", severity: "1-Low" });
  sayInAlm(site, id, "said in Quality Center");
  const daemon = site.start();
  await daemon.verdict(site.head());
  const first = await site.ask();
  assert.equal(first.status, "passed", JSON.stringify(first.messages));
  const partner = Number(site.trackers.almDefect(id)["user-04"]);
  return { site, daemon, id, partner, first };
}

function sayInAlm({ trackers }: Site, id: string, text: string): void {
  const memo = String(trackers.alm.admin.get("defects", id)?.["dev-comments"] ?? "");
  trackers.alm.admin.update("defects", id, {
    "dev-comments": sayInMemo(memo, "Anna Berg", "anna.berg", "1/31/2026", text),
  });
}

const agmMemo = ({ trackers }: Site, id: number) => readMemo(trackers.agmDefect(id)["dev_comments"]);
const commentsIn = (report: unknown, endpoint: string) =>
  (report as { counts: Record<string, { comments?: number }> }).counts[endpoint]?.comments ?? 0;

function quiet(report: Report): void {
  assert.equal(report.status, "passed", JSON.stringify(report.messages));
  assert.equal(commentsIn(report, "alm") + commentsIn(report, "agm"), 0);
}

test("X15 run report, log, why and undo know comments", async (t) => {
  const { site, daemon, id, partner, first } = await talking(t);
  const cli = (...args: string[]) => site.run([...args, "--state", site.state]);
  assert.equal(commentsIn(first, "agm"), 1);
  assert.match((await cli("runs", first.run.slice(0, 8))).stdout, /1 comment/);
  const line = await daemon.waitFor((one) => one.event === "part.written", "a comment was written");
  assert.deepEqual(
    [line["part"], line["action"], line["endpoint"], line["record"], line["name"]],
    ["comment", "add", "agm", String(partner), "Anna Berg, 2026-01-31"],
  );
  assert.ok(!JSON.stringify(daemon.lines()).includes("said in Quality Center"), "the log repeats what people say");
  const why = (await cli("why", `agm:${partner}`)).stdout;
  assert.match(why, /comment Anna Berg, 2026-01-31 = .*said in Quality Center/);
  assert.match(why, /by {8}mapping mappings\/payments\.toml:\d+/);

  sayInAlm(site, id, "said by mistake");
  const second = await site.ask();
  assert.equal(agmMemo(site, partner).length, 2);
  const plan = objectOf(await cli("undo", "--run", second.run.slice(0, 8), "--json")) as unknown as Undone;
  assert.equal(plan.links[0]?.total.steps, 1, JSON.stringify(plan));
  assert.equal(agmMemo(site, partner).length, 2, "a plan wrote something");
  const undone = await cli("undo", "--run", second.run.slice(0, 8), "--yes");
  assert.equal(undone.code, 0, undone.stdout + undone.stderr);
  assert.deepEqual(
    agmMemo(site, partner).map((text) => text.replace(/^.*: /, "")),
    ["said in Quality Center"],
  );
  quiet(await site.ask());
  quiet(await site.ask({ full: true }));
  assert.equal(agmMemo(site, partner).length, 1, "the next run said it again");
  assert.equal(await daemon.stop(), 0);
});

test("X15 an undone edit has its old words again, an undone removal its comment, and neither travels", async (t) => {
  const { site, daemon, id, partner } = await talking(t);
  const undo = async (run: string) => {
    const ended = await site.run(["undo", "--run", run.slice(0, 8), "--yes", "--state", site.state]);
    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
  };
  const memo = () => String(site.trackers.alm.admin.get("defects", id)?.["dev-comments"]);
  const write = (text: string) => site.trackers.alm.admin.update("defects", id, { "dev-comments": text });

  write(memo().replace("said in Quality Center", "edited by mistake"));
  const edit = await site.ask();
  assert.match(agmMemo(site, partner)[0] ?? "", /edited by mistake/);
  await undo(edit.run);
  assert.match(agmMemo(site, partner)[0] ?? "", /said in Quality Center/);
  quiet(await site.ask());
  quiet(await site.ask({ full: true }));
  assert.match(memo(), /edited by mistake/);

  write("<html><body></body></html>");
  const removal = await site.ask();
  assert.deepEqual(agmMemo(site, partner), []);
  await undo(removal.run);
  assert.deepEqual(agmMemo(site, partner), ["Anna Berg <anna.berg@example.com>, 2026-01-31: said in Quality Center"]);
  quiet(await site.ask());
  quiet(await site.ask({ full: true }));
  assert.deepEqual(readMemo(memo()), []);
  assert.equal(await daemon.stop(), 0);
});

for (const what of ["an added comment", "an edit"] as const) {
  test(`X15 the answer to the undo of ${what} is lost: the next run lets it stand`, async (t) => {
    const { site, daemon, id, partner } = await talking(t);
    const memo = () => String(site.trackers.alm.admin.get("defects", id)?.["dev-comments"]);
    if (what === "an added comment") sayInAlm(site, id, "by mistake");
    else site.trackers.alm.admin.update("defects", id, { "dev-comments": memo().replace("said in", "by mistake in") });
    const before = memo();
    const { run } = await site.ask();
    assert.match(agmMemo(site, partner).join("\n"), /by mistake/);
    const path = `/backlog_items/${partner}`;
    site.trackers.agm.faults.arm({ kind: "error-but-stored", method: "PUT", path, times: 5 });
    await site.run(["undo", "--run", run.slice(0, 8), "--yes", "--state", site.state]);
    site.trackers.agm.faults.clear();
    assert.doesNotMatch(agmMemo(site, partner).join("\n"), /by mistake/);
    quiet(await site.ask({ full: true }));
    quiet(await site.ask({ full: true }));
    assert.doesNotMatch(agmMemo(site, partner).join("\n"), /by mistake/);
    assert.equal(memo(), before);
    assert.equal(await daemon.stop(), 0);
  });
}

test("X15 killed between the write of a comment and its record, the next daemon recognises it", async (t) => {
  const { site, daemon, id, partner } = await talking(t);
  sayInAlm(site, id, "said while it dies");
  site.trackers.agm.faults.arm({ kind: "slow", seconds: 60, method: "PUT", path: `/backlog_items/${partner}` });
  const asked = site.ask().catch((error: unknown) => error);
  while (agmMemo(site, partner).length < 2) await wait(20);
  await daemon.kill();
  await asked;
  const next = site.start();
  await next.verdict(site.head());
  assert.equal((await site.ask()).status, "passed");
  assert.equal(agmMemo(site, partner).length, 2, agmMemo(site, partner).join("\n"));
  const why = (await site.run(["why", `agm:${partner}`, "--state", site.state])).stdout;
  assert.match(why, /a write whose answer was lost/);
  quiet(await site.ask({ full: true }));
  assert.equal(await next.stop(), 0);
});
