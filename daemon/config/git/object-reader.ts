export type ObjectType = "commit" | "tree" | "blob" | "tag";

export interface ObjectInfo {
  readonly type: ObjectType;
  /** Bytes of the whole object. */
  readonly size: number;
}

export interface ObjectContent extends ObjectInfo {
  /** The first `limit` bytes. */
  readonly content: Uint8Array;
}

/** Reads a repository's objects for the length of one load. Throws `MissingObject` for what is not there. */
export interface ObjectReader {
  info(oid: string, signal: AbortSignal): Promise<ObjectInfo>;
  /** Never keeps more than `limit` bytes of an object. */
  read(oid: string, limit: number, signal: AbortSignal): Promise<ObjectContent>;
  close(): void;
}

export class MissingObject extends Error {
  override readonly name = "MissingObject";

  constructor(oid: string) {
    super(`the repository has no object ${oid}`);
  }
}

export interface CommitHeader {
  readonly tree: string;
  readonly subject: string;
  readonly author: string;
  readonly trailers: readonly Trailer[];
}

/** A line `Key: value` of a commit message's last paragraph, as `git interpret-trailers` finds it. */
export interface Trailer {
  readonly key: string;
  readonly value: string;
}

export interface TreeEntry {
  readonly mode: string;
  /** As it stands in the object; not necessarily UTF-8. */
  readonly name: Uint8Array;
  readonly oid: string;
}

const SUBJECT_LIMIT = 200;
const MOST_TRAILERS = 100;

/** Tree, subject (first paragraph in one line), author (`Name <address>`) and trailers of a raw commit object. Throws where it is none. */
export function parseCommit(content: Uint8Array): CommitHeader {
  const end = Buffer.from(content.buffer, content.byteOffset, content.byteLength).indexOf("\n\n");
  const head = decode(end < 0 ? content : content.subarray(0, end), "utf-8");
  const encoding = /^encoding (.+)$/m.exec(head)?.[1] ?? "utf-8";
  const text = decode(content.subarray(end < 0 ? content.length : end + 2), encoding);
  const headers = decode(end < 0 ? content : content.subarray(0, end), encoding);
  const tree = /^tree ([0-9a-f]{40,64})$/m.exec(headers)?.[1];
  if (tree === undefined) throw new Error("a commit object without a tree");
  const author = /^author (.*?)(?: -?\d+ [+-]\d+)?$/m.exec(headers)?.[1] ?? "";
  const paragraph = text.trimStart().split(/\n\s*\n/, 1)[0] ?? "";
  return {
    tree,
    subject: printable(paragraph).slice(0, SUBJECT_LIMIT),
    author: printable(author).slice(0, SUBJECT_LIMIT),
    trailers: trailersOf(text),
  };
}

/** The last paragraph's trailers; none where it is the subject, or has more other lines than git would bear. */
function trailersOf(message: string): readonly Trailer[] {
  const paragraphs = message.trim().split(/\n[^\S\n]*\n\s*/);
  const lines = paragraphs.length < 2 ? [] : (paragraphs.at(-1) ?? "").split(/\r?\n(?![ \t])/);
  const found = lines.flatMap((line): Trailer[] => {
    const match = /^([A-Za-z0-9-]+)[ \t]*:\s*(.*)$/s.exec(line);
    return match === null ? [] : [{ key: match[1] ?? "", value: printable(match[2] ?? "") }];
  });
  return found.length * 4 < lines.length ? [] : found.slice(0, MOST_TRAILERS);
}

/** Target of a raw annotated tag. */
export function parseTag(content: Uint8Array): string {
  const target = /^object ([0-9a-f]{40,64})$/m.exec(decode(content, "utf-8"))?.[1];
  if (target === undefined) throw new Error("a tag object without a target");
  return target;
}

/** Entries of a raw tree object; `oidBytes` is 20 (sha1) or 32 (sha256). Throws where it is cut off. */
export function parseTree(content: Uint8Array, oidBytes: number): readonly TreeEntry[] {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const entries: TreeEntry[] = [];
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const nul = bytes.indexOf(0, space + 1);
    const next = nul + 1 + oidBytes;
    if (space < 0 || nul < 0 || next > bytes.length) throw new Error("a tree object that is cut off");
    entries.push({
      mode: bytes.toString("latin1", at, space).padStart(6, "0"),
      name: bytes.subarray(space + 1, nul),
      oid: bytes.toString("hex", nul + 1, next),
    });
    at = next;
  }
  return entries;
}

/** One line without control characters: what a committer writes reaches terminals and logs. */
export function printable(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, "\ufffd")
    .trim();
}

function decode(bytes: Uint8Array, encoding: string): string {
  try {
    return new TextDecoder(encoding).decode(bytes);
  } catch (error) {
    if (error instanceof RangeError) return new TextDecoder().decode(bytes);
    throw error;
  }
}
