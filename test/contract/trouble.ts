import assert from "node:assert/strict";
import { type Bench, type Case, fails, listed, mark, only, refused, stored } from "./bench.ts";
import type { ArmedFault } from "./fixture.ts";

const REAL = "this tracker is real and does not misbehave on demand";

/** Arms a fault for one case. Null where the tracker cannot. */
function armed(bench: Bench, fault: ArmedFault): boolean {
  bench.fixture.arm?.(fault);
  return bench.fixture.arm !== null;
}

function draft(bench: Bench, marker: string) {
  const { fixture } = bench;
  return {
    ref: marker,
    fields: { ...fixture.required, [fixture.text]: bench.unique("trouble"), [fixture.marker]: marker },
  };
}

async function countMarked(bench: Bench, marker: string): Promise<number> {
  bench.fixture.disarm();
  return (await bench.connector.find(bench.fixture.entity, bench.fixture.marker, [marker], [], bench.signal)).length;
}

function lostCreation(kind: ArmedFault["kind"]): Case {
  return [
    `a creation met by ${kind} is told as perhaps stored, and find shows what became of it`,
    async (bench) => {
      const marker = bench.unique("lost");
      if (!armed(bench, { kind, on: "create" })) return REAL;
      const error = refused(
        only(await bench.connector.create(bench.fixture.entity, [draft(bench, marker)], bench.signal)),
      );
      assert.equal(error.stored, "maybe", error.message);
      assert.equal(await countMarked(bench, marker), 1);
      return undefined;
    },
  ];
}

function lostBatch(kind: ArmedFault["kind"]): Case {
  return [
    `many creations met by ${kind}: none is doubled, and none that may be stored is said not to be`,
    async (bench) => {
      const markers = ["1", "2", "3"].map((n) => bench.unique(`batch ${n}`));
      if (!armed(bench, { kind, on: "create" })) return REAL;
      const outcomes = await bench.connector.create(
        bench.fixture.entity,
        markers.map((m) => draft(bench, m)),
        bench.signal,
      );
      assert.equal(outcomes.length, 3);
      for (const [index, outcome] of outcomes.entries()) {
        const there = await countMarked(bench, markers[index] ?? "");
        assert.ok(there <= 1, "doubled");
        if (outcome.ok) assert.equal(there, 1);
        else if (outcome.error.stored === "no") assert.equal(there, 0);
      }
      return undefined;
    },
  ];
}

function unreadable(kind: ArmedFault["kind"]): Case {
  return [
    `a listing answered with ${kind} is a clean error, and the next one works`,
    async (bench) => {
      await bench.make({});
      if (!armed(bench, { kind, on: "list", times: 1 })) return REAL;
      const error = await fails(listed(bench, [bench.fixture.text], null), "unavailable", "invalid");
      assert.ok(error.message.length > 20 && error.message.length < 1_500, error.message);
      bench.fixture.disarm();
      assert.ok((await listed(bench, [bench.fixture.text], null)).records.length > 0);
      return undefined;
    },
  ];
}

function unreadableWrite(kind: ArmedFault["kind"]): Case {
  return [
    `a creation answered with ${kind} is never told as not stored when it was`,
    async (bench) => {
      const marker = bench.unique("odd");
      if (!armed(bench, { kind, on: "create" })) return REAL;
      const outcome = only(await bench.connector.create(bench.fixture.entity, [draft(bench, marker)], bench.signal));
      const there = await countMarked(bench, marker);
      if (outcome.ok) assert.equal(there, 1);
      else if (there === 1) assert.equal(outcome.error.stored, "maybe", outcome.error.message);
      return undefined;
    },
  ];
}

function passing(title: string, fault: Omit<ArmedFault, "on">): Case {
  return [
    title,
    async (bench) => {
      const made = only(await bench.make({}));
      if (!armed(bench, { ...fault, on: "list" })) return REAL;
      const { records } = await listed(bench, [bench.fixture.text], null);
      assert.ok(records.some((record) => record.id === made.id));
      return undefined;
    },
  ];
}

