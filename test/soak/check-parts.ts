import { shortcutAddress } from "../../daemon/fields/shortcut.ts";
import type { SandboxFile } from "../../daemon/sandbox/attachment-admin.ts";
import { readMemo } from "../support/memo.ts";
import { type Findings, joined, NOTHING } from "./check.ts";
import { hashOf } from "./part-pictures.ts";
import type { CommentWanted, FileWanted, PartsWorld } from "./parts.ts";
import type { End } from "./world.ts";

/** What belongs to one record, as it stands. */
export interface PartsShown {
  readonly files: readonly SandboxFile[];
  readonly memo: string;
  /** The version, or the application's name. */
  readonly version: string;
}

/** Both trackers as far as parts go: by key, and all entity links. */
export interface PartsPicture {
  readonly records: ReadonlyMap<string, Readonly<Partial<Record<End, PartsShown>>>>;
  readonly bonds: Readonly<Record<End, readonly string[]>>;
  /** Values that may be made: versions, applications. */
  readonly made: Readonly<Record<End, readonly string[]>>;
}

/** Larger files cross as an address. */
export const MOST_BYTES = 200_000;
const ENDS: readonly End[] = ["alm", "agm"];

/** `left`: keys whose records were deleted or made anew, of which nothing is known. */
export function findingsOfParts(picture: PartsPicture, parts: PartsWorld, left: ReadonlySet<string>): Findings {
  const records = [...picture.records].filter(([key]) => !left.has(key));
  return joined([
    ...records.flatMap(([key, shown]) =>
      ENDS.flatMap((end) => {
        const one = shown[end];
        return one === undefined ? [] : [files(end, key, one, parts), comments(end, key, one, parts)];
      }),
    ),
    ...ENDS.map((end) => bonds(end, picture, parts, left)),
    ...ENDS.map((end) => values(end, picture, parts)),
  ]);
}

function files(end: End, key: string, { files: there }: PartsShown, parts: PartsWorld): Findings {
  const wanted = parts.files().filter((file) => file.key === key);
  const known = new Set(wanted.map((file) => nameOn(end, file)));
  const strange = there.filter(({ name }) => !known.has(name)).map(({ name }) => `${end} ${key} has a file ${name}`);
  const found = wanted.map((file) => fileFindings(end, file, there));
  return joined([...found, { ...NOTHING, duplicates: strange }]);
}

function nameOn(end: End, { name, end: source, content }: FileWanted): string {
  return end !== source && content.length > MOST_BYTES ? `${name}.url` : name;
}

function fileFindings(end: End, file: FileWanted, there: readonly SandboxFile[]): Findings {
  const name = nameOn(end, file);
  const [one, ...more] = there.filter((each) => each.name === name);
  const told = `${end} ${file.key} file ${name}`;
  if (one === undefined) return { ...NOTHING, lost: [`${told} is not there`] };
  const whole = name.endsWith(".url")
    ? shortcutAddress(one.content.toString("utf8")) !== null
    : hashOf(one.content) === hashOf(file.content);
  const lost = whole ? [] : [`${told} has other bytes: ${one.content.length} instead of ${file.content.length}`];
  return { ...NOTHING, lost, duplicates: more.map(() => `${told} is there twice`) };
}

function comments(end: End, key: string, { memo }: PartsShown, parts: PartsWorld): Findings {
  const wanted = parts.comments().filter((comment) => comment.key === key);
  const said = readMemo(memo);
  const found = wanted.map((comment) => commentFindings(end, comment, said, memo));
  const extra = said.filter((line) => !wanted.some(({ mark }) => line.includes(`${mark} `)));
  return joined([...found, { ...NOTHING, surprise: extra.map((line) => `${end} ${key} says "${line}"`) }]);
}

function commentFindings(end: End, comment: CommentWanted, said: readonly string[], memo: string): Findings {
  const { key, mark, text, typed } = comment;
  const [line, ...more] = said.filter((each) => each.includes(`${mark} `));
  if (line === undefined) return { ...NOTHING, lost: [`${end} ${key} does not say ${mark}`] };
  const lost = line.endsWith(text) ? [] : [`${end} ${key} says "${line}", not "${text}"`];
  // Where it was said it stands as it was typed, whatever was written around it.
  const touched = end === comment.end && lost.length === 0 && !memo.includes(typed);
  const surprise = touched ? [`${end} ${key}: the words of ${mark} are not as they were typed`] : [];
  return { lost, surprise, duplicates: more.map(() => `${end} ${key} says ${mark} twice`) };
}

function bonds(end: End, { bonds: there }: PartsPicture, parts: PartsWorld, left: ReadonlySet<string>): Findings {
  // Of a key that lost a record nobody knows which of its links went along, nor whether a later one finds both of its ends.
  const isSure = (bond: string) => !bond.split(" ").some((key) => left.has(key));
  const known = there[end].filter(isSure);
  const wanted = parts.bonds().filter(isSure);
  return {
    lost: wanted.filter((bond) => !known.includes(bond)).map((bond) => `${end} has no link ${bond}`),
    duplicates: known.filter((bond, i) => known.indexOf(bond) !== i).map((bond) => `${end} has the link ${bond} twice`),
    surprise: known.filter((bond) => !wanted.includes(bond)).map((bond) => `${end} has a link ${bond}`),
  };
}

function values(end: End, { records, made }: PartsPicture, parts: PartsWorld): Findings {
  const lost = [...parts.values()].flatMap(([key, version]) => {
    const shown = records.get(key)?.[end];
    return shown === undefined || shown.version === version
      ? []
      : [`${end} ${key} has version "${shown.version}", not "${version}"`];
  });
  const twice = made[end].filter((name, i) => made[end].indexOf(name) !== i);
  return { ...NOTHING, lost, duplicates: twice.map((name) => `${end} has the value ${name} twice`) };
}
