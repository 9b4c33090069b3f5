import { type Entity, idOf } from "./entity.ts";

/** All entities of one resource, by id, handed out in ascending order of id. */
export interface Table {
  get(id: number): Entity | undefined;
  /** The living list: copy it before writing while walking through it. */
  all(): readonly Entity[];
  put(entity: Entity): void;
  remove(id: number): void;
  /** The next free id; never given out again. */
  nextId(): number;
  /** Ids below are taken from now on. */
  reserve(next: number): void;
}

export function createTable(firstId: number): Table {
  const rows = new Map<number, Entity>();
  const sorted: Entity[] = [];
  let next = firstId;

  /** Where the entity of this id stands or would stand. */
  function position(id: number): number {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const entity = sorted[middle];
      if (entity !== undefined && idOf(entity) < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    get: (id) => rows.get(id),
    all: () => sorted,
    put(entity) {
      const id = idOf(entity);
      sorted.splice(position(id), rows.has(id) ? 1 : 0, entity);
      rows.set(id, entity);
      next = Math.max(next, id + 1);
    },
    remove(id) {
      if (rows.delete(id)) sorted.splice(position(id), 1);
    },
    nextId() {
      next += 1;
      return next - 1;
    },
    reserve(id) {
      next = Math.max(next, id);
    },
  };
}
