import { type Diagnostic, formatDiagnostic } from "../core/diagnostic.ts";
import type { Event, RunContext, Verdict } from "../core/events.ts";
import { counted, countsText, duration, localTime, plain, shortRevision } from "./words.ts";

type Of<K extends Event["event"]> = Extract<Event, { event: K }>;
type Lines = { readonly [K in Event["event"]]: (event: Of<K>) => string };

/** An event in words for a person at a terminal: one line, and one more for each diagnostic of a rejected commit. */
export function lineOf(event: Event): string {
  // The union is closed: each event meets the function of its own name.
  return (LINES[event.event] as (event: Event) => string)(event);
}

const PAST = { create: "created", update: "updated", delete: "deleted", pair: "paired" } as const;

const PART_PAST = { add: "added", change: "changed", remove: "removed" } as const;

const LINES: Lines = {
  "daemon.started": ({ repository, branch, state, version }) =>
    plain(`Syncline ${version} keeps ${repository} (${branch}), state in ${state}`),
  "daemon.stopping": ({ reason }) => `stopping: ${plain(reason)}`,
  "config.verdict": ({ verdict }) => verdictLine(verdict),
  "config.watch": ({ message }) => `repository: ${plain(message)}`,
  "trigger.scheduled": ({ link, due }) => `next run of ${plain(link)} is due ${localTime(due)}`,
  "trigger.skipped": ({ link, due, why }) => `run of ${plain(link)} due ${localTime(due)} skipped: ${plain(why)}`,
  "trigger.missed": ({ link, due, count }) =>
    `${counted(count, "run")} of ${plain(link)} missed, the last one due ${localTime(due)}: made up for once`,
  "run.queued": ({ link, reason }) => `run of ${plain(link)} (${plain(reason)}) waits for the one that is under way`,
  "run.started": ({ context, kind, reason, dryRun }) =>
    `run ${who(context)} begins: ${kind}${dryRun ? ", dry" : ""}, ${plain(reason)} ${rev(context)}`,
  "run.progress": ({ context, endpoint, done, total }) =>
    `run ${who(context)}: ${plain(endpoint)} ${done}${total === null ? "" : ` of ${total}`} ${rev(context)}`,
  "run.ended": (event) => runLine(event),
  "link.stopped": ({ context, message }) => `${who(context)} STOPPED: ${plain(message)} ${rev(context)}`,
  "record.written": ({ context, endpoint, record, action, source, fields }) => {
    const what = fields.length === 0 ? "" : ` (${fields.map(plain).join(", ")})`;
    return `${who(context)} ${PAST[action]} ${plain(endpoint)} ${plain(record)} from ${plain(source)}${what} ${rev(context)}`;
  },
  "part.written": ({ context, endpoint, record, part, action, name, source }) =>
    `${who(context)} ${PART_PAST[action]} ${part} ${plain(name)} of ${plain(endpoint)} ${plain(record)} from ${plain(source)} ${rev(context)}`,
  "record.held": ({ context, endpoint, record, field, message }) =>
    `${who(context)} held ${plain(endpoint)} ${plain(record)}${field === null ? "" : ` ${plain(field)}`}: ${plain(message)} ${rev(context)}`,
  "record.noted": ({ context, endpoint, record, field, message }) =>
    `${who(context)} ${plain(endpoint)} ${plain(record)}${field === null ? "" : ` ${plain(field)}`}: ${plain(message)} ${rev(context)}`,
  "record.unchanged": ({ context, endpoint, record, why }) =>
    `${who(context)} left ${plain(endpoint)} ${plain(record)}: ${plain(why)} ${rev(context)}`,
  "rule.log": ({ context, endpoint, record, message }) =>
    `${who(context)} rule on ${plain(endpoint)} ${plain(record)} says: ${plain(message)} ${rev(context)}`,
  "rule.lookup": ({ context, endpoint, record, question, answer }) =>
    `${who(context)} rule on ${plain(endpoint)} ${plain(record)} asks: ${plain(question)}: ${plain(answer)} ${rev(context)}`,
  "endpoint.note": ({ connection, endpoint, message }) => `${plain(connection)} ${plain(endpoint)}: ${plain(message)}`,
  "endpoint.request": ({ connection, endpoint, method, url, status, ms }) =>
    `${plain(connection)} ${plain(endpoint)}: ${method} ${plain(url)} ${status ?? "no answer"} (${duration(ms)})`,
};

function verdictLine(verdict: Verdict): string {
  const { kind, subject, author, reason, tookMs, diagnostics } = verdict;
  const commit = `commit ${shortRevision(verdict.revision)} "${plain(subject)}"${author === "" ? "" : ` by ${plain(author)}`}`;
  const lines = diagnostics.map(diagnosticLines).join("");
  switch (kind) {
    case "active":
      return `${commit} is active (${duration(tookMs)})${lines}`;
    case "rejected":
      return `${commit} rejected: ${problems(diagnostics)}; the configuration before it stays${lines}`;
    case "failed":
      return `${commit} could not be judged: ${plain(reason)}; it is tried again${lines}`;
    case "superseded":
      return `${commit} passed over: a newer one came${lines}`;
  }
}

function problems(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === "error").length;
  return counted(errors, "problem");
}

function diagnosticLines(diagnostic: Diagnostic): string {
  const lines = formatDiagnostic(diagnostic).split("\n");
  return lines.map((line) => `\n    ${plain(line)}`).join("");
}

function runLine(event: Of<"run.ended">): string {
  const { context, kind, status, counts, paired, conflicts, tookMs, reason } = event;
  const parts = [countsText(counts)];
  if (paired > 0) parts.push(`${counted(paired, "pair")} found`);
  if (conflicts > 0) parts.push(counted(conflicts, "conflict"));
  const why = status === "passed" || reason === "" ? "" : `: ${plain(reason)}`;
  const done = parts.filter((part) => part !== "").join("; ");
  const full = kind === "full" ? "full run" : "run";
  return `${full} ${who(context)} ${status}${why}${done === "" ? "" : ` | ${done}`} (${duration(tookMs)}) ${rev(context)}`;
}

/** `payments/defects #a1b2c3d4` */
function who({ connection, link, run }: RunContext): string {
  return `${plain(link.includes("/") ? link : `${connection}/${link}`)} #${plain(run.slice(0, 8))}`;
}

function rev(context: RunContext): string {
  return `rev ${shortRevision(context.revision)}`;
}
