import assert from "node:assert/strict";
import type { RunReport } from "../../daemon/core/store.ts";

/** All that a run wrote, records and their parts. */
export function writtenBy(report: RunReport): number {
  return Object.values(report.counts).reduce(
    (sum, c) =>
      sum + c.created + c.updated + c.deleted + (c.attachments ?? 0) + (c.comments ?? 0) + (c.entityLinks ?? 0),
    0,
  );
}

/** Endpoint, record and words of a report's messages, a line each. */
export function messagesOf(report: RunReport): string {
  return report.messages.map((m) => `${m.endpoint}:${m.record ?? ""} ${m.field ?? ""}: ${m.message}`).join("\n");
}

/** A line per message: `field: message`. */
export function texts(report: RunReport): string {
  return report.messages.map((m) => `${m.field}: ${m.message}`).join("\n");
}

/** Later runs of any kind find nothing to do. */
export async function assertQuiet(link: { run(full?: boolean): Promise<RunReport> }): Promise<void> {
  assert.equal(writtenBy(await link.run()), 0, "an incremental run wrote");
  assert.equal(writtenBy(await link.run(true)), 0, "a full run wrote");
}
