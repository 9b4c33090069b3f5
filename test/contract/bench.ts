import assert from "node:assert/strict";
import type { ChangesPage, Connector, WriteOutcome } from "../../daemon/core/connector.ts";
import { ConnectorError, type ConnectorErrorKind } from "../../daemon/core/errors.ts";
import type { Fields, TrackerRecord } from "../../daemon/core/record.ts";
import type { Fixture } from "./fixture.ts";

/** What every case of the contract works with. */
export interface Bench {
  readonly fixture: Fixture;
  readonly connector: Connector;
  readonly signal: AbortSignal;
  /** A text that no other record has. */
  unique(word: string): string;
  /** Creates records through the connector and gives them back as stored. */
  make(...extras: readonly Fields[]): Promise<readonly TrackerRecord[]>;
}

/** Returns why it does not apply to this tracker, or nothing. */
export type Case = readonly [title: string, run: (bench: Bench) => Promise<string | undefined>];

export function createBench(fixture: Fixture, connector: Connector): Bench {
  const { signal } = new AbortController();
  const state = { count: 0 };

  function unique(word: string): string {
    state.count += 1;
    return `${word} ${process.pid}-${Date.now().toString(36)}-${state.count}`;
  }

  async function make(...extras: readonly Fields[]): Promise<readonly TrackerRecord[]> {
    const drafts = extras.map((extra, index) => ({
      ref: String(index),
      fields: { ...fixture.required, [fixture.text]: unique("made"), ...extra },
    }));
    return (await connector.create(fixture.entity, drafts, signal)).map(stored);
  }

  return { fixture, connector, signal, unique, make };
}

/** A value for the marker field: where that is the record's name, names may have to be unique. */
export function mark({ fixture, unique }: Bench, word: string): string {
  return fixture.marker === fixture.text ? unique(word) : word;
}

/** The record of an outcome that must be good. */
export function stored(outcome: WriteOutcome | undefined): TrackerRecord {
  assert.ok(outcome !== undefined, "an outcome is missing");
  if (!outcome.ok) throw outcome.error;
  return outcome.record;
}

export function refused(outcome: WriteOutcome | undefined): ConnectorError {
  assert.ok(outcome !== undefined && !outcome.ok, `expected a refusal, got ${JSON.stringify(outcome)}`);
  return outcome.error;
}

export function only<T>(list: readonly T[]): T {
  assert.equal(list.length, 1);
  return list[0] as T;
}

export async function fails(
  promise: Promise<unknown>,
  ...kinds: readonly ConnectorErrorKind[]
): Promise<ConnectorError> {
  const error = await promise.then(
    () => assert.fail(`expected ${kinds.join(" or ")}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ConnectorError)) throw error;
  assert.ok(kinds.includes(error.kind), `${error.kind}: ${error.message}`);
  return error;
}

export async function listed(
  bench: Bench,
  fields: readonly string[],
  since: string | null,
  connector = bench.connector,
): Promise<{ pages: readonly ChangesPage[]; records: readonly TrackerRecord[] }> {
  const pages: ChangesPage[] = [];
  for await (const page of connector.changes({ entity: bench.fixture.entity, fields, since }, bench.signal))
    pages.push(page);
  return { pages, records: pages.flatMap((page) => page.records) };
}

/** The tracker's clock, which is what a cursor is made of. */
export async function clockOf(bench: Bench): Promise<string> {
  const { pages } = await listed(bench, [], "2099-01-01T00:00:00Z");
  return pages[0]?.asOf ?? `${new Date().toISOString().slice(0, 19)}Z`;
}
