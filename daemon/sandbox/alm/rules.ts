import { AlmError, generalError } from "./errors.ts";
import { type Project, rowsOf, textOf } from "./project.ts";
import type { EntityDef } from "./schema.ts";
import type { Row } from "./store.ts";
import type { Writer } from "./validate.ts";

/** What must hold between fields and between records. Throws `AlmError`. `before` is null on creation. */
export function checkRow(project: Project, entity: EntityDef, row: Row, before: Row | null, writer: Writer): void {
  if (entity.fields.has("start-date")) checkDates(project, entity, row);
  if (entity.uniqueSiblings) checkSiblings(project, entity, row);
  if (entity.name === "requirement" || entity.name === "release-folder") checkTree(project, entity, row);
  if (entity.name === "defect" && project.switches.cycleOfOtherRelease === "refuse") checkCycle(project, row);
  if (entity.name === "defect-link" && before === null) checkLink(project, row, writer);
  if (entity.name === "req-trace" && before === null) checkTrace(project, row);
}

function checkDates(project: Project, entity: EntityDef, row: Row): void {
  const start = textOf(row.values["start-date"]);
  const end = textOf(row.values["end-date"]);
  if (end < start) throw generalError(500, `The end date of ${entity.label} must not be earlier than its start date`);
  if (entity.name === "release-cycle") checkInside(project, row, start, end);
  if (entity.name === "release") checkAround(project, row, start, end);
}

function checkInside(project: Project, row: Row, start: string, end: string): void {
  const release = project.store.rows("releases").get(Number(textOf(row.values["parent-id"])));
  if (release === undefined) return;
  if (start < textOf(release.values["start-date"]) || end > textOf(release.values["end-date"])) {
    throw generalError(500, "The cycle's dates must be within the dates of its release");
  }
}

function checkAround(project: Project, row: Row, start: string, end: string): void {
  for (const cycle of project.store.rows("release-cycles").values()) {
    if (textOf(cycle.values["parent-id"]) !== String(row.id)) continue;
    if (textOf(cycle.values["start-date"]) < start || textOf(cycle.values["end-date"]) > end) {
      throw generalError(500, "The release's dates must include the dates of its cycles");
    }
  }
}

function checkSiblings(project: Project, entity: EntityDef, row: Row): void {
  const name = textOf(row.values["name"]).toLowerCase();
  const parent = topless(textOf(row.values["parent-id"]));
  for (const other of rowsOf(project, entity).values()) {
    if (other.id === row.id || topless(textOf(other.values["parent-id"])) !== parent) continue;
    if (textOf(other.values["name"]).toLowerCase() !== name) continue;
    throw new AlmError(500, "entity-already-exists", `Duplicate ${entity.name} name '${textOf(row.values["name"])}'`);
  }
}

/** The root goes by two numbers. */
function topless(parent: string): string {
  return parent === "-1" ? "0" : parent;
}

function checkTree(project: Project, entity: EntityDef, row: Row): void {
  const rows = rowsOf(project, entity);
  for (let id = Number(textOf(row.values["parent-id"])); id > 0; ) {
    if (id === row.id) throw generalError(500, `Invalid parent ${entity.name}`);
    id = Number(textOf(rows.get(id)?.values["parent-id"]) || 0);
  }
}

function checkCycle(project: Project, row: Row): void {
  for (const kind of ["target", "detected-in"] as const) {
    const cycle = project.store.rows("release-cycles").get(Number(textOf(row.values[`${kind}-rcyc`])));
    const release = textOf(row.values[`${kind}-rel`]);
    if (cycle !== undefined && textOf(cycle.values["parent-id"]) !== release) {
      throw generalError(500, `The cycle '${textOf(cycle.values["name"])}' does not belong to release '${release}'`);
    }
  }
}

const LINKABLE = ["defect", "requirement", "test", "run", "run-step", "test-set", "test-instance", "test-config"];

function checkLink(project: Project, row: Row, writer: Writer): void {
  const first = textOf(row.values["first-endpoint-id"]);
  const second = textOf(row.values["second-endpoint-id"]);
  const type = textOf(row.values["second-endpoint-type"]);
  if (!LINKABLE.includes(type)) throw generalError(400, `Entity type '${type}' cannot be linked to a defect`);
  const target = project.schema.entities.get(type);
  if (target === undefined || !rowsOf(project, target).has(Number(second))) {
    throw generalError(500, `Entity with key '${second}' does not exist in table '${target?.table ?? type}'`);
  }
  if (type === "defect" && first === second) throw generalError(500, "A defect cannot be linked to itself");
  const same = [...project.store.rows("defect-links").values()].some((other) => joins(other, first, type, second));
  if (same) throw new AlmError(500, "entity-already-exists", `Duplicate link, refused for ${writer.user}`);
}

/** Links between two defects have no direction. */
function joins(link: Row, first: string, type: string, second: string): boolean {
  if (link.values["second-endpoint-type"] !== type) return false;
  const from = link.values["first-endpoint-id"];
  const to = link.values["second-endpoint-id"];
  return (from === first && to === second) || (type === "defect" && from === second && to === first);
}

/** A trace has a direction: two requirements may be traced to one another both ways. */
function checkTrace(project: Project, row: Row): void {
  const from = textOf(row.values["from-req-id"]);
  const to = textOf(row.values["to-req-id"]);
  if (from === to) throw generalError(500, "A requirement cannot be traced to itself");
  for (const other of project.store.rows("req-traces").values()) {
    if (other.values["from-req-id"] !== from || other.values["to-req-id"] !== to) continue;
    throw new AlmError(500, "entity-already-exists", `Duplicate trace from '${from}' to '${to}'`);
  }
}
