import type { ConnectorHost } from "../../core/connector.ts";
import { ConnectorError } from "../../core/errors.ts";
import type { EntityLink, EntityLinkDraft, EntityLinkPort } from "../../core/parts.ts";
import { endsIn } from "../entity-links.ts";
import { arrayOf, type Fail, idOf, objectOf } from "../json-answer.ts";
import type { Client } from "./client.ts";
import type { Listing } from "./listing.ts";

export const ENTITY_LINK_ENDS: Readonly<Record<string, readonly string[]>> = { issue: ["issue"] };

/** Redmine stores a relation one way only: asked for in one of these words, it comes back in the other, with its ends exchanged. */
const INVERSE: Readonly<Record<string, string>> = {
  duplicated: "duplicates",
  blocked: "blocks",
  follows: "precedes",
  copied_from: "copied_to",
};

const STORED = ["relates", "duplicates", "blocks", "precedes", "copied_to"] as const;

/** Every word that a relation may be made with. */
export const RELATIONS: readonly string[] = [...STORED, ...Object.keys(INVERSE)];

const BATCH = 100;

export function createEntityLinks(host: ConnectorHost, client: Client, listing: Listing): EntityLinkPort {
  async function list(_entity: string, ids: readonly string[], signal: AbortSignal) {
    const found = new Map<string, readonly EntityLink[]>(ids.map((id) => [id, []]));
    const wanted = [...found.keys()].filter((id) => /^\d{1,15}$/.test(id));
    for (let at = 0; at < wanted.length; at += BATCH) {
      const some = wanted.slice(at, at + BATCH).join(",");
      for await (const page of listing.pages([["issue_id", some] as const, ["include", "relations"] as const], signal))
        for (const row of page.rows)
          found.set(idOf(row["id"], "id", page.fail), linksOf(row["relations"] ?? [], page.fail));
    }
    return found;
  }

  async function between(draft: EntityLinkDraft, signal: AbortSignal): Promise<EntityLink | null> {
    const links = (await list("issue", [draft.from.id], signal)).get(draft.from.id) ?? [];
    return links.find((link) => sameEnds(link, draft) || sameEnds(link, swapped(draft))) ?? null;
  }

  /** The relation that is there already where it is the one that is wanted; Redmine keeps one between two issues, whatever its type. */
  function accept(there: EntityLink, draft: EntityLinkDraft): EntityLink {
    const same = there.type === draft.type && (sameEnds(there, draft) || !isDirected(draft));
    if (same) return there;
    const message = `${host.endpoint}: issues ${draft.from.id} and ${draft.to.id} are related already ("${there.type}" from ${there.from.id} to ${there.to.id}), and Redmine keeps one relation between two issues: it cannot add "${draft.type}"`;
    throw new ConnectorError("invalid", message);
  }

  async function add(given: EntityLinkDraft, signal: AbortSignal, looked = false): Promise<EntityLink> {
    const draft = normal(host, given);
    const before = looked ? null : await between(draft, signal);
    if (before !== null) return accept(before, draft);
    try {
      const relation = { issue_to_id: Number(draft.to.id), relation_type: draft.type };
      const got = await allowed(() => client.post(`/issues/${draft.from.id}/relations.json`, { relation }, signal));
      return linkOf(got.body["relation"], got.fail);
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.kind !== "invalid") throw error;
      // Somebody else was faster.
      const after = await between(draft, signal);
      if (after === null) throw error;
      return accept(after, draft);
    }
  }

  /** 403 on one relation says that the role lacks a right, not that nothing else will work. */
  async function allowed<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.status !== 403) throw error;
      const message = `${host.endpoint}: the account of the API key may not write this relation (403): its role needs Manage issue relations`;
      throw new ConnectorError("invalid", message, { status: 403, cause: error });
    }
  }

  return {
    ends: endsIn(ENTITY_LINK_ENDS),
    missing: async () => null,
    isDirected,
    list,
    add,
    async remove({ id }, signal) {
      try {
        await allowed(() => client.remove(`/relations/${encodeURIComponent(id)}.json`, signal));
      } catch (error) {
        if (!(error instanceof ConnectorError) || error.kind !== "notFound") throw error;
      }
    },
  };
}

function isDirected({ type }: Pick<EntityLinkDraft, "type">): boolean {
  return type !== "relates";
}

/** As Redmine will store it; a relation without a type is the plain one. */
export function normal(host: Pick<ConnectorHost, "endpoint">, draft: EntityLinkDraft): EntityLinkDraft {
  const { from, to } = draft;
  for (const end of [from, to]) {
    if (end.entity === "issue" && /^\d{1,15}$/.test(end.id)) continue;
    throw new ConnectorError("invalid", `${host.endpoint}: relations are between issues, not ${end.entity} ${end.id}`);
  }
  const type = draft.type === "" ? "relates" : draft.type;
  const inverse = Object.hasOwn(INVERSE, type) ? INVERSE[type] : undefined;
  if (inverse !== undefined) return swapped({ ...draft, type: inverse });
  if (!STORED.some((known) => known === type)) {
    const message = `${host.endpoint}: Redmine has no relation "${type}"; it has ${RELATIONS.join(", ")}. Map it: types of entity_links`;
    throw new ConnectorError("invalid", message);
  }
  const ordered = type !== "relates" || Number(from.id) <= Number(to.id);
  return ordered ? { ...draft, type } : swapped({ ...draft, type });
}

function swapped(draft: EntityLinkDraft): EntityLinkDraft {
  return { ...draft, from: draft.to, to: draft.from };
}

function sameEnds(a: Pick<EntityLink, "from" | "to">, b: Pick<EntityLink, "from" | "to">): boolean {
  return a.from.id === b.from.id && a.to.id === b.to.id;
}

function linksOf(wire: unknown, fail: Fail): readonly EntityLink[] {
  return arrayOf(wire, "relations", fail).map((row) => linkOf(row, fail));
}

function linkOf(wire: unknown, fail: Fail): EntityLink {
  const row = objectOf(wire, "a relation", fail);
  const type = row["relation_type"];
  return {
    id: idOf(row["id"], "id of a relation", fail),
    type: typeof type === "string" ? type : fail("has a relation without a type"),
    from: { entity: "issue", id: idOf(row["issue_id"], "issue_id", fail) },
    to: { entity: "issue", id: idOf(row["issue_to_id"], "issue_to_id", fail) },
    comment: "",
  };
}
