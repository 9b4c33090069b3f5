/** Who holds which record. A lock belongs to a site session and ends with it. */
export interface Lock {
  readonly session: string;
  readonly user: string;
}

export interface Locks {
  holder(collection: string, id: number): Lock | null;
  take(collection: string, id: number, lock: Lock): void;
  release(collection: string, id: number): void;
}

/** `alive` says whether a session still lives; locks of dead ones count as free. */
export function createLocks(alive: (session: string) => boolean): Locks {
  const held = new Map<string, Lock>();
  const key = (collection: string, id: number): string => `${collection}/${id}`;

  return {
    holder(collection, id) {
      const lock = held.get(key(collection, id));
      return lock !== undefined && alive(lock.session) ? lock : null;
    },
    take: (collection, id, lock) => void held.set(key(collection, id), lock),
    release: (collection, id) => void held.delete(key(collection, id)),
  };
}
