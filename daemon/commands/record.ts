import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type Command, Option } from "commander";
import { didYouMean } from "../config/content/suggest.ts";
import { MAX_FILE_BYTES } from "../config/content/text.ts";
import { ruleLiterals } from "../config/rules/literals.ts";
import { OperatorError } from "../core/errors.ts";
import { openConfigRepository } from "../main.ts";
import { fixtureText } from "../sync/fixture/fixture.ts";
import { type Recorded, recordFixture } from "../sync/fixture/record.ts";
import type { Look } from "../sync/look/look.ts";
import { type Answer, answered, withGround } from "./ground.ts";
import { EXIT, type ExitCode, type Host, print, printJson } from "./host.ts";
import { lookAtRecord } from "./one-record.ts";
import { findPlace, type Place, type PlaceOptions, withRepository, withSecrets, withState } from "./place.ts";
import { type Narrow, readRecordName, withNarrow } from "./record-name.ts";

interface RecordOptions extends PlaceOptions, Narrow {
  readonly name?: string;
  readonly into?: string;
  readonly keep: readonly string[];
  readonly worktree?: boolean;
  readonly json?: boolean;
}

export function addRecord(program: Command, host: Host, end: (code: ExitCode) => void): void {
  const command = program
    .command("record <endpoint:key>")
    .description("write a record, scrubbed, to a file beside the rules, for tests of rules to run on")
    .option("--name <name>", "the file's name (default: <endpoint>-<key>)")
    .addOption(
      new Option("--into <file>", "write there instead of fixtures/ beside the link's rules").conflicts("name"),
    )
    .option("--keep <field...>", "fields whose texts are not replaced", [])
    .option("--worktree", "by the mapping and rules on the disk instead of the active revision")
    .option("--json", "print one JSON object")
    .addHelpText("after", RECORD_HELP);
  withNarrow(withSecrets(withState(withRepository(command)))).action(async (name: string, options: RecordOptions) => {
    const record = readRecordName(command, name);
    const called = fileName(options.name ?? name);
    if (called === "")
      command.error(`error: --name "${options.name}" is no file's name: crash is one`, { exitCode: 2 });
    const place = await findPlace(host, options);
    const answer = await withGround(
      host,
      place,
      async (ground, tree) =>
        answered(async () => {
          const { link, side, look, trace } = await lookAtRecord(ground, record, options);
          const kept = { keep: await fieldsToKeep(look, options.keep), literals: ruleLiterals(tree.files) };
          return { link, recorded: await recordFixture(look, trace, side, record.key, kept) };
        }),
      options.worktree === true,
    );
    if (!answer.ok) return end(tellTrouble(host, name, answer, options));
    const { link, recorded } = answer.value;
    if (recorded === null) {
      if (options.json === true) printJson(host, { ...record, file: null });
      else print(host, `${name}: ${link.key} has no such record`);
      return end(EXIT.wrong);
    }
    const folder = link.ruleFile === null ? `rules/${link.connection}` : dirname(link.ruleFile);
    const file = options.into === undefined ? `${folder}/fixtures/${called}.json` : null;
    const path = file === null ? resolve(host.cwd, options.into ?? "") : join(await workTree(host, place), file);
    const text = fixtureText(recorded.fixture);
    if (file !== null) refuseLarge(file, text);
    const changed = await write(path, text);
    end(tellWritten(host, path, changed, recorded, options));
  });
}

const RECORD_HELP = `
Reads the record and its partner with what both last agreed on, and runs the link's rules dry so that their look-ups are known; writes nothing to a
tracker. People and free texts get stand-ins, the same one for the same text; list values, numbers, dates, ids, release names, and what rules and
value maps name stay. Look through the file before you commit it: a list value may be telling too. The same record gives the same file.

Exit code 0: written, or unchanged; 1: there is no such record; 3: nothing is active, there is no work tree, or the link does
not read a field to keep; 4: a tracker did not answer.

Example:
  syncline record alm:12 --name crash --keep user-03`;

function tellTrouble(
  host: Host,
  name: string,
  { trouble }: Extract<Answer<unknown>, { ok: false }>,
  { json }: RecordOptions,
): ExitCode {
  if (json === true) printJson(host, { record: name, trouble });
  else print(host, `${name}: the trackers could not be asked: ${trouble}`);
  return EXIT.tracker;
}

function tellWritten(
  host: Host,
  file: string,
  changed: boolean,
  { fixture, notes }: Recorded,
  { json }: RecordOptions,
): ExitCode {
  const partner = fixture.partner === null ? null : `${fixture.partner.endpoint}:${fixture.partner.id}`;
  const { link, lookups } = fixture;
  if (json === true) printJson(host, { file, changed, link, partner, lookups: lookups.length, notes });
  else {
    print(
      host,
      `${changed ? "written  " : "unchanged"} ${file} (${link}, ${partner === null ? "no partner" : `partner ${partner}`}, ${lookups.length} look-ups)`,
    );
    for (const note of notes) print(host, `  note: ${note}`);
  }
  return EXIT.fine;
}

/** A commit with such a file would be rejected as a whole. */
function refuseLarge(file: string, text: string): void {
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_FILE_BYTES) return;
  throw new OperatorError(
    `${file} would have ${(bytes / MAX_FILE_BYTES).toFixed(1)} MB, and a configuration's files have 1 MB at the most.`,
    "Record one with shorter texts; --into writes this one elsewhere.",
  );
}

/** Keys may hold what no file name can; a name that begins with a dot is hidden. */
function fileName(text: string): string {
  const name = text.replace(/\.json$/, "").replace(/[^\p{L}\p{M}\p{N}_.-]+/gu, "-");
  return name.replace(/^[.-]+|[.-]+$/g, "");
}

/** A misspelt field would be replaced without a word. */
async function fieldsToKeep({ session }: Look, keep: readonly string[]): Promise<ReadonlySet<string>> {
  const { left, right, link } = await session.frame();
  const known = [...new Set([left, right].flatMap(({ watched }) => [...watched]))].sort();
  const unknown = keep.filter((name) => !known.includes(name));
  if (unknown.length === 0) return new Set(keep);
  throw new OperatorError(
    `${link.key} reads no field "${unknown.join('", "')}", so that a fixture holds none to --keep.`,
    unknown.map((name) => didYouMean(name, known, `It reads: ${known.join(", ")}.`)).join(" "),
  );
}

async function workTree(host: Host, { settings }: Place): Promise<string> {
  const { now, signal } = host;
  const repository = await openConfigRepository(settings, { emit: () => undefined, now, signal });
  if (repository.workTree !== null) return repository.workTree;
  throw new OperatorError(
    `${repository.location} has no work tree to write into.`,
    "Name the folder of a clone with --repo, or a file with --into.",
  );
}

async function write(path: string, text: string): Promise<boolean> {
  const before = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    if (error.code === "EISDIR") throw new OperatorError(`${path} is a folder.`, "Name a file in it with --into.");
    throw error;
  });
  if (before === text) return false;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  return true;
}
