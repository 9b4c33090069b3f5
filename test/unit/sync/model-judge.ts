import assert from "node:assert/strict";
import type { Fields } from "../../../daemon/core/record.ts";
import { otherSide, SIDES, type Side } from "../../../daemon/core/snapshot.ts";
import {
  agreed,
  inStep,
  type Memory,
  maybeEdited,
  observed,
  outcomes,
  type Row,
  sameValues,
  surelyEdited,
  type Values,
} from "./model-reference.ts";
import type { Setup } from "./model-setup.ts";
import type { ModelWorld } from "./model-world.ts";

/** One record of people, on the sides where it stands. */
export interface Life {
  readonly key: string;
  readonly inside: Readonly<Record<Side, boolean>>;
  /** Why a side has no record any more; `unknown`: the engine had not recorded the pair yet. */
  readonly lost: Record<Side, "no" | "dropped" | "unknown" | "hidden">;
  /** By the left field's name; empty before both sides were there. */
  memory: Map<string, Memory>;
  /** False once a record of it was deleted or hidden: what belonged to it may be lost. */
  whole: boolean;
}

export type Found = Readonly<Record<Side, Fields | null>>;
/** Holds what becomes of a record's fields against the reference model. */
export interface Judge {
  /** The record of a life on both sides; a second one on either is a duplicate. */
  found(life: Life): Found;
  /** During a run nothing may happen but what is to come of it anyway. */
  checkRun(
    life: Life,
    was: Found,
    marks: Readonly<Record<Side, number>>,
    run: { clean: boolean; crashed: boolean },
  ): void;
  checkSettled(life: Life, was: Found, lost: Life["lost"]): void;
}

