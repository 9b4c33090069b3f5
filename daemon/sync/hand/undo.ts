import type { UndoLeft, UndoOrder, UndoStep } from "../../core/deeds.ts";
import type { Side } from "../../core/snapshot.ts";
import type { JournalEntry } from "../../core/store.ts";
import { equalValues } from "../../fields/equal.ts";
import { recover } from "../recover.ts";
import type { Work } from "../run.ts";
import { endpointOf, type Session } from "../session.ts";
import { removeCreated } from "./undo-created.ts";
import { recreateDeleted } from "./undo-deleted.ts";
import { putBack } from "./undo-fields.ts";
import { undoParts } from "./undo-parts.ts";
import { type Same, undoWishes } from "./undo-plan.ts";

/** Journal entries that one undo looks at; beyond that it says so. */
const MOST_ENTRIES = 500_000;
const MOST_LISTED = 10_000;

/** What one undo of one link found and did. */
export interface UndoFindings {
  readonly steps: UndoStep[];
  readonly left: UndoLeft[];
  readonly total: { steps: number; left: number };
}

/** What journal entries an undo is about, within one link. */
export interface UndoScope {
  readonly run: string | null;
  readonly revision: string | null;
  readonly record: { readonly side: Side; readonly id: string } | null;
  readonly deleteCreated: UndoOrder["deleteCreated"];
}

export function noFindings(): UndoFindings {
  return { steps: [], left: [], total: { steps: 0, left: 0 } };
}

/** Takes back what the journal says was written, as far as nobody has edited it since (B4). In a dry run it only says so. */
export function undoWork(scope: UndoScope, into: UndoFindings): Work {
  return async (session, input) => {
    await recover(session, (ms) => input.wait(ms, input.signal));
    const entries = entriesOf(session, scope);
    const wishes = undoWishes(entries, sameIn(session));
    const tell = teller(session, into);
    await putBack(session, wishes.fields, isSelected(scope), tell);
    await undoParts(session, entries, tell);
    await recreateDeleted(session, wishes.deleted, tell);
    await removeCreated(session, wishes.created, scope.deleteCreated, tell);
  };
}

/** Where findings go. */
export interface Tell {
  step(side: Side, record: string, step: Pick<UndoStep, "action" | "field" | "now" | "back">): void;
  left(side: Side, record: string, field: string | null, why: string): void;
}

function teller(session: Session, into: UndoFindings): Tell {
  return {
    step(side, record, step) {
      into.total.steps++;
      if (into.steps.length < MOST_LISTED) into.steps.push({ endpoint: endpointOf(session, side), record, ...step });
    },
    left(side, record, field, why) {
      into.total.left++;
      if (into.left.length < MOST_LISTED) into.left.push({ endpoint: endpointOf(session, side), record, field, why });
    },
  };
}

function entriesOf(session: Session, scope: UndoScope): readonly JournalEntry[] {
  const { run, revision, record } = scope;
  const query = {
    ...(run === null ? {} : { run }),
    ...(revision === null ? {} : { revision }),
    ...(record === null ? {} : { side: record.side, record: record.id }),
  };
  return session.store.journal({ ...query, limit: MOST_ENTRIES });
}

/** Whether an entry is among those to be taken back. */
function isSelected(scope: UndoScope): (entry: JournalEntry) => boolean {
  return (entry) =>
    (scope.run === null || entry.run === scope.run) && (scope.revision === null || entry.revision === scope.revision);
}

function sameIn(session: Session): Same {
  return (side, field, a, b) => {
    const schema = session.schemas[side].schemas[field];
    return schema === undefined ? JSON.stringify(a) === JSON.stringify(b) : equalValues(schema, a, b);
  };
}
