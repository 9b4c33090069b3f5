import { listOf, type Project, rowsOf, textOf } from "./project.ts";
import type { EntityDef, FieldDef } from "./schema.ts";
import type { Row } from "./store.ts";

/** Counts that fields are computed from; made anew when anything was written. */
interface Tally {
  readonly revision: number;
  /** `defect/7` → how many links name it. */
  readonly links: ReadonlyMap<string, number>;
  /** Requirement id → number of children. */
  readonly sons: ReadonlyMap<number, number>;
  /** Release id, cycle id → requirements that target it. */
  readonly releaseRequirements: ReadonlyMap<string, number>;
  readonly cycleRequirements: ReadonlyMap<string, number>;
}

const tallies = new WeakMap<Project, Tally>();

/** A field's value as a client sees it: stored, or computed now. */
export function fieldValue(project: Project, entity: EntityDef, row: Row, field: FieldDef): string | readonly string[] {
  if (!field.computed) return row.values[field.name] ?? "";
  return computed(project, entity, row, field.name) ?? row.values[field.name] ?? "";
}

function computed(project: Project, entity: EntityDef, row: Row, field: string): string | null {
  switch (`${entity.name}.${field}`) {
    case "defect.has-linkage":
    case "requirement.has-linkage":
      return tally(project).links.has(`${entity.name}/${row.id}`) ? "Y" : "N";
    case "defect.has-others-linkage":
      return "N";
    case "requirement.father-name":
      return nameIn(project, "requirement", Number(textOf(row.values["parent-id"])));
    case "requirement.no-of-sons":
      return String(tally(project).sons.get(row.id) ?? 0);
    case "release.req-count":
      return String(tally(project).releaseRequirements.get(String(row.id)) ?? 0);
    case "release-cycle.req-count":
      return String(tally(project).cycleRequirements.get(String(row.id)) ?? 0);
    case "release.milestones-count":
    case "release.scope-items-count":
    case "release-cycle.cf-count":
      return "0";
    case "defect-link.second-endpoint-name":
      return linkedText(project, row, "name");
    case "defect-link.second-endpoint-status":
      return linkedText(project, row, "status");
    default:
      return null;
  }
}

function linkedText(project: Project, row: Row, field: string): string {
  const type = project.schema.entities.get(textOf(row.values["second-endpoint-type"]));
  if (type === undefined) return "";
  return textOf(rowsOf(project, type).get(Number(textOf(row.values["second-endpoint-id"])))?.values[field]);
}

/** The name of a referred record; the empty text where it is gone. */
export function nameIn(project: Project, entity: string, id: number): string {
  const target = project.schema.entities.get(entity);
  return target === undefined ? "" : textOf(rowsOf(project, target).get(id)?.values["name"]);
}

function tally(project: Project): Tally {
  const known = tallies.get(project);
  if (known?.revision === project.store.revision()) return known;
  const made = count(project);
  tallies.set(project, made);
  return made;
}

function count(project: Project): Tally {
  const links = new Map<string, number>();
  const sons = new Map<number, number>();
  const releaseRequirements = new Map<string, number>();
  const cycleRequirements = new Map<string, number>();
  for (const link of project.store.rows("defect-links").values()) {
    add(links, `defect/${textOf(link.values["first-endpoint-id"])}`);
    add(links, `${textOf(link.values["second-endpoint-type"])}/${textOf(link.values["second-endpoint-id"])}`);
  }
  for (const requirement of project.store.rows("requirements").values()) {
    add(sons, Number(textOf(requirement.values["parent-id"])));
    for (const id of listOf(requirement.values["target-rel"])) add(releaseRequirements, id);
    for (const id of listOf(requirement.values["target-rcyc"])) add(cycleRequirements, id);
  }
  return { revision: project.store.revision(), links, sons, releaseRequirements, cycleRequirements };
}

function add<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
