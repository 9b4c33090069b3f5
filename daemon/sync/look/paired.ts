import type { TrackerRecord } from "../../core/record.ts";
import { otherSide, SIDES, type Side } from "../../core/snapshot.ts";
import type { Pair } from "../../core/store.ts";
import { readAll } from "../read-all.ts";
import type { Session } from "../session.ts";
import { compareAll } from "./drift.ts";
import { type Finding, type FindingKind, finding, originOf, retryFindings } from "./finding.ts";

/** What keeps a record that has a partner, or kept it. */
export async function paired(
  session: Session,
  side: Side,
  record: TrackerRecord,
  pair: Pair,
): Promise<readonly Finding[]> {
  const other = otherSide(side);
  const retries = [...retryFindings(session, side, pair[side]), ...retryFindings(session, other, pair[other])];
  if (pair.gone !== undefined) return [abandoned(session, pair, pair.gone)];
  const partner = (await readAll(session, other, [pair[other]])).get(pair[other]);
  if (partner === undefined) return [await partnerAway(session, other, pair), ...retries];
  const aside = setAside(session, other, pair);
  if (aside !== null) return [aside];
  const left = side === "left" ? record : partner;
  const right = side === "left" ? partner : record;
  const compared = await compareAll(session, [{ pair, left, right }]);
  const all = inOrder(
    session,
    compared.flatMap((one) => one.found),
    retries,
  );
  return all.length > 0 ? all : [inStep(session, pair)];
}

function abandoned(session: Session, pair: Pair, gone: Side): Finding {
  const message = `${session.link[gone].endpoint}:${pair[gone]} was deleted, and the link leaves its partner alone (deleted = "nothing"): the pair is kept in step no more`;
  return finding("partner", message, { revision: pair.revision, where: originOf(session) });
}

async function partnerAway(session: Session, other: Side, pair: Pair): Promise<Finding> {
  const { link, connectors, signal } = session;
  const where = await connectors[other].whereabouts(link[other].entity, [pair[other]], signal);
  const how = {
    gone: "is deleted",
    hidden: "is not visible to the account",
    outside: "was moved out of what the link selects",
    present: "could not be read",
  };
  const message = `its partner ${link[other].endpoint}:${pair[other]} ${how[where.get(pair[other]) ?? "hidden"]}`;
  return finding("partner", message, {
    hint: `a full run does what the link says (deleted = "${link[other].deleted}")`,
  });
}

/** Why a pair of two records that are there is left alone; null where it is kept in step. */
function setAside(session: Session, other: Side, pair: Pair): Finding | null {
  const name = `${session.link[other].endpoint}:${pair[other]}`;
  if (pair.unlinked === true)
    return finding(
      "unlinked",
      `it was unlinked from ${name}, by hand or by a rule: both records are left alone, and neither gets another partner`,
      { revision: pair.revision, hint: "syncline unlink --help says how to link them again" },
    );
  if (pair.frozen === true)
    return finding(
      "frozen",
      `it is frozen with ${name}: a filter did not select one of the two, and nothing is written until it does (out_of_scope = "freeze")`,
      { revision: pair.revision, where: originOf(session) },
    );
  return null;
}

/** What waits to be tried again says itself why a field cannot be carried, or waits. */
function inOrder(session: Session, found: readonly Found[], retries: readonly Finding[]): readonly Finding[] {
  const of = (kind: FindingKind, ...whys: readonly Found["why"][]) =>
    found.filter((one) => whys.includes(one.why)).map((one) => differs(session, one, kind));
  return [
    ...of("conflict", "conflict"),
    ...retries,
    ...(retries.length > 0 ? [] : [...of("rule", "error"), ...of("waits", "waits")]),
    ...of("due", "edited"),
    ...of("differs", "newer mapping", "one-way"),
  ];
}

type Found = Awaited<ReturnType<typeof compareAll>>[number]["found"][number];

function differs(session: Session, { cell, detail, since = null, run }: Found, kind: FindingKind): Finding {
  const { link } = session;
  const row = link.fields.find((mapping) => mapping.left === cell?.left && mapping.right === cell?.right);
  const where =
    row === undefined ? (cell === undefined ? null : (link.ruleFile ?? null)) : `${row.origin.file}:${row.origin.line}`;
  const fields = cell === undefined ? "" : `${[cell.left, cell.right].filter((name) => name !== null).join(" / ")}: `;
  const hint = kind === "conflict" ? "syncline conflicts shows both values, syncline resolve decides" : "";
  const when = run === null || run === undefined || run === "" ? "" : ` (run ${run.slice(0, 8)})`;
  return finding(kind, `${fields}${detail}${when}`, { since, where, hint });
}

/** When and by which revision the pair was last written: that is what "in step" rests on. */
function inStep(session: Session, pair: Pair): Finding {
  const last = SIDES.flatMap((side) => session.store.journal({ side, record: pair[side], limit: 1 })).toSorted(
    (a, b) => b.at - a.at,
  )[0];
  const message =
    last === undefined
      ? "both sides agree; nothing of it was ever written"
      : `both sides agree; last written in ${session.link[last.side].endpoint} by run ${last.run.slice(0, 8)}`;
  return finding("in step", message, { since: last?.at ?? null, revision: last?.revision ?? pair.revision });
}
