import { releases } from "../shared-content.ts";
import { idOf } from "./entity.ts";
import type { Scene } from "./scene.ts";
import { FEATURE_STATUSES } from "./schema.ts";
import { logins } from "./users.ts";
import type { Workspace } from "./workspace.ts";

/** Releases and sprints, named as in the other tracker. */
export function plan(scene: Scene): void {
  for (const release of releases) {
    const fields = {
      name: release.name,
      start_date: release.start,
      end_date: release.end,
      description: release.folder,
    };
    const id = idOf(scene.add("releases", fields));
    for (const cycle of release.cycles) {
      scene.add("sprints", { name: cycle.name, release_id: id, start_date: cycle.start, end_date: cycle.end });
    }
  }
}

/** Teams, applications, themes and features. */
export function organise(scene: Scene, workspace: Workspace): void {
  const releaseIds = workspace.store.all("releases").map(idOf);
  for (const name of ["Team Payments", "Team Wallet"]) {
    const team = idOf(scene.add("teams", { name }));
    for (const release of releaseIds) scene.add("release_teams", { release_id: release, team_id: team });
  }
  scene.add("teams", { name: "Wallet launch crew", team_type: "feature", release_id: releaseIds[2] });
  scene.add("teams", { name: "Year-end crew", team_type: "feature", release_id: releaseIds[3] });
  for (const team of [...workspace.store.all("teams")]) {
    const first = scene.random.int(0, logins.length - 5);
    for (const login of logins.slice(first, first + 4)) {
      scene.add("team_members", { team_id: idOf(team), [workspace.switches.memberKey]: login });
    }
  }
  for (const name of ["Core banking", "Mobile app", "Payment hub"]) scene.add("applications", { name });
  for (const name of ["Faster payments", "Trust & security", "Everyday mobile", "Platform health"]) {
    scene.add("themes", { name, owner: scene.user(), initial_estimate: scene.random.pick(["M", "L", "XL"]) });
  }
  for (const name of FEATURES) scene.add("features", feature(scene, name));
}

const FEATURES = [
  "Instant SEPA payments",
  "Recurring transfers",
  "Strong customer sign-in",
  "Fraud alerts",
  "Wallet top-up",
  "Spending overview",
  "Card controls",
  "Statement archive",
  "Night batch in half the time",
  "One log for all services",
];

function feature(scene: Scene, name: string): Readonly<Record<string, unknown>> {
  return {
    name,
    theme_id: scene.any("themes"),
    status: scene.random.pick(FEATURE_STATUSES),
    owner: scene.user(),
    release_id: scene.any("releases"),
    initial_estimate: scene.random.pick(["S", "M", "L"]),
  };
}
