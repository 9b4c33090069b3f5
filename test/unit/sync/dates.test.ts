import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { dayIn, startIn } from "../../../daemon/fields/date.ts";
import { type Bench, bench, field, link, row } from "./bench.ts";

/** From fourteen hours ahead to eleven behind, quarter hours, both hemispheres, changes at midnight; Etc/GMT+12 is twelve behind. */
const ZONES = [
  ...["Pacific/Kiritimati", "Pacific/Chatham", "Asia/Kathmandu", "Europe/Berlin", "UTC", "America/St_Johns"],
  ...[
    "America/Sao_Paulo",
    "America/Havana",
    "Africa/Cairo",
    "Asia/Beirut",
    "Pacific/Apia",
    "Pacific/Pago_Pago",
    "Etc/GMT+12",
  ],
];

const day = fc
  .date({ min: new Date("1990-01-01T00:00:00Z"), max: new Date("2035-12-31T00:00:00Z"), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
const instant = fc
  .date({ min: new Date("1990-01-01T00:00:00Z"), max: new Date("2035-12-31T00:00:00Z"), noInvalidDate: true })
  .map((date) => `${date.toISOString().slice(0, 19)}Z`);

async function quiet(b: Bench): Promise<void> {
  const before = b.writes();
  b.pass(5);
  await b.run();
  await b.run({ full: true });
  assert.equal(b.writes(), before);
}

function datesOf(zone: string): Bench {
  const left = [field("name"), field("due", { kind: "date" })];
  const right = [field("name"), field("due", { kind: "datetime", zone }), field("note")];
  return bench(left, right, link([row("name", "name"), row("due", "due")]));
}

test("X21 a day becomes its first moment in the tracker's zone and comes back as the same day", () => {
  fc.assert(
    fc.property(day, fc.constantFrom(...ZONES), (given, zone) => {
      // The whole day that Samoa left out when it crossed the date line.
      if (zone === "Pacific/Apia" && given === "2011-12-30") return;
      const moment = startIn(given, zone) ?? assert.fail(given);
      assert.equal(dayIn(moment, zone), given, `${given} in ${zone} is ${moment}`);
      assert.notEqual(
        dayIn(new Date(Date.parse(moment) - 1000).toISOString(), zone),
        given,
        "a second earlier is the day before",
      );
    }),
    { numRuns: 2000 },
  );
});

test("X21 where the clocks change: the hour that is left out, the hour that comes twice, the day that never was", () => {
  // Cuba puts the clocks forward at midnight and back at one.
  assert.equal(startIn("2026-03-08", "America/Havana"), "2026-03-08T05:00:00Z");
  assert.equal(startIn("2026-11-01", "America/Havana"), "2026-11-01T04:00:00Z");
  assert.equal(dayIn("2026-11-01T05:30:00Z", "America/Havana"), "2026-11-01");
  assert.equal(startIn("2018-11-04", "America/Sao_Paulo"), "2018-11-04T03:00:00Z");
  assert.equal(startIn("2011-12-30", "Pacific/Apia"), "2011-12-30T10:00:00Z");
  assert.equal(dayIn("2026-03-29T22:30:00Z", "Europe/Berlin"), "2026-03-30");
  assert.equal(dayIn("2026-03-28T23:30:00Z", "Europe/Berlin"), "2026-03-29");
  assert.equal(dayIn("2026-03-28T23:30:00Z", undefined), "2026-03-28");
  assert.equal(startIn("2026-03-28", undefined), "2026-03-28T00:00:00Z");
  assert.equal(dayIn("2026-03-28", "Pacific/Kiritimati"), "2026-03-28");
});

test("X21 date and date-time never go to and fro between days, in zones from +14 to -12, wherever the record began", async () => {
  await fc.assert(
    fc.asyncProperty(day, instant, fc.constantFrom(...ZONES), async (given, moment, zone) => {
      const b = datesOf(zone);
      b.left.add({ name: "a", due: given });
      b.right.add({ name: "b", due: moment });
      await b.run();
      const copy = b.right.rows.get("1002")?.fields["due"];
      const back = b.left.rows.get("2")?.fields["due"];
      assert.deepEqual([copy, back], [startIn(given, zone), dayIn(moment, zone)]);
      await quiet(b);
      // Other fields move; the time of day stays as it was.
      b.pass(5);
      b.left.edit("2", { name: "b2" });
      b.right.edit("1002", { note: "n" });
      await b.run();
      assert.equal(b.right.rows.get("1001")?.fields["due"], moment);
      assert.equal(b.left.rows.get("1")?.fields["due"], given);
      await quiet(b);
    }),
    { numRuns: 60 },
  );
});

test("X21 another time on the same day moves no date; another day does, and a new date begins at its midnight", async () => {
  const b = datesOf("Europe/Berlin");
  b.right.add({ name: "a", due: "2026-05-01T10:00:00Z" });
  await b.run();
  assert.equal(b.left.rows.get("1")?.fields["due"], "2026-05-01");
  b.pass(5);
  b.right.edit("1001", { due: "2026-05-01T20:00:00Z" });
  const writes = b.left.log.length;
  await b.run();
  assert.equal(b.left.log.length, writes);
  b.pass(5);
  b.right.edit("1001", { due: "2026-05-01T22:30:00Z" });
  await b.run();
  assert.equal(b.left.rows.get("1")?.fields["due"], "2026-05-02");
  b.pass(5);
  b.left.edit("1", { due: "2026-07-01" });
  await b.run();
  assert.equal(b.right.rows.get("1001")?.fields["due"], "2026-06-30T22:00:00Z");
  await quiet(b);
});
