import type { Value } from "../core/record.ts";
import { shortValue } from "./value-text.ts";
import { counted, localTime, plain, shortRevision } from "./words.ts";

/** As much of a drift report as is printed. Records, fields and values by endpoint name; times are ISO 8601. */
export interface DriftShown {
  readonly link: string;
  readonly revision: string;
  readonly endpoints: readonly [string, string];
  readonly pairs: number;
  readonly records: Readonly<Record<string, number>>;
  readonly parts: readonly string[];
  readonly remembered: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly items: readonly DriftItemShown[];
  readonly more: number;
  readonly ignored: number;
}

export interface DriftItemShown {
  readonly records: Readonly<Record<string, string | null>>;
  readonly fields: Readonly<Record<string, string | null>> | null;
  readonly values: Readonly<Record<string, Value>> | null;
  readonly why: string;
  readonly detail: string;
  readonly since: string | null;
  readonly run: string | null;
}

/** Every disagreement with its reason, and what was compared, for a person (B26). */
export function formatDrift(drift: DriftShown): string {
  const names = drift.items.map((item) => recordsText(item, drift.endpoints));
  const blocks = drift.items.map((item, i) => {
    const text = itemText(item, drift.endpoints);
    return names[i] === names[i - 1] ? text : `${names[i]}\n${text}`;
  });
  const more = drift.more === 0 ? [] : [`… and ${drift.more} more: --limit shows them`];
  return [...blocks, ...more, summary(drift)].join("\n");
}

function recordsText({ records }: DriftItemShown, endpoints: readonly [string, string]): string {
  return endpoints.flatMap((name) => (records[name] == null ? [] : [plain(`${name}:${records[name]}`)])).join(" = ");
}

function itemText(item: DriftItemShown, endpoints: readonly [string, string]): string {
  const since = item.since === null ? "" : ` (since ${localTime(Date.parse(item.since))})`;
  const run = item.run === null || item.run === "" ? "" : ` (run ${item.run.slice(0, 8)})`;
  const lines = [`  ${item.why}: ${plain(item.detail)}${since}${run}`];
  for (const name of item.values === null ? [] : endpoints) {
    const field = item.fields?.[name];
    if (field != null) lines.push(`    ${plain(name)} ${plain(field)} = ${shortValue(item.values?.[name] ?? null)}`);
  }
  return lines.join("\n");
}

function summary({
  link,
  revision,
  endpoints,
  pairs,
  records,
  parts,
  remembered,
  ignored,
  counts,
  items,
}: DriftShown): string {
  const compared = `${counted(pairs, "pair")} compared${withParts(parts)} (${endpoints.map((name) => `${plain(name)} ${records[name] ?? 0}`).join(", ")}) under revision ${shortRevision(revision)}`;
  const kept = remembered === 0 ? "" : `; ${counted(remembered, "field")} differ as they were left on purpose`;
  const left = ignored === 0 ? "" : `, but for ${ignored} that --ignore leaves out`;
  if (items.length === 0) return `${plain(link)}: both sides agree${left}: ${compared}${kept}`;
  const reasons = Object.entries(counts).map(([why, count]) => `${count} ${why}`);
  return `${plain(link)}: ${reasons.join(", ")}; ${compared}${kept}`;
}

function withParts(parts: readonly string[]): string {
  if (parts.length === 0) return "";
  return ` with ${parts.length === 1 ? parts[0] : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`}`;
}
