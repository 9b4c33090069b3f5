import { startAlmSimulator } from "../../daemon/sandbox/alm/index.ts";
import { createRandom } from "../../daemon/sandbox/random.ts";
import { defectText, people, pickSeverity, pickStatus, releases } from "../../daemon/sandbox/shared-content.ts";
import { serveParent } from "./child.ts";
import { type Edit, isEdited } from "./edit.ts";

/** People that the other tracker knows by their first address. */
const OWNERS = people.filter((p) => p.active && p.emails.length > 0 && p.login !== "petra.novak");

/** A simulated Quality Center with `records` defects, in a process of its own. */
serveParent(async ({ records }: { readonly records: number }) => {
  const ahead = { ms: 0 };
  const alm = await startAlmSimulator({
    content: "empty",
    zone: "UTC",
    clock: { now: () => Date.now() + ahead.ms },
  });
  fill(records);

  function fill(count: number): void {
    const random = createRandom(7);
    const plan = releases.map((release) => {
      const id = alm.admin.create("releases", dated(release.name, "1", release.start, release.end));
      const cycles = release.cycles.map((c) => alm.admin.create("release-cycles", dated(c.name, id, c.start, c.end)));
      return { id, cycles };
    });
    for (let index = 0; index < count; index++) {
      const { title, description } = defectText(index, random);
      const target = random.pick(plan);
      alm.admin.create("defects", {
        name: title,
        description,
        severity: pickSeverity(random),
        status: pickStatus(random),
        owner: random.next() < 0.8 ? random.pick(OWNERS).login : null,
        "detected-by": random.pick(OWNERS).login,
        "target-rel": target.id,
        "target-rcyc": random.next() < 0.7 ? random.pick(target.cycles) : null,
        "user-02": ["Android", "iOS", "Web", "Windows"].filter(() => random.next() < 0.3),
        "user-06": random.next() < 0.2 ? "2026-12-24" : null,
      });
    }
  }

  return {
    commands: {
      access: () => ({ ...alm.access }),
      requests: () => alm.traffic.total(),
      pass: (minutes: number) => {
        ahead.ms += minutes * 60_000;
      },
      edit: (edit: Edit) => {
        const edited = alm.admin.list("defects").filter((_, index) => isEdited(index, edit));
        for (const row of edited) {
          alm.admin.update("defects", String(row["id"]), {
            name: `${String(row["name"]).replace(/ #\d+$/, "")} #${edit.round}`,
            severity: row["severity"] === "2-Medium" ? "3-High" : "2-Medium",
          });
        }
        return edited.length;
      },
      names: () => alm.admin.list("defects").map((row) => String(row["name"])),
    },
    close: () => alm.close(),
  };
});

function dated(name: string, parent: string, start: string, end: string) {
  return { name, "parent-id": parent, "start-date": start, "end-date": end };
}
