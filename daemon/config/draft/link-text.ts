import { readEntityType } from "../../core/entity-type.ts";
import { SIDES } from "../../core/snapshot.ts";
import type { DraftConstant } from "./constants.ts";
import type { DraftLink } from "./draft.ts";
import type { DraftInput } from "./input.ts";
import type { DraftLine } from "./mapping-text.ts";
import { remainingFields } from "./remaining.ts";
import type { DraftRow } from "./rows.ts";
import { readsOf } from "./rule-text.ts";
import { alignedLines, type KeyLine, type TomlValue, tomlKey, tomlText, tomlValue } from "./toml-text.ts";

type Lines = readonly (string | DraftLine)[];

export function linkLines(link: DraftLink, input: DraftInput): Lines {
  return [
    ...linkTable(link, input),
    ...triggers(link),
    ...fields(link, input),
    ...constants(link, input),
    ...parts(link, input),
  ];
}

function linkTable(link: DraftLink, input: DraftInput): Lines {
  const { left, right } = input;
  const { name } = link.input;
  const reads = readsOf(link);
  const read = Object.fromEntries(
    SIDES.filter((side) => reads[side].length > 0).map((side) => [input[side].name, reads[side]]),
  );
  const summary = link.rows.find(({ role, off }) => role === "summary" && off === null);
  return [
    `[links.${name}]`,
    ...alignedLines([
      { key: left.name, value: tomlText(link.input.left), note: "the entity type on each endpoint" },
      { key: right.name, value: tomlText(link.input.right) },
      {
        key: "conflict",
        value: '"hold"',
        note: 'both sides changed one field: "hold" asks you; or an endpoint\'s name, or "newest"',
      },
      { key: "rules", value: tomlText(`${input.connection}/${name}.ts`) },
      ...(Object.keys(read).length === 0
        ? []
        : [{ key: "reads", value: tomlValue(read), note: "what the rules read and no row maps" }]),
    ]),
    "",
    ...creation(input),
    ...(summary === undefined ? [] : matching(summary)),
    ...marker(link, input),
    `# deleted = { ${tomlKey(left.name)} = "nothing", ${tomlKey(right.name)} = "nothing" }    # or "delete", "recreate": what a deletion there means here`,
    "",
  ];
}

function creation({ create, left, right }: DraftInput): Lines {
  const first =
    create === "none"
      ? '# Where partners may be made: "none" yet, so that a first run only pairs what is there already and fills empty fields.'
      : `# Where partners may be made: ${create === "both" ? "on both sides" : `in ${create}`}.`;
  return [
    first,
    "# No brake holds a first load back: say with `filter` which records get a partner, and look at a dry run, before you",
    `# widen it to "both", or to the one endpoint in which partners may be made.`,
    `create = ${tomlText(create)}`,
    `# filter = { ${tomlKey(left.name)} = "…", ${tomlKey(right.name)} = "…" }    # in each tracker's own query language`,
    "",
  ];
}

function matching(summary: DraftRow): Lines {
  return [
    "# Two records without a partner whose summaries are the same, and nobody else's, are taken for one.",
    `match = [${tomlText(summary.left)}]`,
    "",
  ];
}

function marker(link: DraftLink, input: DraftInput): Lines {
  const { markers } = link;
  const found = SIDES.filter((side) => markers[side] !== undefined);
  const table = (sides: readonly ("left" | "right")[], of: (side: "left" | "right") => string) =>
    tomlValue(Object.fromEntries(sides.map((side) => [input[side].name, of(side)])));
  if (found.length > 0)
    return [
      "# These hold the partner's id already. A record that names its partner is found again after a crash, or a lost state folder.",
      `marker = ${table(found, (side) => markers[side] ?? "")}`,
      ...(found.length === 1 ? ["# A marker on both sides is best."] : []),
      "",
    ];
  const unused = SIDES.map((side) => link.input.markers[side].unused);
  const guesses = table(SIDES, (side) => link.input.markers[side].unused[0] ?? "…");
  return [
    "# A field of each side, text or number, that nobody else uses, for the partner's id: a record that names its partner is found again after",
    "# a crash, or a lost state folder, instead of being made twice. Without it the summary has to tell. Have one added on each side.",
    ...(unused.every((names) => names.length === 0)
      ? []
      : [`# Empty in every record that was looked at: ${unusedWords(link, input)}. Ask who they belong to.`]),
    `# marker = ${guesses}`,
    "",
  ];
}

