import { z } from "zod";
import type { Parsed } from "../../core/connector.ts";
import type { FieldSchema } from "../../core/field.ts";
import { addressSchema, parseSettings } from "../settings.ts";

const PLAIN_KINDS = ["string", "rich", "number", "date", "datetime", "option", "user"] as const;
const REFERENCE_KINDS = ["release", "sprint", "team", "theme", "feature", "application"] as const;
const KINDS = [...PLAIN_KINDS, ...REFERENCE_KINDS].flatMap((kind) => [kind, `${kind}[]`]);

export interface AgileManagerSettings {
  /** The server, `https://host`; the product's own `/agm` or `/agm/api` at its end is dropped. */
  readonly url: string;
  readonly workspace: number;
  /** Rows asked for at once. */
  readonly page_size: number;
  /** Kinds of user-defined fields, which the server does not tell: `{ user_01_d = "number", user_02 = "option[]", user_03 = "release" }`. */
  readonly fields: Readonly<Record<string, string>>;
}

const schema = z.strictObject({
  url: addressSchema.transform((text) => text.replace(/\/agm(\/api)?$/, "")),
  workspace: z.int().min(1, "must be at least 1"),
  page_size: z.int().min(1, "must be at least 1").max(2000, "must be at most 2000").default(2000),
  fields: z
    .record(
      z.string().regex(/^user_\d\d(_[sd])?$/, "must be the name of a user-defined field, such as user_01 or user_07_d"),
      z.string().refine((kind) => KINDS.includes(kind), `must be one of ${KINDS.join(", ")}`),
    )
    .default({}),
});

export function parseAgileManagerSettings(input: unknown): Parsed<AgileManagerSettings> {
  return parseSettings(schema, input);
}

/** The schema of a user-defined field from its declared kind. */
export function declaredField(name: string, declared: string): FieldSchema {
  const multiple = declared.endsWith("[]");
  const kind = multiple ? declared.slice(0, -2) : declared;
  const base = { name, label: name, multiple, required: false, readOnly: false };
  if (kind === "rich") return { ...base, kind, markup: "html" };
  const plain = PLAIN_KINDS.find((known) => known === kind);
  return plain === undefined ? { ...base, kind: "reference", target: kind } : { ...base, kind: plain };
}
