import { OperatorError } from "../../core/errors.ts";
import type { RefReader } from "./branch.ts";
import { type Git, runGit } from "./git-binary.ts";
import type { GitFolder } from "./git-folder.ts";
import { readRef } from "./refs.ts";

/** Says plainly, with `OperatorError`, what of a repository cannot be read on this host: asked later it would end in "object not found". */
export async function refuseUnreadable(folder: GitFolder, git: Git | null, signal: AbortSignal): Promise<void> {
  const where = folder.workTree ?? folder.own;
  if (git !== null) return refuseWhatGitRefuses(where, folder, git, signal);
  const special = [
    folder.format.objects === "sha1" ? null : "objects named by sha256",
    folder.format.refs === "files" ? null : "its refs in a reftable",
    folder.format.alternates ? "objects borrowed from another repository (objects/info/alternates)" : null,
    folder.format.partial ? "only a part of its objects (a partial clone)" : null,
  ].filter((text) => text !== null);
  if (special.length === 0) return;
  throw new OperatorError(
    `The repository ${where} has ${special.join(" and ")}: that cannot be read without a git program.`,
    "Install git on this host, or give a plain clone of the repository.",
  );
}

async function refuseWhatGitRefuses(where: string, folder: GitFolder, git: Git, signal: AbortSignal): Promise<void> {
  const answer = await runGit(git, [`--git-dir=${folder.own}`, "rev-parse", "--git-dir"], { signal });
  if (answer.code === 0) return;
  const reason = answer.stderr.split("\n").find((line) => line.startsWith("fatal:")) ?? answer.stderr;
  throw new OperatorError(
    `git ${git.version} cannot read the repository ${where}: ${reason.replace(/^fatal: /, "")}`,
    "A newer git on this host may be able to; otherwise give a plain clone of the repository.",
  );
}

/** Refs by our own reader; those in a reftable by git. */
export function openRefs(folder: GitFolder, git: Git | null): RefReader {
  if (folder.format.refs === "files" || git === null) return { read: (name) => readRef(folder, name) };
  return { read: (name, signal) => readByGit(folder, git, name, signal) };
}

async function readByGit(folder: GitFolder, git: Git, name: string, signal: AbortSignal) {
  const at = `--git-dir=${folder.own}`;
  const symbolic = await runGit(git, [at, "symbolic-ref", "--quiet", name], { signal });
  const full = symbolic.code === 0 ? symbolic.stdout.toString().trim() : name;
  const oid = await runGit(git, [at, "rev-parse", "--verify", "--quiet", full], { signal });
  return { name: full, at: oid.code === 0 ? oid.stdout.toString().trim() : null };
}
