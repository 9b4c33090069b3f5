import type { TrackerRecord } from "../../core/record.ts";
import { otherSide, type Side } from "../../core/snapshot.ts";
import { convertMarkup, markupOf } from "../../fields/rich.ts";
import type { Desires } from "../decide/desire.ts";
import type { Session } from "../session.ts";

/**
 * The web address of `partner` for the field of `side` that holds it (X23), as a value that is put back whenever it differs: it is of one side
 * alone, so that nothing of it goes back. Nothing where no such field is declared.
 */
export function partnerUrl(
  { link, connectors, schemas }: Session,
  side: Side,
  partner: Pick<TrackerRecord, "id">,
): Desires {
  const other = otherSide(side);
  const field = link[side].partnerUrl;
  const address = field === undefined ? null : (connectors[other].address?.(link[other].entity, partner.id) ?? null);
  if (field === undefined || address === null) return {};
  const schema = schemas[side].schemas[field];
  const value = schema?.kind === "rich" ? convertMarkup(address, "plain", markupOf(schema)) : address;
  const origin = `${link.origin.file}:${link.origin.line}`;
  return { [field]: { kind: "value", value, notes: [], origin, put: "always" } };
}
