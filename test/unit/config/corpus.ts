import { readdirSync, readFileSync } from "node:fs";
import { join, posix, relative, sep } from "node:path";
import type { CommitTree } from "../../../daemon/config/tree.ts";

const ROOT = join(import.meta.dirname, "../../..");
const CORPUS = join(ROOT, "test/corpus");

/** `meta.json` of a case. */
interface Meta {
  readonly why: string;
  /** False: the case's own files are all there is. */
  readonly base?: boolean;
  /** Prefixes of paths of the base that the commit does not have. */
  readonly remove?: readonly string[];
  readonly irregular?: CommitTree["irregular"];
}

export interface Expected {
  readonly code: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface CorpusCase {
  readonly name: string;
  readonly why: string;
  readonly tree: CommitTree;
  readonly expected: readonly Expected[];
}

/** A commit with these files and nothing else. */
export function treeOf(files: ReadonlyMap<string, Uint8Array>, irregular: CommitTree["irregular"] = []): CommitTree {
  return { revision: "a".repeat(40), subject: "a commit", author: "somebody", digest: "d", files, irregular };
}

export function textTree(files: Readonly<Record<string, string>>): CommitTree {
  return treeOf(new Map(Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)])));
}

/** The configuration that this repository starts with. */
export function baseFiles(): ReadonlyMap<string, Uint8Array> {
  return new Map(["mappings", "rules", "users"].flatMap((folder) => readFolder(ROOT, folder)));
}

export function readCorpus(): readonly CorpusCase[] {
  return readdirSync(CORPUS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => readCase(name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function readCase(name: string): CorpusCase {
  const folder = join(CORPUS, name);
  const json = <T>(file: string) => JSON.parse(readFileSync(join(folder, file), "utf8")) as T;
  const meta = json<Meta>("meta.json");
  const removed = (path: string) => meta.remove?.some((prefix) => path.startsWith(prefix)) ?? false;
  const base = meta.base === false ? [] : [...baseFiles()].filter(([path]) => !removed(path));
  const own = readdirSync(folder).includes("tree") ? readFolder(join(folder, "tree"), "") : [];
  const tree = treeOf(new Map([...base, ...own]), meta.irregular ?? []);
  return { name, why: meta.why, tree, expected: json<readonly Expected[]>("expected.json") };
}

function readFolder(root: string, folder: string): readonly (readonly [string, Uint8Array])[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [relative(root, path).split(sep).join(posix.sep), new Uint8Array(readFileSync(path))] as const;
    });
}
