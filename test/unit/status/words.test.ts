import assert from "node:assert/strict";
import { test } from "node:test";
import { countsText, duration, partTexts, plain } from "../../../daemon/status/words.ts";

test("durations read well on either side of every step", () => {
  const samples: readonly [number, string][] = [
    [0, "0 ms"],
    [999, "999 ms"],
    [999.7, "1.0 s"],
    [1234, "1.2 s"],
    [9_960, "10 s"],
    [59_400, "59 s"],
    [59_999, "1 min 0 s"],
    [3_599_999, "1 h 0 min"],
    [7_500_000, "2 h 5 min"],
    [259_200_000, "3 days"],
  ];
  for (const [milliseconds, text] of samples) assert.equal(duration(milliseconds), text);
});

test("texts from outside become one harmless line", () => {
  assert.equal(plain("a\tb\r\nc\u001b[1m\u0000"), "a b  c\\u001b[1m\\u0000");
  assert.equal(plain("größer ≥ 5 😀"), "größer ≥ 5 😀");
});

test("what was written of a record's parts is counted where any was", () => {
  const none = { read: 3, created: 0, updated: 1, deleted: 0, failed: 0, requests: 9 };
  assert.deepEqual(partTexts({ ...none, attachments: 0 }), []);
  assert.deepEqual(partTexts({ ...none, attachments: 2, comments: 1, entityLinks: 1 }), [
    "2 attachments",
    "1 comment",
    "1 entity link",
  ]);
  assert.equal(
    countsText({ alm: none, agm: { ...none, entityLinks: 2 } }),
    "alm 3 read, 1 updated; agm 3 read, 1 updated, 2 entity links",
  );
});
