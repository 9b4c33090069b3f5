import type { Command } from "commander";
import type { ResolveAnswer, Resolved } from "../core/deeds.ts";
import { shortValue } from "../status/value-text.ts";
import { act } from "./act.ts";
import { troubleCode } from "./ground.ts";
import { EXIT, type ExitCode, type Host, print, printJson } from "./host.ts";
import { findPlace, type PlaceOptions, withRepository, withSecrets, withState } from "./place.ts";
import { type Narrow, readRecordName, withNarrow } from "./record-name.ts";

interface ResolveOptions extends PlaceOptions, Narrow {
  readonly take?: string;
  readonly value?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function addResolve(program: Command, host: Host, end: (code: ExitCode) => void): void {
  const command = program
    .command("resolve <endpoint:key> [field]")
    .description("decide a conflict that waits: whose value counts, or a value of your own")
    .option("--take <endpoint>", "this endpoint's value counts")
    .option("--value <text>", "this value counts, as it would stand in the named record; several values with commas")
    .option("--dry-run", "say what would be written, but write nothing")
    .option("--json", "print one JSON object")
    .addHelpText("after", RESOLVE_HELP);
  withNarrow(withSecrets(withState(withRepository(command)))).action(
    async (name: string, field: string | undefined, options: ResolveOptions) => {
      const { endpoint, key } = readRecordName(command, name);
      const take = takeOf(command, options);
      const within = options.link ?? options.connection ?? null;
      const order = { endpoint, record: key, within, field: field ?? null, take, dryRun: options.dryRun === true };
      const answer = await act(host, await findPlace(host, options), "resolve", order);
      if (options.json === true) printJson(host, answer.ok ? answer.value : { trouble: answer.trouble });
      else print(host, answer.ok ? toText(name, answer.value) : `${name}: nothing was decided: ${answer.trouble}`);
      if (!answer.ok) return end(troubleCode(answer));
      end(answer.value.refused.length === 0 ? EXIT.fine : EXIT.wrong);
    },
  );
}

const RESOLVE_HELP = `
Decides all fields and comments of the record that wait, or the one named: a field as in the mapping, of either side; a comment as \`syncline conflicts\`
names it. Of a comment one side's words are taken (--take). Nothing else of the pair is touched. Both records
are read first: where one changed since \`syncline conflicts\` showed it, nothing is decided, and the new values are shown from then on.
The value that gives way stays in the journal (\`syncline why\`), and \`syncline undo\` brings it back.

Exit code 0: decided; 1: not, or not all of it; 3: there is no such record, or the host must be set up; 4: a tracker did not do its part.

Examples:
  syncline resolve alm:12 --take agm
  syncline resolve alm:12 severity --value 2-Medium
  syncline resolve alm:12 "comment Jane Doe, 2026-01-31" --take alm`;

function takeOf(command: Command, { take, value }: ResolveOptions): { endpoint: string } | { value: string } {
  if (take !== undefined && value === undefined) return { endpoint: take };
  if (value !== undefined && take === undefined) return { value };
  return command.error("error: say either --take <endpoint> or --value <text>", { exitCode: 2 });
}

function toText(name: string, { resolved, refused, waiting, dryRun }: ResolveAnswer): string {
  const lines = [
    ...resolved.map((one) => `${name} ${fieldOf(one)}: ${outcomeOf(one, dryRun)}`),
    ...refused.map(({ field, why }) => `${name}${field === "" ? "" : ` ${field}`}: not decided: ${why}`),
  ];
  if (waiting > 0)
    lines.push(`${waiting} field${waiting === 1 ? "" : "s"} of the record still wait${waiting === 1 ? "s" : ""}`);
  return lines.join("\n");
}

function fieldOf({ leftField, rightField }: Resolved): string {
  if (leftField === null || rightField === null || leftField === rightField) return leftField ?? rightField ?? "";
  return `${leftField} = ${rightField}`;
}

function outcomeOf({ left, right, leftField, rightField, written }: Resolved, dryRun: boolean): string {
  const values = [...(leftField === null ? [] : [left]), ...(rightField === null ? [] : [right])].map(shortValue);
  const value = [...new Set(values)].join(" = ");
  if (written.length === 0) return `${value}, as both stand; nothing ${dryRun ? "would be" : "was"} written`;
  return `${value}, ${dryRun ? "to be written" : "written"} in ${written.join(" and ")}`;
}
