import { type Command, InvalidArgumentError } from "commander";
import type { RecordName, UndoAnswer, UndoLeft, UndoOrder, UndoStep } from "../core/deeds.ts";
import { OperatorError } from "../core/errors.ts";
import { runsBeginning } from "../state/run-ids.ts";
import { shortValue } from "../status/value-text.ts";
import { act } from "./act.ts";
import { troubleCode } from "./ground.ts";
import { EXIT, type ExitCode, type Host, print, printJson } from "./host.ts";
import { type Memory, withMemory } from "./memory.ts";
import { findPlace, type Place, type PlaceOptions, withRepository, withSecrets, withState } from "./place.ts";
import { type Narrow, readRecordName, withNarrow } from "./record-name.ts";

interface UndoOptions extends PlaceOptions, Narrow {
  readonly run?: string;
  readonly revision?: string;
  readonly record?: string;
  readonly yes?: boolean;
  readonly deleteCreated?: number | true;
  readonly json?: boolean;
}

/** Lines printed of each list; `--json` has up to 10,000. */
const SHOWN = 200;

export function addUndo(program: Command, host: Host, end: (code: ExitCode) => void): void {
  const command = program
    .command("undo")
    .description("take back what Syncline wrote, where nobody has edited it since")
    .option("--run <id>", "what this run wrote (the id, or its beginning)")
    .option("--revision <commit>", "what was written under this commit (the id, or its beginning)")
    .option("--record <endpoint:key>", "what was written into this record")
    .option("--yes", "do it; without this, only say what would be done")
    .option(
      "--delete-created [count]",
      "also delete records that were made, at most so many (default: the link's brake)",
      toCount,
    )
    .option("--json", "print one JSON object")
    .addHelpText("after", UNDO_HELP);
  withNarrow(withSecrets(withState(withRepository(command)))).action(async (options: UndoOptions) => {
    const place = await findPlace(host, options);
    const order = await orderOf(command, host, place, options);
    const answer = await act(host, place, "undo", order);
    if (options.json === true) printJson(host, answer.ok ? { links: answer.value } : { trouble: answer.trouble });
    else print(host, answer.ok ? toText(answer.value, order) : `the undo ended early: ${answer.trouble}`);
    if (!answer.ok) return end(troubleCode(answer));
    end(answer.value.some((one) => one.total.steps > 0) ? EXIT.fine : EXIT.wrong);
  });
}

const UNDO_HELP = `
Goes by the journal. Several of --run, --revision and --record narrow each other. A field is put back only where it still holds what was written,
no later run wrote it, and its partner has no edit that the next run would bring; everything else is listed with the reason. A field that was written
several times goes back to before the first of these writes, or to what a person wrote in between. What is put back stays: the unchanged partner is
not carried over it again until somebody edits one of the two. Attachments, comments and entity links go back where they still are what was written;
bytes of attachments that were replaced or removed are not kept. Deleted records are made anew and paired again; made ones stay unless
--delete-created says otherwise. An undo is a run of its own: it can be undone by its own id.

Exit code 0: there is (was) something to take back; 1: there is nothing; 3: there is no such run or record; 4: a tracker did not do its part.

Examples:
  syncline undo --run 3f2a
  syncline undo --revision c65e286 --connection payments --yes
  syncline undo --record alm:12 --run 3f2a --yes`;

function toCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("a whole number is due here.");
  return Number(text);
}

async function orderOf(command: Command, host: Host, place: Place, options: UndoOptions): Promise<UndoOrder> {
  if (options.run === undefined && options.revision === undefined && options.record === undefined)
    return command.error("error: say what to take back: --run, --revision or --record", { exitCode: 2 });
  const within = options.link ?? options.connection ?? null;
  const { run, revision, record, deleteCreated } = options;
  const ids = await withMemory(host, place, async (memory) => ({
    run: run === undefined ? null : wholeRun(memory, run),
    revision: revision === undefined ? null : wholeRevision(memory, place, revision),
  }));
  return {
    ...{
      ...ids,
      record: record === undefined ? null : recordOf(command, record, within),
      within,
      apply: options.yes === true,
    },
    deleteCreated: deleteCreated === undefined ? null : deleteCreated === true ? 0 : deleteCreated,
  };
}

function recordOf(command: Command, text: string, within: string | null): RecordName {
  const { endpoint, key } = readRecordName(command, text);
  return { endpoint, record: key, within };
}

/** A run whose report was cleared away is still known to the journal, under its whole id. */
function wholeRun({ file }: Memory, text: string): string {
  const [id, another] = runsBeginning(file, text.toLowerCase(), 2);
  if (another !== undefined)
    throw new OperatorError(
      `More than one run's id begins with "${text}".`,
      "Give more of it; `syncline runs` lists them.",
    );
  return id ?? text.toLowerCase();
}

const LOOKED_AT = 10_000;

function wholeRevision({ store }: Memory, place: Place, text: string): string {
  const wanted = text.toLowerCase();
  const known = new Set([
    ...store.reports({ limit: LOOKED_AT }).map((report) => report.revision),
    ...place.remembered.publish.history.map((verdict) => verdict.revision),
  ]);
  const found = [...known].filter((revision) => revision.startsWith(wanted));
  if (found.length > 1)
    throw new OperatorError(`More than one revision begins with "${text}".`, `These do: ${found.join(", ")}.`);
  return found[0] ?? wanted;
}

function toText(links: readonly UndoAnswer[], order: UndoOrder): string {
  if (links.length === 0) return "the journal has nothing of it";
  return links.map((one) => linkText(one, order)).join("\n\n");
}

function linkText({ link, run, applied, steps, left, total }: UndoAnswer, order: UndoOrder): string {
  const lines = [
    `${link}: ${total.steps} ${applied ? "taken back" : "to take back"}, ${total.left} left as ${total.left === 1 ? "it is" : "they are"}`,
  ];
  lines.push(...steps.slice(0, SHOWN).map((step) => `  ${stepText(step, applied)}`));
  if (total.steps > SHOWN) lines.push(`  … and ${total.steps - SHOWN} more`);
  if (left.length > 0) lines.push("left:", ...left.slice(0, SHOWN).map((one) => `  ${leftText(one)}`));
  if (total.left > SHOWN) lines.push(`  … and ${total.left - SHOWN} more`);
  if (applied) lines.push(`(run ${run})`);
  else if (total.steps > 0)
    lines.push(
      `nothing was written; add --yes to do it${order.deleteCreated === null ? "" : " (made records are deleted)"}`,
    );
  return lines.join("\n");
}

function stepText({ endpoint, record, action, field, now, back }: UndoStep, applied: boolean): string {
  const name = `${endpoint}:${record}`;
  if (action === "delete") return `${name} ${applied ? "was" : "would be"} deleted`;
  if (action === "recreate")
    return `${name} ${applied ? `was made anew as ${endpoint}:${String(back)}` : "would be made anew"}`;
  return `${name} ${field}: ${shortValue(now)} → ${shortValue(back)}`;
}

function leftText({ endpoint, record, field, why }: UndoLeft): string {
  return `${endpoint}:${record}${field === null ? "" : ` ${field}`}: ${why}`;
}
