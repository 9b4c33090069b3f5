import assert from "node:assert/strict";
import { after, test } from "node:test";
import { noFindings, undoWork } from "../../daemon/sync/hand/undo.ts";
import {
  defect,
  full,
  linkDefect,
  linkedPair,
  linksOf,
  openPair,
  quiet,
  requirement,
  trace,
} from "../support/alm-links.ts";
import { closeLinkBenches } from "../support/link-bench.ts";
import { messagesOf } from "../support/run-report.ts";

after(closeLinkBenches);

const DELETED = (rule: string) => ({ defects: `deleted = { one = "${rule}", two = "${rule}" }\n` });

test("S39 S40 T32 deleted, nothing: the other side keeps record and links", async (t) => {
  const { pair, a, both } = await linkedPair(t, DELETED("nothing"));
  pair.one.admin.remove("defects", a);
  for (const kind of [false, true, true]) await pair.run("defects", { full: kind });
  assert.deepEqual(linksOf(pair.two), both);
  assert.deepEqual(linksOf(pair.one), []);
  await quiet(pair);
});

test("S39 S41 deleted, delete: the links go with the record on the other side, and nothing remembers them", async (t) => {
  const { pair, a, b } = await linkedPair(t, DELETED("delete"));
  pair.two.admin.remove("defects", pair.partner("defects", a));
  await full(pair);
  assert.deepEqual([linksOf(pair.one), linksOf(pair.two)], [[], []]);
  assert.equal(pair.one.admin.get("defects", a), null);
  const memory = pair.store.link("m/defects").pairs("left", [b]).get(b);
  assert.deepEqual(memory?.parts?.entityLinks ?? [], []);
  await quiet(pair);
});

for (const side of ["one", "two"] as const)
  test(`S39 S42 T32 deleted in ${side}, recreate: the record and its links are made again there, once`, async (t) => {
    const { pair, a, both } = await linkedPair(t, DELETED("recreate"));
    const gone = side === "one" ? a : pair.partner("defects", a);
    pair[side].admin.remove("defects", gone);
    assert.deepEqual(linksOf(pair[side]), []);
    await full(pair);
    assert.deepEqual(linksOf(pair.one), both);
    assert.deepEqual(linksOf(pair.two), both);
    await quiet(pair);
    assert.deepEqual(linksOf(pair[side]), both);
  });

test("S42 recreate: the links come back even where they are mapped the other way", async (t) => {
  const mapping = { defects: 'deleted = { one = "recreate" }\n[links.defects.entity_links]\ndirection = "to-two"\n' };
  const { pair, a, both } = await linkedPair(t, mapping);
  pair.one.admin.remove("defects", a);
  await full(pair);
  assert.deepEqual(linksOf(pair.one), both);
  await quiet(pair);
});

for (const direction of ["both", "to-two"])
  test(`S42 T31 a requirement that is made anew gets its links to defects with the next run of their link, incremental as it is (${direction})`, async (t) => {
    const requirements = 'deleted = { one = "recreate", two = "recreate" }\n';
    const { pair, r, both } = await linkedPair(t, {
      requirements,
      defects: `[links.defects.entity_links]\ndirection = "${direction}"\n`,
    });
    const other = requirement(pair.one, "other");
    linkDefect(pair.one, defect(pair.one, "c"), ["requirement", other]);
    for (const link of ["requirements", "defects"]) await pair.run(link);
    pair.one.admin.remove("requirements", r);
    pair.two.admin.remove("requirements", pair.partner("requirements", other));
    await full(pair, "requirements");
    const report = await pair.run("defects");
    assert.deepEqual([report.kind, report.status], ["incremental", "passed"], messagesOf(report));
    for (const side of [pair.one, pair.two])
      assert.deepEqual(linksOf(side), [...both, "defect c - requirement other (Related)"]);
    await quiet(pair);
  });

