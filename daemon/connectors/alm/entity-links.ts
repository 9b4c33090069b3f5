import { readEntityType } from "../../core/entity-type.ts";
import { ConnectorError } from "../../core/errors.ts";
import type { EntityLink, EntityLinkDraft, EntityLinkPort } from "../../core/parts.ts";
import { cut } from "../../fields/text.ts";
import { mapAfterFirst } from "../../lib/concurrency.ts";
import { endsIn } from "../entity-links.ts";
import type { Fail } from "../json-answer.ts";
import { type Alm, CONCURRENCY, READ_BATCH } from "./alm.ts";
import { readBody } from "./body.ts";
import type { Reply } from "./client.ts";
import { ENTITY_NOT_FOUND, readException } from "./errors.ts";
import { pages } from "./listing.ts";
import { anyOf, type Clause, chunkTerms, quote } from "./query.ts";
import { entityXml, readEntities, type WireEntity, type WireFields } from "./wire.ts";

/** A defect carries its links to requirements, a requirement only those to requirements (S37, S38). */
export const ENTITY_LINK_ENDS: Readonly<Record<string, readonly string[]>> = {
  defect: ["defect", "requirement"],
  requirement: ["requirement"],
};

/** What traces between requirements are called here: ALM gives them no type of their own. */
const TRACE = "Trace";

const ID = /^[1-9]\d{0,14}$/;
const COMMENT = { size: 255, unit: "bytes" } as const;

/** Links of defects and traces of requirements are two resources, each with ids of its own. */
interface Resource {
  readonly entity: "defect-link" | "req-trace";
  readonly fields: readonly string[];
  /** How rows of records are found: each of these is asked for, since a record may stand at either end. */
  queries(entity: string): readonly { readonly id: string; readonly more: readonly Clause[] }[];
  /** Every row that may join the two ends, in one question. */
  between(draft: EntityLinkDraft): readonly Clause[];
  read(row: WireEntity, fail: Fail): EntityLink;
  wire(draft: EntityLinkDraft): WireFields;
}

const DEFECT_LINKS: Resource = {
  entity: "defect-link",
  fields: ["first-endpoint-id", "second-endpoint-id", "second-endpoint-type", "link-type", "comment"],
  queries(entity) {
    const second = {
      id: "second-endpoint-id",
      more: [{ field: "second-endpoint-type", expression: quote(entity) }],
    };
    return entity === "defect" ? [{ id: "first-endpoint-id", more: [] }, second] : [second];
  },
  between({ from, to }) {
    // Two defects may be linked from either; with another record the defect is always the first end.
    const both = anyOf([from.id, to.id]);
    const [first, second] = to.entity === "defect" ? [both, both] : [from.id, to.id];
    return [
      { field: "first-endpoint-id", expression: first },
      { field: "second-endpoint-id", expression: second },
      { field: "second-endpoint-type", expression: quote(to.entity) },
    ];
  },
  read: (row, fail) => ({
    id: need(row, "id", fail),
    type: row.fields.get("link-type")?.[0] ?? "",
    from: { entity: "defect", id: need(row, "first-endpoint-id", fail) },
    to: { entity: need(row, "second-endpoint-type", fail), id: need(row, "second-endpoint-id", fail) },
    comment: row.fields.get("comment")?.[0] ?? "",
  }),
  wire: ({ from, to, type, comment }) =>
    new Map([
      ["first-endpoint-id", [from.id]],
      ["second-endpoint-id", [to.id]],
      ["second-endpoint-type", [to.entity]],
      ...given("link-type", type),
      ...given("comment", cut(comment, COMMENT)),
    ]),
};

const TRACES: Resource = {
  entity: "req-trace",
  fields: ["from-req-id", "to-req-id", "comment"],
  queries: (entity) => (entity === "requirement" ? ["from-req-id", "to-req-id"].map((id) => ({ id, more: [] })) : []),
  between: ({ from, to }) => [
    { field: "from-req-id", expression: from.id },
    { field: "to-req-id", expression: to.id },
  ],
  read: (row, fail) => ({
    id: need(row, "id", fail),
    type: TRACE,
    from: { entity: "requirement", id: need(row, "from-req-id", fail) },
    to: { entity: "requirement", id: need(row, "to-req-id", fail) },
    comment: row.fields.get("comment")?.[0] ?? "",
  }),
  wire: ({ from, to, comment }) =>
    new Map([["from-req-id", [from.id]], ["to-req-id", [to.id]], ...given("comment", cut(comment, COMMENT))]),
};

