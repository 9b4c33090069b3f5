import { ConnectorError } from "../../core/errors.ts";
import type { MissingValue } from "../../core/field.ts";
import { DEFAULT_BRAKES, otherSide, type Side } from "../../core/snapshot.ts";
import type { JournalEntry } from "../../core/store.ts";
import { BrakeStop, tooMuch } from "../decide/brake.ts";
import { type Failing, say } from "../failure.ts";
import { endpointOf, type Session } from "../session.ts";

/** A value without which a field of a record cannot be written (`create_missing`). */
export interface Want {
  /** Side that lacks it. */
  readonly side: Side;
  readonly missing: MissingValue;
  /** Field that is to hold it. */
  readonly field: string;
  /** Record whose value it is; the other side's. */
  readonly source: Failing;
  /** Empty where the record to be written does not exist yet. */
  readonly pair: string;
}

/** What a run did about a missing value: nothing is tried twice in a run. */
export type Made = "created" | "told" | "refused";

/**
 * Makes what is missing, each value once, and answers whether planning again can bring anything. Each is told by its name; a dry run only tells. It is
 * safe to be killed at any moment: what is there is looked at right before, and a run that finds the value has nothing to make.
 */
export async function makeMissing(session: Session, wants: readonly Want[]): Promise<boolean> {
  const possible = wants.filter((want) => canMake(session, want));
  for (const { side, source, field } of possible) session.writes.leave(side, source.id, field);
  const fresh = distinct(possible.filter((want) => !session.made.has(keyOf(want))));
  if (fresh.length === 0) return false;
  if (session.dryRun) {
    for (const want of fresh) tellPlanned(session, want);
    return false;
  }
  refuseTooMuch(session, fresh);
  for (const want of fresh) tellPlanned(session, want);
  for (const want of fresh) await makeOne(session, want);
  await session.look();
  return true;
}

/** True for what a dry run takes for made. */
export function wouldMake(session: Session, side: Side, missing: MissingValue | undefined): boolean {
  return missing !== undefined && session.dryRun && session.made.get(keyOf({ side, missing })) === "told";
}

function distinct(wants: readonly Want[]): readonly Want[] {
  return [...new Map(wants.toReversed().map((want) => [keyOf(want), want])).values()].toReversed();
}

function keyOf({ side, missing }: Pick<Want, "side" | "missing">): string {
  const what = missing.kind === "entry" ? missing.target : missing.field;
  return JSON.stringify([side, missing.kind, what, missing.name]);
}

/** The check has said so where it cannot. */
function canMake({ connectors }: Session, { side, missing }: Want): boolean {
  const { capabilities, addEntry, addOption } = connectors[side];
  const { makes } = capabilities;
  if (makes === undefined) return false;
  if (missing.kind === "entry") return addEntry !== undefined && makes.targets.includes(missing.target);
  return addOption !== undefined && (makes.options === "any" || makes.options.includes(missing.field));
}

/** A wrong row could fill a list with rubbish: more values in one run than the link's brake for creations lets pass stop it, in the first run too. */
function refuseTooMuch(session: Session, fresh: readonly Want[]): void {
  const { side } = fresh[0] ?? { side: "left" as const };
  const create = fresh.length + [...session.made.values()].filter((made) => made === "created").length;
  const brakes = session.link.brakes ?? DEFAULT_BRAKES;
  const allowed = session.store.stop()?.allowed ?? null;
  const what = `values missing in ${endpointOf(session, side)}`;
  const why = tooMuch("create", create, { pairs: 0, usual: null }, brakes, allowed, what);
  if (why === null) return;
  const message = `for changes in ${endpointOf(session, otherSide(side))} there are ${why}`;
  throw new BrakeStop("create", otherSide(side), message, { create, update: 0, delete: 0 });
}

/** Said before it is done. */
function tellPlanned(session: Session, want: Want): void {
  const { side, source, field } = want;
  session.made.set(keyOf(want), "told");
  const text = `${session.dryRun ? "would create" : "creates"} ${nameOf(session, want)} in ${endpointOf(session, side)} (create_missing)`;
  say(session, "noted", otherSide(side), source.id, field, text);
}

async function makeOne(session: Session, want: Want): Promise<void> {
  const { side, missing, source, field } = want;
  try {
    const made = await session.make(side, missing);
    session.made.set(keyOf(want), "created");
    if (made) session.store.commit({ journal: [entryOf(session, want)] });
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    session.made.set(keyOf(want), "refused");
    const text = `${nameOf(session, want)} could not be created in ${endpointOf(session, side)}: ${error.message}`;
    say(session, "held", otherSide(side), source.id, field, text);
  }
}

/** Under the record for whose sake it was made: that which is written may not exist yet. */
function entryOf(session: Session, { side, missing, field, source, pair }: Want): JournalEntry {
  const { context, link } = session;
  const { origin } = link.fields.find((row) => row[side] === field) ?? link;
  return {
    ...{ run: context.run, revision: context.revision, at: session.now(), pair, kind: "update" },
    ...{ side: otherSide(side), record: source.id, source: source.id, sourceVersion: source.version },
    ...{ field: null, before: null, after: nameOf(session, { side, missing }), made: missing.kind },
    origin: `${origin.file}:${origin.line}`,
  };
}

/** `application "Till"`, `value "Till" of "Product"`. */
function nameOf(session: Session, { side, missing }: Pick<Want, "side" | "missing">): string {
  if (missing.kind === "entry") return `${missing.target} "${missing.name}"`;
  return `value "${missing.name}" of "${session.schemas[side].schemas[missing.field]?.label ?? missing.field}"`;
}
