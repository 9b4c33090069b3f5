import type { SandboxResponse } from "../message.ts";
import { AlmError, generalError, NoSuchPath } from "./errors.ts";
import type { ProjectCall } from "./project-call.ts";
import { reply } from "./reply.ts";
import { type ListDef, listValues } from "./schema.ts";
import { only } from "./sign-in.ts";

/**
 * `v2/…/customization/used-lists/{list-id}/items`, of 24.1 and later: adds a value at the end. The body is a bare item, `{"value": "…"}`, the answer the
 * item as stored. Renaming, deleting and nested items are left out. That a value cannot be there twice is our reading.
 */
export function listItemsRoute(call: ProjectCall, path: readonly string[]): SandboxResponse {
  const [head, lists, id, items, ...rest] = path;
  if (!call.project.profile.listItems || head !== "customization" || lists !== "used-lists" || items !== "items")
    throw new NoSuchPath();
  if (rest.length > 0) throw new NoSuchPath();
  only(call.request, "POST");
  const list = [...call.project.schema.lists.values()].find((one) => String(one.id) === id);
  if (list === undefined) throw new AlmError(404, "entity-not-found", `No list with id ${id}`);
  const value = valueIn(call);
  if (listValues(list.items).includes(value))
    throw generalError(400, `List '${list.name}' already has an item '${value}'`);
  const added: ListDef = { ...list, items: [...list.items, { value }] };
  call.project.schema.lists.set(list.name, added);
  const logicalName = `${list.logicalName}.user-${added.items.length}`;
  return reply("json", JSON.stringify({ id: added.items.length, logicalName, value, items: [] }), 201);
}

function valueIn({ request }: ProjectCall): string {
  const body = parsed(request.body.toString());
  const value = typeof body === "object" && body !== null ? (body as { readonly value?: unknown }).value : undefined;
  if (typeof value !== "string" || value.trim() === "") throw generalError(400, "An item needs a value");
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw generalError(400, "The body is not JSON");
    throw error;
  }
}
