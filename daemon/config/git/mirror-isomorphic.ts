import fs from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isMissing } from "./git-binary.ts";
import { hasMirror, makeBare, removeLocks, writeMirrorRef } from "./mirror-folder.ts";
import { readRef } from "./refs.ts";
import { MIRROR_REF, type Mirror } from "./remote.ts";
import type { RemoteUrl } from "./remote-url.ts";

/** Every fetch adds a pack and nobody repacks: past this many the mirror is made anew. */
const PACKS = 50;

/** Fetches over http(s) with isomorphic-git: only the newest commit, because it holds whole packs in memory. */
export function createIsomorphicMirror(folder: string, url: RemoteUrl): Mirror {
  const onAuth = () => url.credentials ?? { cancel: true };

  async function init(): Promise<void> {
    const git = await import("isomorphic-git");
    await makeBare(folder, async (at) => {
      await git.init({ fs, gitdir: at, bare: true });
      await git.addRemote({ fs, gitdir: at, remote: "origin", url: url.address });
    });
  }

  async function fetch(branch: string | null): Promise<string | null> {
    const git = await import("isomorphic-git");
    const { default: http } = await import("isomorphic-git/http/node");
    const refs = await git.listServerRefs({ http, url: url.address, onAuth, symrefs: true });
    const target = refs.find((ref) => ref.ref === "HEAD")?.target;
    const names = branch === null ? [target, "HEAD", "refs/heads/main"] : [branch];
    const tip = names.map((name) => refs.find((ref) => ref.ref === name)).find((ref) => ref !== undefined);
    if (tip === undefined) {
      await writeMirrorRef(folder, null);
      return null;
    }
    const present = (await readRef({ own: folder, shared: folder }, MIRROR_REF)).at;
    if (present !== tip.oid) {
      if ((await packs(folder)) >= PACKS) await init();
      await git.fetch({
        fs,
        http,
        gitdir: folder,
        url: url.address,
        onAuth,
        ref: tip.ref,
        singleBranch: true,
        depth: 1,
        tags: false,
      });
      await writeMirrorRef(folder, tip.oid);
    }
    return tip.ref;
  }

  return {
    prepare: async () => {
      if (!(await hasMirror(folder))) await init();
      await removeLocks(folder);
    },
    update: (branch, signal) => untilAborted(fetch(branch), signal),
  };
}

/** isomorphic-git knows no signal: its work is left to end by itself. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

async function packs(folder: string): Promise<number> {
  try {
    return (await readdir(join(folder, "objects", "pack"))).filter((name) => name.endsWith(".pack")).length;
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}
