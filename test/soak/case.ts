import { setTimeout as wait } from "node:timers/promises";
import type { Random } from "../../daemon/sandbox/random.ts";
import { type Findings, joined, NOTHING } from "./check.ts";
import type { Daemon, Kind, Ran } from "./daemons.ts";
import type { Operation } from "./scene.ts";
import { type Stage, textOf } from "./stage.ts";
import type { Point } from "./steps.ts";

/** Where a run is killed: at a step, after so many milliseconds, or (`end`) when it is over. */
export type Moment = { readonly at: Point } | { readonly ms: number } | "end";

export interface Case {
  readonly operation: Operation;
  readonly kind: Kind;
  readonly first: Moment;
  /** The daemon that should clean up is killed as well, so long after its start or at a step of its run; null: it is let be. */
  readonly again: Moment | null;
}

export interface Outcome extends Findings {
  readonly kills: number;
  /** The first kill struck before the run was over. */
  readonly struck: boolean;
  /** The run, where it was over before the kill. */
  readonly ran: Ran | null;
  readonly ms: number;
  /** Runs after the restart that did not pass. */
  readonly failed: readonly string[];
}

/** A slow tracker needs the full time that a daemon waits for what may be under way. */
const FULL_SETTLE_MS = 60_000;

type Links = Operation["links"];

/** One line of the matrix: prepare, act, kill, start again, one run, look; then a run that must find nothing to do. */
export async function runCase(stage: Stage, { operation, kind, first, again }: Case, random: Random): Promise<Outcome> {
  const { world, daemons } = stage;
  const scene = stage.scene(random);
  const { links } = operation;
  const full = operation.full === true;
  const settleMs = operation.slowMs === undefined ? undefined : FULL_SETTLE_MS;
  const start = () => daemons.start(kind, settleMs);
  world.delayWrites(0);
  await operation.prepare(scene);
  const daemon = await stage.daemon(kind);
  world.pass(3);
  await operation.act(scene);
  const victim = await stage.daemon(kind);
  world.mark();
  world.delayWrites(operation.slowMs ?? 0);
  const began = performance.now();
  const ran = await strike(victim, full, first, links);
  const ms = performance.now() - began;
  stage.gone();
  operation.meanwhile?.(scene);
  world.pass(3);
  let kills = 1;
  if (again !== null) {
    await strike(await start(), full, again, links);
    kills++;
  }
  const last = await start();
  stage.replace(last);
  const findings = await settle(stage, last, full, links);
  if (victim !== daemon) await daemon.kill();
  return { ...findings, kills, struck: ran === null, ran, ms };
}

/** Runs and kills; the run where it was over before. */
async function strike(daemon: Daemon, full: boolean, moment: Moment, links: Links): Promise<Ran | null> {
  if (moment !== "end" && "ms" in moment) {
    const running = daemon.ready().then((ready) => ready?.run(full, undefined, links) ?? null);
    await wait(moment.ms);
    await daemon.kill();
    return running;
  }
  if ((await daemon.ready()) === null) return null;
  const ran = await daemon.run(full, moment === "end" ? undefined : moment.at, links);
  await daemon.kill();
  return ran;
}

async function settle(
  stage: Stage,
  daemon: Daemon,
  full: boolean,
  links: Links,
): Promise<Findings & { failed: readonly string[] }> {
  const { world } = stage;
  if ((await daemon.ready()) === null) throw new Error("the daemon does not start again");
  const cleaned = await daemon.run(full, undefined, links);
  world.delayWrites(0);
  await world.idle();
  const findings = world.check();
  world.pass(3);
  const before = world.writes();
  const second = [await daemon.run(false, undefined, links), await daemon.run(true, undefined, links)];
  const more = world.writes() - before;
  const failed = [cleaned, ...second].filter((ran) => ran?.report.status !== "passed").map(textOf);
  const busy = more === 0 ? [] : [`the second run sent ${more} writes`];
  world.mark();
  // What the second run changed although it should not have is looked at as well.
  const after = world.check();
  return { ...joined([findings, { ...NOTHING, surprise: busy }, news(findings, after)]), failed };
}

function news(before: Findings, after: Findings): Findings {
  const fresh = (a: readonly string[], b: readonly string[]) => b.filter((text) => !a.includes(text));
  return {
    duplicates: fresh(before.duplicates, after.duplicates),
    lost: fresh(before.lost, after.lost),
    surprise: fresh(before.surprise, after.surprise),
  };
}
