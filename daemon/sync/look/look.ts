import type { Connector } from "../../core/connector.ts";
import type { Event, RunContext } from "../../core/events.ts";
import type { AttachmentPort, CommentPort, EntityLinkPort } from "../../core/parts.ts";
import type { Side } from "../../core/snapshot.ts";
import type { LinkStore } from "../../core/store.ts";
import { openSession } from "../open.ts";
import type { PlannedWrite } from "../planned-writes.ts";
import type { RunInput } from "../run.ts";
import type { Session } from "../session.ts";
import { createWorldCache } from "../world.ts";

/** What a look at a link is given: what a run is given, but for all that is about writing. */
export type LookInput = Pick<
  RunInput,
  "connection" | "link" | "revision" | "rules" | "connectors" | "store" | "siblings" | "now" | "signal"
>;

/** A session that decides as a run does and cannot write: neither to a tracker nor to the store. */
export interface Look {
  readonly session: Session;
  /** What the engine's own steps said of records since it was last asked. */
  heard(): readonly Extract<Event, { event: "record.held" }>[];
  /** What they did about records besides writing them, since it was last asked: a pair that a rule or a filter unlinks. */
  noted(): readonly Extract<Event, { event: "record.noted" }>[];
  /** Why they left records alone, since it was last asked. */
  passed(): readonly Extract<Event, { event: "record.unchanged" }>[];
  /** Attachments, comments and entity links that they would have written, since it was last asked. */
  planned(): readonly PlannedWrite[];
}

/** Reads schemas, people and directories anew. Throws `RunTrouble` or `ConnectorError` where a run could not begin either. */
export async function openLook(input: LookInput): Promise<Look> {
  const { connection, link, revision, connectors, now, signal } = input;
  const context: RunContext = { revision, connection: connection.name, link: link.key, run: "" };
  const said: Extract<Event, { event: "record.held" }>[] = [];
  const noted: Extract<Event, { event: "record.noted" }>[] = [];
  const left: Extract<Event, { event: "record.unchanged" }>[] = [];
  const cacheOf = (side: Side) => createWorldCache(link[side].endpoint, connectors[side], now);
  const session = await openSession(
    {
      ...{ connection, link, revision, rules: input.rules, now, signal, full: false, dryRun: true, reason: "a look" },
      connectors: { left: readOnly(connectors.left), right: readOnly(connectors.right) },
      worlds: { left: cacheOf("left"), right: cacheOf("right") },
      store: withoutCommit(input.store),
      siblings: input.siblings.map((each) => ({ ...each, store: withoutCommit(each.store) })),
      emit(event) {
        if (event.event === "record.held") said.push(event);
        if (event.event === "record.noted") noted.push(event);
        if (event.event === "record.unchanged") left.push(event);
      },
      ...{ requests: () => 0, usual: null, newId: () => "", wait: refuse, fail: refuse },
    },
    context,
  ).ready();
  const planned: PlannedWrite[] = [];
  session.writes.listen((write) => void (write.part === undefined || planned.push(write)));
  return {
    ...{ session, heard: () => said.splice(0), noted: () => noted.splice(0), passed: () => left.splice(0) },
    planned: () => planned.splice(0),
  };
}

function refuse(): never {
  throw new Error("a look at a link writes nothing and waits for nothing");
}

function withoutCommit(store: LinkStore): LinkStore {
  return { ...store, commit: refuse };
}

/** Connectors may be objects with methods of their own kind: each is called on the one it belongs to. */
function readOnly(connector: Connector): Connector {
  return {
    capabilities: connector.capabilities,
    test: (...args) => connector.test(...args),
    describe: (...args) => connector.describe(...args),
    people: (...args) => connector.people(...args),
    directory: (...args) => connector.directory(...args),
    changes: (...args) => connector.changes(...args),
    read: (...args) => connector.read(...args),
    whereabouts: (...args) => connector.whereabouts(...args),
    matching: (...args) => connector.matching(...args),
    find: (...args) => connector.find(...args),
    ...(connector.tree === undefined ? {} : { tree: connector.tree }),
    ...readOnlyParts(connector),
    ...{ create: refuse, update: refuse, remove: refuse, close: refuse },
  };
}

function readOnlyParts({ attachments, comments, entityLinks }: Connector): Partial<Connector> {
  return {
    ...(attachments === undefined ? {} : { attachments: readOnlyAttachments(attachments) }),
    ...(comments === undefined ? {} : { comments: readOnlyComments(comments) }),
    ...(entityLinks === undefined ? {} : { entityLinks: readOnlyLinks(entityLinks) }),
  };
}

function readOnlyAttachments(port: AttachmentPort): AttachmentPort {
  return {
    maxSize: port.maxSize,
    list: (...args) => port.list(...args),
    read: (...args) => port.read(...args),
    ...{ add: refuse, change: refuse, remove: refuse },
  };
}

function readOnlyComments(port: CommentPort): CommentPort {
  const { markup, maxLength, mentions } = port;
  return {
    ...{ markup, maxLength, mentions },
    field: (entity) => port.field(entity),
    list: (...args) => port.list(...args),
    write: refuse,
  };
}

function readOnlyLinks(port: EntityLinkPort): EntityLinkPort {
  return {
    ends: (entity) => port.ends(entity),
    missing: (...args) => port.missing(...args),
    isDirected: (link) => port.isDirected(link),
    list: (...args) => port.list(...args),
    ...{ add: refuse, remove: refuse },
  };
}
