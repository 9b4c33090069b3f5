import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Child, startChild } from "./child.ts";
import type { Access, Job, Measured, Phase, SubjectGiven } from "./subject.ts";

export type Subject = "syncline" | "raw copy" | "with rules";

const MODULES: Readonly<Record<Subject, string>> = {
  syncline: "./syncline.ts",
  "raw copy": "./raw.ts",
  "with rules": "./syncline.ts",
};

/** One phase of one subject. */
export interface Sample extends Measured {
  /** Requests that the trackers counted, sign-in included where the phase had to sign in. */
  readonly requests: { readonly alm: number; readonly agm: number };
}

/** Two simulators with the records of one round, and the folder of the subject that works on them. */
export interface Stage {
  /**
   * Runs one phase in a process of its own. Phases are to be run in their order. `warm`: the process has done as much once before, as a daemon has
   * that runs for days; what a process costs that has just begun is then left out.
   */
  run(phase: Phase, options?: RunOptions): Promise<Sample>;
  close(): Promise<void>;
}

export interface RunOptions {
  readonly profile?: readonly string[];
  readonly warm?: boolean;
}

/** One record in so many is edited on either side: 5 %. */
const EVERY = 20;
/** Between two phases on the trackers' clocks: past the overlap of every cursor; all of them together are short of a session. */
const PAUSE_MIN = 3;

export async function openStage(subject: Subject, records: number): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), "syncline-bench-"));
  const alm = startChild("./alm.ts", { records });
  const agm = startChild("./agile-manager.ts", null);
  const given: SubjectGiven = {
    ...{ alm: await alm.ask<Access>("access"), agm: await agm.ask<Access>("access"), folder },
    rules: subject === "with rules",
  };
  const clock = { ahead: 0 };
  const trackers = [alm, agm];

  async function pass(): Promise<void> {
    clock.ahead += PAUSE_MIN;
    for (const tracker of trackers) await tracker.ask("pass", PAUSE_MIN);
  }

  async function requests(): Promise<Sample["requests"]> {
    return { alm: await alm.ask<number>("requests"), agm: await agm.ask<number>("requests") };
  }

  async function runIn(child: Child, phase: Phase, round: number, from = 0): Promise<Sample> {
    await pass();
    const since = `${new Date(Date.now() + clock.ahead * 60_000 - 5_000).toISOString().slice(0, 19)}Z`;
    if (phase === "changed") await edit(alm, agm, round, from);
    const before = await requests();
    const measured = await child.ask<Measured>("run", { phase, since } satisfies Job);
    const after = await requests();
    if (phase === "initial" || phase === "changed") await compare(alm, agm, records);
    return { ...measured, requests: { alm: after.alm - before.alm, agm: after.agm - before.agm } };
  }

  return {
    async run(phase, { profile = [], warm = false } = {}) {
      const child = startChild(MODULES[subject], given, profile);
      try {
        if (phase !== "initial") await child.ask("ready");
        if (warm) {
          await runIn(child, phase, records + 1, EVERY / 4);
          await pass();
          await child.ask("ready");
        }
        const sample = await runIn(child, phase, records);
        // So that the next phase does not find its own side's last writes in the cursor's overlap.
        await pass();
        await child.ask("ready");
        return sample;
      } finally {
        await child.end();
      }
    },
    async close() {
      await Promise.all(trackers.map((tracker) => tracker.end()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** `from`: the first record that is edited, so that a round need not edit those of another one. */
async function edit(alm: Child, agm: Child, round: number, from: number): Promise<void> {
  await alm.ask("edit", { every: EVERY, offset: from, round });
  await agm.ask("edit", { every: EVERY, offset: from + EVERY / 2, round });
}

/** A subject that moves less than it should must not look fast. */
async function compare(alm: Child, agm: Child, records: number): Promise<void> {
  const left = (await alm.ask<string[]>("names")).sort();
  const right = (await agm.ask<string[]>("names")).sort();
  const wrong = left.findIndex((name, i) => name !== right[i]);
  if (left.length === records && right.length === records && wrong === -1) return;
  throw new Error(`the trackers do not agree: ${left.length} and ${right.length} defects, "${left[wrong]}"`);
}
