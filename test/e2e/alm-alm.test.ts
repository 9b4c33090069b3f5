import assert from "node:assert/strict";
import { after, type TestContext, test } from "node:test";
import type { SharedPerson } from "../../daemon/sandbox/shared-content.ts";
import { type AlmPair, openAlmPair, secretOf } from "../support/alm-pair.ts";
import { syncline } from "../support/command.ts";
import { startDaemon } from "../support/daemon.ts";
import { closeLinkBenches } from "../support/link-bench.ts";
import { sayInMemo } from "../support/memo.ts";
import { messagesOf, writtenBy } from "../support/run-report.ts";
import { writeSecrets } from "../support/sample.ts";
import { gitBox, isolatedEnv } from "../unit/config-git/git-box.ts";

after(closeLinkBenches);

function person(login: string, email: string): SharedPerson {
  return { login, name: login, emails: [email], active: true };
}

const ONE = [
  person("anna", "anna@bank.example"),
  person("bob", "bob@bank.example"),
  person("carol", "carol@bank.example"),
];
/** Other logins: two are known by their address, one by the users file. */
const TWO = [
  person("a.berg", "Anna@bank.example"),
  person("b.ross", "bob@group.example"),
  person("c.diaz", "carol@bank.example"),
];

const MAPPING = `
[links.releases]
one = "release"
two = "release"
fields = { name = "name", start-date = "start-date", end-date = "end-date", description = "description" }

[links.cycles]
one = "release-cycle"
two = "release-cycle"
fields = { name = "name", start-date = "start-date", end-date = "end-date", parent-id = "parent-id" }

[links.requirements]
one = "requirement"
two = "requirement"
marker = { one = "user-01", two = "user-01" }
conflict = "one"
entity_links = {}
[links.requirements.fields]
name = "name"
type-id = "type-id"
parent-id = "parent-id"
description = "description"
owner = { two = "owner", users = "people" }
req-priority = "req-priority"
target-rel = "target-rel"

[links.defects]
one = "defect"
two = "defect"
marker = { one = "user-04", two = "user-04" }
conflict = "one"
entity_links = {}
attachments = {}
comments = {}
[links.defects.fields]
name = "name"
description = "description"
status = "status"
severity = { two = "severity", values = "severity" }
priority = "priority"
owner = { two = "owner", users = "people" }
detected-by = { two = "detected-by", users = "people" }
creation-time = "creation-time"
target-rel = "target-rel"
target-rcyc = "target-rcyc"
estimated-fix-time = "estimated-fix-time"
user-02 = "user-02"
user-06 = "user-06"

[values.severity]
both = { "1-Low" = "1-Low", "2-Medium" = "2-Medium", "5-Urgent" = "4-Very High" }
`;

const USERS = "one,<>,two\nbob,<>,b.ross\n";
const LINKS = ["releases", "cycles", "requirements", "defects"] as const;

function open(t: TestContext): Promise<AlmPair> {
  return openAlmPair(t, {
    one: { content: { people: ONE } },
    two: { content: { people: TWO }, zone: "America/New_York" },
    mapping: (endpoints) => endpoints.replace(/zone = .*\n/g, "") + MAPPING,
    users: { people: USERS },
  });
}

async function runAll(pair: AlmPair, full = false): Promise<number> {
  let written = 0;
  for (const link of LINKS) {
    const report = await pair.run(link, { full });
    assert.equal(report.status, "passed", `${link}: ${messagesOf(report)}`);
    written += writtenBy(report);
  }
  return written;
}

async function settle(pair: AlmPair): Promise<void> {
  assert.equal(await runAll(pair), 0, "the second run writes nothing");
  assert.equal(await runAll(pair, true), 0, "nor does a full one");
}

