import assert from "node:assert/strict";
import { test } from "node:test";
import { useDesks } from "../support/use-desks.ts";

const { agmAdd, almAdd, assertQuiet, bench, desk } = useDesks();

test("S21 E89 E100 T8 one name, two files: neither is touched, the rest goes on, the run passed with errors and names them", async (t) => {
  for (const mode of ["url", "copy"]) {
    const d = await desk(t, `mode = "${mode}"`);
    almAdd(d, "log.txt", "alm's own");
    agmAdd(d, "log.txt", "agm's, other");
    almAdd(d, "more.txt", "more");
    d.edit("alm");
    const report = await d.run();
    assert.equal(report.status, "passed with errors");
    const [message] = report.messages;
    assert.deepEqual([message?.endpoint, message?.record, message?.field], ["alm", d.alm, "attachment log.txt"]);
    assert.match(message?.message ?? "", /each have a file "log\.txt" of their own, with other content/);
    assert.match(String(bench.agm.admin.get("backlog_items", d.agm)?.["name"]), /^edited/);
    assert.deepEqual(d.onAlm(), ["log.txt=alm's own", "more.txt=more"]);
    assert.equal(d.onAgm().length, 2);
    assert.equal(d.link.store.retries(9).length, 1);
    bench.agm.admin.attachments.change("backlog_items", d.agm, d.agmFile("log.txt").id, { content: "alm's own" });
    d.later(30);
    await d.passes();
    assert.deepEqual(d.link.store.retries(9), []);
    await assertQuiet(d);
  }
});

test("S21 T8 a file of a name that the other side's own file has crossed under is told as well, and stays where it is", async (t) => {
  for (const mode of ["url", "copy"]) {
    const d = await desk(t, `mode = "${mode}"`);
    almAdd(d, "log.txt", "alm's own");
    await d.passes();
    const crossed = d.onAgm();
    agmAdd(d, "log.txt", "agm's, other");
    const report = await d.run();
    assert.deepEqual([report.status, report.messages[0]?.field], ["passed with errors", "attachment log.txt"]);
    assert.deepEqual([d.onAlm(), d.onAgm().length], [["log.txt=alm's own"], crossed.length + 1]);
    const own = bench.agm.admin.attachments.list("backlog_items", d.agm).at(-1);
    bench.agm.admin.attachments.change("backlog_items", d.agm, own?.id ?? "", { name: "agm.txt" });
    d.later(30);
    await d.passes();
    assert.equal(d.onAlm().length, 2);
    await assertQuiet(d);
  }
});

test("S21 T8 the same name and the same bytes are paired without a word", async (t) => {
  const d = await desk(t, 'mode = "copy"');
  almAdd(d, "log.txt", "the same");
  agmAdd(d, "log.txt", "the same");
  const report = await d.passes();
  assert.deepEqual(
    [report.messages, report.counts["agm"]?.attachments ?? 0, report.counts["alm"]?.attachments ?? 0],
    [[], 0, 0],
  );
  bench.alm.admin.attachments.change("defects", d.alm, d.almFile("log.txt").id, { content: "not the same" });
  await d.passes();
  assert.deepEqual(d.onAgm(), ["log.txt=not the same"], "they are one since");
  await assertQuiet(d);
});

test("S21 T8 same_name = suffix keeps both, on both sides", async (t) => {
  const d = await desk(t, 'mode = "copy"\nsame_name = "suffix"');
  almAdd(d, "log.txt", "alm's own");
  agmAdd(d, "log.txt", "agm's, other");
  await d.passes();
  assert.deepEqual(d.onAlm(), ["log-agm.txt=agm's, other", "log.txt=alm's own"]);
  assert.deepEqual(d.onAgm(), ["log-alm.txt=alm's own", "log.txt=agm's, other"]);
  await assertQuiet(d);
});

test("T13 E99 names with any character cross, are found again, and are removed", async (t) => {
  const d = await desk(t, 'mode = "copy"');
  const names = [
    "~!@#$%()^&.txt",
    "a b+c=d;e.txt",
    "ünï cödé 日本.txt",
    "100% sure?.txt",
    "it's [1].tar.gz",
    "noending",
  ];
  const ids = names.map((name, i) => almAdd(d, name, `${i}`));
  await d.passes();
  assert.deepEqual(d.onAgm(), names.map((name, i) => `${name}=${i}`).toSorted());
  await assertQuiet(d);
  for (const [i, id] of ids.entries())
    bench.alm.admin.attachments.change("defects", d.alm, id, { content: `changed ${i}` });
  await d.passes();
  assert.deepEqual(d.onAgm(), names.map((name, i) => `${name}=changed ${i}`).toSorted());
  for (const id of ids) bench.alm.admin.attachments.remove("defects", d.alm, id);
  await d.passes();
  assert.deepEqual(d.onAgm(), []);
});

