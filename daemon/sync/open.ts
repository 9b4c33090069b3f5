import type { RunContext } from "../core/events.ts";
import type { Side } from "../core/snapshot.ts";
import { type Frame, fieldsToRead, type SideFrame, schemasOf, watchedFields } from "./decide/frame.ts";
import type { RunInput } from "./run.ts";
import type { Session } from "./session.ts";
import { createTally, type Tally } from "./tally.ts";
import { RunTrouble } from "./trouble.ts";
import { wantedOf } from "./world.ts";

/** Schemas, people and directories may be this old before a run reads them again; a value that cannot be carried makes it read them at once. */
const WORLD_AGE_MS = 15 * 60_000;

export interface Opening {
  readonly tally: Tally;
  /** Reads both schemas and checks that every field the link names is there. Throws `RunTrouble` or `ConnectorError`. */
  readonly ready: () => Promise<Session>;
}

export function openSession(input: RunInput, context: RunContext): Opening {
  const tally = createTally();
  return { tally, ready: () => prepare(input, context, tally) };
}

async function prepare(input: RunInput, context: RunContext, tally: Tally): Promise<Session> {
  const { link } = input;
  const schemas = { left: await sideOf(input, "left"), right: await sideOf(input, "right") };
  let frame: Frame | null = null;
  let refreshed = input.full;

  async function load(maxAgeMs: number, again: boolean): Promise<Frame> {
    // A list may have got the value that could not be carried.
    const now = again ? { left: await sideOf(input, "left", 0), right: await sideOf(input, "right", 0) } : schemas;
    const [left, right] = [await withWorld(input, now.left, maxAgeMs), await withWorld(input, now.right, maxAgeMs)];
    return { link, left, right };
  }

  return {
    ...{
      link,
      context,
      full: input.full,
      dryRun: input.dryRun,
      connectors: input.connectors,
      store: input.store,
      siblings: input.siblings,
      rules: input.rules,
    },
    ...{ emit: input.emit, now: input.now, newId: input.newId, signal: input.signal, tally, schemas },
    fields: { left: fieldsToRead(link, "left"), right: fieldsToRead(link, "right") },
    missing: { left: new Map(), right: new Map() },
    touched: new Map(),
    retried: new Map(),
    ownStamps: { left: null, right: null },
    canRefresh: () => !refreshed,
    async frame(again = false) {
      if (again) refreshed = true;
      if (again || frame === null) frame = await load(again || input.full ? 0 : WORLD_AGE_MS, again);
      return frame;
    },
  };
}

async function sideOf(input: RunInput, side: Side, maxAgeMs = input.full ? 0 : WORLD_AGE_MS): Promise<SideFrame> {
  const { link, worlds, signal } = input;
  const { endpoint, entity } = link[side];
  const { schemas, missing } = schemasOf(link, side, await worlds[side].schema(entity, maxAgeMs, signal));
  if (missing.length > 0) {
    const names = missing.map((name) => `"${name}"`).join(", ");
    throw new RunTrouble(
      endpoint,
      missing[0] ?? null,
      `${endpoint} has no field ${names} on ${entity}: it was renamed or removed there; mend the mapping of ${link.key}`,
    );
  }
  const world = { endpoint, people: null, directories: new Map() };
  return { side, endpoint, config: link[side], schemas, watched: watchedFields(link, side), world };
}

async function withWorld(input: RunInput, frame: SideFrame, maxAgeMs: number): Promise<SideFrame> {
  const world = await input.worlds[frame.side].load(
    wantedOf(input.link, frame.side, frame.schemas),
    maxAgeMs,
    input.signal,
  );
  return { ...frame, world };
}
