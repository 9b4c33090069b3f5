import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { RunReport } from "../../daemon/core/store.ts";
import { formatShortcut, shortcutAddress } from "../../daemon/fields/shortcut.ts";
import type { SandboxFile } from "../../daemon/sandbox/attachment-admin.ts";
import { type FieldBench, type FieldLink, openFieldBench } from "../support/field-bench.ts";

const clock = { ahead: 0, now: () => Date.now() + clock.ahead };
let bench: FieldBench;

before(async () => {
  bench = await openFieldBench([], { alm: { clock, switches: { childrenTouchParent: true } }, agm: { clock } });
});
after(() => bench.close());

/** One ALM defect with its partner, and a link that carries attachments as the table says. */
interface Desk {
  readonly link: FieldLink;
  readonly alm: string;
  readonly agm: number;
  run(full?: boolean): Promise<RunReport>;
  passes(full?: boolean): Promise<RunReport>;
  later(minutes?: number): void;
  /** `name=bytes` of each side, by name. */
  onAlm(): readonly string[];
  onAgm(): readonly string[];
  almFile(name: string): SandboxFile;
  agmFile(name: string): SandboxFile;
  /** A person's edit of the record itself: what makes an incremental run look where the tracker does not tell of files. */
  edit(side: "alm" | "agm"): void;
}

async function desk(t: { after(fn: () => Promise<void>): void }, table = "", link = ""): Promise<Desk> {
  const made = await bench.link("", { rest: `[links.items.attachments]\n${table}`, link });
  t.after(() => made.close());
  const alm = bench.alm.admin.create("defects", { name: "with files" });
  clock.ahead += 60_000;
  assert.equal((await made.run()).status, "passed");
  const self: Desk = {
    ...{ link: made, alm, agm: Number(made.agmOf(alm)["id"]) },
    run: (full = true) => {
      self.later();
      return made.run(full);
    },
    async passes(full = true) {
      const report = await self.run(full);
      assert.equal(report.status, "passed", JSON.stringify(report.messages));
      return report;
    },
    later(minutes = 5) {
      clock.ahead += minutes * 60_000;
      made.pass(minutes);
    },
    onAlm: () => shown(bench.alm.admin.attachments.list("defects", alm)),
    onAgm: () => shown(bench.agm.admin.attachments.list("backlog_items", self.agm)),
    almFile: (name) => named(bench.alm.admin.attachments.list("defects", alm), name),
    agmFile: (name) => named(bench.agm.admin.attachments.list("backlog_items", self.agm), name),
    edit(side) {
      if (side === "alm") bench.alm.admin.update("defects", alm, { name: `edited ${clock.ahead}` });
      else bench.agm.admin.update("backlog_items", self.agm, { name: `edited ${clock.ahead}` });
    },
  };
  self.later();
  return self;
}

function shown(files: readonly SandboxFile[]): readonly string[] {
  return files.map(({ name, content }) => `${name}=${content.toString("latin1")}`).toSorted();
}

function named(files: readonly SandboxFile[], name: string): SandboxFile {
  const file = files.find((one) => one.name === name);
  assert.ok(file !== undefined, `no ${name} among ${files.map((one) => one.name).join(", ")}`);
  return file;
}

const almAdd = (d: Desk, name: string, content: string | Uint8Array, description = "") =>
  bench.alm.admin.attachments.add("defects", d.alm, { name, content, description });
const agmAdd = (d: Desk, name: string, content: string | Uint8Array, description = "") =>
  bench.agm.admin.attachments.add("backlog_items", d.agm, { name, content, description });

/** Nothing is written, and an incremental run does not ask for files at all. */
async function assertQuiet(d: Desk): Promise<void> {
  await d.passes(false);
  const before = [d.onAlm(), d.onAgm()];
  for (const full of [false, true]) {
    bench.alm.traffic.reset();
    bench.agm.traffic.reset();
    const report = await d.passes(full);
    for (const counts of Object.values(report.counts))
      assert.deepEqual([counts.created, counts.updated, counts.attachments ?? 0], [0, 0, 0]);
    const asked = [...Object.keys(bench.alm.traffic.byRoute()), ...Object.keys(bench.agm.traffic.byRoute())];
    if (!full)
      assert.deepEqual(
        asked.filter((route) => route.includes("attachments")),
        [],
      );
  }
  assert.deepEqual([d.onAlm(), d.onAgm()], before);
}

const addressOf = ({ content }: SandboxFile) => shortcutAddress(content.toString("utf8")) ?? "";

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

test("T8 copies go both ways: a copy that is changed changes its original", async (t) => {
  const d = await desk(t, 'mode = "copy"');
  almAdd(d, "log.txt", "one");
  await d.passes();
  bench.agm.admin.attachments.change("backlog_items", d.agm, d.agmFile("log.txt").id, { content: "one, with notes" });
  await d.passes();
  assert.deepEqual([d.onAlm(), d.onAgm()], [["log.txt=one, with notes"], ["log.txt=one, with notes"]]);
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
