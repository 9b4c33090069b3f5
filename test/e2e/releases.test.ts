import assert from "node:assert/strict";
import { after, type TestContext, test } from "node:test";
import type { RunReport } from "../../daemon/core/store.ts";
import { type AgileManagerSimulator, startAgileManagerSimulator } from "../../daemon/sandbox/agile-manager/index.ts";
import { type AlmSimulator, startAlmSimulator } from "../../daemon/sandbox/alm/index.ts";
import { closeLinkBenches, type LinkBench, openLinkBench } from "../support/link-bench.ts";
import { messagesOf, writtenBy } from "../support/run-report.ts";

after(() => closeLinkBenches());

/** The day on which all of these tests happen. */
const NOW = Date.parse("2026-11-02T09:00:00Z");

interface Options {
  /** Lines of the releases link's and the cycles link's own tables. */
  readonly releases?: string;
  readonly cycles?: string;
  /** Tables after all links. */
  readonly rest?: string;
}

interface Site extends LinkBench {
  readonly alm: AlmSimulator;
  readonly agm: AgileManagerSimulator;
  mapping(options: Options): string;
  /** Releases, then cycles, each with its report. */
  both(full?: boolean): Promise<readonly RunReport[]>;
  release(name: string, start: string, end: string, more?: Record<string, string>): string;
  cycle(name: string, release: string, start: string, end: string): string;
  agmRelease(name: string, start: string | null, end: string | null): number;
  sprint(name: string, release: number, start: string, end: string): number;
  /** `name start end`, of a release or of `release/name`. */
  almShows(): readonly string[];
  agmShows(): readonly string[];
  quiet(): Promise<void>;
}

async function open(t: TestContext, options: Options = {}): Promise<Site> {
  const shift = { ms: 0 };
  const clock = { now: () => NOW + shift.ms };
  const alm = await startAlmSimulator({ content: "empty", clock });
  const agm = await startAgileManagerSimulator({ content: "empty", clock });
  const mapping = (given: Options) => mappingOf(alm, agm, given);
  const secrets = {
    alm: { user: String(alm.access["user"]), password: String(alm.access["password"]) },
    agm: { "client-id": String(agm.access["client-id"]), "client-secret": String(agm.access["client-secret"]) },
  };
  const bench = await openLinkBench(mapping(options), secrets, {}, clock.now);
  t.after(async () => {
    await bench.close();
    await alm.close();
    await agm.close();
  });
  const dates = (start: string, end: string) => ({ "start-date": start, "end-date": end });
  const refId = (value: unknown) => (value as { id?: number } | null)?.id;
  const both = async (full = false) => [await bench.run("releases", { full }), await bench.run("cycles", { full })];
  return {
    ...bench,
    ...{ alm, agm, mapping, both },
    pass(minutes) {
      shift.ms += minutes * 60_000;
    },
    release: (name, start, end, more = {}) => alm.admin.create("releases", { name, ...dates(start, end), ...more }),
    cycle: (name, release, start, end) =>
      alm.admin.create("release-cycles", { name, "parent-id": release, ...dates(start, end) }),
    agmRelease: (name, start, end) => agm.admin.create("releases", { name, start_date: start, end_date: end }),
    sprint: (name, release, start, end) =>
      agm.admin.create("sprints", { name, release_id: release, start_date: start, end_date: end }),
    almShows() {
      const releases = alm.admin.list("releases");
      const names = new Map(releases.map((row) => [String(row["id"]), String(row["name"])]));
      const cycles = alm.admin
        .list("release-cycles")
        .map((row) => `${names.get(String(row["parent-id"]))}/${row["name"]} ${row["start-date"]} ${row["end-date"]}`);
      return [...releases.map((row) => `${row["name"]} ${row["start-date"]} ${row["end-date"]}`), ...cycles].sort();
    },
    agmShows() {
      const releases = agm.admin.list("releases");
      const names = new Map(releases.map((row) => [Number(row["id"]), String(row["name"])]));
      const sprints = agm.admin
        .list("sprints")
        .map(
          (row) => `${names.get(refId(row["release_id"]) ?? 0)}/${row["name"]} ${row["start_date"]} ${row["end_date"]}`,
        );
      return [...releases.map((row) => `${row["name"]} ${row["start_date"]} ${row["end_date"]}`), ...sprints].sort();
    },
    async quiet() {
      for (const full of [false, true]) {
        const reports = await both(full);
        assert.equal(
          reports.reduce((sum, report) => sum + writtenBy(report), 0),
          0,
          `the second run wrote: ${reports.map(messagesOf).join("\n")}`,
        );
      }
    },
  };
}

