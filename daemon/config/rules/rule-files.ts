import type { FileReport } from "../content/report.ts";
import { decodeUtf8 } from "../content/text.ts";

/** Declarations for editors; the check makes its own from the commit. */
export const GENERATED_TYPES = "rules/syncline.d.ts";

/** True for a TypeScript file of rules; tests that stand beside them are not part of what runs. */
export function isRuleFile(path: string): boolean {
  return path.startsWith("rules/") && path.endsWith(".ts") && !path.endsWith(".d.ts") && !path.endsWith(".test.ts");
}

/** True for a file of tests beside the rules. */
export function isTestFile(path: string): boolean {
  return path.startsWith("rules/") && path.endsWith(".test.ts");
}

/** Texts of all files that rules are made of, by path: TypeScript, declarations, and JSON that they may import. */
export function readRuleFiles(
  files: ReadonlyMap<string, Uint8Array>,
  reportOf: (file: string) => FileReport,
  withTests = false,
): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const [path, bytes] of files) {
    const wanted = isRuleFile(path) || (withTests && isTestFile(path));
    const part = wanted || (path.endsWith(".d.ts") && path !== GENERATED_TYPES) || path.endsWith(".json");
    if (!path.startsWith("rules/") || !part) continue;
    const decoded = decodeUtf8(bytes);
    if (decoded.ok) texts.set(path, decoded.text);
    else reportOf(path).error("text-encoding", decoded.at, "The file is not UTF-8.", "Save it as UTF-8.");
  }
  return texts;
}
