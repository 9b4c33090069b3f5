import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { objectOf, syncline } from "../support/command.ts";
import { RULE, sampleFiles } from "../support/sample.ts";
import { openSite, type Site, SMALL } from "../support/site.ts";
import { gitBox, isolatedEnv } from "../unit/config-git/git-box.ts";

interface Tests {
  readonly ok: boolean;
  readonly results: readonly {
    readonly file: string;
    readonly name: string;
    readonly failure: {
      readonly message: string;
      readonly file: string;
      readonly line: number;
      readonly column: number;
    } | null;
  }[];
  readonly broken: readonly { readonly file: string; readonly message: string }[];
  readonly coverage: {
    readonly percent: number;
    readonly rules: { readonly unreached: readonly { readonly name: string }[] };
    readonly branches: {
      readonly total: number;
      readonly unreached: readonly {
        readonly file: string;
        readonly line: number;
        readonly column: number;
        readonly kind: string;
      }[];
    };
  };
}

const TESTS = "rules/payments/defects.test.ts";
const FIXTURE = "rules/payments/fixtures/crash.json";

const RULES = `import { link } from "syncline";

export default link<"payments", "defects">({
  alm: {
    outgoing({ issue, replica }) {
      replica["user-03"] = issue["user-03"] ?? "internal";
    },
  },
  agm: {
    async incoming({ issue, replica, creating, lookup, log }) {
      const found = await lookup.option("severity", "critical");
      log("asked", found.status);
      issue.description = replica.description ?? "<p>No description</p>";
      if (creating) issue.status = "New";
      if (replica.severity === "5-Urgent") issue.name = \`! \${replica.name}\`;
    },
  },
});
`;

const GOOD = `import { expect, run, test } from "syncline/test";
import crash from "./fixtures/crash.json" with { type: "json" };

test("an urgent defect is marked", async () => {
  const { issue, logs, errors } = await run(crash);
  expect(issue["name"]).toMatch(/^! /);
  expect(logs).toEqual(["asked found"]);
  expect(errors).toEqual({});
  expect(issue["assigned_to"]).toMatch(/^person-1\\b/);
  expect(issue["assigned_to"]).toBe(crash.partner.fields.assigned_to);
});

test("a defect without a description gets one", async () => {
  const { issue } = await run(crash, { record: { description: null } });
  expect(issue["description"]).toBe("<p>No description</p>");
});
`;

function put(site: Site, files: Readonly<Record<string, string>>): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(site.clone, file)), { recursive: true });
    writeFileSync(join(site.clone, file), text);
  }
}

async function tested(site: Site, code: number, ...args: string[]): Promise<Tests> {
  const ended = await site.run(["test", ...args, "--repo", site.clone, "--json"]);
  assert.equal(ended.code, code, ended.stdout + ended.stderr);
  return objectOf(ended) as unknown as Tests;
}