function mappingOf(alm: AlmSimulator, agm: AgileManagerSimulator, { releases, cycles, rest }: Options): string {
  return `[endpoints.alm]
type = "alm"
url = "${alm.url}"
domain = "DEMO"
project = "PAYMENTS"
secret = "alm"
[endpoints.agm]
type = "agile-manager"
url = "${agm.url}"
workspace = 1003
secret = "agm"

[links.releases]
alm = "release"
agm = "release"
conflict = "alm"
match = ["name"]
${releases ?? ""}
[links.releases.fields]
name = "name"
start-date = "start_date"
end-date = "end_date"
description = "description"

[links.cycles]
alm = "release-cycle"
agm = "sprint"
conflict = "alm"
match = ["name", "parent-id"]
${cycles ?? ""}
[links.cycles.fields]
name = "name"
parent-id = "release_id"
start-date = "start_date"
end-date = "end_date"

${rest ?? ""}`;
}

async function passed(reports: Promise<readonly RunReport[]>): Promise<readonly RunReport[]> {
  const all = await reports;
  for (const report of all) assert.equal(report.status, "passed", messagesOf(report));
  return all;
}

test("E56 E57 releases and their cycles cross both ways, new releases into the root folder; the second run writes nothing", async (t) => {
  const site = await open(t);
  const r1 = site.release("R1", "2026-10-01", "2026-12-31", { description: "<html><body>Scope</body></html>" });
  site.cycle("C1", r1, "2026-10-01", "2026-10-31");
  site.cycle("C2", r1, "2026-11-01", "2026-12-31");
  const q1 = site.agmRelease("Q1", "2027-01-01", "2027-03-31");
  site.sprint("S1", q1, "2027-01-01", "2027-01-31");
  await passed(site.both());
  const expected = [
    "Q1 2027-01-01 2027-03-31",
    "Q1/S1 2027-01-01 2027-01-31",
    "R1 2026-10-01 2026-12-31",
    "R1/C1 2026-10-01 2026-10-31",
    "R1/C2 2026-11-01 2026-12-31",
  ];
  assert.deepEqual(site.almShows(), expected);
  assert.deepEqual(site.agmShows(), expected);
  const made = site.alm.admin.list("releases").find((row) => row["name"] === "Q1");
  assert.equal(made?.["parent-id"], "1");
  assert.match(String(site.agm.admin.list("releases").find((row) => row["name"] === "R1")?.["description"]), /Scope/);
  site.pass(10);
  await site.quiet();
});

