import assert from "node:assert/strict";
import { test } from "node:test";
import { shown, useDesks } from "../support/use-desks.ts";

const { agmAdd, almAdd, assertQuiet, bench, desk } = useDesks();

test("S18 removed at the source, removed at the destination", async (t) => {
  for (const mode of ["url", "copy"]) {
    const d = await desk(t, `mode = "${mode}"`);
    const file = almAdd(d, "log.txt", "one");
    almAdd(d, "more.txt", "more");
    await d.passes();
    bench.alm.admin.attachments.remove("defects", d.alm, file);
    const report = await d.passes();
    assert.equal(report.counts["agm"]?.attachments, 1);
    assert.deepEqual(
      d.onAgm().map((one) => one.split("=")[0]),
      [mode === "url" ? "more.txt.url" : "more.txt"],
    );
    await assertQuiet(d);
  }
});

test("S18 a copy that somebody edited outlives its original, and is no copy any more", async (t) => {
  const d = await desk(t, 'mode = "copy"\ndirection = "to-agm"');
  const file = almAdd(d, "log.txt", "one");
  await d.passes();
  bench.agm.admin.attachments.change("backlog_items", d.agm, d.agmFile("log.txt").id, { content: "with my notes" });
  bench.alm.admin.attachments.remove("defects", d.alm, file);
  const report = await d.passes();
  assert.match(report.messages[0]?.message ?? "", /was removed, but it was changed here: it stays/);
  assert.deepEqual([d.onAlm(), d.onAgm()], [[], ["log.txt=with my notes"]]);
  await assertQuiet(d);
});

test("S19 T7 removed at the destination: nothing by itself; made again once the source's copy changes", async (t) => {
  for (const mode of ["url", "copy"]) {
    const d = await desk(t, `mode = "${mode}"`);
    const file = almAdd(d, "log.txt", "one");
    await d.passes();
    bench.agm.admin.attachments.remove(
      "backlog_items",
      d.agm,
      bench.agm.admin.attachments.list("backlog_items", d.agm)[0]?.id ?? "",
    );
    await d.passes();
    await assertQuiet(d);
    assert.deepEqual(d.onAgm(), []);
    bench.alm.admin.attachments.change("defects", d.alm, file, { content: "one and two" });
    await d.passes();
    assert.equal(d.onAgm().length, 1);
    await assertQuiet(d);
  }
});

test("S20 T7 deleted_at_destination = leave: it does not come back, whatever becomes of the source", async (t) => {
  const d = await desk(t, 'mode = "copy"\ndeleted_at_destination = "leave"');
  const file = almAdd(d, "log.txt", "one");
  await d.passes();
  bench.agm.admin.attachments.remove("backlog_items", d.agm, d.agmFile("log.txt").id);
  await d.passes();
  bench.alm.admin.attachments.change("defects", d.alm, file, { content: "one and two" });
  await d.passes();
  assert.deepEqual([d.onAlm(), d.onAgm()], [["log.txt=one and two"], []]);
  await assertQuiet(d);
});

test("S20 E91 T7 deleted_at_destination = delete-source: the original goes with its next change; more than the brake lets pass need a person's word", async (t) => {
  const d = await desk(t, 'mode = "copy"\ndeleted_at_destination = "delete-source"');
  const files = Array.from({ length: 12 }, (_, i) => almAdd(d, `log${i}.txt`, "one"));
  await d.passes();
  for (const { id } of bench.agm.admin.attachments.list("backlog_items", d.agm))
    bench.agm.admin.attachments.remove("backlog_items", d.agm, id);
  await d.passes();
  assert.equal(d.onAlm().length, 12);
  for (const file of files) bench.alm.admin.attachments.change("defects", d.alm, file, { content: "changed since" });
  const stopped = await d.run();
  assert.equal(stopped.status, "error");
  assert.match(
    stopped.messages.at(-1)?.message ?? "",
    /in alm there would be 12 attachments to delete .* the brake lets 10 pass/,
  );
  assert.equal(d.onAlm().length, 12);
  const stop = d.link.store.stop();
  assert.ok(stop !== null && stop.brake === "delete");
  d.link.store.commit({ stop: { ...stop, allowed: stop.would } });
  await d.passes();
  assert.deepEqual([d.onAlm(), d.onAgm()], [[], []]);
  await assertQuiet(d);
});

test("S39 S40 deleted = nothing: the other side keeps its files", async (t) => {
  const d = await desk(t, "", 'deleted = { alm = "nothing" }');
  bench.alm.admin.create("defects", { name: "another" });
  almAdd(d, "log.txt", "one");
  await d.passes();
  bench.alm.admin.remove("defects", d.alm);
  await d.run();
  await d.run();
  assert.equal(d.onAgm().length, 1);
});

test("S39 S41 deleted = delete: files go with the record", async (t) => {
  const d = await desk(t, "", 'deleted = { alm = "delete" }');
  bench.alm.admin.create("defects", { name: "another" });
  almAdd(d, "log.txt", "one");
  await d.passes();
  await d.passes();
  bench.alm.admin.remove("defects", d.alm);
  await d.passes();
  assert.equal(bench.agm.admin.get("backlog_items", d.agm), null);
  assert.deepEqual(d.onAgm(), []);
  assert.equal(d.link.store.pairs("left", [d.alm]).size, 0);
});

test("S39 S42 deleted = recreate: the record and its files are made again where they were deleted", async (t) => {
  const d = await desk(t, 'mode = "copy"', 'deleted = { agm = "recreate" }');
  bench.alm.admin.create("defects", { name: "another" });
  almAdd(d, "log.txt", "one");
  agmAdd(d, "shot.png", "png");
  await d.passes();
  bench.agm.admin.remove("backlog_items", d.agm);
  await d.passes();
  const agm = Number(d.link.agmOf(d.alm)["id"]);
  assert.notEqual(agm, d.agm);
  assert.deepEqual(shown(bench.agm.admin.attachments.list("backlog_items", agm)), ["log.txt=one", "shot.png=png"]);
  assert.deepEqual(d.onAlm(), ["log.txt=one", "shot.png=png"]);
  await assertQuiet(d);
});
