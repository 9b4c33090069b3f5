import type { DirectoryEntry, FieldSchema, Person } from "../core/field.ts";
import type { AnsweredRules, LookUp, LookUpAnswer, RuleCall, RuleHost, RuleResult } from "../core/rules.ts";
import { otherSide, type Side } from "../core/snapshot.ts";
import type { LinkStore } from "../core/store.ts";
import type { SideFrame } from "./decide/frame.ts";
import type { WorldCache } from "./world.ts";

/** A rule may ask, use the answer to ask again, and so on; beyond this it is going in circles. */
const MOST_ROUNDS = 10;

export interface LookUpGround {
  readonly schemas: Readonly<Record<Side, SideFrame>>;
  readonly worlds: Readonly<Record<Side, WorldCache>>;
  readonly store: LinkStore;
  /** People and directories may be this old, in milliseconds. */
  readonly maxAgeMs: number;
  /** Told of every question of every record, for the log (X18). */
  tell(endpoint: string, record: string, question: string, answer: LookUpAnswer): void;
}

/**
 * Rules with their look-ups answered: a rule that asks is run again with the answers, so that it stays a function of what it is given (B19).
 * Questions of a batch are answered together, each of them once in a run.
 */
export function answerRules(rules: RuleHost, ground: LookUpGround): AnsweredRules {
  const known = new Map<string, Promise<LookUpAnswer>>();

  function ask(call: RuleCall, question: LookUp, signal: AbortSignal): Promise<LookUpAnswer> {
    const key = `${call.endpoint} ${call.kind === "incoming"} ${question.key}`;
    const answer = known.get(key) ?? answerTo(call, question, ground, signal);
    known.set(key, answer);
    return answer;
  }

  async function answered(call: RuleCall, asks: readonly LookUp[], signal: AbortSignal): Promise<RuleCall> {
    const answers: Record<string, LookUpAnswer> = { ...call.answers };
    for (const question of asks) {
      const answer = await ask(call, question, signal);
      answers[question.key] = answer;
      ground.tell(call.endpoint, recordOf(call), `${question.kind} ${question.args.join(" ")}`, answer);
    }
    return { ...call, answers };
  }

  return {
    async run(calls, signal) {
      const results: (RuleResult | undefined)[] = calls.map(() => undefined);
      let open = calls.map((call, place) => ({ call, place }));
      for (let round = 0; open.length > 0; round++) {
        const got = await rules.run(
          open.map(({ call }) => call),
          signal,
        );
        const next: typeof open = [];
        for (const [i, { call, place }] of open.entries()) {
          const result = got[i];
          if (result === undefined) throw new Error("the rules' process lost a call");
          if (result.ok !== null) results[place] = result;
          else if (round === MOST_ROUNDS) results[place] = circling(call);
          else next.push({ call: await answered(call, result.asks, signal), place });
        }
        open = next;
      }
      return results.map((result) => result ?? lost());
    },
  };
}

function circling(call: RuleCall): RuleResult {
  const message = `the ${call.kind} rule of ${call.endpoint} asks for more and more: after ${MOST_ROUNDS} rounds of look-ups it was stopped`;
  return { ok: false, error: { message, file: null, line: null, column: null, reason: "throw" }, logs: [] };
}

function lost(): never {
  throw new Error("a rule has neither an answer nor a question");
}

function recordOf(call: RuleCall): string {
  const { id } = call.kind === "incoming" ? call.replica : call.issue;
  return id === null || id === undefined ? "" : String(id);
}

async function answerTo(
  call: RuleCall,
  { kind, args }: LookUp,
  ground: LookUpGround,
  signal: AbortSignal,
): Promise<LookUpAnswer> {
  const side: Side = ground.schemas.left.endpoint === call.endpoint ? "left" : "right";
  const { schemas } = ground.schemas[side];
  const [first = "", second = ""] = args;
  if (kind === "partner") return partnerOf(first, call.kind === "incoming" ? otherSide(side) : side, ground.store);
  if (kind === "option") return optionOf(schemas[first], second);
  // Only tests ask for these, and they are not answered here.
  if (kind === "run" || kind === "sends") return { status: "unknown" };
  const world = ground.worlds[side];
  if (kind === "user") return userOf(first, (await world.load(PEOPLE, ground.maxAgeMs, signal)).people);
  const targets = kind === "release" ? releaseTargets(schemas) : targetsOf(schemas[first]);
  if (targets.length === 0) return { status: "unknown" };
  const { directories } = await world.load({ people: false, targets }, ground.maxAgeMs, signal);
  const entries = targets.flatMap((target) =>
    (directories.get(target) ?? []).map((entry) => ({
      entry,
      value: targets.length === 1 ? entry.id : `${target}/${entry.id}`,
    })),
  );
  return entryOf(kind === "release" ? first : second, entries);
}

const PEOPLE = { people: true, targets: [] } as const;

function partnerOf(id: string, side: Side, store: LinkStore): LookUpAnswer {
  const pair = store.pairs(side, [id]).get(id);
  return pair === undefined ? { status: "missing" } : one(pair[otherSide(side)], pair[otherSide(side)]);
}

function optionOf(field: FieldSchema | undefined, value: string): LookUpAnswer {
  if (field?.options === undefined) return { status: "unknown" };
  if (field.options.includes(value)) return one(value, value);
  return several(field.options.filter((option) => fold(option) === fold(value)).map((option) => [option, option]));
}

/** By login, by any e-mail address, by the name that is shown. */
function userOf(text: string, people: readonly Person[] | null): LookUpAnswer {
  if (people === null) return { status: "unknown" };
  const wanted = fold(text);
  const by = (words: (person: Person) => readonly string[]) =>
    people
      .filter((person) => words(person).some((word) => fold(word) === wanted))
      .map((person) => [person.login, person.name] as const);
  const found = [({ login }: Person) => [login], ({ emails }: Person) => emails, ({ name }: Person) => [name]]
    .map(by)
    .find((matches) => matches.length > 0);
  return several(found ?? []);
}

function releaseTargets(schemas: Readonly<Record<string, FieldSchema>>): readonly string[] {
  const targets = new Set(Object.values(schemas).flatMap(targetsOf));
  return ["release", "version"].filter((target) => targets.has(target)).slice(0, 1);
}

/** A field may refer to one of several entity types. */
function targetsOf(field: FieldSchema | undefined): readonly string[] {
  return field?.kind !== "reference" || field.target === undefined ? [] : field.target.split("|");
}

function entryOf(
  text: string,
  entries: readonly { readonly entry: DirectoryEntry; readonly value: string }[],
): LookUpAnswer {
  const found = entries.filter(({ entry }) => (text.startsWith("\\") ? entry.path : entry.name) === text);
  return found.length > 1
    ? { status: "ambiguous", candidates: found.map(({ entry, value }) => `${entry.path} (${value})`) }
    : several(found.map(({ entry, value }) => [value, entry.name]));
}

function several(found: readonly (readonly [value: string, name: string])[]): LookUpAnswer {
  const [first, ...more] = found;
  if (first === undefined) return { status: "missing" };
  if (more.length > 0) return { status: "ambiguous", candidates: found.map(([value]) => value) };
  return one(first[0], first[1]);
}

function one(value: string, name: string): LookUpAnswer {
  return { status: "found", value, name };
}

function fold(text: string): string {
  return text.trim().toLowerCase();
}
