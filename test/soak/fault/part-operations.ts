import type { FieldMapping, LinkConfig } from "../../../daemon/core/snapshot.ts";
import { ORIGIN, sampleLink } from "../../support/defects.ts";
import { sayInMemo } from "../../support/memo.ts";
import { createTree } from "../tree.ts";
import { agmId, almId, type Operation } from "./operations.ts";
import type { End, FaultSite } from "./site.ts";

const FILES: Readonly<Record<End, string>> = { alm: "/attachments", agm: "/attachments" };
const MEMOS: Readonly<Record<End, string>> = { alm: "/defects", agm: "backlog_items" };
const LINKS: Readonly<Record<End, string>> = { alm: "/defect-links", agm: "entity_links" };
const LISTS: Readonly<Record<End, string>> = { alm: "/used-lists", agm: "/applications" };

/** Larger files cross as an address. */
const MOST_BYTES = 300_000;
const attachments: Partial<LinkConfig> = {
  attachments: {
    ...{ direction: "both", mode: "copy", description: "sync", deletedAtDestination: "recreate-on-change" },
    ...{ sameName: "report", encodings: [], maxSize: MOST_BYTES, origin: ORIGIN },
  },
};
const comments: Partial<LinkConfig> = {
  comments: { direction: "both", changes: "sync", removals: "sync", private: false, users: null, origin: ORIGIN },
};
const entityLinks: Partial<LinkConfig> = {
  entityLinks: { direction: "both", types: null, unmapped: "copy", origin: ORIGIN },
};

/** Bytes of no text, the same for the same seed. */
function bytes(seed: number, size: number): Buffer {
  return Buffer.from(Array.from({ length: size }, (_, i) => (i * 31 + seed * 97 + (i >> 8)) & 0xff));
}

function attach(site: FaultSite, end: End, key: string, name: string, content: Buffer): void {
  const file = { name, content, description: `of ${key}` };
  if (end === "alm") site.alm.admin.attachments.add("defects", almId(site, key), file);
  else site.agm.admin.attachments.add("backlog_items", agmId(site, key), file);
}

function attachAll(site: FaultSite): void {
  attach(site, "alm", "K01", "trace.bin", bytes(1, 200_000));
  attach(site, "alm", "K01", "note.txt", Buffer.from("short"));
  attach(site, "alm", "K02", "dump.bin", bytes(2, MOST_BYTES + 1));
  attach(site, "agm", "K04", "shot.png", bytes(3, 150_000));
  attach(site, "agm", "K05", "log.txt", bytes(4, 70_000));
}

function changeFile(site: FaultSite, key: string, name: string, content: Buffer): void {
  const { attachments: files } = site.alm.admin;
  const id = files.list("defects", almId(site, key)).find((file) => file.name === name)?.id;
  if (id === undefined) throw new Error(`${key} has no ${name}`);
  files.change("defects", almId(site, key), id, { content });
}

function removeFile(site: FaultSite, end: End, key: string, name: string): void {
  const files = end === "alm" ? site.alm.admin.attachments : site.agm.admin.attachments;
  const [collection, record] = end === "alm" ? ["defects", almId(site, key)] : ["backlog_items", agmId(site, key)];
  const id = files.list(collection as never, record).find((file) => file.name === name)?.id;
  if (id === undefined) throw new Error(`${end} ${key} has no ${name}`);
  files.remove(collection as never, record, id);
}

const memoOf = (site: FaultSite, end: End, key: string) =>
  end === "alm"
    ? String(site.alm.admin.get("defects", almId(site, key))?.["dev-comments"] ?? "")
    : String(site.agm.admin.get("backlog_items", agmId(site, key))?.["dev_comments"] ?? "");

function setMemo(site: FaultSite, end: End, key: string, memo: string): void {
  if (end === "alm") site.alm.admin.update("defects", almId(site, key), { "dev-comments": memo });
  else site.agm.admin.update("backlog_items", agmId(site, key), { dev_comments: memo });
}

function say(site: FaultSite, end: End, key: string, text: string): void {
  const [name, login] = end === "alm" ? ["Jane Doe", "jane.doe"] : ["Bob Roy", "bob.roy@example.com"];
  setMemo(site, end, key, sayInMemo(memoOf(site, end, key), name ?? "", login ?? "", "2/27/2026", text));
}

function sayAll(site: FaultSite): void {
  say(site, "alm", "K01", "K01 said in ALM");
  say(site, "alm", "K01", "K01 said in ALM once more");
  say(site, "agm", "K04", "K04 said in AGM");
  say(site, "agm", "K05", "K05 said in AGM");
  say(site, "agm", "K05", "K05 said in AGM too much");
  for (const end of ["alm", "agm"] as const) say(site, end, "K02", `K02 said in ${end}`);
}

function reword(site: FaultSite, end: End, key: string, from: string, to: string): void {
  const memo = memoOf(site, end, key);
  if (!memo.includes(from)) throw new Error(`${end} ${key} does not say "${from}": ${memo}`);
  setMemo(site, end, key, memo.replace(from, to));
}

