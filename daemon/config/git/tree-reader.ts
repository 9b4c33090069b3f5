import { mapLimit } from "../../lib/concurrency.ts";
import type { CommitTree } from "../tree.ts";
import type { BlobMap } from "./blob-map.ts";
import { contentOf, DEPTH_LIMIT, faultOfName, type Irregular, tooLarge, tooMuch } from "./collect.ts";
import { CONFIG_FOLDERS, type TreeLimits } from "./limits.ts";
import { type ObjectReader, parseCommit, parseTag, parseTree, printable, type TreeEntry } from "./object-reader.ts";

/** Headers of a commit object beyond this are not looked at. */
const COMMIT_LIMIT = 1024 * 1024;
const TREE_OBJECT_LIMIT = 4 * 1024 * 1024;
const LINK_LIMIT = 1024;
/** Questions asked of the object reader before the first answer is in. */
const AT_ONCE = 64;

interface FileEntry {
  readonly path: string;
  readonly oid: string;
}

interface Walk {
  readonly reader: ObjectReader;
  readonly limits: TreeLimits;
  readonly oidBytes: number;
  readonly signal: AbortSignal;
  readonly files: Map<string, FileEntry>;
  readonly irregular: Irregular[];
  folders: number;
}

export interface TreeOptions {
  readonly limits: TreeLimits;
  readonly blobs: BlobMap;
}

/** Reads the three folders of a commit (or of the commit that a tag names). Throws where objects are missing or `revision` is no commit. */
export async function readCommitTree(
  reader: ObjectReader,
  revision: string,
  options: TreeOptions,
  signal: AbortSignal,
): Promise<CommitTree> {
  const commit = await readCommit(reader, revision, signal);
  const walk: Walk = {
    reader,
    limits: options.limits,
    oidBytes: revision.length / 2,
    signal,
    files: new Map(),
    irregular: [],
    folders: 0,
  };
  const root = await readEntries(walk, commit.tree, "");
  const wanted = new Set<string>(CONFIG_FOLDERS);
  for (const entry of root ?? []) {
    const name = Buffer.from(entry.name).toString("utf8");
    if (!wanted.has(name)) continue;
    if (entry.mode.startsWith("100"))
      walk.irregular.push({ path: name, kind: "bad-name", detail: "a file stands where a folder is expected" });
    else await visit(walk, entry, "", 0);
  }
  const files = await readFiles(walk, options.blobs);
  const { subject, author, trailers } = commit;
  return { revision: commit.oid, subject, author, trailers, ...contentOf(files, walk.irregular) };
}

async function readCommit(reader: ObjectReader, revision: string, signal: AbortSignal) {
  let oid = revision;
  for (let depth = 0; depth < 5; depth++) {
    const found = await reader.read(oid, COMMIT_LIMIT, signal);
    if (found.type === "commit") return { oid, ...parseCommit(found.content) };
    if (found.type !== "tag") throw new Error(`${oid} is a ${found.type}, not a commit`);
    oid = parseTag(found.content);
  }
  throw new Error(`${revision} is a tag of a tag of a tag …, not a commit`);
}

async function visit(walk: Walk, entry: TreeEntry, parent: string, depth: number): Promise<void> {
  const { path, fault } = faultOfName(parent, entry.name);
  const top = path.split("/", 1)[0] ?? "";
  if (fault !== null) walk.irregular.push(fault);
  else if (entry.mode === "120000")
    walk.irregular.push({ path, kind: "symlink", detail: await linkTarget(walk, entry.oid) });
  else if (entry.mode === "160000") walk.irregular.push({ path, kind: "submodule", detail: entry.oid });
  else if (entry.mode === "040000") await visitFolder(walk, entry.oid, path, depth);
  else if (walk.files.has(path))
    walk.irregular.push({ path, kind: "bad-name", detail: "the name stands in the tree twice" });
  else if (walk.files.size >= walk.limits.files) noteOnce(walk.irregular, tooMuch(top, "files", walk.limits));
  else walk.files.set(path, { path, oid: entry.oid });
}

