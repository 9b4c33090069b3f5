import { setImmediate as breathe } from "node:timers/promises";
import type { ConnectorType } from "../core/connector.ts";
import type { Diagnostic } from "../core/diagnostic.ts";
import type { EntitySchema } from "../core/field.ts";
import type { EndpointConfig, UserMap } from "../core/snapshot.ts";
import type { Classified } from "./content/classify.ts";
import { classify } from "./content/classify.ts";
import type { MappingSource, ReadConnection } from "./content/connection.ts";
import { readConnection } from "./content/connection.ts";
import { checkDuplicateLinks } from "./content/duplicates.ts";
import { linkIntegrity } from "./content/integrity.ts";
import type { FileReport, Report } from "./content/report.ts";
import { createReport, reportFor, START } from "./content/report.ts";
import { readSchemaFile } from "./content/schema-files.ts";
import type { UsersFile } from "./content/users.ts";
import { headlessOrder, orientUsers, readUsersFile } from "./content/users.ts";
import type { FactsOf } from "./facts.ts";
import { compileTests, type TestBundle } from "./rules/compile-tests.ts";
import { apiTexts, editorTypes } from "./rules/editor-types.ts";
import { isRuleFile } from "./rules/rule-files.ts";
import { checkRules } from "./rules/rules.ts";
import type { BranchFinder, TypeChecker } from "./rules/typecheck.ts";
import type { BuildResult, CommitTree } from "./tree.ts";

export interface BuildDeps {
  readonly connectorTypes: readonly ConnectorType[];
  readonly typecheck: TypeChecker;
  readonly signal: AbortSignal;
  /** What trackers say of themselves now, in place of what is committed. Absent: offline. */
  readonly facts?: FactsOf;
}

/**
 * From a commit's files to a candidate, or all that is wrong with them in the order of file and line. Reads nothing but the tree: the same commit
 * has the same verdict everywhere. Throws only for an abort and where TypeScript or esbuild cannot be run.
 */
export async function buildCandidate(tree: CommitTree, deps: BuildDeps): Promise<BuildResult> {
  const report = createReport();
  const reports = new Map<string, FileReport>();
  const reportOf = (file: string): FileReport => {
    const known = reports.get(file) ?? reportFor(report, file);
    reports.set(file, known);
    return known;
  };
  const files = classify(tree, reportOf);
  if (files.mappings.size === 0 && !tree.irregular.some(({ path }) => path.startsWith("mappings/"))) {
    reportOf("").error(
      "no-configuration",
      START,
      "There is no mapping: nothing is to be kept in step.",
      "Add mappings/<connection>.toml.",
    );
  }
  const connections = await readConnections(tree, files, deps, reportOf);
  const read = [...connections.values()].filter((one) => one !== null);
  checkDuplicateLinks(read, reportOf);
  const usable = new Map([...tree.files].filter(([path]) => !files.unusable.has(path)));
  const faulty = new Set(
    [...connections.keys()].filter((name) => reportOf(files.mappings.get(name) ?? "").errors() > 0),
  );
  const bundle = await checkRules(usable, connections, faulty, deps, report, reportOf);
  deps.signal.throwIfAborted();
  return conclude(tree, read, bundle, report);
}

/** The text of `rules/syncline.d.ts` for a tree; mistakes in its mappings are the check's to tell. */
export async function buildEditorTypes(tree: CommitTree, deps: Omit<BuildDeps, "typecheck">): Promise<string> {
  const report = createReport();
  const reportOf = (file: string) => reportFor(report, file);
  const connections = await readConnections(tree, classify(tree, reportOf), deps, reportOf);
  const named = [...connections].map(([name, one]) => one ?? { name });
  return editorTypes(await apiTexts(), named);
}

