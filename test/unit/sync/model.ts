import assert from "node:assert/strict";
import type { Fields, Value } from "../../../daemon/core/record.ts";
import {
  type ConflictPolicy,
  type FieldMapping,
  type LinkConfig,
  otherSide,
  type Side,
} from "../../../daemon/core/snapshot.ts";
import type { Retry } from "../../../daemon/core/store.ts";
import { field, link, row, side, valueMap } from "./bench.ts";
import type { Habits } from "./memory-tracker.ts";
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
import type { Trouble } from "./model-trouble.ts";
import { type ModelWorld, modelWorld } from "./model-world.ts";

type Rule = "nothing" | "delete" | "recreate";

/** The generated configuration that a whole example lives under. */
export interface Setup {
  readonly deleted: Readonly<Record<Side, Rule>>;
  readonly create: Readonly<Record<Side, boolean>>;
  /** Only records of scope "in" get a partner. */
  readonly filter: Readonly<Record<Side, boolean>>;
  readonly conflict: ConflictPolicy;
  readonly onDisk: boolean;
}

export interface Edit {
  readonly side: Side;
  readonly field: number;
  readonly value: number;
}

export type Step =
  | { readonly do: "add"; readonly side: Side; readonly inside: boolean }
  | { readonly do: "edit"; readonly pick: number; readonly edits: readonly Edit[] }
  | { readonly do: "drop"; readonly pick: number; readonly side: Side }
  | { readonly do: "hide"; readonly pick: number; readonly side: Side; readonly as: "outside" | "hidden" }
  | { readonly do: "run"; readonly full: boolean; readonly trouble: Trouble }
  | { readonly do: "habits"; readonly side: Side; readonly habits: Habits }
  | {
      readonly do: "publish";
      readonly what: "row" | "map" | "direction";
      readonly direction: FieldMapping["direction"];
    }
  | { readonly do: "restart" }
  | { readonly do: "wait"; readonly minutes: number };

const SIDES = ["left", "right"] as const;
const NO_TROUBLE: Trouble = { kind: "none", at: 0, where: "tracker" };
const FIELDS = {
  left: [
    field("key"),
    field("scope"),
    field("name"),
    field("size", { kind: "number" }),
    field("tags", { multiple: true }),
    field("sev"),
    field("note"),
  ],
  right: [
    field("key"),
    field("scope"),
    field("title"),
    field("points", { kind: "number" }),
    field("labels", { multiple: true }),
    field("rank"),
    field("text"),
  ],
};
const MAPS = {
  before: valueMap({ Low: "1", Medium: "2", High: "2", Top: "3" }, { "1": "Low", "2": "Medium", "3": "Top" }),
  after: valueMap({ Low: "1", Medium: "2", High: "3", Top: "3" }, { "1": "Low", "2": "Medium", "3": "Top" }),
};
const NAMES = [
  ["name", "title"],
  ["size", "points"],
  ["tags", "labels"],
  ["sev", "rank"],
  ["note", "text"],
] as const;

interface Life {
  readonly key: string;
  readonly inside: Readonly<Record<Side, boolean>>;
  /** Why a side has no record any more; `unknown`: the engine had not recorded the pair yet. */
  readonly lost: Record<Side, "no" | "dropped" | "unknown" | "hidden">;
  /** By the left field's name; empty before both sides were there. */
  memory: Map<string, Memory>;
}

type Found = Readonly<Record<Side, Fields | null>>;

/** Drives trackers and engine, and knows what must become of every record. */
export class Model {
  readonly setup: Setup;
  readonly world: ModelWorld;
  readonly lives: Life[] = [];
  readonly published = { row: false, map: false, direction: "both" as FieldMapping["direction"] };

  constructor(setup: Setup) {
    this.setup = setup;
    this.world = modelWorld(FIELDS, this.link(), setup.onDisk);
    // So that a side is never empty as a whole: that is a brake of its own.
    for (const side of SIDES) this.add(side, true);
  }

