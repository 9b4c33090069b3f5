import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { getTasks } from "node-cron";
import { cronFault, parseCron } from "../../../daemon/lib/cron.ts";
import { dueTimes, latestDue, nextDue } from "../../../daemon/triggers/due.ts";
import { openZone } from "../../../daemon/triggers/zone.ts";

function cronOf(text: string) {
  const parsed = parseCron(text);
  assert.ok(parsed.ok, text);
  return parsed.cron;
}

function zoneOf(name: string) {
  const zone = openZone(name);
  assert.ok(zone !== null, name);
  return zone;
}

/** Due times as UTC texts, `MM-DD HH:mm`. */
function due(text: string, zone: string, after: string, until: string): string[] {
  return dueTimes(cronOf(text), zoneOf(zone), Date.parse(after), Date.parse(until)).map((at) =>
    new Date(at).toISOString().slice(5, 16).replace("T", " "),
  );
}

/** How many due times a local day has; `from` and `until` are its midnights in UTC. */
function count(text: string, zone: string, from: string, until: string): number {
  return dueTimes(cronOf(text), zoneOf(zone), Date.parse(from) - 1, Date.parse(until) - 1).length;
}

describe("cron texts", () => {
  test("fields, names, ranges, steps, lists, seconds and nicknames", () => {
    const from = "2026-03-01T00:00:00Z";
    assert.deepEqual(due("0 3 * * MON", "UTC", from, "2026-03-10T00:00:00Z"), ["03-02 03:00", "03-09 03:00"]);
    assert.deepEqual(due("15,45 9-10 1 MAR,APR *", "UTC", from, "2026-03-02T00:00:00Z"), [
      "03-01 09:15",
      "03-01 09:45",
      "03-01 10:15",
      "03-01 10:45",
    ]);
    assert.equal(due("*/5 * * * *", "UTC", from, "2026-03-01T01:00:00Z").length, 12);
    assert.equal(due("*/10 * * * * *", "UTC", from, "2026-03-01T00:01:00Z").length, 6);
    assert.deepEqual(due("@daily", "UTC", from, "2026-03-02T12:00:00Z"), ["03-02 00:00"]);
    assert.deepEqual(due("0 12 L * *", "UTC", from, "2026-04-01T00:00:00Z"), ["03-31 12:00"]);
    assert.deepEqual(due("0 12 * * 1#2", "UTC", from, "2026-04-01T00:00:00Z"), ["03-09 12:00"]);
    assert.deepEqual(due("0 22-1 * * *", "UTC", from, "2026-03-02T00:00:00Z"), [
      "03-01 01:00",
      "03-01 22:00",
      "03-01 23:00",
      "03-02 00:00",
    ]);
  });

  test("day of month and day of week must both match", () => {
    assert.deepEqual(due("0 0 13 * FRI", "UTC", "2026-01-01T00:00:00Z", "2026-12-31T00:00:00Z"), [
      "02-13 00:00",
      "03-13 00:00",
      "11-13 00:00",
    ]);
  });

  test("due times lie after the first bound and up to the second", () => {
    assert.deepEqual(due("0 * * * *", "UTC", "2026-01-01T01:00:00Z", "2026-01-01T02:00:00Z"), ["01-01 02:00"]);
    const cron = cronOf("* * * * *");
    assert.equal(dueTimes(cron, zoneOf("UTC"), 0, 1e9, 7).length, 7);
  });

  test("texts that cannot be read or never come true are refused with the field's name", () => {
    const faults: readonly [string, RegExp][] = [
      ["61 * * * *", /minute/],
      ["* * * *", /expected 5 or 6 fields/],
      ["* * * * * * *", /expected 5 or 6 fields/],
      ["", /./],
      ["0 0 30 2 *", /impossible day of month/],
      ["0 0 29 2 1#2", /never comes true/],
      ["*/0 * * * *", /minute/],
      ["*/90 * * * *", /minute: a step of 90 is larger/],
      ["0 25 * * *", /hour/],
      ["0 0 * JANUARYISH *", /month/],
    ];
    for (const [text, expected] of faults) assert.match(cronFault(text) ?? "", expected, text);
    assert.equal(cronFault("*/5 * * * *"), null);
    assert.equal(cronFault("0 0 29 2 MON"), null);
  });

  test("the next due time is found years ahead, the latest one in any past", () => {
    const leap = cronOf("0 0 29 2 *");
    assert.equal(nextDue(leap, zoneOf("UTC"), Date.parse("2026-01-01")), Date.parse("2028-02-29"));
    assert.equal(latestDue(leap, zoneOf("UTC"), 0, Date.parse("2026-01-01")), Date.parse("2024-02-29"));
    assert.equal(latestDue(leap, zoneOf("UTC"), Date.parse("2025-01-01"), Date.parse("2026-01-01")), null);
    const dense = cronOf("* * * * * *");
    assert.equal(latestDue(dense, zoneOf("UTC"), 0, Date.parse("2026-01-01")), Date.parse("2026-01-01"));
  });

  test("node-cron keeps no task of ours registered", () => {
    cronOf("0 0 L * *");
    assert.equal(getTasks().size, 0);
  });

  test("zones are those of the IANA database", () => {
    assert.equal(zoneOf("Europe/Berlin").offsetAt(Date.parse("2026-07-01")), 7_200_000);
    assert.equal(zoneOf("UTC").offsetAt(0), 0);
    for (const name of ["Europe/Atlantis", "", "+02:00", "Mars"]) assert.equal(openZone(name), null, name);
  });
});

