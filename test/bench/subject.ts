import { childrenCpuMs } from "./children.ts";

/** What both subjects are asked to do, in this order. */
export const PHASES = [
  { name: "initial", title: "initial load" },
  { name: "quiet", title: "incremental run, nothing changed" },
  { name: "full", title: "full run, nothing changed" },
  { name: "changed", title: "5 % changed on each side" },
] as const;

export type Phase = (typeof PHASES)[number]["name"];

export type Access = Readonly<Record<string, string | number>>;

/** What a subject is started with. */
export interface SubjectGiven {
  readonly alm: Access;
  readonly agm: Access;
  /** A folder of its own, kept from phase to phase. */
  readonly folder: string;
  /** Whether the link has the sample's rules on both sides. */
  readonly rules: boolean;
}

export interface Job {
  readonly phase: Phase;
  /** UTC second by the trackers' clocks after which somebody edited; what a cursor is to the raw copy, which keeps none. */
  readonly since: string;
}

/** What it says of one phase. */
export interface Measured {
  readonly ms: number;
  /** Processor time of the process and its children, the rules' process that is, in the phase, milliseconds. */
  readonly cpuMs: number;
  /** Largest resident set of the process up to the end of the phase, in bytes. */
  readonly peakBytes: number;
}

export async function measured(work: () => Promise<void>): Promise<Measured> {
  const started = performance.now();
  const before = process.cpuUsage();
  const childrenBefore = childrenCpuMs();
  await work();
  const { user, system } = process.cpuUsage(before);
  const ms = performance.now() - started;
  const childrenMs = childrenCpuMs() - childrenBefore;
  return { ms, cpuMs: (user + system) / 1000 + childrenMs, peakBytes: process.resourceUsage().maxRSS * 1024 };
}
