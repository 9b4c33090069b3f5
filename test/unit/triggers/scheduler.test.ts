import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Event } from "../../../daemon/core/events.ts";
import type { TriggerConfig } from "../../../daemon/core/snapshot.ts";
import { parseCron } from "../../../daemon/lib/cron.ts";
import { dueTimes } from "../../../daemon/triggers/due.ts";
import { openZone } from "../../../daemon/triggers/zone.ts";
import { type Simulation, settled, simulate, trigger } from "./simulation.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;

function eventsOf<K extends Event["event"]>(simulation: Simulation, kind: K): Extract<Event, { event: K }>[] {
  return simulation.events.filter((event): event is Extract<Event, { event: K }> => event.event === kind);
}

describe("scheduler", () => {
  test("a trigger runs its link at its due times, with the reason", async () => {
    const sim = simulate("2026-01-01T00:00:30Z");
    await sim.scheduler.apply([trigger("a/b", "*/5 * * * *"), trigger("a/c", "0 0 2 1 *", { full: true })]);
    await sim.advance(10 * MINUTE, 1000);
    assert.deepEqual(
      sim.runs.map((run) => [run.link, run.full, new Date(run.due ?? 0).toISOString()]),
      [
        ["a/b", false, "2026-01-01T00:05:00.000Z"],
        ["a/b", false, "2026-01-01T00:10:00.000Z"],
      ],
    );
    assert.match(sim.runs[0]?.reason ?? "", /trigger \*\/5 \* \* \* \* \(UTC\)/);
    assert.deepEqual(sim.failures, []);
  });

  for (const zone of ["Europe/Berlin", "America/New_York"]) {
    test(`${zone}, a year of simulated clock: 02:30 runs once on every date, */20 every 20 minutes`, async () => {
      const sim = simulate("2026-01-01T12:00:00Z");
      await sim.scheduler.apply([
        trigger("a/daily", "30 2 * * *", { zone }),
        trigger("a/often", "*/20 * * * *", { zone }),
      ]);
      await sim.advance(365 * DAY, 10 * MINUTE);
      const daily = sim.runs.filter((run) => run.link === "a/daily").map((run) => run.due ?? 0);
      const date = new Intl.DateTimeFormat("en-CA", { timeZone: zone });
      assert.equal(daily.length, 365);
      assert.equal(new Set(daily.map((at) => date.format(at))).size, 365);
      const often = sim.runs.filter((run) => run.link === "a/often").map((run) => run.due ?? 0);
      assert.equal(often.length, 365 * 72);
      assert.ok(often.every((at, index) => index === 0 || at - (often[index - 1] ?? 0) === 20 * MINUTE));
    });
  }

  test("X32 T36 one run of a link at a time: what falls due meanwhile is skipped and said", async () => {
    const sim = simulate("2026-01-01T00:00:00Z");
    const blocked = Promise.withResolvers<void>();
    sim.hold = (request) => (request.link === "a/slow" ? blocked.promise : Promise.resolve());
    await sim.scheduler.apply([trigger("a/slow", "* * * * *"), trigger("a/quick", "* * * * *")]);
    await sim.advance(3 * MINUTE);
    assert.equal(sim.runs.filter((run) => run.link === "a/slow").length, 1);
    assert.equal(sim.runs.filter((run) => run.link === "a/quick").length, 3);
    const skipped = eventsOf(sim, "trigger.skipped");
    assert.deepEqual(
      skipped.map((event) => [event.link, event.why]),
      [
        ["a/slow", "already running, for 60 s"],
        ["a/slow", "already running, for 120 s"],
      ],
    );
    assert.deepEqual(sim.scheduler.running(), ["a/slow"]);
    assert.equal(
      sim.scheduler.request({ link: "a/slow", full: true, dryRun: false, reason: "by hand", due: null }),
      null,
    );
    blocked.resolve();
    await settled();
    await sim.advance(MINUTE);
    assert.equal(sim.runs.filter((run) => run.link === "a/slow").length, 2);
  });

  test("a full run that is due together with an incremental one wins, and the other says so", async () => {
    const sim = simulate("2026-01-01T02:59:00Z");
    await sim.scheduler.apply([trigger("a/b", "*/5 * * * *"), trigger("a/b", "0 3 * * *", { full: true })]);
    await sim.advance(7 * MINUTE, 1000);
    assert.deepEqual(
      sim.runs.map((run) => [new Date(run.due ?? 0).toISOString().slice(11, 16), run.full]),
      [
        ["03:00", true],
        ["03:05", false],
      ],
    );
    assert.deepEqual(
      eventsOf(sim, "trigger.skipped").map((event) => event.why),
      ["a full run of this link is due at the same time"],
    );
  });

  test("runs asked for by hand take their turn with triggers", async () => {
    const sim = simulate("2026-01-01T00:00:00Z");
    const blocked = Promise.withResolvers<void>();
    sim.hold = () => blocked.promise;
    await sim.scheduler.apply([trigger("a/b", "* * * * *")]);
    const run = sim.scheduler.request({ link: "a/b", full: true, dryRun: false, reason: "first", due: null });
    await sim.advance(MINUTE);
    assert.equal(sim.runs.length, 1);
    assert.equal(eventsOf(sim, "trigger.skipped").length, 1);
    blocked.resolve();
    await run;
    assert.deepEqual(sim.scheduler.running(), []);
  });

  test("a run that rejects is told and does not stop the schedule", async () => {
    const sim = simulate("2026-01-01T00:00:00Z");
    sim.hold = () => Promise.reject(new Error("bug"));
    await sim.scheduler.apply([trigger("a/b", "* * * * *")]);
    await sim.advance(2 * MINUTE);
    assert.equal(sim.runs.length, 2);
    assert.equal(sim.failures.length, 2);
  });

  test("nothing starts while bookkeeping cannot be written; the run follows when it can", async () => {
    const sim = simulate("2026-01-01T00:00:00Z");
    await sim.scheduler.apply([trigger("a/b", "*/5 * * * *")]);
    const { update } = sim.memory;
    sim.memory.update = () => Promise.reject(new Error("disk full"));
    await sim.advance(6 * MINUTE);
    assert.equal(sim.runs.length, 0);
    assert.equal(sim.failures.length, 1, "told once, not at every tick");
    sim.memory.update = update;
    await sim.advance(MINUTE);
    assert.equal(sim.runs.length, 1);
    assert.equal(sim.runs[0]?.due, Date.parse("2026-01-01T00:05:00Z"));
  });

  test("after stop nothing starts, and stop waits for what runs", async () => {
    const sim = simulate("2026-01-01T00:00:00Z");
    const blocked = Promise.withResolvers<void>();
    sim.hold = () => blocked.promise;
    await sim.scheduler.apply([trigger("a/b", "* * * * *"), trigger("a/c", "*/2 * * * *")]);
    await sim.advance(MINUTE);
    let stopped = false;
    const stop = sim.scheduler.stop().then(() => {
      stopped = true;
    });
    await sim.advance(5 * MINUTE);
    assert.equal(stopped, false);
    assert.equal(sim.runs.length, 1);
    blocked.resolve();
    await stop;
    assert.equal(sim.scheduler.request({ link: "a/b", full: true, dryRun: false, reason: "x", due: null }), null);
  });
});

