import { KINDS } from "./kinds.ts";
import { badnessOf, nameOf, OPERATIONS, type Played } from "./matrix.ts";

const SIGNS = { healed: "·", told: "t", bad: "X", none: " " };

/** Faults down, operations across. `·` healed unnoticed within the run, `t` told in the report and healed afterwards, `X` broken. */
export function matrixText(played: readonly Played[]): string {
  const width = Math.max(...KINDS.map((kind) => kind.name.length));
  const operations = OPERATIONS.filter((operation) => played.some((p) => p.operation === operation));
  const head = operations.map((operation) => operation.name);
  const lines = KINDS.filter((kind) => played.some((p) => p.kind === kind)).map((kind) => {
    const cells = operations.map((operation, i) => {
      const here = played.filter((p) => p.kind === kind && p.operation === operation);
      return signOf(here).padEnd((head[i]?.length ?? 0) + 2);
    });
    return `${kind.name.padEnd(width)}  ${cells.join("")}`;
  });
  return [`${" ".repeat(width)}  ${head.map((h) => `${h}  `).join("")}`, ...lines]
    .map((line) => line.trimEnd())
    .join("\n");
}

function signOf(here: readonly Played[]): string {
  if (here.length === 0) return SIGNS.none;
  if (here.some((p) => badnessOf(p.outcome).length > 0)) return SIGNS.bad;
  return here.every((p) => p.outcome.healed) ? SIGNS.healed : SIGNS.told;
}

export function failuresText(played: readonly Played[]): string {
  return played
    .filter((p) => badnessOf(p.outcome).length > 0)
    .map((p) => [nameOf(p), ...badnessOf(p.outcome).map((line) => `    ${line}`)].join("\n"))
    .join("\n");
}

export function totalsText(played: readonly Played[]): string {
  const sum = (count: (p: Played) => number) => played.reduce((n, p) => n + count(p), 0);
  const more = played.map((p) => p.outcome.requests - p.outcome.undisturbed);
  return [
    `${played.length} cases; requests beyond an undisturbed run: ${Math.max(...more)} at the most, ${Math.round(sum((p) => p.outcome.requests - p.outcome.undisturbed) / played.length)} on average`,
    `duplicates ${sum((p) => p.outcome.duplicates.length)}, lost edits ${sum((p) => p.outcome.lost.length)}, surprise writes ${sum((p) => p.outcome.surprise.length)}, other ${sum((p) => p.outcome.wrong.length)}`,
  ].join("\n");
}
