import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { DIAGNOSTIC_CODES } from "../../../daemon/core/diagnostic.ts";
import { readCorpus } from "./corpus.ts";

const TEXT = readFileSync(join(import.meta.dirname, "../../../docs/errors.md"), "utf8");
const SECTIONS = TEXT.split(/^## /m).slice(1);

test("every diagnostic code has a section in docs/errors.md, and every section a code", () => {
  const titles = SECTIONS.map((section) => /^`([a-z-]+)`\n/.exec(section)?.[1] ?? section.slice(0, 40));
  assert.deepEqual(titles, Object.keys(DIAGNOSTIC_CODES));
});

test("every section says what it means, shows an example and says what to do", () => {
  for (const section of SECTIONS)
    assert.match(
      section,
      /^`[a-z-]+`\n\n[^\n]{20,}\n\n```\n[\s\S]+?\n```\n\nWhat to do: [^\n]{10,}\n/,
      section.slice(0, 60),
    );
});

test("the corpus has a commit for every code that a commit can be rejected with", () => {
  const shown = new Set(readCorpus().flatMap(({ expected }) => expected.map(({ code }) => code)));
  const onlyWarned = [
    "owner-not-required",
    "comments-as-field",
    "ignored-file",
    "schema-missing",
    "value-too-long",
    "constant-without-effect",
    "never-counts",
    "unreachable-value",
    "foreign-values",
    "foreign-users",
    "unknown-user",
    "default-user",
    "length-differs",
    "name-not-unique",
    "create-without-update",
    "no-row",
    "two-partners",
    "entity-links-alone",
    "types-stale",
    "replica-unread",
    "rule-state",
    "only-queries",
  ];
  // Nothing can ask for a newer version yet.
  const missing = Object.keys(DIAGNOSTIC_CODES).filter(
    (code) => !shown.has(code) && !onlyWarned.includes(code) && code !== "needs-newer",
  );
  assert.deepEqual(missing, []);
});
