import type { SandboxResponse } from "../message.ts";
import { entityWriter } from "./entity-write.ts";
import { generalError } from "./errors.ts";
import { lockFailure } from "./hold.ts";
import { answerFormat } from "./negotiate.ts";
import type { ProjectCall } from "./project-call.ts";
import { empty, reply } from "./reply.ts";
import type { EntityDef } from "./schema.ts";
import { current } from "./write.ts";
import { element, textElement, XML_HEAD } from "./xml.ts";

/** `P/{collection}/{id}/lock` */
export function lockRoute(call: ProjectCall, entity: EntityDef, id: number): SandboxResponse {
  const { request, project, writer } = call;
  const row = current(project, entity, id);
  const holder = project.locks.holder(entity.collection, id);
  const mine = holder !== null && holder.session === writer.session;
  switch (request.method) {
    case "POST": {
      const format = answerFormat(request);
      if (holder !== null && !mine) throw lockFailure(project, entity, id, holder.user);
      project.locks.take(entity.collection, id, { session: writer.session ?? "", user: writer.user });
      return reply(format, entityWriter(project, entity, format).one(row), project.switches.lockStatus);
    }
    case "GET": {
      const format = answerFormat(request);
      const status = holder === null ? "UNLOCKED" : mine ? "LOCKED_BY_ME" : "LOCKED_BY_OTHER";
      const members = { LockStatus: status, LockUser: holder?.user ?? "" };
      if (format === "json") return reply(format, JSON.stringify({ LockStatusEntity: members }));
      const inner = Object.entries(members).map(([name, value]) => textElement(name, value));
      return reply(format, XML_HEAD + element("LockStatusEntity", {}, ...inner));
    }
    case "DELETE":
      if (holder !== null && !mine) throw lockFailure(project, entity, id, holder.user);
      project.locks.release(entity.collection, id);
      return empty(200);
    default:
      throw generalError(405, `Method ${request.method} is not allowed`);
  }
}
