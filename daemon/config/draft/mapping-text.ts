import { SIDES } from "../../core/snapshot.ts";
import type { Draft, DraftLink } from "./draft.ts";
import type { DraftInput, DraftSide } from "./input.ts";
import { linkLines } from "./link-text.ts";
import { isUserDefined } from "./own-fields.ts";
import { alignedLines, type KeyLine, tomlText, tomlValue } from "./toml-text.ts";
import { valueLines } from "./value-text.ts";

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
    ...links.flatMap((link) => valueLines(link, input)),
  ].map((line) => (typeof line === "string" ? { text: line } : line));
  const rows = lines.flatMap(({ row }, index) => (row === undefined ? [] : [[index + 1, row] as const]));
  return {
    text: `${lines
      .map(({ text }) => text)
      .join("\n")
      .trimEnd()}\n`,
    rows: new Map(rows),
  };
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
    const stock = type.stock(entity, parsed);
    for (const field of Object.values(schemas[entity]?.fields ?? {}))
      if (isUserDefined(field, stock)) words[field.name] ??= type.declares(field);
  }
  const part = (counts: boolean) =>
    Object.fromEntries(
      Object.entries(words)
        .filter(([name]) => used.has(name) === counts)
        .toSorted(),
    );
  const [declared, guessed] = [part(true), part(false)];
  return [
    ...(Object.keys(declared).length === 0 ? [] : [{ key: "fields", value: tomlValue(declared) }]),
    ...(Object.keys(guessed).length === 0
      ? []
      : [
          {
            key: "fields",
            value: tomlValue(guessed),
            off: true,
            note: "guessed from values: declare those that you map",
          },
        ]),
  ];
}
