import { z } from "zod";
import type { EntitySchema } from "../../core/field.ts";
import { isZone } from "../../lib/zone.ts";
import type { FileReport } from "./report.ts";
import { placeOf, START } from "./report.ts";
import { decodeUtf8 } from "./text.ts";

const field = z.strictObject({
  name: z.string(),
  label: z.string(),
  kind: z.enum(["string", "rich", "number", "date", "datetime", "boolean", "option", "user", "reference"]),
  multiple: z.boolean(),
  required: z.boolean(),
  defaulted: z.boolean().exactOptional(),
  readOnly: z.boolean(),
  maxLength: z.strictObject({ size: z.int().min(0), unit: z.enum(["bytes", "characters"]) }).exactOptional(),
  markup: z.enum(["html", "plain", "markdown", "textile"]).exactOptional(),
  zone: z.string().refine(isZone, "is no time zone").exactOptional(),
  options: z.array(z.string()).exactOptional(),
  verified: z.boolean().exactOptional(),
  target: z.string().exactOptional(),
});

const pattern = z.string().refine(isPattern, "is no regular expression");

const entity = z.strictObject({
  entity: z.string(),
  label: z.string(),
  fields: z.record(z.string(), field),
  subtypes: z.array(z.string()).exactOptional(),
  open: z.array(pattern).default([]),
});

const schemaFile = z.strictObject({ entities: z.record(z.string(), entity) });

export type SchemaFile = Readonly<Record<string, EntitySchema>>;

/** Schemas by entity type, as `syncline schema pull` committed them; null where the file cannot be used, which is then reported. */
export function readSchemaFile(bytes: Uint8Array, report: FileReport): SchemaFile | null {
  const decoded = decodeUtf8(bytes);
  if (!decoded.ok) {
    report.error("text-encoding", decoded.at, "The file is not UTF-8.", PULL);
    return null;
  }
  const json = parseJson(decoded.text, report);
  if (json === undefined) return null;
  const parsed = schemaFile.safeParse(json);
  if (parsed.success) return parsed.data.entities;
  for (const issue of parsed.error.issues.slice(0, 20)) {
    const path = issue.path.join(".");
    report.error("schema-file", START, `${path === "" ? "The file" : path}: ${issue.message}.`, PULL);
  }
  return null;
}

const PULL = "Write it anew with: syncline schema pull <connection>.";

function parseJson(text: string, report: FileReport): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const offset = /at position (\d+)/.exec(message)?.[1];
    const at = placeOf(text, offset === undefined ? text.length : Number(offset));
    report.error("schema-file", at, "This is not valid JSON.", PULL);
    return undefined;
  }
}

function isPattern(source: string): boolean {
  try {
    return new RegExp(source) instanceof RegExp;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
