import type { Capabilities, Connector, ConnectorHost, ConnectorType } from "../../core/connector.ts";
import { withEntityLinks } from "../entity-links.ts";
import { ATTACHMENT_ENTITIES, createAttachments } from "./attachments.ts";
import { checkEndpoint } from "./check.ts";
import { createClient } from "./client.ts";
import { COMMENT_FIELDS, createComments } from "./comments.ts";
import { createEntityLinks, ENTITY_LINK_ENDS } from "./entity-links.ts";
import { checkFilter } from "./filter.ts";
import { createKnowledge } from "./knowledge.ts";
import { MEANINGS } from "./meaning.ts";
import { createEntry, MAKES } from "./new-entry.ts";
import { PARENT } from "./parent.ts";
import { createReading } from "./read.ts";
import { BONDS, RESOURCES, stockSchema } from "./schema.ts";
import { type AgileManagerSettings, parseAgileManagerSettings } from "./settings.ts";
import { createTree } from "./tree.ts";
import { findWhereabouts } from "./whereabouts.ts";
import { CONCURRENCY, createWriting } from "./write.ts";

const CAPABILITIES: Capabilities = {
  batch: { read: 100, create: 100, update: 100, remove: 20 },
  exactVersion: false,
  listsPeople: false,
  concurrency: CONCURRENCY,
  bonds: BONDS,
  stamps: ["last_modified"],
  makes: MAKES,
};

/** HP / HPE Agile Manager over its REST API: see `readme.md`. */
export const agileManagerConnector: ConnectorType<AgileManagerSettings> = {
  type: "agile-manager",
  title: "Agile Manager",
  secretKeys: ["client-id", "client-secret"],
  settings: parseAgileManagerSettings,
  stock: stockSchema,
  bonds: BONDS,
  makes: MAKES,
  entities: Object.keys(RESOURCES),
  endings: { release: { field: "end_date" }, sprint: { of: "release_id" } },
  parents: { defect: PARENT, user_story: PARENT, feature: PARENT },
  meanings: MEANINGS,
  declares: ({ kind, target, multiple }) =>
    `${kind === "reference" ? (target ?? "string") : kind}${multiple ? "[]" : ""}`,
  parts: {
    attachments: { entities: ATTACHMENT_ENTITIES, mode: "url" },
    comments: { entities: Object.keys(COMMENT_FIELDS), field: COMMENT_FIELDS },
    entityLinks: { ends: ENTITY_LINK_ENDS, types: [] },
  },
  address: addressOf,
  checkFilter,
  open: openAgileManager,
};

/** In the REST API: what the addresses of its pages look like is documented nowhere. */
function addressOf({ url, workspace }: AgileManagerSettings, entity: string, id: string): string | null {
  const resource = Object.hasOwn(RESOURCES, entity) ? RESOURCES[entity] : undefined;
  return resource === undefined
    ? null
    : `${url}/agm/api/workspaces/${workspace}/${resource.path}/${encodeURIComponent(id)}`;
}

function openAgileManager(settings: AgileManagerSettings, host: ConnectorHost): Connector {
  const client = createClient(settings, host);
  const knowledge = createKnowledge(host.endpoint, settings, client);
  const reading = createReading(settings, host, client, knowledge);
  const writing = createWriting(host.endpoint, client, knowledge, reading);
  const entityLinks = createEntityLinks(host, client);
  return {
    capabilities: CAPABILITIES,
    address: (entity, id) => addressOf(settings, entity, id),
    attachments: createAttachments(host.endpoint, client, knowledge),
    comments: createComments(host.endpoint, client, knowledge, reading),
    entityLinks,
    tree: createTree(reading, (entity) => knowledge.certain(entity)(PARENT)),
    test: async (entities, signal) =>
      withEntityLinks(
        await checkEndpoint(settings, host, client, knowledge, entities, signal),
        entityLinks,
        entities,
        signal,
      ),
    describe: knowledge.describe,
    // There is no resource of users: people are known by the logins that records hold.
    people: async () => null,
    changes: reading.changes,
    read: reading.read,
    whereabouts: (entity, ids, signal) =>
      findWhereabouts(settings, host.endpoint, client, knowledge, entity, ids, signal),
    matching: reading.matching,
    find: reading.find,
    directory: reading.directory,
    addEntry: (target, name, parent, signal) => createEntry(host.endpoint, writing, target, name, parent, signal),
    ...writing,
    async close() {
      client.close();
      await host.http.close();
    },
  };
}
