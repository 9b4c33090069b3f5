import assert from "node:assert/strict";
import { test } from "node:test";
import type { FieldSchema } from "../../../daemon/core/field.ts";
import type { TrackerRecord } from "../../../daemon/core/record.ts";
import type { Base } from "../../../daemon/core/store.ts";
import { cellsOf } from "../../../daemon/sync/decide/cells.ts";
import type { Frame, SideFrame } from "../../../daemon/sync/decide/frame.ts";
import { withCleared } from "../../../daemon/sync/decide/unmet.ts";
import type { Session } from "../../../daemon/sync/session.ts";
import { withoutLateEffects } from "../../../daemon/sync/writing/cleared.ts";
import { field, link, row, side } from "./bench.ts";

const ROWS = link([row("rel", "release"), row("crew", "team"), row("told", "sprint", { direction: "to-left" })]);
const BONDS = { owners: { sprint: "release" }, teams: { team: "release" } };

function sideFrame(name: "left" | "right", fields: readonly string[]): SideFrame {
  const schemas: Record<string, FieldSchema> = Object.fromEntries(fields.map((one) => [one, field(one)]));
  const world = { endpoint: name, people: null, directories: new Map() };
  return { side: name, endpoint: name, config: side(name), schemas, watched: fields, world };
}

const FRAME: Frame = {
  link: ROWS,
  left: sideFrame("left", ["rel", "crew", "told"]),
  right: sideFrame("right", ["release", "team", "sprint"]),
};
const SESSION = {
  connectors: { left: { capabilities: {} }, right: { capabilities: { bonds: BONDS } } },
} as unknown as Session;

const BASE: Base = {
  left: { rel: "R1", crew: "Scouts", told: "S1" },
  right: { release: "1", team: "7", sprint: "3" },
  toRight: { team: "8" },
  toLeft: {},
};

function record(fields: TrackerRecord["fields"]): TrackerRecord {
  return { id: "1", version: "2", modified: null, fields };
}

test("T29 an update whose answer was lost: what it emptied is no edit, and the other side's value is looked at anew", () => {
  const now = record({ release: "2", team: null, sprint: null });
  const base = withoutLateEffects(SESSION, BASE, "right", new Set(["release"]), now, FRAME);
  // The sprint goes to the left alone: there the right side's word counts, and what it emptied is carried.
  assert.deepEqual(base.right, { release: "1", team: null, sprint: "3" });
  assert.deepEqual(base.left, { rel: "R1", crew: null, told: "S1" });
  assert.deepEqual(base.toRight, {});
});

test("T29 what is still there, what was empty before, and what no write of ours is bound to stay as they are", () => {
  const arrived = new Set(["release"]);
  const full = record({ release: "2", team: "9", sprint: "4" });
  assert.deepEqual(withoutLateEffects(SESSION, BASE, "right", arrived, full, FRAME), BASE);
  const before = { ...BASE, right: { ...BASE.right, team: null } };
  const empty = record({ release: "2", team: null, sprint: "4" });
  assert.deepEqual(withoutLateEffects(SESSION, before, "right", arrived, empty, FRAME), before);
  assert.deepEqual(withoutLateEffects(SESSION, BASE, "right", new Set(), empty, FRAME), BASE);
  assert.deepEqual(withoutLateEffects(SESSION, BASE, "left", arrived, empty, FRAME), BASE);
});

test("T29 a base without cells that were emptied is the same base", () => {
  assert.equal(withCleared(BASE, new Set(), "right", cellsOf(FRAME, {}, {})), BASE);
});
