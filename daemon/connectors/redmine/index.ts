import type { Capabilities, Connector, ConnectorHost, ConnectorType } from "../../core/connector.ts";
import { ConnectorError } from "../../core/errors.ts";
import { withEntityLinks } from "../entity-links.ts";
import { objectOf } from "../json-answer.ts";
import { ATTACHMENT_ENTITIES, createAttachments } from "./attachments.ts";
import { checkEndpoint } from "./check.ts";
import { createClient } from "./client.ts";
import { createComments } from "./comments.ts";
import { createEntityLinks, ENTITY_LINK_ENDS, RELATIONS } from "./entity-links.ts";
import { checkFilter } from "./filter.ts";
import { createListing } from "./listing.ts";
import { createLists, namedList } from "./lists.ts";
import { MEANINGS } from "./meaning.ts";
import { createNewValues, MAKES } from "./new-value.ts";
import { createReading } from "./read.ts";
import { ENTITIES, stockSchema } from "./schema.ts";
import { parseRedmineSettings, type RedmineSettings } from "./settings.ts";
import { createTree } from "./tree.ts";
import { createVersions } from "./version.ts";
import { createVocabularies } from "./vocabulary.ts";
import { findVersions, findWhereabouts } from "./whereabouts.ts";
import { createWriting } from "./write.ts";

const CAPABILITIES: Capabilities = {
  batch: { read: 100, create: 25, update: 25, remove: 25 },
  exactVersion: false,
  listsPeople: true,
  // A new issue takes its tracker's first status, whatever was asked for.
  lateFields: ["status"],
  concurrency: 1,
  stamps: ["updated_on"],
  makes: MAKES,
};

/** Redmine over its REST API: see `readme.md`. */
export const redmineConnector: ConnectorType<RedmineSettings> = {
  type: "redmine",
  title: "Redmine",
  secretKeys: ["api-key"],
  settings: parseRedmineSettings,
  stock: stockSchema,
  entities: ENTITIES,
  makes: MAKES,
  meanings: MEANINGS,
  parts: {
    attachments: { entities: ATTACHMENT_ENTITIES, mode: "copy" },
    comments: { entities: ["issue"] },
    entityLinks: { ends: ENTITY_LINK_ENDS, types: RELATIONS },
  },
  address: addressOf,
  checkFilter,
  open: openRedmine,
};

/** The page that people see. */
function addressOf({ url }: RedmineSettings, entity: string, id: string): string | null {
  return entity === "issue" || entity === "version" ? `${url}/${entity}s/${encodeURIComponent(id)}` : null;
}

function openRedmine(settings: RedmineSettings, host: ConnectorHost): Connector {
  const client = createClient(settings, host);
  const lists = createLists(settings, host, client);
  const vocabularies = createVocabularies(host.endpoint, settings, lists, host.now);
  const issues = createReading(settings, host, client, lists, vocabularies);
  const writing = createWriting(host.endpoint, settings, client, lists, vocabularies, issues);
  const versions = createVersions(settings, client);
  const listing = createListing(settings, client, lists, vocabularies, host.now);
  const entityLinks = createEntityLinks(host, client, listing);

  /** True for versions, false for issues. */
  function isVersion(entity: string): boolean {
    if (entity === "version") return true;
    if (entity === "issue") return false;
    throw new ConnectorError(
      "notFound",
      `${host.endpoint}: Redmine has no entity type "${entity}"; it has ${ENTITIES.join(", ")}`,
    );
  }

  function onlyIssues(entity: string): void {
    if (isVersion(entity))
      throw new ConnectorError(
        "invalid",
        `${host.endpoint}: versions can be read here, but neither filtered nor written`,
      );
  }

  return {
    ...createNewValues(host.endpoint, settings, client, lists),
    capabilities: CAPABILITIES,
    address: (entity, id) => addressOf(settings, entity, id),
    attachments: createAttachments(host.endpoint, settings, client, listing),
    comments: createComments(settings, host, client, lists),
    entityLinks,
    tree: createTree(client, issues),
    test: async (entities, signal) =>
      withEntityLinks(
        await checkEndpoint(settings, host, client, lists, entities, signal),
        entityLinks,
        entities,
        signal,
      ),
    async describe(entity, signal) {
      const stock = isVersion(entity) ? stockSchema(entity, settings) : null;
      return stock ?? vocabularies.describe(signal);
    },
    people: async (signal) => (await lists.people.refresh(signal)).list.map(({ id: _, ...person }) => person),
    async directory(target, signal) {
      return isVersion(target) ? versions.directory(signal) : issues.directory(signal);
    },
    async *changes(request, signal) {
      const { entity, fields, since } = request;
      yield* isVersion(entity) ? versions.changes(fields, since, signal) : issues.changes(request, signal);
    },
    async read(entity, ids, fields, signal) {
      return isVersion(entity) ? versions.read(ids, fields, signal) : issues.read(ids, fields, signal);
    },
    async whereabouts(entity, ids, signal) {
      if (!isVersion(entity)) return findWhereabouts(settings, client, lists, ids, signal);
      const listed = await versions.read(ids, [], signal);
      return findVersions(client, ids, new Set(listed.keys()), signal);
    },
    async matching(entity, ids, filter, signal) {
      onlyIssues(entity);
      return issues.matching(ids, filter, signal);
    },
    async find(entity, field, values, fields, signal) {
      return isVersion(entity)
        ? versions.find(field, values, fields, signal)
        : issues.find(field, values, fields, signal);
    },
    async create(entity, drafts, signal) {
      onlyIssues(entity);
      return writing.create(drafts, signal);
    },
    async update(entity, patches, signal) {
      onlyIssues(entity);
      return writing.update(patches, signal);
    },
    async allowed(entity, id, field, signal) {
      if (isVersion(entity) || field !== "status" || !/^\d{1,15}$/.test(id)) return null;
      const { body, fail } = await client.get(`/issues/${id}.json`, [["include", "allowed_statuses"]], signal);
      const list = objectOf(body["issue"], "issue", fail)["allowed_statuses"];
      return list === undefined ? null : namedList(list, "allowed_statuses", fail).map(({ name }) => name);
    },
    async remove(entity, ids, signal) {
      onlyIssues(entity);
      return writing.remove(ids, signal);
    },
    async close() {
      lists.close();
      await host.http.close();
    },
  };
}
