import { ConnectorError } from "../../../daemon/core/errors.ts";
import type { EntityLink, EntityLinkDraft, EntityLinkPort } from "../../../daemon/core/parts.ts";
import type { MemoryTracker } from "./memory-tracker.ts";

/** Links between a memory tracker's records, as people and the engine see them. */
export interface Bonds {
  /** Writes of the engine: `add 1 2 blocks`. */
  readonly log: string[];
  add(from: string, to: string, type: string): void;
  drop(id: string): void;
  /** Those whose records are both there. */
  all(): readonly EntityLink[];
}

/** Gives a tracker entity links; of these only `blocks` has a direction. */
export function bondsOf(tracker: MemoryTracker): Bonds {
  const links = new Map<string, EntityLink>();
  const state = { next: 1 };
  const all = () => [...links.values()].filter(({ from, to }) => tracker.rows.has(from.id) && tracker.rows.has(to.id));

  function put(draft: EntityLinkDraft): EntityLink {
    const link = { ...draft, id: `link${state.next++}` };
    links.set(link.id, link);
    return link;
  }

  const end = (id: string) => ({ entity: "defect", id });
  const self: Bonds = {
    log: [],
    add: (from, to, type) => void put({ type, from: end(from), to: end(to), comment: "" }),
    drop: (id) => void links.delete(id),
    all,
  };
  const port: EntityLinkPort = {
    ends: () => ["defect"],
    missing: async () => null,
    isDirected: ({ type }) => type === "blocks",
    list: async (_entity, ids) =>
      new Map(ids.map((id) => [id, all().filter(({ from, to }) => from.id === id || to.id === id)])),
    async add(draft) {
      const { from, to, type } = draft;
      for (const { id } of [from, to])
        if (!tracker.rows.has(id)) throw new ConnectorError("notFound", `no record ${id}`);
      const same = (one: EntityLink) =>
        one.type === type &&
        ((one.from.id === from.id && one.to.id === to.id) ||
          (type !== "blocks" && one.from.id === to.id && one.to.id === from.id));
      const there = all().find(same);
      if (there !== undefined) return there;
      self.log.push(`add ${from.id} ${to.id} ${type}`);
      return put(draft);
    },
    async remove({ id, from, to, type }) {
      if (links.delete(id)) self.log.push(`remove ${from.id} ${to.id} ${type}`);
    },
  };
  Object.assign(tracker, { entityLinks: port });
  return self;
}
