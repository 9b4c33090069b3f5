import type { SandboxRequest, SandboxResponse } from "../message.ts";
import type { Profile } from "./profile.ts";
import type { Project } from "./project.ts";
import type { Account, ApiKey, Sessions } from "./session.ts";
import type { AlmSwitches } from "./switches.ts";
import type { WallClock } from "./time.ts";

/** One simulated server: its accounts, sessions and the project that has data. */
export interface AlmServer {
  readonly profile: Profile;
  readonly switches: AlmSwitches;
  readonly clock: WallClock;
  readonly accounts: ReadonlyMap<string, Account>;
  readonly keys: ReadonlyMap<string, ApiKey>;
  readonly sessions: Sessions;
  readonly project: Project;
  /** Projects that exist but that nobody here may enter. */
  readonly foreign: readonly { readonly domain: string; readonly project: string }[];
  /** `http://host:port/qcbin` as the server believes it is reached. */
  base(): string;
}

/** One call on its way to the route that answers it. */
export interface Call {
  readonly server: AlmServer;
  readonly request: SandboxRequest;
  /** Decoded segments after what the route has read. */
  readonly rest: readonly string[];
}

export type Route = (call: Call) => SandboxResponse;
