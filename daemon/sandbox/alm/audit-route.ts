import type { SandboxResponse } from "../message.ts";
import { AlmError } from "./errors.ts";
import { answerFormat } from "./negotiate.ts";
import type { Project } from "./project.ts";
import type { ProjectCall } from "./project-call.ts";
import { parseQuery, QuerySyntaxError, type Test } from "./query-parse.ts";
import { reply } from "./reply.ts";
import type { EntityDef } from "./schema.ts";
import { only } from "./sign-in.ts";
import type { Audit } from "./store.ts";
import { element, textElement, XML_HEAD } from "./xml.ts";

/** `P/{collection}/{id}/audits`, and for the whole project `P/audits?query=…`. `of` null: the whole project. */
export function auditRoute(
  call: ProjectCall,
  of: { readonly entity: EntityDef; readonly id: number } | null,
): SandboxResponse {
  const { request, project } = call;
  only(request, "GET");
  const format = answerFormat(request);
  const matches = queryTest(project, request.query.get("query") ?? "");
  const audits = project.store
    .audits()
    .filter((audit) => of === null || (audit.entity === of.entity.name && audit.parentId === of.id))
    .filter(matches);
  if (format === "xml") {
    return reply(
      format,
      XML_HEAD + element("Audits", { TotalResults: audits.length }, ...audits.map((audit) => auditXml(project, audit))),
    );
  }
  const list = audits.map((audit) => auditJson(project, audit));
  const body = { Audits: { TotalResults: audits.length, ...(list.length === 0 ? {} : { Audit: collapsed(list) }) } };
  return reply(format, JSON.stringify(body));
}

function parentType(project: Project, audit: Audit): string {
  if (project.switches.auditParentType === "entity") return audit.entity;
  return project.schema.entities.get(audit.entity)?.table ?? audit.entity;
}

function auditXml(project: Project, audit: Audit): string {
  const properties = audit.changes.map((change) =>
    element(
      "Property",
      { Name: change.name, Label: change.label },
      textElement("OldValue", change.before),
      textElement("NewValue", change.after),
    ),
  );
  return element(
    "Audit",
    {},
    textElement("Id", audit.id),
    textElement("Action", audit.action),
    textElement("ParentId", audit.parentId),
    textElement("ParentType", parentType(project, audit)),
    textElement("Time", audit.time),
    textElement("User", audit.user),
    ...(properties.length === 0 ? [] : [element("Properties", {}, ...properties)]),
  );
}

function auditJson(project: Project, audit: Audit): Record<string, unknown> {
  const properties = audit.changes.map((change) => ({
    Name: change.name,
    Label: change.label,
    OldValue: change.before,
    NewValue: change.after,
  }));
  return {
    Id: audit.id,
    Action: audit.action,
    ParentId: audit.parentId,
    ParentType: parentType(project, audit),
    Time: audit.time,
    User: audit.user,
    ...(properties.length === 0 ? {} : { Properties: { Property: collapsed(properties) } }),
  };
}

/** Lists of one become the one: the product's JSON of audits does that. */
function collapsed<T>(list: readonly T[]): T | readonly T[] {
  const [first, second] = list;
  return first !== undefined && second === undefined ? first : list;
}

const MEMBERS: Readonly<Record<string, (audit: Audit) => string>> = {
  id: (audit) => String(audit.id),
  action: (audit) => audit.action,
  "parent-id": (audit) => String(audit.parentId),
  "parent-type": (audit) => audit.entity,
  time: (audit) => audit.time,
  user: (audit) => audit.user,
};

function queryTest(project: Project, query: string): (audit: Audit) => boolean {
  try {
    const tests = parseQuery(query, project.profile.wordOperators).map((clause) => {
      const read = MEMBERS[clause.field];
      if (read === undefined)
        throw new AlmError(404, "invalid-filter-expression", `Unknown field '${clause.field}' for entity 'audit'`);
      return (audit: Audit) => holds(clause.test, read(audit));
    });
    return (audit) => tests.every((test) => test(audit));
  } catch (error) {
    if (!(error instanceof QuerySyntaxError)) throw error;
    throw new AlmError(project.switches.querySyntaxStatus, "invalid-filter-expression", error.message);
  }
}

function holds(test: Test, own: string): boolean {
  switch (test.kind) {
    case "not":
      return !holds(test.test, own);
    case "and":
      return test.tests.every((inner) => holds(inner, own));
    case "or":
      return test.tests.some((inner) => holds(inner, own));
    case "compare":
      return compare(test.operator, order(own, test.value));
  }
}

function order(own: string, value: string): number {
  if (/^\d+$/.test(own) && /^\d+$/.test(value)) return Number(own) - Number(value);
  const [a, b] = [own.toLowerCase(), value.toLowerCase()];
  return a < b ? -1 : a > b ? 1 : 0;
}

function compare(operator: string, found: number): boolean {
  if (operator === "<>") return found !== 0;
  if (found === 0) return operator.includes("=");
  return operator.startsWith(found < 0 ? "<" : ">") && operator !== "<>";
}
