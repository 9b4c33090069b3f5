import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { findGit } from "../config/git/git-binary.ts";
import { lookForGitFolder } from "../config/git/git-folder.ts";
import { makeRepository } from "../config/git/make-repository.ts";
import type { Emit } from "../core/events.ts";
import type { RunReport } from "../core/store.ts";
import { openConfigRepository } from "../main.ts";
import { createLog, type Log } from "../status/log.ts";
import { createProgress, type Progress } from "../status/progress.ts";
import { EXIT, type ExitCode, folderOf, type Host, print } from "./host.ts";
import { type Sandbox, startSandbox } from "./sandbox.ts";
import { type Serving, serve } from "./serve.ts";
import { aborted } from "./start.ts";

/** Where the sample mapping says that the simulated trackers are. */
const PORTS = [7171, 7172] as const;
const FOLDERS = ["rules", "mappings", "users"] as const;

export function addDemo(program: Command, host: Host, end: (code: ExitCode) => void): void {
  program
    .command("demo")
    .description(
      "the whole thing on this machine: two simulated trackers, the sample configuration, a first run, then the daemon",
    )
    .option("--state <folder>", "where the demo keeps everything (default: .syncline)")
    .option("--once", "end after the first run")
    .action(async (options: { state?: string; once?: boolean }) => end(await demo(host, options)));
}

async function demo(host: Host, options: { state?: string; once?: boolean }): Promise<ExitCode> {
  const state = folderOf(host, options.state, "SYNCLINE_STATE", ".syncline");
  const sandbox = await startAtPorts(state);
  const repository = await findRepository(host, state);
  const secrets = await writeSecrets(state, sandbox);
  const logFile = join(state, "syncline.log");
  const progress = createProgress({ stream: host.stdout });
  const addresses: Readonly<Record<string, string>> = {
    "payments/alm": sandbox.trackers.alm.url,
    "payments/agm": sandbox.trackers["agile-manager"].url,
  };
  const serving = await serve(host, {
    settings: {
      repository,
      branch: null,
      state,
      environment: host.env,
      fetchMs: null,
      address: (connection, endpoint) => addresses[`${connection}/${endpoint}`] ?? null,
    },
    secrets,
    logs: (redact) => logsOf(host, redact, logFile, progress),
  });
  try {
    await serving.engine.publisher.settled();
    const reports = await firstRuns(serving);
    progress.stop();
    print(host, summary(serving, reports, sandbox, repository, logFile));
    if (options.once !== true) await aborted(host.signal);
    return reports.every((r) => r.status === "passed" || r.status === "passed with errors") ? EXIT.fine : EXIT.wrong;
  } finally {
    await serving.close();
    await sandbox.close();
  }
}

/** The sample mapping's ports where they are free, else any: the daemon is told the addresses in either case. */
async function startAtPorts(state: string): Promise<Sandbox> {
  const data = join(state, "sandbox");
  await mkdir(data, { recursive: true, mode: 0o700 });
  try {
    return await startSandbox({ ports: PORTS, seed: 1, data });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    return startSandbox({ ports: [0, 0], seed: 1, data });
  }
}

/** This project's own repository; where it came without git, one is made from its three folders. */
async function findRepository(host: Host, state: string): Promise<string> {
  const root = projectRoot();
  if (await hasCommits(host, root, state)) return root;
  const folder = join(state, "repository");
  const git = await findGit(host.env, host.signal);
  await makeRepository(
    folder,
    FOLDERS.map((name) => join(root, name)),
    { git, now: host.now() },
    host.signal,
  );
  print(host, `${root} is no git repository with a commit: the configuration now lives in ${folder}`);
  return folder;
}

async function hasCommits(host: Host, root: string, state: string): Promise<boolean> {
  if ((await lookForGitFolder(root)) === null) return false;
  const settings = { repository: root, branch: null, state, environment: host.env, address: () => null, fetchMs: null };
  const repository = await openConfigRepository(settings, {
    emit: () => undefined,
    now: host.now,
    signal: host.signal,
  });
  return (await repository.tip(host.signal)) !== null;
}

/** The folder of package.json, seen from `daemon/commands/` as from `dist/daemon/commands/`. */
function projectRoot(): string {
  const above = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
  return above.endsWith("dist") ? dirname(above) : above;
}

