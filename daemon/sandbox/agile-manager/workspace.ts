import type { Entity } from "./entity.ts";
import { collectionOf, type ResourceName, type Schema } from "./schema.ts";
import type { Store } from "./store.ts";
import type { AgileManagerSwitches } from "./switches.ts";
import { stampOf } from "./time.ts";
import type { Surroundings } from "./value.ts";

/** One workspace with everything that acting in it needs. */
export interface Workspace extends Surroundings {
  readonly id: number;
  readonly name: string;
  readonly schema: Schema;
  readonly store: Store;
  readonly switches: AgileManagerSwitches;
  /** Logins of its users, as kept. */
  readonly users: readonly string[];
  /** Milliseconds since 1970, tracker's clock. */
  now(): number;
  /** The same, as `last_modified` shows it. */
  stamp(): string;
}

export interface WorkspaceOptions {
  readonly id: number;
  readonly name: string;
  readonly schema: Schema;
  readonly store: Store;
  readonly switches: AgileManagerSwitches;
  readonly users: readonly string[];
  now(): number;
}

export function createWorkspace(options: WorkspaceOptions): Workspace {
  const { store, switches, users } = options;
  const logins = new Map(users.map((login) => [login.toLowerCase(), login]));
  return {
    ...options,
    stamp: () => stampOf(options.now()),
    exists: (type, id) => store.get(collectionOf(type), id) !== undefined,
    login: (text) => logins.get(text.toLowerCase()) ?? (switches.users === "any" ? text : null),
  };
}

/** The entity a reference field points at; undefined where it points at nothing. */
export function follow(workspace: Workspace, resource: ResourceName, id: number | null): Entity | undefined {
  return id === null ? undefined : workspace.store.get(resource, id);
}
