import type { Deeds } from "../../core/deeds.ts";
import type { Allowance } from "../../core/snapshot.ts";
import type { LinkStore, Stop, Store } from "../../core/store.ts";

const NOTHING = { create: 0, update: 0, delete: 0 };
export const DEEDS: Deeds = ["create", "update", "delete", "empty", "endpoint", "all"];

/** What a person's word lets a stopped link do; null where the word is not about what stopped it. Pure. */
function allowedBy(stop: Stop, deeds: readonly string[]): Stop["allowed"] {
  if (deeds.includes("all")) return stop.would;
  if (!deeds.includes(stop.brake)) return null;
  const allowed = { ...NOTHING };
  for (const deed of ["create", "update", "delete"] as const)
    if (deeds.includes(deed)) allowed[deed] = stop.would[deed];
  return allowed;
}

/** Lets the link's next run go on as far as `deeds` say; null where it stays stopped. */
export function resume(store: LinkStore, deeds: readonly string[]): Stop | null {
  const stop = store.stop();
  const allowed = stop === null ? null : allowedBy(stop, deeds);
  if (stop === null || allowed === null) return null;
  const resumed = { ...stop, allowed };
  store.commit({ stop: resumed });
  return resumed;
}

/**
 * What the commit that has gone live allows. A link that was stopped under this very revision stays stopped: its word was spent, or was not
 * about this; a restart must not give it again. Returns the links that go on.
 */
export function resumeByPublish(store: Store, revision: string, allows: readonly Allowance[]): readonly string[] {
  return allows
    .filter(({ link, deeds }) => {
      const memory = store.link(link);
      const stop = memory.stop();
      return stop !== null && stop.allowed === null && stop.revision !== revision && resume(memory, deeds) !== null;
    })
    .map(({ link }) => link);
}
