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
  "duplicate-key": "A mapping has a key twice in one table.",
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
  "owner-unmapped":
    "A link maps a field without the one that its values belong to: a cycle without its release, a feature without its theme.",
  "owner-not-required": "A tracker lets a field be filled in without the one that its values belong to.",
  "cannot-create": "A row says `create_missing` where the tracker's API cannot create.",
  "unknown-option": "A value map or constant names a value that the tracker's list does not have.",
  "value-map-inverse": "A two-way value map gives one value two partners without saying which one comes back.",
  "value-map-circle": "A value of a row that goes both ways does not settle after one round.",
  "unreachable-value": "A workflow of the mapping has no way to a value that a record may have to get.",
  "constant-without-effect": "A constant that is to be kept stands beside a row that writes the same field.",
  "never-counts": "A row of a value map, or a key of a row, can never count.",
  "value-kind": "A value map names a value that the field's kind cannot hold.",
  "value-too-long": "A value map names a value that is longer than the field.",
  "empty-required": "A value map empties a field that the tracker requires.",
  "types-stale": "The declarations for editors are not what the mappings and schemas give.",
  "only-queries": "Every trigger of a link has a query, so that some records are never looked at.",
  "foreign-values": "Values from anywhere may reach a list that the tracker enforces.",
  "foreign-users": "Texts from anywhere may reach a field of users.",
  "unknown-user": "The configuration names a user whom the tracker does not have.",
  "default-user": "A default user stands for somebody in the other direction as well.",
  "length-differs": "A text may be longer than the field that it goes to.",
  "name-not-unique": "Several records that a reference may point at have one name.",
  "row-without-effect": "A row goes to a side where nothing is created or updated.",
  "recreate-without-create": "Deleted records are to be made anew where no records may be made.",
  "create-without-update": "Records are made where they are never updated afterwards.",
  "no-row": "Records are made on a side that no row leads to.",
  "two-partners": "Two links would both give the records of one side their partner.",
  "no-attachments": "A link carries attachments where one of the trackers has none.",
  "no-comments": "A link carries comments where one of the trackers has none.",
  "comments-as-field": "A row writes the field that holds all comments of a record.",
  "no-entity-links": "A link carries links between records where one of the trackers has none.",
  "entity-link-direction": "Links between records go another way than the records themselves.",
  "entity-links-alone": "A link carries links to records that no link of the connection pairs.",
  "against-master": "What a link says of creations, updates, deletions or its tree contradicts its master.",
  "scope-without-filter": "A link says what becomes of records that its filter no longer selects, but has no filter.",
  "bad-match": "Records cannot be told to be the same by these fields.",
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
  "replica-unread": "A rule sets something of the replica that nobody reads.",
  "rule-state": "A rule keeps something from one call to the next.",
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
  "linked-to-itself": "A link pairs the records of one project with themselves.",
  "schema-missing": "No schema of the endpoint is committed: fields are checked against the stock ones only.",
  "schema-file": "A committed schema file cannot be read.",
  "needs-newer": "The configuration needs a newer Syncline.",
} as const;

export type DiagnosticCode = keyof typeof DIAGNOSTIC_CODES;

/** `file:line:column: message (code)` and the hint: how a diagnostic reads wherever text is printed. */
export function formatDiagnostic(d: Diagnostic): string {
  const where = d.file === "" ? "" : `${d.file}:${d.line}:${d.column}: `;
  const hint = d.hint === "" ? "" : `\n    hint: ${d.hint}`;
  // A value of the configuration may hold line ends; what is found stands on one line.
  const message = d.message.replace(/\r?\n|\r/g, "\\n");
  return `${where}${d.severity === "warning" ? "warning: " : ""}${message} [${d.code}]${hint}`;
}
