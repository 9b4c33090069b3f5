import { subscribe } from "node:diagnostics_channel";
import type { Connector } from "../../daemon/core/connector.ts";
import type { Side } from "../../daemon/core/snapshot.ts";
import type { Commit, LinkStore, Store } from "../../daemon/core/store.ts";

/** The named steps of a run, in the order in which a run first meets them. */
export const STEPS = [
  "before the left listing",
  "left listed",
  "before intents are committed",
  "intents committed",
  "before a write is sent",
  "a file half sent",
  "a write sent, not answered",
  "a write answered, not told",
  "writes done, outcome not committed",
  "outcome committed",
  "between left and right",
  "right listed",
  "before cursors are committed",
  "cursors committed",
  "report kept",
] as const;

export type Step = (typeof STEPS)[number];

/** The `nth` time (from 1) that a run meets a step. */
export interface Point {
  readonly step: Step;
  readonly nth: number;
}

/** Told of every step a run meets, at the very moment; may end the process. */
export type Meet = (step: Step) => void;

/** A store that tells the steps of its commits; the engine does not know. */
export function steppedStore(store: Store, meet: Meet): Store {
  return {
    ...store,
    link: (key) => steppedLink(store.link(key), meet),
    saveReport(report) {
      store.saveReport(report);
      meet("report kept");
    },
  };
}

function steppedLink(link: LinkStore, meet: Meet): LinkStore {
  return {
    ...link,
    commit(commit) {
      const [before, after] = stepsOf(commit);
      meet(before);
      link.commit(commit);
      meet(after);
    },
  };
}

function stepsOf(commit: Commit): readonly [Step, Step] {
  if (commit.cursors !== undefined) return ["before cursors are committed", "cursors committed"];
  if ((commit.intents ?? []).length > 0) return ["before intents are committed", "intents committed"];
  return ["writes done, outcome not committed", "outcome committed"];
}

export function steppedConnector(connector: Connector, side: Side, meet: Meet): Connector {
  return {
    ...connector,
    async *changes(request, signal) {
      meet(side === "left" ? "before the left listing" : "between left and right");
      yield* connector.changes(request, signal);
      meet(side === "left" ? "left listed" : "right listed");
    },
  };
}

const WRITTEN =
  /\/(defects|requirements|defect-links|req-traces|used-lists|backlog_items|features|entity_links|applications)\b/;

interface Seen {
  readonly request: { readonly method: string; readonly path: string };
}

/** Tells the steps of writes from the HTTP client's own channel: a bulk of many requests is told one by one. */
export function tellWrites(meet: Meet): void {
  const tell = (channel: string, step: Step, where = WRITTEN) =>
    subscribe(channel, (message) => {
      const { method, path } = (message as Seen).request;
      if (method !== "GET" && method !== "HEAD" && where.test(path)) meet(step);
    });
  tell("undici:client:sendHeaders", "before a write is sent");
  tell("undici:request:bodyChunkSent", "a file half sent", /\/attachments\b/);
  tell("undici:request:bodySent", "a write sent, not answered");
  tell("undici:request:trailers", "a write answered, not told");
}
