import type { TrackerRecord } from "../../core/record.ts";
import type { Side } from "../../core/snapshot.ts";
import type { Intent } from "../../core/store.ts";
import { equalValues } from "../../fields/equal.ts";
import { markedPartner } from "../decide/marker.ts";
import type { Session } from "../session.ts";

/**
 * What creations that never got an answer left behind, by intent id. With a marker field the search is exact. Without one it goes by the first
 * mapped one-line text and takes a record only if every text we sent is there and nothing is paired with it: a person who made the very same
 * record by hand in the meantime would be taken for ours. That is the documented limit of trackers without a marker field.
 */
export async function findLost(
  session: Session,
  side: Side,
  intents: readonly Intent[],
): Promise<ReadonlyMap<string, TrackerRecord>> {
  if (intents.length === 0) return new Map();
  const marker = session.link[side].marker;
  return marker === null ? findByText(session, side, intents) : findByMarker(session, side, marker, intents);
}

async function findByMarker(
  session: Session,
  side: Side,
  marker: string,
  intents: readonly Intent[],
): Promise<ReadonlyMap<string, TrackerRecord>> {
  const { connectors, link, fields, signal, store } = session;
  const bySource = new Map(intents.map((intent) => [intent.source, intent]));
  const records = await connectors[side].find(link[side].entity, marker, [...bySource.keys()], fields[side], signal);
  const paired = store.pairs(
    side,
    records.map((r) => r.id),
  );
  const found = new Map<string, TrackerRecord>();
  for (const record of records) {
    const intent = bySource.get(markedPartner(link, side, record) ?? "");
    if (intent !== undefined && !paired.has(record.id) && !found.has(intent.id)) found.set(intent.id, record);
  }
  return found;
}

async function findByText(
  session: Session,
  side: Side,
  intents: readonly Intent[],
): Promise<ReadonlyMap<string, TrackerRecord>> {
  const { connectors, link, fields, signal, store, schemas } = session;
  const field = link.fields.map((m) => m[side]).find((name) => schemas[side].schemas[name]?.kind === "string");
  if (field === undefined) return new Map();
  const texts = intents.flatMap((intent) => (typeof intent.fields[field] === "string" ? [intent.fields[field]] : []));
  const records = await connectors[side].find(link[side].entity, field, [...new Set(texts)], fields[side], signal);
  const paired = store.pairs(
    side,
    records.map((r) => r.id),
  );
  const found = new Map<string, TrackerRecord>();
  const taken = new Set<string>();
  for (const intent of intents) {
    const record = records.find(
      (r) => !paired.has(r.id) && !taken.has(r.id) && holdsAll(r, intent, schemas[side].schemas),
    );
    if (record === undefined) continue;
    taken.add(record.id);
    found.set(intent.id, record);
  }
  return found;
}

function holdsAll(record: TrackerRecord, intent: Intent, schemas: Session["schemas"][Side]["schemas"]): boolean {
  return Object.entries(intent.fields).every(([name, sent]) => {
    const schema = schemas[name];
    const now = record.fields[name];
    if (schema === undefined || now === undefined || (schema.kind !== "string" && schema.kind !== "rich")) return true;
    return equalValues(schema, now, sent);
  });
}
