/** Contents by object id, so that what a commit shares with earlier ones is not read again. Least recently used go first. */
export interface BlobMap {
  get(oid: string): Uint8Array | undefined;
  set(oid: string, content: Uint8Array): void;
}

/** `limit`: bytes kept at most. */
export function createBlobMap(limit: number): BlobMap {
  const blobs = new Map<string, Uint8Array>();
  const held = { bytes: 0 };

  function drop(oid: string): void {
    held.bytes -= blobs.get(oid)?.length ?? 0;
    blobs.delete(oid);
  }

  return {
    get: (oid) => {
      const found = blobs.get(oid);
      if (found === undefined) return undefined;
      blobs.delete(oid);
      blobs.set(oid, found);
      return found;
    },
    set: (oid, content) => {
      drop(oid);
      blobs.set(oid, content);
      held.bytes += content.length;
      for (const oldest of blobs.keys()) {
        if (held.bytes <= limit) break;
        drop(oldest);
      }
    },
  };
}
