import { lengthIn } from "../../fields/text.ts";
import type { Endpoint } from "./endpoints.ts";
import type { Written } from "./link-context.ts";
import { asText } from "./read.ts";
import type { FileReport } from "./report.ts";
import { checkWritable, knownField, type SideFields } from "./side-fields.ts";
import type { TomlNode } from "./toml.ts";

/** As long an id as records get. */
const LONG_ID = "1000000";

export interface ReadPartnerUrl {
  readonly field: string | null;
  readonly written: readonly Written[];
}

/** `partner_url = { alm = "user-05" }`: the field of `side` that holds the web address of the partner, which is a record of `other` (X23). */
export function readPartnerUrl(
  node: TomlNode | undefined,
  side: SideFields,
  other: { readonly endpoint: Endpoint; readonly entity: string },
  report: FileReport,
): ReadPartnerUrl {
  const field = asText(node, `"${side.endpoint}"`, report);
  if (field === null) return { field: null, written: [] };
  const schema = knownField(side, field, report);
  checkWritable(side, schema, field, report, "The address is written by Syncline: choose a field of your own.");
  const text = schema === null || ((schema.kind === "string" || schema.kind === "rich") && !schema.multiple);
  if (!text)
    report.error(
      "invalid-value",
      field.at,
      `"${field.value}" of ${side.endpoint} holds no text.`,
      "Choose a text field.",
    );
  const address = addressIn(other);
  if (address === null)
    report.error(
      "invalid-value",
      field.at,
      `The ${other.entity} of ${other.endpoint.config.name} has no web address.`,
      "Remove the key.",
    );
  const max = schema?.maxLength;
  const length = max === undefined || typeof address !== "string" ? 0 : lengthIn(address, max.unit);
  if (text && max !== undefined && length > max.size)
    report.warn(
      "value-too-long",
      field.at,
      `An address such as ${address} has ${length} ${max.unit}, "${field.value}" of ${side.endpoint} holds ${max.size}.`,
      "Choose a longer field.",
    );
  return { field: field.value, written: [{ endpoint: side.endpoint, field, by: "the partner's address" }] };
}

/** Undefined where the endpoint is not known well enough to tell. */
function addressIn({ endpoint, entity }: { readonly endpoint: Endpoint; readonly entity: string }) {
  const { type, settled, config } = endpoint;
  if (type === null || !settled || entity === "") return undefined;
  return type.address?.(config.settings, entity, LONG_ID) ?? null;
}
