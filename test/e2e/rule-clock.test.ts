import assert from "node:assert/strict";
import { test } from "node:test";
import { RULE } from "../support/sample.ts";
import { openSite, SMALL, written } from "../support/site.ts";

/** When a defect was closed, by ALM's clock, and an id that the partner keeps. */
const RULES = `import { link } from "syncline";

export default link<"payments", "defects">({
  agm: {
    incoming({ issue, replica, creating, changed, changedAt, newId, current }) {
      if (creating) issue.user_03 = newId();
      else if (current !== null) issue.user_03 = current.user_03;
      if (changed("status") && replica.status === "Closed") issue.user_03 = \`closed \${changedAt?.slice(0, 16)}\`;
    },
  },
});
`;

test("B19 a rule's clock and ids: what it writes stays what it is, run after run", async (t) => {
  const site = await openSite(t, { trackers: SMALL });
  const { alm } = site.trackers;
  const daemon = site.start();
  await daemon.verdict(site.publish({ [RULE]: RULES }));
  const id = String(alm.admin.create("defects", { name: "One", severity: "1-Low", status: "Open" }));
  assert.equal((await site.ask()).status, "passed");
  const partner = () => site.trackers.agmDefect(Number(site.trackers.almDefect(id)["user-04"]));
  const made = String(partner()["user_03"]);
  assert.match(made, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
  alm.admin.update("defects", id, { name: "renamed" });
  assert.equal((await site.ask()).status, "passed");
  assert.equal(partner()["user_03"], made);
  alm.admin.update("defects", id, { status: "Closed" });
  assert.equal((await site.ask()).status, "passed");
  const closed = String(partner()["user_03"]);
  // ALM says it in the wall time of its own zone.
  const closedAt = Date.parse(closed.replace(/^closed (.*)$/, "$1Z"));
  assert.ok(Math.abs(Date.now() - closedAt) < 600_000, closed);
  for (const full of [false, true, true]) {
    const again = await site.ask({ full });
    assert.equal(written(again, "alm") + written(again, "agm"), 0);
  }
  assert.equal(partner()["user_03"], closed);
});
