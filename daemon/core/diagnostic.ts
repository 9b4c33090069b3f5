/** A user's mistake in the configuration, as a value. Positions are 1-based; columns count UTF-16 units, as editors do. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  /** A key of the catalogue in `docs/errors.md`. */
  readonly code: DiagnosticCode;
  readonly message: string;
  /** Path inside the repository, forward slashes; the empty text for what concerns the whole commit. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** What to do next, one sentence; may be empty. */
  readonly hint: string;
}

/** Every code with its one-line meaning; `docs/errors.md` has a paragraph for each, and a test compares both lists. */
export const DIAGNOSTIC_CODES = {
  "toml-syntax": "A mapping is not valid TOML.",
  "text-encoding": "A file is not valid UTF-8 (or, for a CSV, Windows-1252).",
  "unknown-key": "A mapping has a key that Syncline does not know.",
  "invalid-value": "A key of a mapping has a value of the wrong type or outside what is allowed.",
  "missing-key": "A mapping lacks a key that it needs.",
  "unknown-connector": "An endpoint's type names no connector.",
  "unknown-endpoint": "A link or field names an endpoint that the connection does not have.",
  "unknown-entity": "A link names an entity type that the tracker does not have.",
  "unknown-field": "A mapping names a field that the tracker does not have.",
  "read-only-field": "A mapping writes a field that the tracker does not let anyone write.",
  "required-unmapped": "A link creates records without a field that the tracker requires.",
  "duplicate-target": "Two rows of a link write the same field.",
  "incompatible-fields": "Two mapped fields cannot hold each other's values.",
  "cycle-without-release": "A link maps a cycle or sprint field without the release field that belongs to it.",
  "unknown-option": "A value map or constant names a value that the tracker's list does not have.",
  "value-map-inverse": "A two-way value map gives one value two partners without saying which one comes back.",
  "missing-file": "A mapping refers to a file that the commit does not have.",
  "bad-cron": "A trigger's cron text cannot be read, or never comes true.",
  "bad-zone": "A trigger names a time zone that does not exist.",
  "bad-filter": "A filter is not well-formed in the tracker's language.",
  "csv-syntax": "A users file is not valid CSV.",
  "csv-header": "A users file lacks its header or names the wrong endpoints.",
  "csv-direction": "A users file has a direction other than <, > or <>.",
  "duplicate-user": "A users file maps one person twice in the same direction.",
  "rule-syntax": "A rule file is not valid TypeScript.",
  "rule-type": "A rule file does not pass the type check.",
  "rule-import": "A rule file imports something that rules may not have.",
  "rule-load": "A rule file throws, loops or runs out of memory when it is loaded.",
  "rule-shape": "A rule file does not export a link's rules by default.",
  "literal-secret": "A secret value stands in the configuration.",
  "ignored-file": "A file stands where Syncline does not read it.",
  "file-too-large": "A file of the configuration is larger than Syncline reads.",
  "path-escape": "A name or symbolic link leads out of the repository's folders.",
  "case-clash": "Two files differ in letter case only.",
  "no-configuration": "The commit has no mapping.",
  "duplicate-link": "Two links of the configuration are the same.",
  "schema-missing": "No schema of the endpoint is committed: fields are checked against the stock ones only.",
  "schema-file": "A committed schema file cannot be read.",
  "needs-newer": "The configuration needs a newer Syncline.",
} as const;

export type DiagnosticCode = keyof typeof DIAGNOSTIC_CODES;

/** `file:line:column: message (code)` and the hint: how a diagnostic reads wherever text is printed. */
export function formatDiagnostic(d: Diagnostic): string {
  const where = d.file === "" ? "" : `${d.file}:${d.line}:${d.column}: `;
  const hint = d.hint === "" ? "" : `\n    hint: ${d.hint}`;
  return `${where}${d.severity === "warning" ? "warning: " : ""}${d.message} [${d.code}]${hint}`;
}
