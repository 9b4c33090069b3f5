import type { Descendant, TreePort } from "../../core/connector.ts";
import type { Referred } from "../../core/record.ts";
import type { Alm } from "./alm.ts";
import { find, read } from "./read.ts";
import { PARENT, TREE } from "./tree-field.ts";

/** Requirements of whatever type lie in one another, and go with the one that they lie in. */
export function createTree(alm: Alm): TreePort {
  async function below(id: string, signal: AbortSignal): Promise<readonly Descendant[]> {
    const found = new Map<string, Descendant>();
    for (let level = [id]; level.length > 0; ) {
      const children = await find(alm, TREE, PARENT, level, ["name", PARENT], signal);
      // Whatever a server says of a circle, it must not become our endless loop.
      const fresh = children.filter((child) => child.id !== id && !found.has(child.id));
      for (const { id: own, fields } of fresh)
        found.set(own, { id: own, name: String(fields["name"] ?? ""), parent: String(fields[PARENT] ?? "") });
      level = fresh.map((child) => child.id);
    }
    return [...found.values()];
  }

  return {
    async above(entity, ids, signal) {
      const records = entity === TREE ? await read(alm, TREE, ids, [PARENT], signal) : new Map();
      return new Map(
        [...records.values()].map(({ id, fields }): [string, Referred | null] => {
          const parent = fields[PARENT];
          return [id, typeof parent === "string" ? { entity: TREE, id: parent } : null];
        }),
      );
    },
    async below(entity, ids, signal) {
      const found = new Map<string, readonly Descendant[]>();
      for (const id of ids) found.set(id, entity === TREE ? await below(id, signal) : []);
      return found;
    },
  };
}
