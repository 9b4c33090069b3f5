import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalDate, canonicalInstant } from "../../../daemon/fields/date.ts";

const day = fc
  .date({ min: new Date("0001-01-01T00:00:00Z"), max: new Date("9999-12-31T23:59:59Z"), noInvalidDate: true })
  .map((date) => date.toISOString());

test("a day that does not exist is no date", () => {
  for (const text of [
    "2026-02-30",
    "2026-02-29",
    "2026-04-31",
    "2026-13-01",
    "2026-00-10",
    "2026-01-00",
    "1900-02-29",
  ]) {
    assert.equal(canonicalDate(text), null, text);
    for (const time of ["T10:00:00Z", "T10:00Z", " 10:00:00+01:00"])
      assert.equal(canonicalInstant(text + time), null, text + time);
  }
  assert.equal(canonicalDate("2028-02-29"), "2028-02-29");
  assert.equal(canonicalInstant("2000-02-29T10:00:00Z"), "2000-02-29T10:00:00Z");
});

test("a moment has one spelling, in UTC and to the second", () => {
  for (const [given, wanted] of [
    ["2026-03-01T08:20:00Z", "2026-03-01T08:20:00Z"],
    ["2026-03-01t08:20:00z", "2026-03-01T08:20:00Z"],
    ["2026-03-01T08:20Z", "2026-03-01T08:20:00Z"],
    ["2026-03-01 08:20:00 Z", "2026-03-01T08:20:00Z"],
    ["2026-03-01T08:20:00.999Z", "2026-03-01T08:20:00Z"],
    ["2026-03-01T00:20:00+01:00", "2026-02-28T23:20:00Z"],
    ["2026-12-31T23:30:00-0130", "2027-01-01T01:00:00Z"],
    ["2026-03-01", "2026-03-01T00:00:00Z"],
  ] as const)
    assert.equal(canonicalInstant(given), wanted, given);
  for (const given of [
    "2026-03-01T08:20:00",
    "2026-03-01T24:00:00Z",
    "2026-03-01T08:60:00Z",
    "2026-03-01T08:20:60Z",
    "soon",
    "",
    "2026-03-01 10:00 (x) Z",
    "2026-03-01T10:00:00+25:00",
    "0000-01-01T00:00:00+23:00",
  ])
    assert.equal(canonicalInstant(given), null, given);
});

test("the date of a moment is its UTC day", () => {
  assert.equal(canonicalDate("2026-03-01T00:20:00+01:00"), "2026-02-28");
  assert.equal(canonicalDate("2026-03-01T23:59:59Z"), "2026-03-01");
  assert.equal(canonicalDate("2026-03-01 soon"), null);
});

test("dates and moments are their own canonical form", () => {
  fc.assert(
    fc.property(day, (iso) => {
      const instant = canonicalInstant(iso) ?? assert.fail(iso);
      assert.equal(instant, `${iso.slice(0, 19)}Z`);
      assert.equal(canonicalInstant(instant), instant);
      assert.equal(canonicalDate(iso.slice(0, 10)), iso.slice(0, 10));
      assert.equal(canonicalDate(instant), iso.slice(0, 10));
    }),
  );
});

test("no text is taken for a moment that it does not name", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?)?$/), (text) => {
      const found = canonicalInstant(text);
      if (found === null) return;
      assert.equal(canonicalInstant(found), found);
      if (text.endsWith("Z")) assert.ok(found.startsWith(text.slice(0, 10)), `${text} became ${found}`);
    }),
  );
});