test("E59 E60 releases that are over get no partner, nor do their cycles; over cycles of a current release do; `past` takes all in", async (t) => {
  const site = await open(t);
  const old = site.release("Old", "2025-01-01", "2025-12-31");
  site.cycle("Old cycle", old, "2025-01-01", "2025-06-30");
  const today = site.release("Last day", "2026-08-01", "2026-11-02");
  site.cycle("Over already", today, "2026-08-01", "2026-08-31");
  const past = site.agmRelease("Old there", "2025-01-01", "2025-12-31");
  site.sprint("Old sprint", past, "2025-01-01", "2025-01-31");
  await passed(site.both());
  const current = ["Last day 2026-08-01 2026-11-02", "Last day/Over already 2026-08-01 2026-08-31"];
  assert.deepEqual(
    site.agmShows().filter((line) => !line.startsWith("Old")),
    current,
  );
  assert.deepEqual(
    site.almShows().filter((line) => !line.startsWith("Old")),
    current,
  );
  // The day after: what is paired goes on.
  site.pass(24 * 60);
  site.alm.admin.update("releases", today, { name: "Was the last day" });
  await passed(site.both());
  assert.ok(site.agmShows().includes("Was the last day 2026-08-01 2026-11-02"));
  await site.publish(site.mapping({ releases: 'past = "include"', cycles: 'past = "include"' }));
  await passed(site.both(true));
  assert.deepEqual(site.almShows(), site.agmShows());
  assert.equal(site.agmShows().length, 6);
  site.pass(10);
  await site.quiet();
});

test("X13 E57 sprints that Agile Manager makes by itself are paired with the cycles of their release, not doubled", async (t) => {
  const site = await open(t, {
    rest: '[links.releases.constants.agm]\nsprint_duration = 4\nsprint_duration_units = "Weeks"\n',
  });
  const release = site.release("R1", "2026-11-02", "2026-12-27");
  site.cycle("Sprint 1", release, "2026-11-02", "2026-11-29");
  site.cycle("Sprint 2", release, "2026-11-30", "2026-12-20");
  const other = site.release("R2", "2027-01-04", "2027-01-31");
  site.cycle("Sprint 1", other, "2027-01-04", "2027-01-31");
  const [, cycles] = await passed(site.both());
  assert.equal(cycles?.paired, 3);
  assert.equal(site.agm.admin.list("sprints").length, 3);
  assert.deepEqual(site.agmShows(), site.almShows());
  assert.ok(site.agmShows().includes("R1/Sprint 2 2026-11-30 2026-12-20"), "the dates of ALM count");
  site.pass(10);
  await site.quiet();
});

for (const [order, first] of [
  ["releases first", "releases"],
  ["cycles first", "cycles"],
] as const) {
  test(`E56 E57 a release that moves with its cycles gets there, later or earlier, ${order}`, async (t) => {
    const site = await open(t);
    const release = site.agmRelease("R", "2026-11-01", "2026-12-31");
    const sprint = site.sprint("S", release, "2026-11-15", "2026-12-15");
    await passed(site.both());
    for (const [start, from, to, end] of [
      ["2027-04-01", "2027-04-10", "2027-05-10", "2027-05-31"],
      ["2027-01-01", "2027-01-10", "2027-02-10", "2027-02-28"],
    ] as const) {
      site.pass(10);
      site.agm.admin.update("releases", release, { start_date: start, end_date: end });
      site.agm.admin.update("sprints", sprint, { start_date: from, end_date: to });
      const refused = await site.run(first);
      assert.match(messagesOf(refused), /dates must (?:include|be within)/, "one of the two links comes too early");
      // ALM refuses what would leave a cycle outside of its release: each link's next turn goes as far as it can.
      for (let round = 0; round < 2; round++) {
        site.pass(10);
        await site.both();
      }
      assert.deepEqual(site.almShows(), [`R ${start} ${end}`, `R/S ${from} ${to}`]);
      site.pass(10);
      await site.quiet();
    }
  });
}

test("E61 a release without dates is an error of the field that lacks one, and comes over once it has them", async (t) => {
  const site = await open(t);
  const id = site.agmRelease("No dates", null, "2027-01-31");
  const report = await site.run("releases");
  assert.equal(report.status, "failed");
  assert.match(
    messagesOf(report),
    /start-date: "Start Date" is required in alm, and "Start date" of agm is empty: fill it in/,
  );
  assert.deepEqual(site.almShows(), []);
  site.pass(10);
  site.agm.admin.update("releases", id, { start_date: "2027-01-01" });
  await passed(site.both());
  assert.deepEqual(site.almShows(), ["No dates 2027-01-01 2027-01-31"]);
});

