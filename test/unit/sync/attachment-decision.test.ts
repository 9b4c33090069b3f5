import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SIDES, type Side } from "../../../daemon/core/snapshot.ts";
import type { AttachmentAction } from "../../../daemon/sync/decide/attachment-words.ts";
import { type AttachmentModel, attachmentConfig, attachmentModel, type Habits, sha } from "./attachment-model.ts";

const RUNS = Number(process.env["SYNCLINE_PROPERTY_RUNS"] ?? 400);
const habits: fc.Arbitrary<Habits> = fc.record({
  inPlace: fc.boolean(),
  unique: fc.boolean(),
  sizes: fc.boolean(),
  restless: fc.boolean(),
});
const config = fc.record({
  direction: fc.constantFrom("both" as const, "to-left" as const, "to-right" as const),
  mode: fc.constantFrom("url" as const, "copy" as const),
  description: fc.constantFrom("once" as const, "sync" as const),
  deletedAtDestination: fc.constantFrom("recreate-on-change" as const, "leave" as const, "delete-source" as const),
  sameName: fc.constantFrom("report" as const, "suffix" as const),
});
const name = fc.constantFrom("a.txt", "b.txt", "c.url", "a.txt.url");
const bytes = fc.constantFrom("one", "two", "three", "a longer text than most");
const side = fc.constantFrom(...SIDES);
const deed = fc.oneof(
  fc.record({ kind: fc.constant("put" as const), side, name, bytes, which: fc.nat(9) }),
  fc.record({ kind: fc.constant("bytes" as const), side, name, bytes, which: fc.nat(9) }),
  fc.record({ kind: fc.constant("name" as const), side, name, bytes, which: fc.nat(9) }),
  fc.record({ kind: fc.constant("description" as const), side, name, bytes, which: fc.nat(9) }),
  fc.record({ kind: fc.constant("drop" as const), side, name, bytes, which: fc.nat(9) }),
);
type Deed = typeof deed extends fc.Arbitrary<infer T> ? T : never;

/** What a person did: the side and bytes that they put there, where they did. */
function perform(model: AttachmentModel, { kind, side: where, name: text, bytes: content, which }: Deed): void {
  const ids = [...model.files[where].keys()];
  const id = ids[which % Math.max(1, ids.length)] ?? "";
  if (kind === "put") model.put(where, text, content);
  else if (kind === "drop") model.drop(where, id);
  else if (kind === "bytes") model.edit(where, id, { bytes: content });
  else if (kind === "name") model.edit(where, id, { name: text });
  else model.edit(where, id, { description: content });
}

const written = (actions: readonly AttachmentAction[]) =>
  actions.filter(({ kind }) => kind === "add" || kind === "change" || kind === "remove");
const bytesOn = (model: AttachmentModel, where: Side) => [...model.files[where].values()].map((f) => f.bytes);

const story = fc.record({
  left: habits,
  right: habits,
  config,
  largest: fc.constantFrom(null, 10),
  days: fc.array(fc.array(deed, { maxLength: 5 }), { minLength: 1, maxLength: 5 }),
});

test("S16 T8 done as it says, a second decision finds nothing: no echo, nothing twice, whatever people do on both sides", () => {
  fc.assert(
    fc.property(story, ({ left, right, config: rest, largest, days }) => {
      const model = attachmentModel(attachmentConfig(rest), { left, right }, { left: largest, right: largest });
      for (const day of days) {
        for (const one of day) perform(model, one);
        model.sync();
        assert.deepEqual(written(model.sync()), []);
        // Two that turned out to be the same may still have been paired.
        assert.deepEqual(
          model.sync().filter(({ kind }) => kind !== "clash"),
          [],
        );
        for (const one of SIDES) {
          const ids = model.memory.flatMap((entry) => entry[one]?.id ?? []);
          assert.equal(new Set(ids).size, ids.length, "an attachment stands for two");
        }
      }
    }),
    { numRuns: RUNS },
  );
});

