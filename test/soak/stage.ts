import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Random } from "../../daemon/sandbox/random.ts";
import { makeConfig } from "./config.ts";
import { type Daemon, type Daemons, type Kind, openDaemons, type Ran } from "./daemons.ts";
import type { Scene } from "./scene.ts";
import { openWorld, type World } from "./world.ts";

/** Two trackers, a repository, one state folder, and the daemon that works on it now. */
export interface Stage {
  readonly world: World;
  readonly daemons: Daemons;
  scene(random: Random): Scene;
  /** The living daemon, of this kind; started where there is none. */
  daemon(kind: Kind): Promise<Daemon>;
  /** Whether a daemon lives is known to whoever killed it. */
  gone(): void;
  replace(daemon: Daemon): void;
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** More records than this and a run would take longer than it teaches. */
const MOST_RECORDS = 44;
/** How long a stepped run waits for creations that may be under way, milliseconds: nothing is, where the trackers are quick. */
const SETTLE_MS = 150;

export async function openStage(): Promise<Stage> {
  const root = mkdtempSync(join(tmpdir(), "syncline-kill-"));
  const world = await openWorld();
  const { repo, secrets, env, publish } = makeConfig(root, world);
  const state = join(root, "state");
  const daemons = openDaemons({
    repo,
    state,
    secrets,
    log: join(root, "daemon.log"),
    settleMs: SETTLE_MS,
    env: { ...env, NODE_COMPILE_CACHE: join(root, "compiled") },
  });
  const live: { daemon: Daemon | null } = { daemon: null };

  async function end(): Promise<void> {
    await live.daemon?.kill();
    live.daemon = null;
  }

  async function forget(): Promise<void> {
    await end();
    rmSync(state, { recursive: true, force: true });
    mkdirSync(state, { recursive: true, mode: 0o700 });
  }

  async function reset(): Promise<void> {
    await forget();
    world.delayWrites(0);
    await world.reset();
  }

  async function daemon(kind: Kind): Promise<Daemon> {
    if (live.daemon?.kind !== kind) await end();
    live.daemon ??= await daemons.start(kind);
    if ((await live.daemon.ready()) === null) throw new Error("the daemon died by itself");
    return live.daemon;
  }

  async function inStep(links?: readonly string[]): Promise<void> {
    const ran = await (await daemon(live.daemon?.kind ?? "stepped")).run(true, undefined, links);
    if (ran?.report.status !== "passed") throw new Error(`nothing to begin with: ${textOf(ran)}`);
    const { duplicates, lost } = world.check();
    if (duplicates.length + lost.length > 0)
      throw new Error(`nothing to begin with: ${[...duplicates, ...lost].join("; ")}`);
  }

  async function pairs(atLeast: number): Promise<void> {
    if (world.keys().length > MOST_RECORDS) await reset();
    if (world.keys().length >= atLeast) return;
    for (let i = world.keys().length; i < atLeast; i++) world.add(i % 2 === 0 ? "alm" : "agm");
    await inStep();
  }

  return {
    ...{ world, daemons, daemon, reset },
    scene: (random) => ({ world, random, reset, pairs, inStep, forget, publish: () => void publish() }),
    gone() {
      live.daemon = null;
    },
    replace(next) {
      live.daemon = next;
    },
    async close() {
      await end();
      await daemons.close();
      await world.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

export function textOf(ran: Ran | null): string {
  if (ran === null) return "the daemon died by itself";
  const { status, messages } = ran.report;
  return `${status}: ${messages
    .slice(0, 3)
    .map((m) => m.message)
    .join("; ")}`;
}
