import { createHash } from "node:crypto";
import { join } from "node:path";
import { createFaults } from "../faults.ts";
import { openJournal } from "../journal.ts";
import { createRandom } from "../random.ts";
import { serve } from "../server.ts";
import type { Simulator, SimulatorClock } from "../simulator.ts";
import { createTraffic } from "../traffic.ts";
import { type AgileManagerAdmin, createAdmin } from "./admin.ts";
import { fillLifelike } from "./content.ts";
import { createTokens } from "./oauth.ts";
import { createHandler } from "./route.ts";
import { createSchema } from "./schema.ts";
import { createStore, type Step } from "./store.ts";
import { type AgileManagerSwitches, DEFAULT_SWITCHES } from "./switches.ts";
import { logins } from "./users.ts";
import { createWorkspace, type Workspace } from "./workspace.ts";

export type { AgileManagerAdmin } from "./admin.ts";
export type { ResourceName } from "./schema.ts";
export type { AgileManagerSwitches } from "./switches.ts";

export interface AgileManagerOptions {
  /** 0 or none: any free port. */
  readonly port?: number;
  readonly seed?: number;
  readonly clock?: SimulatorClock;
  /** A folder that keeps what was stored, so that a restart still has it. */
  readonly data?: string | null;
  readonly switches?: Partial<AgileManagerSwitches>;
  readonly content?: "empty" | "lifelike";
}

export interface AgileManagerSimulator extends Simulator {
  readonly admin: AgileManagerAdmin;
}

const OTHER_WORKSPACE = 1000;
const WORKSPACE = 1003;
const CLIENT_ID = "api_client_5550001_2";

/** A simulated Agile Manager site with one API client, assigned to workspace 1003 but not to 1000. Throws where port or folder cannot be had. */
export async function startAgileManagerSimulator(options: AgileManagerOptions = {}): Promise<AgileManagerSimulator> {
  const seed = options.seed ?? 1;
  const clock = options.clock ?? { now: () => Date.now() };
  const switches: AgileManagerSwitches = { ...DEFAULT_SWITCHES, ...options.switches };
  const file = typeof options.data === "string" ? join(options.data, "agile-manager.jsonl") : null;
  const journal = openJournal<readonly Step[]>(file);
  const store = createStore(journal);

  function open(id: number, name: string, kept: Workspace["store"]): Workspace {
    const schema = createSchema(switches);
    return createWorkspace({ id, name, schema, store: kept, switches, users: logins, now: () => clock.now() });
  }

  const workspace = open(WORKSPACE, "Payments", store);
  const other = open(OTHER_WORKSPACE, "Default workspace", createStore(openJournal(null)));
  if (!store.restored && options.content !== "empty") fillLifelike(workspace, seed);

  const clientSecret = createHash("sha256").update(`agile-manager ${seed}`).digest("hex").slice(0, 20);
  const now = () => clock.now();
  // The clock stirs in, so that a restarted site does not hand out the tokens of its last life.
  const random = createRandom(seed + (now() % 2 ** 31));
  const tokens = createTokens({ clientId: CLIENT_ID, clientSecret, switches, random, now });
  const faults = createFaults();
  const traffic = createTraffic();
  const handle = createHandler({
    workspaces: new Map([other, workspace].map((each) => [each.id, each])),
    assigned: new Set([WORKSPACE]),
    tokens,
    switches,
    clientId: CLIENT_ID,
  });
  const server = await serve({ port: options.port ?? 0, faults, traffic, handle, now, onUnauthorized: tokens.revoke });

  return {
    url: server.url,
    port: server.port,
    access: { url: server.url, workspace: WORKSPACE, "client-id": CLIENT_ID, "client-secret": clientSecret },
    faults,
    traffic,
    admin: createAdmin(workspace, logins[0] ?? "admin@example.com", tokens.revoke),
    async close() {
      await server.close();
      journal.close();
    },
  };
}
