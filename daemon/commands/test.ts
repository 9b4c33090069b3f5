import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { isAbsolute, join, relative, resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import type { ReadConnection } from "../config/content/connection.ts";
import { faultsOf, withShapes } from "../config/publish/prepare.ts";
import type { CommitTree } from "../config/tree.ts";
import { type Diagnostic, formatDiagnostic } from "../core/diagnostic.ts";
import { OperatorError } from "../core/errors.ts";
import { openConfigRepository, openTestWorkshop, openWorkshop, type TestWorkshop } from "../main.ts";
import { type CoverageShown, formatTests, type TestsShown } from "../status/test-text.ts";
import type { Stage } from "../sync/fixture/rehearse.ts";
import { type Outcome, rulesOf, runTests, unreached } from "../sync/fixture/run-tests.ts";
import { EXIT, type ExitCode, type Host, print, printJson } from "./host.ts";
import { findPlace, type PlaceOptions, withRepository, withState } from "./place.ts";

interface TestOptions extends PlaceOptions {
  readonly coverageMin?: number;
  readonly json?: boolean;
}

type Tested =
  | ({ readonly ok: true } & TestsShown)
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

export function addTest(program: Command, host: Host, end: (code: ExitCode) => void): void {
  const command = program
    .command("test [files...]")
    .description(
      "run the tests beside the rules (*.test.ts), offline, in the rules' own cage; say what no test reaches",
    )
    .option("--coverage-min <per cent>", "fail where tests go through fewer of the rules' branches", toPercent)
    .option("--json", "print one JSON object")
    .addHelpText("after", TEST_HELP);
  withState(withRepository(command)).action(async (files: readonly string[], options: TestOptions) => {
    const tested = await testRules(host, files, options);
    if (!tested.ok) {
      if (options.json === true) printJson(host, tested);
      else print(host, tested.diagnostics.map(formatDiagnostic).join("\n"));
      return end(EXIT.wrong);
    }
    const { percent } = tested.coverage;
    const short = options.coverageMin !== undefined && percent < options.coverageMin;
    const failed = tested.broken.length > 0 || tested.results.some(({ failure }) => failure !== null);
    const ok = !failed && !short;
    if (options.json === true) printJson(host, { ...tested, ok });
    else {
      print(host, formatTests(tested));
      if (short) print(host, `failed: tests reach ${percent} % of the branches, ${options.coverageMin} % are due`);
    }
    end(ok ? EXIT.fine : EXIT.wrong);
  });
}

const TEST_HELP = `
Tests the files on the disk: nothing need be committed. Asks no tracker; \`syncline record\` writes the records that tests run on. Each test has 1 s
and 128 MB, as a rule has. Without files: all tests; with some: those alone, by path or part of it. What the mapping or the rules have wrong is
said first, as \`syncline check --worktree\` says it.

Exit code 0: all passed; 1: a test failed, a file cannot be loaded or has no test, or too little is reached; 3: there is no work tree, or no test.

Example:
  syncline test rules/payments --coverage-min 80`;

function toPercent(text: string): number {
  const percent = Number(text);
  if (text.trim() !== "" && percent >= 0 && percent <= 100) return percent;
  throw new InvalidArgumentError("A number from 0 to 100 is due.");
}

async function testRules(host: Host, wanted: readonly string[], options: TestOptions): Promise<Tested> {
  const { tree, folder } = await readTree(host, options);
  const workshop = openWorkshop();
  try {
    const checked = await workshop.build(tree, host.signal);
    if (!checked.ok) return checked;
  } finally {
    await workshop.close();
  }
  const tests = openTestWorkshop();
  try {
    const within = wanted.map((part) => (isAbsolute(part) ? relative(folder, part) : part));
    return await testTree(tests, tree, within, host.signal);
  } finally {
    await tests.close();
  }
}

/** The files on the disk, and the folder that they are in. */
async function readTree(host: Host, options: PlaceOptions): Promise<{ tree: CommitTree; folder: string }> {
  const place = await findPlace(host, options);
  const repository = place.settings.repository === "" ? resolve(host.cwd) : place.settings.repository;
  // A mirror of a remote repository is not needed, and the daemon's own is left alone.
  const state = await mkdtemp(join(tmpdir(), "syncline-test-"));
  try {
    const settings = { ...place.settings, repository, state };
    const opened = await openConfigRepository(settings, { emit: () => undefined, now: host.now, signal: host.signal });
    const folder = opened.workTree;
    if (folder === null)
      throw new OperatorError(
        `${opened.location} has no work tree to test.`,
        "Name the folder of a clone with --repo, or run the command there.",
      );
    return { tree: await opened.readWorkTree(host.signal), folder };
  } finally {
    await rm(state, { recursive: true, force: true });
  }
}

async function testTree(
  tests: TestWorkshop,
  tree: CommitTree,
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<Tested> {
  const built = await tests.build(tree, signal);
  if (!built.ok && built.diagnostics.length > 0) return built;
  if (!built.ok) throw noTests();
  const { bundle, connections } = built;
  const testFiles = bundle.testFiles.filter(
    (file) => wanted.length === 0 || wanted.some((part) => isMeant(file, part)),
  );
  const nobody = wanted.filter((part) => !testFiles.some((file) => isMeant(file, part)));
  if (testFiles.length === 0 || nobody.length > 0) throw noTests(nobody, bundle.testFiles);
  const opened = await tests.open({ ...bundle, testFiles }, bundle.original, { signal });
  if (!opened.ok) return opened;
  try {
    const stages = stagesOf(connections, opened.shapes);
    const faults = [...stages.values()].flatMap(({ link }) => faultsOf(link, opened.shapes));
    if (faults.length > 0) return { ok: false, diagnostics: faults };
    const outcome = await runTests({ host: opened.host, files: opened.files, stages, signal });
    const coverage = coverageOf(outcome, stages, bundle.branches);
    return { ok: true, results: outcome.results, broken: opened.broken, coverage };
  } finally {
    await opened.host.close();
  }
}

function isMeant(file: string, part: string): boolean {
  return file.includes(part.replaceAll("\\", "/").replace(/^\.\//, ""));
}

function noTests(wanted: readonly string[] = [], known: readonly string[] = []): OperatorError {
  if (known.length === 0)
    return new OperatorError(
      "There are no tests of rules.",
      "Put one beside a rule: rules/<connection>/<name>.test.ts; `syncline record` writes the record it runs on.",
    );
  return new OperatorError(`No test file is called ${wanted.join(" or ")}.`, `There is: ${known.join(", ")}.`);
}

type Shapes = Parameters<typeof withShapes>[1];

function stagesOf(connections: readonly ReadConnection[], shapes: Shapes): ReadonlyMap<string, Stage> {
  return new Map(
    connections.flatMap(({ config, links }) => {
      const [shaped] = withShapes([config], shapes);
      return links.map(({ config: { key }, left, right }): [string, Stage] => {
        const link = shaped?.links.find((one) => one.key === key);
        if (link === undefined) throw new Error(`link ${key} was lost`);
        return [key, { link, schemas: { left: left.schema, right: right.schema } }];
      });
    }),
  );
}

function coverageOf(
  { reached, passed }: Outcome,
  stages: ReadonlyMap<string, Stage>,
  branches: Parameters<typeof unreached>[0],
): CoverageShown {
  const rules = rulesOf(stages);
  const percent = branches.length === 0 ? 100 : Math.floor((passed.size * 100) / branches.length);
  return {
    rules: { total: rules.length, unreached: rules.filter(({ name }) => !reached.has(name)) },
    branches: { total: branches.length, passed: passed.size, unreached: unreached(branches, passed) },
    percent,
  };
}
