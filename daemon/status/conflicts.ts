import type { Value } from "../core/record.ts";
import type { Side } from "../core/snapshot.ts";
import type { Pair } from "../core/store.ts";

/** A field or a comment that waits for a person; with `--json` exactly this. `since` is ISO 8601, UTC. */
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
  /** Null where only the other side has the field. Of a comment: `comment`, its author and its time. */
  readonly field: string | null;
  readonly value: Value;
}

export function conflictsOf(
  link: string,
  names: Readonly<Record<Side, string>>,
  pairs: readonly Pair[],
): readonly ConflictOfField[] {
  return pairs.flatMap((pair) => {
    const told = (left: Told, right: Told, { since, run }: { readonly since: number; readonly run: string }) => ({
      link,
      sides: [
        { endpoint: names.left, record: pair.left, ...left },
        { endpoint: names.right, record: pair.right, ...right },
      ] as const,
      since: new Date(since).toISOString(),
      run,
    });
    const fields = pair.held.map((held) =>
      told({ field: held.leftField, value: held.left }, { field: held.rightField, value: held.right }, held),
    );
    const comments = (pair.parts?.heldComments ?? []).map((held) =>
      told(
        { field: `comment ${held.left.name}`, value: held.left.text },
        { field: `comment ${held.right.name}`, value: held.right.text },
        held,
      ),
    );
    return [...fields, ...comments];
  });
}

type Told = Pick<HeldSide, "field" | "value">;
