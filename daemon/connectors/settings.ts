import { z } from "zod";
import type { Parsed, SettingsIssue } from "../core/connector.ts";

/** An http or https address without user, query and fragment; slashes at its end are dropped. */
export const addressSchema = z
  .string()
  .trim()
  .refine(isAddress, "must be an http or https address without user name, query or fragment")
  .transform((text) => text.replace(/\/+$/, ""));

function isAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const bare = url.username === "" && url.password === "" && url.search === "" && url.hash === "";
  return bare && (url.protocol === "http:" || url.protocol === "https:");
}

/** Checks an endpoint's table; an unknown key becomes one issue of its own, so that each can get its place and suggestion. */
export function parseSettings<T>(schema: z.ZodObject & z.ZodType<T>, input: unknown): Parsed<T> {
  const result = schema.safeParse(input, { reportInput: true });
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, issues: result.error.issues.flatMap(toIssues), known: Object.keys(schema.shape) };
}

function toIssues(issue: z.core.$ZodIssue): readonly SettingsIssue[] {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: [...path, key], message: "unknown key" }));
  }
  if (issue.code === "invalid_type" && issue.input === undefined) return [{ path, message: "is missing" }];
  if (issue.code === "invalid_type") return [{ path, message: `must be ${NOUNS[issue.expected] ?? issue.expected}` }];
  return [{ path, message: lowerFirst(issue.message) }];
}

const NOUNS: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  record: "a table",
  object: "a table",
  array: "a list",
};

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
