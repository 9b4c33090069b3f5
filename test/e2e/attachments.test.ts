import assert from "node:assert/strict";
import { test } from "node:test";
import { formatShortcut } from "../../daemon/fields/shortcut.ts";
import { addressOf, useDesks } from "../support/use-desks.ts";

const { agmAdd, almAdd, assertQuiet, bench, desk } = useDesks();

test("S14 a file of the source becomes its address at the destination, as a shortcut; both ways; the second run writes nothing", async (t) => {
  const d = await desk(t);
  almAdd(d, "log.txt", "what happened", "the log");
  agmAdd(d, "shot.png", "\u0089PNG");
  const report = await d.passes();
  assert.deepEqual([report.counts["alm"]?.attachments, report.counts["agm"]?.attachments], [1, 1]);
  const there = d.agmFile("log.txt.url");
  assert.equal(there.content.toString("latin1"), Buffer.from(formatShortcut(addressOf(there))).toString("latin1"));
  assert.ok(
    addressOf(there).startsWith(`${bench.alm.url}/rest/domains/DEMO/projects/PAYMENTS/defects/${d.alm}/attachments/`),
  );
  assert.ok(addressOf(d.almFile("shot.png.url")).startsWith(bench.agm.url));
  assert.equal(there.description, "the log");
  await assertQuiet(d);
});

test("S15 E96 an address that is attached crosses as it is, in both modes", async (t) => {
  const wiki = "[InternetShortcut]\r\nURL=https://wiki.example/page\r\nIconIndex=0\r\n";
  for (const mode of ["url", "copy"]) {
    const d = await desk(t, `mode = "${mode}"`);
    almAdd(d, "wiki.url", wiki);
    bench.alm.admin.attachments.add("defects", d.alm, {
      name: "Build",
      content: "https://build.example/7",
      link: true,
    });
    await d.passes();
    assert.equal(d.agmFile("wiki.url").content.toString(), wiki);
    assert.equal(addressOf(d.agmFile("Build.url")), "https://build.example/7");
    await assertQuiet(d);
  }
});

test("S16 E97 a replaced file replaces its copy once its record moved too; a touch without other bytes writes nothing", async (t) => {
  const d = await desk(t, 'mode = "copy"');
  const file = almAdd(d, "log.txt", "one");
  await d.passes(false);
  assert.deepEqual(d.onAgm(), ["log.txt=one"]);
  await d.passes(false);
  bench.alm.switches satisfies object;
  Object.assign(bench.alm.switches, { childrenTouchParent: false });
  t.after(async () => void Object.assign(bench.alm.switches, { childrenTouchParent: true }));
  bench.alm.admin.attachments.change("defects", d.alm, file, { content: "one and two" });
  await d.passes(false);
  assert.deepEqual(d.onAgm(), ["log.txt=one"], "the record did not move, and nothing else told of it");
  d.edit("alm");
  await d.passes(false);
  assert.deepEqual(d.onAgm(), ["log.txt=one and two"]);
  await d.passes(false);
  bench.alm.admin.attachments.change("defects", d.alm, file, { content: "one and two" });
  d.edit("alm");
  const report = await d.passes(false);
  assert.equal(report.counts["agm"]?.attachments ?? 0, 0);
  await assertQuiet(d);
});

test("T9 a file that is replaced while its record stands still is found by the next full run", async (t) => {
  const d = await desk(t, 'mode = "copy"');
  Object.assign(bench.alm.switches, { childrenTouchParent: false });
  t.after(async () => void Object.assign(bench.alm.switches, { childrenTouchParent: true }));
  await d.passes(false);
  const file = almAdd(d, "log.txt", "one");
  await d.passes(false);
  assert.deepEqual(d.onAgm(), []);
  await d.passes(true);
  assert.deepEqual(d.onAgm(), ["log.txt=one"]);
  bench.alm.admin.attachments.change("defects", d.alm, file, { content: "two, longer" });
  await d.passes(true);
  assert.deepEqual(d.onAgm(), ["log.txt=two, longer"]);
  await assertQuiet(d);
});

