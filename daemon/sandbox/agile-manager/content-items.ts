import type { Random } from "../random.ts";
import { type CommonDefect, defectText, type SharedSeverity } from "../shared-content.ts";
import { DEFECT_STATUSES, ITEM_STATUSES, LEVELS, PLATFORMS, ROOT_CAUSES } from "./backlog-item.ts";
import { idOf, refId } from "./entity.ts";
import type { Scene } from "./scene.ts";
import { TASK_STATUSES } from "./schema.ts";
import { DAY, dayOf } from "./time.ts";
import { loginOf } from "./users.ts";
import type { Workspace } from "./workspace.ts";

const SEVERITY: Readonly<Record<SharedSeverity, string>> = {
  "1-Low": "Low",
  "2-Medium": "Medium",
  "3-High": "High",
  "4-Very High": "Critical",
  "5-Urgent": "Critical",
};

/** `status` and `defect_status` for a Quality Center status. */
const STATUS: Readonly<Record<string, readonly [string, string]>> = {
  New: ["New", "New"],
  Open: ["In Progress", "Open"],
  Fixed: ["In Testing", "Fixed"],
  Closed: ["Done", "Closed"],
  Reopen: ["In Progress", "Open"],
  Rejected: ["Done", "Rejected"],
};

/** A defect that the other tracker holds as well; its id there is the marker. `byName`: ids of releases and sprints. */
export function known(scene: Scene, defect: CommonDefect, byName: ReadonlyMap<unknown, number>) {
  const [status, defectStatus] = STATUS[defect.status] ?? ["New", "New"];
  return {
    subtype: "defect",
    name: defect.title,
    description: defect.description,
    severity: SEVERITY[defect.severity],
    status,
    defect_status: defectStatus,
    detected_by: loginOf(defect.reporterEmail),
    release_id: byName.get(defect.releaseName) ?? null,
    sprint_id: byName.get(defect.cycleName) ?? null,
    user_01_d: defect.almId,
    // A few that differ from what the other tracker has: trackers that people kept in step by hand never quite are.
    user_02: defect.almId % 12 === 0 ? platforms(scene.random) : null,
  };
}

function platforms(random: Random): readonly string[] | null {
  const some = PLATFORMS.filter(() => random.next() < 0.35);
  return some.length === 0 ? null : some;
}

/** A defect that only Agile Manager holds. */
export function ownDefect(scene: Scene, workspace: Workspace, index: number): Readonly<Record<string, unknown>> {
  const { random } = scene;
  // Indexes above those of the common defects and of what the other tracker makes up for itself: titles stay distinct.
  const { title, description } = defectText(1000 + index, random);
  const status = random.pick(ITEM_STATUSES);
  return {
    subtype: "defect",
    name: title,
    description,
    severity: random.pick(LEVELS),
    defect_priority: random.next() < 0.7 ? random.pick(LEVELS) : null,
    status,
    defect_status: status === "New" ? "New" : random.pick(DEFECT_STATUSES),
    detected_by: scene.user(),
    detection_date: dayOf(scene.end - random.int(0, 300) * DAY),
    user_02: platforms(random),
    user_08: random.next() < 0.3 ? random.pick(ROOT_CAUSES) : null,
    dev_comments: random.next() < 0.2 ? comment(scene) : null,
    ...planned(scene, workspace),
  };
}

function comment(scene: Scene): string {
  const day = dayOf(scene.end - scene.random.int(0, 90) * DAY);
  return `<div><b>${scene.user()}, ${day}:</b> Reproduced on the test system.</div>`;
}

/** What any item may have: an assignee, a release with one of its sprints, a feature, an application, points, a customer. */
function planned(scene: Scene, workspace: Workspace): Readonly<Record<string, unknown>> {
  const { random } = scene;
  const release = random.next() < 0.8 ? scene.any("releases") : null;
  const sprints = workspace.store.all("sprints").filter((sprint) => refId(sprint["release_id"]) === release);
  const workspaceTeams = workspace.store.all("teams").filter((team) => team["team_type"] === "workspace");
  return {
    assigned_to: random.next() < 0.75 ? scene.user() : null,
    release_id: release,
    sprint_id: sprints.length > 0 && random.next() < 0.7 ? idOf(random.pick(sprints)) : null,
    team_id: random.next() < 0.6 ? idOf(random.pick(workspaceTeams)) : null,
    feature_id: random.next() < 0.5 ? scene.any("features") : null,
    application_id: random.next() < 0.5 ? scene.any("applications") : null,
    story_points: random.next() < 0.6 ? random.pick([1, 2, 3, 5, 8, 13]) : null,
    user_03: random.next() < 0.3 ? random.pick(["Nordbank", "Müller & Söhne", "Crédit Régional", "Banco Sol"]) : null,
    user_04: random.next() < 0.2 ? dayOf(scene.end + random.int(10, 120) * DAY) : null,
  };
}

const WISHES = [
  "see pending payments",
  "repeat an earlier transfer",
  "export my statements as CSV",
  "freeze my card",
  "sign in with my face",
  "split a bill with friends",
  "get a warning before an overdraft",
  "name my accounts",
];
const ROLES = ["customer", "branch clerk", "auditor", "merchant", "call-centre agent"];

/** A user story with its tasks. */
export function addStory(scene: Scene, workspace: Workspace, index: number): void {
  const { random } = scene;
  const role = ROLES[Math.floor(index / WISHES.length) % ROLES.length] ?? "customer";
  const wish = WISHES[index % WISHES.length] ?? "";
  const round = Math.floor(index / (WISHES.length * ROLES.length));
  const story = scene.add("backlog_items", {
    subtype: "user_story",
    name: `As a ${role} I want to ${wish}${round === 0 ? "" : ` (part ${round + 1})`}`,
    description: `<p>So that a ${role} needs fewer steps.</p>`,
    story_priority: random.pick(LEVELS),
    status: random.pick(ITEM_STATUSES),
    ...planned(scene, workspace),
  });
  for (const [step, hours] of [
    ["Design", 4],
    ["Build", 16],
    ["Test", 6],
  ] as const) {
    const remaining = random.int(0, hours);
    scene.add("tasks", {
      backlog_item_id: idOf(story),
      description: `${step}: ${wish}`,
      status: remaining === 0 ? "Completed" : remaining === hours ? TASK_STATUSES[0] : TASK_STATUSES[1],
      estimated: hours,
      remaining,
      invested: hours - remaining,
      assigned_to: scene.user(),
    });
  }
}