test("S42 T2 a link that comes back with its record has the type and comment that it had, also where several types are one on the other side", async (t) => {
  const rest = '[values.words]\nboth = { "Related" = "Related" }\nto-two = { "Blocks" = "Related" }\n';
  const table = '[links.defects.entity_links]\ntypes = "words"\nunmapped = "skip"\n';
  const pair = await openPair(t, { defects: `deleted = { one = "recreate" }\n${table}`, rest });
  const [a, b] = [defect(pair.one, "a"), defect(pair.one, "b")];
  linkDefect(pair.one, a, ["defect", b], { "link-type": "Blocks", comment: "until the release" });
  await full(pair);
  assert.deepEqual(linksOf(pair.two), ["defect a - defect b (Related)"]);
  const there = pair.two.admin.list("defect-links")[0] ?? assert.fail("no link");
  pair.two.admin.update("defect-links", String(there["id"]), { comment: "edited there" });
  pair.one.admin.remove("defects", a);
  await full(pair);
  assert.deepEqual(linksOf(pair.one), ["defect a - defect b (Blocks)"]);
  assert.equal(pair.one.admin.list("defect-links")[0]?.["comment"], "until the release");
  await quiet(pair);
  assert.deepEqual(linksOf(pair.two), ["defect a - defect b (Related)"]);
});

test("S39 a link that is missing because its record was deleted is not taken from the other side before the record's rule was asked", async (t) => {
  const { pair, a, b, both } = await linkedPair(t, DELETED("recreate"));
  pair.one.admin.remove("defects", a);
  pair.one.admin.update("defects", b, { name: "b" });
  const report = await pair.run("defects");
  assert.deepEqual([report.kind, report.status], ["incremental", "passed"]);
  assert.deepEqual(linksOf(pair.two), both);
  await full(pair);
  assert.deepEqual(linksOf(pair.one), both);
  await quiet(pair);
});

test("T21 S33 a frozen pair gets no links from pairs that go on, and has none taken; all of it crosses once the pair goes on", async (t) => {
  const defects = `filter = { one = "status[<> 'Closed']" }\nout_of_scope = { one = "freeze" }\n`;
  const { pair, a, b, r } = await linkedPair(t, { defects });
  const { one, two } = pair;
  const c = defect(one, "c");
  await pair.run("defects");
  one.admin.update("defects", a, { status: "Closed" });
  await pair.run("defects");
  linkDefect(one, c, ["defect", a]);
  const [shared = ""] = two.admin.list("defect-links").map(({ id }) => String(id));
  two.admin.remove("defect-links", shared);
  const before = [linksOf(one), linksOf(two)];
  for (const kind of [true, false, true]) await pair.run("defects", { full: kind });
  assert.deepEqual([linksOf(one), linksOf(two)], before);
  linkDefect(one, c, ["defect", b]);
  linkDefect(one, c, ["requirement", r]);
  await full(pair);
  assert.ok(
    ["defect b - defect c (Related)", "defect c - requirement r (Related)"].every((x) => linksOf(two).includes(x)),
  );
  one.admin.update("defects", a, { status: "Open" });
  await full(pair);
  assert.deepEqual(linksOf(one), linksOf(two));
  assert.deepEqual(linksOf(one), [
    "defect a - defect c (Related)",
    "defect a - requirement r (Related)",
    "defect b - defect c (Related)",
    "defect c - requirement r (Related)",
  ]);
  await quiet(pair);
});

test("T32 links that both sides have already are paired, never doubled: also when the memory is new", async (t) => {
  const pair = await openPair(t);
  const [a, b] = [defect(pair.one, "a"), defect(pair.one, "b")];
  const [x, y] = [
    pair.two.admin.create("defects", { name: "a", "user-04": a }),
    pair.two.admin.create("defects", { name: "b", "user-04": b }),
  ];
  linkDefect(pair.one, a, ["defect", b]);
  linkDefect(pair.two, y, ["defect", x]);
  const report = await pair.run("defects");
  assert.deepEqual([report.paired, report.counts["one"]?.created, report.counts["two"]?.created], [2, 0, 0]);
  assert.equal(report.counts["one"]?.entityLinks ?? report.counts["two"]?.entityLinks, undefined);
  assert.equal(pair.one.admin.list("defect-links").length + pair.two.admin.list("defect-links").length, 2);
  await quiet(pair);
});

