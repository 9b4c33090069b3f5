import { join } from "node:path";
import type { Repository } from "../config/git/repository.ts";
import type { PublishRecord } from "../config/publish/memory.ts";
import { prepare } from "../config/publish/prepare.ts";
import type { CommitTree } from "../config/tree.ts";
import type { Pool } from "../connectors/pool.ts";
import { formatDiagnostic } from "../core/diagnostic.ts";
import { ConnectorError, OperatorError } from "../core/errors.ts";
import type { Event } from "../core/events.ts";
import type { ConnectionConfig, LinkConfig, Side, Snapshot } from "../core/snapshot.ts";
import type { Store } from "../core/store.ts";
import { type Engine, openConfigRepository, openPool, openWorkshop, STORE_FILE } from "../main.ts";
import { openSecrets } from "../state/secrets.ts";
import { openSqliteStore } from "../state/sqlite-store.ts";
import { type Look, openLook } from "../sync/look/look.ts";
import { RunTrouble } from "../sync/trouble.ts";
import type { Scheduler } from "../triggers/scheduler.ts";
import { activeTree } from "./active.ts";
import { EXIT, type ExitCode, type Host } from "./host.ts";
import { type Place, requireRepository } from "./place.ts";

/** What a look at a link stands on: the running daemon's own parts, or the same read from its state folder. Nothing is written through it. */
export interface Ground {
  readonly snapshot: Snapshot;
  readonly publish: PublishRecord;
  readonly store: Store;
  readonly open: Pool["open"];
  /** For earlier revisions; null where the repository is not at hand. */
  readonly repository: Pick<Repository, "readTree" | "resolve"> | null;
  /** When a link runs next by itself, milliseconds since 1970; null: never, or no daemon runs. */
  nextDue(link: string): number | null;
  /** Whether a daemon runs. */
  readonly running: boolean;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** An answer that a tracker may have kept from being found; `host`: or a host that is not set up for it. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly trouble: string; readonly host?: true };

/** How a command ends that got no answer. */
export function troubleCode({ host }: Extract<Answer<unknown>, { ok: false }>): ExitCode {
  return host === true ? EXIT.host : EXIT.tracker;
}

/** Tracker trouble becomes part of the answer. */
export async function answered<T>(work: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    if (error instanceof ConnectorError || error instanceof RunTrouble) return { ok: false, trouble: error.message };
    throw error;
  }
}

/** The running daemon's own parts, for the length of `work`, which sees one revision. Throws `OperatorError` where none is active. */
export async function onDaemonGround<T>(
  engine: Engine,
  scheduler: Scheduler,
  host: Pick<Host, "now" | "signal">,
  work: (ground: Ground) => Promise<T>,
): Promise<T> {
  const { publisher, store, pool, repository, state } = engine;
  const lease = publisher.source.lease();
  if (lease === null)
    throw new OperatorError(
      "No configuration is active yet.",
      "Push one that passes `syncline check`, then try again.",
    );
  const { snapshot } = lease;
  const nextDue = (link: string) => {
    const due = scheduler.planned().flatMap((one) => (one.link === link && one.due !== null ? [one.due] : []));
    return due.length === 0 ? null : Math.min(...due);
  };
  try {
    const { now, signal } = host;
    const about = { snapshot, publish: state.data.publish, store, open: pool.open, repository, now, signal };
    return await work({ ...about, running: true, nextDue });
  } finally {
    lease.release();
  }
}

/**
 * Builds the ground in this process, for when no daemon runs. Takes no lock: the store is opened for reading. `worktree`: by the configuration on the
 * disk instead of the active one. `work` is told the files that it stands on.
 */
export async function withGround<T>(
  host: Host,
  place: Place,
  work: (ground: Ground, tree: CommitTree) => Promise<T>,
  worktree = false,
): Promise<T> {
  const note = (message: string) => void host.stderr.write(`${message}\n`);
  const store = openSqliteStore(join(place.settings.state, STORE_FILE), { now: host.now, readOnly: true });
  const workshop = openWorkshop();
  const emit = (event: Event) => {
    if (event.event === "endpoint.note") note(`${event.connection}/${event.endpoint}: ${event.message}`);
  };
  const { now, random, signal } = host;
  const pool = openPool(place.settings, { emit, now, random, secrets: openSecrets(place.secrets, { note }) });
  try {
    const repository = await openHere(host, place);
    const tree = worktree
      ? await diskTree(host, place, repository)
      : ((await activeTree(place)) ?? (await tipTree(host, place, repository)));
    const prepared = await prepare(tree, workshop, signal);
    if (!prepared.ok)
      throw new OperatorError(
        `The configuration at ${tree.revision.slice(0, 10)} is not right:\n${prepared.diagnostics.map(formatDiagnostic).join("\n")}`,
        "Mend it first; `syncline check` says the same.",
      );
    const { publish } = place.remembered;
    try {
      const about = { snapshot: prepared.snapshot, publish, store, open: pool.open, repository, now, signal };
      return await work({ ...about, running: false, nextDue: () => null }, tree);
    } finally {
      await prepared.snapshot.rules?.close();
    }
  } finally {
    await pool.close();
    await workshop.close();
    store.close();
  }
}

/** A remote repository has its mirror in the state folder, which is the daemon's: it is left alone. */
async function openHere(host: Host, place: Place): Promise<Repository | null> {
  const { repository } = place.settings;
  if (repository === "" || repository.includes("://") || /^[^/\\]+@[^/\\]+:/.test(repository)) return null;
  try {
    return await openConfigRepository(place.settings, { emit: () => undefined, now: host.now, signal: host.signal });
  } catch (error) {
    // What was active is in the state folder: the repository is wanted for earlier revisions only.
    if (error instanceof OperatorError && place.remembered.publish.active !== null) return null;
    throw error;
  }
}

async function diskTree(host: Host, place: Place, repository: Repository | null): Promise<CommitTree> {
  requireRepository(place);
  if (repository === null)
    throw new OperatorError("The repository is a remote one.", "Name the folder of a clone with --repo.");
  return repository.readWorkTree(host.signal);
}

async function tipTree(host: Host, place: Place, repository: Repository | null): Promise<CommitTree> {
  requireRepository(place);
  const tip = repository === null ? null : await repository.tip(host.signal);
  if (repository === null || tip === null)
    throw new OperatorError("No configuration is active yet.", "Start the daemon with `syncline start` first.");
  return repository.readTree(tip, host.signal);
}

export interface LinkFound {
  readonly connection: ConnectionConfig;
  readonly link: LinkConfig;
}

export function linksIn(snapshot: Snapshot): readonly LinkFound[] {
  return snapshot.connections.flatMap((connection) => connection.links.map((link) => ({ connection, link })));
}

/** A session on one link that decides as a run does and cannot write. */
export async function lookAt(ground: Ground, { connection, link }: LinkFound): Promise<Look> {
  const open = async (side: Side) => (await ground.open(connection.name, connection[side])).connector;
  const { snapshot, store, now, signal } = ground;
  return openLook({
    ...{ connection, link, revision: snapshot.revision, rules: snapshot.rules, now, signal },
    connectors: { left: await open("left"), right: await open("right") },
    store: store.link(link.key),
    siblings: connection.links.map((each) => ({ link: each, store: store.link(each.key) })),
  });
}
