import type { Value } from "../core/record.ts";
import type { Side } from "../core/snapshot.ts";
import type { Pair } from "../core/store.ts";

/** A field that waits for a person; with `--json` exactly this. `since` is ISO 8601, UTC. */
export interface ConflictOfField {
  readonly link: string;
  /** The endpoint that stands first in the mapping file, then the other. */
  readonly sides: readonly [HeldSide, HeldSide];
  readonly since: string;
  readonly run: string;
}

export interface HeldSide {
  readonly endpoint: string;
  readonly record: string;
  /** Null where only the other side has the field. */
  readonly field: string | null;
  readonly value: Value;
}

export function conflictsOf(
  link: string,
  names: Readonly<Record<Side, string>>,
  pairs: readonly Pair[],
): readonly ConflictOfField[] {
  return pairs.flatMap((pair) =>
    pair.held.map(({ leftField, rightField, left, right, since, run }) => ({
      link,
      sides: [
        { endpoint: names.left, record: pair.left, field: leftField, value: left },
        { endpoint: names.right, record: pair.right, field: rightField, value: right },
      ] as const,
      since: new Date(since).toISOString(),
      run,
    })),
  );
}
