import { equalValues } from "../../fields/equal.ts";
import { type Fault, fault } from "../../fields/outcome.ts";
import { whyUnfit } from "../../fields/unfit.ts";
import type { Desires, Wish } from "./desire.ts";
import type { Frame, SideFrame } from "./frame.ts";

/** Whether a rule gave the value, or the mapping. */
export function isRuled({ origin }: Wish, { link }: Frame): boolean {
  return origin === (link.ruleFile ?? link.key);
}

/**
 * Why a rule's value is not written: the marker is Syncline's own, and what the tracker's schema refuses is told before anything is sent, so that a
 * dry run tells it too (T40). `partner`: id of the record on the other side. Pure.
 */
export function ruledFault(
  wish: Wish,
  field: string,
  { schemas, config, endpoint }: SideFrame,
  partner: string,
): Fault | null {
  const schema = schemas[field];
  if (schema === undefined) return null;
  if (config.marker === field)
    return equalValues(schema, wish.value, partner)
      ? null
      : fault(`the rule sets "${schema.label}", which holds the id of the partner: Syncline alone writes it`);
  const why = [wish.value ?? []].flat().flatMap((one) => whyUnfit(one, schema, endpoint) ?? [])[0];
  return why === undefined ? null : fault(`the rule's value cannot be stored: ${why}`);
}

/** The same of a whole record that is about to be made. Pure. */
export function withoutUnfit(desires: Desires, frame: Frame, toward: "left" | "right", partner: string): Desires {
  const faults = Object.entries(desires).flatMap(([field, desire]) => {
    if (desire.kind !== "value" || !isRuled(desire, frame)) return [];
    const unfit = ruledFault(desire, field, frame[toward], partner);
    return unfit === null ? [] : [[field, unfit] as const];
  });
  return faults.length === 0 ? desires : { ...desires, ...Object.fromEntries(faults) };
}
