import type { Bonds, Connector, ConnectorHost, ConnectorType } from "../../core/connector.ts";
import { withEntityLinks } from "../entity-links.ts";
import { type Alm, CONCURRENCY, READ_BATCH, WRITE_BATCH } from "./alm.ts";
import { ATTACHMENT_ENTITIES, createAttachments } from "./attachments.ts";
import { runChecks } from "./check.ts";
import { createClient, projectPath } from "./client.ts";
import { createClock } from "./clock.ts";
import { COMMENT_FIELDS, createComments } from "./comments.ts";
import { directory } from "./directory.ts";
import { createEntityLinks, ENTITY_LINK_ENDS } from "./entity-links.ts";
import { parseFilter } from "./filter.ts";
import { addListValue, MAKES } from "./list-value.ts";
import { MEANINGS } from "./meaning.ts";
import { createMetadata, loadPeople } from "./metadata.ts";
import { changes, find, matching, read } from "./read.ts";
import { collectionOf, MOVING } from "./schema.ts";
import { type AlmSettings, parseAlmSettings } from "./settings.ts";
import { SECRET_KEYS } from "./sign-in.ts";
import { STOCK_ENTITIES, stockSchema } from "./stock.ts";
import { createTree } from "./tree.ts";
import { whereabouts } from "./whereabouts.ts";
import { create, remove, update } from "./write.ts";
import { withZone } from "./zone.ts";

const BONDS: Bonds = { owners: { "target-rcyc": "target-rel", "detected-in-rcyc": "detected-in-rel" } };

/** ALM / Quality Center 11.5x to 26.x by its REST API. */
export const almConnector: ConnectorType<AlmSettings> = {
  type: "alm",
  title: "ALM Quality Center",
  secretKeys: SECRET_KEYS,
  settings: parseAlmSettings,
  stock: (entity) => stockSchema(entity),
  bonds: BONDS,
  makes: MAKES,
  parts: {
    attachments: { entities: ATTACHMENT_ENTITIES, mode: "url" },
    comments: { entities: Object.keys(COMMENT_FIELDS), field: COMMENT_FIELDS },
    entityLinks: { ends: ENTITY_LINK_ENDS, types: null },
  },
  entities: STOCK_ENTITIES,
  endings: { release: { field: "end-date" }, "release-cycle": { of: "parent-id" } },
  parents: { requirement: "parent-id" },
  meanings: MEANINGS,
  address: addressOf,
  checkFilter(filter) {
    const parsed = parseFilter(filter);
    return "problem" in parsed ? parsed.problem : null;
  },
  open: openAlm,
};

/** In the REST API: the desktop client's own addresses name no record by its id alone, and there is a web page in some versions only. */
function addressOf(settings: AlmSettings, entity: string, id: string): string | null {
  return `${settings.url}${projectPath(settings)}/${collectionOf(entity)}/${encodeURIComponent(id)}`;
}

function openAlm(settings: AlmSettings, host: ConnectorHost): Connector {
  const client = createClient(settings, host);
  const metadata = createMetadata(client, host.endpoint);
  const alm: Alm = {
    settings,
    host,
    client,
    metadata,
    clock: createClock(client, settings, host),
    bulk: { create: true, update: true },
    paging: { useMax: false },
  };

  const entityLinks = createEntityLinks(alm);

  return {
    attachments: createAttachments(alm),
    comments: createComments(alm),
    entityLinks,
    tree: createTree(alm),
    address: (entity, id) => addressOf(settings, entity, id),
    capabilities: {
      batch: { read: READ_BATCH, create: WRITE_BATCH, update: WRITE_BATCH, remove: 50 },
      exactVersion: true,
      listsPeople: true,
      concurrency: CONCURRENCY,
      bonds: BONDS,
      stamps: MOVING,
      makes: MAKES,
    },
    test: async (entities, signal) =>
      withEntityLinks(await runChecks(alm, entities, signal), entityLinks, entities, signal),
    async describe(entity, signal) {
      // Whoever asks wants to know how it is now: an administrator may have added a list value.
      metadata.forget(entity);
      return withZone(await metadata.schema(entity, signal), settings.zone);
    },
    people: (signal) => loadPeople(client, signal),
    directory: (target, signal) => directory(alm, target, signal),
    addOption: (entity, field, value, signal) => addListValue(alm, entity, field, value, signal),
    changes: (request, signal) => changes(alm, request, signal),
    read: (entity, ids, fields, signal) => read(alm, entity, ids, fields, signal),
    whereabouts: (entity, ids, signal) => whereabouts(alm, entity, ids, signal),
    matching: (entity, ids, filter, signal) => matching(alm, entity, ids, filter, signal),
    find: (entity, field, values, fields, signal) => find(alm, entity, field, values, fields, signal),
    create: (entity, drafts, signal) => create(alm, entity, drafts, signal),
    update: (entity, patches, signal) => update(alm, entity, patches, signal),
    remove: (entity, ids, signal) => remove(alm, entity, ids, signal),
    close: () => client.close(),
  };
}
