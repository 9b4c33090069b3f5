import assert from "node:assert/strict";
import { test } from "node:test";
import { createWallClock } from "../../../../daemon/sandbox/alm/time.ts";
import { signedIn, start } from "./client.ts";

const stampIn = (zone: string, ms: number) =>
  createWallClock(
    () => ms,
    () => zone,
  ).stamp();

test("local time through both changes of the clock, and in zones of odd offsets", () => {
  assert.equal(stampIn("Europe/Berlin", Date.UTC(2026, 2, 29, 0, 59, 59)), "2026-03-29 01:59:59");
  assert.equal(stampIn("Europe/Berlin", Date.UTC(2026, 2, 29, 1, 0, 0)), "2026-03-29 03:00:00");
  assert.equal(stampIn("Europe/Berlin", Date.UTC(2026, 9, 25, 0, 30)), "2026-10-25 02:30:00");
  assert.equal(stampIn("Europe/Berlin", Date.UTC(2026, 9, 25, 1, 30)), "2026-10-25 02:30:00");
  assert.equal(stampIn("Asia/Kathmandu", Date.UTC(2026, 0, 1)), "2026-01-01 05:45:00");
  assert.equal(stampIn("America/St_Johns", Date.UTC(2026, 6, 1)), "2026-06-30 21:30:00");
  assert.throws(
    () =>
      createWallClock(
        () => 0,
        () => "Mars/Base",
      ),
    RangeError,
  );
});

test("every hour of two years agrees with Intl", () => {
  const zone = "Europe/Berlin";
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
  const clock = createWallClock(
    () => 0,
    () => zone,
  );
  for (let ms = Date.UTC(2025, 0, 1); ms < Date.UTC(2027, 0, 1); ms += 3_600_000)
    assert.equal(clock.stamp(ms), format.format(ms));
});

test("server/time, Date header and last-modified follow the simulator's clock, and its zone can move", async (t) => {
  let now = Date.UTC(2026, 0, 1, 9, 0, 0, 700);
  let zone = "Europe/Berlin";
  const alm = await start(t, { clock: { now: () => now }, zone: () => zone });
  const one = await signedIn(alm);
  const time = await one.get("/rest/server/time");
  assert.deepEqual(time.json, { TimeInMillis: now, DateTime: "2026-01-01 10:00:00" });
  assert.equal(time.headers.get("date"), "Thu, 01 Jan 2026 09:00:00 GMT");
  const text = (await one.get("/rest/server/time", { accept: "application/xml" })).text;
  assert.match(
    text,
    /<ServerTime><TimeInMillis>1767258000700<\/TimeInMillis><DateTime>2026-01-01 10:00:00<\/DateTime><\/ServerTime>/,
  );
  alm.admin.create("defects", {});
  assert.equal(alm.admin.get("defects", 1)?.["last-modified"], "2026-01-01 10:00:00");
  zone = "America/New_York";
  now += 1000;
  alm.admin.update("defects", 1, { name: "x" });
  assert.equal(alm.admin.get("defects", 1)?.["last-modified"], "2026-01-01 04:00:01");
  assert.equal(alm.admin.get("defects", 1)?.["ver-stamp"], "2");
});
