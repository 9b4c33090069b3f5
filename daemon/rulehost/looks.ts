import type { TestCall } from "../core/rule-tests.ts";
import type { IncomingCall, RuleCall, RuleFields, RuleValue } from "../core/rules.ts";

/** A rule that looks at more fields of one record is sent all of it: it seems to look at others in each. */
const MOST_NAMES = 200;
/** Every record has it: where that is a field of its own, the rule could not tell from what is not sent. */
const LABELS = "byLabel";

const RECORDS = ["issue", "replica", "record", "current", "base", "previous", "event"] as const;

type RecordName = (typeof RECORDS)[number];

/** Names of fields that a rule looked at in each record; null: it went through all of them. */
export type Looked = Readonly<Record<RecordName, readonly string[] | null>>;

/** What rules were seen to look at. Only this is sent to them: where a rule looks at more, it is asked again with the whole record. */
export interface Looks {
  /** The call with as much of its records as the rule is known to look at, see `Call.thin`; null where it has to be sent whole. */
  thin(call: RuleCall | TestCall): object | null;
  learn(call: RuleCall | TestCall, looked: Looked): void;
}

type Known = Record<RecordName, Set<string> | null>;

export function createLooks(): Looks {
  const rules = new Map<string, Known>();
  const nameOf = ({ link, endpoint, kind }: RuleCall | TestCall) => `${kind} ${endpoint} ${link}`;

  return {
    thin(call) {
      if (call.kind !== "outgoing" && call.kind !== "incoming") return null;
      const known = rules.get(nameOf(call));
      if (known === undefined) return null;
      const { record: _, current, base, previous, event, ...rest } = call as IncomingCall;
      const records: Partial<Record<RecordName, RuleFields>> = {};
      const thin: Partial<Record<RecordName, readonly string[]>> = {};
      for (const name of RECORDS) {
        const record = (call as IncomingCall)[name];
        if (record === undefined || record === null) continue;
        const names = known[name];
        records[name] = names === null ? record : part(record, names);
        if (names !== null) thin[name] = [...names].filter((one) => !Object.hasOwn(record, one));
      }
      return { ...rest, ...records, thin };
    },
    learn(call, looked) {
      const known = rules.get(nameOf(call)) ?? nothing();
      for (const name of RECORDS) known[name] = joined(known[name], looked[name]);
      rules.set(nameOf(call), known);
    },
  };
}

function nothing(): Known {
  return Object.fromEntries(RECORDS.map((name) => [name, new Set()])) as unknown as Known;
}

function joined(known: Set<string> | null, more: readonly string[] | null): Set<string> | null {
  if (known === null || more === null) return null;
  for (const name of more) known.add(name);
  return known.size > MOST_NAMES ? null : known;
}

function part(fields: RuleFields, names: ReadonlySet<string>): RuleFields {
  const seen: Record<string, RuleValue> = {};
  for (const name of names) if (Object.hasOwn(fields, name)) seen[name] = fields[name] ?? null;
  if (Object.hasOwn(fields, LABELS)) seen[LABELS] = fields[LABELS] ?? null;
  return seen;
}
