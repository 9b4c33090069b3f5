import type { Connector } from "../core/connector.ts";
import type { Emit, RunContext } from "../core/events.ts";
import type { EntitySchema, MissingValue } from "../core/field.ts";
import type { AnsweredRules } from "../core/rules.ts";
import type { LinkConfig, Side } from "../core/snapshot.ts";
import type { LinkStore, Pair, Retry } from "../core/store.ts";
import type { Frame, SideFrame } from "./decide/frame.ts";
import type { Looked } from "./looked.ts";
import type { Made } from "./making/create-missing.ts";
import type { Settled } from "./parts/retries.ts";
import type { Touched } from "./parts/touched.ts";
import type { PlannedWrites } from "./planned-writes.ts";
import type { Tally } from "./tally.ts";
import type { ReferenceMemory } from "./tree/references.ts";
import type { Sibling } from "./tree/siblings.ts";
import type { Waiting } from "./tree/waiting.ts";

/** What one run of one link works with. Handed to every step; nothing of it outlives the run. */
export interface Session {
  readonly link: LinkConfig;
  readonly context: RunContext;
  readonly full: boolean;
  /** Every pair is looked at as if both its records had changed (T20). */
  readonly backfill: boolean;
  /** Print of the mapping of this run, and ids of pairs that were met with another one. */
  readonly mapping: string;
  readonly old: Set<string>;
  readonly dryRun: boolean;
  readonly connectors: Readonly<Record<Side, Connector>>;
  readonly store: LinkStore;
  /** Every link of the connection, this one too. */
  readonly siblings: readonly Sibling[];
  readonly rules: AnsweredRules | null;
  readonly emit: Emit;
  readonly now: () => number;
  readonly newId: () => string;
  readonly signal: AbortSignal;
  readonly tally: Tally;
  /** Fields to read of each side. */
  readonly fields: Readonly<Record<Side, readonly string[]>>;
  /** Schemas only: enough to see what changed. */
  readonly schemas: Readonly<Record<Side, SideFrame>>;
  /** Of any entity type of a side, also one that another link of the connection has. */
  schemaOf(side: Side, entity: string): Promise<EntitySchema>;
  /** With people and directories, read when first asked for; `again` reads them anew, once in a run. */
  frame(again?: boolean): Promise<Frame>;
  /** False once `frame(true)` has been used up. */
  canRefresh(): boolean;
  /** Pairs whose record of a side was not there when it was read: settled at the end of the run, once each was asked for by its id. */
  readonly missing: Readonly<Record<Side, Map<string, Pair>>>;
  /** Pairs of which this run has dealt with a record that was deleted. */
  readonly laidToRest: Set<string>;
  /** Records that this run has made, by side. */
  readonly created: Readonly<Record<Side, Set<string>>>;
  /** Pairs whose parts this run looks at. */
  readonly touched: Touched;
  /** Of these, pairs with a part that could not be carried. */
  readonly unsettled: Set<string>;
  /** Retries that end with this run unless a part fails under them, by side and record. */
  readonly settled: Map<string, Settled>;
  /** Retries that this run took up, as they stood before it, by side and record. */
  readonly retried: Map<string, Retry>;
  /** Records that have failed in this run, by side and record. */
  readonly failed: Set<string>;
  readonly references: ReferenceMemory;
  /** Records that this run found to wait for another one, by side and record. */
  readonly waited: Map<string, Waiting>;
  /** Pairs of which a record lies elsewhere by now although nobody touched it. */
  readonly moved: Set<string>;
  readonly looked: Looked;
  /** Records for which a dry run would have made a partner, by side and id, and pairs that it would have frozen or unlinked, by id. */
  readonly planned: Set<string>;
  readonly writes: PlannedWrites;
  /** Makes a list value or a record that references may point at; false where it was there. Throws `ConnectorError`. */
  make(side: Side, missing: MissingValue): Promise<boolean>;
  /** Lets `frame` know what `make` has made. */
  look(): Promise<void>;
  /** What this run did about values that a side lacks. */
  readonly made: Map<string, Made>;
  /** Earliest modification stamp that our own writes got, by side: shows a data clock that is behind the tracker's. */
  readonly ownStamps: { left: string | null; right: string | null };
}

export function endpointOf(session: Session, side: Side): string {
  return session.link[side].endpoint;
}
