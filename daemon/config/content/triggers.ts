import type { TriggerConfig } from "../../core/snapshot.ts";
import { checkCron, checkZone } from "./cron.ts";
import { asTable, readTable } from "./read.ts";
import type { FileReport } from "./report.ts";
import type { TomlArray, TomlNode } from "./toml.ts";

export function readTriggers(array: TomlArray | null, link: string, report: FileReport): readonly TriggerConfig[] {
  const triggers = new Map<string, TriggerConfig>();
  for (const item of array?.items ?? []) {
    const trigger = readTrigger(item, link, report);
    if (trigger === null) continue;
    if (triggers.has(trigger.id))
      report.error("invalid-value", item.at, "This trigger stands twice.", "Remove one of the two.");
    triggers.set(trigger.id, trigger);
  }
  return [...triggers.values()];
}

function readTrigger(node: TomlNode, link: string, report: FileReport): TriggerConfig | null {
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
  reader.finish();
  if (cron === null || zone === null) return null;
  const id = `${link} ${cron} ${zone} ${full ? "full" : "incremental"}`;
  return { id, link, cron, zone, full, origin: { file: report.file, ...table.at } };
}
