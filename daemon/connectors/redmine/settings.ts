import { z } from "zod";
import type { Parsed } from "../../core/connector.ts";
import type { Markup } from "../../core/field.ts";
import { addressSchema, parseSettings } from "../settings.ts";

/** Kinds that the settings may declare for custom fields: what a key without administrator's rights cannot read. */
const DECLARED_KINDS = ["string", "rich", "number", "date", "boolean", "option", "user", "version"] as const;
export type DeclaredKind = (typeof DECLARED_KINDS)[number];

export interface RedmineSettings {
  readonly url: string;
  /** Identifier or id. */
  readonly project: string;
  /** Name or id of the tracker that issues are restricted to and created with; null: all, and the project's first one for new issues. */
  readonly tracker: string | null;
  /** The server's text format, which the API does not tell. */
  readonly markup: Markup;
  readonly page_size: number;
  /** By `cf_N`; wins over what the server says. */
  readonly fields: Readonly<Record<string, DeclaredKind>>;
}

const idOrName = z.union([z.string().trim().min(1), z.int().min(1)]).transform(String);

const schema = z.strictObject({
  url: addressSchema,
  project: idOrName,
  tracker: idOrName.optional(),
  markup: z.enum(["textile", "markdown", "plain"]).default("textile"),
  page_size: z.int().min(2).max(100).default(100),
  fields: z
    .record(z.string().regex(/^cf_\d+$/, "must be cf_ and the number of a custom field"), z.enum(DECLARED_KINDS))
    .default({}),
});

export function parseRedmineSettings(input: unknown): Parsed<RedmineSettings> {
  const parsed = parseSettings(schema, input);
  if (!parsed.ok) return parsed;
  const { tracker, ...rest } = parsed.value;
  return { ok: true, value: { ...rest, tracker: tracker ?? null } };
}