function fill({ one }: AlmPair) {
  const { admin } = one;
  const folder = admin.create("release-folders", { name: "Plans", "parent-id": "1" });
  const release = admin.create("releases", {
    name: "R1",
    "start-date": "2026-01-01",
    "end-date": "2026-12-31",
    "parent-id": folder,
  });
  const cycle = admin.create("release-cycles", {
    name: "C1",
    "start-date": "2026-02-01",
    "end-date": "2026-03-01",
    "parent-id": release,
  });
  const top = admin.create("requirements", { name: "Payments", "type-id": "1" });
  const story = admin.create("requirements", {
    ...{
      name: "Refunds",
      "type-id": "3",
      "parent-id": top,
      owner: "bob",
      "req-priority": "3-High",
      "target-rel": [release],
    },
    description: "<html><body><p>As a clerk &amp; more</p></body></html>",
  });
  const defect = admin.create("defects", {
    ...{
      name: "Wrong total",
      status: "Open",
      severity: "5-Urgent",
      priority: "1-Low",
      owner: "anna",
      "detected-by": "carol",
    },
    ...{ "creation-time": "2026-02-28", "target-rel": release, "target-rcyc": cycle, "estimated-fix-time": "7" },
    ...{ "user-02": ["iOS", "Web"], "user-06": "2026-04-30", description: "<p>one</p><p>two</p>" },
  });
  const other = admin.create("defects", {
    name: "Other",
    "detected-by": "bob",
    "creation-time": "2026-03-01",
    severity: "1-Low",
  });
  admin.create("defect-links", {
    "first-endpoint-id": defect,
    "second-endpoint-id": story,
    "second-endpoint-type": "requirement",
    comment: "blocks it",
  });
  admin.create("defect-links", {
    "first-endpoint-id": other,
    "second-endpoint-id": defect,
    "second-endpoint-type": "defect",
  });
  admin.create("req-traces", { "from-req-id": story, "to-req-id": top });
  admin.attachments.add("defects", defect, { name: "trace.log", description: "as seen", content: "line 1\nline 2" });
  const said = sayInMemo("", "Anna Berg", "anna", "1/31/2026", "happens every Monday");
  admin.update("defects", defect, { "dev-comments": said });
  return { release, cycle, top, story, defect, other };
}

test("ALM with ALM: releases, cycles, requirements and defects, with references, users, lists, links and markers", async (t) => {
  const pair = await open(t);
  const made = fill(pair);
  assert.ok((await runAll(pair)) > 0);
  const { two } = pair;
  const [release, cycle] = [pair.partner("releases", made.release), pair.partner("cycles", made.cycle)];
  const [top, story] = [pair.partner("requirements", made.top), pair.partner("requirements", made.story)];
  const defect = pair.partner("defects", made.defect);

  assert.equal(two.admin.get("release-cycles", cycle)?.["parent-id"], release);
  const requirement = two.admin.get("requirements", story) ?? assert.fail();
  assert.deepEqual(
    ["parent-id", "type-id", "owner", "target-rel", "user-01"].map((field) => requirement[field]),
    [top, "3", "b.ross", [release], made.story],
  );
  const there = two.admin.get("defects", defect) ?? assert.fail();
  assert.deepEqual(
    ["name", "status", "severity", "owner", "detected-by", "target-rel", "target-rcyc"].map((field) => there[field]),
    ["Wrong total", "Open", "4-Very High", "a.berg", "c.diaz", release, cycle],
  );
  assert.deepEqual([there["user-02"]].flat().sort(), ["Web", "iOS"]);
  assert.deepEqual([there["user-06"], there["user-04"]], ["2026-04-30", made.defect]);
  assert.match(String(there["description"]), /one[\s\S]*two/);
  assert.equal(pair.one.admin.get("defects", made.defect)?.["user-04"], defect);
  assert.match(String(there["dev-comments"]), /Anna Berg[\s\S]*happens every Monday/);
  const [file] = two.admin.attachments.list("defects", defect);
  assert.ok(file?.name.startsWith("trace.log"), JSON.stringify(file));
  assert.equal(two.admin.list("defect-links").length, 2);
  assert.equal(two.admin.list("req-traces").length, 1);
  await settle(pair);
});

test("ALM with ALM: edits of both sides cross, and what is made or deleted there comes back", async (t) => {
  const pair = await open(t);
  const made = fill(pair);
  await runAll(pair);
  const { one, two } = pair;
  const [release, defect] = [pair.partner("releases", made.release), pair.partner("defects", made.defect)];
  two.admin.update("defects", defect, { owner: "b.ross", status: "Fixed", "user-02": ["Android"] });
  one.admin.update("defects", made.defect, { name: "Wrong sum", "user-06": "" });
  const fresh = two.admin.create("defects", {
    name: "From two",
    owner: "c.diaz",
    "detected-by": "a.berg",
    "target-rel": release,
    severity: "4-Very High",
  });
  two.admin.create("defect-links", {
    "first-endpoint-id": fresh,
    "second-endpoint-id": defect,
    "second-endpoint-type": "defect",
    "link-type": "Duplicate",
  });
  await runAll(pair);
  const here = one.admin.get("defects", made.defect) ?? assert.fail();
  assert.deepEqual(
    [here["owner"], here["status"], here["user-02"], here["name"]],
    ["bob", "Fixed", ["Android"], "Wrong sum"],
  );
  const back = two.admin.get("defects", defect) ?? assert.fail();
  assert.deepEqual([back["name"], back["user-06"]], ["Wrong sum", ""]);
  const mine = one.admin.list("defects").find((row) => row["name"] === "From two") ?? assert.fail();
  assert.deepEqual(
    [mine["owner"], mine["detected-by"], mine["severity"], mine["target-rel"], mine["user-04"]],
    ["carol", "anna", "5-Urgent", made.release, fresh],
  );
  const link = one.admin.list("defect-links").at(-1);
  assert.deepEqual(
    [link?.["first-endpoint-id"], link?.["second-endpoint-id"], link?.["link-type"]],
    [mine["id"], made.defect, "Duplicate"],
  );
  await settle(pair);
  one.admin.remove("defects", made.other);
  assert.equal(await runAll(pair, true), 0, 'deleted = "nothing" is the default');
  assert.equal(two.admin.list("defects").length, 3);
});

