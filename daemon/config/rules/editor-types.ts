import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import type { ReadConnection } from "../content/connection.ts";
import type { FileReport } from "../content/report.ts";
import { START } from "../content/report.ts";
import { GENERATED_TYPES } from "./rule-files.ts";
import { connectionTypes, type UnreadConnection } from "./types-generate.ts";

/** The rule API's own source, or its declarations where the program is installed as built JavaScript. */
export async function ruleApiText(): Promise<string> {
  const built = extname(import.meta.url) === ".js";
  return readFile(new URL(built ? "../../rule-api/index.d.ts" : "../../rule-api/index.ts", import.meta.url), "utf8");
}

/**
 * The text of `rules/syncline.d.ts`: everything that an editor needs to type rules in a repository that has nothing else, no package and no
 * compiler settings. The check of a commit does not read it; it makes its own from the same sources.
 */
export function editorTypes(api: string, connections: readonly (ReadConnection | UnreadConnection)[]): string {
  const head =
    "// Written by `syncline types` from the mappings and the committed schemas, for editors. Do not edit: run it again.\n";
  return `${head}declare module "syncline" {\n${ambient(api)}\n\n${connectionTypes(connections)}\n}\n`;
}

/** As it may stand inside of `declare module`: no bodies, no `declare`, no remarks to a linter. */
function ambient(api: string): string {
  return api
    .replace(/\): (LinkRules<C, L>) \{\s*return rules;\s*\}/, "): $1;")
    .replace(/^export declare /gm, "export ")
    .replace(/^\s*\/\/.*\n/gm, "")
    .trim()
    .replace(/^(?=.)/gm, "  ");
}

/** A committed file that says something else than the mappings and schemas beside it misleads whoever edits the rules. */
export function warnOfStaleTypes(text: string, fresh: string, report: FileReport): void {
  if (text.replaceAll("\r\n", "\n") === fresh) return;
  report.warn(
    "types-stale",
    START,
    `${GENERATED_TYPES} is not what the mappings and schemas give: editors show other fields than the check.`,
    "Run `syncline types` and commit what it writes.",
  );
}