test("X31 B17 B19 a record from the trackers becomes a scrubbed fixture, and tests run on it without them", async (t) => {
  const site = await openSite(t, { trackers: SMALL });
  const { alm } = site.trackers;
  const id = String(
    alm.admin.create("defects", {
      name: "Nora Quist lost 4711 coins",
      description:
        '<html><body>Call <b>Nora</b> at <a href="mailto:nora@bank.example">nora@bank.example</a></body></html>',
      severity: "5-Urgent",
      "user-03": "Ceridian",
      owner: "petra.novak",
    }),
  );
  const daemon = site.start();
  await daemon.verdict(site.publish({ [RULE]: RULES }));
  const report = await site.ask();
  assert.equal(report.status, "passed", JSON.stringify(report.messages));
  await daemon.stop();

  const record = (...args: string[]) =>
    site.run(["record", `alm:${id}`, "--name", "crash", "--repo", site.clone, "--state", site.state, ...args]);
  const traffic = JSON.stringify(alm.admin.list("defects"));
  const first = await record();
  assert.equal(first.code, 0, first.stdout + first.stderr);
  assert.match(first.stdout, /^written .*crash\.json \(payments\/defects, partner agm:/);
  const text = readFileSync(join(site.clone, FIXTURE), "utf8");
  assert.doesNotMatch(text, /nora|quist|4711|coins|petra|novak|horakova|bank\.example|ceridian/i, "nobody's words");
  for (const secret of [site.trackers.alm.access["password"], site.trackers.agm.access["client-secret"]])
    assert.ok(!text.includes(String(secret)), "no secret");
  assert.match(text, /"users": \{\s+"payments"/, "who is who in the users file, by stand-ins");
  assert.match(text, /"severity": "5-Urgent"/, "list values stay");
  assert.match(text, /<html><body>/, "markup stays");
  assert.match((await record()).stdout, /^unchanged/, "B19 the same record, the same file");
  assert.equal(JSON.stringify(alm.admin.list("defects")), traffic, "nothing was written");
  const kept = await site.run([
    "record",
    `alm:${id}`,
    "--into",
    "kept.json",
    "--keep",
    "user-03",
    "--state",
    site.state,
  ]);
  assert.equal(kept.code, 0, kept.stderr);
  assert.match(readFileSync(join(site.box.root, "kept.json"), "utf8"), /Ceridian/);
  assert.equal((await site.run(["record", "alm:999", "--repo", site.clone, "--state", site.state])).code, 1);

  await site.trackers.alm.close();
  await site.trackers.agm.close();
  put(site, { [TESTS]: GOOD });
  const passed = await tested(site, 0);
  assert.deepEqual(
    passed.results.map(({ name, failure }) => [name, failure]),
    [
      ["an urgent defect is marked", null],
      ["a defect without a description gets one", null],
    ],
  );
  assert.deepEqual(await tested(site, 0), passed, "B19 the same tests, the same outcome");
  const at = RULES.split("\n").findIndex((line) => line.includes("if (creating)")) + 1;
  assert.deepEqual(
    passed.coverage.branches.unreached.map(({ line, column, kind }) => [line, column, kind]),
    [
      [at - 8, 48, "choice"],
      [at, 21, "if"],
      [at + 1, 7, "else"],
    ],
    "a defect of nobody's, a creation, and another severity were not tried",
  );
  assert.deepEqual(passed.coverage.rules.unreached, []);
  await tested(site, 1, "--coverage-min", "99");

  put(site, {
    "rules/payments/bad.test.ts": `import { expect, run, sends, test } from "syncline/test";
import crash from "./fixtures/crash.json" with { type: "json" };
test("never ends", () => {
  for (;;);
});
test("is wrong", async () => {
  const { issue } = await run(crash, { from: "alm" });
  expect(issue).toHave({ severity: "Low" });
});
test("asks what nobody recorded", async () => {
  await run(crash, { lookups: {}, record: { severity: "1-Low" } });
  expect("alive").not.toBe("dead");
});
test("says what does not fit", async () => {
  await expect(run(crash, { record: { nonsense: "x" } })).toFail(/alm has no field "nonsense"/);
  await expect(sends(crash, { attachment: { name: "a.txt" } })).toFail("no rule");
});
`,
    "rules/payments/broken.test.ts":
      'import { test } from "syncline/test";\ntest("x", () => undefined);\nthrow new Error("at load");\n',
  });
  const failed = await tested(site, 1);
  assert.deepEqual(
    failed.broken.map(({ file, message }) => [file, message]),
    [["rules/payments/broken.test.ts", "Loading the file fails: at load."]],
  );
  const said = new Map(failed.results.map(({ name, failure }) => [name, failure]));
  assert.match(said.get("never ends")?.message ?? "", /The test ran longer than 1 s/);
  const wrong = said.get("is wrong");
  assert.deepEqual([wrong?.file, wrong?.line, wrong?.column], ["rules/payments/bad.test.ts", 8, 17]);
  assert.match(wrong?.message ?? "", /severity: expected "Low", got "/);
  for (const good of ["asks what nobody recorded", "says what does not fit", "an urgent defect is marked"])
    assert.equal(said.get(good), null, good);
  const shown = await site.run(["test", "bad", "--repo", site.clone]);
  assert.equal(shown.code, 1);
  assert.match(
    shown.stdout,
    /^failed {2}rules\/payments\/bad\.test\.ts {2}is wrong\n {10}rules\/payments\/bad\.test\.ts:8:17$/m,
  );
  assert.match(shown.stdout, new RegExp(`no test reaches {2}${RULE}:${at}:21`));
  assert.match(shown.stdout, /failed: 2 of 4 tests$/m);

  const asking = RULES.replace('"severity", "critical"', '"severity", "low"').replace(
    "if (creating)",
    'if (replica.name === "x") throw new Error("no");\n      if (creating)',
  );
  put(site, {
    [RULE]: asking,
    "rules/payments/bad.test.ts": `import { expect, run, test } from "syncline/test";
import crash from "./fixtures/crash.json" with { type: "json" };
test("a question without an answer", async () => {
  await run(crash);
});
test("an answer of the test's own", async () => {
  const { logs } = await run(crash, { lookups: { "option severity low": { status: "missing" } } });
  expect(logs).toEqual(["asked missing"]);
});
test("a rule that throws", async () => {
  await run(crash, { lookups: { "option severity low": { status: "missing" } }, record: { name: "x" } });
});
`,
  });
  const more = new Map((await tested(site, 1, "bad.test.ts")).results.map(({ name, failure }) => [name, failure]));
  assert.match(
    more.get("a question without an answer")?.message ?? "",
    /agm looks up "option severity low", and the fixture has no answer/,
  );
  assert.equal(more.get("an answer of the test's own"), null);
  assert.match(more.get("a rule that throws")?.message ?? "", new RegExp(`rule failed: no \\(${RULE}:${at}:39\\)`));
  put(site, {
    [RULE]: RULES.replace(
      "outgoing(",
      `attachment: ({ attachment }) => !attachment.name.endsWith(".exe"),
    comment({ comment }) {
      if (comment.private) return false;
      comment.body = comment.body.replaceAll("Codename X", "the product");
      return true;
    },
    outgoing(`,
    ),
    "rules/payments/bad.test.ts": `import { expect, sends, test } from "syncline/test";
import crash from "./fixtures/crash.json" with { type: "json" };
test("parts", async () => {
  expect(await sends(crash, { attachment: { name: "a.exe" } })).toEqual({ sent: false, body: null });
  expect(await sends(crash, { attachment: { name: "a.txt" } })).toHave({ sent: true });
  expect(await sends(crash, { comment: { body: "Codename X" } })).toEqual({ sent: true, body: "the product" });
  expect((await sends(crash, { comment: { body: "x", private: true } })).sent).toBe(false);
});
test("an expectation that nobody waits for counts", () => {
  expect(() => undefined).toFail();
});
`,
  });
  const parts = await tested(site, 1, "bad.test.ts");
  assert.deepEqual(
    parts.results.map(({ failure }) => failure?.message ?? null),
    [null, "expected it to fail, and it did not"],
  );
  assert.deepEqual(
    parts.coverage.rules.unreached.map(({ name }) => name),
    ["payments/defects alm.outgoing", "payments/defects agm.incoming"],
    "which rules no test reaches",
  );
  put(site, {
    "rules/payments/bad.test.ts":
      'import { test } from "syncline/test";\ntest(1, "x");\nimport fs from "node:fs";\nfs.readFileSync("/etc/passwd");\n',
  });
  const refused = await tested(site, 1);
  assert.equal(refused.ok, false, "types and imports are checked as those of rules are");
});

interface Plan {
  readonly partner: string | null;
  readonly acts: readonly {
    readonly kind: string;
    readonly endpoint: string;
    readonly record: string | null;
    readonly fields: readonly {
      readonly field: string;
      readonly value: unknown;
      readonly before: unknown;
      readonly origin: string;
    }[];
  }[];
  readonly messages: readonly string[];
  readonly findings: readonly { readonly kind: string }[];
  readonly fields: readonly { readonly fields: Readonly<Record<string, string>>; readonly decision: string }[];
  readonly steps: readonly {
    readonly endpoint: string;
    readonly kind: string;
    readonly logs: readonly string[];
    readonly failure: string | null;
    readonly lookups: readonly unknown[];
    readonly changed: Readonly<Record<string, unknown>>;
  }[];
}

test("X27 T40 plan --record says what a run would do with one record, from rule to merge, and writes nothing", async (t) => {
  const site = await openSite(t, { trackers: SMALL });
  const { alm, agm } = site.trackers;
  const id = String(alm.admin.create("defects", { name: "Crash", severity: "1-Low" }));
  const daemon = site.start();
  await daemon.verdict(site.publish({ [RULE]: RULES }));
  const everything = () => JSON.stringify([alm.admin.list("defects"), agm.admin.list("backlog_items")]);
  const plan = async (code: number, ...args: string[]): Promise<Plan> => {
    const before = everything();
    const ended = await site.run(["plan", "--record", `alm:${id}`, "--json", "--state", site.state, ...args]);
    assert.equal(ended.code, code, ended.stdout + ended.stderr);
    assert.equal(everything(), before, "nothing was written");
    return objectOf(ended) as unknown as Plan;
  };
  const create = await plan(0);
  assert.deepEqual(
    create.acts.map(({ kind, endpoint, record }) => [kind, endpoint, record]),
    [["create", "agm", null]],
  );
  const wanted = Object.fromEntries(create.acts[0]?.fields.map(({ field, value }) => [field, value]) ?? []);
  assert.equal(wanted["description"], "<p>No description</p>");
  assert.deepEqual(
    create.steps.map(({ endpoint, kind, logs }) => [endpoint, kind, logs]),
    [
      ["alm", "outgoing", []],
      // Agile Manager tells its list values by the records that hold them: as yet there are none.
      ["agm", "incoming", ["asked unknown"]],
    ],
  );
  assert.equal(create.steps[1]?.lookups.length, 1);
  assert.deepEqual(create.steps[0]?.changed["user-03"], { from: null, to: "internal" });
  const report = await site.ask();
  assert.equal(report.status, "passed", JSON.stringify(report.messages));
  const partner = String(site.trackers.almDefect(id)["user-04"]);
  const made = site.trackers.agmDefect(Number(partner));
  assert.equal(made["name"], wanted["name"], "what was planned is what was made");
  assert.equal(made["description"], wanted["description"]);
  assert.deepEqual((await plan(0)).acts, [], "in step");

  alm.admin.update("defects", id, { name: "Crash, again" });
  const update = await plan(0);
  assert.deepEqual(
    update.acts.map(({ kind, endpoint, record, fields }) => [
      kind,
      endpoint,
      record,
      fields.map((f) => [f.field, f.before, f.value]),
    ]),
    [["update", "agm", partner, [["name", "Crash", "Crash, again"]]]],
  );
  assert.match(update.acts[0]?.fields[0]?.origin ?? "", /^mappings\/payments\.toml:\d+$/);
  assert.equal(
    update.fields.find(({ fields }) => fields["alm"] === "name")?.decision,
    "written to agm: edited in alm since both agreed",
  );
  const shown = await site.run(["plan", "--record", `alm:${id}`, "--trace", "--state", site.state]);
  assert.match(
    shown.stdout,
    new RegExp(`^alm:${id} in payments/defects \\(partner agm:${partner}\\): a run updates agm:${partner}$`, "m"),
  );
  assert.match(shown.stdout, /^ {4}name: "Crash" → "Crash, again" {2}\[mappings\/payments\.toml:\d+\]$/m);
  assert.match(
    shown.stdout,
    /^ {2}rule agm\.incoming\n {4}look-up option severity critical: .*\n {4}log: asked missing$/m,
  );
  assert.match(shown.stdout, /^ {2}field alm\.name \/ agm\.name: written to agm/m);

  put(site, { [RULE]: RULES.replace("log(", 'throw new Error("stop"); log(') });
  const broken = await plan(1, "--worktree", "--repo", site.clone);
  assert.deepEqual(broken.acts, []);
  assert.match(
    broken.steps.find(({ failure }) => failure !== null)?.failure ?? "",
    /^stop \(rules\/payments\/defects\.ts:12:\d+\)$/,
  );
  assert.match(broken.messages.join("\n"), /rule failed: stop/);
  assert.deepEqual((await plan(0)).acts.length, 1, "the active revision is another one");
  const run = await site.ask();
  assert.equal(run.counts["agm"]?.updated, 1, "as planned");
  const nobody = await site.run(["plan", "--record", "jira:1", "--state", site.state]);
  assert.deepEqual([nobody.code, /There is: alm, agm/.test(nobody.stderr)], [3, true], nobody.stderr);
});

test("X31 the sample's own tests pass, and reach every rule and branch", async (t) => {
  const box = await gitBox(t);
  const { clone } = box.pair(sampleFiles());
  const ended = await syncline(["test", "--coverage-min", "100"], { env: isolatedEnv(box.root), cwd: clone });
  assert.equal(ended.code, 0, ended.stdout + ended.stderr);
  assert.match(ended.stdout, /^reached: 3 of 3 rules, (\d+) of \1 branches \(100 %\)$/m);
});
