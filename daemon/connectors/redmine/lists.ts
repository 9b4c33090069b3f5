import type { ConnectorHost } from "../../core/connector.ts";
import { orAbort } from "../abort.ts";
import { arrayOf, type Fail, type JsonObject, objectOf } from "../json-answer.ts";
import { type Client, rowsOf } from "./client.ts";
import { createPeople, fromMembership, fromUser, type People, type Principal } from "./people.ts";
import { type CustomField, withDeclaration } from "./schema.ts";
import type { RedmineSettings } from "./settings.ts";

export interface Account {
  readonly id: number;
  readonly login: string;
  readonly admin: boolean;
}

export interface Project {
  readonly id: number;
  readonly name: string;
  readonly trackers: readonly Named[];
  readonly categories: readonly Named[];
}

export interface Named {
  readonly id: number;
  readonly name: string;
}

/** Read once, and again when a name or id is not found in it. */
export interface Cached<T> {
  /** Whether it was read before. */
  known(): boolean;
  get(signal: AbortSignal): Promise<T>;
  refresh(signal: AbortSignal): Promise<T>;
}

/** What records refer to by id. */
export interface Lists {
  readonly account: Cached<Account>;
  readonly project: Cached<Project>;
  readonly statuses: Cached<readonly Named[]>;
  readonly priorities: Cached<readonly Named[]>;
  readonly people: Cached<People>;
  readonly customFields: Cached<readonly CustomField[]>;
  close(): void;
}

export function createLists(settings: RedmineSettings, host: ConnectorHost, client: Client): Lists {
  const closing = new AbortController();
  const own = closing.signal;
  const cached = <T>(load: () => Promise<T>) => createCached(load);
  const projectPath = `/projects/${encodeURIComponent(settings.project)}`;

  const account = cached(async () => {
    const { body, fail } = await client.get("/users/current.json", [], own);
    const user = objectOf(body["user"], "user", fail);
    const { id, login } = user;
    if (typeof id !== "number" || typeof login !== "string") return fail("has no id and login");
    return { id, login, admin: user["admin"] === true };
  });

  const project = cached(async () => {
    const { body, fail } = await client.get(`${projectPath}.json`, [["include", "trackers,issue_categories"]], own);
    const row = objectOf(body["project"], "project", fail);
    return {
      ...namedOf(row, fail),
      trackers: namedList(row["trackers"] ?? [], "trackers", fail),
      categories: namedList(row["issue_categories"] ?? [], "issue_categories", fail),
    };
  });

  async function names(path: string, key: string): Promise<readonly Named[]> {
    const got = await client.get(path, [], own);
    return rowsOf(got, key).map((row) => namedOf(row, got.fail));
  }

  const people = cached(async () => {
    const members = await client.getAll(`${projectPath}/memberships.json`, "memberships", [], own);
    const shown = members.rows.map(fromMembership).filter((person) => person !== null);
    if (!(await account.get(own)).admin) return createPeople(shown);
    const active = await client.getAll("/users.json", "users", [["status", "1"]], own);
    const locked = await client.getAll("/users.json", "users", [["status", "3"]], own);
    const users = [
      ...active.rows.map((row) => fromUser(row, true)),
      ...locked.rows.map((row) => fromUser(row, false)),
    ].filter((person) => person !== null);
    return createPeople(withGroups(users, shown));
  });

  const customFields = cached(async () => {
    const admin = (await account.get(own)).admin;
    const fields = admin ? await definitions(client, settings, own) : await seen(client, settings, own);
    if (!admin) {
      host.note(
        "The API key is not an administrator's: formats and values of custom fields cannot be read. Declare what matters under fields.",
      );
    }
    return fields.map((field) => withDeclaration(field, settings));
  });

  return {
    account,
    project,
    statuses: cached(() => names("/issue_statuses.json", "issue_statuses")),
    priorities: cached(() => names("/enumerations/issue_priorities.json", "issue_priorities")),
    people,
    customFields,
    close: () => closing.abort(new Error("the connector was closed")),
  };
}

