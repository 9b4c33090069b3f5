import type { DiagnosticCode } from "./diagnostic.ts";

/** What the integrity check looks at, in the order in which it is shown: whether a link could do its work, check by check (E131–E140). */
export const INTEGRITY_CHECKS = {
  connection: { rows: "E131", asks: "Both trackers answer and let the account in." },
  permission: { rows: "E131", asks: "The account may do what the link needs." },
  parameters: { rows: "E131", asks: "The settings of both endpoints are right." },
  schema: { rows: "E131", asks: "What fields both sides have is known." },
  drift: { rows: "E140", asks: "The committed schema is what the tracker says today." },
  filter: { rows: "E132", asks: "The filter can be read; the tracker takes it." },
  "entity type": { rows: "E132", asks: "The entity types exist." },
  "creation and deletion": { rows: "E133", asks: "What creations, updates and deletions cause goes together." },
  mapping: { rows: "E134, E78", asks: "Rows are there, and each has a way on which it counts." },
  "required fields": { rows: "E135, S81", asks: "New records get every field that the tracker requires." },
  "field names": { rows: "E136", asks: "Every field exists." },
  "field types": { rows: "E136", asks: "Fields can hold each other's values." },
  lengths: { rows: "E136, S25", asks: "Texts fit where they go." },
  "fixed lists": { rows: "E137", asks: "Only known values reach a list that the tracker enforces." },
  "user lists": { rows: "E137, S13", asks: "Only users reach a field of users, and those named exist." },
  "default user": { rows: "S7, T3", asks: "The default user goes one way, and exists." },
  "value maps": { rows: "E138, S70", asks: "What value maps and constants name fits the fields." },
  "many to one": { rows: "T2, S71", asks: "Of values that become one it is said which comes back." },
  "read-only fields": { rows: "E139", asks: "Nothing writes a field that nobody can write." },
  cycles: { rows: "S55", asks: "A cycle or sprint is mapped with its release." },
  themes: { rows: "S49, S51", asks: "A feature is mapped with its theme." },
  "unique names": { rows: "S57, S45", asks: "Names of what references point at are unique." },
  "entity links": { rows: "S30–S36", asks: "Links between records can be carried." },
  "attachments and comments": {
    rows: "S14, E112",
    asks: "Both sides have attachments and comments, where they are mapped.",
  },
  rules: { rows: "X11", asks: "The rule file compiles and fits the fields." },
  triggers: { rows: "E120", asks: "Every trigger has a time and a zone." },
} as const satisfies Readonly<Record<string, { readonly rows: string; readonly asks: string }>>;

export type IntegrityCheckName = keyof typeof INTEGRITY_CHECKS;

/** A diagnostic, or what only a tracker can tell; `file` is empty for what stands nowhere in the configuration. */
export interface IntegrityFinding {
  readonly severity: "error" | "warning";
  /** Null for what a tracker was asked. */
  readonly code: DiagnosticCode | null;
  readonly message: string;
  readonly hint: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface IntegrityCheck {
  readonly name: IntegrityCheckName;
  readonly verdict: "pass" | "warning" | "fail" | "skipped";
  /** What was looked at; for a skipped one, why it was not. */
  readonly message: string;
  readonly findings: readonly IntegrityFinding[];
}

/** E140: passes only if no check fails; warnings pass. */
export interface LinkIntegrity {
  /** `connection/link`. */
  readonly link: string;
  readonly verdict: "pass" | "warning" | "fail";
  readonly checks: readonly IntegrityCheck[];
}

/** A check that was made: its findings decide. */
export function judged(
  name: IntegrityCheckName,
  message: string,
  findings: readonly IntegrityFinding[],
): IntegrityCheck {
  const failed = findings.some(({ severity }) => severity === "error");
  return { name, verdict: failed ? "fail" : findings.length > 0 ? "warning" : "pass", message, findings };
}

export function linkVerdict(checks: readonly IntegrityCheck[]): LinkIntegrity["verdict"] {
  if (checks.some(({ verdict }) => verdict === "fail")) return "fail";
  return checks.some(({ verdict }) => verdict === "warning") ? "warning" : "pass";
}