describe("runs missed while the daemon was down", () => {
  test("X32 are made up for once, with their count", async () => {
    const first = simulate("2026-01-01T00:00:00Z");
    const triggers = [trigger("a/b", "*/5 * * * *")];
    await first.scheduler.apply(triggers);
    await first.advance(11 * MINUTE);
    await first.scheduler.stop();

    const second = simulate("2026-01-01T08:02:00Z", first.memory.data);
    await second.scheduler.apply(triggers);
    await settled();
    assert.equal(second.runs.length, 1);
    assert.equal(second.runs[0]?.due, Date.parse("2026-01-01T08:00:00Z"));
    assert.deepEqual(
      eventsOf(second, "trigger.missed").map((event) => [event.link, event.count]),
      [["a/b", 94]],
    );
    await second.advance(3 * MINUTE);
    assert.equal(second.runs.length, 2);

    const third = simulate("2026-01-01T08:05:30Z", second.memory.data);
    await third.scheduler.apply(triggers);
    await settled();
    assert.equal(third.runs.length, 0);
  });

  test("of several triggers of a link become one run, full if any was full", async () => {
    const triggers = [
      trigger("a/b", "*/5 * * * *"),
      trigger("a/b", "0 3 * * *", { full: true }),
      trigger("a/c", "0 9 * * *"),
    ];
    const first = simulate("2026-01-01T00:00:00Z");
    await first.scheduler.apply(triggers);
    await first.scheduler.stop();
    const second = simulate("2026-01-01T06:02:00Z", first.memory.data);
    await second.scheduler.apply(triggers);
    await settled();
    assert.deepEqual(
      second.runs.map((run) => [run.link, run.full]),
      [["a/b", true]],
    );
  });

  test("of triggers that are new, changed or gone are not", async () => {
    const first = simulate("2026-01-01T00:00:00Z");
    await first.scheduler.apply([trigger("a/gone", "* * * * *"), trigger("a/changed", "* * * * *", { id: "c" })]);
    const second = simulate("2026-01-01T06:00:30Z", first.memory.data);
    await second.scheduler.apply([trigger("a/new", "* * * * *"), trigger("a/changed", "*/5 * * * *", { id: "c" })]);
    await settled();
    assert.deepEqual(second.runs, []);
    assert.equal(second.memory.data.triggers["a/gone * * * * * UTC false"], undefined);
  });

  test("a run in which the daemon was killed is made up for once, and not for ever", async () => {
    const triggers = [trigger("a/b", "0 3 * * *", { full: true })];
    const first = simulate("2026-01-01T02:00:00Z");
    await first.scheduler.apply(triggers);
    let atStart = first.memory.data;
    first.hold = () => {
      atStart = structuredClone(first.memory.data);
      return new Promise(() => undefined);
    };
    await first.advance(61 * MINUTE);
    assert.equal(first.runs.length, 1);
    assert.equal(Object.values(atStart.triggers)[0]?.state, "started");

    const second = simulate("2026-01-01T03:10:00Z", first.memory.data);
    second.hold = () => new Promise(() => undefined);
    await second.scheduler.apply(triggers);
    await settled();
    assert.deepEqual(
      second.runs.map((run) => [run.full, run.due]),
      [[true, Date.parse("2026-01-01T03:00:00Z")]],
    );

    const third = simulate("2026-01-01T03:20:00Z", second.memory.data);
    await third.scheduler.apply(triggers);
    await settled();
    assert.deepEqual(third.runs, []);
    await third.advance(DAY);
    assert.equal(third.runs.length, 1);
  });

  test("a clock that jumps ahead makes up once; one that is set back repeats nothing, by much: starts over", async () => {
    const sim = simulate("2026-01-01T00:00:00Z");
    await sim.scheduler.apply([trigger("a/b", "*/5 * * * *")]);
    sim.now += 62 * MINUTE;
    await sim.scheduler.tick();
    await settled();
    assert.equal(sim.runs.length, 1);
    assert.equal(eventsOf(sim, "trigger.missed")[0]?.count, 12);
    sim.now -= 20 * MINUTE;
    await sim.advance(18 * MINUTE);
    assert.equal(sim.runs.length, 1);
    sim.now -= 300 * DAY;
    await sim.advance(10 * MINUTE);
    assert.equal(sim.runs.length, 3);
  });
});

