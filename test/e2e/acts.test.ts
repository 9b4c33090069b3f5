import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { test } from "node:test";
import { objectOf } from "../support/command.ts";
import { openSite, type Site, SMALL, written } from "../support/site.ts";

const HOLD = (text: string) =>
  text
    .replace('conflict = "alm" ', 'conflict = "hold"')
    .replace(
      "[links.defects.fields]",
      'deleted = { alm = "delete" }\nbrakes = { delete = 1 }\n\n[links.defects.fields]',
    );

/** Three pairs in step under a running daemon. */
async function running(site: Site) {
  const { alm } = site.trackers;
  const ids = ["One", "Two", "Three"].map((name) => String(alm.admin.create("defects", { name, severity: "1-Low" })));
  const daemon = site.start();
  await daemon.verdict(site.head());
  assert.equal((await site.ask()).status, "passed");
  const partners = ids.map((id) => Number(site.trackers.almDefect(id)["user-04"]));
  return { daemon, ids, partners };
}

test("B4 B11 B14 B25 resolve, undo, resume, unlink and rebuild through a running daemon and without one", async (t) => {
  const site = await openSite(t, { trackers: SMALL, edit: HOLD });
  const { alm, agm } = site.trackers;
  const { daemon, ids, partners } = await running(site);
  const [one = "", two = "", three = ""] = ids;
  const [p1 = 0, p2 = 0, p3 = 0] = partners;
  const cli = (...args: string[]) => site.run([...args, "--json", "--state", site.state]);

  // A conflict waits; a person decides it.
  alm.admin.update("defects", one, { name: "ALM's name" });
  agm.admin.update("backlog_items", p1, { name: "AGM's name" });
  assert.equal((await site.ask()).status, "passed");
  const resolved = await cli("resolve", `alm:${one}`, "name", "--take", "agm");
  assert.equal(resolved.code, 0, resolved.stdout + resolved.stderr);
  assert.equal(site.trackers.almDefect(one)["name"], "AGM's name");
  const quiet = await site.ask({ full: true });
  assert.equal(written(quiet, "alm") + written(quiet, "agm"), 0, JSON.stringify(quiet.messages));
  assert.equal((await cli("resolve", `alm:${one}`, "--take", "agm")).code, 1, "nothing waits any more");

  // What a run wrote goes back, except where somebody has edited since.
  alm.admin.update("defects", two, { name: "Bad two" });
  alm.admin.update("defects", three, { name: "Bad three" });
  const bad = await site.ask();
  agm.admin.update("backlog_items", p3, { name: "Mended by hand" });
  const plan = objectOf(await cli("undo", "--run", bad.run.slice(0, 8))) as unknown as Undone;
  assert.deepEqual([plan.links[0]?.total.steps, plan.links[0]?.total.left], [1, 1], JSON.stringify(plan));
  assert.equal(site.trackers.agmDefect(p2)["name"], "Bad two", "a plan wrote something");
  const undone = await cli("undo", "--run", bad.run.slice(0, 8), "--yes");
  assert.equal(undone.code, 0, undone.stderr);
  assert.equal(site.trackers.agmDefect(p2)["name"], "Two");
  assert.equal((await site.ask()).status, "passed");
  assert.equal(site.trackers.almDefect(three)["name"], "Mended by hand");
  assert.equal(site.trackers.almDefect(two)["name"], "Bad two");
  const second = await site.ask({ full: true });
  assert.equal(written(second, "alm") + written(second, "agm"), 0);

  // Two deletions are one too many: the link stops, and goes on by a commit's word.
  alm.admin.remove("defects", two);
  alm.admin.remove("defects", three);
  assert.equal((await site.ask({ full: true })).status, "error");
  assert.equal((await cli("resume", "payments/defects")).code, 1);
  await daemon.verdict(site.publish({ "README.md": "go on" }, "Go on\n\nAllow-Changes: payments/defects delete\n"));
  assert.equal((await site.ask({ full: true })).status, "passed");
  assert.deepEqual(site.trackers.counts(), { alm: 1, agm: 1 });
  assert.equal((await cli("resume", "payments/defects")).code, 0);

  // Without a daemon, and with nothing left but git and the trackers.
  assert.equal(await daemon.stop(), 0);
  rmSync(site.state, { recursive: true });
  const place = ["--json", "--state", site.state, "--repo", site.bare, "--secrets", site.secrets];
  const rebuilt = await site.run(["rebuild", "payments/defects", ...place]);
  assert.equal(rebuilt.code, 0, rebuilt.stdout + rebuilt.stderr);
  assert.deepEqual((objectOf(rebuilt) as { paired?: unknown }).paired, { byMarker: 1, byText: 0 });
  const after = await site.sync();
  assert.equal(after.report.kind, "incremental");
  assert.equal(written(after.report, "alm") + written(after.report, "agm"), 0);
  assert.deepEqual(site.trackers.doubled(), []);

  const dry = await cli("unlink", `alm:${one}`, `agm:${p1}`, "--yes", "--dry-run");
  assert.equal(dry.code, 0, dry.stderr);
  const told = objectOf(dry) as { records?: readonly { readonly applied: boolean }[] };
  assert.deepEqual(
    told.records?.map(({ applied }) => applied),
    [false, false],
  );
  const unlinked = await cli("unlink", `alm:${one}`, "--yes");
  assert.equal(unlinked.code, 0, unlinked.stderr);
  alm.admin.update("defects", one, { name: "Alone" });
  const alone = await site.sync("--full");
  assert.equal(written(alone.report, "alm") + written(alone.report, "agm"), 0);
  assert.equal(site.trackers.agmDefect(p1)["name"], "AGM's name");
  assert.equal((await cli("unlink", "alm:4711")).code, 3);
});

interface Undone {
  readonly links: readonly { readonly total: { readonly steps: number; readonly left: number } }[];
}
