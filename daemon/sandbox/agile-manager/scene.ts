import type { Random } from "../random.ts";
import { type Entity, idOf } from "./entity.ts";
import { type ResourceName, resourceOf } from "./schema.ts";
import { DEFAULT_SWITCHES } from "./switches.ts";
import { DAY, stampOf } from "./time.ts";
import { logins } from "./users.ts";
import type { Workspace } from "./workspace.ts";
import { create } from "./write.ts";

/** Where sample content is made: chance, people, and a way to write as one of them at some moment of the past. */
export interface Scene {
  readonly random: Random;
  /** Milliseconds since 1970 before which everything happened. */
  readonly end: number;
  add(resource: ResourceName, fields: Readonly<Record<string, unknown>>, id?: number): Entity;
  any(resource: ResourceName): number;
  user(): string;
}

/** Everything is written at some moment of the last 400 days, by someone. */
export function createScene(workspace: Workspace, random: Random): Scene {
  const end = workspace.now() - DAY;
  // What others wrote in a year does not depend on how the simulator is switched today.
  const switches = { ...DEFAULT_SWITCHES, memberKey: workspace.switches.memberKey };
  const user = () => random.pick(logins);
  return {
    random,
    end,
    user,
    add(resource, fields, id) {
      const moment = end - random.int(0, 400 * 86_400) * 1000;
      const then: Workspace = {
        ...workspace,
        now: () => moment,
        stamp: () => stampOf(moment),
        switches,
      };
      return create(then, resourceOf(workspace.schema, resource), fields, user(), id);
    },
    any: (resource) => idOf(random.pick(workspace.store.all(resource))),
  };
}
