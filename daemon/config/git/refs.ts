import { open } from "node:fs/promises";
import { join } from "node:path";
import { isMissing } from "./git-binary.ts";
import type { GitFolder } from "./git-folder.ts";

/** `at`: what HEAD or a branch points at; null for a branch that has no commit (yet). */
export interface RefReading {
  /** Full name that the chain of symbolic refs ends in. */
  readonly name: string;
  readonly at: string | null;
}

type RefFolders = Pick<GitFolder, "own" | "shared">;
type Loose = { readonly oid: string } | { readonly symbolic: string } | null;

const LOOSE_LIMIT = 4096;
const PACKED_LIMIT = 64 * 1024 * 1024;
/** As git's own (SYMREF_MAXDEPTH). */
const DEPTH = 5;
const OID = /^([0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * Reads a ref by its full name (`HEAD`, `refs/heads/main`) from loose and packed files. Throws where a ref is broken or symbolic refs go round.
 *
 * Reads loose, packed, loose again: `git pack-refs` first writes packed-refs and then removes the loose file, so that a reader that takes
 * packed-refs first can come out with a value that was current long ago.
 */
export async function readRef(folders: RefFolders, name: string): Promise<RefReading> {
  let current = name;
  for (let depth = 0; depth <= DEPTH; depth++) {
    const found = await readStep(folders, current);
    if (found === null) return { name: current, at: null };
    if ("oid" in found) return { name: current, at: found.oid };
    if (!isRefName(found.symbolic))
      throw new Error(`${current} points to ${JSON.stringify(found.symbolic)}, which is no ref`);
    current = found.symbolic;
  }
  throw new Error(`${name}: more than ${DEPTH} symbolic refs in a row`);
}

/** A full ref name that leads nowhere else than below `refs/` (git check-ref-format, as far as it matters for reading). */
export function isRefName(name: string): boolean {
  if (name === "HEAD") return true;
  if (!name.startsWith("refs/") || name.length > 1024) return false;
  if (/[\p{Cc} ~^:?*[\\]|\.\.|@\{|\.$/u.test(name)) return false;
  return name.split("/").every((part) => part !== "" && !part.startsWith(".") && !part.endsWith(".lock"));
}

async function readStep(folders: RefFolders, name: string): Promise<Loose> {
  const file = join(name.startsWith("refs/") ? folders.shared : folders.own, name);
  const first = await readLoose(file, name);
  if (first !== null || name === "HEAD") return first;
  const packed = await readPacked(join(folders.shared, "packed-refs"), name);
  return (await readLoose(file, name)) ?? packed;
}

async function readLoose(file: string, name: string): Promise<Loose> {
  const text = (await readUpTo(file, LOOSE_LIMIT))?.toString("utf8").trim();
  if (text === undefined) return null;
  if (OID.test(text)) return { oid: text };
  const symbolic = /^ref:\s*(\S+)$/.exec(text)?.[1];
  if (symbolic !== undefined) return { symbolic };
  throw new Error(`the ref ${name} is broken: its file holds neither a commit nor another ref`);
}

async function readPacked(file: string, name: string): Promise<Loose> {
  const text = (await readUpTo(file, PACKED_LIMIT))?.toString("utf8") ?? "";
  const end = text.indexOf(` ${name}\n`);
  if (end < 0) return null;
  const oid = text.slice(text.lastIndexOf("\n", end) + 1, end);
  return OID.test(oid) ? { oid } : null;
}

/** Null where there is no such file (a folder of that name is none either). */
async function readUpTo(file: string, limit: number): Promise<Buffer | null> {
  try {
    await using handle = await open(file, "r");
    const { size } = await handle.stat();
    if (size > limit) throw new Error(`${file} has ${size} bytes, more than ${limit}`);
    // One byte more than stat said: what grew meanwhile is seen.
    const buffer = Buffer.alloc(Math.min(size, limit) + 1);
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return buffer.subarray(0, length);
  } catch (error) {
    if (isMissing(error) || (error as NodeJS.ErrnoException).code === "EISDIR") return null;
    throw error;
  }
}
