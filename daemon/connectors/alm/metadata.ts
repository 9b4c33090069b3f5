import { readEntityType } from "../../core/entity-type.ts";
import { ConnectorError } from "../../core/errors.ts";
import type { EntitySchema, Person } from "../../core/field.ts";
import { isObject } from "../json-answer.ts";
import { child, children, isNode, readBody, textOf } from "./body.ts";
import type { AlmClient, Reply } from "./client.ts";
import { INVALID_LIST_VALUE, readException, UNKNOWN_FIELD } from "./errors.ts";
import { chooseTypes, loadTypeFields, loadTypes, type RequirementType, TYPED } from "./requirement-types.ts";
import { type EntityMeta, entityMeta, type Lists, ofTypes, readFields, readLists, toSchema } from "./schema.ts";
import { STOCK_LABELS } from "./stock.ts";
import { whyNot } from "./wire.ts";

/** What the project says of its entity types, kept and read again after the server said that it changed. */
export interface Metadata {
  /** Of an entity name with subtypes: what its base has. */
  entity(entity: string, signal: AbortSignal): Promise<EntityMeta>;
  /** Asks anew each time: a list value that somebody adds is refused by nobody, and would never be seen. */
  schema(entity: string, signal: AbortSignal): Promise<EntitySchema>;
  /** What is already known, without asking. */
  known(entity: string): EntityMeta | undefined;
  /** The requirement types that an entity name selects, the default first; empty for all. Throws `notFound` for one that is not there. */
  typesOf(entity: string, signal: AbortSignal): Promise<readonly RequirementType[]>;
  /** Forgets an entity type where `reply` refuses a field or list value: somebody customised the project meanwhile. */
  learnFrom(entity: string, reply: Reply): void;
  forget(entity: string): void;
}

export function createMetadata(client: AlmClient, endpoint: string): Metadata {
  const entities = new Map<string, EntityMeta>();
  const types = new Map<string, readonly RequirementType[]>();

  async function entity(given: string, signal: AbortSignal): Promise<EntityMeta> {
    const name = readEntityType(given).base;
    const known = entities.get(name);
    if (known !== undefined) return known;
    if (!/^[a-z][a-z0-9-]*$/.test(name)) throw new ConnectorError("notFound", `there is no entity type "${name}"`);
    const reply = await client.call({ method: "GET", path: `/customization/entities/${name}/fields`, signal });
    if (reply.answer.status === 404) throw new ConnectorError("notFound", missing(name, reply), { status: 404 });
    if (!reply.ok) throw client.refuse(reply, new Map());
    const meta = entityMeta(name, readFields(reply));
    entities.set(name, meta);
    return meta;
  }

  async function typesOf(name: string, signal: AbortSignal): Promise<readonly RequirementType[]> {
    const { base, subtypes } = readEntityType(name);
    if (subtypes.length === 0) return [];
    if (base !== TYPED) throw new ConnectorError("notFound", `${endpoint}: ${base} has no types, so no "${name}"`);
    const known = types.get(base) ?? (await loadTypes(client, signal));
    types.set(base, known);
    return chooseTypes(endpoint, known, subtypes);
  }

  async function schema(name: string, signal: AbortSignal): Promise<EntitySchema> {
    forget(name);
    const { base, subtypes } = readEntityType(name);
    const label = STOCK_LABELS[base] ?? base;
    const [meta, lists] = await both(entity(base, signal), loadLists(client, base, signal));
    if (base !== TYPED) return toSchema(meta, label, lists);
    const all = await loadTypes(client, signal);
    types.set(base, all);
    const chosen = chooseTypes(endpoint, all, subtypes);
    const fields = await Promise.all(chosen.map((type) => loadTypeFields(client, type, signal)));
    const told = chosen.length === 0 ? label : `${label}: ${chosen.map((type) => type.name).join(", ")}`;
    const own = toSchema(ofTypes(meta, fields), told, lists);
    return { ...own, entity: name, subtypes: all.map((type) => type.name) };
  }

  function forget(name: string): void {
    entities.delete(readEntityType(name).base);
    types.delete(readEntityType(name).base);
  }

  return {
    entity,
    schema,
    forget,
    typesOf,
    known: (name) => entities.get(readEntityType(name).base),
    learnFrom(name, reply) {
      const id = readException(reply.answer)?.id;
      if (id === UNKNOWN_FIELD || id === INVALID_LIST_VALUE) forget(name);
    },
  };
}

function missing(entity: string, reply: Reply): string {
  const said = readException(reply.answer)?.title ?? "";
  return `${reply.asked.endpoint}: there is no entity type "${entity}", or no such project (${said === "" ? "404" : `${said}, 404`})`;
}

/** Like `Promise.all` for two, but the first one's failure is the one that counts: for an unknown entity type both fail. */
async function both<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  const [a, b] = await Promise.allSettled([first, second]);
  if (a.status === "rejected") throw a.reason;
  if (b.status === "rejected") throw b.reason;
  return [a.value, b.value];
}

/** Lists of one entity type; servers without that resource have all lists in one. */
async function loadLists(client: AlmClient, entity: string, signal: AbortSignal): Promise<Lists> {
  const path = `/customization/entities/${encodeURIComponent(entity)}/lists`;
  const reply = await client.call({ method: "GET", path, signal });
  if (reply.ok) return readLists(reply);
  if (reply.answer.status !== 404 && reply.answer.status !== 405) throw client.refuse(reply, new Map());
  return readLists(await client.get("/customization/used-lists", signal));
}

export async function loadPeople(client: AlmClient, signal: AbortSignal): Promise<readonly Person[]> {
  const reply = await client.get("/customization/users", signal);
  const body = readBody(reply.answer);
  if (body.kind === "xml") {
    const users = children(child(body.value, "Users"), "User");
    return users.map((user) =>
      person((name) => (isNode(user) ? user[`@${name}`] : undefined) ?? member(user, name), reply),
    );
  }
  if (body.kind !== "json" || !isObject(body.value)) return reply.fail(whyNot(body));
  const outer = body.value["Users"] ?? body.value["users"];
  const list = isObject(outer) ? (outer["User"] ?? outer["user"]) : outer;
  if (list === undefined) return reply.fail("holds no users");
  return (Array.isArray(list) ? list : [list]).map((user) => person((name) => jsonMember(user, name), reply));
}

function member(user: unknown, name: string): string | undefined {
  const key = isNode(user) ? Object.keys(user).find((k) => k.toLowerCase() === name.toLowerCase()) : undefined;
  return key === undefined ? undefined : textOf(user, key);
}

/** The letter case of these members was never seen for certain. */
function jsonMember(user: unknown, name: string): unknown {
  if (!isObject(user)) return undefined;
  return user[name] ?? Object.entries(user).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

function person(get: (name: string) => unknown, reply: Reply): Person {
  const login = get("Name");
  if (typeof login !== "string" || login === "") return reply.fail("has a user without a name");
  const name = get("FullName");
  const mail = get("email");
  const active = get("UserActive");
  return {
    login,
    name: typeof name === "string" && name !== "" ? name : login,
    emails:
      typeof mail === "string"
        ? mail
            .split(/[;,]/)
            .map((text) => text.trim())
            .filter((text) => text !== "")
        : [],
    active: !(active === false || active === "false" || active === "N"),
  };
}
