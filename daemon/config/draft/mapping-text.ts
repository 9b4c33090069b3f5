import type { Draft, DraftLink } from "./draft.ts";
import { type DraftInput, type DraftSide, SIDES } from "./input.ts";
import { linkLines } from "./link-text.ts";
import { alignedLines, type KeyLine, oneLine, tomlKey, type TomlValue, tomlText, tomlValue } from "./toml-text.ts";
import type { MatchedValues } from "./values.ts";

/** A line of the file and the row that stands on it: `link`, then the left field. */
export interface DraftLine {
  readonly text: string;
  readonly row?: string;
}

export interface MappingText {
  readonly text: string;
  /** By line, 1-based. */
  readonly rows: ReadonlyMap<number, string>;
}

/** `mappings/<connection>.toml`: what counts, and as comments what might. Pure: the same trackers give the same text. */
export function mappingText(draft: Draft): MappingText {
  const { input, links } = draft;
  const lines: readonly DraftLine[] = [
    ...head(input),
    ...SIDES.flatMap((side) => endpointLines(input[side], links, side)),
    ...links.flatMap((link) => linkLines(link, input)),
    ...valueLines(links, input),
  ].map((line) => (typeof line === "string" ? { text: line } : line));
  const rows = lines.flatMap(({ row }, index) => (row === undefined ? [] : [[index + 1, row] as const]));
  return { text: `${lines.map(({ text }) => text).join("\n").trimEnd()}\n`, rows: new Map(rows) };
}

function head({ connection, left, right }: DraftInput): readonly string[] {
  return [
    `# The connection "${connection}", drafted from what both trackers say of themselves. It works as it stands, and is yours to change.`,
    "# What is commented out does nothing: take the # away to use it. An unknown key is an error, never ignored.",
    "# After a change: `syncline check --worktree`, then commit.",
    `description = ${tomlText(`${titleOf(left)} with ${titleOf(right)}`)}`,
    "",
  ];
}

function titleOf({ type, settings }: DraftSide): string {
  const place = ["domain", "project", "workspace"].flatMap((key) => settings[key] ?? []);
  return place.length === 0 ? type.title : `${type.title} ${place.join("/")}`;
}

function endpointLines(side: DraftSide, links: readonly DraftLink[], which: "left" | "right"): readonly string[] {
  const settings = Object.entries(side.settings).map(([key, value]): KeyLine => ({ key, value: tomlValue(value) }));
  return [
    `[endpoints.${side.name}]`,
    ...alignedLines([
      { key: "type", value: tomlText(side.type.type) },
      ...settings,
      { key: "secret", value: tomlText(side.secret), note: "a name; the host holds the value" },
      ...declarations(side, links, which),
    ]),
    "",
  ];
}

/** Kinds that the server does not tell: what is used counts, the rest is told for those who want to map it. */
function declarations(side: DraftSide, links: readonly DraftLink[], which: "left" | "right"): readonly KeyLine[] {
  const { type, schemas, parsed } = side;
  if (type.declares === undefined) return [];
  const used = new Set(links.flatMap(({ markers, rows }) => [markers[which] ?? "", ...rows.map((row) => row[which])]));
  const words: Record<string, string> = {};
  for (const entity of Object.keys(schemas).sort()) {
    const open = (type.stock(entity, parsed)?.open ?? []).map((source) => new RegExp(source));
    for (const field of Object.values(schemas[entity]?.fields ?? {}))
      if (open.some((pattern) => pattern.test(field.name))) words[field.name] ??= type.declares(field);
  }
  const part = (counts: boolean) =>
    Object.fromEntries(Object.entries(words).filter(([name]) => used.has(name) === counts).toSorted());
  const [declared, guessed] = [part(true), part(false)];
  return [
    ...(Object.keys(declared).length === 0 ? [] : [{ key: "fields", value: tomlValue(declared) }]),
    ...(Object.keys(guessed).length === 0
      ? []
      : [{ key: "fields", value: tomlValue(guessed), off: true, note: "guessed from values: declare those that you map" }]),
  ];
}

/** One value map a role, whichever links use it; several links with other lists get one each. */
function valueLines(links: readonly DraftLink[], { left, right }: DraftInput): readonly string[] {
  return links.flatMap(({ input, rows }) =>
    rows.flatMap((row) => {
      if (row.values === null || row.off !== null) return [];
      return [...missing(row.values, left.name, right.name), ...tables(mapName(input.name, row.role, links), row.values), ""];
    }),
  );

  function tables(name: string, values: MatchedValues): readonly string[] {
    const parts: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
      ["both", values.both],
      [`to-${right.name}`, values.toRight],
      [`to-${left.name}`, values.toLeft],
    ];
    const filled = parts.filter(([, part]) => Object.keys(part).length > 0);
    return [
      `[values.${name}]`,
      ...alignedLines(filled.map(([key, part]) => ({ key: tomlKey(key), value: tomlValue(part as TomlValue) }))),
    ];
  }
}

function missing({ leftOnly, rightOnly }: MatchedValues, left: string, right: string): readonly string[] {
  const line = (values: readonly string[], own: string, other: string): readonly string[] =>
    values.length === 0
      ? []
      : [`# ${own} has more: ${oneLine(values.map((value) => tomlText(value)).join(", "))}. Say what each becomes, under both or to-${other}.`];
  return [...line(leftOnly, left, right), ...line(rightOnly, right, left)];
}

/** The role; with the link's name where several links map values of that role. */
export function mapName(link: string, role: string, links: readonly DraftLink[]): string {
  const word = role.replaceAll(" ", "-");
  const several = links.filter(({ rows }) => rows.some((row) => row.role === role && row.values !== null && row.off === null));
  return several.length > 1 ? `${link}-${word}` : word;
}
