import type { SandboxRequest, SandboxResponse } from "../message.ts";
import { compressed, envelope, json, refused } from "./answer.ts";
import { attachment, attachments } from "./attachment.ts";
import { auditOnWire } from "./audit.ts";
import { bulkCreate, readBody, readChanges } from "./body.ts";
import { computed, field, NAME } from "./field.ts";
import { listing, paged, projection, type Shape } from "./list.ts";
import type { Tokens } from "./oauth.ts";
import { notFound, Refusal } from "./refusal.ts";
import type { Resource } from "./schema.ts";
import type { AgileManagerSwitches } from "./switches.ts";
import { wholeNumber } from "./value.ts";
import type { Workspace } from "./workspace.ts";
import { remove, update } from "./write.ts";

export interface Site {
  /** By id; the client is assigned to those in `assigned`. */
  readonly workspaces: ReadonlyMap<number, Workspace>;
  readonly assigned: ReadonlySet<number>;
  readonly tokens: Tokens;
  readonly switches: AgileManagerSwitches;
  /** Who writes through the API. */
  readonly clientId: string;
}

type Reply = SandboxResponse | Promise<SandboxResponse>;

const WORKSPACE: Shape = {
  fields: new Map(
    [computed("type", "str"), computed("id", "int"), NAME, field("description", "memo")].map((each) => [
      each.name,
      each,
    ]),
  ),
  hidden: new Set(),
};

/** The whole HTTP surface below `/agm`. */
export function createHandler(site: Site): (request: SandboxRequest) => Promise<SandboxResponse> {
  return async (request) => {
    try {
      const answer = await route(site, request);
      return site.switches.gzip ? compressed(request, answer) : answer;
    } catch (error) {
      if (error instanceof Refusal) return refused(error, site.switches);
      throw error;
    }
  };
}

function route(site: Site, request: SandboxRequest): Reply {
  // Clients whose configured address ends in a slash send `//agm/…`.
  const segments = request.path.split("/").filter((segment) => segment !== "");
  const [root, area, ...rest] = segments;
  if (root !== "agm") throw notFound(`Nothing at ${request.path}`);
  if (area === "oauth" && rest.join("/") === "token") return site.tokens.grant(request);
  if (area !== "api") throw notFound(`Nothing at ${request.path}`);
  site.tokens.check(request);
  if (rest[0] !== "workspaces") throw notFound(`Unknown resource ${rest[0] ?? ""}`);
  return rest.length <= 2 ? workspaces(site, request, rest[1]) : inside(site, request, rest.slice(1));
}

function workspaces(site: Site, request: SandboxRequest, id: string | undefined): Reply {
  allow(request, ["GET"]);
  const rows = [...site.workspaces.values()]
    .filter((workspace) => site.assigned.has(workspace.id))
    .map(({ id: own, name }) => ({ type: "workspace", id: own, name, description: null }));
  if (id === undefined) return json(200, listing(rows, WORKSPACE, request.query, site.switches));
  const found = enter(site, id);
  const shown = rows.filter((row) => row.id === found.id).map(projection(WORKSPACE, request.query.get("fields")));
  return json(200, site.switches.singleGet === "bare" ? shown[0] : envelope(shown));
}

function enter(site: Site, id: string | undefined): Workspace {
  const workspace = site.workspaces.get(wholeNumber(id) ?? -1);
  if (workspace === undefined) throw notFound(`There is no workspace with id ${id}`);
  if (!site.assigned.has(workspace.id)) {
    throw new Refusal(403, "access_denied", `The API client is not assigned to workspace ${id}`);
  }
  return workspace;
}

/** `segments`: workspace, resource, id, `audits` or `attachments`, attachment id. */
function inside(site: Site, request: SandboxRequest, segments: readonly string[]): Reply {
  const [workspaceId, name = "", idText, part, partId] = segments;
  const workspace = enter(site, workspaceId);
  if (name === "attachments" && segments.length === 3) return oneAttachment(workspace, request, idText, null);
  const resource = workspace.schema.get(name);
  if (resource === undefined) throw notFound(`Unknown resource ${name}`);
  if (idText === undefined) return collection(site, workspace, resource, request);
  const id = wholeNumber(idText) ?? -1;
  const entity = workspace.store.get(resource.name, id);
  if (entity === undefined) throw notFound(`There is no ${resource.type} with id ${idText}`);
  if (segments.length === 3) return single(site, workspace, resource, id, request);
  if (part === "audits" && segments.length === 4) return audits(workspace, resource, id, request);
  if (part === "attachments" && resource.attachments && workspace.switches.attachments === "on") {
    if (segments.length === 4) return attachments(workspace, resource, id, request, site.clientId);
    if (segments.length === 5) return oneAttachment(workspace, request, partId, { resource, id });
  }
  throw notFound(`Nothing at ${request.path}`);
}

function collection(site: Site, workspace: Workspace, resource: Resource, request: SandboxRequest): Reply {
  allow(request, ["GET", "POST"]);
  if (request.method === "POST") return bulkCreate(workspace, resource, readBody(request), site.clientId);
  return json(200, listing(workspace.store.all(resource.name), resource, request.query, workspace.switches));
}

function single(site: Site, workspace: Workspace, resource: Resource, id: number, request: SandboxRequest): Reply {
  allow(request, ["GET", "PUT", "DELETE"]);
  const { switches } = workspace;
  const show = projection(resource, request.method === "GET" ? request.query.get("fields") : null);
  if (request.method === "PUT") {
    const changes = readChanges(readBody(request), switches);
    const after = update(workspace, resource, id, changes, site.clientId);
    if (switches.putAnswer === "empty") return { status: 200 };
    return json(200, switches.putAnswer === "bare" ? show(after) : envelope([show(after)]));
  }
  if (request.method === "DELETE") {
    const gone = remove(workspace, resource, id, site.clientId);
    return switches.deleteAnswer === "empty" ? { status: 200 } : json(200, envelope([show(gone)]));
  }
  const entity = workspace.store.get(resource.name, id);
  const shown = entity === undefined ? {} : show(entity);
  return json(200, switches.singleGet === "bare" ? shown : envelope([shown]));
}

function audits(workspace: Workspace, resource: Resource, id: number, request: SandboxRequest): Reply {
  if (!resource.audits || workspace.switches.audits === "off") throw notFound(`Nothing at ${request.path}`);
  allow(request, ["GET"]);
  const { rows, total } = paged(workspace.store.audits(resource.type, id), request.query, workspace.switches);
  return json(200, { data: rows.map((row) => auditOnWire(row, workspace.switches.auditTime)), TotalResults: total });
}

function oneAttachment(
  workspace: Workspace,
  request: SandboxRequest,
  idText: string | undefined,
  parent: { readonly resource: Resource; readonly id: number } | null,
): Reply {
  const row = workspace.store.attachment(wholeNumber(idText) ?? -1);
  const fits = parent === null || (row?.resource === parent.resource.name && row.parentId === parent.id);
  if (row === undefined || !fits || workspace.switches.attachments === "off") {
    throw notFound(`There is no attachment with id ${idText}`);
  }
  return attachment(workspace, row, request);
}

function allow(request: SandboxRequest, methods: readonly string[]): void {
  if (methods.includes(request.method)) return;
  const message = `Request method '${request.method}' not supported`;
  throw new Refusal(405, "method_not_allowed", message, { Allow: methods.join(", ") });
}
