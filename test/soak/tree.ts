import { type Findings, joined, NOTHING } from "./check.ts";
import type { Trackers } from "./part-pictures.ts";
import type { End } from "./world.ts";

/** A feature with a story in it: requirements of two types in ALM. Both are called by the branch's name. */
export interface Branch {
  readonly name: string;
  /** Where somebody made it. */
  readonly end: End;
}

/** Requirements and stories with what they lie in, and links of defects with them. */
export interface TreeWorld {
  readonly branches: () => readonly Branch[];
  /** Links of defects with stories: the key of the defect and the name of the branch. */
  readonly links: () => readonly { readonly key: string; readonly name: string }[];
  grow(end: End): void;
  /** In ALM: a defect with the story of the youngest branch that was made there. */
  link(key: string): void;
}

const TYPES = { feature: "5", story: "3" } as const;

/** `defectOf`: the id of a key's defect in ALM. */
export function createTree(trackers: () => Trackers, defectOf: (key: string) => string): TreeWorld {
  const branches: Branch[] = [];
  const links: { readonly key: string; readonly name: string }[] = [];
  return {
    branches: () => branches,
    links: () => links,
    grow(end) {
      const name = `branch${branches.length + 1}`;
      const { alm, agm } = trackers();
      if (end === "alm") {
        const feature = alm.admin.create("requirements", { name: `feature ${name}`, "type-id": TYPES.feature });
        alm.admin.create("requirements", { name: `story ${name}`, "type-id": TYPES.story, "parent-id": feature });
      } else {
        const feature = agm.admin.create("features", { name: `feature ${name}` });
        agm.admin.create("backlog_items", { subtype: "user_story", name: `story ${name}`, feature_id: feature });
      }
      branches.push({ name, end });
    },
    link(key) {
      const branch = branches.findLast(({ end }) => end === "alm");
      if (branch === undefined) return;
      const { alm } = trackers();
      const story = alm.admin.list("requirements").find((row) => row["name"] === `story ${branch.name}`);
      const ends = { "first-endpoint-id": defectOf(key), "second-endpoint-type": "requirement" };
      alm.admin.create("defect-links", { ...ends, "second-endpoint-id": String(story?.["id"]) });
      links.push({ key, name: branch.name });
    },
  };
}

export interface Standing {
  readonly id: string;
  readonly name: string;
  /** The name of what it lies in. */
  readonly parent: string;
}

export function findingsOfTree(trackers: Trackers, tree: TreeWorld): Findings {
  const there = { alm: standingInAlm(trackers), agm: standingInAgm(trackers) };
  const branches = tree
    .branches()
    .flatMap(({ name }) =>
      (["alm", "agm"] as const).flatMap((end) => [
        findingsOf(end, there[end], `feature ${name}`, null),
        findingsOf(end, there[end], `story ${name}`, `feature ${name}`),
      ]),
    );
  return joined([...branches, links(trackers, tree)]);
}

function findingsOf(end: End, all: readonly Standing[], name: string, parent: string | null): Findings {
  const [one, ...more] = all.filter((standing) => standing.name === name);
  if (one === undefined) return { ...NOTHING, lost: [`${end} has no ${name}`] };
  const placed = parent === null || one.parent === parent;
  const lost = placed ? [] : [`${end}:${one.id} ${name} lies in "${one.parent}", not in "${parent}"`];
  return { ...NOTHING, lost, duplicates: more.map(({ id }) => `${end} has ${name} as ${one.id} and ${id}`) };
}

export function standingInAlm({ alm }: Trackers): readonly Standing[] {
  const rows = alm.admin.list("requirements");
  const names = new Map(rows.map((row) => [String(row["id"]), String(row["name"])]));
  return rows.map((row) => ({
    ...{ id: String(row["id"]), name: String(row["name"]) },
    parent: names.get(String(row["parent-id"])) ?? "",
  }));
}

export function standingInAgm({ agm }: Trackers): readonly Standing[] {
  const features = agm.admin.list("features");
  const names = new Map(features.map((row) => [row["id"], String(row["name"])]));
  const stories = agm.admin.list("backlog_items").filter((row) => row["subtype"] === "user_story");
  return [...features, ...stories].map((row) => ({
    ...{ id: String(row["id"]), name: String(row["name"]) },
    parent: names.get((row["feature_id"] as { readonly id: number } | null | undefined)?.id) ?? "",
  }));
}

/** In Agile Manager: each as often as it stands in ALM, which is once. */
function links({ agm }: Trackers, tree: TreeWorld): Findings {
  const names = new Map(agm.admin.list("backlog_items").map((row) => [row["id"], String(row["name"])]));
  const nameOf = (ref: unknown) => names.get((ref as { readonly id: number }).id) ?? "";
  const all = agm.admin.list("entity_links").map((row) => [nameOf(row["source_id"]), nameOf(row["target_id"])]);
  return joined(
    tree.links().map(({ key, name }) => {
      const there = all.filter(
        (ends) => ends.includes(`story ${name}`) && ends.some((end) => end.includes(`[${key}]`)),
      );
      const told = `the link of ${key} with story ${name}`;
      if (there.length === 0) return { ...NOTHING, lost: [`agm has not ${told}`] };
      return there.length === 1 ? NOTHING : { ...NOTHING, duplicates: [`agm has ${told} ${there.length} times`] };
    }),
  );
}
