import type { TrackerRecord } from "../core/record.ts";
import type { Side } from "../core/snapshot.ts";
import type { Session } from "./session.ts";

/** Records of one side by id, in batches that its tracker bears; ids that are not there are missing. */
export async function readAll(
  session: Session,
  side: Side,
  ids: readonly string[],
  fields: readonly string[] = session.fields[side],
): Promise<ReadonlyMap<string, TrackerRecord>> {
  const { connectors, link, signal } = session;
  const read = new Map<string, TrackerRecord>();
  const size = connectors[side].capabilities.batch.read;
  for (let i = 0; i < ids.length; i += size) {
    const batch = await connectors[side].read(link[side].entity, ids.slice(i, i + size), fields, signal);
    for (const [id, record] of batch) read.set(id, record);
  }
  return read;
}