async function writeSecrets(state: string, { trackers }: Sandbox): Promise<string> {
  const folder = join(state, "secrets");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await write(join(folder, "alm-payments"), pick(trackers.alm.access, ["user", "password"]));
  await write(join(folder, "agm-payments"), pick(trackers["agile-manager"].access, ["client-id", "client-secret"]));
  return folder;
}

async function write(file: string, values: Readonly<Record<string, unknown>>): Promise<void> {
  const lines = Object.entries(values).map(([key, value]) => `${key} = ${JSON.stringify(String(value))}`);
  await writeFile(file, `${lines.join("\n")}\n`, { mode: 0o600 });
  await chmod(file, 0o600);
}

function pick(values: Readonly<Record<string, unknown>>, keys: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(keys.map((key) => [key, values[key]]));
}

/** The whole log goes to the file; the terminal shows what a person should see of it, around the progress bar. */
function logsOf(host: Host, redact: (text: string) => string, file: string, progress: Progress): readonly Log[] {
  const terminal = host.stdout.isTTY === true;
  const whole = createLog({ destination: file, pretty: false, level: "info", redact, now: host.now });
  const shown = createLog({
    destination: host.stdout,
    pretty: terminal,
    color: terminal,
    level: "info",
    redact,
    now: host.now,
    screen: progress.screen,
  });
  const bar: Log = { emit: progress.emit, trouble: () => undefined, flush: () => undefined, reopen: () => undefined };
  return [whole, bar, terminal ? { ...shown, emit: afterFirstRun(shown.emit) } : shown];
}

/** Hundreds of lines, one a record, would push the summary of the first run off the screen: they are in the file. Later runs are shown whole. */
function afterFirstRun(emit: Emit): Emit {
  const first = { over: false };
  return (event) => {
    if (first.over || !/^(record|part|rule)\./.test(event.event)) emit(event);
    if (event.event === "run.ended") first.over = true;
  };
}

async function firstRuns(serving: Serving): Promise<readonly RunReport[]> {
  const reports: RunReport[] = [];
  for (const link of serving.status().links) {
    if (link.configured) reports.push(await serving.run(link.link, false, "first run of the demo"));
  }
  return reports;
}

/** How a person calls the command: in a checkout by npm, as an installed package by its name. */
function command(): string {
  return fileURLToPath(import.meta.url).endsWith(".ts") ? "npm run -s syncline --" : "npx syncline";
}

function summary(
  serving: Serving,
  reports: readonly RunReport[],
  { trackers }: Sandbox,
  repository: string,
  log: string,
): string {
  const status = serving.status();
  const pairs = status.links.reduce((sum, link) => sum + link.pairs, 0);
  const made = reports.flatMap((r) =>
    Object.entries(r.counts).map(([endpoint, c]) => {
      const comments = c.comments === undefined ? "" : `, ${c.comments} comments`;
      return `${c.created} created and ${c.updated} updated in ${endpoint}${comments}`;
    }),
  );
  const { url, workspace } = trackers["agile-manager"].access;
  const sign = `client_id=${trackers["agile-manager"].access["client-id"]}&client_secret=${trackers["agile-manager"].access["client-secret"]}&grant_type=client_credentials`;
  const token = `$(curl -s -d '${sign}' ${url}/agm/oauth/token | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`;
  const change = `curl -s -X PUT -H "Authorization: bearer ${token}" -H 'Content-Type: application/json' -d '{"name":"Edited by curl"}' ${url}/agm/api/workspaces/${workspace}/backlog_items/2001`;
  return [
    `In step: ${pairs} pairs (${reports.reduce((n, r) => n + r.paired, 0)} knew each other by their ids); ${made.join("; ")}; revision ${status.revision.active?.slice(0, 7) ?? "none"}.`,
    `Log: ${log} (all of it, JSON lines); what runs now: ${command()} status`,
    `Publish: edit mappings/payments.toml in ${repository}, \`git commit -am …\`, and watch the verdict appear here.`,
    `Edit a defect in Agile Manager: ${change}`,
    `Then: ${command()} sync payments/defects   (or wait for the trigger, every 5 minutes): ALM defect 1 has the new name. Ctrl-C ends it.`,
  ].join("\n");
}
