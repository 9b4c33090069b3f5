import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type FieldBench, type FieldLink, openFieldBench } from "../support/field-bench.ts";
import { assertQuiet, texts } from "../support/run-report.ts";

const ROWS = 'target-rel = "release_id"\nuser-05 = "team_id"';
const dates = { "start-date": "2026-01-01", "end-date": "2026-12-31" };

/** A workspace whose server tells what kind of team each is, and one whose server does not. */
const KINDS = ["shown", "hidden"] as const;
const benches = new Map<(typeof KINDS)[number], FieldBench>();
before(async () => {
  for (const kind of KINDS) benches.set(kind, await openFieldBench([], { agm: { switches: { teamKind: kind } } }));
});
after(async () => {
  for (const bench of benches.values()) await bench.close();
});

/** Releases of one name on both sides, and ways to make teams and look at records. */
function site(bench: FieldBench, prefix: string) {
  const release = (name: string) => ({
    alm: bench.alm.admin.create("releases", { name: `${prefix} ${name}`, "parent-id": "1", ...dates }),
    agm: bench.agm.admin.create("releases", { name: `${prefix} ${name}`, start_date: "2026-01-01" }),
  });
  return {
    release,
    /** Of the whole workspace: it works in several releases. */
    everybodys(name: string, ...releases: readonly { readonly agm: number }[]): number {
      const team = bench.agm.admin.create("teams", { name });
      for (const { agm } of releases) bench.agm.admin.create("release_teams", { release_id: agm, team_id: team });
      return team;
    },
    own: (name: string, { agm }: { readonly agm: number }) =>
      bench.agm.admin.create("teams", { name, team_type: "feature", release_id: agm }),
    defect: (name: string, team: string, at: { readonly alm: string } | null) =>
      bench.alm.admin.create("defects", { name, "user-05": team, "target-rel": at?.alm ?? "" }),
    there: (record: Readonly<Record<string, unknown>>) =>
      ["release_id", "team_id"].map((name) => (record[name] as { id: number } | null)?.id ?? null),
    here: (id: string) => {
      const row = bench.alm.admin.get("defects", id) ?? assert.fail(`ALM ${id} is gone`);
      return [row["target-rel"], row["user-05"]];
    },
    puts: () => bench.agm.traffic.byRoute()["PUT /agm/api/workspaces/{id}/backlog_items/{id}"] ?? 0,
  };
}

function open(bench: FieldBench, rows = ROWS): Promise<FieldLink> {
  return bench.link(rows);
}