export function createJudge(setup: Setup, world: ModelWorld, rows: () => readonly Row[]): Judge {
  function found(life: Life): Found {
    const one = (s: Side) => {
      const standing = world.standing(s, life.key);
      assert.ok(standing.length < 2, `${life.key} stands ${standing.length} times on the ${s}`);
      return standing[0]?.fields ?? null;
    };
    return { left: one("left"), right: one("right") };
  }

  /** During a run nothing may happen but what is to come of it anyway. */
  function checkRun(
    life: Life,
    was: Found,
    marks: Readonly<Record<Side, number>>,
    run: { clean: boolean; crashed: boolean },
  ): void {
    const now = found(life);
    for (const s of SIDES) {
      if (was[s] === null && now[s] !== null) {
        assert.ok(was[otherSide(s)] !== null && setup.create[s], `${life.key} was made on the ${s} without a reason`);
        assert.notEqual(life.lost[s], "hidden", `${life.key} was made anew on the ${s} although it is only hidden`);
        life.lost[s] = "no";
      }
      if (was[s] !== null && now[s] === null) checkRemoved(life, s, was);
    }
    if (now.left === null || now.right === null) return;
    const { left, right } = now;
    const first = was.left === null || was.right === null || life.memory.size === 0;
    for (const r of rows()) {
      const values = valuesOf(r, { left, right });
      if (first) {
        life.memory.set(r.left, firstMemory(r, values, was, run.clean));
        continue;
      }
      const memory = life.memory.get(r.left) ?? { bases: [null], published: false, touched: false };
      const old = valuesOf(r, { left: was.left ?? {}, right: was.right ?? {} });
      // A run without trouble that leaves nothing to be tried again has seen to everything.
      const allowed = [...(run.clean ? [] : [old]), ...outcomes(r, old, memory)];
      assert.ok(
        allowed.some((v) => sameValues(v, values)),
        `${life.key} ${r.left}: ${show(old)} became ${show(values)}; both may have agreed on ${JSON.stringify(memory)}`,
      );
      const wrote = writtenSide(life, r, marks);
      life.memory.set(r.left, observed(r, old, values, memory, { wrote, ...run }));
    }
  }

  function checkRemoved(life: Life, s: Side, was: Found): void {
    const other = otherSide(s);
    assert.ok(was[other] === null, `${life.key} was deleted on the ${s} although its partner is there`);
    assert.equal(setup.deleted[other], "delete", `${life.key} was deleted on the ${s} without a rule`);
    assert.ok(
      ["dropped", "unknown"].includes(life.lost[other]),
      `${life.key} was deleted on the ${s} although nobody deleted its partner`,
    );
    for (const r of rows()) {
      const memory = life.memory.get(r.left);
      const values = valuesOf(r, { left: was.left ?? {}, right: was.right ?? {} });
      assert.ok(
        memory === undefined || !surelyEdited(s, values, memory),
        `${life.key} was deleted on the ${s} with its edit of ${r.left}`,
      );
    }
  }

  function writtenSide(life: Life, r: Row, marks: Readonly<Record<Side, number>>): Side | null {
    const wrote = SIDES.find((s) => {
      const id = world.standing(s, life.key)[0]?.id;
      const log = world.trackers[s].log.slice(marks[s]);
      return log.some((entry) => entry.id === id && Object.hasOwn(entry.fields, r[s]));
    });
    return wrote ?? null;
  }

  function checkSettled(life: Life, was: Found, lost: Life["lost"]): void {
    const now = found(life);
    if (was.left === null && was.right === null) {
      assert.deepEqual(now, was, `${life.key} came back although both are gone`);
      return;
    }
    if (was.left !== null && was.right !== null) {
      assert.ok(now.left !== null && now.right !== null, `${life.key} lost a side`);
      // Each run was held against the model already; what is left to see is that nothing waits.
      checkMarkers(life);
      for (const r of rows()) checkCell(life, r, valuesOf(r, { left: now.left, right: now.right }));
      return;
    }
    const there: Side = was.left === null ? "right" : "left";
    checkAlone(life, there, lost, was, now);
  }

  function checkMarkers(life: Life): void {
    const [left, right] = SIDES.map((s) => world.standing(s, life.key)[0]);
    if (left === undefined || right === undefined || !world.paired("left", left.id)) return;
    assert.equal(left.fields["partner"], right.id, `${life.key} on the left does not name its partner`);
    assert.equal(right.fields["partner"], left.id, `${life.key} on the right does not name its partner`);
  }

  function checkCell(life: Life, r: Row, now: Values): void {
    const memory = life.memory.get(r.left);
    const allowed = memory === undefined ? [] : outcomes(r, now, memory);
    assert.ok(
      allowed.some((v) => sameValues(v, now)),
      `${life.key} ${r.left} stays ${show(now)}; both may have agreed on ${JSON.stringify(memory)}`,
    );
  }

  /** One side only: a partner to be made, one that was deleted, or one that nobody can see. */
  function checkAlone(life: Life, there: Side, lost: Life["lost"], was: Found, now: Found): void {
    const away = otherSide(there);
    const how = lost[away];
    const rule = setup.deleted[away];
    const kinds = new Set<string>();
    for (const s of SIDES) if (now[s] !== null) kinds.add(s);
    const shape = kinds.size === 2 ? "both" : kinds.has(there) ? "alone" : "gone";
    const makes = setup.create[away] && (!setup.filter[there] || life.inside[there]);
    const edited = editState(life, there, was);
    const byRule: readonly string[] =
      rule === "nothing"
        ? ["alone"]
        : rule === "recreate"
          ? [setup.create[away] ? "both" : "alone"]
          : edited === "surely"
            ? ["alone"]
            : edited === "no"
              ? ["gone"]
              : ["alone", "gone"];
    const wanted: readonly string[] =
      how === "hidden"
        ? ["alone"]
        : how === "dropped"
          ? byRule
          : how === "unknown"
            ? [...byRule, "alone", "both"]
            : [makes ? "both" : "alone"];
    assert.ok(
      wanted.includes(shape),
      `${life.key}: only the ${there} was there, the ${away} ${how === "no" ? "was never made" : how}; rule ${rule}: ${shape} instead of ${wanted.join(" or ")}`,
    );
  }

  function editState(life: Life, s: Side, was: Found): "surely" | "maybe" | "no" {
    let state: "surely" | "maybe" | "no" = "no";
    for (const r of rows()) {
      const memory = life.memory.get(r.left);
      const values = valuesOf(r, { left: was.left ?? {}, right: was.right ?? {} });
      if (memory === undefined) state = "maybe";
      else if (surelyEdited(s, values, memory)) return "surely";
      else if (maybeEdited(s, values, memory)) state = "maybe";
    }
    return state;
  }
  return { found, checkRun, checkSettled };
}

/** A partner was just made, or both were found. What the row does not carry that way, or nobody may have recorded, is not agreed on yet. */
function firstMemory(r: Row, values: Values, was: Found, clean: boolean): Memory {
  const made = was.left === null || was.right === null;
  const carried = clean || (values.left !== null && values.right !== null);
  const sure = made && carried && inStep(r, values) && r.direction === "both";
  return sure ? agreed(values) : { bases: [values, null], published: false, touched: false };
}

function valuesOf(r: Row, found: { readonly left: Fields; readonly right: Fields }): Values {
  return { left: found.left[r.left] ?? null, right: found.right[r.right] ?? null };
}

function show({ left, right }: Values): string {
  return `${JSON.stringify(left)} | ${JSON.stringify(right)}`;
}
