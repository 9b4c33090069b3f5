import type { SandboxResponse } from "../message.ts";
import {
  descriptorJson,
  descriptorXml,
  fieldJson,
  fieldXml,
  listJson,
  listXml,
  relationJson,
  relationXml,
  typeJson,
  typeXml,
} from "./customization-wire.ts";
import { AlmError, generalError, NoSuchPath } from "./errors.ts";
import { answerFormat } from "./negotiate.ts";
import { cacheable, type ProjectCall } from "./project-call.ts";
import type { EntityDef, FieldDef, ListDef } from "./schema.ts";
import { only } from "./sign-in.ts";
import { usersRoute } from "./users-route.ts";
import { element, XML_HEAD } from "./xml.ts";

/** `P/customization/…`: all of it says what the one schema says. Read-only. */
export function customizationRoute(call: ProjectCall, path: readonly string[]): SandboxResponse {
  only(call.request, "GET");
  const [head = "", ...rest] = path.filter((segment) => segment !== "");
  switch (head) {
    case "entities":
      return entitiesRoute(call, rest);
    case "lists":
    case "used-lists":
      return listsRoute(call, rest, head === "used-lists" ? usedLists(call) : [...call.project.schema.lists.values()]);
    case "relations":
      return relationsRoute(call, null);
    case "users":
      return usersRoute(call, rest);
    case "groups":
      return groupsRoute(call);
    case "extensions":
      return extensionsRoute(call);
    default:
      throw new NoSuchPath();
  }
}

/** XML or JSON of a list of things. */
function answer(call: ProjectCall, xml: () => string, json: () => unknown): SandboxResponse {
  const format = answerFormat(call.request);
  return cacheable(call, format, format === "xml" ? XML_HEAD + xml() : JSON.stringify(json()));
}

function entitiesRoute(call: ProjectCall, path: readonly string[]): SandboxResponse {
  const [name, part, ...rest] = path;
  const { schema, profile } = call.project;
  if (name === undefined) {
    const root = profile.crudeErrors ? "EntityDescriptors" : "EntityResourceDescriptors";
    const entities = [...schema.entities.values()];
    return answer(
      call,
      () => element(root, {}, ...entities.map((entity) => descriptorXml(call, entity))),
      () => ({ [root]: entities.map((entity) => descriptorJson(call, entity)) }),
    );
  }
  const entity = schema.entities.get(name);
  if (entity === undefined) throw generalError(404, `Unknown entity '${name}'`);
  switch (part) {
    case undefined:
      return answer(
        call,
        () => descriptorXml(call, entity),
        () => descriptorJson(call, entity),
      );
    case "fields":
      return fieldsRoute(call, entity, []);
    case "types":
      return typesRoute(call, entity, rest);
    case "lists":
      return listsRoute(call, [], listsOf(call, entity));
    case "relations":
      return relationsRoute(call, entity);
    default:
      throw new NoSuchPath();
  }
}

function fieldsRoute(call: ProjectCall, entity: EntityDef, without: readonly string[]): SandboxResponse {
  const { query } = call.request;
  const only = (name: string, test: (field: FieldDef) => boolean): ((field: FieldDef) => boolean) => {
    const wanted = query.get(name);
    return wanted === null ? () => true : (field) => test(field) === (wanted === "true" || wanted === "y");
  };
  const required = only("required", (field) => field.required);
  const filterable = only("can-filter", (field) => field.filterable);
  const fields = [...entity.fields.values()].filter(
    (field) => required(field) && filterable(field) && !without.includes(field.name),
  );
  return answer(
    call,
    () => element("Fields", {}, ...fields.map((field) => fieldXml(call.project.schema, field))),
    () => ({ Fields: { Field: fields.map((field) => fieldJson(call.project.schema, field)) } }),
  );
}

function typesRoute(call: ProjectCall, entity: EntityDef, path: readonly string[]): SandboxResponse {
  // A real server fails here in just this way for entities without types.
  if (!entity.supports.types) throw generalError(500, "java.lang.NullPointerException");
  const types = call.project.schema.requirementTypes;
  const [id, part] = path;
  if (id === undefined) {
    return answer(
      call,
      () => element("types", {}, ...types.map(typeXml)),
      () => ({ types: types.map(typeJson) }),
    );
  }
  const type = types.find((candidate) => String(candidate.id) === id);
  if (type === undefined) throw generalError(404, `Unknown type '${id}' of entity '${entity.name}'`);
  if (part === "fields") return fieldsRoute(call, entity, type.without);
  if (part !== undefined) throw new NoSuchPath();
  return answer(
    call,
    () => typeXml(type),
    () => typeJson(type),
  );
}

function listsOf(call: ProjectCall, entity: EntityDef): readonly ListDef[] {
  const names = new Set([...entity.fields.values()].map((field) => field.list));
  return [...call.project.schema.lists.values()].filter((list) => names.has(list.name));
}

function usedLists(call: ProjectCall): readonly ListDef[] {
  return [...new Set([...call.project.schema.entities.values()].flatMap((entity) => listsOf(call, entity)))];
}

function listsRoute(call: ProjectCall, path: readonly string[], lists: readonly ListDef[]): SandboxResponse {
  if (path.length > 1) throw new NoSuchPath();
  const { query } = call.request;
  const ids = (path[0] ?? query.get("id"))?.split(",") ?? null;
  const names = query.get("name")?.split(",") ?? null;
  const found = lists.filter(
    (list) => (ids?.includes(String(list.id)) ?? true) && (names?.includes(list.name) ?? true),
  );
  if (path[0] !== undefined && found.length === 0)
    throw new AlmError(404, "entity-not-found", `No list with id ${path[0]}`);
  const logical = !call.project.profile.crudeErrors;
  return answer(
    call,
    () => element("Lists", {}, ...found.map((list) => listXml(list, logical))),
    () => ({ lists: found.map((list) => listJson(list, logical)) }),
  );
}

function relationsRoute(call: ProjectCall, entity: EntityDef | null): SandboxResponse {
  const found = call.project.schema.relations.filter(
    (relation) => entity === null || relation.source === entity.name || relation.target === entity.name,
  );
  return answer(
    call,
    () => element("Relations", {}, ...found.map(relationXml)),
    () => ({ Relation: found.map(relationJson), TotalResults: found.length }),
  );
}

const GROUPS = ["Developer", "Project Manager", "QATester", "TDAdmin", "Viewer"] as const;

function groupsRoute(call: ProjectCall): SandboxResponse {
  return answer(
    call,
    () => element("Groups", {}, ...GROUPS.map((name, index) => element("Group", { Name: name, id: index + 1 }))),
    () => ({ Groups: { Group: GROUPS.map((name, index) => ({ Name: name, id: index + 1 })) } }),
  );
}

function extensionsRoute(call: ProjectCall): SandboxResponse {
  const { profile } = call.project;
  if (!profile.extensions) throw new NoSuchPath();
  const version =
    { "12.01": "12.01", "12.55": "12.55", "24.1": "18.0", "26.1": "20.0" }[profile.version as string] ??
    `${profile.version}.0`;
  return answer(
    call,
    () =>
      element(
        "Extensions",
        {},
        element(
          "Extension",
          { Name: "QUALITY_CENTER", DisplayName: "Quality Center" },
          `<Version>${version}</Version>`,
        ),
      ),
    () => ({
      Extensions: { Extension: [{ Name: "QUALITY_CENTER", DisplayName: "Quality Center", Version: version }] },
    }),
  );
}