function bind(site: FaultSite, end: End, from: string, to: string): void {
  if (end === "alm") {
    const ends = { "first-endpoint-id": almId(site, from), "second-endpoint-id": almId(site, to) };
    site.alm.admin.create("defect-links", { ...ends, "second-endpoint-type": "defect" });
  } else site.agm.admin.create("entity_links", { source_id: agmId(site, from), target_id: agmId(site, to) });
}

function bindAll(site: FaultSite): void {
  bind(site, "alm", "K01", "K02");
  bind(site, "alm", "K03", "K01");
  bind(site, "agm", "K04", "K05");
}

/** What was done before is in step. */
async function inStep(site: FaultSite): Promise<void> {
  for (const _ of [1, 2]) {
    site.pass(10);
    const report = await site.run(true);
    if (report.status !== "passed") throw new Error(`nothing to begin with: ${JSON.stringify(report.messages)}`);
  }
  site.pass(10);
}

const row = (left: string, right: string): FieldMapping => ({
  ...{ left, right, direction: "both", values: null, unmapped: "copy", users: null, defaultUser: {} },
  ...{ overflow: "truncate", conflict: "left", origin: ORIGIN },
});

/** Stories and what they lie in, beside the defects. */
function besides(
  name: string,
  alm: string,
  agm: string,
  marker: string | null,
  rows: readonly FieldMapping[],
): LinkConfig {
  const { left, right, ...sample } = sampleLink();
  return {
    ...{ ...sample, name, key: `payments/${name}`, fields: [row("name", "name"), ...rows] },
    left: { ...left, entity: alm, marker: "user-01", constants: {} },
    right: { ...right, entity: agm, marker, constants: {} },
  };
}

const TREE: readonly LinkConfig[] = [
  besides("stories", "requirement/Functional", "user_story", "user_06_s", [row("parent-id", "parent")]),
  besides("features", "requirement/Testing", "feature", null, []),
];

/** Rows of the fault matrix about what belongs to records. */
export const PART_OPERATIONS: readonly Operation[] = [
  { name: "files added", writes: null, full: true, paths: FILES, link: attachments, act: attachAll },
  {
    ...{ name: "files changed, removed", writes: null, full: true, paths: FILES, link: attachments },
    async act(site) {
      attachAll(site);
      await inStep(site);
      changeFile(site, "K01", "trace.bin", bytes(5, 190_000));
      changeFile(site, "K04", "shot.png", bytes(6, 140_000));
      removeFile(site, "alm", "K01", "note.txt");
      removeFile(site, "agm", "K05", "log.txt");
    },
  },
  { name: "comments said", writes: null, paths: MEMOS, link: comments, act: sayAll },
  {
    ...{ name: "comments changed, removed", writes: null, paths: MEMOS, link: comments },
    async act(site) {
      sayAll(site);
      await inStep(site);
      reword(site, "alm", "K01", "once more", "for the last time");
      reword(site, "agm", "K02", "K02 said in agm", "K02 said better in AGM");
      say(site, "agm", "K04", "K04 said again");
      // The second of two comments goes: the memo is what it was before it was said.
      setMemo(site, "agm", "K05", "");
      say(site, "agm", "K05", "K05 said in AGM");
    },
  },
  { name: "links made", writes: null, full: true, paths: LINKS, link: entityLinks, act: bindAll },
  {
    ...{ name: "links removed", writes: null, full: true, paths: LINKS, link: entityLinks },
    async act(site) {
      bindAll(site);
      await inStep(site);
      const [first] = site.alm.admin.list("defect-links");
      site.alm.admin.remove("defect-links", String(first?.["id"]));
      const last = site.agm.admin.list("entity_links").find((row) => row["id"] !== undefined);
      site.agm.admin.remove("entity_links", Number(last?.["id"]));
      bind(site, "alm", "K05", "K06");
    },
  },
  {
    ...{ name: "late parents and ends", writes: null, full: true, also: TREE, link: entityLinks },
    paths: { alm: "/requirements", agm: "agm/api" },
    act(site) {
      const tree = createTree(
        () => site,
        (key) => almId(site, key),
      );
      for (const end of ["alm", "agm", "alm"] as const) tree.grow(end);
      tree.link("K01");
    },
  },
  {
    ...{ name: "values made", writes: null, paths: LISTS },
    link: {
      fields: [...sampleLink().fields, { ...row("detection-version", "application_id"), createMissing: true }],
    },
    act(site) {
      for (const key of ["K01", "K02"])
        site.alm.admin.update("defects", almId(site, key), { "detection-version": "Brokerage" });
      const till = site.agm.admin.create("applications", { name: "Till" });
      for (const key of ["K04", "K05"])
        site.agm.admin.update("backlog_items", agmId(site, key), { application_id: till });
    },
  },
];