  async take(step: Step): Promise<void> {
    if (step.do === "add") this.add(step.side, step.inside);
    else if (step.do === "edit") for (const edit of step.edits) this.edit(step.pick, edit);
    else if (step.do === "drop") this.lose(step.pick, step.side, "dropped");
    else if (step.do === "hide") this.lose(step.pick, step.side, step.as);
    else if (step.do === "run") await this.run(step.full, step.trouble);
    else if (step.do === "habits") this.world.trackers[step.side].habits = step.habits;
    else if (step.do === "publish") this.publish(step.what, step.direction);
    else if (step.do === "restart") this.world.restart();
    this.world.pass(step.do === "wait" ? step.minutes : 1);
  }

  /** Troubles are over: two runs bring everything in step, and the next ones write nothing. */
  async settle(): Promise<void> {
    for (const side of SIDES) {
      const tracker = this.world.trackers[side];
      tracker.habits = { ...tracker.habits, loseAnswer: 0, refuse: 0, restlessVersions: false };
    }
    this.world.pass(600);
    const before = new Map(this.lives.map((life) => [life, { found: this.found(life), lost: { ...life.lost } }]));
    await this.run(true, NO_TROUBLE);
    this.world.pass(600);
    await this.run(true, NO_TROUBLE);
    for (const [life, was] of before) this.checkSettled(life, was.found, was.lost);
    const writes = this.writes();
    this.world.pass(600);
    await this.run(true, NO_TROUBLE);
    await this.run(false, NO_TROUBLE);
    assert.equal(this.writes(), writes, "a run with nothing to do wrote something");
    const store = this.world.store().link("t/defects");
    assert.deepEqual(store.intents(), [], "an intent stays open");
    // A partner that is hidden, or gone and not to be made again, is waited for.
    const seen = (retry: Retry) => !retry.reason.includes("is not there");
    assert.deepEqual(store.retries(50).filter(seen), [], "a retry stays");
  }

  private writes(): number {
    return this.world.trackers.left.log.length + this.world.trackers.right.log.length;
  }

  private add(side: Side, inside: boolean): void {
    const key = `k${this.lives.length}`;
    this.lives.push({
      key,
      inside: { left: inside, right: inside },
      lost: { left: "no", right: "no" },
      memory: new Map(),
    });
    const name = side === "left" ? "name" : "title";
    this.world.trackers[side].add({ key, [name]: "v0", scope: inside ? "in" : "out" });
  }

  private edit(pick: number, { side, field: index, value }: Edit): void {
    const life = this.lives[pick % this.lives.length];
    const names = NAMES[index];
    if (life === undefined || names === undefined) return;
    const found = this.world.standing(side, life.key)[0];
    if (found === undefined) return;
    const [left, right] = names;
    this.world.trackers[side].edit(found.id, { [side === "left" ? left : right]: content(left, side, value) });
    const memory = life.memory.get(left);
    if (memory !== undefined) life.memory.set(left, { ...memory, touched: true });
  }

  private lose(pick: number, side: Side, how: "dropped" | "outside" | "hidden"): void {
    // The first two are there to stay.
    const life = this.lives[2 + (pick % Math.max(1, this.lives.length - 2))];
    const found = life === undefined ? undefined : this.world.standing(side, life.key)[0];
    if (life === undefined || found === undefined) return;
    const known = this.world.paired(side, found.id);
    life.lost[side] = !known ? "unknown" : how === "dropped" ? "dropped" : "hidden";
    if (how === "dropped") this.world.trackers[side].drop(found.id);
    else this.world.trackers[side].hide(found.id, how);
  }

  private publish(what: "row" | "map" | "direction", direction: FieldMapping["direction"]): void {
    const before = { ...this.published };
    if (what === "direction") this.published.direction = direction;
    else this.published[what] = true;
    this.world.publish(this.link());
    for (const life of this.lives) {
      if (life.memory.size === 0) continue;
      if (!before.row && this.published.row)
        life.memory.set("note", { bases: [null], published: false, touched: false });
      if (before.map !== this.published.map) this.mark(life, "sev");
      if (before.direction !== this.published.direction) this.mark(life, "name");
    }
  }

