import type { HttpAnswer } from "../../core/connector.ts";
import { type Fail, isObject } from "../json-answer.ts";
import { child, children, isNode, readBody, textOf, type XmlNode } from "./body.ts";
import { type AlmException, BULK_FAILED } from "./errors.ts";
import { jsonEntity, type WireEntity, xmlEntity } from "./wire.ts";

/** What a partly failed bulk write says of one entity. */
export interface BulkEntry {
  readonly ok: boolean;
  readonly id: string | null;
  readonly entity: WireEntity | null;
  readonly exception: AlmException | null;
}

/** Null where the answer is no account of a bulk write. Both documented spellings are read. */
export function readBulk(answer: HttpAnswer, fail: Fail): readonly BulkEntry[] | null {
  const body = readBody(answer);
  if (body.kind === "json") return jsonEntries(body.value, fail);
  if (body.kind === "xml") return xmlEntries(body.value, fail);
  return null;
}

function jsonEntries(value: unknown, fail: Fail): readonly BulkEntry[] | null {
  const root = isObject(value) && isObject(value["QCRestException"]) ? value["QCRestException"] : value;
  if (!isObject(root) || root["Id"] !== BULK_FAILED) return null;
  const properties = root["ExceptionProperties"];
  for (const property of Array.isArray(properties) ? properties : [properties]) {
    const entries = bulkEntries(property);
    if (entries !== null) return entries.map((entry) => jsonEntry(entry, fail));
  }
  return null;
}

function bulkEntries(property: unknown): readonly unknown[] | null {
  if (!isObject(property)) return null;
  const bulk =
    property["BulkValue"] ?? property["BulkOperationFailed"] ?? property["BulkOperationResponse"] ?? property;
  const entries = isObject(bulk) ? (bulk["BulkEntries"] ?? bulk["BulkEntry"]) : undefined;
  if (isObject(entries)) return bulkEntries({ BulkValue: { BulkEntries: entries["BulkEntry"] } });
  return Array.isArray(entries) ? entries : null;
}

function jsonEntry(value: unknown, fail: Fail): BulkEntry {
  if (!isObject(value)) return fail("has a bulk entry that is none");
  const id = value["EntityId"];
  const exception = isObject(value["Exception"]) ? value["Exception"] : value;
  return {
    ok: truth(value["Succeeded"] ?? value["Successful"], fail),
    id: typeof id === "number" || (typeof id === "string" && id !== "") ? String(id) : null,
    entity: isObject(value["Entity"]) ? jsonEntity(value["Entity"], fail) : null,
    exception:
      typeof exception["Id"] === "string" ? { id: exception["Id"], title: String(exception["Title"] ?? "") } : null,
  };
}

function truth(value: unknown, fail: Fail): boolean {
  if (value === true || value === "true" || value === "Y") return true;
  return value === false || value === "false" || value === "N"
    ? false
    : fail("has a bulk entry that does not say whether it succeeded");
}

function xmlEntries(root: unknown, fail: Fail): readonly BulkEntry[] | null {
  const exception = child(root, "QCRestException");
  if (exception === undefined || textOf(exception, "Id")?.trim() !== BULK_FAILED) return null;
  const entries = findEntries(exception, 6);
  return entries.length === 0 ? null : entries.map((entry) => xmlEntry(entry, fail));
}

/** The element is nested in one of several ways; its name is what they agree on. */
function findEntries(node: unknown, depth: number): readonly XmlNode[] {
  if (!isNode(node) || depth === 0) return [];
  const here = children(node, "BulkEntry").filter(isNode);
  if (here.length > 0) return here;
  return Object.values(node).flatMap((inner) =>
    (Array.isArray(inner) ? inner : [inner]).flatMap((one) => findEntries(one, depth - 1)),
  );
}

function xmlEntry(node: XmlNode, fail: Fail): BulkEntry {
  const id = textOf(node["@EntityId"]) ?? textOf(node, "EntityId") ?? "";
  const inner = child(node, "Exception") ?? child(node, "QCRestException") ?? node;
  const code = textOf(inner, "Id")?.trim() ?? "";
  const entity = children(node, "Entity")[0];
  const said = node["@Successful"] ?? node["@Succeeded"] ?? textOf(node, "Successful") ?? textOf(node, "Succeeded");
  return {
    ok: truth(said, fail),
    id: /^\d+$/.test(id) ? id : null,
    entity: isNode(entity) ? xmlEntity(entity, fail) : null,
    exception: code === "" ? null : { id: code, title: (textOf(inner, "Title") ?? "").trim() },
  };
}
