import type { FieldSchema } from "../../core/field.ts";
import { SIDES } from "../../core/snapshot.ts";
import type { DraftInput, DraftLinkInput } from "./input.ts";
import type { Birth, DraftedRows } from "./rows.ts";

/**
 * The rule file of a drafted link: what has to happen once, when a record is made, and cannot stand in a row, since a row would go on to overwrite
 * it. The rest are examples as comments, which compile when their signs are taken away.
 */
export function ruleText(link: DraftLinkInput, { rows, births }: DraftedRows, input: DraftInput): string {
  const summary = rows.find(({ role, off }) => role === "summary" && off === null);
  const parts = SIDES.map((side) => {
    const own = births.filter(({ toward }) => toward === side);
    const field = summary?.[side];
    return sideText(input[side].name, input[side === "left" ? "right" : "left"].name, field, own);
  });
  return `${HEAD.replace("MAPPING", `mappings/${input.connection}.toml`)}
export default link<${quoted(input.connection)}, ${quoted(link.name)}>({
${parts.join("\n")}
});
`;
}

const HEAD = `// What the tables of MAPPING cannot say. All of it may go: the mapping works without.
// An editor knows every field by rules/syncline.d.ts; \`syncline check\` compiles this file.
import { link } from "syncline";
`;

function sideText(own: string, other: string, summary: string | undefined, births: readonly Birth[]): string {
  const lines = [
    `  // What ${other} gets to see of a record of ${own}: \`replica\` begins as a copy of \`issue\`, under ${own}'s names.`,
    ...(summary === undefined ? [] : outgoingExample(summary)),
    `  // The last word on what is written into ${own}: \`issue\` is what the mapping makes of ${other}'s \`replica\`.`,
    ...(births.length > 0 ? incoming(births) : summary === undefined ? [] : incomingExample(summary)),
  ];
  return `  ${key(own)}: {\n${lines.map((line) => (line === "" ? "" : `  ${line}`)).join("\n")}\n  },`;
}

function outgoingExample(summary: string): readonly string[] {
  return [
    "  // outgoing({ issue, replica }) {",
    `  //   replica${member(summary)} = \`[\${issue.id}] \${issue${member(summary)}}\`;`,
    "  // },",
  ];
}

function incomingExample(summary: string): readonly string[] {
  return [
    "  // incoming({ issue, creating, fail }) {",
    `  //   if (creating && !issue${member(summary)}) fail("it has no summary yet");`,
    "  // },",
  ];
}

/** A value that is there is left alone: a row brought it. */
function incoming(births: readonly Birth[]): readonly string[] {
  const users = births.filter(({ to }) => to.kind === "user");
  const words = ["issue", "replica", "creating", ...(users.length > 0 ? ["lookup"] : [])];
  return [
    `  ${users.length > 0 ? "async " : ""}incoming({ ${words.join(", ")} }) {`,
    "    if (!creating) return;",
    "    // Set once: from then on each side keeps its own.",
    ...births.filter(({ to }) => to.kind !== "user").map((birth) => `    ${dayLine(birth)}`),
    ...users.flatMap((birth) => userLines(birth).map((line) => `    ${line}`)),
    "  },",
  ];
}

function dayLine({ from, to }: Birth): string {
  const source = `replica${member(from.name)}`;
  if (from.kind === to.kind) return `issue${member(to.name)} ??= ${source};`;
  const converted = to.kind === "date" ? `${source}?.slice(0, 10) ?? null` : `${source} && \`\${${source}}T00:00:00Z\``;
  return `issue${member(to.name)} ??= ${converted};`;
}

/** Names may be written otherwise on the two sides; a person who is not found is left to the constant, if there is one. */
function userLines({ role, from, to }: Birth): readonly string[] {
  return [
    `const ${role} = await lookup.user(replica${member(from.name)} ?? "");`,
    `if (${role}.status === "found") issue${member(to.name)} ??= ${role}.value;`,
  ];
}

function member(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${quoted(name)}]`;
}

function key(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

/** Fields that a drafted rule reads and that no row brings. */
export function readsOf({ rows, births }: DraftedRows): Readonly<Record<"left" | "right", readonly string[]>> {
  const of = (side: "left" | "right"): readonly string[] => {
    const mapped = rows.filter(({ off }) => off === null).map((row) => row[side]);
    const read = births.filter(({ toward }) => toward !== side).map(({ from }: { from: FieldSchema }) => from.name);
    return [...new Set(read.filter((name) => !mapped.includes(name)))].sort();
  };
  return { left: of("left"), right: of("right") };
}
