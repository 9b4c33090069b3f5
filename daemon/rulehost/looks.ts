import type { TestCall } from "../core/rule-tests.ts";
import type { RuleCall, RuleFields, RuleValue } from "../core/rules.ts";

/** Names of fields that a rule looked at in each record; null: it went through all of them. */
export interface Looked {
  readonly issue: readonly string[] | null;
  readonly replica: readonly string[] | null;
}

/** What rules were seen to look at. Only this is sent to them: where a rule looks at more, it is asked again with the whole record. */
export interface Looks {
  /** The call with as much of its records as the rule is known to look at; null where it has to be sent whole. */
  thin(call: RuleCall | TestCall): object | null;
  learn(call: RuleCall | TestCall, looked: Looked): void;
}

interface Known {
  issue: Set<string> | null;
  replica: Set<string> | null;
}

export function createLooks(): Looks {
  const rules = new Map<string, Known>();
  const nameOf = ({ link, endpoint, kind }: RuleCall | TestCall) => JSON.stringify([link, endpoint, kind]);

  return {
    thin(call) {
      if (call.kind !== "outgoing" && call.kind !== "incoming") return null;
      const known = rules.get(nameOf(call));
      if (known === undefined || (known.issue === null && known.replica === null)) return null;
      const issue = part(call.issue, known.issue);
      const replica = part(call.kind === "incoming" ? call.replica : {}, known.replica);
      const thin = { issue: { absent: issue.absent }, replica: { absent: replica.absent } };
      return { ...call, issue: issue.fields, replica: replica.fields, thin };
    },
    learn(call, looked) {
      const name = nameOf(call);
      const known = rules.get(name) ?? { issue: new Set<string>(), replica: new Set<string>() };
      rules.set(name, { issue: joined(known.issue, looked.issue), replica: joined(known.replica, looked.replica) });
    },
  };
}

function joined(known: Set<string> | null, more: readonly string[] | null): Set<string> | null {
  if (known === null || more === null) return null;
  for (const name of more) known.add(name);
  return known;
}

function part(
  fields: RuleFields,
  names: ReadonlySet<string> | null,
): { readonly fields: RuleFields; readonly absent: readonly string[] } {
  if (names === null) return { fields, absent: [] };
  const seen: Record<string, RuleValue> = {};
  const absent: string[] = [];
  for (const name of names) {
    if (Object.hasOwn(fields, name)) seen[name] = fields[name] ?? null;
    else absent.push(name);
  }
  return { fields: seen, absent };
}
