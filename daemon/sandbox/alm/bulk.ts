import type { SandboxResponse } from "../message.ts";
import { checkType, readEntities, type SentEntity } from "./entity-read.ts";
import { entityWriter } from "./entity-write.ts";
import { AlmError, generalError } from "./errors.ts";
import { answerFormat, bodyType, type Format } from "./negotiate.ts";
import { textOf } from "./project.ts";
import { forced, type ProjectCall } from "./project-call.ts";
import { exceptionJson, exceptionXml, reply } from "./reply.ts";
import type { EntityDef } from "./schema.ts";
import type { Row } from "./store.ts";
import { createRow, current, removeRow, updateRow } from "./write.ts";
import { element, XML_HEAD } from "./xml.ts";

/** What became of one entry of a bulk request. What succeeded stays, whatever becomes of the others. */
type Entry =
  | { readonly ok: true; readonly id: number; readonly text: string }
  | { readonly ok: false; readonly id: number | null; readonly error: AlmError };

export function bulkCreate(call: ProjectCall, entity: EntityDef): SandboxResponse {
  const sent = readBody(call);
  return run(call, entity, sent, call.project.switches.bulkCreateStatus, (one) => {
    checkType(entity, one);
    return createRow(call.project, entity, one.fields, call.writer);
  });
}

export function bulkUpdate(call: ProjectCall, entity: EntityDef): SandboxResponse {
  const sent = readBody(call);
  return run(call, entity, sent, 200, (one) => {
    checkType(entity, one);
    const id = textOf(one.fields.get("id"));
    if (!/^\d+$/.test(id))
      throw new AlmError(400, "required-field-missing", `The field '${entity.fields.get("id")?.label}' is required.`);
    return updateRow(call.project, entity, Number(id), one.fields, call.writer);
  });
}

/** `?ids-to-delete=17,28` */
export function bulkDelete(call: ProjectCall, entity: EntityDef): SandboxResponse {
  const text = call.request.query.get("ids-to-delete");
  if (text === null) throw generalError(405, "Method DELETE is not allowed");
  const ids = text.split(",").map((id) => id.trim());
  if (ids.some((id) => !/^\d+$/.test(id))) throw new AlmError(400, "invalid-query-value", `Invalid ids '${text}'`);
  limit(call, ids.length);
  return run(call, entity, ids.map(asEntity), 200, (one) => {
    const id = Number(textOf(one.fields.get("id")));
    const row = current(call.project, entity, id);
    removeRow(call.project, entity, id, forced(call), call.writer);
    return row;
  });
}

function asEntity(id: string): SentEntity {
  return { type: null, fields: new Map([["id", [id]]]), typeFirst: false };
}

function readBody(call: ProjectCall): readonly SentEntity[] {
  const sent = readEntities(bodyType(call.request).format, call.request.body);
  limit(call, sent.length);
  return sent;
}

function limit(call: ProjectCall, count: number): void {
  const { maxBulk } = call.project.switches;
  if (count > maxBulk) throw generalError(400, `A bulk operation takes at most ${maxBulk} entities, given ${count}`);
}

function run(
  call: ProjectCall,
  entity: EntityDef,
  sent: readonly SentEntity[],
  success: number,
  apply: (one: SentEntity) => Row,
): SandboxResponse {
  const format = answerFormat(call.request);
  const writer = entityWriter(call.project, entity, format, null, true);
  const rows: Row[] = [];
  const entries = sent.map((one): Entry => {
    try {
      const row = apply(one);
      rows.push(row);
      return { ok: true, id: row.id, text: writer.inner(row) };
    } catch (error) {
      if (!(error instanceof AlmError)) throw error;
      const id = textOf(one.fields.get("id"));
      return { ok: false, id: /^\d+$/.test(id) ? Number(id) : null, error };
    }
  });
  const reversed = call.project.switches.bulkOrder === "reverse";
  if (entries.every((entry) => entry.ok)) {
    return reply(format, writer.many(reversed ? rows.reverse() : rows, rows.length), success);
  }
  const status = entries.some((entry) => entry.ok) ? call.project.switches.bulkPartialStatus : 500;
  return reply(format, failure(call, entity, format, reversed ? entries.reverse() : entries), status);
}

const TITLE = "bulk operation failed. see exception properties for more info.";
const ID = "qccore.bulk-operation-failed";

function failure(call: ProjectCall, entity: EntityDef, format: Format, entries: readonly Entry[]): string {
  const { bulkXml, stackTrace } = call.project.switches;
  if (format === "json") return failureJson(entity, entries, stackTrace);
  const samples = bulkXml === "samples";
  const inner = entries.map((entry) => entryXml(entity, entry, samples, stackTrace)).join("");
  const properties = samples
    ? element("ExceptionProperty", { name: ID }, element("value", {}, element("BulkOperationFailed", {}, inner)))
    : element("BulkOperationResponse", {}, element("BulkEntries", {}, inner));
  const error = exceptionXml(new AlmError(500, "bulk-operation-failed", TITLE), stackTrace);
  return (
    XML_HEAD +
    error.replace(/<\/QCRestException>$/, () => `${element("ExceptionProperties", {}, properties)}</QCRestException>`)
  );
}

/** The samples of the documentation and its XSD spell an entry differently. */
function entryXml(entity: EntityDef, entry: Entry, samples: boolean, stackTrace: string | null): string {
  const attributes = {
    [samples ? "Successful" : "Succeeded"]: entry.ok,
    ...(entry.id === null ? {} : { EntityId: entry.id }),
    EntityType: entity.name,
  };
  if (entry.ok) return element("BulkEntry", attributes, entry.text);
  const exception = exceptionXml(entry.error, stackTrace).replace(/^<QCRestException>|<\/QCRestException>$/g, "");
  return element("BulkEntry", attributes, samples ? exception : element("Exception", {}, exception));
}

function failureJson(entity: EntityDef, entries: readonly Entry[], stackTrace: string | null): string {
  const texts = entries.map((entry) => {
    const head = `"Succeeded":${entry.ok},"EntityType":"${entity.name}","EntityId":${entry.id ?? "null"}`;
    if (entry.ok) return `{${head},"Entity":${entry.text}}`;
    return `{${head},"Exception":${JSON.stringify({ ...exceptionJson(entry.error, stackTrace), ExceptionProperties: [] })}}`;
  });
  const properties = `[{"Name":"${ID}","BulkValue":{"BulkEntries":[${texts.join(",")}]}}]`;
  return `{"Id":"${ID}","Title":"${TITLE}","ExceptionProperties":${properties},"StackTrace":${JSON.stringify(stackTrace)}}`;
}
