import type { Connector } from "../../../daemon/core/connector.ts";
import { ConnectorError, OperatorError } from "../../../daemon/core/errors.ts";
import type { AttachmentPort, CommentPort, EntityLinkPort } from "../../../daemon/core/parts.ts";
import type { LinkStore } from "../../../daemon/core/store.ts";

/** What befalls one run, at its `at`-th call of a tracker or of the store (1-based). */
export interface Trouble {
  readonly kind:
    | "none"
    | "unavailable" // the call is not carried out
    | "auth" // the account is refused
    | "lost" // the call is carried out, its answer lost
    | "crash-before" // the process dies before the call
    | "crash-after" // and after it
    | "disk-full"; // the store refuses one commit
  readonly at: number;
  /** Counted at the trackers or at the store. */
  readonly where: "tracker" | "store";
}

/** The end of the process: nothing after it is carried out. */
export class Crash extends Error {
  override readonly name = "Crash";
}

/** Counts the calls of one run and lets its trouble happen. */
export interface Fate {
  call<T>(where: Trouble["where"], work: () => T): T;
  readonly dead: () => boolean;
}

export function createFate(trouble: Trouble): Fate {
  const state = { left: trouble.at, dead: false };
  const die = (): never => {
    state.dead = true;
    throw new Crash("the process was killed");
  };
  return {
    dead: () => state.dead,
    call(where, work) {
      if (state.dead) throw new Crash("the process is dead");
      const due = where === trouble.where && --state.left === 0;
      if (!due) return work();
      if (trouble.kind === "crash-before") return die();
      if (where === "store" && !trouble.kind.startsWith("crash") && trouble.kind !== "none") throw full();
      if (trouble.kind === "unavailable") throw new ConnectorError("unavailable", "503, nothing stored");
      if (trouble.kind === "auth") throw new ConnectorError("auth", "403, signed in but refused");
      if (trouble.kind === "disk-full") throw full();
      const done = work();
      if (trouble.kind === "none") return done;
      return after(done, () => {
        if (trouble.kind === "crash-after") return die();
        throw new ConnectorError("unavailable", "connection reset", { stored: "maybe" });
      }) as typeof done;
    },
  };
}

function full(): OperatorError {
  return new OperatorError("the disk is full", "free some space");
}

function after(done: unknown, then: () => never): unknown {
  return done instanceof Promise ? done.then(then) : then();
}

export function troubledConnector(real: Connector, fate: Fate): Connector {
  const call = <T>(work: () => T): T => fate.call("tracker", work);
  return {
    capabilities: real.capabilities,
    test: real.test,
    describe: async (...a) => call(() => real.describe(...a)),
    people: async (...a) => call(() => real.people(...a)),
    directory: async (...a) => call(() => real.directory(...a)),
    async *changes(...a) {
      for await (const page of real.changes(...a)) yield await call(async () => page);
    },
    read: async (...a) => call(() => real.read(...a)),
    whereabouts: async (...a) => call(() => real.whereabouts(...a)),
    matching: async (...a) => call(() => real.matching(...a)),
    find: async (...a) => call(() => real.find(...a)),
    create: async (...a) => call(() => real.create(...a)),
    update: async (...a) => call(() => real.update(...a)),
    remove: async (...a) => call(() => real.remove(...a)),
    close: real.close,
    ...troubledParts(real, call),
  };
}

function troubledParts(real: Connector, call: <T>(work: () => T) => T) {
  const { attachments, comments, entityLinks } = real;
  return {
    ...(attachments === undefined ? {} : { attachments: troubledAttachments(attachments, call) }),
    ...(comments === undefined
      ? {}
      : {
          comments: {
            ...comments,
            list: async (...a: Parameters<CommentPort["list"]>) => call(() => comments.list(...a)),
            write: async (...a: Parameters<CommentPort["write"]>) => call(() => comments.write(...a)),
          },
        }),
    ...(entityLinks === undefined
      ? {}
      : {
          entityLinks: {
            ...entityLinks,
            list: async (...a: Parameters<EntityLinkPort["list"]>) => call(() => entityLinks.list(...a)),
            add: async (...a: Parameters<EntityLinkPort["add"]>) => call(() => entityLinks.add(...a)),
            remove: async (...a: Parameters<EntityLinkPort["remove"]>) => call(() => entityLinks.remove(...a)),
          },
        }),
  };
}

/** Bytes may end in the middle of a file. */
function troubledAttachments(real: AttachmentPort, call: <T>(work: () => T) => T): AttachmentPort {
  return {
    maxSize: real.maxSize,
    list: async (...a) => call(() => real.list(...a)),
    async *read(...a) {
      for await (const piece of real.read(...a)) yield await call(async () => piece);
    },
    add: async (...a) => call(() => real.add(...a)),
    change: async (...a) => call(() => real.change(...a)),
    remove: async (...a) => call(() => real.remove(...a)),
  };
}

export function troubledStore(real: LinkStore, fate: Fate): LinkStore {
  return { ...real, commit: (commit) => fate.call("store", () => real.commit(commit)) };
}
