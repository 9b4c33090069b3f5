import { startAgileManagerSimulator } from "../../daemon/sandbox/agile-manager/index.ts";
import { releases } from "../../daemon/sandbox/shared-content.ts";
import { serveParent } from "./child.ts";
import { type Edit, isEdited } from "./edit.ts";

/** A simulated Agile Manager with releases and sprints but no defect, in a process of its own. */
serveParent(async () => {
  const ahead = { ms: 0 };
  const agm = await startAgileManagerSimulator({ content: "empty", clock: { now: () => Date.now() + ahead.ms } });
  for (const release of releases) {
    const id = agm.admin.create("releases", dated(release.name, release.start, release.end));
    for (const cycle of release.cycles) {
      agm.admin.create("sprints", { ...dated(cycle.name, cycle.start, cycle.end), release_id: id });
    }
  }

  return {
    commands: {
      access: () => ({ ...agm.access }),
      requests: () => agm.traffic.total(),
      pass: (minutes: number) => {
        ahead.ms += minutes * 60_000;
      },
      edit: (edit: Edit) => {
        const edited = agm.admin.list("backlog_items").filter((_, index) => isEdited(index, edit));
        for (const row of edited) {
          agm.admin.update("backlog_items", Number(row["id"]), {
            name: `${String(row["name"]).replace(/ #\d+$/, "")} #${edit.round}`,
            user_04: row["user_04"] === "2027-01-15" ? "2027-02-15" : "2027-01-15",
          });
        }
        return edited.length;
      },
      names: () => agm.admin.list("backlog_items").map((row) => String(row["name"])),
    },
    close: () => agm.close(),
  };
});

function dated(name: string, start: string, end: string) {
  return { name, start_date: start, end_date: end };
}