  private mark(life: Life, name: string): void {
    const memory = life.memory.get(name);
    if (memory !== undefined) life.memory.set(name, { ...memory, published: true });
  }

  private link(): LinkConfig {
    const { deleted, create, filter, conflict } = this.setup;
    const one = (endpoint: string, s: Side) =>
      side(endpoint, { deleted: deleted[s], create: create[s], filter: filter[s] ? "scope=in" : null });
    const rows = [
      row("key", "key"),
      ...this.rows().map((r) =>
        row(r.left, r.right, { direction: r.direction, conflict, ...(r.left === "sev" ? { values: this.map() } : {}) }),
      ),
    ];
    const off = { create: null, update: null, delete: null };
    return link(rows, { left: one("l", "left"), right: one("r", "right"), conflict, brakes: off });
  }

  private map() {
    return this.published.map ? MAPS.after : MAPS.before;
  }

  private rows(): readonly Row[] {
    return NAMES.filter(([left]) => left !== "note" || this.published.row).map(([left, right]) => ({
      ...{ left, right, conflict: this.setup.conflict },
      direction: left === "name" ? this.published.direction : "both",
      toRight: (value) => (left === "sev" && typeof value === "string" ? (this.map().toRight[value] ?? null) : value),
      toLeft: (value) => (left === "sev" && typeof value === "string" ? (this.map().toLeft[value] ?? null) : value),
    }));
  }

  private found(life: Life): Found {
    const one = (s: Side) => {
      const standing = this.world.standing(s, life.key);
      assert.ok(standing.length < 2, `${life.key} stands ${standing.length} times on the ${s}`);
      return standing[0]?.fields ?? null;
    };
    return { left: one("left"), right: one("right") };
  }

  private async run(full: boolean, trouble: Trouble): Promise<void> {
    const before = this.lives.map((life) => this.found(life));
    const marks = { left: this.world.trackers.left.log.length, right: this.world.trackers.right.log.length };
    const report = await this.world.run(full, trouble);
    if (trouble.kind === "none") assert.notEqual(report?.status, "error", JSON.stringify(report?.messages));
    const clean = report?.status === "passed" && this.world.store().link("t/defects").retries(1).length === 0;
    // What was sent is not recorded either where the store gave out.
    const store = trouble.kind === "disk-full" || (trouble.where === "store" && trouble.kind !== "none");
    const crashed = report === null || store;
    this.lives.forEach((life, i) => {
      const was = before[i];
      if (was !== undefined) this.checkRun(life, was, marks, { clean, crashed });
    });
  }

  /** During a run nothing may happen but what is to come of it anyway. */
  private checkRun(
    life: Life,
    was: Found,
    marks: Readonly<Record<Side, number>>,
    run: { clean: boolean; crashed: boolean },
  ): void {
    const now = this.found(life);
    for (const s of SIDES) {
      if (was[s] === null && now[s] !== null) {
        assert.ok(
          was[otherSide(s)] !== null && this.setup.create[s],
          `${life.key} was made on the ${s} without a reason`,
        );
        assert.notEqual(life.lost[s], "hidden", `${life.key} was made anew on the ${s} although it is only hidden`);
        life.lost[s] = "no";
      }
      if (was[s] !== null && now[s] === null) this.checkRemoved(life, s, was);
    }
    if (now.left === null || now.right === null) return;
    const { left, right } = now;
    const first = was.left === null || was.right === null || life.memory.size === 0;
    for (const r of this.rows()) {
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
      const wrote = this.wrote(life, r, marks);
      life.memory.set(r.left, observed(r, old, values, memory, { wrote, ...run }));
    }
  }

  private checkRemoved(life: Life, s: Side, was: Found): void {
    const other = otherSide(s);
    assert.ok(was[other] === null, `${life.key} was deleted on the ${s} although its partner is there`);
    assert.equal(this.setup.deleted[other], "delete", `${life.key} was deleted on the ${s} without a rule`);
    assert.ok(
      ["dropped", "unknown"].includes(life.lost[other]),
      `${life.key} was deleted on the ${s} although nobody deleted its partner`,
    );
    for (const r of this.rows()) {
      const memory = life.memory.get(r.left);
      const values = valuesOf(r, { left: was.left ?? {}, right: was.right ?? {} });
      assert.ok(
        memory === undefined || !surelyEdited(s, values, memory),
        `${life.key} was deleted on the ${s} with its edit of ${r.left}`,
      );
    }
  }