async function visitFolder(walk: Walk, oid: string, path: string, depth: number): Promise<void> {
  walk.folders++;
  if (walk.folders > walk.limits.files)
    return noteOnce(walk.irregular, tooMuch(path.split("/", 1)[0] ?? "", "files", walk.limits));
  if (depth >= DEPTH_LIMIT) {
    walk.irregular.push({ path, kind: "bad-name", detail: `nested deeper than ${DEPTH_LIMIT} folders` });
    return;
  }
  const entries = await readEntries(walk, oid, path);
  for (const entry of entries ?? []) await visit(walk, entry, path, depth + 1);
}

async function readEntries(walk: Walk, oid: string, path: string): Promise<readonly TreeEntry[] | null> {
  const found = await walk.reader.read(oid, TREE_OBJECT_LIMIT, walk.signal);
  if (found.type !== "tree")
    throw new Error(`${path === "" ? "the root folder" : path} is a ${found.type} in the object store, not a tree`);
  if (found.size <= TREE_OBJECT_LIMIT) return parseTree(found.content, walk.oidBytes);
  if (path === "")
    throw new Error(
      `the commit's root folder has more entries than are read (${found.size} bytes, at most ${TREE_OBJECT_LIMIT})`,
    );
  walk.irregular.push(tooMuch(path, "files", walk.limits));
  return null;
}

async function linkTarget(walk: Walk, oid: string): Promise<string> {
  const { size } = await walk.reader.info(oid, walk.signal);
  if (size > LINK_LIMIT) return `a target of ${size} bytes`;
  return printable(new TextDecoder().decode((await walk.reader.read(oid, LINK_LIMIT, walk.signal)).content));
}

async function readFiles(walk: Walk, blobs: BlobMap): Promise<ReadonlyMap<string, Uint8Array>> {
  const entries = [...walk.files.values()];
  const known = new Map(
    entries.flatMap(({ oid }) => (blobs.get(oid) === undefined ? [] : [[oid, blobs.get(oid) as Uint8Array]])),
  );
  const sizes = await mapLimit(
    entries,
    AT_ONCE,
    async ({ oid }) => known.get(oid)?.length ?? (await walk.reader.info(oid, walk.signal)).size,
    walk.signal,
  );
  const chosen = withinLimits(walk, entries, sizes);
  const contents = await mapLimit(
    chosen,
    AT_ONCE,
    async ({ oid }) => known.get(oid) ?? (await readBlob(walk, oid)),
    walk.signal,
  );
  chosen.forEach(({ oid }, i) => {
    blobs.set(oid, contents[i] as Uint8Array);
  });
  return new Map(chosen.map(({ path }, i) => [path, contents[i] as Uint8Array]));
}

function withinLimits(walk: Walk, entries: readonly FileEntry[], sizes: readonly number[]): readonly FileEntry[] {
  let total = 0;
  return entries.filter(({ path }, i) => {
    const size = sizes[i] ?? 0;
    if (size > walk.limits.file) walk.irregular.push(tooLarge(path, size, walk.limits));
    else if (total + size > walk.limits.total)
      noteOnce(walk.irregular, tooMuch(path.split("/", 1)[0] ?? "", "bytes", walk.limits));
    else {
      total += size;
      return true;
    }
    return false;
  });
}

async function readBlob(walk: Walk, oid: string): Promise<Uint8Array> {
  const { type, content } = await walk.reader.read(oid, walk.limits.file, walk.signal);
  if (type !== "blob") throw new Error(`${oid} is a ${type} in the object store, not a file`);
  return content;
}

/** One entry for all that is beyond a limit of one folder. */
function noteOnce(irregular: Irregular[], entry: Irregular): void {
  if (!irregular.some((known) => known.path === entry.path && known.detail === entry.detail)) irregular.push(entry);
}
