import assert from "node:assert/strict";
import { test } from "node:test";
import { createZone, fixedZone, isZone, utcSecond } from "../../../daemon/lib/zone.ts";

const berlin = createZone("Europe/Berlin");

function utc(text: string): number {
  return Date.parse(text);
}

test("wall time and instants agree in winter and summer", () => {
  assert.equal(berlin.toLocal(utc("2026-01-15T12:00:07Z")), "2026-01-15 13:00:07");
  assert.equal(berlin.toLocal(utc("2026-07-15T22:30:00Z")), "2026-07-16 00:30:00");
  assert.deepEqual(berlin.toUtc("2026-07-16 00:30:00"), {
    kind: "one",
    earlier: utc("2026-07-15T22:30:00Z"),
    later: utc("2026-07-15T22:30:00Z"),
  });
});

test("the hour that comes twice has two readings, the one that never comes has two guesses", () => {
  assert.deepEqual(berlin.toUtc("2026-10-25 02:30:00"), {
    kind: "ambiguous",
    earlier: utc("2026-10-25T00:30:00Z"),
    later: utc("2026-10-25T01:30:00Z"),
  });
  assert.deepEqual(berlin.toUtc("2026-03-29 02:30:00"), {
    kind: "missing",
    earlier: utc("2026-03-29T00:30:00Z"),
    later: utc("2026-03-29T01:30:00Z"),
  });
  assert.equal(berlin.toUtc("2026-10-25 03:00:00")?.kind, "one");
  assert.equal(berlin.toUtc("2026-10-25 01:59:59")?.kind, "one");
});

test("every instant of a year comes back from its wall time, by one of its readings", () => {
  for (const name of ["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]) {
    const zone = createZone(name);
    for (let at = utc("2026-01-01T00:00:00Z"); at < utc("2027-01-01T00:00:00Z"); at += 47 * 60_000) {
      const reading = zone.toUtc(zone.toLocal(at));
      assert.ok(reading !== null && (reading.earlier === at || reading.later === at), `${name} ${utcSecond(at)}`);
    }
  }
});

test("what is no local time has no reading", () => {
  for (const text of [
    "",
    "yesterday",
    "2026-02-30 10:00:00",
    "2026-01-01",
    "2026-01-01 24:00:00",
    "2026-13-01 00:00:00",
  ]) {
    assert.equal(berlin.toUtc(text), null, text);
  }
});

test("a fixed offset is a zone too", () => {
  const zone = fixedZone(-(3 * 60 + 30) * 60_000);
  assert.equal(zone.name, "-03:30");
  assert.equal(zone.toLocal(utc("2026-01-01T00:00:00Z")), "2025-12-31 20:30:00");
  assert.equal(zone.toUtc("2025-12-31 20:30:00")?.earlier, utc("2026-01-01T00:00:00Z"));
});

test("zone names are checked", () => {
  assert.equal(isZone("Europe/Berlin"), true);
  assert.equal(isZone("Mars/Olympus"), false);
  assert.equal(isZone(""), false);
});