test("T11 T20 a backfill after the mode changed carries bytes for addresses, once, and touches nothing that somebody put or edited", () => {
  fc.assert(
    fc.property(story, ({ left, right, config: rest, largest, days }) => {
      const model = attachmentModel(attachmentConfig(rest), { left, right }, { left: largest, right: largest });
      for (const day of days) {
        for (const one of day) perform(model, one);
        model.sync();
        model.sync();
        const before = { left: bytesOn(model, "left"), right: bytesOn(model, "right") };
        model.config = { ...model.config, mode: model.config.mode === "url" ? "copy" : "url" };
        model.backfill = true;
        const actions = written(model.sync());
        assert.ok(
          actions.every(({ kind }) => kind === "change" || (kind === "add" && rest.sameName === "suffix")),
          JSON.stringify(actions),
        );
        assert.deepEqual(written(model.sync()), []);
        for (const one of SIDES) {
          const changed = actions.filter((action) => "side" in action && action.side === one).length;
          const stayed = bytesOn(model, one).filter((text) => before[one].includes(text)).length;
          assert.ok(stayed + changed >= before[one].length, "a file was touched that did not cross");
        }
        model.backfill = false;
      }
    }),
    { numRuns: RUNS },
  );
});

test("T7 T8 nothing that somebody put or edited is overwritten or removed, but an original by delete-source", () => {
  fc.assert(
    fc.property(story, ({ left, right, config: rest, largest, days }) => {
      const model = attachmentModel(attachmentConfig(rest), { left, right }, { left: largest, right: largest });
      for (const day of days) {
        const before = { left: new Map(model.files.left), right: new Map(model.files.right) };
        for (const one of day) perform(model, one);
        // Bytes that both sides agreed on before are nobody's edit.
        const agreed = new Set(model.memory.flatMap((entry) => [entry.left?.hash, entry.right?.hash]));
        const own = SIDES.flatMap((where) =>
          [...model.files[where].values()]
            .filter((file) => before[where].get(file.id)?.bytes !== file.bytes && !agreed.has(sha(file.bytes)))
            .map((file) => ({ where, file })),
        );
        const originals = new Set(
          model.sync().flatMap((action) => (action.kind === "remove" && action.original ? [action.attachment.id] : [])),
        );
        for (const { where, file } of own)
          if (!originals.has(file.id))
            assert.ok(bytesOn(model, where).includes(file.bytes), `${where} lost ${file.bytes}`);
      }
    }),
    { numRuns: RUNS },
  );
});

test("S18 one way is one way: the other side is not written, but for an original by delete-source", () => {
  fc.assert(
    fc.property(story, ({ left, right, config: rest, largest, days }) => {
      fc.pre(rest.direction !== "both");
      const model = attachmentModel(attachmentConfig(rest), { left, right }, { left: largest, right: largest });
      const source = rest.direction === "to-right" ? "left" : "right";
      for (const day of days) {
        for (const one of day) perform(model, one);
        for (const action of written(model.sync())) {
          if (action.kind === "remove" && action.original) continue;
          assert.notEqual("side" in action ? action.side : "", source);
        }
      }
    }),
    { numRuns: RUNS },
  );
});

test("S21 without its memory the same attachments are paired again, not doubled", () => {
  fc.assert(
    fc.property(story, fc.boolean(), ({ left, right, config: rest, days }, url) => {
      const model = attachmentModel(attachmentConfig({ mode: url ? "url" : "copy", direction: rest.direction }), {
        left,
        right,
      });
      for (const one of days.flat())
        if (one.kind === "put")
          model.put(one.side, `${model.files[one.side].size}${one.name}`, `${one.bytes}${one.which}`);
      model.sync();
      fc.pre(model.sync().length === 0);
      const before = { left: model.files.left.size, right: model.files.right.size };
      model.memory = [];
      assert.deepEqual(written(model.sync()), []);
      assert.deepEqual({ left: model.files.left.size, right: model.files.right.size }, before);
    }),
    { numRuns: RUNS },
  );
});
