import type { Fields, Value } from "../../core/record.ts";
import type { FieldMapping, Side } from "../../core/snapshot.ts";
import { otherSide } from "../../core/snapshot.ts";
import type { Passage } from "../../fields/carry.ts";
import { followersOf } from "../../fields/follow.ts";
import type { Fault } from "../../fields/outcome.ts";
import { belonging } from "../../fields/owner.ts";
import { entriesIn, entryOf } from "../../fields/reference.ts";
import type { Desire, Desires, Partner, Wish } from "./desire.ts";
import type { Frame, SideFrame } from "./frame.ts";

/** Rows for teams come last: which team a name means depends on the release that the record is to have (T29). */
export function inOrder(rows: readonly FieldMapping[], to: SideFrame): readonly FieldMapping[] {
  const isTeam = (row: FieldMapping) => Number(to.bonds?.teams?.[row[to.side]] !== undefined);
  return to.bonds?.teams === undefined ? rows : rows.toSorted((a, b) => isTeam(a) - isTeam(b));
}

/** For a team field: the release that the record gets by another row, or else the one that it has. */
export function teamPlace(
  field: string,
  desires: Readonly<Record<string, Desire>>,
  partner: Partner | null,
  to: SideFrame,
): Pick<Passage, "team"> {
  const name = to.bonds?.teams?.[field];
  if (name === undefined) return {};
  const now = partner === null ? null : { release: idIn(partner.now[name]), team: idIn(partner.now[field]) };
  const wish = desires[name];
  // What both agreed on is nobody's wish: a release that was edited there since counts.
  const moves = wish?.kind === "value" && (partner === null || idIn(partner.agreed[name]) !== idIn(wish.value));
  return { team: { now, release: moves ? idIn(wish.value) : (now?.release ?? null) } };
}

function idIn(value: Value | undefined): string | null {
  return typeof value === "string" ? value : null;
}

/**
 * Parts and wholes that go to the target by rows of their own, from lists or texts, which nothing holds together at their source: what would contradict
 * itself there is not sent at all, since the tracker would take one half of it and clear the other. Alters `desires`.
 */
export function settleOwners(desires: Record<string, Desire>, frame: Frame, toward: Side): void {
  const to = frame[toward];
  for (const row of frame.link.fields) {
    const part = row[toward];
    const whole = to.bonds?.owners?.[part];
    const source = frame[otherSide(toward)].schemas[row[otherSide(toward)]];
    if (whole === undefined || source?.kind === "reference" || desires[part] === undefined) continue;
    settleOwner(desires, { part, whole, row }, to);
  }
}

interface Belongs {
  readonly part: string;
  readonly whole: string;
  /** The part's. */
  readonly row: FieldMapping;
}

function settleOwner(desires: Record<string, Desire>, fields: Belongs, to: SideFrame): void {
  const part = desires[fields.part];
  const whole = desires[fields.whole];
  if (part?.kind === "fault" && part.missing?.kind === "entry") {
    const owner = whole?.kind === "value" ? idIn(whole.value) : null;
    const { missing, ...alone } = part;
    // What has no whole yet cannot be made.
    desires[fields.part] = owner === null ? alone : { ...alone, missing: { ...missing, parent: owner } };
  }
  if (part?.kind !== "value" || part.value === null) return;
  if (whole?.kind === "fault")
    desires[fields.part] = faultOf(`it goes with "${labelOf(fields.whole, to)}", which cannot be written`, fields);
  else if (whole?.kind === "value") settleWritten(desires, fields, part, whole, to);
}

function settleWritten(
  desires: Record<string, Desire>,
  fields: Belongs,
  part: Wish,
  whole: Wish,
  { schemas, world, endpoint }: SideFrame,
): void {
  const targets = { part: schemas[fields.part]?.target ?? "", whole: schemas[fields.whole]?.target ?? "" };
  const entry = typeof part.value === "string" ? entryOf(part.value, targets.part, world) : null;
  if (entry === null || Array.isArray(whole.value)) return;
  const what = { ...targets, endpoint, ...(fields.row.derive === false ? { derive: false as const } : {}) };
  const answer = belonging(entry, idIn(whole.value), what, entriesIn(targets.whole, world));
  if (answer.kind === "derived")
    desires[fields.whole] = {
      ...whole,
      value: answer.owner,
      notes: [...whole.notes, answer.note],
      origin: part.origin,
    };
  if (answer.kind !== "fault") return;
  desires[fields.part] = faultOf(answer.message, fields);
  desires[fields.whole] = faultOf(answer.message, fields);
}

function faultOf(message: string, { row }: Belongs): Desire {
  return { kind: "fault", message, ...(row.onError === "record" ? { holds: "record" } : {}) };
}

function labelOf(field: string, { schemas }: SideFrame): string {
  return schemas[field]?.label ?? field;
}

/**
 * Fields that a write to others would make the tracker clear, while nothing can be made of what the other side wants there: a team that the new release
 * does not have. Nobody edited them, so that nothing else would tell of it.
 */
export function endangered(
  writes: readonly { readonly field: string }[],
  desires: Desires,
  now: Fields,
  { bonds }: SideFrame,
): readonly { readonly field: string; readonly fault: Fault }[] {
  const bound = followersOf(
    bonds,
    writes.map(({ field }) => field),
  );
  return bound.flatMap((field) => {
    const desire = desires[field];
    return desire?.kind === "fault" && (now[field] ?? null) !== null ? [{ field, fault: desire }] : [];
  });
}
