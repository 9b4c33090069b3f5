import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { findGit, type Git } from "../../../daemon/config/git/git-binary.ts";
import { openRepository, type Repository, type RepositoryOptions } from "../../../daemon/config/git/repository.ts";

/** Real git in a temporary folder, deaf to the configuration of whoever runs the tests. */
export interface GitBox {
  readonly root: string;
  path(...parts: string[]): string;
  git(folder: string, ...args: string[]): string;
  /** A bare repository and a clone of it, the clone with `files` committed and pushed. */
  pair(files: Files): { readonly bare: string; readonly clone: string };
  /** Writes files (null removes one), commits all; returns the commit id. */
  commit(clone: string, files: Files, message?: string): string;
  push(clone: string, ...args: string[]): void;
  open(location: string, options?: Partial<RepositoryOptions>): Promise<Repository>;
  readonly notes: string[];
}

export type Files = Readonly<Record<string, string | Uint8Array | null>>;

export const FILES: Files = {
  "mappings/payments.toml": "description = 'one'\n",
  "rules/payments/defects.ts": "export default {};\n",
  "users/payments.csv": "alm,<>,agm\n",
  "README.md": "not configuration\n",
};

export const NEVER = new AbortController().signal;

export function isolatedEnv(home: string): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: home,
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "Ada Example",
    GIT_AUTHOR_EMAIL: "ada@example.com",
    GIT_COMMITTER_NAME: "Ada Example",
    GIT_COMMITTER_EMAIL: "ada@example.com",
  };
}

export async function realGit(): Promise<Git> {
  const git = await findGit(process.env, NEVER);
  if (git === null) throw new Error("these tests need a git program");
  return git;
}

export async function gitBox(t: TestContext): Promise<GitBox> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "syncline-git-")));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const env = isolatedEnv(root);
  const program = await realGit();
  const notes: string[] = [];
  const box: GitBox = {
    root,
    notes,
    path: (...parts) => join(root, ...parts),
    git: (folder, ...args) =>
      execFileSync("git", args, { cwd: folder, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim(),
    pair: (files) => {
      const bare = join(root, "config.git");
      const clone = join(root, "clone");
      box.git(root, "init", "--quiet", "--bare", "--initial-branch=main", bare);
      box.git(root, "clone", "--quiet", bare, clone);
      box.commit(clone, files);
      box.git(clone, "push", "--quiet", "origin", "HEAD:main");
      return { bare, clone };
    },
    commit: (clone, files, message = "change") => {
      write(clone, files);
      box.git(clone, "add", "--all");
      box.git(clone, "commit", "--quiet", "--allow-empty", "--message", message);
      return box.git(clone, "rev-parse", "HEAD");
    },
    push: (clone, ...args) => {
      box.git(clone, "push", "--quiet", "origin", ...(args.length === 0 ? ["HEAD:main"] : args));
    },
    open: (location, options = {}) =>
      openRepository(
        location,
        {
          branch: null,
          state: join(root, "state"),
          git: program,
          now: Date.now,
          note: (_, m) => notes.push(m),
          ...options,
        },
        NEVER,
      ),
  };
  return box;
}

export function write(folder: string, files: Files): void {
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path);
    if (content === null) {
      rmSync(file, { recursive: true, force: true });
      continue;
    }
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}

/** Waits until `condition` holds; fails after ten seconds. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
