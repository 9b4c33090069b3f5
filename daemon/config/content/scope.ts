import { type Ending, readEntityType } from "../../core/entity-type.ts";
import type { SideConfig } from "../../core/snapshot.ts";
import type { Endpoint } from "./endpoints.ts";
import { asChoice, type TableReader } from "./read.ts";
import type { FileReport, Placed } from "./report.ts";
import type { TomlNode } from "./toml.ts";

export type Past = Placed<"skip" | "include"> | null;

/** `past = "include"`; null where the link does not say. */
export function readPast(reader: TableReader): Past {
  return reader.choice("past", ["skip", "include"]);
}

/** E59, E60: by default records that are over get no partner, where the tracker's kind says when they are. */
export function currentOf(past: Past, endpoint: Endpoint, entity: string): Pick<SideConfig, "current"> {
  const ending = endingOf(endpoint, entity);
  return past?.value === "include" || ending === null ? {} : { current: ending };
}

export function checkPast(
  past: Past,
  sides: readonly { readonly endpoint: Endpoint; readonly entity: string }[],
  report: FileReport,
): void {
  if (
    past === null ||
    sides.some(({ endpoint, entity }) => endpoint.type === null || endingOf(endpoint, entity) !== null)
  )
    return;
  const names = sides.map(({ endpoint, entity }) => `${entity} of ${endpoint.config.name}`).join(" and ");
  report.error(
    "invalid-value",
    past.at,
    `"past" is for releases and what belongs to them; ${names} never come to an end.`,
    'Take the key out, or say which records count with "filter".',
  );
}

function endingOf({ type }: Endpoint, entity: string): Ending | null {
  const { base } = readEntityType(entity);
  return type?.endings !== undefined && Object.hasOwn(type.endings, base) ? (type.endings[base] ?? null) : null;
}

/** T21: what becomes of a paired record that its side's filter selects no longer. */
export function readOutOfScope(
  node: TomlNode | undefined,
  endpoint: string,
  filter: string | null,
  report: FileReport,
): Pick<SideConfig, "outOfScope"> {
  const choice = asChoice(node, `"${endpoint}"`, ["keep", "freeze", "unlink"], report);
  if (choice === null) return {};
  if (filter === null)
    report.error(
      "scope-without-filter",
      choice.at,
      `No record of ${endpoint} can be out of scope: the link has no filter there.`,
      `Add filter = { ${endpoint} = "…" }, or take this out.`,
    );
  return choice.value === "keep" ? {} : { outOfScope: choice.value };
}
