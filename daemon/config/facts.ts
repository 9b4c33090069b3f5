import type { DirectoryEntry, EntitySchema, Person } from "../core/field.ts";

/** What an endpoint's tracker says of itself now: a check against it is exact where one against committed schemas can only be as old as they are. */
export interface EndpointFacts {
  readonly schemas: Readonly<Record<string, EntitySchema>>;
  /** Null where the tracker cannot list its users. */
  readonly people: readonly Person[] | null;
  /** By reference target. */
  readonly directories: ReadonlyMap<string, readonly DirectoryEntry[]>;
}

/** Null for an endpoint that was not asked. */
export type FactsOf = (connection: string, endpoint: string) => EndpointFacts | null;
