import assert from "node:assert/strict";
import { test } from "node:test";
import { duration, plain } from "../../../daemon/status/words.ts";

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
