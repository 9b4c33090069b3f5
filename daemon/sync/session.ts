import type { Connector } from "../core/connector.ts";
import type { Emit, RunContext } from "../core/events.ts";
import type { RuleHost } from "../core/rules.ts";
import type { LinkConfig, Side } from "../core/snapshot.ts";
import type { LinkStore, Pair, Retry } from "../core/store.ts";
import type { Frame, SideFrame } from "./decide/frame.ts";
import type { Touched } from "./parts/touched.ts";
import type { Tally } from "./tally.ts";

/** A link of the same connection with its memory, for references and entity links that cross from one link to another. */
export interface Sibling {
  readonly link: LinkConfig;
  readonly store: LinkStore;
}

/** What one run of one link works with. Handed to every step; nothing of it outlives the run. */
export interface Session {
  readonly link: LinkConfig;
  readonly context: RunContext;
  readonly full: boolean;
  readonly dryRun: boolean;
  readonly connectors: Readonly<Record<Side, Connector>>;
  readonly store: LinkStore;
  /** Every link of the connection, this one too. */
  readonly siblings: readonly Sibling[];
  readonly rules: RuleHost | null;
  readonly emit: Emit;
  readonly now: () => number;
  readonly newId: () => string;
  readonly signal: AbortSignal;
  readonly tally: Tally;
  /** Fields to read of each side. */
  readonly fields: Readonly<Record<Side, readonly string[]>>;
  /** Schemas only: enough to see what changed. */
  readonly schemas: Readonly<Record<Side, SideFrame>>;
  /** With people and directories, read when first asked for; `again` reads them anew, once in a run. */
  frame(again?: boolean): Promise<Frame>;
  /** False once `frame(true)` has been used up. */
  canRefresh(): boolean;
  /** Pairs whose record of a side was not there when it was read: settled at the end of the run, once each was asked for by its id. */
  readonly missing: Readonly<Record<Side, Map<string, Pair>>>;
  /** Pairs whose parts this run looks at. */
  readonly touched: Touched;
  /** Retries that this run took up, as they stood before it, by side and record. */
  readonly retried: Map<string, Retry>;
  /** Earliest modification stamp that our own writes got, by side: shows a data clock that is behind the tracker's. */
  readonly ownStamps: { left: string | null; right: string | null };
}

export function endpointOf(session: Session, side: Side): string {
  return session.link[side].endpoint;
}
