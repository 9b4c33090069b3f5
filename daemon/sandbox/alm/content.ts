import { createRandom, type Random } from "../random.ts";
import {
  type CommonDefect,
  commonDefects,
  defectText,
  people,
  pickSeverity,
  pickStatus,
  releases,
} from "../shared-content.ts";
import { normaliseMemo } from "./memo.ts";
import type { Project } from "./project.ts";
import type { Values } from "./store.ts";

/** Some months before now, so that a fresh sandbox is not all new; earlier where the simulator's clock is earlier. */
const LATEST = Date.UTC(2026, 9, 30, 16, 0, 0);
const DAY = 86_400_000;
const YEARS = 730 * DAY;

const DEFECT_COUNT = 320;
const REQUIREMENT_COUNT = 60;

interface Seeder {
  readonly project: Project;
  readonly random: Random;
  /** Moment of the last modification in the content. */
  readonly end: number;
}

/** The folder that every project has. */
export function seedRoot(project: Project): void {
  project.store.put("release-folders", {
    id: 1,
    values: {
      id: "1",
      name: "Releases",
      "parent-id": "-1",
      "hierarchical-path": "AAA",
      "has-attachments": "N",
      "ver-stamp": "1",
    },
  });
}

/** A project that has been in use for two years. The same seed gives the same records. */
export function seedLifelike(project: Project, seed: number): void {
  const seeder: Seeder = {
    project,
    random: createRandom(seed * 31 + 17),
    end: Math.min(LATEST, project.clock.now() - DAY),
  };
  const plan = seedReleases(seeder);
  const common = commonDefects(seed);
  for (let index = 0; index < DEFECT_COUNT; index += 1) seedDefect(seeder, plan, index, common[index]);
  for (let index = 0; index < REQUIREMENT_COUNT; index += 1) seedRequirement(seeder, plan, index);
  for (let index = 0; index < 30; index += 1) seedLink(seeder, index);
}

function put(seeder: Seeder, collection: string, values: Values, modified: number): number {
  const { project, random } = seeder;
  const entity = project.schema.collections.get(collection);
  const id = project.store.nextId(collection);
  const marks: Record<string, string> = {};
  if (entity?.fields.has("last-modified")) marks["last-modified"] = project.clock.stamp(modified);
  if (entity?.stamp != null) marks[entity.stamp] = String(random.int(1, 12));
  project.store.put(collection, { id, values: { ...values, id: String(id), ...marks } });
  return id;
}

interface Plan {
  /** Ids by name. */
  readonly releaseIds: ReadonlyMap<string, number>;
  readonly cycleIds: ReadonlyMap<string, number>;
}

function seedReleases(seeder: Seeder): Plan {
  const early = seeder.end - YEARS;
  const folders = new Map<string, number>();
  for (const name of ["Core Banking", "Mobile", "Archive"]) {
    const path = `AAAAA${String.fromCharCode(66 + folders.size)}`;
    const values = { name, "parent-id": "1", "hierarchical-path": path, "has-attachments": "N" };
    folders.set(name, put(seeder, "release-folders", values, early));
  }
  const releaseIds = new Map<string, number>();
  const cycleIds = new Map<string, number>();
  for (const { name, folder, start, end, cycles } of releases) {
    const dates = { "start-date": start, "end-date": end };
    const parent = String(folders.get(folder) ?? 1);
    const description = normaliseMemo(`Scope of ${name}`);
    const release = put(
      seeder,
      "releases",
      { name, ...dates, "parent-id": parent, description, "has-attachments": "N" },
      early,
    );
    releaseIds.set(name, release);
    for (const cycle of cycles) {
      const inside = { "start-date": cycle.start, "end-date": cycle.end, "parent-id": String(release) };
      cycleIds.set(
        cycle.name,
        put(seeder, "release-cycles", { name: cycle.name, ...inside, "has-attachments": "N" }, early),
      );
    }
  }
  return { releaseIds, cycleIds };
}

function seedDefect(seeder: Seeder, plan: Plan, index: number, common: CommonDefect | undefined): void {
  const { random, end } = seeder;
  const created = end - YEARS + Math.floor((index / DEFECT_COUNT) * (YEARS - 3 * DAY));
  const modified = Math.min(end, created + random.int(3600, 60 * 86_400) * 1000);
  const text = common ?? defectText(index, random);
  const status = common?.status ?? pickStatus(random);
  const reporter =
    people.find((person) => person.emails[0] === common?.reporterEmail) ?? random.pick(people.filter((p) => p.active));
  const values: Values = {
    name: text.title,
    description: normaliseMemo(text.description),
    status,
    severity: common?.severity ?? pickSeverity(random),
    priority: pickSeverity(random),
    "detected-by": reporter.login,
    owner: random.next() < 0.8 ? random.pick(people).login : "",
    "creation-time": day(seeder, created),
    "closing-date": status === "Closed" ? day(seeder, modified) : "",
    reproducible: random.pick(["Y", "Y", "N"]),
    project: random.pick(["Payments", "Mobile Wallet", "Core Ledger", ""]),
    "detection-version": random.pick(["Version 1.0", "Version 2.0", "Version 3.0", ""]),
    "estimated-fix-time": random.next() < 0.3 ? String(random.int(1, 20)) : "",
    ...schedule(seeder, plan, common),
    ...userFields(seeder, index, common),
    ...discussion(seeder, modified),
  };
  put(seeder, "defects", values, modified);
}

function day(seeder: Seeder, ms: number): string {
  return seeder.project.clock.stamp(ms).slice(0, 10);
}

