import type { ConnectorHost } from "../../core/connector.ts";
import type { AlmClient } from "./client.ts";
import type { Clock } from "./clock.ts";
import type { Metadata } from "./metadata.ts";
import type { AlmSettings } from "./settings.ts";

/** What every operation of one open connector works with. */
export interface Alm {
  readonly settings: AlmSettings;
  readonly host: ConnectorHost;
  readonly client: AlmClient;
  readonly metadata: Metadata;
  readonly clock: Clock;
  /** What was learnt of the collection content type: false where the server does not take it, so that records are written one by one. */
  readonly bulk: { create: boolean; update: boolean };
  /** Set where the server refused a page size and its own maximum must be asked for by name. */
  readonly paging: { useMax: boolean };
}

/** Requests at once that a session bears without complaint. */
export const CONCURRENCY = 4;
/** Ids in one query; the length of the address may make it fewer. */
export const READ_BATCH = 400;
export const WRITE_BATCH = 200;
