import type { Emit, Event, Verdict } from "../core/events.ts";

export interface RunningRun {
  readonly run: string;
  readonly link: string;
  readonly revision: string;
  readonly kind: "incremental" | "full";
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** By endpoint. */
  readonly progress: Readonly<Record<string, { readonly done: number; readonly total: number | null }>>;
}

export interface StatusNote {
  readonly connection: string;
  readonly endpoint: string;
  readonly message: string;
}

/** What only the running daemon knows. */
export interface StatusFacts {
  readonly started: {
    readonly at: number;
    readonly version: string;
    readonly repository: string;
    readonly branch: string;
    readonly state: string;
  } | null;
  readonly running: readonly RunningRun[];
  readonly lastVerdict: Verdict | null;
  /** The watcher's latest complaint, until the next verdict. */
  readonly watching: { readonly at: number; readonly message: string } | null;
  readonly notes: readonly StatusNote[];
}

export interface StatusCollector {
  readonly emit: Emit;
  facts(): StatusFacts;
}

const MOST_NOTES = 100;

/** Remembers of the events what a status report needs. */
export function createStatusCollector(deps: { now(): number }): StatusCollector {
  const running = new Map<string, RunningRun>();
  const notes = new Map<string, StatusNote>();
  let started: StatusFacts["started"] = null;
  let lastVerdict: Verdict | null = null;
  let watching: StatusFacts["watching"] = null;

  function emit(event: Event): void {
    switch (event.event) {
      case "daemon.started": {
        const { version, repository, branch, state } = event;
        started = { at: deps.now(), version, repository, branch, state };
        break;
      }
      case "config.verdict":
        if (event.verdict.kind !== "superseded") lastVerdict = event.verdict;
        watching = null;
        break;
      case "config.watch":
        if (event.level === "warn") watching = { at: deps.now(), message: event.message };
        break;
      case "endpoint.note":
        keepNote(notes, event);
        break;
      default:
        followRun(running, event, deps.now);
    }
  }
  return {
    emit,
    facts: () => ({ started, running: [...running.values()], lastVerdict, watching, notes: [...notes.values()] }),
  };
}

function keepNote(notes: Map<string, StatusNote>, { connection, endpoint, message }: StatusNote): void {
  const key = JSON.stringify([connection, endpoint, message]);
  notes.delete(key);
  notes.set(key, { connection, endpoint, message });
  const oldest = notes.keys().next().value;
  if (notes.size > MOST_NOTES && oldest !== undefined) notes.delete(oldest);
}

function followRun(running: Map<string, RunningRun>, event: Event, now: () => number): void {
  if (event.event === "run.started") {
    const { context, kind, reason } = event;
    const { run, link, revision } = context;
    running.set(run, { run, link, revision, kind, reason, since: now(), progress: {} });
  } else if (event.event === "run.progress") {
    const run = running.get(event.context.run);
    if (run === undefined) return;
    const progress = { ...run.progress, [event.endpoint]: { done: event.done, total: event.total } };
    running.set(run.run, { ...run, progress });
  } else if (event.event === "run.ended") running.delete(event.context.run);
}
