import type { SandboxResponse } from "../message.ts";
import { entityWriter } from "./entity-write.ts";
import { AlmError, NoSuchPath } from "./errors.ts";
import { answerFormat } from "./negotiate.ts";
import type { ProjectCall } from "./project-call.ts";
import { empty, reply } from "./reply.ts";
import type { EntityDef } from "./schema.ts";
import { only } from "./sign-in.ts";
import { touch } from "./stamp.ts";
import type { Row, Values } from "./store.ts";
import { current } from "./write.ts";

/** `P/{collection}/{id}/versions/…`, where the project has version control. Earlier versions are not kept. */
export function versionRoute(
  call: ProjectCall,
  entity: EntityDef,
  id: number,
  rest: readonly string[],
): SandboxResponse {
  if (!entity.supports.vc) throw new NoSuchPath();
  const { request, project, writer } = call;
  const row = current(project, entity, id);
  const format = answerFormat(request);
  switch (rest.join("/")) {
    case "":
      only(request, "GET");
      return reply(format, entityWriter(project, entity, format).many([row], 1));
    case "check-out":
      only(request, "POST");
      if (row.values["vc-status"] === "Checked_Out")
        throw failure("check-out", `The entity is checked out by ${row.values["check-out-user-name"]}`);
      change(call, entity, row, { "vc-status": "Checked_Out", "check-out-user-name": writer.user });
      return reply(format, entityWriter(project, entity, format).one(current(project, entity, id)));
    case "check-in": {
      only(request, "POST");
      requireOwn(call, row, "check-in");
      const next = Number(row.values["vc-version-number"] ?? 0) + 1;
      change(call, entity, row, {
        "vc-status": "Checked_In",
        "check-out-user-name": "",
        "vc-version-number": String(next),
      });
      return empty(200);
    }
    case "undo-check-out":
      only(request, "POST");
      requireOwn(call, row, "undo-check-out");
      change(call, entity, row, { "vc-status": "Checked_In", "check-out-user-name": "" });
      return empty(200);
    default:
      throw new NoSuchPath();
  }
}

function change(call: ProjectCall, entity: EntityDef, row: Row, values: Values): void {
  touch(call.project, entity, row.id, values, true);
}

function requireOwn(call: ProjectCall, row: Row, what: string): void {
  const own = row.values["vc-status"] === "Checked_Out" && row.values["check-out-user-name"] === call.writer.user;
  if (!own) throw failure(what, `Owner entity is not checked out by ${call.writer.user}`);
}

function failure(what: string, title: string): AlmError {
  return new AlmError(403, `${what}-failure`, title);
}
