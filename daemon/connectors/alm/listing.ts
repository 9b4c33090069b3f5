import { ConnectorError } from "../../core/errors.ts";
import type { Alm } from "./alm.ts";
import type { Reply } from "./client.ts";
import { readException, UNKNOWN_FIELD } from "./errors.ts";
import { idOf } from "./map.ts";
import { anyOf, type Clause, listPath } from "./query.ts";
import { typeClauses } from "./requirement-types.ts";
import { collectionOf, type EntityMeta } from "./schema.ts";
import { readEntities, type WireEntity } from "./wire.ts";

export interface Selection {
  readonly entity: string;
  readonly clauses: readonly Clause[];
  /** Without id and stamps, which always come. */
  readonly fields: readonly string[];
}

export interface ListedPage {
  readonly entities: readonly WireEntity[];
  readonly total: number | null;
  readonly reply: Reply;
}

/**
 * Pages by `id[>last]` in id order: rows that change, come or go while pages are read neither shift others out nor repeat. The last page is known by
 * TotalResults, not by its length: the server may give fewer rows than asked for. Root records (id 0) are left out.
 */
export async function* pages(alm: Alm, selection: Selection, signal: AbortSignal): AsyncGenerator<ListedPage> {
  const types = await typeClauses(alm, selection.entity, signal);
  for (let last = 0; ; ) {
    const clauses = [{ field: "id", expression: `>${last}` }, ...types, ...selection.clauses];
    const page = await listOnce(alm, { ...selection, clauses }, alm.settings.page_size, signal);
    last = checkOrder(page, last);
    yield page;
    if (page.entities.length === 0 || (page.total !== null && page.entities.length >= page.total)) return;
  }
}

/** All rows of a selection among `ids`, which are in ascending order, in as few requests as the server's page size allows. */
export async function byIds(
  alm: Alm,
  selection: Selection,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<readonly ListedPage[]> {
  const found: ListedPage[] = [];
  const types = await typeClauses(alm, selection.entity, signal);
  for (let rest = ids; rest.length > 0; ) {
    const clauses = [{ field: "id", expression: anyOf(rest) }, ...types, ...selection.clauses];
    const page = await listOnce(alm, { ...selection, clauses }, Math.min(rest.length, alm.settings.page_size), signal);
    const last = checkOrder(page, -1);
    found.push(page);
    if (page.entities.length === 0 || (page.total !== null && page.entities.length >= page.total)) break;
    rest = rest.filter((id) => Number(id) > last);
  }
  return found;
}

function checkOrder(page: ListedPage, after: number): number {
  let last = after;
  for (const entity of page.entities) {
    const id = Number(idOf(entity, page.reply.fail));
    if (id <= last) return page.reply.fail("has rows that are not in the order of their ids");
    last = id;
  }
  if (page.entities.length === 0 && (page.total ?? 0) > 0)
    return page.reply.fail(`has no rows although it counts ${page.total}`);
  return last;
}

async function listOnce(alm: Alm, selection: Selection, pageSize: number, signal: AbortSignal): Promise<ListedPage> {
  const known = alm.metadata.known(selection.entity);
  const first = await ask(alm, selection, stampsOf(known), pageSize, signal);
  if (first.ok) return listed(first);
  const id = readException(first.answer)?.id;
  if (id === "qccore.invalid-query-value" && /page size/i.test(readException(first.answer)?.title ?? "")) {
    alm.paging.useMax = true;
    alm.host.note(`the server does not take a page size of ${pageSize}; its own maximum is used`);
    return listed(accepted(alm, await ask(alm, selection, stampsOf(known), pageSize, signal), known));
  }
  // A field may have gone, or this version lacks one of the stamps: the metadata knows.
  if (known !== undefined && id !== UNKNOWN_FIELD) throw alm.client.refuse(first, known.labels);
  alm.metadata.learnFrom(selection.entity, first);
  const meta = await metaFor(alm, selection.entity, first, signal);
  const unknown = selection.fields.find((name) => !meta.fields.has(name));
  if (unknown !== undefined) {
    const message = `${alm.host.endpoint}: ${selection.entity} has no field "${unknown}" (${id ?? first.answer.status})`;
    throw new ConnectorError("invalid", message, { field: unknown, status: first.answer.status });
  }
  if (sameStamps(stampsOf(known), stampsOf(meta))) throw alm.client.refuse(first, meta.labels);
  return listed(accepted(alm, await ask(alm, selection, stampsOf(meta), pageSize, signal), meta));
}

/** What the first answer refused is what is told where the metadata cannot be had either. */
async function metaFor(alm: Alm, entity: string, refused: Reply, signal: AbortSignal): Promise<EntityMeta> {
  try {
    return await alm.metadata.entity(entity, signal);
  } catch (error) {
    if (error instanceof ConnectorError && error.kind === "notFound") {
      throw new ConnectorError("notFound", `${alm.host.endpoint}: there is no entity type "${entity}"`, {
        cause: error,
      });
    }
    signal.throwIfAborted();
    throw error instanceof ConnectorError && error.kind === "auth" ? error : alm.client.refuse(refused, new Map());
  }
}

function accepted(alm: Alm, reply: Reply, meta: EntityMeta | undefined): Reply {
  if (!reply.ok) throw alm.client.refuse(reply, meta?.labels ?? new Map());
  return reply;
}

function listed(reply: Reply): ListedPage {
  return { ...readEntities(reply.answer, reply.fail), reply };
}

/** Before the metadata is known the names that all but the oldest servers have. */
function stampsOf(meta: EntityMeta | undefined): readonly string[] {
  if (meta === undefined) return ["last-modified", "ver-stamp"];
  return [meta.modified, meta.stamp].filter((name) => name !== null);
}

function sameStamps(a: readonly string[], b: readonly string[]): boolean {
  return a.join() === b.join();
}

function ask(
  alm: Alm,
  selection: Selection,
  stamps: readonly string[],
  pageSize: number,
  signal: AbortSignal,
): Promise<Reply> {
  const fields = [...new Set(["id", ...stamps, ...selection.fields])];
  const collection = collectionOf(selection.entity);
  return alm.client.call({
    method: "GET",
    path: listPath({ collection, clauses: selection.clauses, fields, pageSize: alm.paging.useMax ? "max" : pageSize }),
    signal,
  });
}
