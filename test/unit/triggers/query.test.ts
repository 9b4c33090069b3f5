import assert from "node:assert/strict";
import { test } from "node:test";
import { simulate, trigger } from "./simulation.ts";

test("X7 a trigger's query comes with its run; due beside one without, the whole link is run", async () => {
  const simulation = simulate("2026-03-01T09:59:00Z");
  const urgent = trigger("p/d", "*/5 * * * *", { id: "urgent", query: { left: "severity[5-Urgent]" } });
  const mine = trigger("p/d", "*/10 * * * *", { id: "mine", query: { right: "owner=me" } });
  const nightly = trigger("p/d", "0 11 * * *", { id: "nightly", full: true });
  await simulation.scheduler.apply([urgent, mine, nightly]);
  await simulation.advance(7 * 60_000);
  assert.deepEqual(
    simulation.runs.map(({ queries, full }) => [queries?.length, full]),
    [
      [2, false],
      [1, false],
    ],
  );
  assert.deepEqual(simulation.runs[1]?.queries, [{ left: "severity[5-Urgent]" }]);
  await simulation.advance(54 * 60_000);
  const last = simulation.runs.at(-1);
  assert.deepEqual([last?.queries, last?.full], [undefined, true]);
});
