import type { RunMessage, RunReport } from "../core/store.ts";
import { formatMessage, formatReport } from "./report-text.ts";
import { alignRows } from "./table.ts";
import { counted, duration, localTime, plain, shortRevision } from "./words.ts";

const HEAD = ["RUN", "LINK", "STARTED", "TOOK", "STATUS", "WRITTEN", "FAILED", "MESSAGES", "REVISION", "WHY"] as const;

/** Run reports, one line each, as a table. */
export function formatRuns(reports: readonly RunReport[], now: number): string {
  if (reports.length === 0) return "no runs yet";
  const rows = reports.map((report) => [
    report.run.slice(0, 8),
    plain(report.link),
    `${localTime(report.started)} (${duration(Math.max(0, now - report.started))} ago)`,
    duration(report.ended - report.started),
    `${report.status}${report.dryRun ? " (dry run)" : ""}`,
    String(sum(report, written)),
    String(sum(report, (c) => c.failed)),
    String(report.messages.length + report.suppressed),
    shortRevision(report.revision),
    plain(`${report.kind}, ${report.reason}`),
  ]);
  return alignRows(HEAD, rows).join("\n");
}

/** One report whole (E127): when, why and under which revision it ran, counts of both endpoints, then what was said of records and fields. */
export function formatWholeReport(report: RunReport, twins: readonly RunReport[] = []): string {
  const about = [
    `run        ${report.run}`,
    `link       ${plain(report.link)}`,
    `status     ${report.status}`,
    `kind       ${report.kind}${report.dryRun ? ", dry run: nothing was written" : ""}`,
    `because    ${plain(report.reason)}`,
    `revision   ${report.revision}`,
    `started    ${localTime(report.started)}`,
    `ended      ${localTime(report.ended)}, after ${duration(report.ended - report.started)}`,
    `messages   ${counted(report.messages.length + report.suppressed, "message")}${report.suppressed > 0 ? `, ${report.suppressed} of them were too many to keep` : ""}`,
  ];
  const same = twins.map((twin) => `${twin.dryRun ? "dry run" : "run"} ${twin.run.slice(0, 8)}`);
  const plan = report.plan === undefined ? [] : [`plan       ${planOf(report.plan)}`];
  if (same.length > 0) plan.push(`           the very same as ${same.join(", ")} planned`);
  about.push(...plan);
  const [, ...counts] = formatReport({ ...withoutPlan(report), messages: [], suppressed: 0 }).split("\n");
  const said = report.messages.flatMap((message) => [plainLine(formatMessage(message)), `      ${nextStep(message)}`]);
  return [...about, "", ...counts, ...(said.length === 0 ? [] : ["", ...said])].join("\n");
}

function planOf({ writes, hash }: NonNullable<RunReport["plan"]>): string {
  return writes === 0 ? "nothing to write" : `${counted(writes, "write")}, hash ${hash}`;
}

function withoutPlan({ plan: _, ...report }: RunReport): RunReport {
  return report;
}

function plainLine(line: string): string {
  return `  ${plain(line.trimStart())}`;
}

/** Whom to ask next: the message itself says what is wrong. */
function nextStep({ level, endpoint, record, field }: RunMessage): string {
  if (record === null) return "the next run tries again; `syncline connection test` tells whether both trackers answer";
  const name = plain(`${endpoint}:${record}`);
  if (level === "error")
    return `it is tried again by itself: \`syncline why-not ${name}\` says when, and what it needs`;
  return field === null
    ? `\`syncline why-not ${name}\` says more`
    : `\`syncline why ${name} ${plain(field)}\` says where its value comes from`;
}

type Counts = RunReport["counts"][string];

function written(c: Counts): number {
  const { created, updated, deleted, attachments = 0, comments = 0, entityLinks = 0 } = c;
  return created + updated + deleted + attachments + comments + entityLinks;
}

function sum(report: RunReport, of: (counts: Counts) => number): number {
  return Object.values(report.counts).reduce((total, counts) => total + of(counts), 0);
}
