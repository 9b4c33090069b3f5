import type { Makes } from "../../core/connector.ts";
import { ConnectorError } from "../../core/errors.ts";
import type { DirectoryEntry } from "../../core/field.ts";
import type { Writing } from "./write.ts";

/** Teams need members and releases need dates, which nobody can guess; list values have no resource at all. */
export const MAKES: Makes = { targets: ["application", "theme", "feature"], options: [] };

/** An application, a theme, or a feature in its theme, with its name and what the server fills in by itself. */
export async function createEntry(
  endpoint: string,
  writing: Writing,
  target: string,
  name: string,
  parent: string | null,
  signal: AbortSignal,
): Promise<DirectoryEntry> {
  if (!MAKES.targets.includes(target) || (target === "feature" && parent === null))
    throw new ConnectorError("invalid", `${endpoint}: ${target} "${name}" cannot be made from its name alone`);
  const fields = { name, ...(parent === null ? {} : { theme_id: parent }) };
  const [outcome] = await writing.create(target, [{ ref: name, fields }], signal);
  if (outcome === undefined) throw new Error("a creation without an outcome");
  if (!outcome.ok) throw outcome.error;
  return { id: outcome.record.id, name, path: `\\${name}`, parent };
}
