import type { Diagnostic } from "../core/diagnostic.ts";
import type { TestHost } from "../core/rule-tests.ts";
import { createHost } from "./host.ts";
import type { FileLoad } from "./load.ts";
import {
  type Bundle,
  DEADLINE_MS,
  distinct,
  explain,
  HEAP_MB,
  loadAll,
  NOBODY,
  type RuleHostOptions,
  type Shape,
  shapeOf,
} from "./open.ts";
import { createPlaceFinder, type PlaceFinder, type RulePlace } from "./positions.ts";
import { startProcess } from "./process.ts";

export interface TestBundle extends Bundle {
  /** Files with tests, beside `files` with rules. */
  readonly testFiles: readonly string[];
}

export interface TestFile {
  readonly file: string;
  /** Names of its tests, in their order. */
  readonly tests: readonly string[];
}

/** `broken`: what is wrong with test files that cannot be loaded; the others can be run. */
export type OpenedTests =
  | {
      readonly ok: true;
      readonly host: TestHost;
      readonly shapes: Readonly<Record<string, Shape>>;
      readonly files: readonly TestFile[];
      readonly broken: readonly Diagnostic[];
    }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/**
 * Opens rules together with their tests, in a cage as `openRuleHost` makes it. `original`: from a place in the text that was bundled to the one in the
 * repository's file.
 */
export async function openTestHost(
  bundle: TestBundle,
  original: (place: RulePlace) => RulePlace,
  options: RuleHostOptions,
): Promise<OpenedTests> {
  const { deadlineMs = DEADLINE_MS, heapMb = HEAP_MB, uid = NOBODY, signal } = options;
  const start = () => startProcess({ code: bundle.code, heapMb, uid, limitMs: deadlineMs, tests: true });
  const find = createPlaceFinder(bundle.map);
  const findPlace: PlaceFinder = (stack) => {
    const place = find(stack);
    return place === null ? null : original(place);
  };
  const { child, loads } = await loadAll([...bundle.files, ...bundle.testFiles], start, { deadlineMs, signal });
  const said = (some: readonly FileLoad[]) =>
    distinct(some.flatMap((load) => explain(load, findPlace, deadlineMs, heapMb)));
  const isTest = ({ file }: FileLoad) => bundle.testFiles.includes(file);
  const diagnostics = said(loads.filter((load) => !isTest(load)));
  child.kill();
  if (diagnostics.length > 0) return { ok: false, diagnostics };

  const good = loads.filter((load) => load.kind === "answered" && load.answer.ok);
  const files = good.map(({ file }) => file);
  /** Whole again after a test has cost the process its life; a test file that cannot be loaded is not tried again. */
  const restart = async (ending: AbortSignal) => {
    const again = await loadAll(files, start, { deadlineMs, signal: ending });
    const broken = said(again.loads);
    if (broken.length === 0) return again.child;
    again.child.kill();
    throw new Error(`The rules cannot be loaded again: ${broken.map(({ message }) => message).join("; ")}`);
  };
  const host = createHost(await restart(signal), { deadlineMs, heapMb, findPlace, restart });
  return {
    ok: true,
    host,
    shapes: Object.fromEntries(good.filter((load) => !isTest(load)).flatMap(shapeOf)),
    files: good.filter(isTest).flatMap(testsOf),
    broken: said(loads.filter(isTest)),
  };
}

function testsOf(load: FileLoad): readonly TestFile[] {
  return load.kind === "answered" && load.answer.ok ? [{ file: load.file, tests: load.answer.tests ?? [] }] : [];
}
