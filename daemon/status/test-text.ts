import { plain } from "./words.ts";

/** As much of a test run as is printed. */
export interface TestsShown {
  readonly results: readonly {
    readonly file: string;
    readonly name: string;
    readonly failure: {
      readonly message: string;
      readonly file: string | null;
      readonly line: number | null;
      readonly column: number | null;
    } | null;
  }[];
  /** Test files that cannot be loaded. */
  readonly broken: readonly {
    readonly file: string;
    readonly line: number;
    readonly column: number;
    readonly message: string;
  }[];
  readonly coverage: CoverageShown;
}

export interface CoverageShown {
  readonly rules: {
    readonly total: number;
    readonly unreached: readonly { readonly name: string; readonly file: string }[];
  };
  readonly branches: {
    readonly total: number;
    readonly passed: number;
    readonly unreached: readonly {
      readonly file: string;
      readonly line: number;
      readonly column: number;
      readonly kind: string;
    }[];
  };
  /** Whole per cent of branches that tests went through, rounded down; 100 where there are none. */
  readonly percent: number;
}

const WORDS: Readonly<Record<string, string>> = {
  function: "this function is not called",
  if: "this is never so",
  else: "the way around this `if` is never taken",
  case: "this case does not occur",
  loop: "this loop never runs",
  catch: "nothing fails here",
  choice: "this value is never chosen",
};

/** Tests of rules and what they do not reach, for a person. */
export function formatTests({ results, broken, coverage }: TestsShown): string {
  const lines: string[] = [];
  for (const { file, line, column, message } of broken)
    lines.push(`not loaded  ${file}:${line}:${column}  ${plain(message)}`);
  for (const { file, name, failure } of results) {
    lines.push(`${failure === null ? "ok    " : "failed"}  ${file}  ${plain(name)}`);
    if (failure === null) continue;
    if (failure.file !== null) lines.push(`          ${failure.file}:${failure.line ?? 1}:${failure.column ?? 1}`);
    lines.push(...failure.message.split("\n").map((text) => `          ${plain(text)}`));
  }
  return [...lines, "", ...coverageLines(coverage), "", summary({ results, broken })].join("\n");
}

function coverageLines({ rules, branches, percent }: CoverageShown): readonly string[] {
  const reached = rules.total - rules.unreached.length;
  return [
    `reached: ${reached} of ${rules.total} rules, ${branches.passed} of ${branches.total} branches (${percent} %)`,
    ...rules.unreached.map(({ name, file }) => `  no test reaches  ${file}  ${name}`),
    ...branches.unreached.map(
      ({ file, line, column, kind }) => `  no test reaches  ${file}:${line}:${column}  ${WORDS[kind] ?? kind}`,
    ),
  ];
}

function summary({ results, broken }: Pick<TestsShown, "results" | "broken">): string {
  const failed = results.filter(({ failure }) => failure !== null).length;
  const files = broken.length === 0 ? "" : `, ${broken.length} ${broken.length === 1 ? "file" : "files"} not loaded`;
  const what = `${results.length} ${results.length === 1 ? "test" : "tests"}`;
  return failed + broken.length === 0 ? `ok: ${what} passed` : `failed: ${failed} of ${what}${files}`;
}
