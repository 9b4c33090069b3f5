/**
 * Everything a test of rules may import besides `syncline`: `import { expect, run, test } from "syncline/test"`. `syncline test` runs what stands in
 * `*.test.ts` beside the rules, in the rules' own cage.
 */
export type TestValue = null | string | number | boolean | readonly string[];
export type TestFields = Readonly<Record<string, TestValue>>;

/** What `syncline record` wrote: import it from its JSON file. */
export type Fixture = object;

export type TestAnswer =
  | { readonly status: "found"; readonly value: string; readonly name: string }
  | { readonly status: "ambiguous"; readonly candidates: readonly string[] }
  | { readonly status: "missing" }
  | { readonly status: "unknown" };

/** What a test has otherwise than it was recorded. */
export interface Changes {
  /** Which endpoint sends; default: the one whose record was recorded. */
  readonly from?: string;
  /** Fields of the record that travels. */
  readonly record?: TestFields;
  /** Fields of its partner; `null`: it has none yet, and one is about to be made. */
  readonly partner?: TestFields | null;
  /** `null`: both sides have agreed on nothing yet. */
  readonly agreed?: null;
  /** Answers to look-ups, by question: `{ "user anna": { status: "missing" } }`. */
  readonly lookups?: Readonly<Record<string, TestAnswer>>;
}

/** What came of carrying a record to the other side: outgoing rule, mapping, incoming rule. */
export interface Carried {
  /** What the other side's record is wanted to hold, by its field names. */
  readonly issue: TestFields;
  /** What the outgoing rule made of the record that travels. */
  readonly replica: TestFields;
  /** Why fields cannot be carried, by the other side's field names. */
  readonly errors: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
  readonly logs: readonly string[];
  readonly adopt: { readonly key: string; readonly reason: string } | null;
  readonly unlink: string | null;
}

export type Part =
  | { readonly attachment: { readonly name: string; readonly description?: string; readonly size?: number | null } }
  | {
      readonly comment: {
        readonly body: string;
        readonly author?: string | null;
        readonly authorName?: string;
        readonly at?: string | null;
        readonly private?: boolean;
      };
    };

export interface Expectation {
  readonly not: Expectation;
  /** The same value. */
  toBe(expected: unknown): void;
  /** The same content. */
  toEqual(expected: unknown): void;
  /** At least these properties, with the same content. */
  toHave(expected: object): void;
  toMatch(expected: RegExp | string): void;
  /** An array with this item, or a text with this part. */
  toContain(expected: unknown): void;
  /** Of a function or a promise: that it fails, for a reason that matches. Await it. */
  toFail(reason?: RegExp | string): Promise<void>;
}

export function test(name: string, body: () => void | Promise<void>): void {
  outside(name, body);
}

export function expect(actual: unknown): Expectation {
  return outside(actual);
}

/** Carries a recorded record to the other side as a run does, without a tracker. Fails where a rule fails, or asks what the fixture has no answer to. */
export function run(fixture: Fixture, changes?: Changes): Promise<Carried> {
  return outside(fixture, changes);
}

/** Asks the `attachment` or `comment` rule of the side that sends; `body`: the comment's text as it is sent. */
export function sends(
  fixture: Fixture,
  part: Part,
  changes?: Changes,
): Promise<{ readonly sent: boolean; readonly body: string | null }> {
  return outside(fixture, part, changes);
}

function outside(..._given: readonly unknown[]): never {
  throw new Error("Tests of rules are run by `syncline test`.");
}