function need(row: WireEntity, field: string, fail: Fail): string {
  const value = row.fields.get(field)?.[0] ?? "";
  return value === "" ? fail(`has a link without ${field}`) : value;
}

/** An empty field is left to the server. */
function given(field: string, value: string): readonly (readonly [string, readonly string[]])[] {
  return value === "" ? [] : [[field, [value]]];
}

/** 403 on one link says that the account lacks this right, not that nothing else will work. */
async function allowed<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.status !== 403) throw error;
    const message = `${error.message}: the account may not write this link (403)`;
    throw new ConnectorError("invalid", message, { status: 403, cause: error });
  }
}

export function createEntityLinks(alm: Alm): EntityLinkPort {
  const known = new Set<Resource>();

  /**
   * Servers before 11.50 have no first-level `defect-links`, and how far back `req-traces` goes is not known. Only a yes is remembered: a 404 may
   * come from a proxy, and servers are upgraded.
   */
  async function has(resource: Resource, signal: AbortSignal): Promise<boolean> {
    if (known.has(resource)) return true;
    const reply = await alm.client.call({ method: "GET", path: `/${resource.entity}s?fields=id&page-size=1`, signal });
    if (!reply.ok && reply.answer.status !== 404 && reply.answer.status !== 405)
      throw alm.client.refuse(reply, new Map());
    if (reply.ok) known.add(resource);
    return reply.ok;
  }

  async function rowsAt(resource: Resource, clauses: readonly Clause[], signal: AbortSignal) {
    const links: EntityLink[] = [];
    for await (const page of pages(alm, { entity: resource.entity, clauses, fields: resource.fields }, signal))
      links.push(...page.entities.map((row) => resource.read(row, page.reply.fail)));
    return links;
  }

  async function rowsOf(resource: Resource, entity: string, ids: readonly string[], signal: AbortSignal) {
    const others = resource.fields.join();
    const asked = resource
      .queries(entity)
      .flatMap(({ id, more }) => chunkTerms(ids, READ_BATCH, others).map((chunk) => ({ id, more, chunk })));
    const found = await mapAfterFirst(
      asked,
      CONCURRENCY,
      ({ id, more, chunk }) => rowsAt(resource, [{ field: id, expression: anyOf(chunk) }, ...more], signal),
      signal,
    );
    return found.flat();
  }

  async function list(named: string, ids: readonly string[], signal: AbortSignal) {
    const entity = readEntityType(named).base;
    const wanted = ids.filter((id) => ID.test(id));
    const byRecord = new Map(ids.map((id) => [id, new Map<string, EntityLink>()]));
    for (const resource of [DEFECT_LINKS, TRACES]) {
      if (wanted.length === 0 || resource.queries(entity).length === 0 || !(await has(resource, signal))) continue;
      for (const link of await rowsOf(resource, entity, wanted, signal)) {
        for (const end of [link.from, link.to])
          if (end.entity === entity) byRecord.get(end.id)?.set(`${resource.entity} ${link.id}`, link);
      }
    }
    return new Map([...byRecord].map(([id, links]) => [id, [...links.values()]]));
  }

  async function standing(draft: EntityLinkDraft, signal: AbortSignal): Promise<EntityLink | null> {
    const resource = isTrace(draft) ? TRACES : DEFECT_LINKS;
    if (![draft.from, draft.to].every(({ id }) => ID.test(id)) || !(await has(resource, signal))) return null;
    const links = await rowsAt(resource, resource.between(draft), signal);
    const between = links.filter((link) => joins(link, draft));
    const same = between.find((link) => draft.type === "" || link.type === draft.type || isTrace(link));
    if (same !== undefined || between[0] === undefined) return same ?? null;
    // ALM keeps one link between two records, whatever its type.
    const message = `${alm.host.endpoint}: ${named(draft)} are linked already, as "${between[0].type}", and cannot be linked as "${draft.type}" as well`;
    throw new ConnectorError("invalid", message);
  }

  async function add(given: EntityLinkDraft, signal: AbortSignal, looked: boolean): Promise<EntityLink> {
    const draft = normal(alm, given);
    const before = looked ? null : await standing(draft, signal);
    if (before !== null) return before;
    const resource = isTrace(draft) ? TRACES : DEFECT_LINKS;
    const reply = await alm.client.call({
      method: "POST",
      path: `/${resource.entity}s`,
      contentType: "application/xml",
      body: entityXml(resource.entity, resource.wire(draft)),
      signal,
    });
    if (!reply.ok) {
      // Somebody may have made it meanwhile: a duplicate is refused, in words that no document tells.
      const after = isRefused(reply) ? await standing(draft, signal) : null;
      if (after !== null) return after;
      throw alm.client.refuse(reply, new Map());
    }
    return resource.read(rowIn(reply), reply.fail);
  }

  async function remove(link: EntityLink, signal: AbortSignal): Promise<void> {
    const resource = isTrace(link) ? TRACES : DEFECT_LINKS;
    const path = `/${resource.entity}s/${encodeURIComponent(link.id)}`;
    const reply = await alm.client.call({ method: "DELETE", path, repeatable: true, signal });
    if (reply.ok && readBody(reply.answer).kind === "html") reply.fail("is a web page, not data");
    if (reply.ok) return;
    const exception = readException(reply.answer);
    if (exception?.id === ENTITY_NOT_FOUND || (reply.answer.status === 404 && exception !== null)) return;
    throw alm.client.refuse(reply, new Map());
  }

  return {
    ends: endsIn(ENTITY_LINK_ENDS),
    isDirected: isTrace,
    async missing(named, signal) {
      const entity = readEntityType(named).base;
      try {
        if (await has(entity === "requirement" ? TRACES : DEFECT_LINKS, signal)) return null;
      } catch (error) {
        if (!(error instanceof ConnectorError) || error.status !== 403) throw error;
        return `not open to the account: ${error.message}`;
      }
      return entity === "requirement"
        ? "not available on this server: it has no traces between requirements"
        : "not available on this server: links of defects need ALM 11.50 or later";
    },
    list,
    add: (draft, signal, looked = false) => allowed(() => add(draft, signal, looked)),
    remove: (link, signal) => allowed(() => remove(link, signal)),
  };
}

