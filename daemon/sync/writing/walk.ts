import type { Patch, WriteOutcome } from "../../core/connector.ts";
import { ConnectorError } from "../../core/errors.ts";
import type { Side, Transitions } from "../../core/snapshot.ts";
import { shortestWay } from "../../core/transitions.ts";
import type { FieldWrite } from "../decide/merge.ts";
import { say } from "../failure.ts";
import type { Session } from "../session.ts";

/** One update as it is sent where the mapping declares a field's workflow (X20): the first step at once, the others one by one afterwards. */
export interface Walk {
  /** Without the fields that cannot get where they should; may have none left. */
  readonly first: Patch;
  readonly on: readonly Steps[];
  readonly stuck: readonly Stuck[];
}

interface Steps {
  readonly field: string;
  readonly before: string;
  /** All values on the way, the wanted one last. */
  readonly way: readonly string[];
  readonly transitions: Transitions;
}

interface Stuck {
  readonly field: string;
  readonly message: string;
}

type Send = (patch: Patch) => Promise<WriteOutcome>;

export function planWalk(session: Session, side: Side, patch: Patch, writes: readonly FieldWrite[]): Walk {
  const fields = { ...patch.fields };
  const on: Steps[] = [];
  const stuck: Stuck[] = [];
  for (const { field, value, before } of writes) {
    const transitions = transitionsOf(session, side, field);
    if (transitions === null || typeof value !== "string" || typeof before !== "string") continue;
    const way = shortestWay(transitions.ways, before, value);
    if (way === null) {
      delete fields[field];
      stuck.push({ field, message: noWay(before, value, transitions) });
    } else if (way[0] !== undefined) {
      fields[field] = way[0];
      on.push({ field, before, way, transitions });
    }
  }
  return { first: { id: patch.id, fields }, on, stuck };
}

export function transitionsOf({ link }: Session, side: Side, field: string): Transitions | null {
  return link.fields.find((row) => row[side] === field)?.transitions?.[side] ?? null;
}

/** `outcome`: of the first step with the record's other fields; null where there was nothing to send. */
export async function finishWalk(
  session: Session,
  side: Side,
  { first, on, stuck }: Walk,
  outcome: WriteOutcome | null,
  send: Send,
): Promise<WriteOutcome> {
  const told = await Promise.all(
    stuck.map(async ({ field, message }) => ({
      field,
      message: message + (await allowedText(session, side, first.id, field)),
    })),
  );
  if (outcome === null)
    return { ok: false, error: new ConnectorError("invalid", told[0]?.message ?? "", { field: told[0]?.field ?? "" }) };
  if (!outcome.ok) return outcome;
  let settled: Taken = { ...outcome, faults: [...outcome.faults, ...told] };
  for (const steps of on) settled = await takeSteps(session, side, first.id, steps, settled, send);
  return settled;
}

type Taken = Extract<WriteOutcome, { ok: true }>;

async function takeSteps(
  session: Session,
  side: Side,
  id: string,
  { field, before, way, transitions }: Steps,
  outcome: Taken,
  send: Send,
): Promise<Taken> {
  const refused = outcome.faults.find((fault) => fault.field === field);
  let settled = outcome;
  let here = before;
  let why = refused?.message ?? null;
  for (const [n, step] of way.entries()) {
    if (why !== null) break;
    const tried: WriteOutcome = n === 0 ? outcome : await send({ id, fields: { [field]: step } });
    why = refusalOf(tried, field);
    if (why !== null || !tried.ok) break;
    if (n > 0) settled = joined(settled, tried);
    here = step;
  }
  const wanted = way.at(-1) ?? "";
  if (here === wanted) {
    if (way.length > 1) say(session, "noted", side, id, field, `went from "${before}" by ${shown(way)}`);
    return settled;
  }
  const next = way[way.indexOf(here) + 1] ?? "";
  const allowed = (await allowedText(session, side, id, field)) || declaredText(here, transitions);
  const message = `on its way from "${before}" to "${wanted}" the step from "${here}" to "${next}" was refused: ${why ?? "no answer"}${allowed}`;
  const others = settled.faults.filter((fault) => fault.field !== field);
  const reached = here === before ? {} : { reached: here };
  return { ...settled, faults: [...others, { field, message, ...reached }] };
}

function refusalOf(outcome: WriteOutcome, field: string): string | null {
  if (!outcome.ok) return outcome.error.message;
  return outcome.faults.find((fault) => fault.field === field)?.message ?? null;
}

function joined(before: Taken, tried: Taken): Taken {
  const fields = { ...before.record.fields, ...tried.record.fields };
  return { ...before, record: { ...tried.record, fields }, writes: (before.writes ?? 1) + (tried.writes ?? 1) };
}

/**
 * A tracker that tells what a refused field may become from where it stands is asked, so that whoever reads the message knows (X20). Fields with a
 * declared workflow were answered for already.
 */
export async function withAllowed(
  session: Session,
  side: Side,
  { id, fields }: Patch,
  outcome: WriteOutcome,
): Promise<WriteOutcome> {
  if (session.connectors[side].allowed === undefined) return outcome;
  const tell = async (field: string, message: string) =>
    transitionsOf(session, side, field) === null ? message + (await allowedText(session, side, id, field)) : message;
  if (outcome.ok) {
    const faults = [];
    for (const fault of outcome.faults) faults.push({ ...fault, message: await tell(fault.field, fault.message) });
    return faults.length === 0 ? outcome : { ...outcome, faults };
  }
  const { error } = outcome;
  const [only, ...more] = Object.keys(fields);
  const field = error.field ?? (more.length === 0 ? (only ?? null) : null);
  if (field === null || error.kind !== "invalid" || error.stored !== "no") return outcome;
  const message = await tell(field, error.message);
  return message === error.message
    ? outcome
    : { ok: false, error: new ConnectorError("invalid", message, { field, cause: error }) };
}

/** The empty text where the tracker does not tell, or not now: the refusal itself is what counts. */
async function allowedText(session: Session, side: Side, id: string, field: string): Promise<string> {
  const { connectors, link, signal } = session;
  try {
    const allowed = (await connectors[side].allowed?.(link[side].entity, id, field, signal)) ?? null;
    return allowed === null ? "" : `; ${link[side].endpoint} allows ${listed(allowed)} there`;
  } catch (error) {
    if (error instanceof ConnectorError) return "";
    throw error;
  }
}

function noWay(from: string, to: string, transitions: Transitions): string {
  const { name, origin } = transitions;
  return `no way leads from "${from}" to "${to}" in [transitions.${name}] (${origin.file}:${origin.line})${declaredText(from, transitions)}`;
}

function declaredText(from: string, { ways }: Transitions): string {
  return `; declared from "${from}": ${listed(Object.hasOwn(ways, from) ? (ways[from] ?? []) : [])}`;
}

function listed(values: readonly string[]): string {
  return values.length === 0 ? "nothing" : values.map((value) => `"${value}"`).join(", ");
}

function shown(way: readonly string[]): string {
  return way.map((step) => `"${step}"`).join(", then ");
}
