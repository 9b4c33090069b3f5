import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { stripVTControlCharacters } from "node:util";
import type { AlmSimulator } from "../../daemon/sandbox/alm/index.ts";
import { type GitBox, gitBox, isolatedEnv } from "../unit/config-git/git-box.ts";
import { secretOf } from "./alm-pair.ts";
import { CLI, COMPILED, collect, type Ended, objectOf, syncline } from "./command.ts";
import { writeSecrets } from "./sample.ts";
import type { Report } from "./site.ts";
import { startTrackers, type Trackers } from "./trackers.ts";

export interface Bench extends Trackers {
  readonly box: GitBox;
  readonly env: Readonly<Record<string, string>>;
  readonly secrets: string;
  readonly left: string;
  readonly right: string;
  run(...args: string[]): Promise<Ended>;
  /** `init <folder> --name payments` with both endpoints. */
  init(folder: string, ...more: string[]): Promise<Ended>;
  sync(folder: string, link: string, ...more: string[]): Promise<{ readonly ended: Ended; readonly report: Report }>;
}

export const PEOPLE = [
  { login: "sync", name: "Sync", emails: [], active: true },
  { login: "jane.doe", name: "Jane", emails: ["Jane.Doe@example.com"], active: true },
  { login: "ann.lee", name: "Ann", emails: ["ann.lee@example.com"], active: true },
];

/** Two trackers with a few records, two of which are the same defect. */
export async function open(t: TestContext): Promise<Bench> {
  const trackers = await startTrackers(t, {
    alm: { content: { people: PEOPLE } },
    agm: { content: "empty", switches: { users: "any" } },
  });
  const { alm, agm } = trackers;
  const defect = { owner: "jane.doe", "detected-by": "jane.doe", "creation-time": "2026-11-01", severity: "2-Medium" };
  alm.admin.create("defects", { ...defect, name: "Login fails" });
  alm.admin.create("defects", { ...defect, name: "Tax is wrong", severity: "1-Low" });
  const item = { subtype: "defect", detected_by: "jane.doe@example.com" };
  agm.admin.create("backlog_items", { ...item, name: "Login fails", severity: "Medium", defect_status: "New" });
  agm.admin.create("backlog_items", { ...item, name: "Only here", severity: "Low", defect_status: "New" });
  const box = await gitBox(t);
  const env = isolatedEnv(box.root);
  const secrets = writeSecrets(box.path("secrets"), {
    "alm-payments": secretOf(alm),
    "agm-payments": {
      "client-id": String(agm.access["client-id"]),
      "client-secret": String(agm.access["client-secret"]),
    },
  });
  const left = `alm type=alm url=${alm.url} domain=${alm.access["domain"]} project=${alm.access["project"]} zone=Europe/Berlin`;
  const right = `agm type=agile-manager url=${agm.url} workspace=${agm.access["workspace"]}`;
  const run = (...args: string[]) => syncline(args, { env, cwd: box.root });
  const place = (folder: string) => ["--repo", folder, "--state", `${folder}-state`, "--secrets", secrets];
  return {
    ...trackers,
    ...{ box, env, secrets, left, right, run },
    init: (folder, ...more) =>
      run("init", folder, "--name", "payments", "--left", left, "--right", right, "--secrets", secrets, ...more),
    async sync(folder, link, ...more) {
      const ended = await run("sync", link, ...more, "--json", ...place(folder));
      if (ended.stdout === "") throw new Error(`no report: ${ended.stderr}`);
      return { ended, report: objectOf(ended) as unknown as Report };
    },
  };
}

export function filesOf(folder: string): Readonly<Record<string, string>> {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = found.map((entry) => join(entry.parentPath, entry.name)).filter((path) => !path.includes("/.git/"));
  return Object.fromEntries(paths.sort().map((path) => [path.slice(folder.length + 1), readFileSync(path, "utf8")]));
}

export function total(report: Report, deed: "created" | "updated" | "deleted" | "failed"): number {
  return Object.values(report.counts).reduce((sum, counts) => sum + counts[deed], 0);
}

export function almWords({ url, access }: AlmSimulator): string {
  return `two type=alm url=${url} domain=${access["domain"]} project=${access["project"]} zone=Europe/Berlin secret=two`;
}

/** Runs a command at a terminal of its own and answers each question as it comes. */
export async function converse(
  env: Readonly<Record<string, string>>,
  cwd: string,
  command: string,
  answers: readonly (readonly [question: RegExp, answer: string])[],
): Promise<string> {
  const child = spawn("script", ["-qfec", `${process.execPath} ${CLI} ${command}`, "/dev/null"], {
    ...{
      env: { ...COMPILED, ...env, TERM: "dumb" },
      cwd,
      stdio: ["pipe", "pipe", "pipe"],
      timeout: 60_000,
      killSignal: "SIGKILL",
    },
  });
  const said = collect(child, "stdout");
  const open = [...answers];
  const seen = { upTo: 0 };
  child.stdout.on("data", () => {
    const [next] = open;
    const text = stripVTControlCharacters(said().slice(seen.upTo)).replaceAll("\r", "");
    if (next === undefined || !next[0].test(text)) return;
    open.shift();
    seen.upTo = said().length;
    child.stdin.write(`${next[1]}\n`);
  });
  const [code] = (await once(child, "close")) as [number | null];
  assert.equal(code, 0, `${said()}\nopen questions: ${open.map(([question]) => question.source).join(", ")}`);
  assert.equal(open.length, 0);
  return said();
}