test("S59 S60 ALM with ALM: releases keep their folders by name, and by full path where names repeat", async (t) => {
  const mapping = String.raw`
[links.releases]
one = "release"
two = "release"
[links.releases.fields]
name = "name"
start-date = "start-date"
end-date = "end-date"
parent-id = { two = "parent-id", values = "folders" }
[values.folders]
both = { '\Cards\2026' = '\Cards\2026', '\Releases\Wallet\2026' = '\Wallet\Year 2026' }
`;
  const pair = await openAlmPair(t, { mapping: (endpoints) => endpoints + mapping });
  const folder = (side: AlmPair["one"], name: string, parent = "1") =>
    side.admin.create("release-folders", { name, "parent-id": parent });
  const here = ["Cards", "Wallet"].map((name) => folder(pair.one, name)) as [string, string];
  const there = ["Wallet", "Cards"].map((name) => folder(pair.two, name)) as [string, string];
  const from = [here[0], folder(pair.one, "2026", here[0]), folder(pair.one, "2026", here[1])];
  const to = [there[1], folder(pair.two, "2026", there[1]), folder(pair.two, "Year 2026", there[0])];
  const dates = { "start-date": "2026-01-01", "end-date": "2099-12-31" };
  const made = from.map((at, i) => pair.one.admin.create("releases", { name: `R${i}`, "parent-id": at, ...dates }));
  const back = pair.two.admin.create("releases", { name: "From two", "parent-id": to[2] ?? "", ...dates });
  const report = await pair.run("releases");
  assert.equal(report.status, "passed", messagesOf(report));
  assert.deepEqual(
    made.map((id) => pair.two.admin.get("releases", pair.partner("releases", id))?.["parent-id"]),
    to,
  );
  const mine = pair.one.admin.list("releases").find((row) => row["name"] === "From two");
  assert.equal(mine?.["parent-id"], from[2]);
  assert.notEqual(back, "");
  for (const full of [false, true]) assert.equal(writtenBy(await pair.run("releases", { full })), 0);
});

test("ALM with ALM through the program itself: check, connection test, daemon, sync, queue and why", async (t) => {
  const pair = await open(t);
  const made = fill(pair);
  const box = await gitBox(t);
  const env = isolatedEnv(box.root);
  const { bare, clone } = box.pair({ "mappings/bank.toml": pair.mapping, "users/people.csv": USERS });
  const state = box.path("state");
  const secrets = writeSecrets(box.path("secrets"), { one: secretOf(pair.one), two: secretOf(pair.two) });
  const say = async (...args: string[]) => {
    const ended = await syncline(args, { env });
    return { ...ended, all: `${ended.stdout}${ended.stderr}` };
  };
  const tested = await say("connection", "test", "bank", "--repo", bare, "--secrets", secrets, "--state", state);
  assert.equal(tested.code, 0, tested.all);
  assert.match(tested.stdout, /defect: entity links/);

  const daemon = startDaemon(t, { repo: bare, state, secrets, env });
  await daemon.verdict(box.git(clone, "rev-parse", "HEAD"));
  for (const link of ["releases", "cycles", "defects"]) {
    const { code, all } = await say("sync", `bank/${link}`, "--state", state);
    assert.equal(code, 0, all);
  }
  const queue = await say("queue", "--state", state);
  assert.match(queue.stdout, new RegExp(`PARKED one:${made.defect}: its link to requirement ${made.story} of one`));
  const waits = await say("why", `one:${made.defect}`, "--state", state, "--repo", bare);
  assert.match(waits.stdout, /one:1 waits with its link to requirement 2, which has no partner in two yet;/);
  assert.equal((await say("queue", "--exit-code", "--state", state)).code, 0, "what is parked is no trouble");
  for (const link of ["requirements", "defects"]) await say("sync", `bank/${link}`, "--state", state);
  assert.equal(pair.two.admin.list("defect-links").length, 2);
  assert.match((await say("queue", "--state", state)).stdout, /nothing waits/);
  const two = pair.one.admin.get("defects", made.defect)?.["user-04"];
  const why = await say("why", `two:${two}`, "--state", state, "--repo", bare);
  assert.match(why.stdout, /entity link defect \d+ → requirement \d+ \(Related\)/);
  const line = await daemon.waitFor(({ part }) => part === "entity link", "a written entity link");
  assert.match(String(line["name"]), /^defect \d+ → defect \d+ \(Related\)$/);
  assert.equal(await daemon.stop(), 0);
});
