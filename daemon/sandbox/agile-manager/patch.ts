import { type Entity, idOf, sameValue, type Wire } from "./entity.ts";
import type { Field } from "./field.ts";
import { invalidValue, Refusal } from "./refusal.ts";
import type { Resource } from "./schema.ts";
import { checkValue } from "./value.ts";
import type { Workspace } from "./workspace.ts";

export type Patch = Readonly<Record<string, Wire>>;

/**
 * The fields of a written object as they are stored. Unknown fields are refused or dropped, as switched; values and names are checked, rules between
 * fields are not. `before` is null for a creation. Throws `Refusal`.
 */
export function readPatch(
  workspace: Workspace,
  resource: Resource,
  input: unknown,
  subtype: string | null,
  before: Entity | null,
): Patch {
  const patch: Record<string, Wire> = {};
  for (const [name, value] of Object.entries(asObject(input))) {
    if (isIdentity(resource, name, value, subtype, before)) continue;
    const field = resource.fields.get(name);
    if (field === undefined || resource.hidden.has(name) || (field.only !== null && field.only !== subtype)) {
      if (workspace.switches.refuseUnknownFields) throw invalidValue(`${resource.type} has no field ${name}`);
      continue;
    }
    if (field.readOnly) throw new Refusal(400, "read_only_field", `Field ${name} is read-only`);
    patch[name] = checkField(workspace, field, value, before);
  }
  checkNames(workspace, resource, patch, subtype, before);
  return patch;
}

function asObject(input: unknown): Readonly<Record<string, unknown>> {
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    throw invalidValue("An entity must be a JSON object");
  }
  return input as Readonly<Record<string, unknown>>;
}

/** The subtype a new entity gets; null for resources without any. */
export function subtypeOf(resource: Resource, input: unknown): string | null {
  const fallback = resource.subtypes[0];
  if (fallback === undefined) return null;
  const subtype = asObject(input)["subtype"] ?? fallback;
  if (typeof subtype === "string" && resource.subtypes.includes(subtype)) return subtype;
  throw invalidValue(`Field subtype must be one of ${resource.subtypes.join(", ")}`);
}

/** True for `type`, `subtype` and `id` that say what is the case anyway. */
function isIdentity(
  resource: Resource,
  name: string,
  value: unknown,
  subtype: string | null,
  before: Entity | null,
): boolean {
  if (name === "type") {
    if (value === resource.type) return true;
    throw invalidValue(`Field type must be ${resource.type}`);
  }
  if (name === "subtype" && subtype !== null) {
    if (value === subtype || (before === null && value === null)) return true;
    throw new Refusal(400, "read_only_field", "Field subtype is fixed at creation");
  }
  return name === "id" && before !== null && String(value) === String(idOf(before));
}

function checkField(workspace: Workspace, field: Field, input: unknown, before: Entity | null): Wire {
  const value = checkValue(field, input, workspace);
  if (field.required && (value === null || (typeof value === "string" && value.trim() === ""))) {
    throw invalidValue(`Field ${field.name} must not be empty`);
  }
  if (field.fixed && before !== null && !sameValue(before[field.name], value)) {
    throw new Refusal(400, "read_only_field", `Field ${field.name} is fixed at creation`);
  }
  return value;
}

function checkNames(
  workspace: Workspace,
  resource: Resource,
  patch: Patch,
  subtype: string | null,
  before: Entity | null,
): void {
  const name = patch["name"];
  if (typeof name !== "string") return;
  const guarded =
    workspace.switches.nameCharacters === "items" ? subtype !== null : workspace.switches.nameCharacters === "stories";
  if (guarded && (subtype === "user_story" || workspace.switches.nameCharacters === "items") && /[\\^*]/.test(name)) {
    throw invalidValue("Field name must not contain any of \\ ^ *");
  }
  if (!resource.uniqueNames || !workspace.switches.uniqueNames) return;
  const folded = name.toLowerCase();
  const taken = workspace.store
    .all(resource.name)
    .some((other) => other["id"] !== before?.["id"] && String(other["name"]).toLowerCase() === folded);
  if (taken) throw new Refusal(409, "duplicate_name", `A ${resource.type} with the name '${name}' already exists`);
}
