import type { Bonds } from "../../core/connector.ts";
import type { EntitySchema, FieldSchema } from "../../core/field.ts";
import type { LinkConfig, Side, SideConfig } from "../../core/snapshot.ts";
import type { Crossings } from "../../fields/crossing.ts";
import type { EndpointWorld } from "../../fields/world.ts";

/** One side of a link with everything that deciding needs: no I/O from here on. */
export interface SideFrame {
  readonly side: Side;
  readonly endpoint: string;
  readonly config: SideConfig;
  readonly schemas: Readonly<Record<string, FieldSchema>>;
  /** Fields whose change makes a record worth looking at. */
  readonly watched: readonly string[];
  readonly world: EndpointWorld;
  /** Absent: no field depends on another one. */
  readonly bonds?: Bonds;
  /** Fields that move with every write. Absent: none. */
  readonly stamps?: readonly string[];
}

export interface Frame {
  readonly link: LinkConfig;
  readonly left: SideFrame;
  readonly right: SideFrame;
  /** Absent: nothing is known of references but names. */
  readonly references?: References;
}

/** What the links of the connection and earlier matches know of references. Looked up without I/O. */
export interface References {
  /** Of one field's values on their way to another. */
  crossings(way: { readonly toward: Side; readonly from: FieldSchema; readonly to: FieldSchema }): Crossings;
}

/** Fields of one side that a run reads: the mapped ones of either direction (the target's value is compared too), those rules read, the marker. */
export function fieldsToRead(link: LinkConfig, side: Side): readonly string[] {
  const config = link[side];
  const names = new Set(link.fields.map((mapping) => mapping[side]));
  for (const name of config.reads) names.add(name);
  for (const name of Object.keys(config.held ?? {})) names.add(name);
  for (const row of link.match ?? []) names.add(row[side]);
  if (config.current !== undefined) names.add("field" in config.current ? config.current.field : config.current.of);
  if (config.marker !== null) names.add(config.marker);
  if (config.partnerUrl !== undefined) names.add(config.partnerUrl);
  return [...names];
}

/** Fields whose change makes a record worth looking at: all that are read but the marker, which is ours. */
export function watchedFields(link: LinkConfig, side: Side): readonly string[] {
  return fieldsToRead(link, side).filter(
    (name) => name !== link[side].marker || link.fields.some((m) => m[side] === name),
  );
}

/** The schemas of the fields a link names; names that the tracker does not have are told in `missing`. */
export function schemasOf(
  link: LinkConfig,
  side: Side,
  entity: EntitySchema,
): { readonly schemas: Record<string, FieldSchema>; readonly missing: readonly string[] } {
  const schemas: Record<string, FieldSchema> = { ...entity.fields };
  const missing: string[] = [];
  for (const name of [...fieldsToRead(link, side), ...Object.keys(link[side].constants)]) {
    if (Object.hasOwn(schemas, name)) continue;
    if (entity.open.some((pattern) => new RegExp(pattern).test(name))) schemas[name] = guessed(name);
    else missing.push(name);
  }
  return { schemas, missing };
}

/** A user-defined field that the tracker allows but has not shown yet: text is what every kind can be written as. */
function guessed(name: string): FieldSchema {
  return { name, label: name, kind: "string", multiple: false, required: false, readOnly: false };
}
