import { join } from "node:path";
import type { Emit, Verdict } from "../../core/events.ts";
import type { Snapshot, SnapshotSource } from "../../core/snapshot.ts";
import type { RemoteStatus } from "../git/remote.ts";
import type { Repository } from "../git/repository.ts";
import { createTipReader } from "../git/tip.ts";
import type { Activation, Checkpoint } from "./activate.ts";
import { createHolder } from "./hold.ts";
import { openLastGood } from "./last-good.ts";
import type { PublishMemory } from "./memory.ts";
import type { Workshop } from "./prepare.ts";
import { createVerdicts } from "./verdicts.ts";
import { createWorker } from "./worker.ts";

export interface PublisherDeps extends Workshop {
  readonly repository: Repository;
  readonly memory: PublishMemory;
  /** Folder of the daemon's state; the last good content is kept in `last-good/` below it. */
  readonly state: string;
  readonly emit: Emit;
  readonly now: () => number;
  /** Milliseconds before a commit that failed is tried again; doubles up to a minute. Default 1,000. */
  readonly retryMs?: number;
  /** Milliseconds that a run may go on under a retired snapshot. Default 60,000. */
  readonly drainMs?: number;
  /** For tests that end the process at a certain point. */
  readonly checkpoint?: (name: Checkpoint) => void | Promise<void>;
}

export interface PublisherStatus {
  readonly location: string;
  readonly branch: string;
  /** The branch's tip as last seen; null while there is none. */
  readonly wanted: string | null;
  /** The commit that was or is being attempted last. */
  readonly attempted: string | null;
  readonly active: { readonly revision: string; readonly digest: string; readonly since: number } | null;
  /** The last one told by this process. */
  readonly verdict: Verdict | null;
  /** True where the tip is what runs. */
  readonly converged: boolean;
  /** Since when `converged` is what it is, milliseconds since 1970. */
  readonly since: number;
  /** Newest first. */
  readonly history: readonly Verdict[];
  /** Null for a local repository. */
  readonly remote: RemoteStatus | null;
  /** Snapshots that are alive: the active one and those that runs still hold. */
  readonly snapshots: number;
}

/** Keeps the running configuration at the branch's newest good commit. */
export interface Publisher {
  /** Brings up the last good revision, then watches in the background until the signal is aborted or `close`. Resolves when the first is done. */
  start(signal: AbortSignal): Promise<void>;
  /** Looks at once: fetches from a remote, and tries a failed commit again. */
  wake(): void;
  readonly source: SnapshotSource;
  status(): PublisherStatus;
  /** Calls back for every snapshot that goes live; returns what ends it. */
  onActive(listener: (snapshot: Snapshot) => void): () => void;
  /** Looks at once, and resolves when what is the tip then has its verdict (or there is none, or it cannot be seen). */
  settled(): Promise<void>;
  /** Ends all of it; rules are closed, leased or not. */
  close(): Promise<void>;
}

const RETRY_MS = 1_000;
const DRAIN_MS = 60_000;
/** R9. */
const SNAPSHOTS = 3;

export function createPublisher(deps: PublisherDeps): Publisher {
  const stop = new AbortController();
  const state = { activeSince: 0, converged: false, since: deps.now() };
  const loops: Promise<void>[] = [];
  const listeners = new Set<(snapshot: Snapshot) => void>();
  const note = (level: "debug" | "warn", message: string) => deps.emit({ event: "config.watch", level, message });
  const holder = createHolder({ drainMs: deps.drainMs ?? DRAIN_MS, alive: SNAPSHOTS, note });
  const verdicts = createVerdicts(deps.memory, deps.emit, deps.now);
  const activation: Activation = {
    ...deps,
    lastGood: openLastGood(join(deps.state, "last-good")),
    verdicts,
    holder,
    note,
    checkpoint: async (name) => deps.checkpoint?.(name),
    onActive: (snapshot) => {
      state.activeSince = deps.now();
      for (const listener of listeners) tellListener(listener, snapshot, note);
    },
  };

  function refresh(): void {
    const wanted = tip.seen().revision;
    const converged = wanted !== null && holder.current()?.revision === wanted;
    if (converged !== state.converged) Object.assign(state, { converged, since: deps.now() });
  }

  const worker = createWorker({
    activation,
    memory: deps.memory,
    retryMs: deps.retryMs ?? RETRY_MS,
    signal: stop.signal,
    onAttempt: refresh,
  });
  const tip = createTipReader({
    repository: deps.repository,
    now: deps.now,
    note,
    signal: stop.signal,
    onLook: (seen) => {
      worker.want(seen);
      refresh();
    },
  });

  async function lookFresh(): Promise<void> {
    try {
      await deps.repository.refresh(stop.signal);
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    }
    await tip.look();
  }

  return {
    source: holder,
    start: async (signal) => {
      signal.addEventListener("abort", () => stop.abort(signal.reason), { once: true });
      if (signal.aborted) stop.abort(signal.reason);
      await worker.restore();
      loops.push(
        worker.run(),
        deps.repository.watch(() => void tip.look(), stop.signal),
      );
      await tip.look();
    },
    wake: () => {
      void lookFresh().then(worker.retry);
    },
    status: () => {
      // A verdict is told before its attempt has ended: whoever asks then must not hear of the state before it.
      refresh();
      const seen = {
        wanted: tip.seen().revision,
        attempted: worker.attempted(),
        verdict: verdicts.last(),
        snapshots: holder.alive(),
      };
      return statusOf(deps, seen, holder.current(), state);
    },
    onActive: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    settled: async () => {
      await lookFresh();
      await worker.settled();
    },
    close: async () => {
      stop.abort(new Error("the publisher is closed"));
      await Promise.all(loops);
      await holder.close();
    },
  };
}

function statusOf(
  deps: PublisherDeps,
  seen: Pick<PublisherStatus, "wanted" | "attempted" | "verdict" | "snapshots">,
  current: Snapshot | null,
  state: { readonly activeSince: number; readonly converged: boolean; readonly since: number },
): PublisherStatus {
  return {
    location: deps.repository.location,
    branch: deps.repository.branch(),
    ...seen,
    active: current === null ? null : { revision: current.revision, digest: current.digest, since: state.activeSince },
    converged: state.converged,
    since: state.since,
    history: deps.memory.read().history,
    remote: deps.repository.remote(),
  };
}

function tellListener(
  listener: (snapshot: Snapshot) => void,
  snapshot: Snapshot,
  note: (level: "warn", message: string) => void,
): void {
  try {
    listener(snapshot);
  } catch (error) {
    note("warn", `What follows the going live of ${snapshot.revision} failed: ${String(error)}`);
  }
}
