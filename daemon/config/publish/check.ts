import type { Diagnostic } from "../../core/diagnostic.ts";
import { OperatorError } from "../../core/errors.ts";
import type { LinkIntegrity } from "../../core/integrity.ts";
import type { Repository } from "../git/repository.ts";
import { WORKTREE } from "../git/work-tree.ts";
import { prepare, type Workshop } from "./prepare.ts";

export interface CheckResult {
  /** Full commit id, or `WORKTREE`. */
  readonly revision: string;
  readonly subject: string;
  readonly ok: boolean;
  /** Errors and warnings where it is not ok, warnings where it is. */
  readonly diagnostics: readonly Diagnostic[];
  readonly connections: number;
  readonly links: number;
  /** The named checks of each link that could be read. */
  readonly integrity: readonly LinkIntegrity[];
}

/**
 * What the publisher would say of a revision, by the same steps, without going live. `rev`: what a person writes for a commit; null: the
 * branch's tip; `WORKTREE`: the files on the disk. Throws `OperatorError` where there is nothing to check.
 */
export async function checkRevision(
  repository: Repository,
  rev: string | null,
  workshop: Workshop,
  signal: AbortSignal,
): Promise<CheckResult> {
  const tree =
    rev === WORKTREE
      ? await repository.readWorkTree(signal)
      : await repository.readTree(await revisionOf(repository, rev, signal), signal);
  const prepared = await prepare(tree, workshop, signal);
  const about = { revision: tree.revision, subject: tree.subject };
  const { integrity } = prepared;
  if (!prepared.ok)
    return { ...about, ok: false, diagnostics: prepared.diagnostics, connections: 0, links: 0, integrity };
  const { connections, rules, warnings } = prepared.snapshot;
  await rules?.close();
  const links = connections.reduce((sum, connection) => sum + connection.links.length, 0);
  return { ...about, ok: true, diagnostics: warnings, connections: connections.length, links, integrity };
}

async function revisionOf(repository: Repository, rev: string | null, signal: AbortSignal): Promise<string> {
  if (rev !== null) return repository.resolve(rev, signal);
  const tip = await repository.tip(signal);
  if (tip !== null) return tip;
  throw new OperatorError(
    `The branch ${repository.branch()} of ${repository.location} has no commit.`,
    "Commit something first, or name another branch with --branch.",
  );
}
