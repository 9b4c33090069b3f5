import assert from "node:assert/strict";
import { test } from "node:test";
import { backoffMs, createBudget, mayRepeat, retryAfterMs } from "../../../daemon/lib/retry.ts";

test("the pause doubles up to a bound, and chance shortens it by at most a half", () => {
  assert.deepEqual(
    [1, 2, 3, 10].map((n) => backoffMs(n, 0)),
    [250, 500, 1000, 10_000],
  );
  assert.equal(backoffMs(1, 0.999_999), 125);
});

test("Retry-After is read as seconds and as a date; anything else is nothing", () => {
  const now = Date.UTC(2026, 0, 1, 12, 0, 0);
  assert.equal(retryAfterMs("3", now), 3_000);
  assert.equal(retryAfterMs(" 0 ", now), 0);
  assert.equal(retryAfterMs("Thu, 01 Jan 2026 12:00:05 GMT", now), 5_000);
  assert.equal(retryAfterMs("Thu, 01 Jan 2026 11:00:00 GMT", now), 0);
  for (const odd of [undefined, "", "-1", "soon", "2026-01-01", "99999999999"])
    assert.equal(retryAfterMs(odd, now), null, String(odd));
});

test("only what the server did not take up is repeated for a request that is not repeatable", () => {
  const post = { method: "POST", repeatable: false };
  assert.equal(mayRepeat(post, { status: null, sent: false }), true);
  assert.equal(mayRepeat(post, { status: null, sent: true }), false);
  assert.equal(mayRepeat(post, { status: 429, retryAfter: null }), true);
  assert.equal(mayRepeat(post, { status: 503, retryAfter: null }), false);
  assert.equal(mayRepeat(post, { status: 503, retryAfter: 1 }), true);
  assert.equal(mayRepeat(post, { status: 400, retryAfter: null }), false);
  assert.equal(mayRepeat({ method: "POST", repeatable: true }, { status: null, sent: true }), true);
  assert.equal(mayRepeat({ method: "POST", repeatable: true }, { status: 500, retryAfter: null }), false);
});

test("the budget refills with time", () => {
  const spend = createBudget({ capacity: 2, perSecond: 1 });
  assert.deepEqual(
    [spend(0), spend(0), spend(0), spend(1_000), spend(1_000), spend(60_000), spend(60_000), spend(60_000)],
    [true, true, false, true, false, true, true, false],
  );
});
