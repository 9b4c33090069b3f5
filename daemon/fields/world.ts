import type { DirectoryEntry, Person } from "../core/field.ts";

/** What is known of one endpoint while values are carried: read once, then looked up without I/O. */
export interface EndpointWorld {
  readonly endpoint: string;
  /** Null where the tracker cannot list its users. */
  readonly people: readonly Person[] | null;
  /** Directory entries by reference target. */
  readonly directories: ReadonlyMap<string, readonly DirectoryEntry[]>;
}
