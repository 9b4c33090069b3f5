import type { RecordShown } from "./why-text.ts";
import { duration, localTime, plain, shortRevision } from "./words.ts";

/** As much of an answer as is printed. Times are milliseconds since 1970. */
export interface WhyNotShown {
  readonly link: string;
  readonly partner: string | null;
  readonly synced: boolean;
  readonly findings: readonly FindingShown[];
  readonly nextRun: number | null;
  readonly running: boolean;
}

export interface FindingShown {
  readonly kind: string;
  readonly message: string;
  readonly since: number | null;
  readonly revision: string | null;
  readonly where: string | null;
  readonly hint: string;
  readonly earlier: EarlierShown | null;
}

interface EarlierShown {
  readonly revision: string;
  readonly subject: string;
  readonly until: { readonly revision: string; readonly subject: string; readonly at: number | null };
}

/** What keeps a record from being synchronised, for a person (B20). */
export function formatWhyNot(record: RecordShown, links: readonly WhyNotShown[], now: number): string {
  const name = plain(`${record.endpoint}:${record.key}`);
  return links
    .map((link) => {
      const partner = link.partner === null ? "no partner" : `partner ${plain(link.partner)}`;
      const verdict = link.synced ? "nothing keeps it" : "is kept from being synchronised";
      const head = `${name} in ${plain(link.link)} (${partner}): ${verdict}`;
      return [head, ...link.findings.flatMap((finding) => findingLines(finding, now)), nextLine(link, now)].join("\n");
    })
    .join("\n\n");
}

function findingLines(finding: FindingShown, now: number): readonly string[] {
  const { kind, message, since, revision, where, hint, earlier } = finding;
  const facts = [
    ...(since === null ? [] : [`since ${localTime(since)} (${duration(Math.max(0, now - since))} ago)`]),
    ...(revision === null ? [] : [`revision ${shortRevision(revision)}`]),
    ...(where === null ? [] : [plain(where)]),
  ];
  return [
    `  ${kind}: ${plain(message)}`,
    ...(facts.length === 0 ? [] : [`    ${facts.join(", ")}`]),
    ...(earlier === null ? [] : earlierLines(earlier)),
    ...(hint === "" ? [] : [`    ${plain(hint)}`]),
  ];
}

function earlierLines({ revision, subject, until }: EarlierShown): readonly string[] {
  const live = until.at === null ? "" : `, live since ${localTime(until.at)}`;
  return [
    `    it would have been selected under ${shortRevision(revision)} "${plain(subject)}"`,
    `    and is not since ${shortRevision(until.revision)} "${plain(until.subject)}"${live}`,
  ];
}

function nextLine({ link, nextRun, running }: WhyNotShown, now: number): string {
  if (nextRun !== null) return `  next run in ${duration(Math.max(0, nextRun - now))}, at ${localTime(nextRun)}`;
  if (!running) return `  no daemon runs here: \`syncline sync ${plain(link)}\` runs the link`;
  return `  no trigger runs the link: \`syncline sync ${plain(link)}\` does`;
}