test("T32 a link that somebody makes on the other side after the run has looked there is paired with ours, never doubled", async (t) => {
  const pair = await openPair(t);
  const [a, b] = [defect(pair.one, "a"), defect(pair.one, "b")];
  const [r, s] = [requirement(pair.one, "r"), requirement(pair.one, "s")];
  await pair.run("requirements");
  await pair.run("defects");
  linkDefect(pair.one, a, ["defect", b]);
  trace(pair.one, r, s);
  const there = (link: string, id: string) => pair.partner(link, id);
  pair.two.faults.arm({
    ...{ kind: "shift-page", method: "POST", path: "/defect-links" },
    act: () => void linkDefect(pair.two, there("defects", b), ["defect", there("defects", a)]),
  });
  pair.two.faults.arm({
    ...{ kind: "shift-page", method: "POST", path: "/req-traces" },
    act: () => void trace(pair.two, there("requirements", r), there("requirements", s)),
  });
  for (const link of ["requirements", "defects"]) await full(pair, link);
  assert.equal(pair.two.faults.pending(), 0);
  assert.deepEqual(linksOf(pair.two), ["defect a - defect b (Related)", "r -> s"]);
  assert.deepEqual(linksOf(pair.one), linksOf(pair.two));
  await quiet(pair);
});

test("S38 many links that are removed: their records are asked for together, and each link costs one write", async (t) => {
  const pair = await openPair(t, { defects: 'brakes = { delete = "off" }\n' });
  const ids = Array.from({ length: 13 }, (_, i) => defect(pair.one, `d${i}`));
  const links = ids.slice(1).map((id, i) => linkDefect(pair.one, ids[i] ?? "", ["defect", id]));
  await pair.run("defects");
  assert.equal(linksOf(pair.two).length, 12);
  for (const id of links.slice(0, 11)) pair.one.admin.remove("defect-links", id);
  for (const { traffic } of [pair.one, pair.two]) traffic.reset();
  await full(pair);
  assert.equal(linksOf(pair.two).length, 1);
  const asked = Object.keys(pair.one.traffic.byRoute()).filter((route) => route.endsWith("/defects/{id}"));
  assert.deepEqual(asked, []);
  const removed = Object.entries(pair.two.traffic.byRoute()).find(([route]) => route.startsWith("DELETE"));
  assert.equal(removed?.[1], 11);
  await quiet(pair, ["defects"]);
});

test("T32 two sides that say different things of the same two records: each refusal is told, nothing is lost", async (t) => {
  const pair = await openPair(t);
  const [a, b] = [defect(pair.one, "a"), defect(pair.one, "b")];
  await pair.run("defects");
  linkDefect(pair.one, a, ["defect", b], { "link-type": "Blocks" });
  linkDefect(pair.two, pair.partner("defects", b), ["defect", pair.partner("defects", a)], {
    "link-type": "Duplicate",
  });
  const report = await pair.run("defects", { full: true });
  assert.equal(report.status, "passed with errors");
  assert.match(messagesOf(report), /linked already, as "Duplicate", and cannot be linked as "Blocks" as well/);
  assert.deepEqual(linksOf(pair.one), ["defect a - defect b (Blocks)"]);
  assert.deepEqual(linksOf(pair.two), ["defect a - defect b (Duplicate)"]);
  pair.two.admin.remove("defect-links", 1);
  await full(pair);
  assert.deepEqual(linksOf(pair.two), ["defect a - defect b (Blocks)"]);
  await quiet(pair, ["defects"]);
});

