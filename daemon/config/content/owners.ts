import type { Bonds } from "../../core/connector.ts";
import { SIDES, type Side } from "../../core/snapshot.ts";
import type { LinkContext } from "./link-context.ts";
import type { TableReader } from "./read.ts";
import type { Placed } from "./report.ts";
import type { ReadRow } from "./rows.ts";

const HINT = (owner: string) => `Add a row for "${owner}".`;

/**
 * Fields that mean nothing without another one: a cycle's name repeats from release to release (S55), and Agile Manager has no feature without its
 * theme (S49). Where such a value only becomes text nothing is looked up, and nothing is wanted.
 */
export function checkOwners(rows: readonly ReadRow[], context: LinkContext): void {
  const bonds: Readonly<Record<Side, Bonds>> = {
    left: context.left.type?.bonds ?? {},
    right: context.right.type?.bonds ?? {},
  };
  for (const row of rows) {
    const between = SIDES.every((side) => entryOf(bonds[side].owners, row[side]) !== undefined);
    for (const side of SIDES) {
      const flows = goesTo(row, side);
      checkTeam(rows, row[side], flows ? bonds[side].teams : undefined, side, context);
      const owner = entryOf(bonds[side].owners, row[side]);
      if (owner === undefined || !(between || flows)) continue;
      const other = rows.find((one) => one[side].value === owner);
      if (other === undefined) tell(row[side], owner, side, context);
      else if (flows && goesTo(other, side)) checkRequired(row, other, side, context);
      else if (flows) tellOneWay(row[side], owner, side, context);
    }
  }
}

function goesTo({ mapping: { direction } }: ReadRow, side: Side): boolean {
  return direction === "both" || direction === `to-${side}`;
}

function entryOf(table: Readonly<Record<string, string>> = {}, field: Placed<string>): string | undefined {
  return Object.hasOwn(table, field.value) ? table[field.value] : undefined;
}

function nameOf(side: Side, { left, right }: LinkContext): string {
  return (side === "left" ? left : right).config.name;
}

function tell(field: Placed<string>, owner: string, side: Side, context: LinkContext): void {
  const where = `"${field.value}" of ${nameOf(side, context)}`;
  context.report.error(
    "owner-unmapped",
    field.at,
    `${where} is mapped without "${owner}": what it belongs to there is not known.`,
    HINT(owner),
  );
}

/** May be meant, where people choose the owner over there: what is not of that one is refused by the tracker. */
function tellOneWay(field: Placed<string>, owner: string, side: Side, context: LinkContext): void {
  const name = nameOf(side, context);
  context.report.warn(
    "owner-unmapped",
    field.at,
    `"${field.value}" of ${name} is written, but "${owner}" is not, since its row only leads away from ${name}: the two may not go together.`,
    `Let the row of "${owner}" go to ${name} as well, or this one go its way alone.`,
  );
}

/** Without the release only teams of the whole workspace can be told by their name (S64, S65). */
function checkTeam(
  rows: readonly ReadRow[],
  field: Placed<string>,
  teams: Bonds["teams"],
  side: Side,
  context: LinkContext,
): void {
  const release = entryOf(teams, field);
  if (release === undefined || rows.some((row) => row[side].value === release)) return;
  context.report.warn(
    "owner-unmapped",
    field.at,
    `"${field.value}" of ${nameOf(side, context)} is mapped without "${release}": teams of a single release are not found.`,
    HINT(release),
  );
}

/**
 * S51: what only lists or texts hold may be filled in without its owner, unless the tracker demands the owner. Only a schema that was read from the
 * tracker says so.
 */
function checkRequired(row: ReadRow, owner: ReadRow, side: Side, context: LinkContext): void {
  const fields = side === "left" ? context.rightFields : context.leftFields;
  if (fields.source !== "committed") return;
  const other = side === "left" ? "right" : "left";
  const [part, whole] = [row, owner].map((one) => fields.find(one[other].value));
  if (typeof part !== "object" || typeof whole !== "object") return;
  if (part.kind === "reference" || whole.kind === "reference" || whole.required) return;
  context.report.warn(
    "owner-not-required",
    row[other].at,
    `"${part.label}" of ${fields.endpoint} can be filled in without "${whole.label}", and then may not get to ${nameOf(side, context)}.`,
    `Make "${whole.label}" and "${part.label}" required in ${fields.endpoint}.`,
  );
}

/** `derive` says something of features and the like alone. */
export function checkDerive(
  reader: TableReader | null,
  left: Placed<string>,
  right: Placed<string>,
  context: LinkContext,
): void {
  const at = reader?.entry("derive")?.node.at;
  if (at === undefined) return;
  const owned = entryOf(context.left.type?.bonds?.owners, left) ?? entryOf(context.right.type?.bonds?.owners, right);
  if (owned !== undefined) return;
  const message = `"derive" is for a field whose values belong to those of another one, and neither "${left.value}" nor "${right.value}" is.`;
  context.report.error("invalid-value", at, message, "Put it into the row of the feature.");
}