describe("R15 schedules survive a publish", () => {
  test("X32 R15 unchanged triggers keep their due time, new ones do not fire because of it, removed ones never", async () => {
    const sim = simulate("2026-01-01T00:00:10Z");
    const [kept, removed] = [trigger("a/kept", "*/10 * * * *"), trigger("a/removed", "*/10 * * * *")];
    await sim.scheduler.apply([kept, removed]);
    await sim.advance(9 * MINUTE);
    await sim.scheduler.apply([
      { ...kept, origin: { file: "moved", line: 9, column: 1 } },
      trigger("a/new", "0 * * * *"),
    ]);
    assert.equal(sim.runs.length, 0);
    await sim.advance(51 * MINUTE);
    assert.equal(sim.runs.filter((run) => run.link === "a/kept").length, 6);
    assert.equal(sim.runs.filter((run) => run.link === "a/removed").length, 0);
    assert.equal(sim.runs.filter((run) => run.link === "a/new").length, 1);
  });

  test("R15 a publish at the very moment a trigger is due neither loses nor repeats its run", async () => {
    const sim = simulate("2026-01-01T00:00:00Z");
    const triggers = [trigger("a/b", "*/10 * * * *")];
    await sim.scheduler.apply(triggers);
    sim.now += 10 * MINUTE;
    await Promise.all([sim.scheduler.tick(), sim.scheduler.apply(triggers), sim.scheduler.tick()]);
    await settled();
    assert.equal(sim.runs.length, 1);
  });

  test("R15 10,000 ticks, 200 random swaps, both DST days: each due time runs at most once, exactly once for unchanged triggers", async () => {
    const zones = ["Europe/Berlin", "America/New_York", "UTC"];
    const crons = ["*/20 * * * *", "30 2 * * *", "0 */3 * * *", "7 1-5 * * *", "15 4 * * MON"];
    const all = zones.flatMap((zone) => crons.map((cron) => trigger(`${zone}/${cron}`, cron, { zone })));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("2026-03-05T00:00:00Z", "2026-10-22T00:00:00Z"),
        fc.array(fc.record({ tick: fc.integer({ min: 0, max: 9_999 }), chosen: fc.subarray(all) }), {
          minLength: 200,
          maxLength: 200,
        }),
        fc.subarray(all, { minLength: 1 }),
        async (start, swaps, unchanged) => checkSwaps(start, swaps, unchanged),
      ),
      { numRuns: 3 },
    );
  });
});

