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

test("X15 B11 a comment that both sides edited waits in `conflicts` with both texts, and `resolve` decides it, with a daemon and without one", async (t) => {
  const edit = (text: string) => text.replace(/^conflict = "alm"/m, 'conflict = "hold" ');
  const site = await openSite(t, { trackers: SMALL, edit });
  const { alm, agm } = site.trackers;
  const id = alm.admin.create("defects", { name: "disputed", severity: "1-Low" });
  sayInAlm(site, id, "Which build?");
  sayInAlm(site, id, "Seen in <4.2> & later");
  const place = ["--state", site.state];
  const here = [...place, "--repo", site.bare, "--secrets", site.secrets];
  assert.equal((await site.run(["sync", "payments/defects", ...here])).code, 0);
  const partner = Number(site.trackers.almDefect(id)["user-04"]);
  const replace = (from: string, ours: string, theirs: string) => {
    const memo = String(alm.admin.get("defects", id)?.["dev-comments"]);
    alm.admin.update("defects", id, { "dev-comments": memo.replace(from, ours) });
    const other = String(site.trackers.agmDefect(partner)["dev_comments"]);
    agm.admin.update("backlog_items", partner, { dev_comments: other.replace(from, theirs) });
  };
  const texts = () =>
    [alm.admin.get("defects", id)?.["dev-comments"], site.trackers.agmDefect(partner)["dev_comments"]].map((memo) =>
      readMemo(memo).map((text) => text.replace(/^.*?: /, "")),
    );

  replace("Which build?", "Which build of ours?", "Which build of theirs?");
  assert.equal((await site.run(["sync", "payments/defects", ...here])).code, 0);
  const shown = await site.run(["conflicts", "--exit-code", ...place]);
  assert.equal(shown.code, 1);
  assert.match(shown.stdout, /^payments\/defects {2}since .*, run \w{8}$/m);
  assert.match(
    shown.stdout,
    new RegExp(`^ {2}alm:${id} comment Anna Berg, 2026-01-31 = "Which build of ours\\?"$`, "m"),
  );
  assert.match(
    shown.stdout,
    new RegExp(`^ {2}agm:${partner} comment Anna Berg, 2026-01-31 = "Which build of theirs\\?"$`, "m"),
  );
  const status = objectOf(await site.run(["status", "--json", ...place])) as { links: { held: number }[] };
  assert.equal(status.links[0]?.held, 1);
  const dry = await site.run(["resolve", `alm:${id}`, "--take", "agm", "--dry-run", ...here]);
  assert.equal(dry.code, 0, dry.stdout + dry.stderr);
  assert.match(dry.stdout, /comment Anna Berg, 2026-01-31: "Which build of theirs\?", to be written in alm/);
  assert.deepEqual(texts()[0], ["Which build of ours?", "Seen in <4.2> & later"], "a dry run wrote");
  const done = await site.run(["resolve", `alm:${id}`, "--take", "agm", ...here]);
  assert.equal(done.code, 0, done.stdout + done.stderr);
  assert.deepEqual(texts(), Array(2).fill(["Which build of theirs?", "Seen in <4.2> & later"]));
  assert.equal((await site.run(["conflicts", "--exit-code", ...place])).code, 0);
  assert.match((await site.run(["why", `alm:${id}`, ...place])).stdout, /by {8}a person: resolved by hand/);

  const daemon = site.start();
  await daemon.verdict(site.head());
  quiet(await site.ask());
  replace("Seen in &lt;4.2&gt; &amp; later", "Seen in 4.3", "Seen in 4.4");
  assert.equal((await site.ask()).conflicts, 1);
  const differing = await site.run(["drift", "payments/defects", "--exit-code", ...place]);
  assert.equal(differing.code, 1, differing.stdout + differing.stderr);
  assert.match(
    differing.stdout,
    /^ {2}conflict: both sides changed it: it waits for a decision \(since .*\) \(run \w{8}\)$/m,
  );
  assert.match(differing.stdout, /"Seen in 4\.3"[\s\S]*"Seen in 4\.4"/);
  const name = "comment Anna Berg, 2026-01-31";
  const wrong = await site.run(["resolve", `agm:${partner}`, "comment Nobody", "--take", "alm", ...place]);
  assert.equal(wrong.code, 1);
  assert.match(wrong.stdout, /"comment Nobody" does not wait for a decision; these do: comment Anna Berg, 2026-01-31/);
  const asked = await site.run(["resolve", `agm:${partner}`, name, "--take", "alm", ...place]);
  assert.equal(asked.code, 0, asked.stdout + asked.stderr);
  assert.deepEqual(texts(), Array(2).fill(["Which build of theirs?", "Seen in 4.3"]));
  const agreed = await site.run(["drift", "payments/defects", "--exit-code", ...place]);
  assert.equal(agreed.code, 0, agreed.stdout + agreed.stderr);
  assert.match(agreed.stdout, /both sides agree: 1 pair compared with attachments and comments/);
  quiet(await site.ask());
  quiet(await site.ask({ full: true }));
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
