import { audit } from "./audit.ts";
import { type Entity, idOf, refId, refIds } from "./entity.ts";
import type { Patch } from "./patch.ts";
import { type Resource, type ResourceName, resourceOf } from "./schema.ts";
import { DAY, dayOf } from "./time.ts";
import { follow, type Workspace } from "./workspace.ts";

/** A write that has been stored. `before` is null for a creation; `create` stores what follows from it. */
export interface Written {
  readonly workspace: Workspace;
  readonly resource: Resource;
  readonly before: Entity | null;
  readonly patch: Patch;
  readonly after: Entity;
  readonly actor: string;
  create(workspace: Workspace, resource: Resource, input: unknown, actor: string): Entity;
}

/** What a stored write does to other entities. */
export function afterWrite(written: Written): void {
  CONSEQUENCES[written.resource.name]?.(written);
}

const CONSEQUENCES: Partial<Readonly<Record<ResourceName, (written: Written) => void>>> = {
  backlog_items: spreadApplication,
  features: moveItems,
  tasks: ({ workspace, after }) => sumTasks(workspace, refId(after["backlog_item_id"])),
  releases: cutSprints,
  teams: pairTeam,
};

export function afterRemove(workspace: Workspace, resource: Resource, entity: Entity): void {
  if (resource.name === "tasks") sumTasks(workspace, refId(entity["backlog_item_id"]));
}

/** Alters another entity than the one written. */
function touch(workspace: Workspace, name: ResourceName, before: Entity, changes: Patch, actor: string): void {
  const after = { ...before, ...changes, last_modified: workspace.stamp() };
  workspace.store.apply({ put: name, entity: after });
  audit(workspace, resourceOf(workspace.schema, name), before, after, actor);
}

/** An item's application joins those of its feature and its theme. */
function spreadApplication({ workspace, patch, after: item, actor }: Written): void {
  const application = refId(item["application_id"]);
  if (application === null) return;
  if (!["application_id", "feature_id", "theme_id"].some((name) => name in patch)) return;
  for (const [name, id] of [
    ["features", refId(item["feature_id"])],
    ["themes", refId(item["theme_id"])],
  ] as const) {
    const owner = follow(workspace, name, id);
    if (owner === undefined) continue;
    const ids = refIds(owner["applications"]);
    if (ids.includes(application)) continue;
    const data = [...ids, application].map((ref) => ({ type: "application", id: ref }));
    touch(workspace, name, owner, { applications: { data } }, actor);
  }
}

/** Items go with their feature to its new theme. */
function moveItems({ workspace, before, after: feature, actor }: Written): void {
  const theme = feature["theme_id"] ?? null;
  if (before === null || refId(before["theme_id"]) === refId(theme)) return;
  const items = workspace.store.all("backlog_items").filter((item) => refId(item["feature_id"]) === idOf(feature));
  for (const item of items) touch(workspace, "backlog_items", item, { theme_id: theme }, actor);
}

/** Hours and number of tasks show on their item, without being an edit of it. */
function sumTasks(workspace: Workspace, itemId: number | null): void {
  const item = follow(workspace, "backlog_items", itemId);
  if (item === undefined) return;
  const tasks = workspace.store.all("tasks").filter((task) => refId(task["backlog_item_id"]) === itemId);
  const sum = (name: string) =>
    tasks.length === 0 ? null : tasks.reduce((total, task) => total + Number(task[name] ?? 0), 0);
  const sums = {
    estimated: sum("estimated"),
    remaining: sum("remaining"),
    invested: sum("invested"),
    actual: sum("invested"),
    num_of_tasks: tasks.length === 0 ? null : tasks.length,
  };
  const stamp = workspace.switches.taskTouchesItem ? { last_modified: workspace.stamp() } : {};
  workspace.store.apply({ put: "backlog_items", entity: { ...item, ...sums, ...stamp } });
}

/** A release may be a year of daily sprints, no more. */
const MOST_SPRINTS = 366;

/** A new release with dates and a sprint length is cut into sprints. */
function cutSprints({ workspace, before, after: release, actor, create }: Written): void {
  if (before !== null) return;
  const length = Number(release["sprint_duration"] ?? 0) * (release["sprint_duration_units"] === "Days" ? 1 : 7);
  const { start_date: start, end_date: end } = release;
  if (!(length >= 1) || typeof start !== "string" || typeof end !== "string") return;
  const sprints = resourceOf(workspace.schema, "sprints");
  const last = Date.parse(end);
  let from = Date.parse(start);
  for (let number = 1; from <= last && number <= MOST_SPRINTS; number += 1) {
    const to = Math.min(from + (Math.floor(length) - 1) * DAY, last);
    const sprint = { name: `Sprint ${number}`, start_date: dayOf(from), end_date: dayOf(to) };
    create(workspace, sprints, { ...sprint, release_id: { type: "release", id: idOf(release) } }, actor);
    from = to + DAY;
  }
}

/** A feature team takes part in its release from the start. */
function pairTeam({ workspace, after: team, actor, create }: Written): void {
  const release = refId(team["release_id"]);
  if (team["team_type"] !== "feature" || release === null) return;
  const paired = workspace.store
    .all("release_teams")
    .some((pair) => refId(pair["release_id"]) === release && refId(pair["team_id"]) === idOf(team));
  if (paired) return;
  const refs = { release_id: { type: "release", id: release }, team_id: { type: "team", id: idOf(team) } };
  create(workspace, resourceOf(workspace.schema, "release_teams"), refs, actor);
}
