import type { TrackerRecord } from "../../core/record.ts";
import { otherSide, type Side } from "../../core/snapshot.ts";
import { carryBatch, failureText } from "../carry-over.ts";
import { coupleText } from "../pairing/adopt.ts";
import { pairedElsewhere } from "../pairing/elsewhere.ts";
import { sortNew } from "../pairing/newcomers.ts";
import type { Session } from "../session.ts";
import { type Finding, finding, originOf, retryFindings } from "./finding.ts";
import type { Look } from "./look.ts";

/** Why a record has no partner, by the steps that a run takes. */
export async function unpaired(look: Look, side: Side, record: TrackerRecord): Promise<readonly Finding[]> {
  const { session, heard, passed } = look;
  const { link } = session;
  heard();
  passed();
  const { couples, wanted } = await sortNew(session, side, [record]);
  const markers = heard().map(({ message }) => finding("marker", message, { where: originOf(session) }));
  const retries = retryFindings(session, side, record.id);
  const other = link[otherSide(side)];
  const [couple] = couples;
  if (couple !== undefined)
    return [...retries, finding("due", `${coupleText(couple, other.endpoint)}: the next run pairs them`, {})];
  if (markers.length > 0) return [...markers, ...retries];
  if (wanted.length > 0) return creation(session, side, record, retries);
  if (!other.create)
    return [
      finding("creation off", `the link makes no partners in ${other.endpoint}`, {
        where: originOf(session),
        hint: `create = "both" or "${other.endpoint}" in the mapping would`,
      }),
    ];
  return [leftAlone(session, side, record, passed().at(-1)?.why ?? "nothing says why")];
}

/** The engine's own word for why a record gets no partner. */
function leftAlone(session: Session, side: Side, record: TrackerRecord, why: string): Finding {
  const { filter } = session.link[side];
  const elsewhere = pairedElsewhere(session, side, [record.id]).get(record.id);
  if (elsewhere !== undefined)
    return finding("partner", `${elsewhere} has its partner: a record has one in a connection`, {
      hint: "unlink it there to have it here: syncline unlink --help",
    });
  if (filter === null || !why.includes("filter"))
    return finding("past", why, { where: originOf(session), hint: 'past = "include" takes it in' });
  return finding("filter", `${why}: ${filter}`, {
    since: record.modified === null ? null : Date.parse(record.modified),
    where: originOf(session),
    hint: "the filter decides creation only: once paired, a record is kept in step whatever it says",
  });
}

/** The pipeline, dry: what a creation would stumble over. */
async function creation(
  session: Session,
  side: Side,
  record: TrackerRecord,
  retries: readonly Finding[],
): Promise<readonly Finding[]> {
  const target = otherSide(side);
  const [carried] = await carryBatch(session, [{ record, current: null }], target, true);
  const endpoint = session.link[target].endpoint;
  if (carried === undefined) throw new Error("carryBatch lost a record");
  if (!carried.ok) {
    const { file, line } = carried.failure;
    const where = file === null ? session.link.ruleFile : `${file}:${line ?? 1}`;
    return [finding("rule", failureText(carried), { where, hint: "mend the rule and push" }), ...retries];
  }
  const { schemas } = (await session.frame())[target];
  const missing = Object.entries(carried.desires).flatMap(([field, desire]) => {
    const constant = Object.hasOwn(session.link[target].constants, field);
    if (desire.kind !== "fault" || schemas[field]?.required !== true || constant) return [];
    const row = session.link.fields.find((mapping) => mapping[target] === field);
    const where = row === undefined ? originOf(session) : `${row.origin.file}:${row.origin.line}`;
    return [
      finding("required", `${endpoint} demands ${field}, and it cannot be carried: ${desire.message}`, { where }),
    ];
  });
  if (missing.length > 0) return [...missing, ...retries];
  if (retries.length > 0) return retries;
  return [finding("due", `it has no partner yet: the next run makes one in ${endpoint}`, {})];
}
