import { createHash } from "node:crypto";
import type { CommitTree } from "../tree.ts";
import type { TreeLimits } from "./limits.ts";
import { printable } from "./object-reader.ts";

export type Irregular = CommitTree["irregular"][number];

/** Folders inside folders that are followed. */
export const DEPTH_LIMIT = 32;

/** Content and oddities of the three folders, without the commit they come from. */
export type TreeContent = Pick<CommitTree, "files" | "irregular" | "digest">;

/** Why an entry's name cannot be used; null where it can. `path` is what to show of it. */
export function faultOfName(
  parent: string,
  name: Uint8Array,
): { readonly path: string; readonly fault: Irregular | null } {
  const text = new TextDecoder("utf-8").decode(name);
  const path = parent === "" ? text : `${parent}/${text}`;
  const why = reason(text, name);
  if (why === null) return { path, fault: null };
  return { path, fault: { path: printable(path), kind: "bad-name", detail: why } };
}

function reason(text: string, name: Uint8Array): string | null {
  if (text === "" || text === "." || text === "..") return "the name leads out of its folder";
  if (text.includes("/")) return "the name holds a slash";
  if (text.includes("\\")) return "the name holds a backslash";
  if (/\p{Cc}/u.test(text)) return "the name holds a control character";
  if (Buffer.from(text, "utf8").compare(name) !== 0) return "the name is not valid UTF-8";
  return null;
}

/** `detail` of a file that is not read for its size. */
export function tooLarge(path: string, size: number, limits: TreeLimits): Irregular {
  return { path, kind: "too-large", detail: `${size} bytes; at most ${limits.file} are read` };
}

/** The three folders together are more than is read. */
export function tooMuch(folder: string, what: "files" | "bytes", limits: TreeLimits): Irregular {
  const limit = what === "files" ? `${limits.files} files or folders` : `${limits.total} bytes`;
  return { path: folder, kind: "too-large", detail: `more than ${limit} in rules/, mappings/ and users/ together` };
}

/** Sorts and hashes: the digest covers everything that a build can see, so that equal digests build the same. */
export function contentOf(files: ReadonlyMap<string, Uint8Array>, irregular: readonly Irregular[]): TreeContent {
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const odd = irregular.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const hash = createHash("sha256");
  for (const [path, content] of sorted) hash.update(`${path}\0${content.length}\0`).update(content);
  for (const entry of odd) hash.update(`${entry.path}\0${entry.kind}\0${entry.detail}\0`);
  return { files: new Map(sorted), irregular: odd, digest: hash.digest("hex") };
}
