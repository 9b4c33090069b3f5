import type { RunReport } from "../../daemon/core/store.ts";
import type { Simulator } from "../../daemon/sandbox/simulator.ts";
import { openAlmPair, pairMapping } from "./alm-pair.ts";
import { type LinkSite, openLinkSite, type Stage } from "./link-site.ts";
import { sayInMemo } from "./memo.ts";

/** Two trackers of which only the left one has records, and the links between them. */
export interface RequestScene {
  /** Left, then right. */
  readonly trackers: readonly [Simulator, Simulator];
  fill(records: number): void;
  /** People edit as many records on the left. */
  edit(records: number): void;
  /** Every link, once. */
  run(full: boolean): Promise<readonly RunReport[]>;
  pass(minutes: number): void;
}

const DATES = { "start-date": "2027-01-01", "end-date": "2027-12-31" };

const DEFECTS = (rows = "", tables = "") => `[links.defects]
alm = "defect"
agm = "defect"
marker = { alm = "user-04", agm = "user_01_d" }
conflict = "alm"
[links.defects.fields]
name = "name"
description = "description"
${rows}
${tables}
`;

const RELEASES = `[links.releases]
alm = "release"
agm = "release"
conflict = "alm"
match = ["name"]
[links.releases.fields]
name = "name"
start-date = "start_date"
end-date = "end_date"
[links.cycles]
alm = "release-cycle"
agm = "sprint"
conflict = "alm"
match = ["name", "parent-id"]
[links.cycles.fields]
name = "name"
parent-id = "release_id"
start-date = "start_date"
end-date = "end_date"
`;

const REQUIREMENTS = (name: string, type: string, entity: string, marker: string, rows = "") => `[links.${name}]
alm = "requirement/${type}"
agm = "${entity}"
marker = ${marker}
conflict = "alm"
[links.${name}.fields]
name = "name"
${rows}
`;

const TREE =
  REQUIREMENTS("themes", "Business", "theme", '{ alm = "user-01" }') +
  REQUIREMENTS("features", "Testing", "feature", '{ alm = "user-01" }', 'parent-id = "parent"') +
  REQUIREMENTS("stories", "Functional", "user_story", '{ alm = "user-01", agm = "user_06_s" }', 'parent-id = "parent"');

function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i);
}

type Fill = (alm: LinkSite["alm"]["admin"], records: number) => void;
type Edit = (alm: LinkSite["alm"]["admin"], place: number) => void;

const renameDefect: Edit = (alm, place) => alm.update("defects", String(place + 1), { name: `edited ${place}` });

/** Defects of which every third one gets more. */
function defects(more: (alm: LinkSite["alm"]["admin"], id: string, i: number) => void = () => undefined): Fill {
  return (alm, records) => {
    for (const i of upTo(records)) {
      const id = alm.create("defects", { name: `defect ${i}`, description: `what happened ${i}` });
      if (i % 3 === 0) more(alm, id, i);
    }
  };
}

const withFile = defects((alm, id, i) =>
  alm.attachments.add("defects", id, { name: `log ${i}.txt`, content: `bytes ${i}`, description: "" }),
);

const withComments = defects((alm, id, i) => {
  const first = sayInMemo("", "Jane", "jane", "1/31/2026", `first ${i}`);
  alm.update("defects", id, { "dev-comments": sayInMemo(first, "Jane", "jane", "2/1/2026", `second ${i}`) });
});

const withReferences: Fill = (alm, records) => {
  const plan = upTo(2).map((i) => {
    const release = alm.create("releases", { name: `release ${i}`, ...DATES });
    const cycle = alm.create("release-cycles", { name: `cycle ${i}`, "parent-id": release, ...DATES });
    return { "target-rel": release, "target-rcyc": cycle };
  });
  for (const i of upTo(records)) alm.create("defects", { name: `defect ${i}`, ...plan[i % 2] });
};

/** Half of them releases, half of them cycles. */
const releases: Fill = (alm, records) => {
  for (const i of upTo(records / 2)) {
    const release = alm.create("releases", { name: `release ${i}`, ...DATES });
    alm.create("release-cycles", { name: `cycle ${i}`, "parent-id": release, ...DATES });
  }
};