export const troubleCases: readonly Case[] = [
  [
    "a refused secret is an auth error, and is not offered again and again",
    async ({ fixture, signal }) => {
      const connector = await fixture.openRefused();
      await fails(connector.describe(fixture.entity, signal), "auth");
      const before = fixture.requests?.() ?? 0;
      for (let n = 0; n < 3; n++) await fails(connector.describe(fixture.entity, signal), "auth");
      if (fixture.expire !== null && fixture.requests !== null)
        assert.equal(fixture.requests(), before, "a refused sign-in was repeated: accounts get locked");
      const checks = await connector.test([fixture.entity], signal);
      assert.ok(checks.some((check) => check.verdict === "fail"));
      await connector.close();
      return undefined;
    },
  ],
  [
    "test passes on a good endpoint and names what is missing",
    async ({ connector, fixture, signal }) => {
      const good = await connector.test([fixture.entity], signal);
      assert.deepEqual(
        good.filter((check) => check.verdict === "fail"),
        [],
      );
      assert.ok(good.length >= 3);
      const bad = await connector.test([fixture.entity, fixture.noEntity], signal);
      assert.ok(
        bad.some((check) => check.verdict === "fail" && check.message.includes(fixture.noEntity)),
        JSON.stringify(bad),
      );
      return undefined;
    },
  ],
  [
    "an expired session is signed in again, for reading and for writing",
    async (bench) => {
      if (bench.fixture.expire === null) return "this tracker has no sessions";
      const made = only(await bench.make({}));
      await bench.fixture.expire();
      assert.ok((await listed(bench, [], null)).records.length > 0);
      await bench.fixture.expire();
      const fields = { [bench.fixture.marker]: mark(bench, "after") };
      const outcome = only(await bench.connector.update(bench.fixture.entity, [{ id: made.id, fields }], bench.signal));
      assert.deepEqual(stored(outcome).fields, fields);
      return undefined;
    },
  ],
  [
    "a session that expires between pages is signed in again",
    async (bench) => {
      const { fixture } = bench;
      if (fixture.expire === null) return "this tracker has no sessions";
      const made = await bench.make({}, {}, {}, {}, {}, {});
      const paged = await fixture.open({ pageSize: 2 });
      const seen: string[] = [];
      for await (const page of paged.changes(
        { entity: fixture.entity, fields: [], since: made[0]?.modified ?? null },
        bench.signal,
      )) {
        seen.push(...page.records.map((record) => record.id));
        if (seen.length < 5) await fixture.expire();
      }
      await paged.close();
      for (const record of made) assert.ok(seen.includes(record.id));
      return undefined;
    },
  ],
  [
    "calls side by side share one sign-in after expiry",
    async (bench) => {
      const { fixture, connector, signal } = bench;
      const made = only(await bench.make({}));
      if (fixture.expire !== null) await fixture.expire();
      const all = await Promise.all(
        Array.from({ length: 8 }, () => connector.read(fixture.entity, [made.id], [fixture.text], signal)),
      );
      for (const found of all) assert.equal(found.size, 1);
      return undefined;
    },
  ],
  passing("429 with Retry-After is waited for", { kind: "rate-limited", seconds: 1 }),
  passing("a passing 503 is waited for", { kind: "unavailable", times: 2 }),
  passing("a connection cut before an answer to a listing is made good", { kind: "drop-before" }),
  passing("a connection cut after a listing was made is made good", { kind: "drop-after" }),
  passing("a passing 500 to a listing is made good", { kind: "error" }),
  [
    "429 to a creation: it is made once",
    async (bench) => {
      const marker = bench.unique("limited");
      if (!armed(bench, { kind: "rate-limited", on: "create", seconds: 1 })) return REAL;
      stored(only(await bench.connector.create(bench.fixture.entity, [draft(bench, marker)], bench.signal)));
      assert.equal(await countMarked(bench, marker), 1);
      return undefined;
    },
  ],
  [
    "lasting 429 is rateLimited, lasting 503 unavailable",
    async (bench) => {
      if (!armed(bench, { kind: "rate-limited", on: "list", seconds: 1, times: 50 })) return REAL;
      await fails(listed(bench, [], null), "rateLimited");
      bench.fixture.disarm();
      armed(bench, { kind: "unavailable", on: "list", times: 50 });
      await fails(listed(bench, [], null), "unavailable");
      bench.fixture.disarm();
      return undefined;
    },
  ],
  lostCreation("error-but-stored"),
  lostCreation("drop-after"),
  lostBatch("error-but-stored"),
  lostBatch("drop-after"),
  lostBatch("drop-before"),
  lostBatch("error"),
  [
    "an update whose answer is lost is stored or told as perhaps stored",
    async (bench) => {
      for (const kind of ["drop-after", "error-but-stored"] as const) {
        const made = only(await bench.make({}));
        if (!armed(bench, { kind, on: "update" })) return REAL;
        const fields = { [bench.fixture.marker]: mark(bench, kind) };
        const outcome = only(
          await bench.connector.update(bench.fixture.entity, [{ id: made.id, fields }], bench.signal),
        );
        if (!outcome.ok) assert.equal(outcome.error.stored, "maybe", outcome.error.message);
        bench.fixture.disarm();
        const now = await bench.connector.read(bench.fixture.entity, [made.id], [bench.fixture.marker], bench.signal);
        assert.deepEqual(now.get(made.id)?.fields, fields);
      }
      return undefined;
    },
  ],
  [
    "a deletion whose answer is lost is made good or told as perhaps done",
    async (bench) => {
      const made = only(await bench.make({}));
      if (!armed(bench, { kind: "drop-after", on: "remove" })) return REAL;
      const outcome = only(await bench.connector.remove(bench.fixture.entity, [made.id], bench.signal));
      if (!outcome.ok) assert.equal(outcome.error.stored, "maybe", outcome.error.message);
      bench.fixture.disarm();
      assert.equal((await bench.connector.read(bench.fixture.entity, [made.id], [], bench.signal)).size, 0);
      return undefined;
    },
  ],
  [
    "a deletion answered by a web page with status 200 is not taken for done",
    async (bench) => {
      const made = only(await bench.make({}));
      if (!armed(bench, { kind: "html", on: "remove" })) return REAL;
      const outcome = only(await bench.connector.remove(bench.fixture.entity, [made.id], bench.signal));
      assert.equal(refused(outcome).stored, "maybe");
      bench.fixture.disarm();
      assert.equal((await bench.connector.read(bench.fixture.entity, [made.id], [], bench.signal)).size, 1);
      return undefined;
    },
  ],
  unreadable("html"),
  unreadable("truncated"),
  unreadable("wrong-types"),
  unreadableWrite("html"),
  unreadableWrite("truncated"),
  unreadableWrite("wrong-types"),
  [
    "an abort ends a listing that waits, with the reason given",
    async (bench) => {
      const reason = new Error("cancelled by the test");
      const done = AbortSignal.abort(reason);
      const { connector, fixture } = bench;
      await assert.rejects(connector.read(fixture.entity, ["1"], [], done), (error) => error === reason);
      if (!armed(bench, { kind: "slow", on: "list", seconds: 30 })) return undefined;
      const abort = new AbortController();
      const listing = (async () => {
        for await (const page of connector.changes({ entity: fixture.entity, fields: [], since: null }, abort.signal))
          assert.fail(`a page of ${page.records.length}`);
      })();
      setTimeout(() => abort.abort(reason), 50);
      await assert.rejects(listing, (error) => error === reason);
      return undefined;
    },
  ],
  [
    "close may be called twice and never throws",
    async ({ fixture, signal }) => {
      const connector = await fixture.open();
      await connector.read(fixture.entity, [fixture.noId], [], signal);
      await connector.close();
      await connector.close();
      return undefined;
    },
  ],
];
