import { type Entity, refId, type Wire } from "./entity.ts";
import type { Patch } from "./patch.ts";
import { invalidValue, Refusal } from "./refusal.ts";
import type { Resource } from "./schema.ts";
import { dayOf } from "./time.ts";
import { follow, type Workspace } from "./workspace.ts";

/** What is about to be stored: rules may still clear or set fields in it. */
export type Draft = Record<string, Wire>;

/** Rules between the fields of one entity. Alters `draft`; throws `Refusal` 400 for what contradicts itself. `before` is null for a creation. */
export function settle(
  workspace: Workspace,
  resource: Resource,
  before: Entity | null,
  patch: Patch,
  draft: Draft,
): void {
  if (resource.name === "teams") settleTeamKind(draft);
  if (resource.name === "release_teams") settlePair(workspace, draft);
  if (resource.name === "entity_links" && before === null) settleLink(workspace, draft);
  if (resource.name !== "backlog_items") return;
  settleFeature(workspace, patch, draft);
  settleSprint(workspace, before, patch, draft);
  settleTeam(workspace, before, patch, draft);
  settleDone(workspace, before, draft);
}

/** A feature lies under its theme: choosing the feature brings its theme, choosing another theme leaves the feature. */
function settleFeature(workspace: Workspace, patch: Patch, draft: Draft): void {
  const feature = follow(workspace, "features", refId(draft["feature_id"]));
  if (feature === undefined || !("feature_id" in patch || "theme_id" in patch)) return;
  const theme = feature["theme_id"] ?? null;
  if (refId(theme) === refId(draft["theme_id"])) return;
  if (!("feature_id" in patch)) draft["feature_id"] = null;
  else if (!("theme_id" in patch)) draft["theme_id"] = theme;
  else throw invalidValue("Field feature_id: the feature does not belong to the theme of theme_id");
}

function hasMoved(before: Entity | null, draft: Draft): boolean {
  return refId(before?.["release_id"]) !== refId(draft["release_id"]);
}

/** A sprint belongs to the release: another release clears a sprint that was not chosen along with it. */
function settleSprint(workspace: Workspace, before: Entity | null, patch: Patch, draft: Draft): void {
  if (!("sprint_id" in patch)) {
    if (hasMoved(before, draft)) draft["sprint_id"] = null;
    return;
  }
  const sprint = follow(workspace, "sprints", refId(draft["sprint_id"]));
  if (sprint !== undefined && refId(sprint["release_id"]) !== refId(draft["release_id"])) {
    throw invalidValue("Field sprint_id: the sprint does not belong to the release of release_id");
  }
}

/** A feature team stays behind in its release; a workspace team goes along. */
function settleTeam(workspace: Workspace, before: Entity | null, patch: Patch, draft: Draft): void {
  const team = follow(workspace, "teams", refId(draft["team_id"]));
  if (team === undefined || mayWork(workspace, team, refId(draft["release_id"]))) return;
  if ("team_id" in patch) throw invalidValue("Field team_id: the team does not take part in the release of release_id");
  if (hasMoved(before, draft)) draft["team_id"] = null;
}

function mayWork(workspace: Workspace, team: Entity, release: number | null): boolean {
  if (team["team_type"] === "feature" && refId(team["release_id"]) !== release) return false;
  if (!workspace.switches.teamInRelease || release === null) return true;
  return workspace.store
    .all("release_teams")
    .some((pair) => refId(pair["release_id"]) === release && refId(pair["team_id"]) === team["id"]);
}

function settleDone(workspace: Workspace, before: Entity | null, draft: Draft): void {
  if (draft["status"] === before?.["status"]) return;
  draft["done_status_date"] = draft["status"] === "Done" ? dayOf(workspace.now()) : null;
}

function settleTeamKind(draft: Draft): void {
  if (draft["team_type"] === "feature") {
    if (refId(draft["release_id"]) === null) throw invalidValue("Field release_id: a feature team needs a release");
  } else draft["release_id"] = null;
}

function settlePair(workspace: Workspace, draft: Draft): void {
  const taken = workspace.store
    .all("release_teams")
    .some(
      (pair) =>
        refId(pair["release_id"]) === refId(draft["release_id"]) && refId(pair["team_id"]) === refId(draft["team_id"]),
    );
  if (taken) throw new Refusal(409, "duplicate_name", "The team already takes part in the release");
}

/** Two items are linked once, whichever is named first. */
function settleLink(workspace: Workspace, draft: Draft): void {
  const [source, target] = [refId(draft["source_id"]), refId(draft["target_id"])];
  if (source === target) throw invalidValue("Field target_id: an item cannot be linked to itself");
  const taken = workspace.store.all("entity_links").some((other) => {
    const ends = [refId(other["source_id"]), refId(other["target_id"])];
    return ends.includes(source) && ends.includes(target);
  });
  if (taken) throw new Refusal(409, "duplicate_link", `The items ${source} and ${target} are linked already`);
}
