import { type DraftConstant, draftConstants } from "./constants.ts";
import type { DraftInput, DraftLinkInput } from "./input.ts";
import { type Birth, type DraftRow, draftRows } from "./rows.ts";

/** A link as it is going to be written. */
export interface DraftLink {
  readonly input: DraftLinkInput;
  readonly rows: readonly DraftRow[];
  readonly births: readonly Birth[];
  readonly constants: Readonly<Record<"left" | "right", readonly DraftConstant[]>>;
  /** Fields of both sides that hold the partner's id. */
  readonly markers: Readonly<Partial<Record<"left" | "right", string>>>;
}

/** A change to a row that the check asked for. */
export type Repair = (row: DraftRow, link: DraftLinkInput) => DraftRow;

export interface Draft {
  readonly input: DraftInput;
  readonly links: readonly DraftLink[];
}

/** What a connection between the two endpoints looks like where nobody said more than what is to be linked. Pure. */
export function draftConnection(input: DraftInput, repair: Repair = (row) => row): Draft {
  const drafted = input.links.map((link): DraftLink => {
    const found = draftRows(link, input);
    const rows = found.rows.map((row) => repair(row, link));
    const { births } = found;
    const { left, right } = input;
    return {
      ...{ input: link, rows, births, markers: markersOf(link) },
      constants: {
        left: draftConstants("left", link.left, left, right, link.right, rows, births),
        right: draftConstants("right", link.right, right, left, link.left, rows, births),
      },
    };
  });
  return {
    input,
    links: drafted.map((link) => ({ ...link, rows: link.rows.map((row) => named(row, link, drafted)) })),
  };
}

/** A value map is called by the role; by the link as well where several links have one of that role. */
function named(row: DraftRow, { input }: DraftLink, links: readonly DraftLink[]): DraftRow {
  const hasMap = ({ values, blank }: DraftRow) => values !== null || blank !== null;
  if (!hasMap(row)) return row;
  const word = row.role.replaceAll(" ", "-");
  const same = links.filter(({ rows }) => rows.some((one) => one.role === row.role && hasMap(one)));
  return { ...row, mapName: same.length > 1 ? `${input.name}-${word}` : word };
}

/** Only fields that hold partners' ids already, or that are called so: what looks unused may be somebody's. */
function markersOf({ markers: { left, right } }: DraftLinkInput): DraftLink["markers"] {
  return {
    ...(left.naming === null ? {} : { left: left.naming }),
    ...(right.naming === null ? {} : { right: right.naming }),
  };
}
