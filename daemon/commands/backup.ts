import { resolve } from "node:path";
import type { Command } from "commander";
import { STATE_FILE, STORE_FILE } from "../main.ts";
import { type BackedUp, backUpState } from "../state/backup.ts";
import { EXIT, type ExitCode, type Host, print, printJson } from "./host.ts";
import { withMemory } from "./memory.ts";
import { findPlace, type PlaceOptions, withState } from "./place.ts";

interface BackupOptions extends PlaceOptions {
  readonly json?: boolean;
}

export function addBackup(program: Command, host: Host, end: (code: ExitCode) => void): void {
  const command = program
    .command("backup <folder>")
    .description("copy the daemon's memory into a new folder, while the daemon works or while it does not")
    .option("--json", "print one JSON object")
    .addHelpText("after", BACKUP_HELP);
  withState(command).action(async (folder: string, options: BackupOptions) => {
    const place = await findPlace(host, options);
    const into = resolve(host.cwd, folder);
    const { state } = place.settings;
    // Says the same as the other commands where nothing ever ran there.
    await withMemory(host, place, async () => undefined);
    const files = { store: STORE_FILE, document: STATE_FILE, lastGood: "last-good" };
    const copied = await backUpState(state, into, files);
    if (options.json === true) printJson(host, { folder: into, files: copied });
    else print(host, textOf(into, copied));
    end(EXIT.fine);
  });
}

const BACKUP_HELP = `
Holds pairs, what both sides last agreed on, retry queue, journal, run reports, what was published and which triggers ran. No secrets, and nothing
of the trackers or the repository: those have backups of their own. The folder must be new or empty.

To restore: stop the daemon, move its state folder away, copy the backup in its place, start the daemon. However old the backup is, nothing is lost
or doubled: records made since know their partners by marker, and edits since are found by comparing (docs/operations.md).

Exit code 0: the copy is whole and on the disk; 3: the folder cannot be used, or nothing ever ran here.

Example:
  syncline backup /var/backups/syncline/2026-11-21 --state /var/lib/syncline`;

function textOf(folder: string, files: readonly BackedUp[]): string {
  const lines = files.map(({ name, bytes }) => `  ${name.padEnd(16)} ${bytes} bytes`);
  return [`copied to ${folder}`, ...lines].join("\n");
}
