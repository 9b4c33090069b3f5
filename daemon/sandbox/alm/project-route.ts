import type { SandboxResponse } from "../message.ts";
import { admitToProjects } from "./access.ts";
import { attachmentRoute, attachmentsRoute } from "./attachments.ts";
import { auditRoute } from "./audit-route.ts";
import { customizationRoute } from "./customization.ts";
import { collectionRoute, entityRoute } from "./entities.ts";
import { AlmError, generalError, NoSuchPath } from "./errors.ts";
import { groupRoute } from "./groups.ts";
import { listItemsRoute } from "./list-items.ts";
import { lockRoute } from "./lock-route.ts";
import type { ProjectCall } from "./project-call.ts";
import { page } from "./reply.ts";
import type { EntityDef } from "./schema.ts";
import type { AlmServer, Call } from "./server-state.ts";
import { checkXsrf } from "./sign-in.ts";
import { domains, withCookies } from "./site.ts";
import { versionRoute } from "./versions.ts";

/** `rest/domains…`: who calls, in which project, with what right; then what is asked. */
export function domainsRoute(call: Call): SandboxResponse {
  return inProject(call, dispatch);
}

/** `v2/rest/domains…`: the few operations that newer releases have here. */
export function newerDomainsRoute(call: Call): SandboxResponse {
  if (!call.server.profile.v2) throw new NoSuchPath();
  return inProject(call, listItemsRoute);
}

function inProject(call: Call, act: (call: ProjectCall, path: readonly string[]) => SandboxResponse): SandboxResponse {
  const { server, request, rest } = call;
  const admission = admitToProjects(server, request);
  if (!admission.admitted) return admission.response;
  checkXsrf(server, request);
  const [domain, , project, ...deeper] = rest;
  if (project === undefined) return withCookies(domains(call), admission.cookies);
  if (rest[1] !== "projects") throw new NoSuchPath();
  const refused = enter(server, domain ?? "", project);
  if (refused !== null) return refused;
  if (request.method !== "GET" && server.accounts.get(admission.user)?.readOnly === true) {
    throw new AlmError(403, "operation-forbidden", `User '${admission.user}' does not have the required permissions`);
  }
  const projectCall: ProjectCall = {
    request,
    project: server.project,
    base: `${server.base()}/rest/domains/${encodeURIComponent(domain ?? "")}/projects/${encodeURIComponent(project)}`,
    writer: {
      user: admission.user,
      session: admission.site?.id ?? "",
      lenient: false,
      ignoreProjectRequired:
        request.headers["x-qc-ignore-customizable-required-fields-validation"]?.toUpperCase() === "Y",
      keepLock: request.headers["x-alm-keep-lock"] !== undefined,
    },
  };
  return withCookies(act(projectCall, deeper), admission.cookies);
}

/** The answer where the caller may not enter; null where all is well. */
function enter(server: AlmServer, domain: string, project: string): SandboxResponse | null {
  if (domain === server.project.domain && project === server.project.name) return null;
  const foreign = server.foreign.some((other) => other.domain === domain && other.project === project);
  if (!foreign) throw generalError(404, `Project '${domain}.${project}' does not exist`);
  const status = server.switches.foreignProjectStatus;
  if (status === 401) return page(401, "Not authorized for this project");
  if (status === 404) throw generalError(404, `Project '${domain}.${project}' does not exist`);
  throw new AlmError(403, "operation-forbidden", `You do not have access to project '${domain}.${project}'`);
}

function dispatch(call: ProjectCall, path: readonly string[]): SandboxResponse {
  const [head = "", id, ...rest] = path;
  if (head === "customization") return customizationRoute(call, path.slice(1));
  if (head === "audits" && id === undefined) return auditRoute(call, null);
  const entity = call.project.schema.collections.get(head);
  if (entity === undefined || !entity.firstLevel) throw new NoSuchPath();
  if (head === "defect-links" && call.project.profile.crudeErrors) throw new NoSuchPath();
  if (id === undefined || id === "") return collectionRoute(call, entity);
  if (id === "groups" && rest.length === 1) return groupRoute(call, entity, rest[0] ?? "");
  if (!/^\d+$/.test(id)) throw new NoSuchPath();
  return recordRoute(call, entity, Number(id), rest);
}

function recordRoute(call: ProjectCall, entity: EntityDef, id: number, rest: readonly string[]): SandboxResponse {
  const [part, name, ...more] = rest;
  if (part === undefined) return entityRoute(call, entity, id);
  if (part === "versions") return versionRoute(call, entity, id, rest.slice(1));
  if (more.length > 0) throw new NoSuchPath();
  if (part === "attachments" && entity.supports.attachment) {
    return name === undefined ? attachmentsRoute(call, entity, id) : attachmentRoute(call, entity, id, name);
  }
  if (name !== undefined) throw new NoSuchPath();
  if (part === "lock") return lockRoute(call, entity, id);
  if (part === "audits") return auditRoute(call, { entity, id });
  throw new NoSuchPath();
}