test("B14 a side that suddenly shows no links does not empty the other: the delete brake stops the link", async (t) => {
  const pair = await openPair(t);
  const hub = defect(pair.one, "hub");
  for (let i = 0; i < 15; i++) linkDefect(pair.one, hub, ["defect", defect(pair.one, `d${i}`)]);
  await pair.run("defects");
  assert.equal(linksOf(pair.two).length, 15);
  for (const row of pair.one.admin.list("defect-links")) pair.one.admin.remove("defect-links", String(row["id"]));
  const report = await pair.run("defects", { full: true });
  assert.equal(report.status, "error");
  assert.match(messagesOf(report), /in two there would be 15 entity links to delete/);
  assert.equal(linksOf(pair.two).length, 15);
});

test("T40 a dry run counts links and writes none", async (t) => {
  const pair = await openPair(t);
  const [a, b] = [defect(pair.one, "a"), defect(pair.one, "b")];
  await pair.run("defects");
  linkDefect(pair.one, a, ["defect", b]);
  const report = await pair.run("defects", { full: true, dryRun: true });
  assert.equal(report.counts["two"]?.entityLinks, 1);
  assert.deepEqual(linksOf(pair.two), []);
  await full(pair);
  assert.equal(linksOf(pair.two).length, 1);
});

for (const kind of ["drop-after", "error-but-stored", "drop-before"] as const)
  test(`T32 an answer that never comes (${kind}) doubles nothing: the next run looks first`, async (t) => {
    const pair = await openPair(t);
    const [a, b] = [defect(pair.one, "a"), defect(pair.one, "b")];
    linkDefect(pair.one, a, ["defect", b]);
    pair.two.faults.arm({ kind, method: "POST", path: "/defect-links", times: 1 });
    const report = await pair.run("defects");
    assert.notEqual(report.status, "passed", messagesOf(report));
    assert.equal(linksOf(pair.two).length, kind === "drop-before" ? 0 : 1);
    pair.pass(2);
    await pair.run("defects");
    assert.deepEqual(linksOf(pair.two), ["defect a - defect b (Related)"]);
    assert.equal(pair.store.link("m/defects").intents().length, 0);
    const journal = pair.store.link("m/defects").journal({ limit: 100 });
    assert.equal(journal.filter(({ part }) => part?.kind === "entity link").length, 1);
    await quiet(pair, ["defects"]);
  });

test("B4 undo takes links back that a run made or removed, and the next runs leave it so", async (t) => {
  const { pair, both } = await linkedPair(t, {});
  const undo = async (run: string) => {
    const findings = noFindings();
    const scope = { run, revision: null, record: null, deleteCreated: null } as const;
    await pair.run("defects", { work: undoWork(scope, findings) });
    return findings;
  };
  pair.one.admin.remove("defect-links", 2);
  const removed = await full(pair);
  assert.deepEqual(linksOf(pair.two), both.slice(0, 1));
  const first = await undo(removed.run);
  assert.deepEqual(
    first.steps.map(({ endpoint, field, now, back }) => [endpoint, field, now, back]),
    [["two", "entity link defect 1 → requirement 1 (Related)", null, "Related"]],
  );
  assert.deepEqual([linksOf(pair.one), linksOf(pair.two)], [both.slice(0, 1), both]);
  await quiet(pair);

  const [c, d] = [defect(pair.one, "c"), defect(pair.one, "d")];
  linkDefect(pair.one, c, ["defect", d]);
  const added = await pair.run("defects");
  assert.equal(linksOf(pair.two).length, 3);
  const second = await undo(added.run);
  assert.ok(second.steps.some(({ field }) => field === "entity link defect 3 → defect 4 (Related)"));
  assert.equal(linksOf(pair.two).length, 2);
  await quiet(pair);
  const again = await undo(added.run);
  assert.ok(
    again.left.some(({ why }) => why === "it was removed since"),
    JSON.stringify(again),
  );
});
