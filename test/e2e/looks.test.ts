import assert from "node:assert/strict";
import { cpSync, renameSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { objectOf } from "../support/command.ts";
import { changed, MAPPING } from "../support/sample.ts";
import { openSite, type Site, SMALL } from "../support/site.ts";

interface Why {
  readonly links: readonly {
    readonly link: string;
    readonly partner: string | null;
    readonly writes: readonly {
      readonly field: string;
      readonly revision: string;
      readonly origin: string;
      readonly row: string | null;
      readonly before: unknown;
      readonly after: unknown;
      readonly run: string;
      readonly source: { readonly endpoint: string; readonly record: string; readonly version: string };
    }[];
  }[];
}

interface WhyNot {
  readonly links: readonly {
    readonly synced: boolean;
    readonly findings: readonly {
      readonly kind: string;
      readonly message: string;
      readonly where: string | null;
      readonly since: number | null;
      readonly earlier: { readonly revision: string; readonly until: { readonly revision: string } } | null;
    }[];
  }[];
}

async function synced(t: TestContext): Promise<{ site: Site; daemon: ReturnType<Site["start"]>; partner: string }> {
  const site = await openSite(t, {
    trackers: SMALL,
    edit: (text) => changed(text, (m) => m.replace('conflict = "alm"', 'conflict = "hold"')),
  });
  site.trackers.alm.admin.create("defects", { name: "First" });
  site.trackers.alm.admin.create("defects", { name: "Second" });
  const daemon = site.start();
  await daemon.verdict(site.head());
  const report = await site.ask();
  assert.equal(report.status, "passed", JSON.stringify(report.messages));
  return { site, daemon, partner: String(site.trackers.almDefect("1")["user-04"]) };
}

async function json<T>(site: Site, code: number, ...args: string[]): Promise<T> {
  const ended = await site.run([...args, "--json", "--state", site.state]);
  assert.equal(ended.code, code, `${args.join(" ")}: ${ended.stdout} ${ended.stderr}`);
  return objectOf(ended) as T;
}

async function text(site: Site, ...args: string[]): Promise<string> {
  const ended = await site.run([...args, "--state", site.state]);
  return `${ended.code} ${ended.stdout}${ended.stderr}`;
}

test("B5 B20 B26 E126 E127 the commands that look, beside a running daemon and after it ended", async (t) => {
  const { site, daemon, partner } = await synced(t);
  const { alm, agm } = site.trackers;
  alm.admin.update("defects", "1", { name: "First, edited" });
  const edited = await site.ask();

  const why = await json<Why>(site, 0, "why", `agm:${partner}`, "name");
  const write = why.links[0]?.writes[0];
  assert.equal(why.links[0]?.partner, "alm:1");
  assert.deepEqual(
    [write?.field, write?.before, write?.after, write?.run],
    ["name", "First", "First, edited", edited.run],
  );
  assert.equal(write?.revision, site.head());
  assert.deepEqual([write?.source.endpoint, write?.source.record], ["alm", "1"]);
  assert.match(write?.origin ?? "", /^mappings\/payments\.toml:\d+$/);
  assert.match(write?.row ?? "", /^name\s*= "name"$/);
  assert.match(await text(site, "why", "alm:4711"), /^1 alm:4711 is not known/);
  assert.match(await text(site, "why", "nonsense"), /^2 .*names no record/);

  const runs = await site.run(["runs", "--json", "--state", site.state]);
  const reports = JSON.parse(runs.stdout) as { run: string; status: string }[];
  assert.deepEqual(
    reports.map((r) => r.status),
    ["passed", "passed"],
  );
  assert.equal(reports[0]?.run, edited.run);
  assert.match(
    await text(site, "runs", edited.run.slice(0, 8)),
    new RegExp(`^0 run +${edited.run}\n.*\nstatus +passed`),
  );
  assert.match(await text(site, "runs", "zzzz"), /^3 .*No kept run/);

  const inStep = await json<WhyNot>(site, 0, "why-not", "alm:1");
  assert.deepEqual(
    inStep.links[0]?.findings.map((f) => f.kind),
    ["in step"],
  );
  assert.match(
    await text(site, "drift", "payments/defects", "--exit-code"),
    /^0 payments\/defects: both sides agree: 2 pairs compared/,
  );
  assert.match(await text(site, "queue"), /^0 nothing waits/);

  alm.admin.update("defects", "1", { name: "In ALM" });
  agm.admin.update("backlog_items", Number(partner), { name: "In Agile Manager" });
  await site.ask();
  const traffic = alm.admin.list("defects").map((d) => JSON.stringify(d));
  for (const running of [true, false]) {
    const conflicts = await json<{ conflicts: { sides: { endpoint: string; field: string; value: string }[] }[] }>(
      site,
      0,
      "conflicts",
    );
    assert.deepEqual(
      conflicts.conflicts[0]?.sides.map((s) => [s.endpoint, s.field, s.value]),
      [
        ["alm", "name", "In ALM"],
        ["agm", "name", "In Agile Manager"],
      ],
    );
    const held = await json<WhyNot>(site, 1, "why-not", `agm:${partner}`);
    assert.deepEqual(
      held.links[0]?.findings.map((f) => f.kind),
      ["conflict"],
    );
    const drift = await json<{ items: { why: string; values: Record<string, string> }[] }>(
      site,
      1,
      "drift",
      "payments/defects",
      "--exit-code",
    );
    assert.deepEqual(
      drift.items.map((i) => [i.why, i.values]),
      [["conflict", { alm: "In ALM", agm: "In Agile Manager" }]],
    );
    assert.equal(
      (await json<Why>(site, 0, "why", `agm:${partner}`, "name")).links[0]?.writes[0]?.after,
      "First, edited",
    );
    if (running) assert.equal(await daemon.stop(), 0);
  }
  assert.deepEqual(
    alm.admin.list("defects").map((d) => JSON.stringify(d)),
    traffic,
  );
});

test("B20 why-not names the filter, its line, and the newest revision that would have selected the record", async (t) => {
  const site = await openSite(t, {
    trackers: SMALL,
    edit: (text) => changed(text, (m) => m.replace("status[<> 'Closed']", "status[<> 'Rejected']")),
  });
  const good = site.head();
  const files = site.files();
  const narrower = changed(files[MAPPING] ?? "", (m) => m.replace("status[<> 'Rejected']", "status[<> 'Closed']"));
  const culprit = site.publish({ [MAPPING]: narrower }, "Leave closed defects alone");
  site.publish({ [MAPPING]: `${narrower}\n# a remark\n` }, "Say more");
  site.trackers.alm.admin.create("defects", { name: "Done", status: "Closed" });
  const daemon = site.start();
  await daemon.verdict(site.head());
  await site.ask();
  for (const running of [true, false]) {
    const told = await json<WhyNot>(site, 1, "why-not", "alm:1");
    const [found] = told.links[0]?.findings ?? [];
    assert.equal(found?.kind, "filter");
    assert.match(found?.message ?? "", /status\[<> 'Closed'\]/);
    const line = narrower.split("\n").findIndex((l) => l.startsWith("filter")) + 1;
    assert.equal(found?.where, `${MAPPING}:${line}`);
    assert.deepEqual([found?.earlier?.revision, found?.earlier?.until.revision], [good, culprit]);
    assert.ok(Number(found?.since) > 0);
    if (running) assert.equal(await daemon.stop(), 0);
  }
  assert.match(await text(site, "why-not", "alm:4711"), /^1 .*alm has no defect 4711/s);
  assert.match(
    await text(site, "why-not", "jira:1"),
    /^3 .*No link of the active configuration has an endpoint "jira"/,
  );
});

test("a backup of a working daemon, restored a day of edits later: nothing lost, nothing doubled, the second run empty", async (t) => {
  const { site, daemon, partner } = await synced(t);
  const { alm, agm } = site.trackers;
  const copy = site.box.path("copy");
  const backup = await json<{ files: { name: string }[] }>(site, 0, "backup", copy);
  assert.ok(backup.files.some((f) => f.name === "links.sqlite") && backup.files.some((f) => f.name === "daemon.json"));
  assert.match(await text(site, "backup", copy), /^3 .*not empty/);

  alm.admin.create("defects", { name: "Made since" });
  agm.admin.update("backlog_items", Number(partner), { name: "Edited since" });
  await site.ask();
  const counts = site.trackers.counts();
  assert.equal(await daemon.stop(), 0);
  renameSync(site.state, site.box.path("lost"));
  cpSync(copy, site.state, { recursive: true });

  const again = site.start();
  await again.verdict(site.head());
  const first = await site.ask();
  assert.equal(first.status, "passed", JSON.stringify(first.messages));
  assert.deepEqual([first.paired, site.trackers.counts(), site.trackers.doubled()], [1, counts, []]);
  assert.equal(site.trackers.almDefect("1")["name"], "Edited since");
  const writes = Object.values(first.counts).reduce((sum, c) => sum + c.created + c.updated + c.deleted, 0);
  const second = await site.ask({ full: true });
  assert.equal(
    Object.values(second.counts).reduce((sum, c) => sum + c.created + c.updated + c.deleted, 0),
    0,
  );
  assert.equal(writes, 0);
  assert.match(await text(site, "drift", "payments/defects", "--exit-code"), /^0 .*both sides agree/);
  assert.equal(await again.stop(), 0);
});

test("B19 T40 sync, its dry run, plan and runs tell of one plan: the same hash, and every part of a record", async (t) => {
  const site = await openSite(t, { trackers: SMALL });
  const { alm } = site.trackers;
  const ids = ["One", "Two"].map((name) => alm.admin.create("defects", { name }));
  const place = ["--state", site.state, "--repo", site.bare, "--secrets", site.secrets];
  const sync = async (...args: string[]) => {
    const ended = await site.run(["sync", "payments/defects", "--json", ...args, ...place]);
    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
    return objectOf(ended) as { run: string; plan: { writes: number; hash: string } };
  };
  const look = await sync("--full", "--dry-run");
  assert.equal(look.plan.writes, 2);
  assert.match(look.plan.hash, /^[0-9a-f]{64}$/);
  assert.deepEqual((await sync("--full", "--dry-run")).plan, look.plan);
  assert.deepEqual((await sync("--full")).plan, look.plan);

  const [id] = ids;
  alm.admin.update("defects", id ?? "", { name: "One, renamed" });
  alm.admin.attachments.add("defects", id ?? "", { name: "log.txt", content: "what happened" });
  const planned = await site.run(["plan", "--record", `alm:${id}`, ...place]);
  assert.equal(planned.code, 0, planned.stdout + planned.stderr);
  assert.match(planned.stdout, /: a run updates agm:\d+, writes 1 attachment of agm:\d+$/m);
  assert.match(planned.stdout, /^ {2}agm:\d+, attachment log\.txt\.url: added, "log\.txt\.url/m);
  const drift = await site.run(["drift", "payments/defects", ...place]);
  assert.match(drift.stdout, /^ {2}not yet carried: the next full run adds it to agm$/m);
  const dry = await sync("--full", "--dry-run");
  const real = await sync("--full");
  assert.deepEqual([real.plan, real.plan.writes], [dry.plan, 2]);
  const told = await site.run(["runs", real.run.slice(0, 8), "--state", site.state]);
  assert.match(told.stdout, new RegExp(`^plan {7}2 writes, hash ${real.plan.hash}$`, "m"));
  assert.match(told.stdout, new RegExp(`the very same as dry run ${dry.run.slice(0, 8)} planned`));
  const after = await site.run(["drift", "payments/defects", "--exit-code", ...place]);
  assert.equal(after.code, 0, after.stdout + after.stderr);
  assert.equal((await sync("--full")).plan.writes, 0);
});

test("each looking command teaches with --help, and says what to do where nothing ever ran", async (t) => {
  const site = await openSite(t, { trackers: SMALL });
  for (const name of ["runs", "queue", "conflicts", "why", "why-not", "drift", "backup"]) {
    const help = await site.run([name, "--help"]);
    assert.equal(help.code, 0);
    assert.match(help.stdout, /Exit code 0/, name);
    const record = name.startsWith("why")
      ? ["alm:1"]
      : name === "drift"
        ? ["payments/defects"]
        : name === "backup"
          ? [site.box.path("b")]
          : [];
    const ended = await site.run([name, ...record, "--state", site.box.path("nowhere")]);
    assert.equal(ended.code, 3, `${name}: ${ended.stdout}${ended.stderr}`);
    assert.match(ended.stderr, /syncline start|no store|folder/i, name);
  }
});
