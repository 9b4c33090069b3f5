import type { RunMessage, RunReport } from "../core/store.ts";
import { counted, partTexts } from "./words.ts";

const MOST_LINES = 40;

/** A run report as a person reads it: status, counts per endpoint, then each message with endpoint, record and field, errors first. */
export function formatReport(report: RunReport): string {
  const head = `${report.link}: ${report.dryRun ? "dry run, " : ""}${report.kind} run ${report.run.slice(0, 8)} ${report.status} in ${seconds(report.ended - report.started)} under revision ${report.revision.slice(0, 10)}`;
  const verb = report.dryRun ? "would be " : "";
  const counts = Object.entries(report.counts).map(
    ([endpoint, c]) =>
      `  ${endpoint.padEnd(10)} ${c.read} read, ${c.created} ${verb}created, ${c.updated} ${verb}updated, ${c.deleted} ${verb}deleted${partTexts(
        c,
      )
        .map((text) => `, ${text}`)
        .join("")}, ${c.failed} failed, ${c.requests} requests`,
  );
  const totals = [
    ...(report.paired > 0 ? [`  ${report.paired} paired that were there on both sides`] : []),
    ...(report.conflicts > 0 ? [`  ${report.conflicts} fields changed on both sides`] : []),
    ...queuedText(report),
    ...planText(report),
  ];
  return [head, ...counts, ...totals, ...messagesOf(report)].join("\n");
}

/** A run that passed has not had to do with what failed earlier and is not due yet. */
function queuedText({ queued, link }: RunReport): readonly string[] {
  return queued === undefined
    ? []
    : [`  ${counted(queued, "record")} in the queue, to be tried again: syncline queue ${link}`];
}

/** As long as a person needs to tell two runs apart. */
function planText({ plan }: RunReport): readonly string[] {
  if (plan === undefined || plan.writes === 0) return [];
  return [`  plan ${plan.hash.slice(0, 12)}: ${counted(plan.writes, "write")}`];
}

function messagesOf(report: RunReport): readonly string[] {
  const isError = ({ level }: RunMessage) => Number(level === "error");
  const inOrder = report.messages.toSorted((a, b) => isError(b) - isError(a));
  const shown = inOrder.slice(0, MOST_LINES).map(formatMessage);
  const hidden = report.messages.length - shown.length + report.suppressed;
  return hidden > 0 ? [...shown, `  … and ${hidden} more: --json shows them`] : shown;
}

export function formatMessage(message: RunMessage): string {
  const record = message.record === null ? message.endpoint : `${message.endpoint}:${message.record}`;
  const where = [record, message.field].filter((part) => part !== null && part !== "").join(" ");
  return `  ${message.level}: ${where === "" ? "" : `${where}: `}${message.message}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