const DST_DAYS = [
  {
    zone: "Europe/Berlin",
    spring: ["2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", "03-29 01:00"],
    autumn: ["2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", "10-25 00:30"],
  },
  {
    zone: "America/New_York",
    spring: ["2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z", "03-08 07:00"],
    autumn: ["2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z", "11-01 07:30"],
  },
] as const;

describe("summer time", () => {
  for (const { zone, spring, autumn } of DST_DAYS) {
    test(`${zone}: a 02:30 job is due exactly once on both days, in spring right after the gap`, () => {
      assert.deepEqual(due("30 2 * * *", zone, spring[0], spring[1]), [spring[2]]);
      assert.deepEqual(due("30 2 * * *", zone, autumn[0], autumn[1]), [autumn[2]]);
    });

    test(`${zone}: a */20 job never pauses: 72 runs a day, 69 in spring, 75 in autumn, 20 minutes apart`, () => {
      assert.equal(count("*/20 * * * *", zone, spring[0], spring[1]), 69);
      assert.equal(count("*/20 * * * *", zone, autumn[0], autumn[1]), 75);
      for (const [from, until] of [spring, autumn]) {
        const after = Date.parse(from) - 86_400_000;
        const times = dueTimes(cronOf("*/20 * * * *"), zoneOf(zone), after, Date.parse(until) + 86_400_000);
        assert.ok(times.length > 0);
        for (const [index, at] of times.entries()) assert.equal(at, (times[index - 1] ?? after) + 1_200_000);
      }
    });
  }

  test("America/New_York: 01:30, which comes twice, is due at its first pass only; with a wildcard hour at both", () => {
    const [from, until] = ["2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"];
    assert.deepEqual(due("30 1 * * *", "America/New_York", from, until), ["11-01 05:30"]);
    assert.deepEqual(due("0,30 1,2 * * *", "America/New_York", from, until), [
      "11-01 05:00",
      "11-01 05:30",
      "11-01 07:00",
      "11-01 07:30",
    ]);
    assert.equal(count("30 * * * *", "America/New_York", from, until), 25);
    assert.deepEqual(due("*/30 1 * * *", "America/New_York", from, until), [
      "11-01 05:00",
      "11-01 05:30",
      "11-01 06:00",
      "11-01 06:30",
    ]);
  });

  test("an ordinary day has each time once", () => {
    assert.equal(count("*/20 * * * *", "Europe/Berlin", "2026-06-01T22:00:00Z", "2026-06-02T22:00:00Z"), 72);
    assert.deepEqual(due("30 2 * * *", "Europe/Berlin", "2026-06-01T22:00:00Z", "2026-06-02T22:00:00Z"), [
      "06-02 00:30",
    ]);
  });

  test("skipped times that end up at one moment are due once; an hourly job gains nothing in the gap", () => {
    const [from, until] = ["2026-03-28T23:00:00Z", "2026-03-29T04:00:00Z"];
    assert.deepEqual(due("0,30 2,3 * * *", "Europe/Berlin", from, until), ["03-29 01:00", "03-29 01:30"]);
    assert.deepEqual(due("10 * * * *", "Europe/Berlin", from, until), [
      "03-28 23:10",
      "03-29 00:10",
      "03-29 01:10",
      "03-29 02:10",
      "03-29 03:10",
    ]);
    assert.deepEqual(due("0 */2 * * *", "Europe/Berlin", from, until), ["03-29 01:00", "03-29 02:00", "03-29 04:00"]);
  });

  test("gaps at midnight, of half an hour, and of a whole day", () => {
    // Beirut 2024: 00:00 becomes 01:00; Lord Howe 2026: 02:00 becomes 02:30; Samoa left out 30 December 2011.
    assert.deepEqual(due("0 0 * * *", "Asia/Beirut", "2024-03-30T12:00:00Z", "2024-03-31T12:00:00Z"), ["03-30 22:00"]);
    assert.deepEqual(due("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00:00Z", "2026-10-04T12:00:00Z"), [
      "10-03 15:30",
    ]);
    assert.deepEqual(due("0 9 * * *", "Pacific/Apia", "2011-12-29T20:00:00Z", "2012-01-01T00:00:00Z"), [
      "12-30 10:00",
      "12-30 19:00",
      "12-31 19:00",
    ]);
  });

  test("a fixed daily job is due once on every date of three years, in zones of every kind", () => {
    for (const name of [
      "Europe/Berlin",
      "America/New_York",
      "Australia/Lord_Howe",
      "Asia/Kolkata",
      "Africa/Casablanca",
      "America/St_Johns",
    ]) {
      const zone = zoneOf(name);
      const from = Date.parse("2024-01-01T12:00:00Z");
      const days = 1096;
      for (const text of ["30 2 * * *", "0 0 * * *", "59 23 * * *"]) {
        const times = dueTimes(cronOf(text), zone, from, from + days * 86_400_000);
        assert.ok(Math.abs(times.length - days) <= 1, `${name} ${text}: ${times.length}`);
        const dates = new Set(times.map((at) => Math.floor((at + zone.offsetAt(at)) / 86_400_000)));
        assert.equal(dates.size, times.length, `${name} ${text}`);
      }
    }
  });
});
