import type { SandboxRequest, SandboxResponse } from "../message.ts";
import { envelope, json } from "./answer.ts";
import type { Entity } from "./entity.ts";
import { projection } from "./list.ts";
import { invalidValue, Refusal } from "./refusal.ts";
import type { Resource } from "./schema.ts";
import type { AgileManagerSwitches } from "./switches.ts";
import type { Workspace } from "./workspace.ts";
import { create } from "./write.ts";

/** The JSON body of a write. Throws `Refusal` 415 for another content type, 400 for what is not JSON. */
export function readBody(request: SandboxRequest): unknown {
  const type = request.headers["content-type"] ?? "";
  if (type !== "" && !/^application\/([\w.-]+\+)?json\b/i.test(type)) {
    throw new Refusal(415, "unsupported_media_type", `Content type '${type}' not supported`);
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(request.body));
  } catch {
    throw invalidValue("The body is not JSON in UTF-8");
  }
}

/** The changed fields in the body of a PUT: the bare object. */
export function readChanges(body: unknown, switches: AgileManagerSwitches): unknown {
  const data = wrapped(body);
  if (data === null || switches.putBody === "bare") return body;
  if (data.length !== 1) throw invalidValue("data must hold exactly one entity");
  return data[0];
}

function wrapped(body: unknown): readonly unknown[] | null {
  const data = typeof body === "object" && body !== null ? (body as { readonly data?: unknown }).data : null;
  return Array.isArray(data) ? data : null;
}

/** `{"data":[…]}`, the wrapper needed even for one. 201 with the whole new entities, in the order of the request. */
export function bulkCreate(workspace: Workspace, resource: Resource, body: unknown, actor: string): SandboxResponse {
  const data = wrapped(body);
  if (data === null || data.length === 0) throw invalidValue('The body must be {"data":[{…}]}');
  const show = projection(resource, null);
  if (workspace.switches.bulkPartial === "per-item" && data.length > 1) {
    return createEach(workspace, resource, data, actor, show);
  }
  const created = workspace.store.transact(() => data.map((input) => create(workspace, resource, input, actor)));
  return json(201, envelope(created.map(show)));
}

/** What succeeds stays. As the successor product answers: 409, `data` with the successes only, `errors` with the index of each failure. */
function createEach(
  workspace: Workspace,
  resource: Resource,
  data: readonly unknown[],
  actor: string,
  show: (entity: Entity) => Entity,
): SandboxResponse {
  const created: Entity[] = [];
  const errors: { readonly index: number; readonly error: string; readonly error_description: string }[] = [];
  for (const [index, input] of data.entries()) {
    try {
      created.push(create(workspace, resource, input, actor));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      errors.push({ index, error: error.code, error_description: error.message });
    }
  }
  const answer = envelope(created.map(show));
  return errors.length === 0 ? json(201, answer) : json(409, { ...answer, errors });
}
