import type { MissingValue } from "../core/field.ts";
import type { Referred, Value } from "../core/record.ts";

/**
 * What carrying a value to another field gave:
 * - `value`: write this; `notes` say what a person should know (a cut text). `partial`: the source holds more than was carried, so an edit of
 *   the target must not simply come back (T1); `echo`: what the source itself is to become (`overflow = "truncate-both"`);
 * - `skip`: the mapping says to leave the target alone for this value;
 * - `fault`: it cannot be written; the message names the value and what to do. `holds`: it holds back the whole record, not the field alone.
 */
export type Carried = CarriedValue | { readonly kind: "skip" } | Fault;

export interface CarriedValue {
  readonly kind: "value";
  readonly value: Value;
  readonly notes: readonly string[];
  readonly partial?: true;
  readonly echo?: Value;
  /** What to write where the tracker refuses `value`, in this order: of a tracker that cannot list its users only the write tells who is one. */
  readonly otherwise?: readonly Otherwise[];
  /** What to do where the tracker refuses all of these. */
  readonly hint?: string;
  /** A reference that became its partner: it may change without anybody's edit of the field, when another record gets or loses one. */
  readonly crossed?: true;
  /** Entries of both sides that a name matched just now: to be remembered (T24). */
  readonly joins?: readonly Matched[];
}

export interface Matched {
  readonly from: Referred;
  readonly to: Referred;
}

export interface Otherwise {
  readonly value: string;
  /** What a person should know once it was written; null: nothing. */
  readonly note: string | null;
}

export interface Fault {
  readonly kind: "fault";
  readonly message: string;
  readonly holds?: "record";
  /** No fault: the value is carried once this record has a partner. `not`: the partner that it had, which was deleted. */
  readonly awaits?: Referred & { readonly not?: string };
  /** The value is carried once the other side has this, and the row wants it made there (`create_missing`). */
  readonly missing?: MissingValue;
}

export function value(v: Value, notes: readonly string[] = []): CarriedValue {
  return { kind: "value", value: v, notes };
}

export function fault(message: string): Fault {
  return { kind: "fault", message };
}

/** A fault that holds back the record unless the row says otherwise (S46, S57, S58). */
export function recordFault(message: string): Fault {
  return { kind: "fault", message, holds: "record" };
}

export const SKIP: Carried = { kind: "skip" };
