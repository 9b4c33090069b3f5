import { createRandom } from "../random.ts";
import { commonDefects } from "../shared-content.ts";
import { addStory, known, ownDefect } from "./content-items.ts";
import { organise, plan } from "./content-plan.ts";
import { idOf } from "./entity.ts";
import { createScene } from "./scene.ts";
import type { Workspace } from "./workspace.ts";

const OWN_DEFECTS = 180;
const STORIES = 80;
/** The first id of what only Agile Manager holds. */
const FIRST_OWN = 2101;

/** A project as it is after a year or so. The same seed and clock give the same project. */
export function fillLifelike(workspace: Workspace, seed: number): void {
  workspace.store.transact(() => {
    const scene = createScene(workspace, createRandom(seed));
    plan(scene);
    organise(scene, workspace);
    const byName = new Map(
      [...workspace.store.all("releases"), ...workspace.store.all("sprints")].map((row) => [row["name"], idOf(row)]),
    );
    for (const defect of commonDefects(seed)) scene.add("backlog_items", known(scene, defect, byName), defect.agmId);
    workspace.store.reserve("backlog_items", FIRST_OWN);
    for (let index = 0; index < OWN_DEFECTS; index += 1) scene.add("backlog_items", ownDefect(scene, workspace, index));
    for (let index = 0; index < STORIES; index += 1) addStory(scene, workspace, index);
  });
}