test("E93 identity is not the name: a renamed file is one file, on both sides", async (t) => {
  for (const mode of ["url", "copy"]) {
    const d = await desk(t, `mode = "${mode}"`);
    const file = almAdd(d, "old.txt", "one");
    const other = agmAdd(d, "draft.txt", "two");
    await d.passes();
    bench.alm.admin.attachments.change("defects", d.alm, file, { name: "new.txt" });
    bench.agm.admin.attachments.change("backlog_items", d.agm, other, { name: "final.txt" });
    await d.passes();
    const ending = mode === "url" ? ".url" : "";
    const names = (list: readonly string[]) => list.map((one) => one.split("=")[0]);
    assert.deepEqual(names(d.onAgm()), ["final.txt", `new.txt${ending}`]);
    assert.deepEqual(names(d.onAlm()), [`final.txt${ending}`, "new.txt"]);
    await assertQuiet(d);
  }
});

test("E93 T8 names that move up one file each, as rotated logs do, move up on the other side: none gets a name of its own there", async (t) => {
  for (const mode of ["url", "copy"]) {
    const d = await desk(t, `mode = "${mode}"`);
    const ending = mode === "url" ? ".url" : "";
    for (const name of ["log.txt", "log.1.txt", "log.2.txt"]) {
      almAdd(d, name, name);
      agmAdd(d, `agm ${name}`, name);
    }
    await d.passes();
    for (const [from, to] of [
      ["log.2.txt", "log.3.txt"],
      ["log.1.txt", "log.2.txt"],
      ["log.txt", "log.1.txt"],
    ] as const) {
      bench.alm.admin.attachments.change("defects", d.alm, d.almFile(from).id, { name: to });
      bench.agm.admin.attachments.change("backlog_items", d.agm, d.agmFile(`agm ${from}`).id, { name: `agm ${to}` });
    }
    almAdd(d, "log.txt", "fresh");
    await d.passes();
    const names = (files: readonly string[]) => files.map((file) => file.split("=")[0]);
    const rotated = ["log.txt", "log.1.txt", "log.2.txt", "log.3.txt"];
    const own = rotated.slice(1).map((name) => `agm ${name}`);
    assert.deepEqual(names(d.onAgm()), [...rotated.map((name) => name + ending), ...own].toSorted());
    assert.deepEqual(names(d.onAlm()), [...rotated, ...own.map((name) => name + ending)].toSorted());
    if (mode === "copy") assert.equal(d.agmFile("log.3.txt").content.toString(), "log.2.txt");
    await assertQuiet(d);
  }
});

test("T18 a name or description that somebody gave the copy and somebody else the original: the original's counts, and that is told", async (t) => {
  const d = await desk(t, 'mode = "copy"\ndescription = "sync"');
  const id = almAdd(d, "log.txt", "log", "first");
  await d.passes();
  bench.alm.admin.attachments.change("defects", d.alm, id, { name: "alm.txt", description: "alm says" });
  const copy = d.agmFile("log.txt").id;
  bench.agm.admin.attachments.change("backlog_items", d.agm, copy, { name: "agm.txt", description: "agm says" });
  const report = await d.passes();
  assert.deepEqual([d.agmFile("alm.txt").description, d.onAgm().length], ["alm says", 1]);
  assert.deepEqual(
    report.messages.map(({ level, record, field, message }) => [level, record, field, message]),
    [
      [
        "warning",
        String(d.agm),
        "attachment alm.txt",
        `name and description were changed in alm:${d.alm} as well, and those count: "agm.txt" and "agm says" are in the journal`,
      ],
    ],
  );
  await assertQuiet(d);
});

test("E94 changed on both sides: neither is overwritten, and that is told; made equal they are one again", async (t) => {
  const d = await desk(t, 'mode = "copy"');
  const file = almAdd(d, "log.txt", "one");
  await d.passes();
  bench.alm.admin.attachments.change("defects", d.alm, file, { content: "by alm" });
  bench.agm.admin.attachments.change("backlog_items", d.agm, d.agmFile("log.txt").id, { content: "by agm!" });
  const report = await d.run();
  assert.equal(report.status, "passed with errors");
  assert.match(
    report.messages[0]?.message ?? "",
    /"log\.txt" was changed in alm:\d+ and agm:\d+ since both last agreed/,
  );
  assert.deepEqual([d.onAlm(), d.onAgm()], [["log.txt=by alm"], ["log.txt=by agm!"]]);
  bench.agm.admin.attachments.change("backlog_items", d.agm, d.agmFile("log.txt").id, { name: "agm.txt" });
  assert.match(
    (await d.run()).messages[0]?.message ?? "",
    /^the file "log\.txt" \("agm\.txt" in agm\) was changed in alm:\d+ and agm:\d+/,
  );
  bench.agm.admin.attachments.change("backlog_items", d.agm, d.agmFile("agm.txt").id, { content: "by alm" });
  d.later(30);
  await d.passes();
  assert.deepEqual([d.onAlm(), d.onAgm()], [["agm.txt=by alm"], ["agm.txt=by alm"]]);
  await assertQuiet(d);
});
