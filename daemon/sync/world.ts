import type { Connector } from "../core/connector.ts";
import { ConnectorError } from "../core/errors.ts";
import type { DirectoryEntry, EntitySchema, MissingValue, Person } from "../core/field.ts";
import type { LinkConfig, Side } from "../core/snapshot.ts";
import { targetsOf } from "../fields/referred.ts";
import type { EndpointWorld } from "../fields/world.ts";
import { fieldsToRead } from "./decide/frame.ts";

/** Schemas, people and directories of one endpoint, kept from run to run so that a run without changes asks for none of them. */
export interface WorldCache {
  schema(entity: string, maxAgeMs: number, signal: AbortSignal): Promise<EntitySchema>;
  /** Reads what is missing or older than `maxAgeMs`. */
  load(wanted: Wanted, maxAgeMs: number, signal: AbortSignal): Promise<EndpointWorld>;
  /** Makes a list value or directory entry unless it is there by now; false where it is. One at a time, whichever link asks. */
  make(entity: string, missing: MissingValue, signal: AbortSignal): Promise<boolean>;
}

export interface Wanted {
  readonly people: boolean;
  readonly targets: readonly string[];
}

export function createWorldCache(endpoint: string, connector: Connector, now: () => number): WorldCache {
  const kept = new Map<string, { readonly at: number; readonly what: unknown }>();
  let turn: Promise<unknown> = Promise.resolve();

  async function fresh<T>(key: string, maxAgeMs: number, read: () => Promise<T>): Promise<T> {
    const known = kept.get(key);
    if (known !== undefined && now() - known.at <= maxAgeMs) return known.what as T;
    const what = await read();
    kept.set(key, { at: now(), what });
    return what;
  }

  /** What there is now: kept values of before are dropped. */
  async function isThere(entity: string, missing: MissingValue, signal: AbortSignal): Promise<boolean> {
    const isNamed = (name: string) => name.trim().toLowerCase() === missing.name.toLowerCase();
    if (missing.kind === "entry") {
      const entries = await fresh(directoryKey(missing.target), -1, () => connector.directory(missing.target, signal));
      return entries.some((entry) => isNamed(entry.name));
    }
    // A list may belong to several fields and entity types.
    for (const key of kept.keys()) if (key.startsWith("schema ")) kept.delete(key);
    return (await connector.describe(entity, signal)).fields[missing.field]?.options?.some(isNamed) === true;
  }

  async function add(entity: string, missing: MissingValue, signal: AbortSignal): Promise<void> {
    if (missing.kind === "option") return connector.addOption?.(entity, missing.field, missing.name, signal);
    const key = directoryKey(missing.target);
    const entry = await connector.addEntry?.(missing.target, missing.name, missing.parent, signal);
    const there = (kept.get(key)?.what ?? []) as readonly DirectoryEntry[];
    if (entry !== undefined) kept.set(key, { at: now(), what: [...there, entry] });
  }

  /** Looks right before it makes: another link, a person, or a run that was killed may have been there first. */
  async function make(entity: string, missing: MissingValue, signal: AbortSignal): Promise<boolean> {
    if (await isThere(entity, missing, signal)) return false;
    try {
      await add(entity, missing, signal);
    } catch (error) {
      // No answer, but perhaps the value.
      if (!(error instanceof ConnectorError) || error.stored !== "maybe") throw error;
      if (!(await isThere(entity, missing, signal))) throw error;
    }
    return true;
  }

  return {
    make(entity, missing, signal) {
      const mine = turn.then(() => make(entity, missing, signal));
      // Whoever asked gets the error; the queue only waits.
      turn = mine.then(
        () => undefined,
        () => undefined,
      );
      return mine;
    },
    schema: (entity, maxAgeMs, signal) => fresh(`schema ${entity}`, maxAgeMs, () => connector.describe(entity, signal)),
    async load(wanted, maxAgeMs, signal) {
      const asks = wanted.people && connector.capabilities.listsPeople;
      const people: readonly Person[] | null = asks
        ? await fresh("people", maxAgeMs, () => connector.people(signal))
        : null;
      const directories = new Map<string, readonly DirectoryEntry[]>();
      for (const target of wanted.targets) {
        directories.set(target, await fresh(directoryKey(target), maxAgeMs, () => connector.directory(target, signal)));
      }
      return { endpoint, people, directories };
    },
  };
}

function directoryKey(target: string): string {
  return `directory ${target}`;
}

/** What a link needs to know of one side's people and directories. `byPair`: fields whose references need no names. */
export function wantedOf(
  link: LinkConfig,
  side: Side,
  schemas: EntitySchema["fields"],
  byPair: ReadonlySet<string>,
): Wanted {
  const fields = fieldsToRead(link, side).flatMap((name) => schemas[name] ?? []);
  const targets = new Set(
    fields.flatMap(({ kind, name, target }) => (kind === "reference" && !byPair.has(name) ? targetsOf(target) : [])),
  );
  // Comments have authors.
  const people = link.comments !== undefined || fields.some((field) => field.kind === "user");
  return { people, targets: [...targets] };
}
