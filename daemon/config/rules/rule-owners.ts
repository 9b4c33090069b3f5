import { posix } from "node:path";
import type { FileReport } from "../content/report.ts";
import { placeOf } from "../content/report.ts";
import { isRuleFile } from "./rule-files.ts";

const NAMED = /\blink\s*<\s*(["'])([^"']*)\1\s*,\s*(["'])([^"']*)\3\s*>\s*\(/g;
const DEFAULT_RULES = /^[ \t]*export\s+default\s+link\s*[<(]/m;

/**
 * X11: a file is checked against the fields of the link that it names itself: where that is another one than the link that uses it, what it does was
 * never checked. `links`: rule file by link key.
 */
export function checkRuleOwners(
  texts: ReadonlyMap<string, string>,
  links: ReadonlyMap<string, string>,
  reportOf: (file: string) => FileReport,
): void {
  for (const [file, users] of Map.groupBy(links.keys(), (key) => links.get(key) ?? "")) {
    const text = texts.get(file) ?? "";
    const named = [...text.matchAll(NAMED)].map((match) => ({
      key: `${match[2]}/${match[4]}`,
      offset: match.index + match[0].indexOf(match[1] ?? ""),
    }));
    const [first] = named;
    const others = users.filter((key) => !named.some((one) => one.key === key));
    if (first === undefined || others.length === 0 || !links.has(first.key)) continue;
    const message = `The rules are written for ${first.key}, but ${others.join(", ")} use${others.length === 1 ? "s" : ""} them: against its fields they are not checked.`;
    const hint = `Write link<"${others[0]?.replace("/", '", "')}">, or give the link a file of its own; what both share is imported.`;
    // A file of two links is meant so, most likely.
    const say = others.length === users.length ? reportOf(file).error : reportOf(file).warn;
    say("rule-type", placeOf(text, first.offset), message, hint);
  }
}

/** X30: rules that no link names and no other file imports never run. */
export function warnOfUnused(
  texts: ReadonlyMap<string, string>,
  links: ReadonlyMap<string, string>,
  reportOf: (file: string) => FileReport,
): void {
  const used = new Set(links.values());
  for (const [file, text] of texts) {
    const found = DEFAULT_RULES.exec(text);
    if (found === null || used.has(file) || !isRuleFile(file)) continue;
    const name = posix.basename(file, ".ts").replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
    const imports = new RegExp(`["'][^"'\n]*/${name}(\\.[jt]s)?["']`);
    if ([...texts].some(([other, words]) => other !== file && imports.test(words))) continue;
    reportOf(file).warn(
      "ignored-file",
      placeOf(text, found.index + found[0].search(/\S/)),
      "No link names this file: its rules never run.",
      `Name it in its link, rules = "${file.slice("rules/".length)}", or remove it.`,
    );
  }
}
