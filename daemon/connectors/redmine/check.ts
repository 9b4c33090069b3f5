import type { Check, ConnectorHost } from "../../core/connector.ts";
import { ConnectorError } from "../../core/errors.ts";
import { isObject, type JsonObject } from "../json-answer.ts";
import type { Client } from "./client.ts";
import type { Lists } from "./lists.ts";
import { ENTITIES } from "./schema.ts";
import type { RedmineSettings } from "./settings.ts";

const SKEW_MS = 300_000;
const NEEDED = ["view_issues", "add_issues", "edit_issues"];
/** Rights that only some links need, and what does not work without them. */
const USEFUL: Readonly<Record<string, string>> = {
  delete_issues: "may not delete issues: only links that never delete here will work",
  add_issue_notes: "may not add notes: no comments can be carried to here",
  edit_issue_notes: "may not edit notes: edits and removals of comments cannot be carried to here",
  manage_issue_relations: "may not manage relations: no links between records can be carried to here",
};

export async function checkEndpoint(
  settings: RedmineSettings,
  host: ConnectorHost,
  client: Client,
  lists: Lists,
  entities: readonly string[],
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const account = await tried(() => lists.account.refresh(signal));
  if ("error" in account)
    return [{ name: "sign-in", verdict: "fail", message: `${account.error}. ${signInHint(account.kind)}` }];
  const { login, admin } = account.value;
  const checks: Check[] = [{ name: "sign-in", verdict: "pass", message: `signed in at ${settings.url} as ${login}` }];
  const project = await tried(() => lists.project.refresh(signal));
  if ("error" in project) {
    const message = `${project.error}. Check project, and that ${login} is a member of it.`;
    return [...checks, { name: "project", verdict: "fail", message }];
  }
  const { trackers, name } = project.value;
  checks.push({ name: "project", verdict: "pass", message: `project ${settings.project} is "${name}"` });
  checks.push(
    trackerCheck(
      settings,
      trackers.map((tracker) => [String(tracker.id), tracker.name]),
    ),
  );
  checks.push(await rightsCheck(project.value.id, admin, client, signal), administratorCheck(admin));
  for (const entity of entities) checks.push(await entityCheck(settings, host, client, entity, signal));
  return checks;
}

function signInHint(kind: string): string {
  return kind === "auth"
    ? "Check api-key of the secret, and that the REST web service is enabled (Administration > Settings > API)."
    : "Check the url, and that this host may reach it.";
}

function trackerCheck(settings: RedmineSettings, trackers: readonly (readonly string[])[]): Check {
  const names = trackers.map(([, name]) => name).join(", ");
  if (settings.tracker === null)
    return { name: "tracker", verdict: "pass", message: `all trackers of the project: ${names}` };
  if (trackers.some((names) => names.includes(settings.tracker ?? ""))) {
    return { name: "tracker", verdict: "pass", message: `tracker "${settings.tracker}"` };
  }
  return {
    name: "tracker",
    verdict: "fail",
    message: `the project has no tracker "${settings.tracker}". Choose one of ${names}.`,
  };
}

async function rightsCheck(project: number, admin: boolean, client: Client, signal: AbortSignal): Promise<Check> {
  if (admin) return { name: "rights", verdict: "pass", message: "the account is an administrator" };
  const held = await tried(() => permissions(project, client, signal));
  if ("error" in held)
    return { name: "rights", verdict: "warning", message: `rights could not be read: ${held.error}` };
  const missing = NEEDED.filter((right) => !held.value.has(right));
  if (missing.length > 0) {
    return {
      name: "rights",
      verdict: "fail",
      message: `the account's roles lack ${missing.join(", ")}. Give it a role that has them.`,
    };
  }
  const without = Object.entries(USEFUL).flatMap(([right, why]) => (held.value.has(right) ? [] : [why]));
  if (without.length === 0)
    return {
      name: "rights",
      verdict: "pass",
      message: "may view, add, edit and delete issues, and write comments and relations",
    };
  return { name: "rights", verdict: "warning", message: `${without.join("; ")}.` };
}

async function permissions(project: number, client: Client, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const { body } = await client.get("/users/current.json", [["include", "memberships"]], signal);
  const user = isObject(body["user"]) ? body["user"] : {};
  const memberships = objects(user["memberships"]);
  const own = memberships.filter(
    (membership) => isObject(membership["project"]) && membership["project"]["id"] === project,
  );
  const ids = new Set(own.flatMap((membership) => objects(membership["roles"])).map((role) => String(role["id"])));
  const held = new Set<string>();
  for (const id of ids) {
    const role = (await client.get(`/roles/${id}.json`, [], signal)).body["role"];
    for (const right of isObject(role) && Array.isArray(role["permissions"]) ? role["permissions"] : [])
      held.add(String(right));
  }
  return held;
}

function objects(wire: unknown): readonly JsonObject[] {
  return Array.isArray(wire) ? wire.filter(isObject) : [];
}

function administratorCheck(admin: boolean): Check {
  const name = "administrator";
  if (admin) return { name, verdict: "pass", message: "users by e-mail and custom fields by type can be read" };
  const message =
    "without administrator's rights users have no e-mail and custom fields no type: map users by CSV, declare custom fields under fields.";
  return { name, verdict: "warning", message };
}

async function entityCheck(
  settings: RedmineSettings,
  host: ConnectorHost,
  client: Client,
  entity: string,
  signal: AbortSignal,
): Promise<Check> {
  const name = `entity ${entity}`;
  if (!ENTITIES.some((known) => known === entity)) {
    return { name, verdict: "fail", message: `Redmine has no entity type "${entity}"; it has ${ENTITIES.join(", ")}` };
  }
  const query = [
    ["project_id", settings.project],
    ["status_id", "*"],
    ["limit", "1"],
  ] as const;
  const got = await tried(() => client.get("/issues.json", query, signal));
  if ("error" in got) return { name, verdict: "fail", message: got.error };
  const skew = got.value.asOf === null ? 0 : Math.abs(Date.parse(got.value.asOf) - host.now());
  if (skew > SKEW_MS) {
    const message = `can be read, but the server's clock is ${Math.round(skew / 60_000)} minutes off. Set the clocks by NTP.`;
    return { name, verdict: "warning", message };
  }
  return {
    name,
    verdict: "pass",
    message: `${String(got.value.body["total_count"])} issues can be read in the project`,
  };
}

type Tried<T> = { readonly value: T } | { readonly error: string; readonly kind: string };

async function tried<T>(call: () => Promise<T>): Promise<Tried<T>> {
  try {
    return { value: await call() };
  } catch (error) {
    const kind = error instanceof ConnectorError ? error.kind : "unavailable";
    return { error: error instanceof Error ? error.message : String(error), kind };
  }
}