function isTrace({ from, to }: Pick<EntityLink, "from" | "to">): boolean {
  return from.entity === "requirement" && to.entity === "requirement";
}

/** The first end of a link is always a defect, and links between defects have no direction. */
function normal(alm: Alm, draft: EntityLinkDraft): EntityLinkDraft {
  if (sameEnd(draft.from, draft.to))
    throw new ConnectorError(
      "invalid",
      `${alm.host.endpoint}: ${draft.from.entity} ${draft.from.id} cannot be linked to itself`,
    );
  if (isTrace(draft) || draft.from.entity === "defect") return draft;
  if (draft.to.entity === "defect") return { ...draft, from: draft.to, to: draft.from };
  const message = `${alm.host.endpoint}: ALM links defects with records and requirements with requirements, not ${named(draft)}`;
  throw new ConnectorError("invalid", message);
}

function joins(link: EntityLink, { from, to }: EntityLinkDraft): boolean {
  if (sameEnd(link.from, from) && sameEnd(link.to, to)) return true;
  return !isTrace(link) && sameEnd(link.from, to) && sameEnd(link.to, from);
}

function sameEnd(a: EntityLink["from"], b: EntityLink["from"]): boolean {
  return a.entity === b.entity && a.id === b.id;
}

function named({ from, to }: Pick<EntityLink, "from" | "to">): string {
  return `${from.entity} ${from.id} and ${to.entity} ${to.id}`;
}

/** By ALM itself, and for the sake of this write: not by a proxy, and not because of who asks. */
function isRefused({ answer }: Reply): boolean {
  return readException(answer) !== null && answer.status !== 401 && answer.status !== 403;
}

function rowIn(reply: Reply): WireEntity {
  return readEntities(reply.answer, reply.fail).entities[0] ?? reply.fail("shows no link");
}
