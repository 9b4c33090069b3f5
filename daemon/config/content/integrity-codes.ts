import type { DiagnosticCode } from "../../core/diagnostic.ts";
import type { IntegrityCheckName } from "../../core/integrity.ts";
import { SIDES } from "../../core/snapshot.ts";
import type { LinkSeen } from "./integrity-words.ts";
import type { Told } from "./report.ts";

/** Which check a finding belongs to. `by subject`: the same mistake can stand in any table. */
const CHECK_OF: Readonly<Record<DiagnosticCode, IntegrityCheckName | "by subject" | "by field">> = {
  "toml-syntax": "mapping",
  "duplicate-key": "mapping",
  "text-encoding": "mapping",
  "unknown-key": "by subject",
  "invalid-value": "by subject",
  "missing-key": "by subject",
  "unknown-connector": "parameters",
  "unknown-endpoint": "mapping",
  "unknown-entity": "entity type",
  "unknown-field": "field names",
  "read-only-field": "read-only fields",
  "required-unmapped": "required fields",
  "duplicate-target": "mapping",
  "incompatible-fields": "field types",
  "owner-unmapped": "by field",
  "owner-not-required": "by field",
  "cannot-create": "fixed lists",
  "unknown-option": "value maps",
  "value-map-inverse": "many to one",
  "value-map-circle": "many to one",
  "unreachable-value": "value maps",
  "constant-without-effect": "mapping",
  "never-counts": "value maps",
  "value-kind": "value maps",
  "value-too-long": "value maps",
  "empty-required": "value maps",
  "foreign-values": "fixed lists",
  "foreign-users": "user lists",
  "unknown-user": "user lists",
  "default-user": "default user",
  "length-differs": "lengths",
  "name-not-unique": "unique names",
  "row-without-effect": "mapping",
  "no-row": "mapping",
  "recreate-without-create": "creation and deletion",
  "create-without-update": "creation and deletion",
  "two-partners": "creation and deletion",
  "no-attachments": "attachments and comments",
  "no-comments": "attachments and comments",
  "comments-as-field": "attachments and comments",
  "no-entity-links": "entity links",
  "entity-link-direction": "entity links",
  "entity-links-alone": "entity links",
  "against-master": "creation and deletion",
  "scope-without-filter": "filter",
  "bad-match": "mapping",
  "types-stale": "rules",
  "only-queries": "triggers",
  "missing-file": "mapping",
  "bad-cron": "triggers",
  "bad-zone": "triggers",
  "bad-filter": "filter",
  "csv-syntax": "user lists",
  "csv-header": "user lists",
  "csv-direction": "user lists",
  "duplicate-user": "default user",
  "rule-syntax": "rules",
  "rule-type": "rules",
  "replica-unread": "rules",
  "rule-state": "rules",
  "rule-import": "rules",
  "rule-load": "rules",
  "rule-shape": "rules",
  "literal-secret": "parameters",
  "ignored-file": "mapping",
  "file-too-large": "mapping",
  "path-escape": "mapping",
  "case-clash": "mapping",
  "no-configuration": "mapping",
  "duplicate-link": "mapping",
  "linked-to-itself": "parameters",
  "schema-missing": "schema",
  "schema-file": "schema",
  "needs-newer": "mapping",
};

export function checkOf({ diagnostic, subjects }: Told, seen: LinkSeen): IntegrityCheckName {
  const check = CHECK_OF[diagnostic.code];
  if (check === "by subject") return checkOfSubject(subjects);
  return check === "by field" ? checkOfField(diagnostic, seen) : check;
}

function checkOfSubject(subjects: readonly string[]): IntegrityCheckName {
  if (subjects.some((subject) => subject.startsWith("endpoint "))) return "parameters";
  if (subjects.some((subject) => /^link .*\/triggers$/.test(subject))) return "triggers";
  return subjects.some((subject) => /^values |^link .*\/constants$/.test(subject)) ? "value maps" : "mapping";
}

/** Cycles and sprints belong to a release, features to a theme: the same mistake, by the row in which it stands. */
function checkOfField({ line }: { readonly line: number }, { link }: LinkSeen): IntegrityCheckName {
  const row = link.config.fields.findLast(({ origin }) => origin.line <= line);
  const targets = SIDES.map((side) => {
    const found = row === undefined ? "no" : link[side].find(row[side]);
    return typeof found === "string" ? "" : (found.target ?? "");
  });
  return targets.some((target) => /cycle|sprint/.test(target)) ? "cycles" : "themes";
}
