import { schemaDrift } from "../config/content/schema-drift.ts";
import type { Check } from "../core/connector.ts";
import { readEntityType } from "../core/entity-type.ts";
import { ConnectorError } from "../core/errors.ts";
import {
  type IntegrityCheck,
  type IntegrityCheckName,
  type IntegrityFinding,
  judged,
  type LinkIntegrity,
  linkVerdict,
} from "../core/integrity.ts";
import { type ConnectionConfig, type LinkConfig, SIDES, type Side } from "../core/snapshot.ts";
import type { AskedEndpoint } from "./live-facts.ts";

export type Asked = Readonly<Record<Side, AskedEndpoint>>;

/** What only the trackers can tell, put into the checks of each link that were made against what they say. */
export async function askedIntegrity(
  connection: ConnectionConfig,
  offline: readonly LinkIntegrity[],
  asked: Asked,
  signal: AbortSignal,
): Promise<readonly LinkIntegrity[]> {
  const done: LinkIntegrity[] = [];
  for (const one of offline) {
    const link = connection.links.find(({ key }) => key === one.link);
    if (link === undefined) continue;
    const more = new Map<IntegrityCheckName, IntegrityCheck>();
    const add = (check: IntegrityCheck | null) => check !== null && more.set(check.name, check);
    const own = (check: Check, side: Side) => !isOfAnother(check, side, link, connection);
    add(
      endpointCheck(
        "connection",
        link,
        asked,
        (check, side) => !isRight(check) && !isOfParts(check) && own(check, side),
      ),
    );
    add(endpointCheck("permission", link, asked, isRight));
    add(driftCheck(connection, link, asked));
    const find = (name: IntegrityCheckName) => one.checks.find((check) => check.name === name);
    add(await filterCheck(find("filter"), link, asked, signal));
    add(await triggerCheck(find("triggers"), link, asked, signal));
    add(await entityLinkCheck(find("entity links"), link, asked, signal));
    add(partCheck(find("attachments and comments"), link, asked));
    const checks = one.checks.map((check) => more.get(check.name) ?? check);
    done.push({ link: one.link, verdict: linkVerdict(checks), checks });
  }
  return done;
}

/** Whether a connector's check is about what the account may do, rather than whether it gets in. */
function isRight({ name }: Check): boolean {
  return /right|permission|administrator/i.test(name);
}

/** What is remarked of an entity type (`entity defect`, `requirement/Testing: read`) is of no interest to links with another one. A failure ends the test. */
function isOfAnother({ name, verdict }: Check, side: Side, link: LinkConfig, { links }: ConnectionConfig): boolean {
  if (verdict === "fail") return false;
  const isAbout = (entity: string) => name === `entity ${entity}` || name.startsWith(`${entity}: `);
  return !isAbout(link[side].entity) && links.some((other) => isAbout(other[side].entity));
}

/** Parts of a record have a check of their own, made where a link maps them. */
function isOfParts({ name }: Check): boolean {
  return /entity links|attachments|comments/i.test(name);
}

function endpointCheck(
  name: "connection" | "permission",
  { left, right }: LinkConfig,
  asked: Asked,
  concerns: (check: Check, side: Side) => boolean,
): IntegrityCheck {
  const names = { left: left.endpoint, right: right.endpoint };
  const made = SIDES.flatMap((side) =>
    asked[side].checks.filter((check) => concerns(check, side)).map((check) => ({ side, check })),
  );
  if (made.length === 0)
    return { name, verdict: "skipped", message: "neither tracker tells it; a run will", findings: [] };
  const findings = made.flatMap(({ side, check }) =>
    check.verdict === "pass"
      ? []
      : [unplaced(check.verdict === "fail", `${names[side]}: ${check.name}: ${check.message}`)],
  );
  return judged(name, made.map(({ side, check }) => `${names[side]} ${check.name}`).join(", "), findings);
}

/** A tracker that drifted from the committed schema: what would break, by name. */
function driftCheck(connection: ConnectionConfig, link: LinkConfig, asked: Asked): IntegrityCheck {
  const compared = SIDES.flatMap((side) => {
    const { entity } = link[side];
    const committed = connection[side].schemas[entity];
    const live = asked[side].facts?.schemas[entity];
    if (committed === undefined || live === undefined) return [];
    return [{ endpoint: link[side].endpoint, ...schemaDrift(link, side, committed, live) }];
  });
  const pull = `syncline schema pull ${connection.name}`;
  if (compared.length === 0) {
    const why = SIDES.some((side) => asked[side].facts !== null)
      ? `no schema is committed: ${pull}`
      : "no tracker could be asked";
    return { name: "drift", verdict: "skipped", message: why, findings: [] };
  }
  const told = compared.map(({ endpoint, harmless }) =>
    harmless === 0
      ? `${endpoint}: as committed`
      : `${endpoint}: as committed but for ${harmless} field${harmless === 1 ? "" : "s"} without harm to the link (${pull})`,
  );
  return judged(
    "drift",
    told.join("; "),
    compared.flatMap(({ findings }) => findings),
  );
}

