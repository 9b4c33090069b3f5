import assert from "node:assert/strict";
import type { AttachmentConfig, LinkConfig } from "../../../daemon/core/snapshot.ts";
import type { LinkStore } from "../../../daemon/core/store.ts";
import { attachmentConfig } from "./attachment-model.ts";
import { type Bench, bench, field, link, row } from "./bench.ts";
import { type Drawer, type DrawerHabits, drawerOf } from "./memory-attachments.ts";

/** Two memory trackers with files, and a link that carries them. */
export interface Desk extends Bench {
  readonly files: { readonly left: Drawer; readonly right: Drawer };
  readonly memory: LinkStore;
}

const rows = [row("name", "title")];

/** A pair, left 1 with right 1001, and files on both trackers. */
export async function desk(
  config: Partial<AttachmentConfig> = {},
  habits: { left?: Partial<DrawerHabits>; right?: Partial<DrawerHabits> } = {},
  more: Partial<LinkConfig> = {},
): Promise<Desk> {
  const b = bench([field("name")], [field("title")], link(rows, { attachments: attachmentConfig(config), ...more }));
  const files = { left: drawerOf(b.left, habits.left), right: drawerOf(b.right, habits.right) };
  b.left.add({ name: "one" });
  await passes(b);
  b.pass(5);
  return Object.assign(b, { files, memory: b.store.link("t/defects") });
}

/** Minutes pass on every clock. */
export function later(d: Bench, minutes: number): void {
  d.pass(minutes);
}

export async function passes(b: Bench, full = false): Promise<void> {
  const report = await b.run({ full });
  assert.equal(report.status, "passed", JSON.stringify(report.messages));
}

/** Runs until nothing is left to look at, and then shows that nothing is written or asked. */
export async function assertQuiet(d: Desk): Promise<void> {
  d.pass(5);
  await passes(d);
  const before = { writes: [d.files.left.log.length, d.files.right.log.length], records: d.writes() };
  d.pass(5);
  const lists = d.files.left.calls.list + d.files.right.calls.list;
  await passes(d);
  assert.equal(
    d.files.left.calls.list + d.files.right.calls.list,
    lists,
    "a run without changes asked for attachments",
  );
  await passes(d, true);
  assert.deepEqual({ writes: [d.files.left.log.length, d.files.right.log.length], records: d.writes() }, before);
}