const moveCycle: Edit = (alm, place) => alm.update("release-cycles", String(place + 1), { "end-date": "2027-04-30" });

/** Stories in two features in two themes. */
const tree: Fill = (alm, records) => {
  const themes = upTo(2).map((i) => alm.create("requirements", { name: `theme ${i}`, "type-id": "4" }));
  const features = themes.map((theme, i) =>
    alm.create("requirements", { name: `feature ${i}`, "type-id": "5", "parent-id": theme }),
  );
  for (const i of upTo(records))
    alm.create("requirements", { name: `story ${i}`, "type-id": "3", "parent-id": features[i % 2] ?? "" });
};

const renameStory: Edit = (alm, place) => {
  const stories = alm.list("requirements").filter((row) => row["type-id"] === "3");
  alm.update("requirements", String(stories[place]?.["id"]), { name: `edited ${place}` });
};

/** ALM and Agile Manager. */
function site(links: string, names: readonly string[], fill: Fill, edit: Edit) {
  return async (stage: Stage): Promise<RequestScene> => {
    const { alm, agm, run, pass } = await openLinkSite(stage, links);
    return {
      ...{ trackers: [alm, agm], pass },
      fill: (records) => fill(alm.admin, records),
      edit: (records) => upTo(records).forEach((place) => void edit(alm.admin, place)),
      run: (full) => inTurn(names, (name) => run(name, { full })),
    };
  };
}

/** Two ALM projects: each defect linked to the next, each requirement traced to the next. */
async function linked(stage: Stage): Promise<RequestScene> {
  const shift = { ms: 0 };
  const clock = { now: () => Date.now() + shift.ms };
  const pair = await openAlmPair(stage, { mapping: pairMapping(), one: { clock }, two: { clock } });
  const { admin } = pair.one;
  return {
    trackers: [pair.one, pair.two],
    fill(records) {
      const [some, others] = ["defects", "requirements"].map((collection) =>
        upTo(records).map((i) => admin.create(collection, { name: `${collection} ${i}` })),
      );
      for (const i of upTo(records - 1)) {
        const [first = "", second = ""] = some?.slice(i) ?? [];
        const ends = { "second-endpoint-type": "defect", "second-endpoint-id": second };
        admin.create("defect-links", { "first-endpoint-id": first, ...ends });
        const [from = "", to = ""] = others?.slice(i) ?? [];
        admin.create("req-traces", { "from-req-id": from, "to-req-id": to });
      }
    },
    edit: (records) => upTo(records).forEach((place) => void renameDefect(admin, place)),
    run: (full) => inTurn(["requirements", "defects"], (name) => pair.run(name, { full })),
    pass(minutes) {
      shift.ms += minutes * 60_000;
      pair.pass(minutes);
    },
  };
}

async function inTurn<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<readonly R[]> {
  const done: R[] = [];
  for (const one of all) done.push(await work(one));
  return done;
}

const FILES = "[links.defects.attachments]\n";

/** What is counted, by what the records have. */
export const REQUEST_SCENES: Readonly<Record<string, (stage: Stage) => Promise<RequestScene>>> = {
  "plain fields": site(DEFECTS(), ["defects"], defects(), renameDefect),
  "files by address": site(DEFECTS("", FILES), ["defects"], withFile, renameDefect),
  "files by copy": site(DEFECTS("", `${FILES}mode = "copy"`), ["defects"], withFile, renameDefect),
  comments: site(DEFECTS("", "[links.defects.comments]"), ["defects"], withComments, renameDefect),
  references: site(
    RELEASES + DEFECTS('target-rel = "release_id"\ntarget-rcyc = "sprint_id"'),
    ["releases", "cycles", "defects"],
    withReferences,
    renameDefect,
  ),
  "releases and cycles": site(RELEASES, ["releases", "cycles"], releases, moveCycle),
  "requirement tree": site(TREE, ["themes", "features", "stories"], tree, renameStory),
  "entity links, ALM with ALM": linked,
};
