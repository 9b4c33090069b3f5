import type {
  PairImportOrder,
  PairsImported,
  RebuildAnswer,
  RebuildOrder,
  ResolveAnswer,
  ResolveOrder,
  ResumeAnswer,
  ResumeOrder,
  UndoAnswer,
  UndoOrder,
  UnlinkAnswer,
  UnlinkOrder,
} from "../core/deeds.ts";
import { OperatorError } from "../core/errors.ts";
import type { LinkConfig, Side, Snapshot } from "../core/snapshot.ts";
import type { RunReport, Store } from "../core/store.ts";
import type { Engine } from "../main.ts";
import { linksWithin, locate } from "../sync/hand/locate.ts";
import { noImporting, pairImportWork } from "../sync/hand/pair-import.ts";
import { noRebuilding, rebuildWork } from "../sync/hand/rebuild.ts";
import { type Resolution, resolveWork } from "../sync/hand/resolve.ts";
import { resume } from "../sync/hand/resume.ts";
import { noFindings, type UndoScope, undoWork } from "../sync/hand/undo.ts";
import { noUnlinking, unlinkWork } from "../sync/hand/unlink.ts";
import type { Work } from "../sync/run.ts";
import type { Answer } from "./ground.ts";

/** What a person may have done to a link, each in the link's own order of runs. */
export interface Actions {
  resolve(order: ResolveOrder): Promise<Answer<ResolveAnswer>>;
  resume(order: ResumeOrder): Promise<ResumeAnswer>;
  undo(order: UndoOrder): Promise<Answer<readonly UndoAnswer[]>>;
  rebuild(order: RebuildOrder): Promise<Answer<RebuildAnswer>>;
  unlink(order: UnlinkOrder): Promise<Answer<UnlinkAnswer>>;
  pairImport(order: PairImportOrder): Promise<Answer<PairsImported>>;
}

type Parts = Pick<Engine, "runner" | "publisher" | "store">;

/** `ready` resolves once a revision is active, or will not become so by waiting. */
export function createActions(engine: Parts, ready: () => Promise<void>): Actions {
  const once =
    <O, A>(act: (engine: Parts, order: O) => Promise<A>) =>
    async (order: O): Promise<A> => {
      await ready();
      return act(engine, order);
    };
  return {
    resolve: once(resolve),
    resume: async (order) => resumeLink(engine.store, order),
    undo: once(undo),
    rebuild: once(rebuild),
    unlink: once(unlink),
    pairImport: once(pairImport),
  };
}

async function resolve(engine: Parts, order: ResolveOrder): Promise<Answer<ResolveAnswer>> {
  const { link, side } = withSnapshot(engine, (snapshot) => locate(snapshot, engine.store, order));
  const ends = [link.left.endpoint, link.right.endpoint];
  if ("endpoint" in order.take && !ends.includes(order.take.endpoint))
    throw new OperatorError(
      `${link.key} has no endpoint "${order.take.endpoint}".`,
      `Take ${ends.join(" or ")}, or a value of your own with --value.`,
    );
  const into: Resolution = { resolved: [], refused: [], waiting: 0 };
  const { dryRun } = order;
  const report = await run(
    engine,
    link.key,
    dryRun,
    `resolve ${order.endpoint}:${order.record}`,
    resolveWork(order, side, into),
  );
  return answer(report, { link: link.key, run: report.run, dryRun, ...into });
}

/** Needs no tracker: it works where one is down. A run under way ends with its own word on the stop. */
export function resumeLink(store: Store, { link, allow }: ResumeOrder): ResumeAnswer {
  const memory = store.link(link);
  const resumed = allow.length === 0 ? null : resume(memory, allow);
  const stop = resumed ?? memory.stop();
  return { link, stop, goes: stop === null || stop.allowed !== null };
}

async function undo(engine: Parts, order: UndoOrder): Promise<Answer<readonly UndoAnswer[]>> {
  const answers: UndoAnswer[] = [];
  for (const { link, scope } of withSnapshot(engine, (snapshot) => scopesOf(snapshot, engine.store, order))) {
    const found = noFindings();
    const report = await run(engine, link.key, !order.apply, `undo ${nameOf(order)}`, undoWork(scope, found));
    const { steps, left, total } = found;
    answers.push({ link: link.key, run: report.run, applied: order.apply, steps, left, total });
    if (isTrouble(report)) return noAnswer(report);
  }
  return { ok: true, value: answers };
}