function createCached<T>(load: () => Promise<T>): Cached<T> {
  const state: { promise: Promise<T> | null } = { promise: null };

  function start(): Promise<T> {
    const promise = load();
    state.promise = promise;
    promise.catch(() => {
      // The callers get the error; the next one asks anew.
      if (state.promise === promise) state.promise = null;
    });
    return promise;
  }

  return {
    known: () => state.promise !== null,
    get: (signal) => orAbort(state.promise ?? start(), signal),
    refresh: (signal) => orAbort(start(), signal),
  };
}

/** Groups can be assignees but are not among the users. */
function withGroups(users: readonly Principal[], members: readonly Principal[]): readonly Principal[] {
  const ids = new Set(users.map((user) => user.id));
  return [...users, ...members.filter((member) => !ids.has(member.id))];
}

async function definitions(
  client: Client,
  settings: RedmineSettings,
  signal: AbortSignal,
): Promise<readonly CustomField[]> {
  const got = await client.get("/custom_fields.json", [], signal);
  return rowsOf(got, "custom_fields")
    .filter((row) => row["customized_type"] === "issue" && appliesTo(row, settings.tracker))
    .map((row) => ({
      ...namedOf(row, got.fail),
      format: typeof row["field_format"] === "string" ? row["field_format"] : null,
      multiple: row["multiple"] === true,
      required: row["is_required"] === true,
      defaulted: typeof row["default_value"] === "string" && row["default_value"] !== "",
      maxLength: typeof row["max_length"] === "number" && row["max_length"] > 0 ? row["max_length"] : null,
      options: optionsOf(row["possible_values"] ?? [], got.fail),
    }));
}

function appliesTo(row: JsonObject, tracker: string | null): boolean {
  const trackers = row["trackers"];
  if (tracker === null || !Array.isArray(trackers)) return true;
  return trackers.some((entry: JsonObject) => String(entry?.["id"]) === tracker || entry?.["name"] === tracker);
}

function optionsOf(wire: unknown, fail: Fail): CustomField["options"] {
  return arrayOf(wire, "possible_values", fail).map((entry) => {
    const row = objectOf(entry, "element of possible_values", fail);
    const value = String(row["value"] ?? "");
    return { value, label: typeof row["label"] === "string" ? row["label"] : value };
  });
}

/** Without administrator's rights custom fields are known from issues only: id, name, and whether they hold several values. */
async function seen(client: Client, settings: RedmineSettings, signal: AbortSignal): Promise<readonly CustomField[]> {
  const query = [
    ["project_id", settings.project],
    ["status_id", "*"],
    ["sort", "id:desc"],
    ["limit", "100"],
  ] as const;
  const got = await client.get("/issues.json", query, signal);
  const found = new Map<number, CustomField>();
  for (const issue of rowsOf(got, "issues")) {
    for (const entry of arrayOf(issue["custom_fields"] ?? [], "custom_fields", got.fail)) {
      const row = objectOf(entry, "element of custom_fields", got.fail);
      const named = namedOf(row, got.fail);
      const multiple = row["multiple"] === true;
      found.set(named.id, { ...named, format: null, multiple, required: false, maxLength: null, options: [] });
    }
  }
  return [...found.values()].sort((a, b) => a.id - b.id);
}

export function namedList(wire: unknown, what: string, fail: Fail): readonly Named[] {
  return arrayOf(wire, what, fail).map((row) => namedOf(objectOf(row, `element of ${what}`, fail), fail));
}

function namedOf(row: JsonObject, fail: Fail): Named {
  const { id, name } = row;
  if (typeof id !== "number" || !Number.isSafeInteger(id)) return fail("has no whole number as id");
  return { id, name: typeof name === "string" ? name : fail("has no text as name") };
}
