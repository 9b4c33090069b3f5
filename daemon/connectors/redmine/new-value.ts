import type { Makes } from "../../core/connector.ts";
import { ConnectorError } from "../../core/errors.ts";
import type { DirectoryEntry } from "../../core/field.ts";
import { idOf, objectOf } from "../json-answer.ts";
import type { Client } from "./client.ts";
import type { Lists } from "./lists.ts";
import type { RedmineSettings } from "./settings.ts";

/** Statuses, priorities, trackers and the lists of custom fields are the administrator's: the API only reads them. */
export const MAKES: Makes = { targets: ["version"], options: ["category"] };

export interface NewValues {
  addEntry(target: string, name: string, parent: string | null, signal: AbortSignal): Promise<DirectoryEntry>;
  addOption(entity: string, field: string, value: string, signal: AbortSignal): Promise<void>;
}

/** Makes open versions and categories of the project; the account needs the rights to manage them. */
export function createNewValues(endpoint: string, settings: RedmineSettings, client: Client, lists: Lists): NewValues {
  const project = `/projects/${encodeURIComponent(settings.project)}`;
  return {
    async addEntry(target, name, _parent, signal) {
      if (!MAKES.targets.includes(target)) throw cannot(endpoint, target, name);
      const { body, fail } = await client.post(`${project}/versions.json`, { version: { name } }, signal);
      const id = idOf(objectOf(body["version"], "version", fail)["id"], "id", fail);
      return { id, name, path: `\\${name}`, parent: null };
    },
    async addOption(_entity, field, value, signal) {
      if (field !== "category") throw cannot(endpoint, field, value);
      await client.post(`${project}/issue_categories.json`, { issue_category: { name: value } }, signal);
      await lists.project.refresh(signal);
    },
  };
}

function cannot(endpoint: string, what: string, name: string): ConnectorError {
  return new ConnectorError("invalid", `${endpoint}: Redmine's API cannot make ${what} "${name}"`);
}
