import type { Connector } from "../core/connector.ts";
import type { DirectoryEntry, EntitySchema, Person } from "../core/field.ts";
import type { LinkConfig, Side } from "../core/snapshot.ts";
import type { EndpointWorld } from "../fields/world.ts";
import { fieldsToRead } from "./decide/frame.ts";

/** Schemas, people and directories of one endpoint, kept from run to run so that a run without changes asks for none of them. */
export interface WorldCache {
  schema(entity: string, maxAgeMs: number, signal: AbortSignal): Promise<EntitySchema>;
  /** Reads what is missing or older than `maxAgeMs`. */
  load(wanted: Wanted, maxAgeMs: number, signal: AbortSignal): Promise<EndpointWorld>;
}

export interface Wanted {
  readonly people: boolean;
  readonly targets: readonly string[];
}

export function createWorldCache(endpoint: string, connector: Connector, now: () => number): WorldCache {
  const kept = new Map<string, { readonly at: number; readonly what: unknown }>();

  async function fresh<T>(key: string, maxAgeMs: number, read: () => Promise<T>): Promise<T> {
    const known = kept.get(key);
    if (known !== undefined && now() - known.at <= maxAgeMs) return known.what as T;
    const what = await read();
    kept.set(key, { at: now(), what });
    return what;
  }

  return {
    schema: (entity, maxAgeMs, signal) => fresh(`schema ${entity}`, maxAgeMs, () => connector.describe(entity, signal)),
    async load(wanted, maxAgeMs, signal) {
      const asks = wanted.people && connector.capabilities.listsPeople;
      const people: readonly Person[] | null = asks
        ? await fresh("people", maxAgeMs, () => connector.people(signal))
        : null;
      const directories = new Map<string, readonly DirectoryEntry[]>();
      for (const target of wanted.targets) {
        directories.set(
          target,
          await fresh(`directory ${target}`, maxAgeMs, () => connector.directory(target, signal)),
        );
      }
      return { endpoint, people, directories };
    },
  };
}

/** What a link needs to know of one side's people and directories. */
export function wantedOf(link: LinkConfig, side: Side, schemas: EntitySchema["fields"]): Wanted {
  const fields = fieldsToRead(link, side).flatMap((name) => schemas[name] ?? []);
  const targets = new Set(
    fields.flatMap((field) => (field.kind === "reference" && field.target !== undefined ? [field.target] : [])),
  );
  return { people: fields.some((field) => field.kind === "user"), targets: [...targets] };
}