function unusedWords(link: DraftLink, input: DraftInput): string {
  return SIDES.flatMap((side) => {
    const names = link.input.markers[side].unused.slice(0, 5);
    return names.length === 0 ? [] : [`${names.join(", ")} of ${input[side].name}`];
  }).join("; ");
}

function triggers({ input: { name } }: DraftLink): Lines {
  return [
    "# Counts once a daemon runs (`syncline start`): what changed, every five minutes.",
    `[[links.${name}.triggers]]`,
    'cron = "*/5 * * * *"',
    "",
    "# All records, at night: finds deletions, and what no tracker tells by a time.",
    `[[links.${name}.triggers]]`,
    'cron = "30 2 * * *"',
    "full = true",
    "",
  ];
}

function fields(link: DraftLink, input: DraftInput): Lines {
  const { left, right } = input;
  const rest = remainingFields(
    link.input,
    left,
    right,
    link.rows,
    SIDES.flatMap((side) => link.markers[side] ?? []),
  );
  const active = link.rows.filter(({ off }) => off === null);
  const lines = alignedLines(active.map((row) => rowLine(row, input)));
  const group = (title: string, group: readonly KeyLine[]) =>
    group.length === 0 ? [] : ["", `# ${title}`, ...alignedLines(group)];
  return [
    `# ${left.name} field = ${right.name} field, two-way unless it says otherwise.`,
    `[links.${link.input.name}.fields]`,
    ...lines.map((text, index): DraftLine => ({ text, row: `${link.input.name}/${active[index]?.left}` })),
    ...group(
      "System fields that wait for a decision.",
      link.rows.filter(({ off }) => off !== null).map((row) => rowLine(row, input)),
    ),
    ...group("Called alike on both sides.", rest.alike),
    ...group(`Further fields of ${left.name}: put the partner's name in place of the ?.`, rest.left),
    ...group(`Further fields of ${right.name}.`, rest.right),
    "",
  ];
}

function rowLine(row: DraftRow, { right }: DraftInput): KeyLine {
  const values: Readonly<Record<string, TomlValue>> = row.mapName === undefined ? {} : { values: row.mapName };
  const options = { ...values, ...row.options };
  const plain = Object.keys(options).length === 0;
  return {
    key: tomlKey(row.left),
    value: plain ? tomlText(row.right) : tomlValue({ [right.name]: row.right, ...options }),
    note: row.off === null ? row.note : `${row.note}; ${row.off}`,
    off: row.off !== null,
  };
}

/** Written once, when a record is made there, where the rows and rules bring nothing. */
function constants(link: DraftLink, input: DraftInput): Lines {
  return SIDES.flatMap((side) => {
    const list = link.constants[side];
    if (list.length === 0) return [];
    const set = list.some(({ value }) => value !== null);
    const title = `# Required in ${input[side].name}: what a new record gets where its partner has nothing there.`;
    return [
      title,
      `${set ? "" : "# "}[links.${link.input.name}.constants.${input[side].name}]`,
      ...alignedLines(list.map(constantLine)),
      "",
    ];
  });
}

function constantLine({ field, value, note }: DraftConstant): KeyLine {
  return { key: tomlKey(field), value: value === null ? '"…"' : tomlValue(value), note, off: value === null };
}

function parts({ input: link }: DraftLink, { left, right }: DraftInput): Lines {
  const [a, b] = [readEntityType(link.left).base, readEntityType(link.right).base];
  const offer = (kind: "comments" | "attachments") =>
    left.type.parts?.[kind]?.entities.includes(a) === true && right.type.parts?.[kind]?.entities.includes(b) === true;
  const linked =
    left.type.parts?.entityLinks?.ends[a] !== undefined && right.type.parts?.entityLinks?.ends[b] !== undefined;
  return [
    ...(offer("comments")
      ? ["# Comments cross one by one, with author and time.", `[links.${link.name}.comments]`, ""]
      : []),
    ...(offer("attachments") ? ["# Files too.", `[links.${link.name}.attachments]`, ""] : []),
    ...(linked
      ? [
          "# Links between records of one tracker, where both records have a partner.",
          `# [links.${link.name}.entity_links]`,
          "",
        ]
      : []),
  ];
}
