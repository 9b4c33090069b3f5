import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { contentOf, type Irregular } from "../git/collect.ts";
import { isMissing } from "../git/git-binary.ts";
import { TREE_LIMITS } from "../git/limits.ts";
import type { CommitTree } from "../tree.ts";

/**
 * Content of revisions that went live, kept apart from the repository: a restart needs neither the remote nor a commit that may be gone by then.
 * One file per digest: a line of JSON that lists paths and lengths, then the contents. One file, because thousands would cost an fsync each.
 */
export interface LastGood {
  /** Resolves when the content is on the disk. Does nothing where it is there. */
  keep(tree: CommitTree): Promise<void>;
  /** Null where it is not there or is not what the digest says. */
  read(digest: string): Promise<CommitTree | null>;
  /** Forgets all but these. */
  forgetOthers(digests: readonly string[]): Promise<void>;
}

interface Header {
  readonly format: 1;
  readonly revision: string;
  readonly subject: string;
  readonly author: string;
  readonly files: readonly (readonly [path: string, length: number])[];
  readonly irregular: readonly Irregular[];
}

const SUFFIX = ".tree";
const HEADER_LIMIT = 16 * 1024 * 1024;

export function openLastGood(folder: string): LastGood {
  const fileOf = (digest: string) => join(folder, `${digest}${SUFFIX}`);

  async function keep(tree: CommitTree): Promise<void> {
    if ((await read(tree.digest)) !== null) return;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const temporary = `${fileOf(tree.digest)}.new`;
    await writeDurably(temporary, [header(tree), ...tree.files.values()]);
    await rename(temporary, fileOf(tree.digest));
    await syncFolder(folder);
  }

  async function read(digest: string): Promise<CommitTree | null> {
    const bytes = await readWhole(fileOf(digest));
    const tree = bytes === null ? null : parse(bytes);
    return tree?.digest === digest ? tree : null;
  }

  return {
    keep,
    read,
    forgetOthers: async (digests) => {
      const kept = digests.map((digest) => `${digest}${SUFFIX}`);
      for (const name of await readdir(folder).catch(noneIfMissing)) {
        if (!kept.includes(name) && /^[0-9a-f]+\.tree(\.new)?$/.test(name))
          await rm(join(folder, name), { force: true });
      }
    },
  };
}

function header(tree: CommitTree): Buffer {
  const { revision, subject, author, irregular } = tree;
  const files = [...tree.files].map(([path, content]) => [path, content.length] as const);
  const value: Header = { format: 1, revision, subject, author, files, irregular };
  return Buffer.from(`${JSON.stringify(value)}\n`, "utf8");
}

/** Null for what is not of this form; whether the content is right, its digest tells. */
function parse(bytes: Buffer): CommitTree | null {
  const end = bytes.indexOf(0x0a);
  const head = end < 0 ? null : parseHeader(bytes.toString("utf8", 0, end));
  if (head === null) return null;
  const files = new Map<string, Uint8Array>();
  let at = end + 1;
  for (const [path, length] of head.files) {
    files.set(path, bytes.subarray(at, at + length));
    at += length;
  }
  if (at !== bytes.length) return null;
  const { revision, subject, author } = head;
  return { revision, subject, author, ...contentOf(files, head.irregular) };
}

function parseHeader(text: string): Header | null {
  try {
    const value = JSON.parse(text) as Header;
    const wellFormed = value.format === 1 && Array.isArray(value.files) && Array.isArray(value.irregular);
    return wellFormed &&
      value.files.every(([path, length]) => typeof path === "string" && Number.isSafeInteger(length) && length >= 0)
      ? value
      : null;
  } catch (error) {
    // Any damage at all may have been done to the text.
    if (error instanceof SyntaxError || error instanceof TypeError) return null;
    throw error;
  }
}

async function readWhole(file: string): Promise<Buffer | null> {
  try {
    await using handle = await open(file, "r");
    const { size } = await handle.stat();
    return size > TREE_LIMITS.total + HEADER_LIMIT ? null : await handle.readFile();
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

async function writeDurably(file: string, parts: readonly Uint8Array[]): Promise<void> {
  await using handle = await open(file, "w", 0o600);
  await handle.writeFile(Buffer.concat(parts));
  await handle.sync();
}

async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, "r");
  await handle.sync();
}

function noneIfMissing(error: unknown): string[] {
  if (isMissing(error)) return [];
  throw error;
}