/** A tree's rules and tests as one bundle, with what both sides of each link are known to have. */
export type TestsBuilt =
  | { readonly ok: true; readonly bundle: TestBundle; readonly connections: readonly ReadConnection[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** Of a tree that has passed `buildCandidate`: the same, with the tests beside the rules. */
export async function buildTests(
  tree: CommitTree,
  deps: Omit<BuildDeps, "typecheck"> & { readonly typecheck: BranchFinder },
): Promise<TestsBuilt> {
  const report = createReport();
  const reportOf = (file: string) => reportFor(report, file);
  const files = classify(tree, reportOf);
  const connections = await readConnections(tree, files, deps, reportOf);
  const usable = new Map([...tree.files].filter(([path]) => !files.unusable.has(path)));
  const bundle = await compileTests(usable, connections, deps, report, reportOf);
  if (bundle === null) return { ok: false, diagnostics: report.all().filter(({ severity }) => severity === "error") };
  return { ok: true, bundle, connections: [...connections.values()].filter((one) => one !== null) };
}

function conclude(
  tree: CommitTree,
  read: readonly ReadConnection[],
  bundle: Awaited<ReturnType<typeof checkRules>>,
  report: Report,
): BuildResult {
  const diagnostics: readonly Diagnostic[] = report.all();
  const integrity = linkIntegrity(read, report.told());
  if (diagnostics.some(({ severity }) => severity === "error")) return { ok: false, diagnostics, integrity };
  const { revision, digest } = tree;
  return {
    ok: true,
    integrity,
    candidate: { revision, digest, connections: read.map(({ config }) => config), bundle, warnings: diagnostics },
  };
}

/** By connection name, in the order of names; null for one that cannot be read. */
async function readConnections(
  tree: CommitTree,
  files: Classified,
  { connectorTypes, signal, facts = () => null }: Omit<BuildDeps, "typecheck">,
  reportOf: (file: string) => FileReport,
): Promise<ReadonlyMap<string, ReadConnection | null>> {
  const bytesOf = (path: string) => (files.unusable.has(path) ? undefined : tree.files.get(path));
  const schemas = readSchemas(files, bytesOf, reportOf);
  const users = await readAllUsers(files, bytesOf, signal, reportOf);
  const ruleFiles = new Set([...tree.files.keys()].filter(isRuleFile));
  const known = new Set<string>();
  const connections = new Map<string, ReadConnection | null>();
  for (const [name, path] of [...files.mappings].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    // Other work of the daemon gets its turn between files.
    await breathe();
    signal.throwIfAborted();
    const source: MappingSource = {
      connectorTypes,
      schemas: (endpoint) => facts(name, endpoint)?.schemas ?? schemas.get(`${name}/${endpoint}`) ?? {},
      facts: (endpoint) => facts(name, endpoint),
      users: (file, endpoints) => users.orient(file, endpoints),
      userFiles: [...files.users.keys()],
      ruleFiles,
    };
    const bytes = bytesOf(path);
    connections.set(name, bytes === undefined ? null : readConnection(name, bytes, source, reportOf(path)));
    for (const endpoint of connections.get(name)?.endpoints ?? []) known.add(`${name}/${endpoint.config.name}`);
  }
  reportStraySchemas(files, connections, known, reportOf);
  users.checkUnused(connections);
  return connections;
}

function readSchemas(
  files: Classified,
  bytesOf: (path: string) => Uint8Array | undefined,
  reportOf: (file: string) => FileReport,
) {
  const schemas = new Map<string, Readonly<Record<string, EntitySchema>>>();
  for (const [connection, endpoints] of files.schemas) {
    for (const [endpoint, path] of endpoints) {
      const bytes = bytesOf(path);
      const read = bytes === undefined ? null : readSchemaFile(bytes, reportOf(path));
      if (read !== null) schemas.set(`${connection}/${endpoint}`, read);
    }
  }
  return schemas;
}

function reportStraySchemas(
  files: Classified,
  connections: ReadonlyMap<string, ReadConnection | null>,
  known: ReadonlySet<string>,
  reportOf: (file: string) => FileReport,
): void {
  for (const [connection, endpoints] of files.schemas) {
    // Of a mapping that cannot be read nobody knows its endpoints.
    if (connections.get(connection) === null) continue;
    for (const [endpoint, path] of endpoints) {
      if (known.has(`${connection}/${endpoint}`)) continue;
      reportOf(path).warn(
        "schema-file",
        START,
        `There is no endpoint "${endpoint}" in a connection "${connection}".`,
        "Remove the file, or rename its folder and itself after them.",
      );
    }
  }
}

async function readAllUsers(
  files: Classified,
  bytesOf: (path: string) => Uint8Array | undefined,
  signal: AbortSignal,
  reportOf: (file: string) => FileReport,
) {
  const read = new Map<string, UsersFile>();
  for (const [name, path] of files.users) {
    await breathe();
    signal.throwIfAborted();
    const bytes = bytesOf(path);
    read.set(
      name,
      bytes === undefined ? { name, file: path, rows: [], lines: [] } : readUsersFile(name, bytes, reportOf(path)),
    );
  }
  const oriented = new Map<string, UserMap>();
  const orient = (name: string, [left, right]: readonly [EndpointConfig, EndpointConfig]): UserMap | null => {
    const file = read.get(name);
    if (file === undefined) return null;
    const names = [left.name, right.name] as const;
    const headless = headlessOrder(left, right);
    const key = JSON.stringify([name, ...names, ...headless]);
    const others = new Set(names.map((one) => one.toLowerCase()));
    const map = oriented.get(key) ?? orientUsers(file, names, others, reportOf(file.file), headless);
    oriented.set(key, map);
    return map;
  };
  return {
    orient,
    /** A file that no row names is checked all the same, against the connection that its header fits. */
    checkUnused(connections: ReadonlyMap<string, ReadConnection | null>): void {
      const used = new Set([...oriented.keys()].map((key) => (JSON.parse(key) as string[])[0]));
      const pairs = [...connections.values()].flatMap((one) =>
        one === null ? [] : [[one.config.left, one.config.right] as const],
      );
      for (const [name, file] of read) {
        if (used.has(name)) continue;
        const [first = "", , third = ""] = file.rows[0]?.cells ?? [];
        const isOf = (cell: string, pair: (typeof pairs)[number]) => pair.some((one) => one.name === cell);
        const fits = pairs.find((pair) => isOf(first, pair) && isOf(third, pair)) ?? pairs[0];
        if (fits !== undefined) orient(name, fits);
      }
    },
  };
}
