import fs from "node:fs";
import { cp, lstat, mkdir, readdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { OperatorError } from "../../core/errors.ts";
import { type Git, gitText } from "./git-binary.ts";
import { lookForGitFolder } from "./git-folder.ts";

export interface MakeOptions {
  readonly git: Git | null;
  /** Milliseconds since 1970; the commit's date. */
  readonly now: number;
}

const AUTHOR = { name: "Syncline", email: "syncline@localhost" };
const MESSAGE = "The configuration that Syncline comes with";

/**
 * Makes a repository with a work tree from copies of folders (each under its own name) and commits them on `main`. Leaves a repository that is
 * there already as it is; throws `OperatorError` where other things are in the way. Works beside `folder` and renames, so that a killed process leaves none or a whole one.
 */
export async function makeRepository(
  folder: string,
  sources: readonly string[],
  options: MakeOptions,
  signal: AbortSignal,
): Promise<void> {
  if (fs.existsSync(folder)) {
    if ((await lookForGitFolder(folder)) !== null) return;
    await refuseFull(folder);
  }
  const making = `${folder}.new`;
  await rm(making, { recursive: true, force: true });
  await mkdir(making, { recursive: true });
  for (const source of sources) {
    if (!fs.existsSync(source)) continue;
    await cp(source, join(making, basename(source)), { recursive: true, filter: plain });
  }
  await (options.git === null ? commitIsomorphic(making, options) : commitByGit(making, options.git, options, signal));
  // Takes the place of an empty folder, never of a full one.
  await rename(making, folder);
}

async function refuseFull(folder: string): Promise<void> {
  if ((await readdir(folder)).length === 0) return;
  throw new OperatorError(
    `${folder} is no git repository and not empty.`,
    "Move away what is in it, or choose another state folder.",
  );
}

/** A link in an unpacked archive could lead anywhere. */
async function plain(path: string): Promise<boolean> {
  const found = await lstat(path);
  return found.isFile() || found.isDirectory();
}

async function commitByGit(folder: string, git: Git, options: MakeOptions, signal: AbortSignal): Promise<void> {
  const date = `@${Math.floor(options.now / 1000)} +0000`;
  const who = {
    GIT_AUTHOR_NAME: AUTHOR.name,
    GIT_AUTHOR_EMAIL: AUTHOR.email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: AUTHOR.name,
    GIT_COMMITTER_EMAIL: AUTHOR.email,
    GIT_COMMITTER_DATE: date,
  };
  const call = { signal, cwd: folder, env: { ...git.env, ...who } };
  await gitText(git, ["init", "--quiet", "."], call);
  await gitText(git, ["symbolic-ref", "HEAD", "refs/heads/main"], call);
  await gitText(git, ["add", "--all", "--force", "."], call);
  await gitText(git, ["commit", "--quiet", "--allow-empty", "--message", MESSAGE], call);
}

async function commitIsomorphic(dir: string, options: MakeOptions): Promise<void> {
  const git = await import("isomorphic-git");
  await git.init({ fs, dir, defaultBranch: "main" });
  await git.add({ fs, dir, filepath: ".", force: true });
  const author = { ...AUTHOR, timestamp: Math.floor(options.now / 1000), timezoneOffset: 0 };
  await git.commit({ fs, dir, message: MESSAGE, author, committer: author });
}
