import type { PartsPicture } from "./check-parts.ts";
import { agmLinks, almLinks, type Trackers } from "./part-pictures.ts";
import type { End, Picture, Shown } from "./world.ts";

/** What belongs to the records of both trackers, by the records' keys. */
export function partsOf({ alm, agm }: Trackers, now: Picture): PartsPicture {
  const keyOf = (shown: Shown) => /\[(k\d+)\]/.exec(shown.mapped.name)?.[1] ?? shown.id;
  const named = (end: End) => {
    const keys = new Map(now[end].map((shown) => [shown.id, keyOf(shown)]));
    return (id: string) => keys.get(id) ?? `another ${id}`;
  };
  const applications = new Map(agm.admin.list("applications").map((one) => [one["id"], String(one["name"])]));
  const defects = now.alm.map((shown) => {
    const row = alm.admin.get("defects", shown.id) ?? {};
    const files = alm.admin.attachments.list("defects", shown.id);
    return [
      keyOf(shown),
      { files, memo: textOf(row["dev-comments"]), version: textOf(row["detection-version"]) },
    ] as const;
  });
  const items = now.agm.map((shown) => {
    const row = agm.admin.get("backlog_items", Number(shown.id)) ?? {};
    const files = agm.admin.attachments.list("backlog_items", Number(shown.id));
    const application = (row["application_id"] as { readonly id: number } | null | undefined)?.id;
    return [
      keyOf(shown),
      { files, memo: textOf(row["dev_comments"]), version: applications.get(application) ?? "" },
    ] as const;
  });
  const there = new Map(items);
  const ends = { agm: named("agm"), alm: named("alm") };
  const between = (bonds: readonly string[]) => bonds.filter((bond) => !bond.includes("another"));
  return {
    records: new Map(
      defects.map(([key, shown]) => {
        const partner = there.get(key);
        return [key, { alm: shown, ...(partner === undefined ? {} : { agm: partner }) }];
      }),
    ),
    bonds: { alm: almLinks({ alm, agm }, ends.alm), agm: between(agmLinks({ alm, agm }, ends.agm)) },
    made: { alm: alm.admin.getList("Versions"), agm: [...applications.values()] },
  };
}

function textOf(value: unknown): string {
  return value === null || value === undefined ? "" : String(value);
}
