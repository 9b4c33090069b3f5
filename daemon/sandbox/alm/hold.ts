import { AlmError } from "./errors.ts";
import type { Project } from "./project.ts";
import type { EntityDef } from "./schema.ts";
import type { Row } from "./store.ts";
import type { Writer } from "./validate.ts";

export function refuseLocked(project: Project, entity: EntityDef, id: number, writer: Writer): void {
  const lock = project.locks.holder(entity.collection, id);
  if (lock === null || lock.session === writer.session || writer.session === null) return;
  throw lockFailure(project, entity, id, lock.user);
}

export function lockFailure(project: Project, entity: EntityDef, id: number, user: string): AlmError {
  const title = `Failed to lock ${entity.name} ${id}. The entity is locked by user '${user}'`;
  return new AlmError(project.switches.lockFailureStatus, "lock-failure", title);
}

export function refuseCheckedIn(
  project: Project,
  entity: EntityDef,
  row: Row,
  names: readonly string[],
  writer: Writer,
): void {
  if (!entity.supports.vc || writer.session === null) return;
  if (!names.some((name) => entity.fields.get(name)?.versionControlled)) return;
  if (row.values["vc-status"] === "Checked_Out" && row.values["check-out-user-name"] === writer.user) return;
  throw new AlmError(
    project.profile.crudeErrors ? 500 : 403,
    "check-out-failure",
    `Owner entity is not checked out by ${writer.user}`,
  );
}
