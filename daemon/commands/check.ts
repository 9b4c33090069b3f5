import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { WORKTREE } from "../config/git/work-tree.ts";
import { type CheckResult, checkRevision } from "../config/publish/check.ts";
import { formatDiagnostic } from "../core/diagnostic.ts";
import { openConfigRepository, openWorkshop } from "../main.ts";
import { formatIntegrity, integritySummary } from "../status/integrity-text.ts";
import { EXIT, type ExitCode, type Host, print, printJson } from "./host.ts";
import { findPlace, type PlaceOptions, withRepository, withState } from "./place.ts";

interface CheckOptions extends PlaceOptions {
  readonly worktree?: boolean;
  readonly table?: boolean;
  readonly json?: boolean;
}

export function addCheck(program: Command, host: Host, end: (code: ExitCode) => void): void {
  const command = program
    .command("check [revision]")
    .description("say what publishing a revision would say, offline: the daemon's own verdict, without going live")
    .option("--worktree", "check the files on the disk instead of a commit")
    .option("--table", "list the integrity check of every link, check by check")
    .option("--json", "print one JSON object")
    .addHelpText("after", CHECK_HELP);
  withState(withRepository(command)).action(async (revision: string | undefined, options: CheckOptions) => {
    if (revision !== undefined && options.worktree === true)
      command.error("error: say a revision or --worktree, which is the files on the disk, not both", { exitCode: 2 });
    end(await check(host, revision ?? null, options));
  });
}

const CHECK_HELP = `
Without a revision: the tip of the branch. Without --repo: the repository of the daemon's state folder, else this folder.
Exit code 0: would go live; 1: would be rejected; 3: the repository cannot be read.`;

async function check(host: Host, revision: string | null, options: CheckOptions): Promise<ExitCode> {
  const place = await findPlace(host, options);
  const repository = place.settings.repository === "" ? resolve(host.cwd) : place.settings.repository;
  const notes: string[] = [];
  const emit = (event: { event: string; message?: string }) => {
    if (event.event === "config.watch" && event.message !== undefined) notes.push(event.message);
  };
  // A mirror of a remote repository is kept apart from a daemon's own, which may be fetching at this moment.
  const mirror = await mkdtemp(join(tmpdir(), "syncline-check-"));
  const workshop = openWorkshop();
  try {
    const settings = { ...place.settings, repository, state: mirror };
    const opened = await openConfigRepository(settings, { emit, now: host.now, signal: host.signal });
    await opened.refresh(host.signal);
    const result = await checkRevision(opened, options.worktree === true ? WORKTREE : revision, workshop, host.signal);
    if (options.json === true) printJson(host, result);
    else print(host, toText(result, options.table === true));
    return result.ok ? EXIT.fine : EXIT.wrong;
  } finally {
    await workshop.close();
    await rm(mirror, { recursive: true, force: true });
  }
}

function toText(result: CheckResult, table: boolean): string {
  // A table has them below the checks that they belong to.
  const told = new Set(table ? result.integrity.flatMap(({ checks }) => checks.flatMap((c) => c.findings)) : []);
  const lines = result.diagnostics.filter((d) => !told.has(d)).map(formatDiagnostic);
  const errors = result.diagnostics.filter((d) => d.severity === "error").length;
  const what = result.revision === WORKTREE ? "the work tree" : `${result.revision.slice(0, 10)} ${result.subject}`;
  const counted = `${result.connections} connection${result.connections === 1 ? "" : "s"}, ${result.links} link${result.links === 1 ? "" : "s"}`;
  lines.push(
    result.ok
      ? `ok: ${what} would go live (${counted})`
      : `rejected: ${what} has ${errors} error${errors === 1 ? "" : "s"}`,
  );
  if (table && result.integrity.length > 0) lines.push("", formatIntegrity(result.integrity));
  else lines.push(...result.integrity.map((link) => `  ${integritySummary(link)}`));
  return lines.join("\n");
}
