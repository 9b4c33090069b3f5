import type { AttachmentAdmin } from "../attachment-admin.ts";
import type { Entity } from "./entity.ts";
import { createAttachmentAdmin } from "./file.ts";
import { projection } from "./list.ts";
import { type ResourceName, resourceOf } from "./schema.ts";
import type { Workspace } from "./workspace.ts";
import { create, remove, update } from "./write.ts";

/**
 * Reaches behind the API of the client's workspace, as a person in the web page would: the same rules, another author. Throws `Refusal` for what
 * the tracker would not take. References may be bare ids.
 */
export interface AgileManagerAdmin {
  create(resource: ResourceName, fields: Readonly<Record<string, unknown>>): number;
  update(resource: ResourceName, id: number, fields: Readonly<Record<string, unknown>>): void;
  remove(resource: ResourceName, id: number): void;
  /** As on the wire; null where there is none. */
  get(resource: ResourceName, id: number): Entity | null;
  /** All of them, by ascending id. */
  list(resource: ResourceName): readonly Entity[];
  /** Every token is unknown from now on. */
  revokeTokens(): void;
  /** Which resources have files, `schema.ts` says. */
  readonly attachments: AttachmentAdmin<ResourceName>;
}

export function createAdmin(workspace: Workspace, actor: string, revokeTokens: () => void): AgileManagerAdmin {
  const person: Workspace = { ...workspace, switches: { ...workspace.switches, refWriteBareId: true } };
  const { schema, store } = workspace;
  // What the API hides stands in the web page.
  const whole = (resource: ResourceName) => ({ ...resourceOf(schema, resource), hidden: new Set<string>() });
  return {
    create: (resource, fields) => create(person, whole(resource), fields, actor)["id"] as number,
    update(resource, id, fields) {
      update(person, whole(resource), id, fields, actor);
    },
    remove(resource, id) {
      remove(person, resourceOf(schema, resource), id, actor);
    },
    get(resource, id) {
      const entity = store.get(resource, id);
      return entity === undefined ? null : projection(resourceOf(schema, resource), null)(entity);
    },
    list: (resource) => store.all(resource).map(projection(resourceOf(schema, resource), null)),
    revokeTokens,
    attachments: createAttachmentAdmin(workspace, actor),
  };
}
