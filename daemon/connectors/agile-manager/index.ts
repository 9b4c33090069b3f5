import type { Capabilities, Connector, ConnectorHost, ConnectorType } from "../../core/connector.ts";
import { checkEndpoint } from "./check.ts";
import { createClient } from "./client.ts";
import { checkFilter } from "./filter.ts";
import { createKnowledge } from "./knowledge.ts";
import { createReading } from "./read.ts";
import { RESOURCES, stockSchema } from "./schema.ts";
import { type AgileManagerSettings, parseAgileManagerSettings } from "./settings.ts";
import { findWhereabouts } from "./whereabouts.ts";
import { CONCURRENCY, createWriting } from "./write.ts";

const CAPABILITIES: Capabilities = {
  batch: { read: 100, create: 100, update: 100, remove: 20 },
  exactVersion: false,
  listsPeople: false,
  concurrency: CONCURRENCY,
};

/** HP / HPE Agile Manager over its REST API: see `readme.md`. */
export const agileManagerConnector: ConnectorType<AgileManagerSettings> = {
  type: "agile-manager",
  title: "Agile Manager",
  secretKeys: ["client-id", "client-secret"],
  settings: parseAgileManagerSettings,
  stock: stockSchema,
  cycles: { sprint_id: "release_id", detected_in_sprint: "detected_in_rel" },
  entities: Object.keys(RESOURCES),
  checkFilter,
  open: openAgileManager,
};

function openAgileManager(settings: AgileManagerSettings, host: ConnectorHost): Connector {
  const client = createClient(settings, host);
  const knowledge = createKnowledge(host.endpoint, settings, client);
  const reading = createReading(settings, host, client, knowledge);
  const writing = createWriting(host.endpoint, client, knowledge, reading);
  return {
    capabilities: CAPABILITIES,
    test: (entities, signal) => checkEndpoint(settings, host, client, knowledge, entities, signal),
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
    ...writing,
    async close() {
      client.close();
      await host.http.close();
    },
  };
}
