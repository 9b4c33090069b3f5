import type { TestContext } from "node:test";
import type { SyncOrder } from "../../daemon/control/protocol.ts";
import { type AlmOptions, type AlmSimulator, startAlmSimulator } from "../../daemon/sandbox/alm/index.ts";
import { gitBox, isolatedEnv } from "../unit/config-git/git-box.ts";
import { type Daemon, startDaemon } from "./daemon.ts";
import { type RedmineProxy, startRedmineProxy } from "./redmine-proxy.ts";
import { writeSecrets } from "./sample.ts";
import { daemonOf, LINK, type Report } from "./site.ts";

export interface Issue {
  readonly id: number;
  readonly subject: string;
  readonly updated_on: string;
  /** Any field by its name in the API: names of lists, logins never; custom fields by label. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** ALM's simulator and the project `alpha` of a real Redmine, a repository with a mapping between them, and a daemon to be started. */
export interface RedmineSite {
  readonly alm: AlmSimulator;
  readonly redmine: RedmineProxy;
  /** Moves both trackers' clocks ahead, as the daemon sees them. */
  later(seconds: number): void;
  /** All issues of the tracker that these tests have for themselves. */
  issues(): Promise<readonly Issue[]>;
  make(fields: Readonly<Record<string, unknown>>): Promise<number>;
  edit(id: number, fields: Readonly<Record<string, unknown>>): Promise<void>;
  start(): Promise<Daemon>;
  publish(files: Readonly<Record<string, string>>): string;
  ask(order?: Partial<SyncOrder>): Promise<Report>;
}

/** Other tests work in the same Redmine at the same time, but none with this tracker. */
const TRACKER = { id: 3, name: "Support" };

export interface RedmineSiteOptions {
  readonly url: string;
  readonly adminKey: string;
  /** The daemon's. */
  readonly key: string;
  readonly alm?: AlmOptions;
  /** The mapping's text, given both addresses. */
  readonly mapping: (urls: { readonly alm: string; readonly redmine: string; readonly tracker: string }) => string;
  readonly users: string;
}

export async function openRedmineSite(t: TestContext, options: RedmineSiteOptions): Promise<RedmineSite> {
  const clock = { ahead: 0 };
  const alm = await startAlmSimulator({ ...options.alm, clock: { now: () => Date.now() + clock.ahead * 1000 } });
  const redmine = await startRedmineProxy(options.url, options.adminKey);
  const daemons: Daemon[] = [];
  t.after(async () => {
    for (const daemon of daemons) await daemon.kill();
    await removeAll(redmine);
    redmine.close();
    await alm.close();
  });
  const issues = () => listIssues(redmine);
  await removeAll(redmine);
  const box = await gitBox(t);
  const env = isolatedEnv(box.root);
  const { bare, clone } = box.pair({
    "mappings/payments.toml": options.mapping({ alm: alm.url, redmine: redmine.url, tracker: TRACKER.name }),
    "users/payments.csv": options.users,
  });
  const state = box.path("state");
  const secrets = writeSecrets(box.path("secrets"), {
    "alm-payments": { user: String(alm.access["user"]), password: String(alm.access["password"]) },
    "redmine-payments": { "api-key": options.key },
  });
  return {
    ...{ alm, redmine, issues },
    later(seconds) {
      clock.ahead += seconds;
      redmine.switches.aheadSeconds += seconds;
    },
    async make(fields) {
      const made = await redmine.call("POST", "/issues.json", {
        issue: { project_id: "alpha", tracker_id: TRACKER.id, ...fields },
      });
      return (made["issue"] as { id: number }).id;
    },
    edit: async (id, fields) => void (await redmine.call("PUT", `/issues/${id}.json`, { issue: fields })),
    async start() {
      const daemon = startDaemon(t, { repo: bare, state, secrets, env });
      daemons.push(daemon);
      const line = await daemon.verdict(box.git(clone, "rev-parse", "HEAD"));
      if (line["verdict"] !== "active") throw new Error(`the mapping did not go live: ${JSON.stringify(line)}`);
      return daemon;
    },
    publish(files) {
      const revision = box.commit(clone, files);
      box.push(clone);
      return revision;
    },
    async ask(order = {}) {
      const daemon = await daemonOf(state);
      return daemon.ask("sync", { link: LINK, full: false, dryRun: false, ...order });
    },
  };
}

async function listIssues(redmine: RedmineProxy): Promise<readonly Issue[]> {
  const found: Issue[] = [];
  for (;;) {
    const query = `project_id=alpha&tracker_id=${TRACKER.id}&status_id=*&sort=id&limit=100&offset=${found.length}`;
    const page = await redmine.call("GET", `/issues.json?${query}`);
    const rows = page["issues"] as readonly Record<string, unknown>[];
    found.push(...rows.map(toIssue));
    if (rows.length < 100) return found;
  }
}

function toIssue(row: Readonly<Record<string, unknown>>): Issue {
  const custom = (row["custom_fields"] ?? []) as readonly { readonly name: string; readonly value: unknown }[];
  const named = Object.entries(row).map(([key, value]) => {
    const name = (value as { readonly name?: unknown } | null)?.name;
    return [key, name ?? value] as const;
  });
  const fields = {
    ...Object.fromEntries(named),
    ...Object.fromEntries(custom.map((field) => [field.name, field.value])),
  };
  return { id: Number(row["id"]), subject: String(row["subject"]), updated_on: String(row["updated_on"]), fields };
}

async function removeAll(redmine: RedmineProxy): Promise<void> {
  const ids = (await listIssues(redmine)).map(({ id }) => `ids[]=${id}`);
  for (let at = 0; at < ids.length; at += 100)
    await redmine.call("DELETE", `/issues.json?${ids.slice(at, at + 100).join("&")}`);
}