interface Swap {
  readonly tick: number;
  readonly chosen: readonly TriggerConfig[];
}

async function checkSwaps(start: string, swaps: readonly Swap[], unchanged: readonly TriggerConfig[]): Promise<void> {
  const step = 5 * MINUTE;
  const sim = simulate(start);
  const byTick = Map.groupBy(swaps, (swap) => swap.tick);
  await sim.scheduler.apply(unchanged);
  const active: { readonly at: number; readonly ids: ReadonlySet<string> }[] = [];
  for (let tick = 0; tick < 10_000; tick++) {
    for (const { chosen } of byTick.get(tick) ?? []) {
      const next = [...new Set([...unchanged, ...chosen])];
      await sim.scheduler.apply(next);
      active.push({ at: sim.now, ids: new Set(next.map(({ link }) => link)) });
    }
    await sim.advance(step, step);
  }
  const keys = sim.runs.map((run) => `${run.link} ${run.due}`);
  assert.equal(new Set(keys).size, keys.length, "a due time ran twice");
  for (const config of unchanged) {
    const expected = expectedDue(config, Date.parse(start), sim.now);
    assert.deepEqual(
      sim.runs.filter((run) => run.link === config.link).map((run) => run.due),
      expected,
      config.id,
    );
  }
  for (const run of sim.runs) {
    const revision = active.findLast(({ at }) => at < (run.due ?? 0));
    const was = revision?.ids ?? new Set(unchanged.map(({ link }) => link));
    assert.ok(was.has(run.link), `${run.link} ran at ${run.due} although it was not configured`);
  }
  assert.deepEqual(sim.failures, []);
}

function expectedDue(config: TriggerConfig, after: number, until: number): number[] {
  const parsed = parseCron(config.cron);
  const zone = openZone(config.zone);
  assert.ok(parsed.ok && zone !== null);
  return dueTimes(parsed.cron, zone, after, until);
}
