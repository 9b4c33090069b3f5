import type { LinkQueue, OpenWrite, ParkedLink, QueuedRecord, StoppedLink } from "./queue.ts";
import { counted, duration, localTime, plain } from "./words.ts";

/** What waits, link by link, for a person. */
export function formatQueue(links: readonly LinkQueue[], now: number): string {
  const shown = links.filter(
    ({ retries, intents, parked, stop }) => retries.length + intents.length + parked.length > 0 || stop !== null,
  );
  if (shown.length === 0) return links.length === 0 ? "nothing waits: no link has run yet" : "nothing waits";
  return shown.map((link) => linkText(link, now)).join("\n\n");
}

function linkText(link: LinkQueue, now: number): string {
  const lines = [plain(link.link)];
  if (link.stop !== null) lines.push(...stopLines(link.link, link.stop, now));
  for (const record of link.retries) lines.push(...recordLines(record, now));
  if (link.more > 0) lines.push(`  … and ${counted(link.more, "record")} more: --limit shows them`);
  for (const write of link.intents) lines.push(intentLine(write, now));
  for (const parked of link.parked) lines.push(parkedLine(parked));
  return lines.join("\n");
}

function stopLines(link: string, stop: StoppedLink, now: number): readonly string[] {
  const { create, update, delete: remove } = stop.would;
  const since = `since ${localTime(Date.parse(stop.since))} (${ago(stop.since, now)})`;
  const lines = [
    `  STOPPED ${since} by the ${stop.brake} brake, run ${stop.run.slice(0, 8)}: ${plain(stop.reason)}`,
    `    it would have made ${counted(create, "creation")}, ${counted(update, "update")} and ${counted(remove, "deletion")}; nothing is written meanwhile`,
  ];
  if (stop.allowed !== null)
    return [
      ...lines,
      `    somebody has let it go on: the next run may create ${stop.allowed.create}, update ${stop.allowed.update} and delete ${stop.allowed.delete}`,
    ];
  return [
    ...lines,
    `    to look: syncline sync ${plain(link)} --full --dry-run`,
    `    to go on: syncline resume ${plain(link)} --allow ${stop.brake}`,
  ];
}

function recordLines(record: QueuedRecord, now: number): readonly string[] {
  const name = plain(`${record.endpoint}:${record.record}${record.field === null ? "" : ` ${record.field}`}`);
  const since = `for ${duration(record.ageMs)} (since ${localTime(Date.parse(record.since))})`;
  if (record.waits === true)
    return [`  ${name}: ${plain(record.reason)}`, `    ${since}; no failure: it goes on by itself as soon as it can`];
  return [
    `  ${record.poison ? "HELD " : ""}${name}: ${plain(record.reason)}`,
    `    ${counted(record.attempts, "attempt")}, waiting ${since}; ${nextText(record, now)}`,
  ];
}

function nextText(record: QueuedRecord, now: number): string {
  if (record.poison) return "tried no more until a publish or an edit of the record";
  if (record.next === null) return "tried with the next run";
  return `tried again in ${duration(Math.max(0, Date.parse(record.next) - now))} at the earliest`;
}

function intentLine({ kind, endpoint, record, part, source, run, since }: OpenWrite, now: number): string {
  const what =
    kind === "create"
      ? `creation in ${plain(endpoint)}`
      : `${plain(part ?? kind)} of ${plain(`${endpoint}:${record ?? ""}`)}`;
  return `  OPEN  ${what} from ${plain(source)}: no answer was recorded (run ${run.slice(0, 8)}, ${ago(since, now)}); the next run looks what became of it`;
}

function parkedLine({ endpoint, record, other }: ParkedLink): string {
  return `  PARKED ${plain(`${endpoint}:${record}`)}: its link to ${plain(other)} of ${plain(endpoint)} is made once both have a partner`;
}

function ago(at: string, now: number): string {
  return `${duration(Math.max(0, now - Date.parse(at)))} ago`;
}