test("S17 the description crosses the first time only", async (t) => {
  const d = await desk(t, 'mode = "copy"');
  const file = almAdd(d, "log.txt", "one", "first words");
  await d.passes();
  assert.equal(d.agmFile("log.txt").description, "first words");
  bench.alm.admin.attachments.change("defects", d.alm, file, { description: "better words" });
  await d.passes();
  bench.alm.admin.attachments.change("defects", d.alm, file, { content: "one and two" });
  await d.passes();
  assert.deepEqual([d.agmFile("log.txt").description, d.onAgm()], ["first words", ["log.txt=one and two"]]);
  await assertQuiet(d);
});

test("T10 description = sync carries corrected descriptions, without the bytes where the tracker can", async (t) => {
  const d = await desk(t, 'mode = "copy"\ndescription = "sync"');
  const onAgm = agmAdd(d, "shot.png", "png", "first words");
  const file = almAdd(d, "log.txt", "one", "first words");
  await d.passes();
  bench.alm.admin.attachments.change("defects", d.alm, file, { description: "better words" });
  await d.passes();
  assert.deepEqual([d.agmFile("log.txt").description, d.onAgm().length], ["better words", 2]);
  bench.agm.admin.attachments.change("backlog_items", d.agm, onAgm, { description: "best words" });
  bench.alm.traffic.reset();
  await d.passes();
  assert.match(d.almFile("shot.png").description, /best words/);
  await assertQuiet(d);
});

test("S22 E90 E98 T12 shortcuts in any encoding that can be told cross as they are; one that cannot is reported, and the rest goes on", async (t) => {
  const text = "[InternetShortcut]\r\nURL=https://büro.example/\r\n";
  const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]);
  const ansi = Buffer.from(text, "latin1");
  const d = await desk(t);
  almAdd(d, "utf8.url", text);
  almAdd(d, "utf16.url", utf16);
  almAdd(d, "ansi.url", ansi);
  almAdd(d, "log.txt", "one");
  const report = await d.run();
  assert.equal(report.status, "passed with errors");
  assert.match(
    report.messages.map((m) => m.message).join(),
    /the shortcut "ansi\.url" is in an encoding that cannot be told/,
  );
  assert.deepEqual(
    bench.agm.admin.attachments
      .list("backlog_items", d.agm)
      .map(({ name }) => name)
      .toSorted(),
    ["log.txt.url", "utf16.url", "utf8.url"],
  );
  assert.deepEqual(d.agmFile("utf16.url").content, utf16);
  await d.link.publish("", { rest: '[links.items.attachments]\nencodings = ["windows-1252"]' });
  await d.passes(false);
  assert.deepEqual(d.agmFile("ansi.url").content, ansi);
  await assertQuiet(d);
});

test("S23 by reference a reader needs rights at the source: its server decides, not Syncline", async (t) => {
  const d = await desk(t);
  almAdd(d, "log.txt", "what happened");
  await d.passes();
  const address = addressOf(d.agmFile("log.txt.url"));
  assert.equal((await fetch(address)).status, 401);
  const { user, password } = bench.alm.access;
  const basic = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  const signedIn = await fetch(`${bench.alm.url}/api/authentication/sign-in`, {
    method: "POST",
    headers: { Authorization: basic },
  });
  const cookie = signedIn.headers
    .getSetCookie()
    .map((one) => one.split(";")[0])
    .join("; ");
  assert.equal(await (await fetch(address, { headers: { Cookie: cookie } })).text(), "what happened");
});

test("S24 a .tsi file crosses byte for byte under its name: which program opens it is the reader's machine's affair", async (t) => {
  const d = await desk(t, 'mode = "copy"');
  const bytes = Buffer.from([0xef, 0xbb, 0xbf, ...Buffer.from('<?xml version="1.0"?><SysInfo/>\r\n'), 0x00, 0xff]);
  almAdd(d, "machine.tsi", bytes);
  await d.passes();
  assert.deepEqual(d.agmFile("machine.tsi").content, bytes);
});

test("T11 E95 copies: bytes, streamed; a file above the limit crosses as its address, and is told", async (t) => {
  const d = await desk(t, 'mode = "copy"\nmax_size = "3 MB"');
  const big = Buffer.alloc(2_500_000, "syncline ");
  almAdd(d, "big.bin", big);
  almAdd(d, "huge.bin", Buffer.alloc(3_200_000, 7));
  const report = await d.passes();
  assert.ok(d.agmFile("big.bin").content.equals(big));
  assert.ok(addressOf(d.agmFile("huge.bin.url")).startsWith(bench.alm.url));
  assert.match(
    report.messages[0]?.message ?? "",
    /"huge\.bin" has 3200000 bytes, agm may get 3145728 at the most: its address crosses instead/,
  );
  assert.equal(report.messages.length, 1);
  await assertQuiet(d);
});

