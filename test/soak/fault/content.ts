import { readMemo } from "../../support/memo.ts";
import { agmLinks, almLinks, filesOf } from "../part-pictures.ts";
import { standingInAgm, standingInAlm } from "../tree.ts";
import { ENDS, type End, type FaultSite } from "./site.ts";

/** What people see of one record: the fields that the link carries or sets, with the partner named by its key. */
export type Content = Readonly<Record<string, unknown>>;

export interface Shown {
  readonly id: string;
  readonly key: string;
  readonly content: Content;
  /** Changes with every stored write. */
  readonly stamp: string;
}

export type Picture = Readonly<Record<End, readonly Shown[]>>;

const SHOWN: Readonly<Record<End, readonly string[]>> = {
  alm: [
    "name",
    "description",
    "severity",
    "status",
    "owner",
    "user-02",
    "user-06",
    "user-05",
    "detected-by",
    "priority",
    "detection-version",
  ],
  agm: ["name", "description", "severity", "defect_status", "assigned_to", "user_02", "user_04"],
};
const MARKER: Readonly<Record<End, string>> = { alm: "user-04", agm: "user_01_d" };

export function pictureOf(site: FaultSite): Picture {
  const rows: Readonly<Record<End, readonly Readonly<Record<string, unknown>>[]>> = {
    alm: site.alm.admin.list("defects"),
    agm: site.agm.admin.list("backlog_items").filter((item) => item["subtype"] === "defect"),
  };
  const keys = (end: End) => new Map(rows[end].map((row) => [String(row["id"]), keyOf(row)]));
  const known = { alm: keys("alm"), agm: keys("agm") };
  const named = (end: End) => (id: string) => known[end].get(id) ?? `gone ${id}`;
  const links = { alm: almLinks(site, named("alm")), agm: agmLinks(site, named("agm")) };
  const shown = (end: End): readonly Shown[] => {
    const other = known[end === "alm" ? "agm" : "alm"];
    return rows[end].map((row) => {
      const marker = row[MARKER[end]];
      const partner = marker == null || marker === "" ? null : (other.get(String(marker)) ?? `gone ${marker}`);
      const content = Object.fromEntries(SHOWN[end].map((name) => [name, row[name] ?? null]));
      return {
        ...{ id: String(row["id"]), key: keyOf(row) },
        content: { ...content, partner, ...partsOf(site, end, row), links: linksOf(links[end], keyOf(row)) },
        stamp:
          end === "alm" ? String(row["ver-stamp"]) : JSON.stringify([row["last_modified"], row["client_lock_stamp"]]),
      };
    });
  };
  const tree = { alm: standingInAlm(site), agm: standingInAgm(site) };
  const placed = (end: End): readonly Shown[] =>
    tree[end].map(({ id, name, parent }) => ({
      id,
      key: name,
      content: { parent, links: treeLinks(site, end, name) },
      stamp: "",
    }));
  return { alm: [...shown("alm"), ...placed("alm")], agm: [...shown("agm"), ...placed("agm")] };
}

/** Defects that are linked with a story of this name. */
function treeLinks(site: FaultSite, end: End, name: string): readonly string[] {
  if (end === "alm") {
    const requirement = (row: Readonly<Record<string, unknown>>) =>
      site.alm.admin.get("requirements", String(row["second-endpoint-id"]))?.["name"];
    const links = site.alm.admin.list("defect-links").filter((row) => row["second-endpoint-type"] === "requirement");
    const defect = (row: Readonly<Record<string, unknown>>) =>
      keyOf(site.alm.admin.get("defects", String(row["first-endpoint-id"])) ?? {});
    return links.filter((row) => requirement(row) === name).map(defect);
  }
  const item = (ref: unknown) => site.agm.admin.get("backlog_items", (ref as { readonly id: number }).id) ?? {};
  return site.agm.admin.list("entity_links").flatMap((row) => {
    const ends = [item(row["source_id"]), item(row["target_id"])];
    return ends.some((one) => one["name"] === name) ? ends.filter((one) => one["name"] !== name).map(keyOf) : [];
  });
}

/** What belongs to a record: its files by name and bytes, its comments with author and day, an application by its name. */
function partsOf(site: FaultSite, end: End, row: Readonly<Record<string, unknown>>): Content {
  if (end === "alm") {
    const files = site.alm.admin.attachments.list("defects", String(row["id"]));
    return { files: filesOf(files), comments: readMemo(row["dev-comments"]) };
  }
  const files = site.agm.admin.attachments.list("backlog_items", Number(row["id"]));
  const application = row["application_id"] as { readonly id: number } | null | undefined;
  const made = site.agm.admin.list("applications").filter((one) => one["id"] === application?.id);
  return {
    ...{ files: filesOf(files), comments: readMemo(row["dev_comments"]) },
    application: made.map((one) => one["name"])[0] ?? null,
  };
}

function linksOf(all: readonly string[], key: string): readonly string[] {
  // Those with records of another kind are looked at from their side.
  return all.filter((link) => link.split(" ").includes(key) && !link.includes("gone ")).sort();
}

/** The first word of the name, which no edit changes. */
function keyOf(row: Readonly<Record<string, unknown>>): string {
  return String(row["name"]).split(" ")[0] ?? "";
}

export interface Findings {
  readonly duplicates: readonly string[];
  readonly lost: readonly string[];
  readonly surprise: readonly string[];
}

/** `wanted` is what an undisturbed run makes of the same edits; `bystanders` are keys that nobody touched since `before`. */
export function compare(wanted: Picture, before: Picture, now: Picture, bystanders: readonly string[]): Findings {
  const duplicates: string[] = [];
  const lost: string[] = [];
  const surprise: string[] = [];
  for (const end of ENDS) {
    const keys = new Set([...wanted[end], ...now[end]].map((shown) => shown.key));
    for (const key of keys) {
      const due = wanted[end].filter((shown) => shown.key === key);
      const there = now[end].filter((shown) => shown.key === key);
      if (there.length > due.length && there.length > 1) duplicates.push(`${end} has ${key} ${there.length} times`);
      else if (there.length > due.length) surprise.push(`${end} has ${key}, which it should not`);
      else if (there.length < due.length) lost.push(`${end} lacks ${key}`);
      const [a, b] = [due[0], there[0]];
      if (a === undefined || b === undefined) continue;
      for (const [name, value] of Object.entries(a.content))
        if (JSON.stringify(value) !== JSON.stringify(b.content[name]))
          lost.push(
            `${end}:${b.id} ${key} ${name} is ${JSON.stringify(b.content[name])}, not ${JSON.stringify(value)}`,
          );
    }
    for (const key of bystanders) {
      const [a, b] = [before[end], now[end]].map((all) => all.find((shown) => shown.key === key));
      if (a?.stamp !== b?.stamp) surprise.push(`${end}:${b?.id} ${key} was written although nobody touched it`);
    }
  }
  return { duplicates, lost, surprise };
}
