import { isRuleFile } from "./rule-files.ts";

const QUOTED = ['"', "'", "`"].map((quote) => new RegExp(`${quote}((?:[^${quote}\\\\\n]|\\\\.)*)${quote}`, "g"));
const FIXTURE = /^\s*\{[\s\S]*"fixture": 1,/;

/** Texts that rules name between quotes, and JSON files that they may read, in small letters. Recorded records and tests are no rules. */
export function ruleLiterals(files: ReadonlyMap<string, Uint8Array>): ReadonlySet<string> {
  const literals = new Set<string>();
  for (const [path, bytes] of files) {
    const json = path.startsWith("rules/") && path.endsWith(".json");
    if (!isRuleFile(path) && !json) continue;
    const text = Buffer.from(bytes).toString();
    if (json && FIXTURE.test(text)) continue;
    for (const quoted of QUOTED)
      for (const [, literal = ""] of text.matchAll(quoted)) if (literal.trim() !== "") literals.add(fold(literal));
  }
  return literals;
}

function fold(text: string): string {
  return text.trim().toLowerCase();
}
