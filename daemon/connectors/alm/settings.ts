import { z } from "zod";
import type { Parsed } from "../../core/connector.ts";
import { isZone } from "../../lib/zone.ts";
import { addressSchema, parseSettings } from "../settings.ts";

/** `REST_API_MAX_PAGE_SIZE` as delivered; some versions refuse more. */
const MAX_PAGE = 2000;

const schema = z.strictObject({
  /** The web root, e.g. `https://alm.example.com/qcbin`. */
  url: addressSchema,
  domain: z.string().min(1, "must not be empty"),
  project: z.string().min(1, "must not be empty"),
  /** How to sign in; by default told from the keys of the secret. */
  auth: z.enum(["password", "apikey", "basic"]).optional(),
  /** IANA zone of the server's clock, where the offset that the server tells is not enough (its changes over the year). */
  zone: z.string().refine(isZone, 'must be a time zone such as "Europe/Berlin"').optional(),
  page_size: z.int().min(1, "must be at least 1").max(MAX_PAGE, `must be at most ${MAX_PAGE}`).default(MAX_PAGE),
});

export type AlmSettings = z.infer<typeof schema>;

export function parseAlmSettings(input: unknown): Parsed<AlmSettings> {
  return parseSettings(schema, input);
}