for (const kind of KINDS) {
  const bench = () => benches.get(kind) ?? assert.fail("no bench");

  test(`S61 S63 S68 either kind of team becomes the same text, and no team stays no team (kind ${kind})`, async () => {
    const { release, everybodys, own, there, here } = site(bench(), "S63");
    const [one, two] = [release("one"), release("two")];
    const [all, local] = [everybodys("S63 crew", one, two), own("S63 crew", one)];
    const link = await open(bench());
    const make = (name: string, team: number | null) =>
      bench().agm.admin.create("backlog_items", { subtype: "defect", name, release_id: one.agm, team_id: team });
    const made = [make("of the workspace", all), make("of the release", local), make("nobody's", null)];
    assert.equal((await link.run()).status, "passed");
    assert.deepEqual(
      made.map((id) => link.almOf(id)["user-05"]),
      ["S63 crew", "S63 crew", ""],
    );
    await assertQuiet(link);
    for (const [i, team] of [all, local, null].entries())
      assert.deepEqual(there(bench().agm.admin.get("backlog_items", made[i] ?? 0) ?? {}), [one.agm, team]);
    assert.deepEqual(here(String(link.almOf(made[2] ?? 0)["id"])), [one.alm, ""]);
  });

  test(`S47 S62 S64 S65 S66 S68 from ALM a name means the release's own team, else the workspace's (kind ${kind})`, async () => {
    const { release, everybodys, own, defect, there } = site(bench(), "S64");
    const [one, two] = [release("one"), release("two")];
    const [all, local] = [everybodys("S64 crew", one, two), own("S64 crew", one)];
    const only = own("S64 scouts", two);
    const link = await open(bench());
    const [inOne, inTwo, nowhere, scouts, none] = [
      defect("in one", "S64 crew", one),
      defect("in two", "S64 crew", two),
      defect("no release", "S64 crew", null),
      defect("scouts", "S64 scouts", two),
      defect("no team", "", one),
    ];
    assert.equal((await link.run()).status, "passed");
    assert.deepEqual(there(link.agmOf(inOne)), [one.agm, local]);
    assert.deepEqual(there(link.agmOf(inTwo)), [two.agm, all]);
    assert.deepEqual(there(link.agmOf(nowhere)), [null, all]);
    assert.deepEqual(there(link.agmOf(scouts)), [two.agm, only]);
    assert.deepEqual(there(link.agmOf(none)), [one.agm, null]);
    await assertQuiet(link);
  });

  test(`S67 a name that no team of the release and of the workspace has is an error that lists the candidates (kind ${kind})`, async () => {
    const { release, own, defect, there, here } = site(bench(), "S67");
    const [one, two] = [release("one"), release("two")];
    own("S67 scouts", one);
    const link = await open(bench());
    const wrong = defect("wrong release", "S67 scouts", two);
    const slip = defect("capitals", "s67 SCOUTS", one);
    const report = await link.run();
    assert.equal(report.status, "passed with errors");
    assert.match(
      texts(report),
      /team_id: .*agm has no team "S67 scouts" in release "S67 two", nor one for all releases \(only of release "S67 one"\)/,
    );
    assert.match(texts(report), /agm has no team "s67 SCOUTS" .*\(but "S67 scouts"\)/);
    assert.deepEqual(there(link.agmOf(wrong)), [two.agm, null]);
    assert.equal(link.agmOf(slip)["name"], "capitals");
    // By itself, once the release has such a team.
    const late = own("S67 scouts", two);
    bench().alm.admin.update("defects", slip, { "user-05": "S67 scouts" });
    link.pass(30);
    assert.equal((await link.run()).status, "passed");
    assert.deepEqual(there(link.agmOf(wrong)), [two.agm, late]);
    assert.deepEqual(here(wrong), [two.alm, "S67 scouts"]);
    await assertQuiet(link);
  });

  test(`T29 release and team changed in one edit: the new release counts, and both go in one request (kind ${kind})`, async () => {
    const { release, everybodys, own, defect, there, puts } = site(bench(), "T29");
    const [one, two] = [release("one"), release("two")];
    everybodys("T29 crew", one, two);
    own("T29 crew", one);
    const [scoutsOne, scoutsTwo] = [own("T29 scouts", one), own("T29 scouts", two)];
    const link = await open(bench());
    const id = defect("moves", "T29 crew", one);
    await link.run();
    bench().agm.traffic.reset();
    bench().alm.admin.update("defects", id, { "target-rel": two.alm, "user-05": "T29 scouts" });
    assert.equal((await link.run()).status, "passed");
    assert.deepEqual(there(link.agmOf(id)), [two.agm, scoutsTwo]);
    assert.equal(puts(), 1);
    await assertQuiet(link);
    // The release alone: the team of that name in the other release is another team.
    bench().alm.admin.update("defects", id, { "target-rel": one.alm });
    await link.run();
    assert.deepEqual(there(link.agmOf(id)), [one.agm, scoutsOne]);
    await assertQuiet(link);
  });

  test(`T29 the server clears a team that the new release does not have: ALM keeps its value, which is told and tried again (kind ${kind})`, async () => {
    const { release, own, defect, there, here } = site(bench(), "clear");
    const [one, two] = [release("one"), release("two")];
    own("clear scouts", one);
    const link = await open(bench());
    const id = defect("moves on", "clear scouts", one);
    await link.run();
    bench().alm.admin.update("defects", id, { "target-rel": two.alm });
    const report = await link.run();
    assert.match(texts(report), /team_id: .*agm has no team "clear scouts" in release "clear two"/);
    assert.deepEqual(there(link.agmOf(id)), [two.agm, null]);
    await link.run();
    await link.run(true);
    assert.deepEqual(here(id), [two.alm, "clear scouts"], "what the server cleared is nobody's edit");
    const late = own("clear scouts", two);
    link.pass(30);
    assert.equal((await link.run()).status, "passed");
    assert.deepEqual(there(link.agmOf(id)), [two.agm, late]);
    await assertQuiet(link);
  });

  test(`T30 Agile Manager's very team survives the way to ALM and back as long as it fits the release (kind ${kind})`, async () => {
    const { release, everybodys, own, there } = site(bench(), "T30");
    const [one, two, three] = [release("one"), release("two"), release("three")];
    const all = everybodys("T30 crew", one, two, three);
    const [local, next] = [own("T30 crew", one), own("T30 crew", two)];
    const link = await open(bench());
    const make = (name: string, team: number) =>
      bench().agm.admin.create("backlog_items", { subtype: "defect", name, release_id: one.agm, team_id: team });
    const [mine, ours] = [make("own team", local), make("workspace team", all)];
    await link.run();
    const now = (id: number) => there(bench().agm.admin.get("backlog_items", id) ?? {});
    const edit = async (id: number, fields: Record<string, string>) => {
      bench().alm.admin.update("defects", String(link.almOf(id)["id"]), fields);
      assert.equal((await link.run()).status, "passed");
      await assertQuiet(link);
      return now(id);
    };
    assert.deepEqual(await edit(mine, { name: "own team, renamed" }), [one.agm, local]);
    assert.deepEqual(await edit(ours, { name: "workspace team, renamed" }), [one.agm, all]);
    // Elsewhere the release's own team of that name, or the workspace's, stands for a team that stays behind.
    assert.deepEqual(await edit(mine, { "target-rel": two.alm }), [two.agm, next]);
    assert.deepEqual(await edit(mine, { "target-rel": three.alm }), [three.agm, all]);
    // A team of the workspace goes along.
    assert.deepEqual(await edit(ours, { "target-rel": two.alm }), [two.agm, all]);
    assert.deepEqual(await edit(ours, { "target-rel": "" }), [null, all]);
  });

  test(`S45 S46 two teams of one kind with one name skip the record (kind ${kind})`, async () => {
    const { release, own, defect } = site(bench(), "S46");
    const one = release("one");
    for (const _ of [1, 2]) own("S46 twins", one);
    const link = await open(bench());
    defect("whose", "S46 twins", one);
    const fine = defect("nobody's", "", one);
    const report = await link.run();
    assert.match(
      texts(report),
      /team_id: "S46 twins" is not unique among the teams of agm: \d+ \(of release "S46 one"\), \d+/,
    );
    assert.equal(bench().agm.admin.list("backlog_items").length, 1);
    assert.equal(link.agmOf(fine)["name"], "nobody's");
  });
}