  private wrote(life: Life, r: Row, marks: Readonly<Record<Side, number>>): Side | null {
    const wrote = SIDES.find((s) => {
      const id = this.world.standing(s, life.key)[0]?.id;
      const log = this.world.trackers[s].log.slice(marks[s]);
      return log.some((entry) => entry.id === id && Object.hasOwn(entry.fields, r[s]));
    });
    return wrote ?? null;
  }

  private checkSettled(life: Life, was: Found, lost: Life["lost"]): void {
    const now = this.found(life);
    if (was.left === null && was.right === null) {
      assert.deepEqual(now, was, `${life.key} came back although both are gone`);
      return;
    }
    if (was.left !== null && was.right !== null) {
      assert.ok(now.left !== null && now.right !== null, `${life.key} lost a side`);
      // Each run was held against the model already; what is left to see is that nothing waits.
      this.checkMarkers(life);
      for (const r of this.rows()) this.checkCell(life, r, valuesOf(r, { left: now.left, right: now.right }));
      return;
    }
    const there: Side = was.left === null ? "right" : "left";
    this.checkAlone(life, there, lost, was, now);
  }

  private checkMarkers(life: Life): void {
    const [left, right] = SIDES.map((s) => this.world.standing(s, life.key)[0]);
    if (left === undefined || right === undefined || !this.world.paired("left", left.id)) return;
    assert.equal(left.fields["partner"], right.id, `${life.key} on the left does not name its partner`);
    assert.equal(right.fields["partner"], left.id, `${life.key} on the right does not name its partner`);
  }

  private checkCell(life: Life, r: Row, now: Values): void {
    const memory = life.memory.get(r.left);
    const allowed = memory === undefined ? [] : outcomes(r, now, memory);
    assert.ok(
      allowed.some((v) => sameValues(v, now)),
      `${life.key} ${r.left} stays ${show(now)}; both may have agreed on ${JSON.stringify(memory)}`,
    );
  }

  /** One side only: a partner to be made, one that was deleted, or one that nobody can see. */
  private checkAlone(life: Life, there: Side, lost: Life["lost"], was: Found, now: Found): void {
    const away = otherSide(there);
    const how = lost[away];
    const rule = this.setup.deleted[away];
    const kinds = new Set<string>();
    for (const s of SIDES) if (now[s] !== null) kinds.add(s);
    const shape = kinds.size === 2 ? "both" : kinds.has(there) ? "alone" : "gone";
    const makes = this.setup.create[away] && (!this.setup.filter[there] || life.inside[there]);
    const edited = this.editState(life, there, was);
    const byRule: readonly string[] =
      rule === "nothing"
        ? ["alone"]
        : rule === "recreate"
          ? [this.setup.create[away] ? "both" : "alone"]
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

  private editState(life: Life, s: Side, was: Found): "surely" | "maybe" | "no" {
    let state: "surely" | "maybe" | "no" = "no";
    for (const r of this.rows()) {
      const memory = life.memory.get(r.left);
      const values = valuesOf(r, { left: was.left ?? {}, right: was.right ?? {} });
      if (memory === undefined) state = "maybe";
      else if (surelyEdited(s, values, memory)) return "surely";
      else if (maybeEdited(s, values, memory)) state = "maybe";
    }
    return state;
  }
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

function content(name: string, s: Side, value: number): Value {
  if (name === "size") return value === 0 ? null : String(value);
  if (name === "tags") return value === 0 ? null : ["a", "b", "c"].slice(0, value);
  if (name === "sev") return s === "left" ? (["Low", "Medium", "High", "Top"][value] ?? null) : String(1 + (value % 3));
  return value === 0 ? null : `v${value}`;
}

function show({ left, right }: Values): string {
  return `${JSON.stringify(left)} | ${JSON.stringify(right)}`;
}
