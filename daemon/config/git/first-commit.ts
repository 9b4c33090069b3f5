import { type Environment, findGit, type Git, runGit } from "./git-binary.ts";

/** What became of it; `why` names what is missing, in a sentence. */
export type FirstCommit = { readonly revision: string } | { readonly revision: null; readonly why: string };

/**
 * Makes a repository of a folder that is none and commits the given files, as whoever runs this: git's own configuration says who. Without a git
 * program or somebody's name nothing is committed; the repository is then made all the same.
 */
export async function commitFirst(
  folder: string,
  files: readonly string[],
  message: string,
  environment: Environment,
  signal: AbortSignal,
): Promise<FirstCommit> {
  const git = await findGit(environment, signal);
  if (git === null) return { revision: null, why: "there is no git program on this machine" };
  const run = (args: readonly string[]) => runGit(git, args, { signal, cwd: folder, env: ownEnv(environment, git) });
  const must = async (args: readonly string[]) => {
    const { code, stdout, stderr } = await run(args);
    if (code !== 0) throw new Error(`git ${args[0] ?? ""}: ${stderr}`);
    return stdout.toString().trim();
  };
  await must(["init", "--quiet", "--initial-branch=main", "."]);
  const who = await run(["-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT"]);
  if (who.code !== 0) return { revision: null, why: "git does not know your name and e-mail address" };
  const added = await run(["add", "--", ...files]);
  if (added.code !== 0) return { revision: null, why: `git add: ${reasonOf(added.stderr)}` };
  const made = await run(["-c", "user.useConfigOnly=true", "commit", "--quiet", "--message", message]);
  if (made.code !== 0) return { revision: null, why: `git commit: ${reasonOf(made.stderr)}` };
  return { revision: await must(["rev-parse", "HEAD"]) };
}

/** What git says before its hints, on one line. */
function reasonOf(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("hint:"));
  return lines.length === 0 ? "refused" : lines.join(" ");
}

/** The user's own configuration counts; what points git at another repository does not. */
function ownEnv(environment: Environment, git: Git): Environment {
  const who = Object.entries(environment).filter(([name]) => /^GIT_(AUTHOR|COMMITTER)_/.test(name));
  return { ...git.remoteEnv, ...Object.fromEntries(who) };
}
