import { createHash } from "node:crypto";
import type { EntityLinkEnd, PartKind, PartWrite } from "../core/parts.ts";
import type { Fields, Value } from "../core/record.ts";
import type { Side } from "../core/snapshot.ts";

/** One write as it was decided, before it is sent; a dry run sends none. */
export interface PlannedWrite {
  readonly side: Side;
  readonly action: "create" | "update" | "delete" | PartWrite["action"];
  /** Record that is written; null for one that is made. */
  readonly record: string | null;
  /** Record on the other side for whose sake it is. */
  readonly source: string;
  readonly fields: Fields;
  /** Of an attachment, a comment or an entity link: `fields` then holds what stood there and what is to stand there. */
  readonly part?: { readonly kind: PartKind; readonly name: string; readonly ends: readonly EntityLinkEnd[] };
}

/**
 * What a run decided to write, as a number that tells whether two runs decided the same (B19): the same records under the same revision give the same
 * hash, in whatever order they were read, and a dry run gives that of the run that follows it. What only follows from what the run itself has made (a new
 * record's id in a marker or reference, the parts of a new pair, what `create_missing` adds to a list) is left out: no dry run can know it.
 */
export interface PlannedWrites {
  add(write: PlannedWrite): void;
  /** The run has made this record. */
  made(side: Side, id: string): void;
  /** The run has paired these two, which were there. */
  paired(left: string, right: string): void;
  /** A value is missing for this field of the source's partner, and may be made: what the field then holds is not known before. */
  leave(side: Side, source: string, field: string): void;
  /** From now on told of each write that `add` is given. */
  listen(hear: (write: PlannedWrite) => void): void;
  sum(): { readonly writes: number; readonly hash: string };
}

export interface PlanGround {
  /** The record of the link's own entity type that a field's value names; null: another one, or none. */
  ownNamed(side: Side, field: string, value: string): string | null;
  /** Whether records of this entity type are what the link makes on that side. */
  isOwn(side: Side, entity: string): boolean;
}

export function createPlannedWrites({ ownNamed, isOwn }: PlanGround): PlannedWrites {
  const digests = new Set<string>();
  const made = new Set<string>();
  const left = new Set<string>();
  const met = new Set<string>();
  const hearers: ((write: PlannedWrite) => void)[] = [];
  const isMade = (side: Side, id: string) => made.has(`${side} ${id}`);
  const namesMade = (side: Side, field: string, value: Value) =>
    [value].flat().some((one) => one !== null && isMade(side, ownNamed(side, field, one) ?? ""));

  /** Parts of a new pair, and entity links that lead to one. */
  const isNewPart = (side: Side, record: string | null, ends: readonly EntityLinkEnd[]) =>
    [record, ...ends.map(({ entity, id }) => (isOwn(side, entity) ? id : null))].some(
      (id) => id !== null && (isMade(side, id) || met.has(`${side} ${id}`)),
    );

  /** Null: it follows from what the run has made. */
  function known(write: PlannedWrite): PlannedWrite | null {
    const { side, record, source, part } = write;
    if (record !== null && isMade(side, record)) return null;
    if (isMade(side === "left" ? "right" : "left", source)) return null;
    if (part !== undefined && isNewPart(side, record, part.ends)) return null;
    const fields = Object.entries(write.fields).filter(
      ([field, value]) =>
        part !== undefined || !(left.has(`${side} ${source} ${field}`) || namesMade(side, field, value)),
    );
    if (write.action === "update" && part === undefined && fields.length === 0) return null;
    return { ...write, fields: Object.fromEntries(fields) };
  }

  return {
    add(write) {
      for (const hear of hearers) hear(write);
      const one = known(write);
      if (one !== null) digests.add(digestOf(one));
    },
    made: (side, id) => void made.add(`${side} ${id}`),
    paired: (left, right) => void met.add(`left ${left}`).add(`right ${right}`),
    leave: (side, source, field) => void left.add(`${side} ${source} ${field}`),
    listen: (hear) => void hearers.push(hear),
    sum: () => ({ writes: digests.size, hash: sha256([...digests].toSorted().join("\n")).toString("hex") }),
  };
}

/** Short: a run may plan a hundred thousand. */
function digestOf({ side, action, record, source, fields, part }: PlannedWrite): string {
  const sorted = Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return sha256(JSON.stringify([side, action, record, source, part?.kind, part?.name, sorted]))
    .toString("base64url")
    .slice(0, 22);
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
