import type { SandboxResponse } from "../message.ts";
import { bulkCreate, bulkDelete, bulkUpdate } from "./bulk.ts";
import { checkType, readEntity, type SentEntity } from "./entity-read.ts";
import { entityWriter } from "./entity-write.ts";
import { generalError } from "./errors.ts";
import { list, readFields, select } from "./listing.ts";
import { answerFormat, bodyType } from "./negotiate.ts";
import { forced, type ProjectCall } from "./project-call.ts";
import { reply } from "./reply.ts";
import type { EntityDef } from "./schema.ts";
import { createRow, current, removeRow, updateRow } from "./write.ts";

/** `P/{collection}` */
export function collectionRoute(call: ProjectCall, entity: EntityDef): SandboxResponse {
  const { request } = call;
  switch (request.method) {
    case "GET":
      return listRoute(call, entity);
    case "POST":
      return bodyType(request).collection ? bulkCreate(call, entity) : createRoute(call, entity);
    case "PUT":
      return bodyType(request).collection ? bulkUpdate(call, entity) : massUpdate(call, entity);
    case "DELETE":
      return bulkDelete(call, entity);
    default:
      throw generalError(405, `Method ${request.method} is not allowed`);
  }
}

/** `P/{collection}/{id}` */
export function entityRoute(call: ProjectCall, entity: EntityDef, id: number): SandboxResponse {
  const { request, project } = call;
  const format = answerFormat(request);
  switch (request.method) {
    case "GET":
      return reply(format, entityWriter(project, entity, format).one(current(project, entity, id)));
    case "PUT": {
      const sent = readEntity(bodyType(request).format, request.body);
      checkType(entity, sent);
      const row = updateRow(project, entity, id, sent.fields, call.writer);
      return reply(format, entityWriter(project, entity, format, null, true).one(row));
    }
    case "DELETE": {
      const writer = entityWriter(project, entity, format, null, true);
      const before = writer.one(current(project, entity, id));
      removeRow(project, entity, id, forced(call), call.writer);
      return reply(format, before);
    }
    default:
      throw generalError(405, `Method ${request.method} is not allowed`);
  }
}

function listRoute(call: ProjectCall, entity: EntityDef): SandboxResponse {
  const { request, project } = call;
  const format = answerFormat(request);
  const fields = readFields(entity, request.query.get("fields"));
  const page = list(project, entity, request.query);
  return reply(format, entityWriter(project, entity, format, fields).many(page.rows, page.total));
}

function createRoute(call: ProjectCall, entity: EntityDef): SandboxResponse {
  const { request, project } = call;
  const format = answerFormat(request);
  const body = bodyType(request).format;
  const sent = readEntity(body, request.body);
  checkType(entity, sent);
  if (body === "json" && project.switches.jsonOrderQuirk && entity.name === "requirement") checkOrder(sent);
  const row = createRow(project, entity, sent.fields, call.writer);
  const location = `${call.base}/${entity.collection}/${row.id}`;
  return reply(format, entityWriter(project, entity, format, null, true).one(row), 201, { Location: location });
}

/** One live server stumbled over the order of members in JSON, and only for requirements. */
function checkOrder(sent: SentEntity): void {
  const names = [...sent.fields.keys()];
  if (sent.typeFirst) throw generalError(500, "java.lang.NullPointerException");
  if (names[0] !== "name" || names.at(-1) !== "type-id") throw generalError(500, "The field 'Name' is required.");
}

/** One plain entity sent to the whole collection changes every record that the query selects: dangerous, and real. */
function massUpdate(call: ProjectCall, entity: EntityDef): SandboxResponse {
  const { request, project } = call;
  const format = answerFormat(request);
  const sent = readEntity(bodyType(request).format, request.body);
  checkType(entity, sent);
  if (project.switches.massUpdate === "refuse") throw generalError(405, "Method PUT is not allowed");
  const rows = select(project, entity, request.query.get("query") ?? "").map((row) =>
    updateRow(project, entity, row.id, sent.fields, call.writer),
  );
  return reply(format, entityWriter(project, entity, format, null, true).many(rows, rows.length));
}
