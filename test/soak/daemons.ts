import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { findDaemon } from "../../daemon/control/client.ts";
import type { Ask, Order, Told } from "./daemon.ts";
import type { Point, Step } from "./steps.ts";

/** `stepped` runs know their steps and kill themselves; `syncline` is the program as it is installed, killed from outside. */
export type Kind = Order["be"];

/** As much of a run report as the soak looks at. */
export interface Report {
  readonly revision: string;
  readonly status: string;
  readonly messages: readonly { readonly message: string }[];
}

export interface Ran {
  readonly report: Report;
  readonly met: Readonly<Partial<Record<Step, number>>>;
}

/** One process that keeps the link in step. */
export interface Daemon {
  readonly kind: Kind;
  /** Resolves when it can be asked; null where it died before. */
  ready(): Promise<Daemon | null>;
  /** Null where it died meanwhile. */
  run(full: boolean, point?: Point, links?: readonly string[]): Promise<Ran | null>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
}

export interface DaemonsOptions {
  readonly repo: string;
  readonly state: string;
  readonly secrets: string;
  readonly log: string;
  readonly settleMs: number;
  readonly env: Readonly<Record<string, string>>;
}

/** Starts daemons on one state folder, one after another. The next process is always there already, with its modules loaded and idle. */
export interface Daemons {
  start(kind: Kind, settleMs?: number): Promise<Daemon>;
  close(): Promise<void>;
}

export const LINKS = ["defects"] as const;
/** Longer than any start or run of a world this small. */
const LIMIT_MS = 90_000;

export function openDaemons(options: DaemonsOptions): Daemons {
  const state = { spare: load(options.env), live: [] as Daemon[] };
  return {
    async start(kind, settleMs = options.settleMs) {
      const { child, loaded } = state.spare;
      if ((await loaded) === null) throw new Error("the daemon's modules cannot be loaded");
      state.spare = load(options.env);
      const daemon = kind === "stepped" ? stepped(child, options, settleMs) : syncline(child, options);
      state.live = [...state.live.filter((d) => d !== daemon), daemon].slice(-4);
      return daemon;
    },
    async close() {
      for (const daemon of state.live) await daemon.kill();
      await kill(state.spare.child);
    },
  };
}

function load(env: Readonly<Record<string, string>>): {
  readonly child: ChildProcess;
  readonly loaded: Promise<unknown>;
} {
  const child = fork(new URL("./daemon.ts", import.meta.url), [], {
    env: { ...env },
    // Not those of this process, which may be a test runner's.
    execArgv: [],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  return { child, loaded: until(child, "loaded") };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

/** What the child says next that is of this kind; null where it dies. Throws what it failed with. */
function until<K extends Told["told"]>(child: ChildProcess, told: K): Promise<Extract<Told, { told: K }> | null> {
  return new Promise((resolve, reject) => {
    const end = (act: () => void) => {
      clearTimeout(timer);
      child.off("message", hear).off("exit", die);
      act();
    };
    const die = () => end(() => resolve(null));
    const hear = (message: Told) => {
      if (message.told === "failed") end(() => reject(new Error(message.why)));
      else if (message.told === told) end(() => resolve(message as Extract<Told, { told: K }>));
    };
    const timer = setTimeout(() => end(() => reject(new Error(`waited in vain for "${told}"`))), LIMIT_MS);
    child.on("message", hear).once("exit", die);
    if (child.exitCode !== null || child.signalCode !== null) die();
  });
}

function stepped(child: ChildProcess, options: DaemonsOptions, settleMs: number): Daemon {
  const { repo, state, secrets, log } = options;
  child.send({ be: "stepped", repo, state, secrets, log, settleMs } satisfies Order);
  const ready = until(child, "ready");
  const self: Daemon = {
    kind: "stepped",
    ready: async () => ((await ready) === null ? null : self),
    async run(full, point, links = LINKS) {
      const said = until(child, "run");
      child.send({ full, point: point ?? null, links } satisfies Ask);
      const ran = await said;
      return ran === null ? null : { report: ran.report as Report, met: ran.met };
    },
    kill: () => kill(child),
  };
  return self;
}

function syncline(child: ChildProcess, { repo, state, secrets, log }: DaemonsOptions): Daemon {
  const args = [
    "start",
    "--repo",
    repo,
    "--state",
    state,
    "--secrets",
    secrets,
    "--log-level",
    "warn",
    "--log-file",
    log,
  ];
  child.send({ be: "syncline", args } satisfies Order);
  const gone = () => child.exitCode !== null || child.signalCode !== null;
  const find = async () => {
    for (const end = Date.now() + LIMIT_MS; Date.now() < end; await wait(10)) {
      if (gone()) return null;
      const found = await findDaemon(state);
      if (found?.pid === child.pid) return found;
    }
    throw new Error("`syncline start` cannot be asked");
  };
  const self: Daemon = {
    kind: "syncline",
    ready: async () => ((await find()) === null ? null : self),
    async run(full, _point, links = LINKS) {
      const found = await find();
      if (found === null) return null;
      try {
        const reports: Report[] = [];
        for (const link of links) reports.push(await found.ask("sync", { link: `kill/${link}`, full, dryRun: false }));
        const report = reports.find(({ status }) => status !== "passed") ?? reports.at(-1);
        return report === undefined ? null : { report, met: {} };
      } catch (error) {
        await Promise.race([once(child, "exit"), wait(2_000)]);
        if (gone()) return null;
        throw error;
      }
    },
    kill: () => kill(child),
  };
  return self;
}
