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

/** Where a test stands. 1-based. */
export interface TestPlace {
  readonly name: string;
  readonly line: number;
  readonly column: number;
}

export interface TestFile {
  readonly file: string;
  /** In their order. */
  readonly tests: readonly TestPlace[];
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
  // Somebody looks on, and a test must not depend on what those before it did to the rules.
  const host = createHost(await restart(signal), { deadlineMs, heapMb, findPlace, restart, putAside: false });
  return {
    ok: true,
    host,
    shapes: Object.fromEntries(good.filter((load) => !isTest(load)).flatMap(shapeOf)),
    files: good.filter(isTest).flatMap((load) => testsOf(load, findPlace)),
    broken: [...said(loads.filter(isTest)), ...good.filter(isTest).flatMap(withoutTests)],
  };
}

function testsOf(load: FileLoad, findPlace: PlaceFinder): readonly TestFile[] {
  if (load.kind !== "answered" || !load.answer.ok) return [];
  const { file } = load;
  const tests = (load.answer.tests ?? []).map(({ name, stack }): TestPlace => {
    const place = findPlace(stack);
    // It may be made by a function of another file.
    const own = place?.file === file ? place : null;
    return { name, line: own?.line ?? 1, column: own?.column ?? 1 };
  });
  return [{ file, tests }];
}

/** A file that was meant to test something and does not would pass for ever. */
function withoutTests(load: FileLoad): readonly Diagnostic[] {
  if (load.kind !== "answered" || !load.answer.ok || (load.answer.tests ?? []).length > 0) return [];
  const { file } = load;
  const hint = 'Write: test("what is to be so", async () => {…});';
  return [{ severity: "error", code: "rule-load", message: "The file has no test.", file, line: 1, column: 1, hint }];
}
