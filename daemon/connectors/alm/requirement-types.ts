import { readEntityType } from "../../core/entity-type.ts";
import { ConnectorError } from "../../core/errors.ts";
import { isObject } from "../json-answer.ts";
import type { Alm } from "./alm.ts";
import { child, children, isNode, readBody } from "./body.ts";
import type { AlmClient } from "./client.ts";
import { anyOf, type Clause } from "./query.ts";
import { type FieldMeta, readFields } from "./schema.ts";
import { whyNot } from "./wire.ts";

export interface RequirementType {
  readonly id: string;
  readonly name: string;
}

/** The one entity type with subtypes: `types` of any other was seen to fail with 500. */
export const TYPED = "requirement";
/** The field that holds a requirement's type. */
export const TYPE_FIELD = "type-id";
const TYPES_PATH = "/customization/entities/requirement/types";

export async function loadTypes(client: AlmClient, signal: AbortSignal): Promise<readonly RequirementType[]> {
  const reply = await client.get(TYPES_PATH, signal);
  const body = readBody(reply.answer);
  const types =
    body.kind === "xml"
      ? children(child(body.value, "types"), "type")
      : body.kind === "json" && isObject(body.value)
        ? body.value["types"]
        : undefined;
  if (!Array.isArray(types)) return reply.fail(body.kind === "json" ? "holds no types" : whyNot(body));
  return types.map((type: unknown) => {
    const id = isNode(type) ? (type["@id"] ?? type["id"]) : undefined;
    const name = isNode(type) ? (type["@name"] ?? type["name"]) : undefined;
    if (typeof id !== "string" || typeof name !== "string") return reply.fail("has a type without id or name");
    return { id, name };
  });
}

/** Fields of one type by name; null on servers that do not tell them apart. */
export async function loadTypeFields(
  client: AlmClient,
  type: RequirementType,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, FieldMeta> | null> {
  const reply = await client.call({ method: "GET", path: `${TYPES_PATH}/${type.id}/fields`, signal });
  if (reply.answer.status === 404 || reply.answer.status === 405) return null;
  if (!reply.ok) throw client.refuse(reply, new Map());
  return new Map(readFields(reply).map((field) => [field.name, field]));
}

/** The types that an entity name selects, in its order. Throws `notFound` for a name that no type has. */
export function chooseTypes(
  endpoint: string,
  types: readonly RequirementType[],
  subtypes: readonly string[],
): readonly RequirementType[] {
  return subtypes.map((name) => {
    const found = types.find((type) => type.name === name);
    if (found !== undefined) return found;
    const near = types.find((type) => type.name.toLowerCase() === name.toLowerCase());
    const hint = near === undefined ? "" : ` (but "${near.name}")`;
    const known = types.map((type) => type.name).join(", ");
    const message = `${endpoint}: there is no entity type "${TYPED}/${name}": the project has no such requirement type${hint}, but ${known}`;
    throw new ConnectorError("notFound", message);
  });
}

/** What narrows a listing down to the types of `entity`; nothing for all. */
export async function typeClauses(alm: Alm, entity: string, signal: AbortSignal): Promise<readonly Clause[]> {
  if (readEntityType(entity).subtypes.length === 0) return [];
  const types = await alm.metadata.typesOf(entity, signal);
  return [{ field: TYPE_FIELD, expression: anyOf(types.map((type) => type.id)) }];
}
