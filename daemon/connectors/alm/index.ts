import type { Connector, ConnectorHost, ConnectorType } from "../../core/connector.ts";
import { type Alm, CONCURRENCY, READ_BATCH, WRITE_BATCH } from "./alm.ts";
import { runChecks } from "./check.ts";
import { createClient } from "./client.ts";
import { createClock } from "./clock.ts";
import { directory } from "./directory.ts";
import { parseFilter } from "./filter.ts";
import { createMetadata, loadPeople } from "./metadata.ts";
import { changes, find, matching, read } from "./read.ts";
import { type AlmSettings, parseAlmSettings } from "./settings.ts";
import { SECRET_KEYS } from "./sign-in.ts";
import { STOCK_ENTITIES, stockSchema } from "./stock.ts";
import { whereabouts } from "./whereabouts.ts";
import { create, remove, update } from "./write.ts";

/** ALM / Quality Center 11.5x to 26.x by its REST API. */
export const almConnector: ConnectorType<AlmSettings> = {
  type: "alm",
  title: "ALM Quality Center",
  secretKeys: SECRET_KEYS,
  settings: parseAlmSettings,
  stock: (entity) => stockSchema(entity),
  cycles: { "target-rcyc": "target-rel", "detected-in-rcyc": "detected-in-rel" },
  entities: STOCK_ENTITIES,
  checkFilter(filter) {
    const parsed = parseFilter(filter);
    return "problem" in parsed ? parsed.problem : null;
  },
  open: openAlm,
};

function openAlm(settings: AlmSettings, host: ConnectorHost): Connector {
  const client = createClient(settings, host);
  const metadata = createMetadata(client);
  const alm: Alm = {
    settings,
    host,
    client,
    metadata,
    clock: createClock(client, settings, host),
    bulk: { create: true, update: true },
    paging: { useMax: false },
  };

  return {
    capabilities: {
      batch: { read: READ_BATCH, create: WRITE_BATCH, update: WRITE_BATCH, remove: 50 },
      exactVersion: true,
      listsPeople: true,
      concurrency: CONCURRENCY,
    },
    test: (entities, signal) => runChecks(alm, entities, signal),
    describe(entity, signal) {
      // Whoever asks wants to know how it is now: an administrator may have added a list value.
      metadata.forget(entity);
      return metadata.schema(entity, signal);
    },
    people: (signal) => loadPeople(client, signal),
    directory: (target, signal) => directory(alm, target, signal),
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
