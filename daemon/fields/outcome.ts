import type { Value } from "../core/record.ts";

/**
 * What carrying a value to another field gave:
 * - `value`: write this; `notes` say what a person should know (a cut text);
 * - `skip`: the mapping says to leave the target alone for this value;
 * - `fault`: it cannot be written; the message names the value and what to do.
 */
export type Carried =
  | { readonly kind: "value"; readonly value: Value; readonly notes: readonly string[] }
  | { readonly kind: "skip" }
  | { readonly kind: "fault"; readonly message: string };

export function value(v: Value, notes: readonly string[] = []): Carried {
  return { kind: "value", value: v, notes };
}

export function fault(message: string): Carried {
  return { kind: "fault", message };
}

export const SKIP: Carried = { kind: "skip" };