function nameOf({ run: id, revision, record }: UndoOrder): string {
  const parts = [
    ...(id === null ? [] : [`run ${id}`]),
    ...(revision === null ? [] : [`revision ${revision}`]),
    ...(record === null ? [] : [`record ${record.endpoint}:${record.record}`]),
  ];
  return parts.join(", ");
}

/** The links whose journal has something of what is to be taken back. */
function scopesOf(snapshot: Snapshot, store: Store, order: UndoOrder) {
  const { run: id, revision, deleteCreated } = order;
  const scope = (record: UndoScope["record"]): UndoScope => ({ run: id, revision, record, deleteCreated });
  if (order.record !== null) {
    const { link, side } = locate(snapshot, store, order.record);
    return [{ link, scope: scope({ side, id: order.record.record }) }];
  }
  const query = { ...(id === null ? {} : { run: id }), ...(revision === null ? {} : { revision }), limit: 1 };
  return linksWithin(snapshot, order.within)
    .filter((link) => store.link(link.key).journal(query).length > 0)
    .map((link) => ({ link, scope: scope(null) }));
}

async function rebuild(engine: Parts, order: RebuildOrder): Promise<Answer<RebuildAnswer>> {
  const into = noRebuilding();
  const { link, dryRun } = order;
  const report = await run(engine, link, dryRun, "rebuild", rebuildWork(order, into));
  return answer(report, { link, run: report.run, dryRun, ...into });
}

async function pairImport(engine: Parts, order: PairImportOrder): Promise<Answer<PairsImported>> {
  const into = noImporting();
  const { link, dryRun } = order;
  const report = await run(
    engine,
    link,
    dryRun,
    `pair import, ${order.rows.length} lines`,
    pairImportWork(order, into),
  );
  return answer(report, { link, run: report.run, dryRun, ...into });
}

async function unlink(engine: Parts, order: UnlinkOrder): Promise<Answer<UnlinkAnswer>> {
  const { link, side } = withSnapshot(engine, (snapshot) => locate(snapshot, engine.store, order));
  const into = noUnlinking();
  const report = await run(
    engine,
    link.key,
    !order.apply,
    `${order.how} ${order.endpoint}:${order.record}`,
    unlinkWork(order, side, into),
  );
  if (into.why !== null) throw new OperatorError(`${order.endpoint}:${order.record}: ${into.why}.`, "");
  const { left, right, cleared, failed } = into;
  const names = { left: name(link, "left", left), right: name(link, "right", right) };
  return answer(report, {
    link: link.key,
    run: report.run,
    applied: order.apply,
    ...names,
    how: order.how,
    cleared,
    failed,
  });
}

function name(link: LinkConfig, side: Side, record: string): string {
  return `${link[side].endpoint}:${record}`;
}

function run(engine: Parts, link: string, dryRun: boolean, reason: string, work: Work): Promise<RunReport> {
  return engine.runner.run({ link, full: false, dryRun, reason, due: null }, work);
}

function answer<T>(report: RunReport, value: T): Answer<T> {
  return isTrouble(report) ? noAnswer(report) : { ok: true, value };
}

function noAnswer(report: RunReport): Extract<Answer<unknown>, { ok: false }> {
  return { ok: false, trouble: troubleOf(report), ...(report.host === true ? { host: true } : {}) };
}

function isTrouble({ status }: RunReport): boolean {
  return status === "error" || status === "cancelled";
}

function troubleOf(report: RunReport): string {
  return report.messages.findLast((message) => message.level === "error")?.message ?? report.status;
}

function withSnapshot<T>(engine: Parts, look: (snapshot: Snapshot) => T): T {
  const lease = engine.publisher.source.lease();
  if (lease === null)
    throw new OperatorError(
      "No configuration is active yet.",
      "Push one that passes `syncline check`, then try again.",
    );
  try {
    return look(lease.snapshot);
  } finally {
    lease.release();
  }
}
