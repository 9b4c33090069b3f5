import assert from "node:assert/strict";
import { test } from "node:test";
import { openSite, written } from "../support/site.ts";

test("both trackers come in step through a running daemon; the second run writes nothing; an edit on each side arrives on the other", async (t) => {
  const site = await openSite(t);
  const { alm, agm } = site.trackers;
  const daemon = site.start();
  await daemon.verdict(site.head());

  const before = site.trackers.counts();
  const first = await site.sync();
  assert.equal(first.ended.code, 0, JSON.stringify(first.report.messages));
  assert.equal(first.report.status, "passed");
  assert.ok(first.report.paired >= 40, `${first.report.paired} known to both`);
  assert.ok(Number(first.report.counts["alm"]?.created) > 0);
  assert.ok(Number(first.report.counts["agm"]?.created) > 0);
  assert.deepEqual(site.trackers.counts(), {
    alm: before.alm + (first.report.counts["alm"]?.created ?? 0),
    agm: before.agm + (first.report.counts["agm"]?.created ?? 0),
  });
  assert.deepEqual(site.trackers.doubled(), []);

  // The first run's own writes come by once more, within the cursor's overlap.
  const second = await site.sync();
  assert.equal(second.report.kind, "incremental");
  assert.equal(written(second.report, "alm") + written(second.report, "agm"), 0);
  site.trackers.reset();
  const third = await site.sync();
  assert.equal(written(third.report, "alm") + written(third.report, "agm"), 0);
  const requests = site.trackers.requests();
  assert.ok(requests.alm <= 2 && requests.agm <= 2, JSON.stringify(requests));

  alm.admin.update("defects", "1", { name: "Edited in ALM" });
  const partner = Number(site.trackers.almDefect("2")["user-04"]);
  agm.admin.update("backlog_items", partner, { name: "Edited in Agile Manager" });
  const edits = await site.sync();
  assert.equal(edits.ended.code, 0);
  assert.equal(written(edits.report, "alm"), 1);
  assert.equal(written(edits.report, "agm"), 1);
  assert.equal(site.trackers.agmDefect(Number(site.trackers.almDefect("1")["user-04"]))["name"], "Edited in ALM");
  assert.equal(site.trackers.almDefect("2")["name"], "Edited in Agile Manager");

  const full = await site.sync("--full");
  assert.equal(full.report.kind, "full");
  assert.equal(written(full.report, "alm") + written(full.report, "agm"), 0);
  assert.equal(await daemon.stop(), 0);
});
