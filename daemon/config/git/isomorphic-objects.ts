import fs from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { createInflate } from "node:zlib";
import { createBlobMap } from "./blob-map.ts";
import { isMissing } from "./git-binary.ts";
import { TREE_LIMITS } from "./limits.ts";
import {
  MissingObject,
  type ObjectContent,
  type ObjectInfo,
  type ObjectReader,
  type ObjectType,
} from "./object-reader.ts";

/** isomorphic-git reads a whole pack into memory before it takes one object out of it. */
const PACK_LIMIT = 256 * 1024 * 1024;
const HEADER_BYTES = 4096;

/** Objects by isomorphic-git, for hosts without a git program; sha1 and one object folder only. */
export async function openIsomorphic(gitFolder: string): Promise<ObjectReader> {
  const git = await import("isomorphic-git");
  await refuseHugePacks(gitFolder);
  // Without a cache every object costs the parsing of the pack's whole index; a cache that lives longer never lets go of deleted packs.
  const cache = {};
  // To learn a packed blob's size it must be unpacked: kept for the reading that follows.
  const unpacked = createBlobMap(TREE_LIMITS.total);

  async function read(oid: string, limit: number, signal: AbortSignal): Promise<ObjectContent> {
    signal.throwIfAborted();
    const known = unpacked.get(oid);
    if (known !== undefined) return { type: "blob", size: known.length, content: known.slice(0, limit) };
    try {
      const found = await git.readObject({ fs, gitdir: gitFolder, oid, format: "content", cache });
      const whole = found.object as Uint8Array;
      // A copy: a view would keep all of a large object alive.
      return {
        type: found.type as ObjectType,
        size: whole.length,
        content: whole.length > limit ? whole.slice(0, limit) : whole,
      };
    } catch (error) {
      if ((error as { code?: string }).code === "NotFoundError") throw new MissingObject(oid);
      throw error;
    }
  }

  async function info(oid: string, signal: AbortSignal): Promise<ObjectInfo> {
    const loose = await looseInfo(gitFolder, oid);
    if (loose !== null) return loose;
    const { type, size, content } = await read(oid, TREE_LIMITS.file, signal);
    if (type === "blob" && size <= TREE_LIMITS.file) unpacked.set(oid, content);
    return { type, size };
  }

  return {
    info,
    read,
    close: () => {
      // Nothing is held beyond the load's own cache.
    },
  };
}

/** Type and size from the first bytes of a loose object; null where it is packed. */
async function looseInfo(gitFolder: string, oid: string): Promise<ObjectInfo | null> {
  try {
    await using handle = await open(join(gitFolder, "objects", oid.slice(0, 2), oid.slice(2)), "r");
    const buffer = Buffer.alloc(HEADER_BYTES);
    const { bytesRead } = await handle.read(buffer, 0, HEADER_BYTES, 0);
    const match = /^(commit|tree|blob|tag) (\d+)\0/.exec(await inflateStart(buffer.subarray(0, bytesRead)));
    return match === null ? null : { type: match[1] as ObjectType, size: Number(match[2]) };
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** What the cut-off beginning of a zlib stream unpacks to, at most its first bytes. */
function inflateStart(bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const inflate = createInflate();
    inflate.once("data", (chunk: Buffer) => {
      inflate.destroy();
      resolve(chunk.toString("latin1", 0, 64));
    });
    inflate.once("error", reject);
    inflate.write(bytes);
    inflate.flush();
  });
}

async function refuseHugePacks(gitFolder: string): Promise<void> {
  const folder = join(gitFolder, "objects", "pack");
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  for (const name of names.filter((n) => n.endsWith(".pack"))) {
    const { size } = await stat(join(folder, name));
    if (size <= PACK_LIMIT) continue;
    throw new Error(
      `the pack ${name} has ${size} bytes; without a git program at most ${PACK_LIMIT} can be read: install git on this host`,
    );
  }
}
