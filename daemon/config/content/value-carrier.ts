import type { FieldSchema } from "../../core/field.ts";
import { carry, type Passage } from "../../fields/carry.ts";
import { canonical } from "../../fields/equal.ts";
import { canonicalBoolean } from "../../fields/settle.ts";
import { lengthIn } from "../../fields/text.ts";
import type { EndpointWorld } from "../../fields/world.ts";
import type { SideFields } from "./side-fields.ts";
import type { Way } from "./ways.ts";

/** What the engine itself makes of one value; null where nothing would be written. */
export type Carrier = (value: string) => string | null;

/** References go by what their records are called. */
export function carrierOf({ from, to, mapping, toward, source, target }: Way): Carrier {
  const worlds = { source: worldOf(source), target: worldOf(target) };
  // The default user never flows back (T3): who falls to it stays who they are on their own side.
  const passage: Passage = {
    from: byName(from),
    to: byName(to),
    mapping: { ...mapping, defaultUser: {} },
    toward,
    ...worlds,
  };
  const known = new Map<string, string | null>();
  return (value) => {
    if (known.has(value)) return known.get(value) ?? null;
    const carried = carry(value, passage);
    const next = carried.kind === "value" && typeof carried.value === "string" ? carried.value : null;
    known.set(value, next);
    return next;
  };
}

function byName(field: FieldSchema): FieldSchema {
  const { target: _, ...named } = field;
  const single = { ...named, multiple: false };
  return field.kind === "reference" ? { ...single, kind: "string" } : single;
}

function worldOf({ endpoint, people: listed }: SideFields): EndpointWorld {
  return { endpoint, people: listed, directories: new Map() };
}

/** How a field holds a value that a map writes: a tracker has one spelling for each number, day and yes. Null where it is too long to stand there. */
export function asHeld(value: string, field: FieldSchema): string | null {
  const { kind, maxLength } = field;
  if (kind === "boolean") return canonicalBoolean(value.trim()) ?? value;
  if (kind === "number" || kind === "date" || kind === "datetime") return canonical(field, value);
  return maxLength !== undefined && lengthIn(value, maxLength.unit) > maxLength.size ? null : value;
}
