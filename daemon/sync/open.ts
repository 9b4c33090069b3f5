import type { RunContext } from "../core/events.ts";
import type { LinkConfig, Side } from "../core/snapshot.ts";
import { readReferred } from "../fields/referred.ts";
import { type Frame, fieldsToRead, type SideFrame, schemasOf, watchedFields } from "./decide/frame.ts";
import { mappingPrint } from "./decide/mapping-print.ts";
import { answerRules, type LookUpGround } from "./look-ups.ts";
import { createPlannedWrites } from "./planned-writes.ts";
import type { RunInput } from "./run.ts";
import type { Session } from "./session.ts";
import { createTally, type Tally } from "./tally.ts";
import { createReferences, fieldsByPair } from "./tree/references.ts";
import { baseOf } from "./tree/siblings.ts";
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
  const references = createReferences(link, input.siblings);
  return {
    ...{
      link,
      context,
      full: input.full,
      backfill: input.backfill === true,
      mapping: mappingPrint(link),
      old: new Set<string>(),
      dryRun: input.dryRun,
      connectors: input.connectors,
      store: input.store,
      siblings: input.siblings,
      rules: input.rules === null ? null : answerRules(input.rules, groundOf(input, context, schemas)),
    },
    ...{ emit: input.emit, now: input.now, newId: input.newId, signal: input.signal, tally, schemas },
    fields: { left: fieldsToRead(link, "left"), right: fieldsToRead(link, "right") },
    missing: { left: new Map(), right: new Map() },
    laidToRest: new Set(),
    created: { left: new Set(), right: new Set() },
    touched: new Map(),
    unsettled: new Set(),
    settled: new Map(),
    retried: new Map(),
    failed: new Set(),
    references,
    waited: new Map(),
    moved: new Set(),
    looked: new Map(),
    planned: new Set(),
    writes: plannedWritesOf(link, schemas),
    ownStamps: { left: null, right: null },
    schemaOf: (side, entity) => input.worlds[side].schema(entity, WORLD_AGE_MS, input.signal),
    made: new Map(),
    make: (side, missing) => input.worlds[side].make(link[side].entity, missing, input.signal),
    ...frames(input, schemas, references),
  };
}

type Schemas = Readonly<Record<Side, SideFrame>>;

/** What decisions are made with: read when the first is due, and again when a value cannot be carried. */
function frames(
  input: RunInput,
  schemas: Schemas,
  references: NonNullable<Frame["references"]>,
): Pick<Session, "canRefresh" | "frame" | "look"> {
  const { link } = input;
  let frame: Frame | null = null;
  let refreshed = input.full;

  /** `schemaAgeMs`: a list may have got the value that could not be carried; null: as the run began. */
  async function load(maxAgeMs: number, schemaAgeMs: number | null): Promise<Frame> {
    const at = (side: Side) => (schemaAgeMs === null ? schemas[side] : sideOf(input, side, schemaAgeMs));
    const now = { left: await at("left"), right: await at("right") };
    const byPair = fieldsByPair(link, input.siblings, schemas);
    const left = await withWorld(input, now.left, byPair.left, maxAgeMs);
    const right = await withWorld(input, now.right, byPair.right, maxAgeMs);
    return { link, left, right, references };
  }

  return {
    canRefresh: () => !refreshed,
    async frame(again = false) {
      if (again) refreshed = true;
      if (again || frame === null) frame = await load(again || input.full ? 0 : WORLD_AGE_MS, again ? 0 : null);
      return frame;
    },
    async look() {
      frame = await load(WORLD_AGE_MS, WORLD_AGE_MS);
    },
  };
}

function plannedWritesOf(link: LinkConfig, schemas: Schemas): Session["writes"] {
  return createPlannedWrites({
    ownNamed(side, field, value) {
      const schema = schemas[side].schemas[field];
      const named = schema?.kind === "reference" ? readReferred(value, schema.target) : null;
      return named?.entity === baseOf(link, side) ? named.id : null;
    },
    isOwn: (side, entity) => baseOf(link, side) === entity,
  });
}

function groundOf(input: RunInput, context: RunContext, schemas: Schemas): LookUpGround {
  return {
    ...{ schemas, worlds: input.worlds, store: input.store, maxAgeMs: input.full ? 0 : WORLD_AGE_MS },
    tell(endpoint, record, question, answer) {
      const said = answer.status === "found" ? answer.value : answer.status;
      input.emit({ event: "rule.lookup", context, endpoint, record, question, answer: said });
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
  const { bonds, stamps = [] } = input.connectors[side].capabilities;
  const frame = { side, endpoint, config: link[side], schemas, watched: watchedFields(link, side), world, stamps };
  return bonds === undefined ? frame : { ...frame, bonds };
}

async function withWorld(
  input: RunInput,
  frame: SideFrame,
  byPair: ReadonlySet<string>,
  maxAgeMs: number,
): Promise<SideFrame> {
  const wanted = wantedOf(input.link, frame.side, frame.schemas, byPair);
  const world = await input.worlds[frame.side].load(wanted, maxAgeMs, input.signal);
  return { ...frame, world };
}
