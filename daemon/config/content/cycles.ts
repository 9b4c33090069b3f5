import type { LinkContext } from "./link-context.ts";
import type { Placed } from "./report.ts";
import type { ReadRow } from "./rows.ts";

/**
 * S55: a cycle's name repeats from release to release, so that a row for a cycle or sprint field wants one for the release field that belongs
 * to it. Where a cycle only becomes text nothing is looked up, and nothing is wanted.
 */
export function checkCycles(rows: readonly ReadRow[], { left, right, report }: LinkContext): void {
  const owners = { left: left.type?.cycles ?? {}, right: right.type?.cycles ?? {} };
  for (const row of rows) {
    const between = Object.hasOwn(owners.left, row.left.value) && Object.hasOwn(owners.right, row.right.value);
    for (const side of ["left", "right"] as const) {
      const { direction } = row.mapping;
      const field = row[side];
      const release = Object.hasOwn(owners[side], field.value) ? owners[side][field.value] : undefined;
      if (release === undefined || !(between || direction === "both" || direction === `to-${side}`)) continue;
      if (rows.some((other) => other[side].value === release)) continue;
      tell(field, release, side === "left" ? left.config.name : right.config.name, report);
    }
  }
}

function tell(field: Placed<string>, release: string, endpoint: string, report: LinkContext["report"]): void {
  report.error(
    "cycle-without-release",
    field.at,
    `"${field.value}" of ${endpoint} is mapped without "${release}": which release its cycle belongs to is not known.`,
    `Add a row for "${release}".`,
  );
}
