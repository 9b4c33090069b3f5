import assert from "node:assert/strict";
import { test } from "node:test";
import { ConnectorError } from "../../../daemon/core/errors.ts";
import { NEVER } from "../../../daemon/sync/failure.ts";
import { type Bench, bench, field, link, row } from "./bench.ts";

const fields = [field("name")];

/** One record whose update the right tracker never takes. */
async function refused(kind: "invalid" | "unavailable"): Promise<Bench & { attempts: number }> {
  const b = bench(fields, fields, link([row("name", "name")]));
  b.left.add({ name: "a" });
  await b.run();
  b.pass(10);
  const counted = Object.assign(b, { attempts: 0 });
  b.right.update = async (_entity, patches) => {
    counted.attempts++;
    return patches.map(() => ({ ok: false, error: new ConnectorError(kind, "no") }));
  };
  b.left.edit("1", { name: "b" });
  return counted;
}

const store = (b: Bench) => b.store.link("t/defects");

test("a record that failed ten times waits for the next publish, which tries it at once", async () => {
  const b = await refused("invalid");
  for (let i = 0; i < 14; i++) {
    await b.run({ full: i % 3 === 0 });
    b.pass(400);
  }
  assert.equal(b.attempts, 10);
  assert.equal(store(b).retry("left", "1")?.due, NEVER);
  assert.ok(Number.isFinite(new Date(NEVER).getTime()));
  await b.run({ revision: "rev2" });
  assert.equal(b.attempts, 11);
  b.left.edit("1", { name: "c" });
  b.pass(1);
  await b.run({ revision: "rev2" });
  assert.equal(b.attempts, 12, "a record that somebody touched need not wait");
});

test("a tracker that is down for days makes no record poison", async () => {
  const b = await refused("unavailable");
  for (let i = 0; i < 14; i++) {
    await b.run();
    b.pass(400);
  }
  assert.ok(b.attempts > 10, `${b.attempts} attempts`);
});
