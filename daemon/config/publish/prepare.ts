import type { Diagnostic } from "../../core/diagnostic.ts";
import type { LinkIntegrity } from "../../core/integrity.ts";
import type { RuleHost } from "../../core/rules.ts";
import type { ConnectionConfig, LinkConfig, SideConfig, Snapshot } from "../../core/snapshot.ts";
import { withRuleFaults } from "../content/integrity.ts";
import type { FactsOf } from "../facts.ts";
import type { BuildResult, CommitTree, RuleBundle, RuleShape } from "../tree.ts";

/** Compiles and checks a tree. Pure but for child processes; throws only where it could not tell. `facts`: in place of committed schemas. */
export type Build = (tree: CommitTree, signal: AbortSignal, facts?: FactsOf) => Promise<BuildResult>;

/** `shapes` by rule file path. */
export type OpenedRules =
  | { readonly ok: true; readonly host: RuleHost; readonly shapes: Readonly<Record<string, RuleShape>> }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** Brings a bundle up in a cage of its own. Throws only where it could not tell. */
export type OpenRules = (bundle: RuleBundle, signal: AbortSignal) => Promise<OpenedRules>;

export interface Workshop {
  readonly build: Build;
  readonly openRules: OpenRules;
}

/** `integrity`: of the links that could be read. */
export type Prepared =
  | { readonly ok: true; readonly snapshot: Snapshot; readonly integrity: readonly LinkIntegrity[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[]; readonly integrity: readonly LinkIntegrity[] };

/** A tree made ready to go live, beside what is live: built, its rules loaded. Whoever gets a snapshot must close its rules. */
export async function prepare(tree: CommitTree, workshop: Workshop, signal: AbortSignal): Promise<Prepared> {
  const built = await workshop.build(tree, signal);
  const { integrity = [] } = built;
  if (!built.ok) return { ...built, integrity };
  signal.throwIfAborted();
  const { connections, bundle, warnings } = built.candidate;
  const about = { revision: tree.revision, digest: tree.digest, warnings };
  if (bundle === null)
    return { ok: true, snapshot: { ...about, connections: withShapes(connections, {}), rules: null }, integrity };

  const opened = await workshop.openRules(bundle, signal);
  const links = connections.flatMap((connection) => connection.links);
  const refused = (faults: readonly Diagnostic[]): Prepared => ({
    ok: false,
    diagnostics: [...faults, ...warnings],
    integrity: withRuleFaults(integrity, links, faults),
  });
  if (!opened.ok) return refused(opened.diagnostics);
  const faults = links.flatMap((link) => faultsOf(link, opened.shapes));
  if (faults.length > 0 || signal.aborted) {
    await opened.host.close();
    signal.throwIfAborted();
    return refused(faults);
  }
  const snapshot = { ...about, connections: withShapes(connections, opened.shapes), rules: opened.host };
  return { ok: true, snapshot, integrity };
}

/** What the type check cannot see, because a file may be written around it. */
export function faultsOf(link: LinkConfig, shapes: Readonly<Record<string, RuleShape>>): readonly Diagnostic[] {
  if (link.ruleFile === null) return [];
  const shape = shapes[link.ruleFile];
  const at = { severity: "error", code: "rule-shape", file: link.ruleFile, line: 1, column: 1 } as const;
  const names = [link.left.endpoint, link.right.endpoint];
  const hint = `Export \`link({ ${names.join(": {…}, ")}: {…} })\` by default.`;
  if (shape === undefined)
    return [{ ...at, message: `Link ${link.key} names this file, but it exports no rules.`, hint }];
  return Object.keys(shape)
    .filter((endpoint) => !names.includes(endpoint))
    .map((endpoint) => ({
      ...at,
      message: `The file has rules for "${endpoint}", but link ${link.key} connects ${names.join(" and ")}.`,
      hint: `Name the rules ${names.map((name) => `"${name}"`).join(" or ")}.`,
    }));
}

export function withShapes(
  connections: readonly ConnectionConfig[],
  shapes: Readonly<Record<string, RuleShape>>,
): readonly ConnectionConfig[] {
  return connections.map((connection) => ({
    ...connection,
    links: connection.links.map((link) => {
      const shape = link.ruleFile === null ? undefined : shapes[link.ruleFile];
      return { ...link, left: withRules(link.left, shape), right: withRules(link.right, shape) };
    }),
  }));
}

function withRules(side: SideConfig, shape: RuleShape | undefined): SideConfig {
  const { outgoing = false, incoming = false, attachment, comment, lean = [] } = shape?.[side.endpoint] ?? {};
  const parts = { ...(attachment === true ? { attachment } : {}), ...(comment === true ? { comment } : {}) };
  return { ...side, rules: { outgoing, incoming, ...parts, ...(lean.length === 0 ? {} : { lean }) } };
}
