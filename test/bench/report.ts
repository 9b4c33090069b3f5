import type { Sample, Subject } from "./stage.ts";
import type { Measured } from "./subject.ts";

/**
 * One line of the table: the fastest of its samples, since whatever else the machine does can only add to a time. Its ratios compare what ran one after
 * the other: a machine that is slow for some minutes is so for both.
 */
export interface Line {
  readonly phase: string;
  readonly subject: Subject;
  /** Records that the phase is about: all of them, or those changed. */
  readonly records: number;
  readonly seconds: number;
  /** Processor time of the subject's process and of its rules' process, seconds. */
  readonly cpuSeconds: number;
  readonly recordsPerSecond: number;
  readonly requestsPerRecord: { readonly alm: number; readonly agm: number };
  readonly requests: { readonly alm: number; readonly agm: number };
  readonly peakMiB: number;
  /** Time by the rival's time in the same round, the median of all rounds; null on the rival's line. */
  readonly ratio: number | null;
  /** The same of processor time: steadier where the machine has other work. */
  readonly cpuRatio: number | null;
}

export interface CrowdLine {
  readonly pairs: number;
  readonly changes: number;
  readonly seconds: number;
  readonly peakMiB: number;
  /** Time by the time with the fewest pairs; null on the line of the fewest. */
  readonly ratio: number | null;
}

export interface Machine {
  readonly date: string;
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
}

export interface Report {
  readonly machine: Machine;
  readonly sizes: readonly { readonly defects: number; readonly rounds: number; readonly lines: readonly Line[] }[];
  readonly crowd: readonly CrowdLine[];
}

export function lineOf(
  phase: string,
  subject: Subject,
  records: number,
  samples: readonly Sample[],
  rival: readonly Sample[] | null,
): Line {
  const best = fastest(samples);
  const { ms, requests } = best;
  return {
    ...{ phase, subject, records },
    seconds: round(ms / 1000, 4),
    cpuSeconds: round(best.cpuMs / 1000, 4),
    recordsPerSecond: Math.round(records / (ms / 1000)),
    requests,
    requestsPerRecord: { alm: round(requests.alm / records, 4), agm: round(requests.agm / records, 4) },
    peakMiB: mebibytes(Math.max(...samples.map((s) => s.peakBytes))),
    ratio: rival === null ? null : medianRatio(samples, rival, ({ ms }) => ms),
    cpuRatio: rival === null ? null : medianRatio(samples, rival, ({ cpuMs }) => cpuMs),
  };
}

function medianRatio(samples: readonly Sample[], rival: readonly Sample[], of: (sample: Sample) => number): number {
  const ratios = samples
    .flatMap((sample, i) => (rival[i] === undefined ? [] : [of(sample) / Math.max(of(rival[i]), 0.001)]))
    .toSorted((a, b) => a - b);
  const middle = (ratios.length - 1) / 2;
  const [below = Number.NaN, above = Number.NaN] = [ratios[Math.floor(middle)], ratios[Math.ceil(middle)]];
  return round((below + above) / 2, 2);
}

export function mebibytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}

export function fastest<T extends Measured>(samples: readonly T[]): T {
  return samples.reduce((best, sample) => (sample.ms < best.ms ? sample : best));
}

export function round(number: number, digits: number): number {
  return Number(number.toFixed(digits));
}

const COLUMNS = [
  "phase",
  "subject",
  "records",
  "seconds",
  "CPU s",
  "records/s",
  "req/rec ALM",
  "req/rec AGM",
  "peak MiB",
  "ratio",
  "CPU ratio",
];

/** As people read it. */
export function tableOf({ machine, sizes, crowd }: Report): string {
  const parts = [`${machine.date}, Node ${machine.node}, ${machine.cores} × ${machine.cpu}`];
  for (const { defects, rounds, lines } of sizes) {
    parts.push(
      `${count(defects)} defects, ${rounds === 1 ? "1 round" : `fastest of ${rounds} rounds`}`,
      grid([COLUMNS, ...lines.map(cells)]),
    );
  }
  const head = ["run", "subject", "pairs", "seconds", "changes/s", "peak MiB", "ratio"];
  const rows = crowd.map((line) => [
    `10 changes among ${count(line.pairs)} pairs`,
    "syncline",
    count(line.pairs),
    line.seconds.toFixed(4),
    count(Math.round(line.changes / line.seconds)),
    ...[String(line.peakMiB), line.ratio?.toFixed(2) ?? ""],
  ]);
  if (rows.length > 0) parts.push("A run by itself, trackers in memory", grid([head, ...rows]));
  return parts.join("\n\n");
}

function cells(line: Line): readonly string[] {
  return [
    ...[line.phase, line.subject, count(line.records), line.seconds.toFixed(3), line.cpuSeconds.toFixed(3)],
    ...[count(line.recordsPerSecond)],
    ...[line.requestsPerRecord.alm.toFixed(4), line.requestsPerRecord.agm.toFixed(4)],
    ...[String(line.peakMiB), line.ratio?.toFixed(2) ?? "", line.cpuRatio?.toFixed(2) ?? ""],
  ];
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}

/** Texts to the left, numbers to the right. */
function grid(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows
    .map((row) =>
      row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  "),
    )
    .map((line) => line.trimEnd())
    .join("\n");
}
