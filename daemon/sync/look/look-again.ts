import type { Patch, WriteOutcome } from "../../core/connector.ts";
import { ConnectorError } from "../../core/errors.ts";
import type { TrackerRecord } from "../../core/record.ts";
import type { Side } from "../../core/snapshot.ts";
import { equalValues } from "../../fields/equal.ts";
import { followersOf } from "../../fields/follow.ts";
import type { Session } from "../session.ts";

/**
 * Updates without an answer are looked at once, in one request a batch: what stands there as it was sent has arrived. Were it left to the next
 * run, an edit made there in the meantime could not be told from one that was made before.
 */
export async function lookAgain(
  session: Session,
  side: Side,
  patches: readonly Patch[],
  outcomes: readonly WriteOutcome[],
): Promise<readonly WriteOutcome[]> {
  const open = patches.filter((_, i) => isLost(outcomes[i]));
  if (open.length === 0) return outcomes;
  const found = await readBack(session, side, open);
  return outcomes.map((outcome, i) => {
    const patch = patches[i];
    const record = patch === undefined || !isLost(outcome) ? undefined : found.get(patch.id);
    if (patch === undefined || record === undefined || !holdsAll(session, side, record, patch)) return outcome;
    return { ok: true, record, faults: [] };
  });
}

/** A tracker that does not answer now either leaves the question to the next run. */
async function readBack(
  session: Session,
  side: Side,
  patches: readonly Patch[],
): Promise<ReadonlyMap<string, TrackerRecord>> {
  const { connectors, link, signal } = session;
  const written = [...new Set(patches.flatMap((patch) => Object.keys(patch.fields)))];
  const bound = followersOf(connectors[side].capabilities.bonds, written);
  const names = [...written, ...bound.filter((name) => session.fields[side].includes(name))];
  const found = new Map<string, TrackerRecord>();
  const size = connectors[side].capabilities.batch.read;
  try {
    for (let i = 0; i < patches.length; i += size) {
      const ids = patches.slice(i, i + size).map((patch) => patch.id);
      for (const [id, record] of await connectors[side].read(link[side].entity, ids, names, signal))
        found.set(id, record);
    }
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
  }
  return found;
}

function isLost(outcome: WriteOutcome | undefined): boolean {
  return outcome?.ok === false && outcome.error.stored === "maybe";
}

function holdsAll(session: Session, side: Side, record: TrackerRecord, { fields }: Patch): boolean {
  const { schemas } = session.schemas[side];
  return Object.entries(fields).every(([field, sent]) => {
    const schema = schemas[field];
    return schema !== undefined && equalValues(schema, record.fields[field] ?? null, sent);
  });
}
