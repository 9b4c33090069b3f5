import type { RunRequest } from "../core/events.ts";

/** Lets one run of a link through at a time. */
export interface RunGate {
  /** Null where the link is running. The promise settles when run and `after` have ended; it never rejects. */
  start(request: RunRequest, after: () => Promise<void>): Promise<void> | null;
  /** When the link's run began (milliseconds since 1970); null where it is not running. */
  since(link: string): number | null;
  running(): readonly string[];
  /** Resolves when the link's run, if there is one, has ended; without a link: when all have. */
  ended(link?: string): Promise<void>;
}

export interface RunGateDeps {
  now(): number;
  run(request: RunRequest): Promise<void>;
  fail(error: unknown): void;
}

export function createRunGate(deps: RunGateDeps): RunGate {
  const runs = new Map<string, { readonly since: number; readonly ended: Promise<void> }>();

  async function execute(request: RunRequest, after: () => Promise<void>): Promise<void> {
    try {
      await deps.run(request);
    } catch (error) {
      deps.fail(error);
    }
    try {
      await after();
    } catch (error) {
      deps.fail(error);
    }
    // Last: the next run's bookkeeping must not be overtaken by this one's.
    runs.delete(request.link);
  }

  return {
    start(request, after) {
      if (runs.has(request.link)) return null;
      const ended = Promise.resolve().then(() => execute(request, after));
      runs.set(request.link, { since: deps.now(), ended });
      return ended;
    },
    since: (link) => runs.get(link)?.since ?? null,
    running: () => [...runs.keys()],
    async ended(link) {
      const waited = [...runs].filter(([key]) => link === undefined || key === link);
      await Promise.all(waited.map(([, run]) => run.ended));
    },
  };
}
