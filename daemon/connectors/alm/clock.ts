import type { ConnectorHost, HttpAnswer } from "../../core/connector.ts";
import { createZone, fixedZone, utcSecond, type Zone } from "../../lib/zone.ts";
import { isObject } from "../json-answer.ts";
import { child, readBody, textOf } from "./body.ts";
import type { AlmClient, Reply } from "./client.ts";
import type { AlmSettings } from "./settings.ts";

/** ALM's times are wall times of the server, without a zone. */
export interface Clock {
  /** Asks the server; null `now` where it does not tell its time (then the `Date` header of any answer must do). */
  ask(signal: AbortSignal): Promise<{ readonly now: number | null; readonly zone: Zone }>;
  /** What is known already, asked for only where nothing is or it may be outdated. */
  zone(signal: AbortSignal): Promise<Zone>;
  /** The wall time from which on a listing misses nothing that was modified at or after `since` (milliseconds). */
  from(since: number, zone: Zone): string;
}

/** Clocks are put forward or back on half hours only: within one, an offset holds. */
const HALF_HOUR = 30 * 60_000;
const QUARTER = 15 * 60_000;
const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;

interface State {
  offset: number | null;
  /** Since when the same offset has been seen, rounded down to the half hour. */
  steadySince: number;
  readAt: number;
  missing: boolean;
  noted: boolean;
}

/** What a clock keeps while it lives; `named` is the setting. */
interface Live {
  readonly client: AlmClient;
  readonly host: ConnectorHost;
  readonly named: Zone | null;
  readonly state: State;
}

export function createClock(client: AlmClient, settings: AlmSettings, host: ConnectorHost): Clock {
  const named = settings.zone === undefined ? null : createZone(settings.zone);
  const state: State = { offset: null, steadySince: Number.POSITIVE_INFINITY, readAt: 0, missing: false, noted: false };
  const live: Live = { client, host, named, state };

  async function zone(signal: AbortSignal): Promise<Zone> {
    if (named !== null) return named;
    const fresh = Math.floor(state.readAt / HALF_HOUR) === Math.floor(host.now() / HALF_HOUR);
    return fresh && state.offset !== null ? fixedZone(state.offset) : (await ask(live, signal)).zone;
  }

  function from(since: number, at: Zone): string {
    if (named !== null) return fromNamed(since, named);
    // A known offset says nothing of earlier times: the clock may have been put forward or back since, by an hour at most.
    return at.toLocal(since < state.steadySince ? since - HOUR : since);
  }

  return { ask: (signal) => ask(live, signal), zone, from };
}

async function ask(live: Live, signal: AbortSignal): Promise<{ now: number | null; zone: Zone }> {
  const { client, host, state } = live;
  if (state.missing) return { now: null, zone: fallback(live) };
  const reply = await client.call({ method: "GET", path: "/rest/server/time", site: true, signal });
  if ([403, 404, 405, 406].includes(reply.answer.status)) {
    state.missing = true;
    return { now: null, zone: fallback(live) };
  }
  if (!reply.ok) throw client.refuse(reply, new Map());
  const reading = readTime(reply);
  state.readAt = host.now();
  return { now: reading.now, zone: learn(live, reading) };
}

function learn(live: Live, reading: Reading): Zone {
  const { named, state } = live;
  if (reading.offset === null) return fallback(live);
  if (named !== null) {
    const told = fixedZone(reading.offset).name;
    if (named.offset(reading.now) !== reading.offset) {
      noteOnce(live, `the setting zone = "${named.name}" does not agree with the server's clock, which is at ${told}`);
    }
    return named;
  }
  if (state.offset !== reading.offset) state.steadySince = Math.floor(reading.now / HALF_HOUR) * HALF_HOUR;
  state.offset = reading.offset;
  return fixedZone(reading.offset);
}

function fallback(live: Live): Zone {
  if (live.named !== null) return live.named;
  noteOnce(live, "the server does not tell its time zone; times are read as UTC until `zone` is set");
  return fixedZone(0);
}

function noteOnce(live: Live, message: string): void {
  if (!live.state.noted) live.host.note(message);
  live.state.noted = true;
}

/** The clock may be put back after `since`: it then shows times again that were before `since`'s own wall time. */
function fromNamed(since: number, zone: Zone): string {
  const faces = [since + zone.offset(since)];
  const first = Math.ceil(since / QUARTER) * QUARTER;
  for (let at = first; at <= first + 3 * HOUR; at += QUARTER) faces.push(at + zone.offset(at));
  return fixedZone(0).toLocal(Math.min(...faces));
}

interface Reading {
  readonly now: number;
  /** Null where the wall time was not told. */
  readonly offset: number | null;
}

/** `ServerTime` with `TimeInMillis` and `DateTime`, in either format, with or without the outer name in JSON. */
function readTime(reply: Reply): Reading {
  const body = readBody(reply.answer);
  const members =
    body.kind === "xml" ? child(body.value, "ServerTime") : body.kind === "json" ? unwrap(body.value) : undefined;
  if (members === undefined) return reply.fail("is no server time");
  const millis = Number(textOf(members, "TimeInMillis") ?? members["TimeInMillis"]);
  if (!Number.isSafeInteger(millis) || millis <= 0) return reply.fail("has no number as TimeInMillis");
  const local = fixedZone(0).toUtc(textOf(members, "DateTime") ?? "");
  if (local === null) return { now: millis, offset: null };
  // The wall time is cut to the second, and the two are read one after the other.
  const offset = Math.round((local.earlier - millis) / QUARTER) * QUARTER;
  if (Math.abs(offset) > DAY) return reply.fail("has a DateTime that is not its TimeInMillis");
  return { now: millis, offset };
}

function unwrap(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (!isObject(value)) return undefined;
  const inner = value["ServerTime"];
  return isObject(inner) ? inner : value;
}

/** The `Date` header as UTC second; null where there is none. */
export function dateHeader(answer: HttpAnswer): string | null {
  const at = Date.parse(answer.headers["date"] ?? "");
  return Number.isNaN(at) ? null : utcSecond(at);
}
