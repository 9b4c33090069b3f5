import type { Locks } from "./locks.ts";
import type { Profile } from "./profile.ts";
import type { EntityDef, FieldDef, ProjectSchema } from "./schema.ts";
import type { Row, Store } from "./store.ts";
import type { AlmSwitches } from "./switches.ts";
import type { WallClock } from "./time.ts";

/** One project of the server with all that its calls need. */
export interface Project {
  readonly domain: string;
  readonly name: string;
  readonly profile: Profile;
  readonly switches: AlmSwitches;
  readonly schema: ProjectSchema;
  readonly store: Store;
  readonly locks: Locks;
  readonly clock: WallClock;
}

export function rowsOf(project: Project, entity: EntityDef): ReadonlyMap<number, Row> {
  return project.store.rows(entity.collection);
}

export function targetRows(project: Project, field: FieldDef): ReadonlyMap<number, Row> | null {
  const target = field.target === null ? undefined : project.schema.entities.get(field.target);
  return target === undefined ? null : rowsOf(project, target);
}

/** The values of a stored field as a list; empty for an empty field. */
export function listOf(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined || value === "") return [];
  return typeof value === "string" ? [value] : value;
}

export function textOf(value: string | readonly string[] | undefined): string {
  return typeof value === "string" ? value : (value ?? []).join(";");
}
