import type { Diagnostic } from "../core/diagnostic.ts";
import type { RuleCall, RuleHost } from "../core/rules.ts";
import { createHost } from "./host.ts";
import type { FileLoad } from "./load.ts";
import { loadFiles } from "./load.ts";
import type { PlaceFinder } from "./positions.ts";
import { createPlaceFinder } from "./positions.ts";
import type { CageProcess } from "./process.ts";
import { startProcess } from "./process.ts";

/** Rules bundled to one script, as the config plane makes it: `module.exports` has a getter per file of `files` and one per link key. */
export interface Bundle {
  readonly code: string;
  readonly map: string;
  readonly files: readonly string[];
}

/** Which rules a file has, by endpoint name. `lean`: those that cannot see `current`, `base` and `previous`, which need not be sent to them. */
export type Shape = Readonly<Record<string, Readonly<Record<RuleCall["kind"], boolean>> & Lean>>;

interface Lean {
  readonly lean: readonly RuleCall["kind"][];
}

export interface RuleHostOptions {
  /** Longest time for one call, and for loading one file, in milliseconds. Default 1,000. */
  readonly deadlineMs?: number;
  /** Default 128. */
  readonly heapMb?: number;
  /** How long rules that had to be stopped several times in a row are not asked, in milliseconds. Default 60,000; doubles up to an hour. */
  readonly pauseMs?: number;
  /** User to run as where the daemon is root; default 65534 (nobody), null to stay. */
  readonly uid?: number | null;
  /** Ends the opening; the host itself lives until `close`. */
  readonly signal: AbortSignal;
}

/** `shapes` by rule file path. */
export type OpenedRules =
  | { readonly ok: true; readonly host: RuleHost; readonly shapes: Readonly<Record<string, Shape>> }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

export const DEADLINE_MS = 1000;
export const HEAP_MB = 128;
export const NOBODY = 65_534;

/**
 * Loads rules into a caged child process. Mistakes of the rules are diagnostics, all of them; rejects only where no process can be had or `signal`
 * is aborted.
 */
export async function openRuleHost(bundle: Bundle, options: RuleHostOptions): Promise<OpenedRules> {
  const { deadlineMs = DEADLINE_MS, heapMb = HEAP_MB, uid = NOBODY } = options;
  const start = () => startProcess({ code: bundle.code, heapMb, uid, limitMs: deadlineMs });
  const findPlace = createPlaceFinder(bundle.map);
  const { child, loads } = await loadAll(bundle.files, start, { deadlineMs, signal: options.signal });
  const diagnostics = distinct(loads.flatMap((load) => explain(load, findPlace, deadlineMs, heapMb)));
  if (diagnostics.length > 0) {
    child.kill();
    return { ok: false, diagnostics };
  }
  const host = createHost(child, {
    deadlineMs,
    heapMb,
    findPlace,
    ...(options.pauseMs === undefined ? {} : { pauseMs: options.pauseMs }),
    async restart(signal) {
      const again = await loadAll(bundle.files, start, { deadlineMs, signal });
      const broken = again.loads.flatMap((load) => explain(load, findPlace, deadlineMs, heapMb));
      if (broken.length === 0) return again.child;
      again.child.kill();
      throw new Error(
        `The rules cannot be loaded again: ${broken.map(({ file, message }) => `${file}: ${message}`).join("; ")}`,
      );
    },
  });
  return { ok: true, host, shapes: Object.fromEntries(loads.flatMap(shapeOf)) };
}

export interface LoadedAll {
  readonly child: CageProcess;
  readonly loads: readonly FileLoad[];
}

/** A file that kills the process at load does not hide what is wrong with the files after it. */
export async function loadAll(
  files: readonly string[],
  start: () => CageProcess,
  options: { readonly deadlineMs: number; readonly signal: AbortSignal },
): Promise<LoadedAll> {
  const loads: FileLoad[] = [];
  for (;;) {
    const child = start();
    try {
      loads.push(...(await loadFiles(child, files.slice(loads.length), options)));
    } catch (error) {
      child.kill();
      throw error;
    }
    if (loads.at(-1)?.kind !== "stopped" || loads.length >= files.length) return { child, loads };
  }
}

export function shapeOf(load: FileLoad): readonly (readonly [string, Shape])[] {
  return load.kind === "answered" && load.answer.ok ? [[load.file, load.answer.shape] as const] : [];
}

export function explain(
  load: FileLoad,
  findPlace: PlaceFinder,
  deadlineMs: number,
  heapMb: number,
): readonly Diagnostic[] {
  const { file } = load;
  if (load.kind === "stopped") {
    const message =
      load.reason === "deadline"
        ? `Loading the file took longer than ${deadlineMs / 1000} s.`
        : `Loading the file needs more than ${heapMb} MB of memory.`;
    return [
      diagnostic("rule-load", message, { file, line: 1, column: 1 }, "Look for a loop outside the rules' functions."),
    ];
  }
  if (!load.answer.ok) {
    const place = findPlace(load.answer.stack) ?? { file, line: 1, column: 1 };
    return [
      diagnostic(
        "rule-load",
        `Loading the file fails: ${load.answer.message.replace(/\.$/, "")}.`,
        place,
        "What stands outside the rules' functions runs when the file is loaded.",
      ),
    ];
  }
  const hint = 'Write: export default link<"connection", "link">({ endpoint: { outgoing(…) {…}, incoming(…) {…} } });';
  return load.answer.problems.map((problem) => diagnostic("rule-shape", problem, { file, line: 1, column: 1 }, hint));
}

/** Two files may fail because of a third. */
export function distinct(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...new Map(diagnostics.map((one) => [JSON.stringify(one), one])).values()];
}

function diagnostic(
  code: "rule-load" | "rule-shape",
  message: string,
  place: { readonly file: string; readonly line: number; readonly column: number },
  hint: string,
): Diagnostic {
  return { severity: "error", code, message, ...place, hint };
}
