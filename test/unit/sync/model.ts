import assert from "node:assert/strict";
import { type FieldMapping, SIDES, type Side } from "../../../daemon/core/snapshot.ts";
import type { Retry, RunReport } from "../../../daemon/core/store.ts";
import { findDrift } from "../../../daemon/sync/look/drift.ts";
import { createJudge, type Judge, type Life } from "./model-judge.ts";
import { createPartsModel, type Holder, type PartsModel } from "./model-parts.ts";
import { content, type Edit, FIELDS, linkOf, NAMES, rowsOf, type Setup, type Step } from "./model-setup.ts";
import type { Trouble } from "./model-trouble.ts";
import { type ModelWorld, modelWorld } from "./model-world.ts";

/** A partner that is hidden, or gone and not to be made again; the end of an entity link that is; a file that was changed on both sides. */
const WAITED_FOR = ["is not there", "no record", "neither is touched"];
const NO_TROUBLE: Trouble = { kind: "none", at: 0, where: "tracker" };

/** Drives trackers and engine, and knows what must become of every record. */
export class Model {
  readonly setup: Setup;
  readonly world: ModelWorld;
  readonly parts: PartsModel;
  readonly judge: Judge;
  readonly lives: Life[] = [];
  /** Of the last run; null where the process was killed in it. */
  last: RunReport | null = null;
  readonly published = { row: false, map: false, direction: "both" as FieldMapping["direction"] };

  constructor(setup: Setup) {
    this.setup = setup;
    this.world = modelWorld(FIELDS, linkOf(setup, this.published), setup.onDisk);
    this.parts = createPartsModel(this.world, setup.parts, setup.filter.left || setup.filter.right);
    this.judge = createJudge(setup, this.world, () => rowsOf(setup, this.published));
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
    else if (step.do === "part") this.parts.take(step, this.holders());
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
    const before = new Map(this.lives.map((life) => [life, { found: this.judge.found(life), lost: { ...life.lost } }]));
    await this.run(true, NO_TROUBLE);
    this.world.pass(600);
    await this.run(true, NO_TROUBLE);
    for (const [life, was] of before) this.judge.checkSettled(life, was.found, was.lost);
    const writes = this.writes();
    this.world.pass(600);
    await this.run(true, NO_TROUBLE);
    await this.run(false, NO_TROUBLE);
    assert.equal(this.writes(), writes, "a run with nothing to do wrote something");
    const drift = await findDrift(await this.world.look(), 50);
    const open = drift.items.filter(({ why }) => why === "not yet carried");
    assert.deepEqual(open, [], "drift finds parts to write where a run finds none");
    const store = this.world.store().link("t/defects");
    assert.deepEqual(store.intents(), [], "an intent stays open");
    const seen = ({ reason }: Retry) => !WAITED_FOR.some((text) => reason.includes(text));
    assert.deepEqual(store.retries(50).filter(seen), [], "a retry stays");
  }

  private writes(): number {
    return this.world.trackers.left.log.length + this.world.trackers.right.log.length + this.parts.writes();
  }

  private holders(): readonly Holder[] {
    return this.lives.map(({ key, whole }) => ({ key, whole }));
  }

  private add(side: Side, inside: boolean): void {
    const key = `k${this.lives.length}`;
    this.lives.push({
      key,
      inside: { left: inside, right: inside },
      lost: { left: "no", right: "no" },
      memory: new Map(),
      whole: true,
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
    life.whole = false;
    life.lost[side] = !known ? "unknown" : how === "dropped" ? "dropped" : "hidden";
    if (how === "dropped") this.world.trackers[side].drop(found.id);
    else this.world.trackers[side].hide(found.id, how);
  }

  private publish(what: "row" | "map" | "direction", direction: FieldMapping["direction"]): void {
    const before = { ...this.published };
    if (what === "direction") this.published.direction = direction;
    else this.published[what] = true;
    this.world.publish(linkOf(this.setup, this.published));
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

  /** What a dry run plans now; null where it cannot plan what the next run will: writes without an answer are settled first. */
  private async planned(full: boolean): Promise<RunReport["plan"] | null> {
    if (this.world.store().link("t/defects").intents().length > 0) return null;
    const before = this.writes();
    const report = await this.world.run(full, NO_TROUBLE, true);
    assert.equal(this.writes(), before, "a dry run wrote");
    return report?.status === "passed" ? (report.plan ?? null) : null;
  }

  private async run(full: boolean, trouble: Trouble): Promise<void> {
    const before = this.lives.map((life) => this.judge.found(life));
    const marks = { left: this.world.trackers.left.log.length, right: this.world.trackers.right.log.length };
    const isClean = (report: RunReport | null) =>
      report?.status === "passed" && this.world.store().link("t/defects").retries(1).length === 0;
    const planned = trouble.kind === "none" ? await this.planned(full) : null;
    const report = await this.parts.run(this.holders(), full, () => this.world.run(full, trouble), isClean);
    this.last = report;
    if (trouble.kind === "none") assert.notEqual(report?.status, "error", JSON.stringify(report?.messages));
    if (planned !== null && report?.status === "passed")
      assert.deepEqual(report.plan, planned, "a run planned something else than the dry run before it (B19)");
    const clean = isClean(report);
    // What was sent is not recorded either where the store gave out.
    const store = trouble.kind === "disk-full" || (trouble.where === "store" && trouble.kind !== "none");
    const crashed = report === null || store;
    this.lives.forEach((life, i) => {
      const was = before[i];
      if (was !== undefined) this.judge.checkRun(life, was, marks, { clean, crashed });
    });
  }
}
