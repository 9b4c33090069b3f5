import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import type { ReadConnection } from "../content/connection.ts";
import type { FileReport } from "../content/report.ts";
import { START } from "../content/report.ts";
import { GENERATED_TYPES } from "./rule-files.ts";
import { connectionTypes, type UnreadConnection } from "./types-generate.ts";

/** The rule API's own source. An installed package has it beside the built JavaScript: declarations that a compiler printed would read otherwise. */
export function ruleApiText(): Promise<string> {
  return apiText("index");
}

/** The same of what tests may import besides. */
export function testApiText(): Promise<string> {
  return apiText("test");
}

async function apiText(name: string): Promise<string> {
  const folder = extname(import.meta.url) === ".js" ? "../../../../daemon/rule-api" : "../../rule-api";
  return readFile(new URL(`${folder}/${name}.ts`, import.meta.url), "utf8");
}

export interface ApiTexts {
  readonly rules: string;
  readonly tests: string;
}

export async function apiTexts(): Promise<ApiTexts> {
  return { rules: await ruleApiText(), tests: await testApiText() };
}

/**
 * The text of `rules/syncline.d.ts`: everything that an editor needs to type rules in a repository that has nothing else, no package and no
 * compiler settings. The check of a commit does not read it; it makes its own from the same sources.
 */
export function editorTypes(api: ApiTexts, connections: readonly (ReadConnection | UnreadConnection)[]): string {
  const head =
    "// Written by `syncline types` from the mappings and the committed schemas, for editors. Do not edit: run it again.\n";
  const rules = `declare module "syncline" {\n${ambient(api.rules)}\n\n${connectionTypes(connections).text}\n}\n`;
  return `${head}${rules}\ndeclare module "syncline/test" {\n${ambient(api.tests)}\n}\n`;
}

/** As it may stand inside of `declare module`: no bodies, no `declare`, no remarks to a linter. */
function ambient(api: string): string {
  return api
    .replace(/\): (LinkRules<C, L>) \{\s*return rules;\s*\}/, "): $1;")
    .replace(/ \{\s*(?:return )?outside\([^)]*\);\s*\}/g, ";")
    .replace(/\n(declare )?function outside[\s\S]*$/, "")
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
