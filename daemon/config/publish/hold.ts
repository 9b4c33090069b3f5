import type { Lease, Snapshot, SnapshotSource } from "../../core/snapshot.ts";

export interface HolderOptions {
  /** Milliseconds after which the rules of a retired snapshot are closed although somebody still holds it. */
  readonly drainMs: number;
  /** Snapshots with rules of their own that may be alive at once; the oldest retired one is closed for a further one. */
  readonly alive: number;
  readonly note: (level: "debug" | "warn", message: string) => void;
}

/** Keeps the active snapshot, and the retired ones until their last lease ends. */
export interface Holder extends SnapshotSource {
  current(): Snapshot | null;
  /** Makes a snapshot the one that new leases get. One that has the same rule host as the active one shares its life. Never throws. */
  swap(next: Snapshot): void;
  /** Snapshots whose rules are not closed yet. */
  alive(): number;
  /** Closes all rules, leased or not. */
  close(): Promise<void>;
}

/** A rule host and all who need it: every snapshot that came with it. */
interface Generation {
  readonly snapshot: Snapshot;
  leases: number;
  retired: boolean;
  timer: NodeJS.Timeout | undefined;
}

export function createHolder(options: HolderOptions): Holder {
  const state: { snapshot: Snapshot | null; generation: Generation | null } = { snapshot: null, generation: null };
  // In the order in which they were active.
  const living = new Set<Generation>();

  async function end(generation: Generation): Promise<void> {
    clearTimeout(generation.timer);
    if (!living.delete(generation)) return;
    try {
      await generation.snapshot.rules?.close();
    } catch (error) {
      options.note("warn", `Closing the rules of ${generation.snapshot.revision} failed: ${String(error)}`);
    }
  }

  function retire(generation: Generation): void {
    generation.retired = true;
    if (generation.leases === 0) return void end(generation);
    generation.timer = setTimeout(() => {
      options.note(
        "warn",
        `A run still holds ${generation.snapshot.revision} after ${options.drainMs} ms; its rules are closed.`,
      );
      void end(generation);
    }, options.drainMs);
    generation.timer.unref();
  }

  function swap(next: Snapshot): void {
    const old = state.generation;
    state.snapshot = next;
    if (old !== null && old.snapshot.rules !== null && old.snapshot.rules === next.rules) return;
    const generation: Generation = { snapshot: next, leases: 0, retired: false, timer: undefined };
    state.generation = generation;
    living.add(generation);
    if (old !== null) retire(old);
    for (const oldest of living) {
      if (living.size <= options.alive) break;
      if (oldest === generation) continue;
      options.note(
        "warn",
        `More than ${options.alive} revisions are in use; the rules of ${oldest.snapshot.revision} are closed.`,
      );
      void end(oldest);
    }
  }

  function lease(): Lease | null {
    const { snapshot, generation } = state;
    if (snapshot === null || generation === null) return null;
    let held = true;
    generation.leases++;
    return {
      snapshot,
      release: () => {
        if (!held) return;
        held = false;
        generation.leases--;
        if (generation.retired && generation.leases === 0) void end(generation);
      },
    };
  }

  return {
    lease,
    current: () => state.snapshot,
    swap,
    alive: () => living.size,
    close: async () => {
      state.snapshot = null;
      state.generation = null;
      await Promise.all([...living].map(end));
    },
  };
}
