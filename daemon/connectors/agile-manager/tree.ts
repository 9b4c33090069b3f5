import type { TreePort } from "../../core/connector.ts";
import type { FieldSchema } from "../../core/field.ts";
import type { Referred } from "../../core/record.ts";
import { readReferred } from "../../fields/referred.ts";
import { PARENT } from "./parent.ts";
import type { Reading } from "./read.ts";

/** Items lie in features and themes, features in themes. Deleting one clears the reference of what lies in it and deletes nothing along with it. */
export function createTree(reading: Pick<Reading, "read">, parentOf: (entity: string) => FieldSchema | null): TreePort {
  return {
    async above(entity, ids, signal) {
      const parent = parentOf(entity);
      const records = await reading.read(entity, ids, parent === null ? [] : [PARENT], signal);
      return new Map(
        [...records.values()].map(({ id, fields }): [string, Referred | null] => {
          const value = fields[PARENT];
          return [id, typeof value === "string" ? readReferred(value, parent?.target) : null];
        }),
      );
    },
    below: async (_entity, ids) => new Map(ids.map((id) => [id, []] as const)),
  };
}
