import type { LookUpAnswer, RuleAsks, RuleCall, RuleHost, RuleResult } from "./rules.ts";

/** One test of a test file, by its place among them. It runs where rules run. */
export interface TestCall {
  readonly kind: "test";
  readonly link: "";
  readonly endpoint: "";
  readonly issue: Readonly<Record<string, never>>;
  readonly creating: false;
  readonly file: string;
  readonly test: number;
  readonly answers: Readonly<Record<string, LookUpAnswer>>;
}

/** A cage in which tests run beside the rules that they are about. */
export interface TestHost extends RuleHost {
  run(calls: readonly (RuleCall | TestCall)[], signal: AbortSignal): Promise<readonly (RuleResult | RuleAsks)[]>;
}

/** A place where rules go one of several ways. 1-based. */
export interface Branch {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly kind: "function" | "if" | "else" | "case" | "loop" | "catch" | "choice";
  /** Number of the branch that it lies in; null for none. */
  readonly within: number | null;
}

export function testCall(file: string, test: number, answers: TestCall["answers"]): TestCall {
  return { kind: "test", link: "", endpoint: "", issue: {}, creating: false, file, test, answers };
}