function schedule(seeder: Seeder, plan: Plan, common: CommonDefect | undefined): Values {
  const { random } = seeder;
  const found = random.pick(releases);
  const target = random.pick(releases);
  const release = common?.releaseName ?? (random.next() < 0.75 ? target.name : "");
  const cycle = common?.cycleName ?? (release !== "" && random.next() < 0.7 ? random.pick(target.cycles).name : "");
  return {
    "detected-in-rel": idText(plan.releaseIds, found.name),
    "detected-in-rcyc": idText(plan.cycleIds, random.pick(found.cycles).name),
    "target-rel": idText(plan.releaseIds, release),
    "target-rcyc": idText(plan.cycleIds, cycle),
  };
}

function idText(ids: ReadonlyMap<string, number>, name: string): string {
  const id = ids.get(name);
  return id === undefined ? "" : String(id);
}

function userFields(seeder: Seeder, index: number, common: CommonDefect | undefined): Values {
  const { random } = seeder;
  const platforms = ["Android", "iOS", "Linux", "macOS", "Web", "Windows"].filter(() => random.next() < 0.25);
  return {
    "user-01": random.next() < 0.15 ? `PAY-${1000 + index}` : "",
    "user-02": platforms,
    "user-03": random.pick(["", "", "Stadtwerke Köln", "Bäckerei Groß & Söhne", "ACME Ltd.", "Müller <Retail>"]),
    "user-04": common === undefined ? "" : String(common.agmId),
    "user-06": random.next() < 0.2 ? day(seeder, seeder.end + random.int(1, 90) * DAY) : "",
    "user-07": random.next() < 0.3 ? `${random.int(0, 12)}.${random.pick(["0", "25", "5"])}` : "",
    "user-08": random.next() < 0.1 ? normaliseMemo("<p>Use the desktop site until this is fixed.</p>") : "",
  };
}

const REMARKS = [
  "Reproduced on the test system.",
  "Cannot reproduce with the current build, please attach the log.",
  "Fixed in branch, waiting for review.",
  "Kunde fragt nach dem Termin.",
  "Same root cause as the neighbouring defect.",
] as const;

/** All comments of a record in one memo, as people at the desktop client leave them. */
function discussion(seeder: Seeder, until: number): Values {
  const { random } = seeder;
  const count = random.next() < 0.55 ? 0 : random.int(1, 3);
  const line = '<font color="#000080"><b>________________________________________</b></font><br />';
  const parts = Array.from({ length: count }, (_, index) => {
    const person = random.pick(people);
    const date = day(seeder, until - (count - index) * DAY);
    const head = `<font color="#000080"><b>${person.name} &lt;${person.login}&gt;, ${date}:</b></font><br />`;
    return `${index === 0 ? "" : `<br />${line}`}${head}${random.pick(REMARKS)}`;
  });
  return count === 0 ? {} : { "dev-comments": normaliseMemo(parts.join("")) };
}

const CHAPTERS = ["Payments", "Accounts", "Sign-in and security", "Reporting", "Mobile wallet", "Operations"] as const;
const DUTIES = [
  "accepts amounts up to 999,999.99 €",
  "answers within two seconds",
  "keeps an audit trail of ten years",
  "can be used with a screen reader",
  "tells the customer why it refuses",
  "works without a mouse",
  "survives a restart of the booking system",
  "shows fees before the customer confirms",
  "is available in German, English and French",
] as const;

/** Six chapters, each with nine requirements below it. */
function seedRequirement(seeder: Seeder, plan: Plan, index: number): void {
  const { random, end, project } = seeder;
  const chapter = Math.floor(index / 10);
  const inside = index % 10;
  const created = end - YEARS + index * DAY;
  const parent = inside === 0 ? null : chapter * 10 + 1;
  const letter = (value: number): string => String.fromCharCode(65 + value);
  const area = CHAPTERS[chapter] ?? CHAPTERS[0];
  const type = inside === 0 ? 1 : random.pick([3, 3, 3, 4, 6]);
  const values: Values = {
    name: inside === 0 ? area : `${area}: ${DUTIES[inside - 1] ?? ""}`,
    "type-id": String(type),
    "parent-id": parent === null ? String(project.switches.topParent) : String(parent),
    "hierarchical-path": `AAAAA${letter(chapter)}${inside === 0 ? "" : `AA${letter(inside)}`}`,
    "order-id": String(inside),
    description: inside === 0 ? "" : normaliseMemo(`<p>The system ${DUTIES[inside - 1] ?? ""}.</p>`),
    owner: random.pick(people).login,
    "creation-time": day(seeder, created),
    "req-time": "09:30:00",
    "req-priority": inside === 0 ? "" : pickSeverity(random),
    "req-reviewed": random.pick(["Reviewed", "Not Reviewed"]),
    status: random.pick(["Not Covered", "No Run", "Passed", "Failed"]),
    "target-rel":
      inside === 0
        ? ""
        : [...new Set([random.pick(releases), random.pick(releases)])].map((r) => idText(plan.releaseIds, r.name)),
    "has-rich-content": "N",
    istemplate: "N",
    ...(project.switches.versionControl ? { "vc-status": "Checked_In", "vc-version-number": "1" } : {}),
  };
  put(seeder, "requirements", values, Math.min(end, created + random.int(1, 300) * DAY));
}

function seedLink(seeder: Seeder, index: number): void {
  const first = 60 + index * 5;
  const requirement = index % 2 === 0;
  const values = {
    "first-endpoint-id": String(first),
    "second-endpoint-id": String(requirement ? index + 2 : first + 1),
    "second-endpoint-type": requirement ? "requirement" : "defect",
    "link-type": "Related",
    comment: requirement ? "found while testing" : "",
    owner: "sync",
    "creation-time": day(seeder, seeder.end - 100 * DAY),
  };
  put(seeder, "defect-links", values, seeder.end - 100 * DAY);
}