test("E53 T16 T21 a release that is moved out of what the link takes stops without being deleted; its cycles go on", async (t) => {
  const site = await open(t, {
    releases:
      'filter = { alm = "parent-id[1]" }\nout_of_scope = { alm = "freeze" }\ndeleted = { alm = "delete", agm = "delete" }',
  });
  const release = site.release("R1", "2026-10-01", "2026-12-31");
  const cycle = site.cycle("C1", release, "2026-10-01", "2026-10-31");
  await passed(site.both());
  const folder = site.alm.admin.create("release-folders", { name: "Elsewhere", "parent-id": "1" });
  site.pass(10);
  site.alm.admin.update("releases", release, { "parent-id": folder, name: "R1 elsewhere" });
  site.alm.admin.update("release-cycles", cycle, { name: "C1 renamed" });
  const [stopped] = await passed(site.both());
  assert.match(messagesOf(stopped ?? assert.fail("no report")), /the filter does not select it any more/);
  await passed(site.both(true));
  assert.deepEqual(site.agmShows(), ["R1 2026-10-01 2026-12-31", "R1/C1 renamed 2026-10-01 2026-10-31"]);
  site.pass(10);
  site.alm.admin.update("releases", release, { "parent-id": "1" });
  await passed(site.both());
  assert.ok(site.agmShows().includes("R1 elsewhere 2026-10-01 2026-12-31"));
});

test("E38 both sides changed a cycle's dates: the side that the link names wins, and it is told", async (t) => {
  const site = await open(t);
  const release = site.release("R1", "2026-10-01", "2026-12-31");
  const cycle = site.cycle("C1", release, "2026-10-01", "2026-10-31");
  await passed(site.both());
  site.pass(10);
  const sprint = Number(site.agm.admin.list("sprints")[0]?.["id"]);
  site.alm.admin.update("release-cycles", cycle, { "end-date": "2026-11-15" });
  site.agm.admin.update("sprints", sprint, { end_date: "2026-11-20" });
  const report = await site.run("cycles");
  assert.ok(report.conflicts > 0);
  assert.match(messagesOf(report), /alm wins/);
  assert.ok(site.agmShows().includes("R1/C1 2026-10-01 2026-11-15"));
});

test("S52 S53 S54 releases and cycles are a link of their own, and fields that name them follow by pair", async (t) => {
  const defects = `[links.defects]
alm = "defect"
agm = "defect"
create = "agm"
[links.defects.fields]
name = "name"
target-rel = "release_id"
target-rcyc = "sprint_id"
detected-in-rel = "detected_in_rel"
detected-in-rcyc = "detected_in_sprint"
`;
  const site = await open(t, { rest: defects });
  const release = site.release("R1", "2026-10-01", "2026-12-31");
  const cycle = site.cycle("C1", release, "2026-10-01", "2026-10-31");
  site.alm.admin.create("defects", {
    name: "crash",
    "target-rel": release,
    "target-rcyc": cycle,
    "detected-in-rel": release,
    "detected-in-rcyc": cycle,
  });
  await passed(site.both());
  const report = await site.run("defects");
  assert.equal(report.status, "passed", messagesOf(report));
  const [item] = site.agm.admin.list("backlog_items");
  const idOf = (name: string) => (item?.[name] as { id?: number } | null)?.id;
  const there = {
    release: Number(site.agm.admin.list("releases")[0]?.["id"]),
    sprint: Number(site.agm.admin.list("sprints")[0]?.["id"]),
  };
  assert.deepEqual(
    [idOf("release_id"), idOf("sprint_id"), idOf("detected_in_rel"), idOf("detected_in_sprint")],
    [there.release, there.sprint, there.release, there.sprint],
  );
  site.pass(10);
  assert.equal(writtenBy(await site.run("defects", { full: true })), 0);
});
