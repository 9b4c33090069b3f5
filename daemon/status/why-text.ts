import type { Value } from "../core/record.ts";
import { shortValue } from "./value-text.ts";
import { localTime, plain, shortRevision } from "./words.ts";

/** As much of an explanation as is printed. */
export interface WhyShown {
  readonly link: string;
  readonly partner: string | null;
  readonly writes: readonly WriteShown[];
  readonly waits: readonly {
    readonly record: string;
    readonly field: string | null;
    readonly reason: string;
    readonly since: string | null;
  }[];
}

export interface WriteShown {
  readonly field: string | null;
  readonly kind: "create" | "update" | "delete";
  readonly at: string;
  readonly revision: string;
  readonly subject: string | null;
  readonly origin: string | null;
  readonly by: "mapping" | "rule" | "person" | "recovered";
  readonly row: string | null;
  readonly run: string;
  readonly because: string | null;
  readonly source: { readonly endpoint: string; readonly record: string; readonly version: string | null };
  readonly before: Value;
  readonly after: Value;
  readonly lost?: Value;
  readonly race?: { readonly read: string; readonly stored: string };
  readonly madeIn?: string;
  readonly part?: { readonly action: "add" | "change" | "remove" };
}

export interface RecordShown {
  readonly endpoint: string;
  readonly key: string;
}

/** Where a record's values come from, for a person (B5). */
export function formatWhy(record: RecordShown, field: string | null, links: readonly WhyShown[]): string {
  const name = plain(`${record.endpoint}:${record.key}`);
  if (links.length === 0)
    return `${name} is not known: no link has paired it, and the journal has no write of it; \`syncline why-not ${name}\` asks the tracker`;
  return links.map((link) => linkText(name, field, link)).join("\n\n");
}

function linkText(name: string, field: string | null, shown: WhyShown): string {
  const lines = shown.waits.map(
    ({ record, field: waiting, reason, since }) =>
      `  ${plain(`${record}${waiting === null ? "" : ` ${waiting}`}`)} ${plain(reason)}${since === null ? "" : ` (since ${localTime(Date.parse(since))})`}; it goes on by itself as soon as it can`,
  );
  return [writesText(name, field, shown), ...lines].join("\n");
}

function writesText(name: string, field: string | null, { link, partner, writes }: WhyShown): string {
  const head = `${name} in ${plain(link)}${partner === null ? ", not paired now" : `, partner ${plain(partner)}`}`;
  if (writes.length > 0) return [head, ...writes.map(writeText)].join("\n");
  const what = field === null ? "this record" : `its field ${plain(field)}`;
  const where = partner === null ? "" : `; what was made of it for the partner: \`syncline why ${plain(partner)}\``;
  return `${head}\n  Syncline has written nothing into ${what} that the journal still has: the value is somebody's own${where}`;
}

const PART_DONE = { add: "added", change: "changed", remove: "removed" } as const;
const DONE = { create: "set when it was created", update: "written", delete: "deleted" } as const;

function writeText(write: WriteShown): string {
  const subject = write.subject === null ? "" : ` "${plain(write.subject)}"`;
  const version = write.source.version === null ? "" : `, version ${plain(write.source.version)}`;
  const lines = [
    ...headLines(write),
    ...(write.lost === undefined
      ? []
      : [`    lost: ${shortValue(write.lost)}, somebody's own edit that gave way to it`]),
    ...(write.race === undefined
      ? []
      : [
          `    race: somebody wrote the record between version ${plain(write.race.read)} and ${plain(write.race.stored)}`,
        ]),
    `    commit    ${shortRevision(write.revision)}${subject}`,
    `    by        ${originText(write)}`,
    `    source    ${plain(`${write.source.endpoint}:${write.source.record}`)}${version}`,
    `    run       ${write.run.slice(0, 8)}${write.because === null ? "" : `, ${plain(write.because)}`}`,
  ];
  return lines.join("\n");
}

function headLines({ field, kind, at, before, after, madeIn, part }: WriteShown): readonly string[] {
  const when = localTime(Date.parse(at));
  if (madeIn !== undefined)
    return [
      `  ${plain(String(after))} in ${plain(madeIn)}`,
      `    made ${when} for the sake of this record (create_missing)`,
    ];
  return [
    `  ${plain(field ?? "(the record)")} = ${shortValue(after)}`,
    `    ${part === undefined ? DONE[kind] : PART_DONE[part.action]} ${when}, before: ${shortValue(before)}`,
  ];
}

function originText({ by, origin, row }: WriteShown): string {
  if (by === "recovered") return "a write whose answer was lost: the next run found it stored";
  if (by === "person") return `a person: ${plain(origin ?? "")}`;
  return `${by} ${plain(origin ?? "")}${row === null ? "" : `: ${plain(row)}`}`;
}
