import type { DraftLink } from "./draft.ts";
import type { DraftInput } from "./input.ts";
import type { DraftRow, Lists } from "./rows.ts";
import { alignedLines, oneLine, tomlKey, tomlPairs, tomlText } from "./toml-text.ts";
import type { MatchedValues } from "./values.ts";

/** The value maps of a link's rows: filled in as far as values say the same, else to be filled in. */
export function valueLines({ rows }: DraftLink, input: DraftInput): readonly string[] {
  return rows.flatMap((row) => {
    if (row.mapName === undefined) return [];
    if (row.values !== null && row.off === null) return [...mapLines(row.mapName, row.values, input), ""];
    return row.blank === null ? [] : [...blankLines(row, row.mapName, row.blank, input), ""];
  });
}

function mapLines(name: string, values: MatchedValues, { left, right }: DraftInput): readonly string[] {
  const parts = [
    { key: "both", part: values.both },
    { key: `to-${right.name}`, part: values.toRight },
    { key: `to-${left.name}`, part: values.toLeft },
  ].filter(({ part }) => Object.keys(part).length > 0);
  return [
    ...more(values.leftOnly, left.name, right.name),
    ...more(values.rightOnly, right.name, left.name),
    `[values.${tomlKey(name)}]`,
    ...alignedLines(parts.map(({ key, part }) => ({ key: tomlKey(key), value: tomlPairs(part) }))),
  ];
}

/** `unmapped` of the row says so: told, and carried by itself once the row is there. */
function more(values: readonly string[], own: string, other: string): readonly string[] {
  if (values.length === 0) return [];
  return [
    `# ${own} has more: ${listed(values)}. Say under both, or to-${other}, what each becomes; until then it is an error of that field, and tried again.`,
  ];
}

function blankLines({ left, right }: DraftRow, name: string, lists: Lists, input: DraftInput): readonly string[] {
  const known = [
    { of: `"${left}" of ${input.left.name}`, values: lists.left },
    { of: `"${right}" of ${input.right.name}`, values: lists.right },
  ];
  const told = known.flatMap(({ of, values }) => (values === null ? [] : [`# ${of} has ${listed(values)}.`]));
  const pairs = Object.fromEntries((lists.left ?? lists.right ?? []).map((value) => [value, "…"]));
  const key = lists.left === null ? `to-${input.left.name}` : "both";
  return [
    ...told,
    `# [values.${tomlKey(name)}]`,
    ...alignedLines([{ key: tomlKey(key), value: tomlPairs(pairs), off: true }]),
  ];
}

function listed(values: readonly string[]): string {
  return oneLine(values.map((value) => tomlText(value)).join(", "));
}
