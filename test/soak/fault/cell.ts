import type { RunReport } from "../../../daemon/core/store.ts";
import { compare, type Findings, type Picture, pictureOf } from "./content.ts";
import type { Kind, Spot } from "./kinds.ts";
import { addAgm, addAlm, BYSTANDERS, keyOf, type Operation, PAIRS } from "./operations.ts";
import { type FaultSite, openFaultSite } from "./site.ts";

/** What came of one case. */
export interface Outcome extends Findings {
  /** Anything else that must not be: a fault that nobody was told of, a second run that writes, a storm. */
  readonly wrong: readonly string[];
  /** Requests of the run that met the fault, and of the one without. */
  readonly requests: number;
  readonly undisturbed: number;
  /** The fault was met and healed within the run, and the report says "passed". */
  readonly healed: boolean;
  readonly status: string;
}

export interface Undisturbed {
  readonly picture: Picture;
  readonly requests: number;
}

/** Runs after the fault is over; ten minutes apart, so that whatever failed is due. */
const RUNS_TO_HEAL = 2;
/** Of one request: itself and three repeats. */
export const ATTEMPTS = 4;
/** Sign-ins, whereabouts, reading back: what a disturbed run may ask beyond the repeats, and beyond one question more for each record. */
const MARGIN = 16;

async function prepare(kind: Kind, operation: Operation, seed: number): Promise<FaultSite> {
  const site = await openFaultSite({
    ...{ seed, ...kind.site },
    ...(operation.link === undefined ? {} : { link: operation.link }),
    ...(operation.also === undefined ? {} : { also: operation.also }),
  });
  if (operation.bare) return site;
  for (let n = 1; n <= PAIRS; n++) {
    if (n % 2 === 1) addAlm(site, keyOf(n));
    else addAgm(site, keyOf(n));
  }
  site.pass(1);
  const first = await site.run();
  if (first.status !== "passed") throw new Error(`no pairs to begin with: ${JSON.stringify(first.messages)}`);
  site.pass(10);
  await site.run();
  site.pass(10);
  return site;
}

/** The same edits without the fault: what must come of them, and at which price. */
export async function undisturbed(kind: Kind, spot: Spot, operation: Operation, seed: number): Promise<Undisturbed> {
  const site = await prepare({ ...kind, site: {} }, operation, seed);
  try {
    await operation.act(site);
    if (!operation.bare) kind.meanwhile?.(site, spot);
    const before = site.requests();
    await site.run(operation.full ?? false);
    const requests = site.requests() - before;
    await settle(site);
    return { picture: pictureOf(site), requests };
  } finally {
    await site.close();
  }
}

export async function runCell(
  kind: Kind,
  spot: Spot,
  operation: Operation,
  seed: number,
  control: Undisturbed,
): Promise<Outcome> {
  const site = await prepare(kind, operation, seed);
  try {
    const before = pictureOf(site);
    await operation.act(site);
    const met = kind.meanwhile !== undefined && operation.bare ? 0 : kind.start(site, spot, operation);
    const sent = site.requests();
    const disturbed = await attempt(site, operation.full ?? false);
    const requests = site.requests() - sent;
    const left = site.alm.faults.pending() + site.agm.faults.pending();
    const early = differs(control.picture, pictureOf(site));
    if (met > 0 && left > 0) kind.meanwhile?.(site, spot);
    for (const faults of [site.alm.faults, site.agm.faults]) faults.clear();
    kind.over?.(site);
    const late = await settle(site);
    const bystanders = operation.bare || kind.meanwhile !== undefined ? [] : BYSTANDERS;
    const findings = compare(control.picture, before, pictureOf(site), bystanders);
    const bound = control.requests + met * ATTEMPTS + 2 * PAIRS + MARGIN;
    const wrong = [
      ...late,
      ...(kind.silent || met === left ? [] : unseen(disturbed, early)),
      ...(requests > bound ? [`a retry storm: ${requests} requests, at most ${bound} are allowed`] : []),
      ...disturbed.messages.filter((m) => m.message.includes("a bug ended")).map((m) => m.message),
    ];
    const healed = disturbed.status === "passed" && !early;
    return { ...findings, wrong, requests, undisturbed: control.requests, healed, status: disturbed.status };
  } finally {
    await site.close();
  }
}

type Told = Pick<RunReport, "status" | "messages">;

/** A run that cannot even keep its report throws: that is told as well. */
async function attempt(site: FaultSite, full: boolean): Promise<Told> {
  try {
    return await site.run(full);
  } catch (error) {
    const message = `thrown: ${error instanceof Error ? error.message : String(error)}`;
    return { status: "error", messages: [{ level: "error", endpoint: "", record: null, field: null, message }] };
  }
}

/** Says what was asked of whom and what the answer was. */
const TELLS =
  /\b(alm|agm)\b.*\b(GET|POST|PUT|DELETE|sign-in|answered \d|refused|locked|record \d+ was written)|is not in the list|disk|read-only|cannot be written/is;

/** The report must name the fault, unless a repeat healed it so that everything is as it would have been. */
function unseen({ status, messages }: Told, early: boolean): readonly string[] {
  if (messages.some((m) => TELLS.test(`${m.endpoint} ${m.message}`))) return [];
  if (status === "passed" && !early) return [];
  return [`the fault is not told: ${status}, ${JSON.stringify(messages.map((m) => `${m.endpoint}: ${m.message}`))}`];
}

function differs(wanted: Picture, now: Picture): boolean {
  const { duplicates, lost, surprise } = compare(wanted, wanted, now, []);
  return duplicates.length + lost.length + surprise.length > 0;
}

/** The fault is over: two runs heal, and those after them have nothing to do. */
async function settle(site: FaultSite): Promise<readonly string[]> {
  for (let i = 0; i < RUNS_TO_HEAL; i++) {
    site.pass(10);
    await site.run(i === RUNS_TO_HEAL - 1);
  }
  site.pass(10);
  const writes = site.writes();
  const idle = [await site.run(), await site.run(true)];
  const wrong: string[] = [];
  if (site.writes() > writes) wrong.push(`${site.writes() - writes} writes by runs that have nothing to do`);
  for (const { status, messages } of idle)
    if (status !== "passed")
      wrong.push(`the run afterwards: ${status}, ${JSON.stringify(messages.map((m) => m.message))}`);
  for (const key of site.keys) {
    const store = site.store().link(key);
    if (store.intents().length > 0) wrong.push(`an intent of ${key} stays open`);
    if (store.retries(1).length > 0) wrong.push(`a retry of ${key} stays`);
  }
  return wrong;
}