test("T11 T20 copies instead of addresses count for files from their next change on; a backfill carries the bytes of those that crossed before", async (t) => {
  const d = await desk(t, 'mode = "url"');
  almAdd(d, "log.txt", "log");
  agmAdd(d, "shot.png", "shot");
  almAdd(d, "wiki.url", "[InternetShortcut]\r\nURL=https://wiki.example/\r\n");
  almAdd(d, "both.txt", "both");
  agmAdd(d, "both.txt", "both");
  await d.passes();
  const stood = [d.onAlm(), d.onAgm()];
  await d.link.publish("", { rest: '[links.items.attachments]\nmode = "copy"' });
  await d.passes();
  assert.deepEqual([d.onAlm(), d.onAgm()], stood);
  d.later();
  const counted = await d.link.backfill(true);
  assert.deepEqual([counted.counts["alm"]?.attachments, counted.counts["agm"]?.attachments], [1, 1]);
  assert.deepEqual([d.onAlm(), d.onAgm()], stood);
  assert.equal((await d.link.backfill()).status, "passed");
  const names = ["both.txt", "log.txt", "shot.png", "wiki.url"];
  for (const files of [d.onAlm(), d.onAgm()])
    assert.deepEqual(
      files.map((file) => file.split("=")[0]),
      names,
    );
  assert.equal(d.agmFile("log.txt").content.toString(), "log");
  await assertQuiet(d);
  const after = [d.onAlm(), d.onAgm()];
  await d.link.publish("", { rest: '[links.items.attachments]\nmode = "url"' });
  d.later();
  await d.link.backfill();
  assert.deepEqual([d.onAlm(), d.onAgm()], after, "bytes that are there are not taken away for an address");
  await assertQuiet(d);
});

test("T8 copies go both ways: a copy that is changed changes its original", async (t) => {
  const d = await desk(t, 'mode = "copy"');
  almAdd(d, "log.txt", "one");
  await d.passes();
  bench.agm.admin.attachments.change("backlog_items", d.agm, d.agmFile("log.txt").id, { content: "one, with notes" });
  await d.passes();
  assert.deepEqual([d.onAlm(), d.onAgm()], [["log.txt=one, with notes"], ["log.txt=one, with notes"]]);
  await assertQuiet(d);
});

test("T14 a file that the tracker refuses waits in the queue by its name, and holds nothing else", async (t) => {
  const d = await desk(t, 'mode = "copy"');
  Object.assign(bench.alm.switches, { blockedFiles: ["exe"] });
  t.after(async () => void Object.assign(bench.alm.switches, { blockedFiles: [] }));
  agmAdd(d, "tool.exe", "MZ");
  agmAdd(d, "log.txt", "one");
  const report = await d.run();
  assert.equal(report.status, "passed with errors");
  assert.deepEqual(d.onAlm(), ["log.txt=one"]);
  const [retry] = d.link.store.retries(9);
  assert.deepEqual([retry?.side, retry?.record, retry?.field], ["right", String(d.agm), "attachment tool.exe"]);
  Object.assign(bench.alm.switches, { blockedFiles: [] });
  d.later(30);
  await d.passes(false);
  assert.deepEqual(d.onAlm(), ["log.txt=one", "tool.exe=MZ"]);
  await assertQuiet(d);
});

test("B13 an upload whose answer is lost is found by the next run, and made once", async (t) => {
  for (const kind of ["drop-after", "error-but-stored"] as const) {
    const d = await desk(t, 'mode = "copy"');
    almAdd(d, "log.txt", "one");
    bench.agm.faults.arm({ kind, method: "POST", path: "attachments", times: 1 });
    const report = await d.run();
    assert.equal(bench.agm.faults.pending(), 0);
    assert.ok(report.status === "passed with errors" || report.status === "passed");
    d.later(30);
    await d.passes();
    assert.deepEqual(d.onAgm(), ["log.txt=one"]);
    assert.deepEqual(d.link.store.intents(), []);
    await assertQuiet(d);
  }
});