/** E132: the tracker itself is asked whether it takes the filter. */
async function filterCheck(
  offline: IntegrityCheck | undefined,
  link: LinkConfig,
  asked: Asked,
  signal: AbortSignal,
): Promise<IntegrityCheck | null> {
  if (offline === undefined || offline.verdict === "skipped" || offline.verdict === "fail") return null;
  const findings = [...offline.findings];
  const taken: string[] = [];
  for (const side of SIDES) {
    const { filter, filterOrigin, endpoint } = link[side];
    if (filter === null || asked[side].facts === null) continue;
    const trouble = await whyRefused(filter, link, side, asked, signal);
    if (trouble === null) taken.push(endpoint);
    else findings.push({ ...unplaced(true, `${trouble}: the filter is ${filter}`), ...(filterOrigin ?? link.origin) });
  }
  const message = taken.length === 0 ? offline.message : `${offline.message}; ${taken.join(", ")} takes it`;
  return judged("filter", message, findings);
}

/** X7: and those of the triggers. */
async function triggerCheck(
  offline: IntegrityCheck | undefined,
  link: LinkConfig,
  asked: Asked,
  signal: AbortSignal,
): Promise<IntegrityCheck | null> {
  if (offline === undefined || offline.verdict === "fail") return null;
  const findings = [...offline.findings];
  for (const { query = {}, origin } of link.triggers) {
    for (const side of SIDES) {
      const filter = query[side];
      if (filter === undefined || asked[side].facts === null) continue;
      const trouble = await whyRefused(filter, link, side, asked, signal);
      if (trouble !== null) findings.push({ ...unplaced(true, `${trouble}: the query is ${filter}`), ...origin });
    }
  }
  return findings.length === offline.findings.length ? null : judged("triggers", offline.message, findings);
}

function whyRefused(filter: string, link: LinkConfig, side: Side, asked: Asked, signal: AbortSignal) {
  return troubleOf(() => asked[side].connector.matching(link[side].entity, ["1"], filter, signal));
}

/** S30, S31: whether these servers have links between records at all. */
async function entityLinkCheck(
  offline: IntegrityCheck | undefined,
  link: LinkConfig,
  asked: Asked,
  signal: AbortSignal,
): Promise<IntegrityCheck | null> {
  if (offline === undefined || link.entityLinks === undefined) return null;
  const findings = [...offline.findings];
  for (const side of SIDES) {
    const { facts, connector, endpoint } = asked[side];
    if (facts === null) continue;
    const port = connector.entityLinks;
    const { base } = readEntityType(link[side].entity);
    const why =
      port === undefined ? "it has no links between records" : await reasonOf(() => port.missing(base, signal));
    const hint = "Take the table entity_links out, or use a server that has them.";
    if (why !== null) findings.push({ ...unplaced(true, `${endpoint}: ${why}`), ...link.entityLinks.origin, hint });
  }
  return judged("entity links", offline.message, findings);
}

function partCheck(offline: IntegrityCheck | undefined, link: LinkConfig, asked: Asked): IntegrityCheck | null {
  const { attachments, comments } = link;
  if (offline === undefined || (attachments === undefined && comments === undefined)) return null;
  const missing = SIDES.flatMap((side) => {
    const { facts, connector, endpoint } = asked[side];
    if (facts === null) return [];
    return [
      ...(attachments !== undefined && connector.attachments === undefined
        ? [{ ...unplaced(true, `${endpoint} has no attachments.`), ...attachments.origin }]
        : []),
      ...(comments !== undefined && connector.comments === undefined
        ? [{ ...unplaced(true, `${endpoint} has no comments.`), ...comments.origin }]
        : []),
    ];
  });
  return judged(offline.name, offline.message, [...offline.findings, ...missing]);
}

/** The tracker's refusal as text; null where it does as it is asked. */
async function troubleOf(work: () => Promise<unknown>): Promise<string | null> {
  return reasonOf(async () => {
    await work();
    return null;
  });
}

async function reasonOf(work: () => Promise<string | null>): Promise<string | null> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ConnectorError) return error.message;
    throw error;
  }
}

function unplaced(failed: boolean, message: string): IntegrityFinding {
  return { severity: failed ? "error" : "warning", code: null, message, hint: "", file: "", line: 1, column: 1 };
}