test("S65 a server that refuses what it was guessed to take says so, and the rest of the record goes on", async () => {
  const bench = benches.get("hidden") ?? assert.fail("no bench");
  const { release, own, everybodys, defect, there } = site(bench, "guess");
  const one = release("one");
  own("guess own", one);
  const workspace = everybodys("guess all", one);
  const link = await open(bench);
  // Both teams take part in one release: nothing tells whose they are.
  const [wrong, right] = [defect("own, no release", "guess own", null), defect("all, no release", "guess all", null)];
  const report = await link.run();
  assert.match(texts(report), /team_id: .*the team does not take part in the release of release_id/);
  assert.deepEqual([link.agmOf(wrong)["name"], ...there(link.agmOf(wrong))], ["own, no release", null, null]);
  assert.deepEqual(there(link.agmOf(right)), [null, workspace]);
});

test("T29 what the server cleared is no edit either where its answer is lost", async () => {
  const bench = benches.get("shown") ?? assert.fail("no bench");
  const { release, own, defect, there, here } = site(bench, "lost");
  const [one, two] = [release("one"), release("two")];
  own("lost scouts", one);
  const link = await open(bench);
  const id = defect("moves on", "lost scouts", one);
  await link.run();
  bench.alm.admin.update("defects", id, { "target-rel": two.alm });
  bench.agm.faults.arm({ kind: "drop-after", method: "PUT", path: "backlog_items", times: 20 });
  const report = await link.run();
  bench.agm.faults.clear();
  assert.match(texts(report), /team_id: .*agm has no team "lost scouts" in release "lost two"/);
  assert.deepEqual(there(link.agmOf(id)), [two.agm, null]);
  link.pass(30);
  await link.run();
  await link.run(true);
  assert.deepEqual(here(id), [two.alm, "lost scouts"]);
  assert.deepEqual(there(link.agmOf(id)), [two.agm, null]);
});

test("S64 a release that was changed in Agile Manager meanwhile is the one in which a team is looked for", async () => {
  const bench = benches.get("shown") ?? assert.fail("no bench");
  const { release, own, defect, there, here } = site(bench, "both");
  const [one, two] = [release("one"), release("two")];
  own("both scouts", one);
  const wanted = own("both scouts", two);
  const link = await open(bench);
  const id = defect("edited twice", "", one);
  await link.run();
  bench.agm.admin.update("backlog_items", Number(link.agmOf(id)["id"]), { release_id: two.agm });
  bench.alm.admin.update("defects", id, { "user-05": "both scouts" });
  assert.equal((await link.run()).status, "passed");
  assert.deepEqual(there(link.agmOf(id)), [two.agm, wanted]);
  assert.deepEqual(here(id), [two.alm, "both scouts"]);
  await assertQuiet(link);
});

test("S64 without the release mapped teams are found by name in the workspace alone, and the check says so", async () => {
  const bench = benches.get("shown") ?? assert.fail("no bench");
  const { release, own, everybodys, defect, there } = site(bench, "alone");
  const [one, two] = [release("one"), release("two")];
  own("alone crew", one);
  const all = everybodys("alone crew", one, two);
  const rows = 'user-05 = "team_id"';
  assert.deepEqual(
    (await bench.check(rows)).filter((code) => code.startsWith("owner")),
    ["owner-unmapped"],
  );
  const link = await open(bench, rows);
  const id = defect("crew", "alone crew", null);
  await link.run();
  assert.deepEqual(there(link.agmOf(id)), [null, all]);
  await assertQuiet(link);
});
