import { type Environment, type Git, gitText } from "./git-binary.ts";
import { hasMirror, makeBare, removeLocks, writeMirrorRef } from "./mirror-folder.ts";
import { readRef } from "./refs.ts";
import { MIRROR_REF, type Mirror } from "./remote.ts";
import type { RemoteUrl } from "./remote-url.ts";

const REMOTE = "syncline";
/** What of git's complaints says that the mirror itself is broken: it holds nothing that a fetch does not bring again. */
const BROKEN = /corrupt|bad object|not a git repository|unable to read|loose object|\.lock': File exists/i;

/** Fetches with the git program and the user's own configuration: ssh keys, credential helpers, proxies. */
export function createGitMirror(folder: string, url: RemoteUrl, git: Git): Mirror {
  const env = withCredentials(git.remoteEnv, url);

  async function init(format: "sha1" | "sha256", signal: AbortSignal): Promise<void> {
    await makeBare(folder, async (at) => {
      await gitText(git, ["init", "--quiet", "--bare", ...(format === "sha1" ? [] : ["--object-format=sha256"]), at], {
        signal,
      });
    });
  }

  function ask(args: readonly string[], signal: AbortSignal): Promise<string> {
    return gitText(
      git,
      [`--git-dir=${folder}`, "-c", `remote.${REMOTE}.url=${url.address}`, "-c", "gc.autoDetach=false", ...args],
      { signal, env },
    );
  }

  async function fetch(branch: string | null, signal: AbortSignal): Promise<string | null> {
    const names = ["HEAD", "refs/heads/main", ...(branch === null ? [] : [branch])];
    const tip = chooseTip(await ask(["ls-remote", "--symref", REMOTE, ...names], signal), branch);
    const present = (await readRef({ own: folder, shared: folder }, MIRROR_REF)).at;
    if (tip === null) await writeMirrorRef(folder, null);
    else if (tip.oid !== present) {
      const plain = ["--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--force"];
      await ask(["fetch", ...plain, REMOTE, `+${tip.name}:${MIRROR_REF}`], signal);
    }
    return tip?.name ?? null;
  }

  return {
    prepare: async (signal) => {
      if (!(await hasMirror(folder))) await init("sha1", signal);
      await removeLocks(folder);
    },
    update: async (branch, signal) => {
      try {
        return await fetch(branch, signal);
      } catch (error) {
        const message = (error as Error).message;
        const format = /mismatched algorithms|server sha256|client sha1/.test(message)
          ? "sha256"
          : BROKEN.test(message)
            ? "sha1"
            : null;
        if (signal.aborted || format === null) throw error;
        await init(format, signal);
        return fetch(branch, signal);
      }
    },
  };
}

/** The branch asked for, or the remote's default one, or HEAD where it is detached; null where there is none yet. */
function chooseTip(answer: string, branch: string | null): { readonly name: string; readonly oid: string } | null {
  const lines = answer.split("\n").map((line) => line.split("\t"));
  const oidOf = (name: string) =>
    lines.find(([value, ref]) => ref === name && /^[0-9a-f]{40,64}$/.test(value ?? ""))?.[0];
  const target = lines.find(([value, ref]) => ref === "HEAD" && value?.startsWith("ref: "))?.[0]?.slice("ref: ".length);
  for (const name of branch === null ? [target, "HEAD", "refs/heads/main"] : [branch]) {
    if (name === undefined) continue;
    const oid = name === target ? oidOf("HEAD") : oidOf(name);
    if (oid !== undefined) return { name, oid };
  }
  return null;
}

/** A password goes by the environment: arguments and the mirror's own files are open to others. */
function withCredentials(env: Environment, url: RemoteUrl): Environment {
  if (url.credentials === null) return env;
  const { username, password } = url.credentials;
  const basic = Buffer.from(`${username}:${password}`, "utf8").toString("base64");
  return {
    ...env,
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "http.extraHeader",
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
  };
}
