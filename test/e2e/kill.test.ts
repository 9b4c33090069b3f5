import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { openSite, type Site, written } from "../support/site.ts";

const KILLS = 3;

/** What the initial load of this seed makes of the two projects when nobody disturbs it: 180 creations there, 199 here. */
async function undisturbed(site: Site): Promise<{ alm: number; agm: number }> {
  const before = site.trackers.counts();
  const dry = await site.ask({ dryRun: true });
  assert.deepEqual(site.trackers.counts(), before, "a dry run writes nothing");
  return {
    alm: before.alm + Number(dry.counts["alm"]?.created),
    agm: before.agm + Number(dry.counts["agm"]?.created),
  };
}

test(`killed ${KILLS} times at random moments of the initial load, it is finished without a duplicate`, async (t) => {
  const site = await openSite(t);
  const planned = site.start();
  await planned.verdict(site.head());
  const wanted = await undisturbed(site);
  assert.equal(await planned.stop(), 0);

  const moments: number[] = [];
  for (let i = 0; i < KILLS; i++) {
    const daemon = site.start();
    await daemon.verdict(site.head());
    const asked = site.ask().catch((error: unknown) => error);
    await daemon.waitFor((line) => line.event === "record.written", "the load has begun");
    const moment = Math.round(Math.random() * 400);
    moments.push(moment);
    await wait(moment);
    await daemon.kill();
    await asked;
  }
  const daemon = site.start();
  await daemon.verdict(site.head());
  const rest = await site.ask();
  const told = `killed after ${moments.join(", ")} ms of writing: ${JSON.stringify(rest.messages.slice(0, 3))}`;
  assert.equal(rest.status, "passed", told);
  assert.deepEqual(site.trackers.counts(), wanted, told);
  assert.deepEqual(site.trackers.doubled(), [], told);
  const again = await site.ask({ full: true });
  assert.deepEqual(site.trackers.halfMarked(), [], told);
  assert.equal(written(again, "alm") + written(again, "agm"), 0, told);
  assert.equal(await daemon.stop(), 0);
});
