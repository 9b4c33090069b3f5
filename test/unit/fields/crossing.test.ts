import assert from "node:assert/strict";
import { test } from "node:test";
import type { DirectoryEntry } from "../../../daemon/core/field.ts";
import type { Referred } from "../../../daemon/core/record.ts";
import { carry } from "../../../daemon/fields/carry.ts";
import type { Crossing, Crossings } from "../../../daemon/fields/crossing.ts";
import { readReferred, targetsOf, writeReferred } from "../../../daemon/fields/referred.ts";
import { entry, field, row, passage as usual, valueMap, world } from "./passage.ts";

const PARENT = field("f", { kind: "reference", target: "requirement" });
const PLACE = field("f", { kind: "reference", target: "feature|theme" });

function crossings(answer: (referred: Referred) => Crossing, more: Partial<Crossings> = {}): Crossings {
  return { crossing: answer, isTaken: () => false, joined: () => null, ...more };
}

test("a reference that may name several entity types says which: the nearest stands first, a plain id stands alone", () => {
  assert.deepEqual(targetsOf("feature|theme"), ["feature", "theme"]);
  assert.deepEqual(targetsOf(undefined), []);
  assert.deepEqual(readReferred("feature/12", "feature|theme"), { entity: "feature", id: "12" });
  assert.deepEqual(readReferred("12", "release"), { entity: "release", id: "12" });
  assert.equal(readReferred("12", "feature|theme"), null, "nobody knows of which type it is");
  assert.equal(readReferred("story/12", "feature|theme"), null);
  for (const [value, target] of [
    ["theme/7", "feature|theme"],
    ["7", "theme"],
  ] as const) {
    const read = readReferred(value, target) ?? assert.fail(value);
    assert.equal(writeReferred(read, target), value);
  }
});

test("X22 E65 by pair: the partner, in the words of the field; nothing at the top; a wait that is no plain fault", () => {
  const known: Record<string, Crossing> = {
    "12": { kind: "paired", partner: { entity: "feature", id: "901" } },
    "13": { kind: "top" },
    "14": { kind: "waits", on: { entity: "requirement", id: "3" }, named: false },
    "15": { kind: "waits", on: { entity: "requirement", id: "15" }, not: "77", named: false },
  };
  const passage = {
    ...usual({ from: PARENT, to: PLACE }),
    crossings: crossings(({ id }) => known[id] ?? assert.fail(id)),
  };
  assert.deepEqual(carry("12", passage), { kind: "value", value: "feature/901", notes: [], crossed: true });
  assert.deepEqual(carry("13", passage), { kind: "value", value: null, notes: [], crossed: true });
  assert.deepEqual(carry("14", passage), {
    kind: "fault",
    message: "waits for requirement 3 of alm to be paired",
    awaits: { entity: "requirement", id: "3" },
  });
  const again = carry("15", passage);
  assert.equal(
    again.kind === "fault" && again.message,
    "waits for requirement 15 of alm to be paired again: its partner was deleted",
  );
  assert.deepEqual(again.kind === "fault" && again.awaits, { entity: "requirement", id: "15", not: "77" });
  const whole = carry("14", { ...passage, mapping: row("f", "f", { onError: "record" }) });
  assert.equal(whole.kind === "fault" && whole.holds, "record");
  assert.ok(whole.kind === "fault" && whole.awaits !== undefined, "it waits as a whole");
  assert.deepEqual(carry(null, passage), { kind: "value", value: null, notes: [] });
});

const RELEASE = field("f", { kind: "reference", target: "release" });
const names = (endpoint: string, ...entries: readonly DirectoryEntry[]) =>
  world(endpoint, { directories: { release: entries } });

test("T24 what names match is handed back to be remembered; what is remembered needs no name", () => {
  const source = names("l", entry("1", "R1"));
  const target = names("r", entry("901", "R1"), entry("902", "R2"));
  const passage = { ...usual({ from: RELEASE, to: RELEASE }), source, target };
  assert.deepEqual(carry("1", passage), {
    ...{ kind: "value", value: "901", notes: [] },
    joins: [{ from: { entity: "release", id: "1" }, to: { entity: "release", id: "901" } }],
  });
  const byName = (): Crossing => ({ kind: "by name" });
  const joined = crossings(byName, { joined: () => ({ entity: "release", id: "902" }) });
  assert.deepEqual(carry("1", { ...passage, crossings: joined }), { kind: "value", value: "902", notes: [] });
  const stale = crossings(byName, { joined: () => ({ entity: "release", id: "999" }) });
  const anew = carry("1", { ...passage, crossings: stale });
  assert.equal(anew.kind === "value" && anew.value, "901", "what is gone is matched anew");
  const values = valueMap({ R1: "\\R1" }, {});
  const mapped = carry("1", { ...passage, mapping: row("f", "f", { values }), crossings: joined });
  assert.equal(mapped.kind === "value" && mapped.value, "901", "a value map wins");
});

test("X22 a release that a link has not paired goes by its name only where that says without doubt which it is", () => {
  const source = names("l", entry("1", "R1"), entry("2", "R2"));
  const target = names("r", entry("901", "R1"), entry("902", "R2"), entry("903", "R2"));
  const waits = (referred: Referred): Crossing => ({ kind: "waits", on: referred, named: true });
  const passage = { ...usual({ from: RELEASE, to: RELEASE }), source, target, crossings: crossings(waits) };
  const named = carry("1", passage);
  assert.equal(named.kind === "value" && named.value, "901");
  for (const [id, isTaken] of [
    ["1", () => true],
    ["2", () => false],
  ] as const) {
    const carried = carry(id, { ...passage, crossings: crossings(waits, { isTaken }) });
    assert.ok(carried.kind === "fault" && carried.awaits?.id === id, JSON.stringify(carried));
  }
});
