import type { TriggerConfig } from "../../core/snapshot.ts";
import { checkCron, checkZone } from "./cron.ts";
import type { ConnectionContext } from "./link-context.ts";
import { readFilter } from "./link-sides.ts";
import { asTable, readTable, type TableReader } from "./read.ts";
import { reportStrangers } from "./row-options.ts";
import type { TomlArray, TomlNode } from "./toml.ts";

export function readTriggers(
  array: TomlArray | null,
  link: string,
  context: ConnectionContext,
): readonly TriggerConfig[] {
  const { report } = context;
  const triggers = new Map<string, TriggerConfig>();
  for (const item of array?.items ?? []) {
    const trigger = readTrigger(item, link, context);
    if (trigger === null) continue;
    if (triggers.has(trigger.id))
      report.error("invalid-value", item.at, "This trigger stands twice.", "Remove one of the two.");
    triggers.set(trigger.id, trigger);
  }
  const list = [...triggers.values()].filter(({ enabled }) => enabled !== false);
  if (list.length > 0 && list.every(({ query }) => query !== undefined) && array !== null)
    report.warn(
      "only-queries",
      array.at,
      "Every trigger of this link has a query: what none of them selects is never looked at, nor is any deletion.",
      "Add one without a query, such as a nightly one with full = true.",
    );
  return [...triggers.values()];
}

function readTrigger(node: TomlNode, link: string, context: ConnectionContext): TriggerConfig | null {
  const { report } = context;
  const table = asTable(node, "A trigger", report);
  if (table === null) return null;
  const reader = readTable(table, "A trigger", report);
  const text = reader.text("cron");
  if (text === null && !table.entries.has("cron")) {
    report.error(
      "missing-key",
      table.at,
      'A trigger has no "cron".',
      'Such as cron = "*/5 * * * *": every five minutes.',
    );
  }
  const cron = text === null ? null : checkCron(text, report);
  const named = reader.text("zone");
  const zone = named === null ? "UTC" : checkZone(named, report);
  const full = reader.flag("full")?.value ?? false;
  const query = readQuery(reader, context);
  const notes = reader.text("notes")?.value ?? null;
  const enabled = reader.flag("enabled")?.value ?? true;
  reader.finish();
  if (cron === null || zone === null) return null;
  const kind = full ? "full" : "incremental";
  const id = [link, cron, zone, kind, ...(query === null ? [] : [JSON.stringify(query)])].join(" ");
  return {
    ...{ id, link, cron, zone, full },
    ...(query === null ? {} : { query }),
    ...(notes === null ? {} : { notes }),
    ...(enabled ? {} : { enabled }),
    origin: { file: report.file, ...table.at },
  };
}

/** One filter per endpoint, each in its tracker's own language. */
function readQuery(
  reader: TableReader,
  { left, right, names, report }: ConnectionContext,
): NonNullable<TriggerConfig["query"]> | null {
  const table = reader.subtable("query");
  if (table === null) return null;
  const inner = readTable(table, '"query"', report);
  const query: Partial<Record<"left" | "right", string>> = {};
  for (const [side, endpoint] of [["left", left] as const, ["right", right] as const]) {
    const text = readFilter(inner.entry(endpoint.config.name)?.node, endpoint, report);
    if (text !== null) query[side] = text;
  }
  reportStrangers(inner, names, report);
  return Object.keys(query).length === 0 ? null : query;
}
