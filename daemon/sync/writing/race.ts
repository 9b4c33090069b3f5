import type { WriteOutcome } from "../../core/connector.ts";
import type { TrackerRecord } from "../../core/record.ts";
import type { Side } from "../../core/snapshot.ts";
import type { JournalEntry } from "../../core/store.ts";
import type { FieldWrite } from "../decide/merge.ts";
import { say } from "../failure.ts";
import { endpointOf, type Session } from "../session.ts";

export type Race = NonNullable<JournalEntry["race"]>;

const COUNTED = /^\d{1,30}$/;

/**
 * Whether somebody wrote a record between our reading and our writing it: where each write moves the version by one, ours must be the next
 * (B12). A write in parts (after a refusal) moves it further by itself and says nothing.
 */
export function raceOf(session: Session, side: Side, read: TrackerRecord, outcome: WriteOutcome): Race | null {
  if (!outcome.ok || outcome.faults.length > 0 || !session.connectors[side].capabilities.exactVersion) return null;
  const { version } = outcome.record;
  if (!COUNTED.test(read.version) || !COUNTED.test(version)) return null;
  return BigInt(version) > BigInt(read.version) + BigInt(outcome.writes ?? 1)
    ? { read: read.version, stored: version }
    : null;
}

export function tellRace(
  session: Session,
  side: Side,
  record: string,
  race: Race,
  writes: readonly FieldWrite[],
): void {
  const fields = writes.map((w) => w.field).join(", ");
  say(
    session,
    "noted",
    side,
    record,
    writes.length === 1 ? (writes[0]?.field ?? null) : null,
    `somebody wrote ${endpointOf(session, side)}:${record} while it was being written (version ${race.read} was read, ${race.stored} stored): what they put into ${fields}, if anything, is overwritten; their other fields stand`,
  );
}
