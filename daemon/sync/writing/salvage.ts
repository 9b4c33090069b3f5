import type { Draft, Patch, WriteOutcome } from "../../core/connector.ts";
import { ConnectorError } from "../../core/errors.ts";
import type { FieldSchema } from "../../core/field.ts";
import type { Fields } from "../../core/record.ts";

type Refused = Extract<WriteOutcome, { ok: false }>;
type Schemas = Readonly<Record<string, FieldSchema>>;

/**
 * Saves what it can of an update that the tracker refused as a whole: one field's fault must not hold back the others. The field that the
 * tracker names is left out; where it names none, the halves are tried by themselves. What stays refused comes back as faults.
 */
export async function salvageUpdate(
  patch: Patch,
  refused: Refused,
  send: (patch: Patch) => Promise<WriteOutcome>,
): Promise<WriteOutcome> {
  const names = Object.keys(patch.fields);
  if (!worthTrying(refused.error) || names.length < 2) return refused;
  const parts = partsOf(names, refused.error);
  const attempt = async (part: readonly string[]) => {
    const smaller = { id: patch.id, fields: pick(patch.fields, part) };
    const outcome = await send(smaller);
    return { part, outcome: outcome.ok ? outcome : await salvageUpdate(smaller, outcome, send) };
  };
  const outcomes: Tried[] = [];
  for (const part of parts) outcomes.push(await attempt(part));
  // What was refused may have stood in the way of what went through since: a start after the old end.
  const through = outcomes.findLastIndex(({ outcome }) => outcome.ok);
  for (const [i, { part, outcome }] of outcomes.entries())
    if (!outcome.ok && worthTrying(outcome.error) && i < through) outcomes[i] = await attempt(part);
  return join(names, outcomes, refused);
}

interface Tried {
  readonly part: readonly string[];
  readonly outcome: WriteOutcome;
}

/** A tracker that refuses the content may take the rest of it; trouble of any other kind would meet every part alike. */
function worthTrying(error: ConnectorError): boolean {
  return error.kind === "invalid" && error.stored === "no";
}

function partsOf(names: readonly string[], error: ConnectorError): readonly (readonly string[])[] {
  const named = error.field;
  if (named !== null && names.includes(named)) return [names.filter((name) => name !== named)];
  const middle = Math.ceil(names.length / 2);
  return [names.slice(0, middle), names.slice(middle)];
}

function join(names: readonly string[], tried: readonly Tried[], refused: Refused): WriteOutcome {
  const faults = names
    .filter((name) => !tried.some(({ part }) => part.includes(name)))
    .map((field) => ({ field, message: refused.error.message }));
  let last: Extract<WriteOutcome, { ok: true }> | null = null;
  let fields: Fields = {};
  for (const { part, outcome } of tried) {
    if (!outcome.ok) faults.push(...part.map((field) => ({ field, message: outcome.error.message })));
    else {
      last = outcome;
      fields = { ...fields, ...outcome.record.fields };
      faults.push(...outcome.faults);
    }
  }
  return last === null ? withReasons(refused, tried) : { ok: true, record: { ...last.record, fields }, faults };
}

/** Nothing got through: what the parts were refused for is told as well, where the whole was refused for something else. */
function withReasons(refused: Refused, tried: readonly Tried[]): Refused {
  const { error } = refused;
  const others = tried.flatMap(({ outcome }) => (outcome.ok ? [] : [outcome.error.message]));
  const more = [...new Set(others)].filter((message) => !error.message.includes(message));
  if (more.length === 0) return refused;
  const details = {
    stored: error.stored,
    ...(error.field === null ? {} : { field: error.field }),
    ...(error.status === null ? {} : { status: error.status }),
    cause: error,
  };
  return { ok: false, error: new ConnectorError(error.kind, [error.message, ...more].join("; "), details) };
}

/**
 * A creation that was refused is tried once more: without the field that the tracker names, else with no more than what it demands. The fields
 * left out come back as faults; they are written afterwards one update at a time, so that each says for itself why it cannot be.
 */
export async function salvageCreation(
  draft: Draft,
  refused: Refused,
  schemas: Schemas,
  keep: readonly string[],
  send: (draft: Draft) => Promise<WriteOutcome>,
): Promise<WriteOutcome> {
  if (!worthTrying(refused.error)) return refused;
  const names = Object.keys(draft.fields);
  const named = refused.error.field;
  const demanded = (name: string) => schemas[name]?.required === true || keep.includes(name);
  const fewer =
    named !== null && names.includes(named) && !demanded(named)
      ? names.filter((n) => n !== named)
      : names.filter(demanded);
  if (fewer.length === names.length || fewer.length === 0) return refused;
  const smaller = { ref: draft.ref, fields: pick(draft.fields, fewer) };
  const sent = await send(smaller);
  const outcome = sent.ok ? sent : await salvageCreation(smaller, sent, schemas, keep, send);
  if (!outcome.ok) return outcome;
  const left = names.filter((name) => !fewer.includes(name));
  const { message } = refused.error;
  return { ...outcome, faults: [...left.map((field) => ({ field, message })), ...outcome.faults] };
}

function pick(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(names.map((name) => [name, fields[name] ?? null]));
}
