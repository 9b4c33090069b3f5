import type { Makes } from "../../core/connector.ts";
import { ConnectorError } from "../../core/errors.ts";
import type { Alm } from "./alm.ts";
import type { FieldMeta } from "./schema.ts";

/** Releases and cycles want dates, which a name does not hold. */
export const MAKES: Makes = { targets: [], options: "any" };

/**
 * Adds a value at the end of the list that a field takes its values from; every field of that list has it then. ALM's API can do so from 24.1 on,
 * with the right to customise the project. Not repeated after a lost answer: what a list does with a value that it has is not documented.
 */
export async function addListValue(
  alm: Alm,
  entity: string,
  field: string,
  value: string,
  signal: AbortSignal,
): Promise<void> {
  const { settings, host, client, metadata } = alm;
  const meta = (await metadata.entity(entity, signal)).fields.get(field);
  if (meta?.type !== "LookupList" || meta.list === null)
    throw new ConnectorError("invalid", `${host.endpoint}: field "${field}" of ${entity} has no list to add to`, {
      field,
    });
  refuseTooLong(host.endpoint, meta, value);
  const project = `domains/${encodeURIComponent(settings.domain)}/projects/${encodeURIComponent(settings.project)}`;
  const reply = await client.call({
    method: "POST",
    path: `/v2/rest/${project}/customization/used-lists/${encodeURIComponent(meta.list)}/items`,
    site: true,
    body: JSON.stringify({ value }),
    contentType: "application/json",
    signal,
  });
  if (reply.ok) return;
  if (reply.answer.status === 404 || reply.answer.status === 405)
    throw new ConnectorError(
      "invalid",
      `${host.endpoint}: this server's API cannot add to lists (ALM can from 24.1 on): an administrator adds "${value}" by hand`,
      { field, status: reply.answer.status },
    );
  throw client.refuse(reply, new Map());
}

/** The list would take it, and keep it, and no record could ever hold it. */
function refuseTooLong(endpoint: string, { name, label, size }: FieldMeta, value: string): void {
  const bytes = Buffer.byteLength(value);
  if (size <= 0 || bytes <= size) return;
  const message = `${endpoint}: the value is ${bytes} bytes long, and a value of "${label}" holds ${size}: map it to a shorter one`;
  throw new ConnectorError("invalid", message, { field: name });
}
