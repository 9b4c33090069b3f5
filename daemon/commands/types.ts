import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Command } from "commander";
import { buildEditorTypes } from "../config/build.ts";
import { GENERATED_TYPES } from "../config/rules/rule-files.ts";
import { connectorTypes } from "../connectors/registry.ts";
import { OperatorError } from "../core/errors.ts";
import { openConfigRepository } from "../main.ts";
import { EXIT, type ExitCode, type Host, print, printJson } from "./host.ts";
import { findPlace, type Place, type PlaceOptions, withRepository, withState } from "./place.ts";

interface TypesOptions extends PlaceOptions {
  readonly json?: boolean;
}

/** Types for editors: an unknown field is a red line before anything is committed (B1). */
export function addTypes(program: Command, host: Host, end: (code: ExitCode) => void): void {
  const command = program
    .command("types")
    .description(`write ${GENERATED_TYPES}: what editors need to know of your trackers' fields`)
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nReads the mappings and the committed schemas on the disk; `syncline schema pull` does it as well. Commit the file: the check warns of a stale one.\nWithout --repo: the repository of the daemon's state folder, else this folder.",
    );
  withState(withRepository(command)).action(async (options: TypesOptions) => {
    const written = await writeTypes(host, inside(host, await findPlace(host, options)));
    if (options.json === true) printJson(host, written);
    else print(host, `${written.changed ? "written  " : "unchanged"} ${written.file}`);
    end(EXIT.fine);
  });
}

/** Without a repository of the state folder this folder is meant, as `check` and `test` mean it. */
function inside(host: Host, place: Place): Place {
  const { settings } = place;
  return settings.repository === "" ? { ...place, settings: { ...settings, repository: resolve(host.cwd) } } : place;
}

export interface TypesWritten {
  readonly file: string;
  readonly changed: boolean;
}

/** From the files on the disk: what was just pulled is not committed yet. Throws `OperatorError` where there is no work tree. */
export async function writeTypes(host: Host, place: Place): Promise<TypesWritten> {
  const { now, signal } = host;
  const repository = await openConfigRepository(place.settings, { emit: () => undefined, now, signal });
  if (repository.workTree === null)
    throw new OperatorError(
      `${repository.location} has no work tree to write into.`,
      "Name the folder of a clone with --repo.",
    );
  const file = join(repository.workTree, GENERATED_TYPES);
  const text = await buildEditorTypes(await repository.readWorkTree(signal), { connectorTypes, signal });
  const before = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (before === text) return { file, changed: false };
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return { file, changed: true };
}
