import type { Descendant, TreePort } from "../../core/connector.ts";
import { ConnectorError } from "../../core/errors.ts";
import type { Referred } from "../../core/record.ts";
import { arrayOf, type Fail, idOf, objectOf } from "../json-answer.ts";
import type { Client } from "./client.ts";
import type { Reading } from "./read.ts";

/** Deleting an issue deletes its sub-issues, of whatever tracker and subproject: the server names them with the issue itself. */
export function createTree(client: Client, issues: Pick<Reading, "read">): TreePort {
  return {
    async above(entity, ids, signal) {
      const records = entity === "issue" ? await issues.read(ids, ["parent"], signal) : new Map();
      return new Map(
        [...records.values()].map(({ id, fields }): [string, Referred | null] => {
          const { parent } = fields;
          return [id, typeof parent === "string" ? { entity: "issue", id: parent } : null];
        }),
      );
    },
    async below(entity, ids, signal) {
      const found = new Map<string, readonly Descendant[]>();
      for (const id of ids) found.set(id, entity === "issue" ? await childrenOf(client, id, signal) : []);
      return found;
    },
  };
}

async function childrenOf(client: Client, id: string, signal: AbortSignal): Promise<readonly Descendant[]> {
  if (!/^\d{1,15}$/.test(id)) return [];
  try {
    const { body, fail } = await client.get(`/issues/${id}.json`, [["include", "children"]], signal);
    return flatten(objectOf(body["issue"], "issue", fail)["children"] ?? [], id, fail);
  } catch (error) {
    if (error instanceof ConnectorError && error.kind === "notFound") return [];
    throw error;
  }
}

function flatten(children: unknown, parent: string, fail: Fail): readonly Descendant[] {
  return arrayOf(children, "children", fail).flatMap((child) => {
    const issue = objectOf(child, "a child", fail);
    const id = idOf(issue["id"], "id", fail);
    const own = { id, parent, name: typeof issue["subject"] === "string" ? issue["subject"] : "" };
    return [own, ...flatten(issue["children"] ?? [], id, fail)];
  });
}
