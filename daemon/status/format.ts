import { formatDiagnostic } from "../core/diagnostic.ts";
import { coverageText } from "./coverage.ts";
import type { LinkStatus, StatusReport } from "./report.ts";
import { counted, countsText, duration, localTime, plain, shortRevision } from "./words.ts";

const HEAD = ["LINK", "LAST RUN", "STATUS", "PAIRS", "RETRY", "HELD", "NEXT"] as const;

/** A status report for a person: what is live, whether it is what was pushed, and a table of the links. Ends with a line feed. */
export function formatStatus(report: StatusReport): string {
  const now = Date.parse(report.at);
  const lines = [daemonLine(report, now), ...revisionLines(report, now), ...verdictLines(report)];
  if (report.watching !== null)
    lines.push(`trouble    ${plain(report.watching.message)} (${ago(report.watching.since, now)})`);
  lines.push("", ...linkTable(report.links, now));
  for (const note of report.notes)
    lines.push(`note       ${plain(note.connection)} ${plain(note.endpoint)}: ${plain(note.message)}`);
  return `${lines.join("\n").trimEnd()}\n`;
}

function daemonLine({ daemon, repository, branch }: StatusReport, now: number): string {
  if (daemon === null) return "daemon     not running; this is how it left things";
  const pid = daemon.pid === null ? "" : ` (process ${daemon.pid})`;
  const where = repository === null ? "" : `, ${plain(repository)} ${plain(branch ?? "")}`;
  return `daemon     ${plain(daemon.version)}${pid}, up for ${duration(now - Date.parse(daemon.since))}${where}`;
}

function revisionLines({ revision, converged }: StatusReport, now: number): string[] {
  if (revision.active === null)
    return [
      "active     none yet",
      `wanted     ${revision.wanted === null ? "nothing pushed yet" : shortRevision(revision.wanted)}`,
    ];
  const since = revision.activeSince === null ? "" : `, live ${ago(revision.activeSince, now)}`;
  const active = `active     ${shortRevision(revision.active)} "${plain(revision.activeSubject ?? "")}"${since}`;
  if (converged) return [active, "converged  yes: what is pushed is live"];
  return [active, `converged  no: ${revision.wanted === null ? "nothing is" : shortRevision(revision.wanted)} wanted`];
}

function verdictLines({ verdict }: StatusReport): string[] {
  if (verdict === null || verdict.kind === "active") return [];
  const commit = `${shortRevision(verdict.revision)} "${plain(verdict.subject)}"`;
  const reason = verdict.reason === "" ? "" : `: ${plain(verdict.reason)}`;
  const problems = verdict.diagnostics.flatMap((diagnostic) => formatDiagnostic(diagnostic).split("\n"));
  return [`verdict    ${commit} ${verdict.kind}${reason}`, ...problems.map((line) => `    ${plain(line)}`)];
}

function linkTable(links: readonly LinkStatus[], now: number): string[] {
  if (links.length === 0) return ["no links"];
  const rows = links.map((link) => cellsOf(link, now));
  const widths = HEAD.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)));
  const lineOf = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return [
    lineOf(HEAD),
    ...rows.flatMap((row, index) => [lineOf(row), ...(links[index] === undefined ? [] : detailsOf(links[index], now))]),
  ];
}

/** What does not fit the table, each on a line of its own. */
function detailsOf(link: LinkStatus, now: number): readonly string[] {
  const lines: string[] = [];
  if (link.description !== "") lines.push(`  ${plain(link.description)}`);
  const coverage = coverageText(link.coverage, link.link);
  if (coverage !== "") lines.push(`  ${coverage}`);
  const counts = link.lastRun === null ? "" : countsText(link.lastRun.counts);
  if (counts !== "") lines.push(`  ${counts}`);
  if (link.lastWrite !== null)
    lines.push(
      `  last written ${plain(`${link.lastWrite.endpoint}:${link.lastWrite.record}`)}, ${ago(link.lastWrite.at, now)}`,
    );
  if (link.deletionsSeen !== null) lines.push(`  deletions last looked for ${ago(link.deletionsSeen, now)}`);
  const { stopped } = link;
  if (stopped !== null) {
    lines.push(`  since ${ago(stopped.since, now)}: ${plain(stopped.reason)}; see syncline resume ${plain(link.link)}`);
  }
  return lines;
}

function cellsOf(link: LinkStatus, now: number): readonly string[] {
  const { lastRun, running, nextDue } = link;
  return [
    plain(link.link),
    lastRun === null ? "never" : ago(lastRun.ended, now),
    statusCell(link, running),
    String(link.pairs),
    String(link.retries),
    link.held === null ? "-" : String(link.held),
    nextDue === null ? "-" : `${localTime(Date.parse(nextDue.at))}${nextDue.full ? " (full)" : ""}`,
  ];
}

function statusCell(link: LinkStatus, running: LinkStatus["running"]): string {
  if (running !== null) {
    const parts = Object.values(running.progress);
    const done = parts.reduce((sum, part) => sum + part.done, 0);
    return `running${done === 0 ? "" : `, ${counted(done, "record")}`}`;
  }
  if (!link.configured) return "not configured";
  if (link.stopped !== null) return link.stopped.resumed ? "stopped, resumed for its next run" : "STOPPED by a brake";
  return link.lastRun?.status ?? "-";
}

function ago(at: string, now: number): string {
  return `${duration(Math.max(0, now - Date.parse(at)))} ago`;
}
