import assert from "node:assert/strict";
import { test } from "node:test";
import type { Connector } from "../../../daemon/core/connector.ts";
import { ConnectorError } from "../../../daemon/core/errors.ts";
import type { DirectoryEntry, MissingValue } from "../../../daemon/core/field.ts";
import { createWorldCache } from "../../../daemon/sync/world.ts";
import { field } from "./bench.ts";
import { memoryTracker } from "./memory-tracker.ts";

const { signal } = new AbortController();
const KIOSK: MissingValue = { kind: "entry", target: "application", name: "Kiosk", parent: null };

/** A tracker with applications and one list; `trouble` is thrown after each creation. */
function tracker(trouble: ConnectorError | null = null) {
  const entries: DirectoryEntry[] = [];
  const options = ["Till"];
  const made: string[] = [];
  const add = (name: string) => {
    made.push(name);
    if (trouble !== null) throw trouble;
  };
  const connector: Connector = {
    ...memoryTracker([field("product", { kind: "option", verified: true })], 1),
    directory: async () => [...entries],
    describe: async () => ({
      ...{ entity: "defect", label: "Defect", open: [] },
      fields: { product: field("product", { kind: "option", options: [...options], verified: true }) },
    }),
    async addEntry(_target, name) {
      const entry = { id: String(entries.length + 1), name, path: `\\${name}`, parent: null };
      entries.push(entry);
      add(name);
      return entry;
    },
    async addOption(_entity, _field, name) {
      options.push(name);
      add(name);
    },
  };
  return { connector, entries, options, made };
}

test("X19 what two links want at the same moment is made once, and known to both", async () => {
  const { connector, made } = tracker();
  const cache = createWorldCache("agm", connector, () => 0);
  await cache.load({ people: false, targets: ["application"] }, 60_000, signal);
  assert.deepEqual(await Promise.all([1, 2, 3].map(() => cache.make("defect", KIOSK, signal))), [true, false, false]);
  assert.deepEqual(made, ["Kiosk"]);
  const world = await cache.load({ people: false, targets: ["application"] }, 60_000, signal);
  assert.deepEqual(
    world.directories.get("application")?.map(({ name }) => name),
    ["Kiosk"],
  );
});

test("X19 what a person, or a run that was killed, has made meanwhile is found and not made again", async () => {
  const { connector, entries, options, made } = tracker();
  const cache = createWorldCache("agm", connector, () => 0);
  await cache.load({ people: false, targets: ["application"] }, 60_000, signal);
  await cache.schema("defect", 60_000, signal);
  entries.push({ id: "9", name: "kiosk ", path: "\\kiosk", parent: null });
  options.push("Kiosk");
  assert.equal(await cache.make("defect", KIOSK, signal), false);
  assert.equal(await cache.make("defect", { kind: "option", field: "product", name: "Kiosk" }, signal), false);
  assert.deepEqual(made, []);
  assert.deepEqual((await cache.schema("defect", 60_000, signal)).fields["product"]?.options, ["Till", "Kiosk"]);
});

test("X19 no answer: what is there afterwards was made; what is refused is not tried behind anybody's back", async () => {
  const lost = tracker(new ConnectorError("unavailable", "agm: cut", { stored: "maybe" }));
  assert.equal(await createWorldCache("agm", lost.connector, () => 0).make("defect", KIOSK, signal), true);
  const refused = tracker(new ConnectorError("invalid", "agm: not allowed"));
  const cache = createWorldCache("agm", refused.connector, () => 0);
  await assert.rejects(cache.make("defect", KIOSK, signal), /not allowed/);
  assert.deepEqual(refused.made, ["Kiosk"]);
  // The next one in the queue is not held up by it.
  assert.equal(await cache.make("defect", KIOSK, signal), false);
});
