import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { people } from "../../daemon/sandbox/shared-content.ts";
import { fact } from "../contract/redmine-fixture.ts";
import { readMemo, sayInMemo } from "../support/memo.ts";
import { openRedmineSite, type RedmineSite } from "../support/redmine-site.ts";
import { type Report, written } from "../support/site.ts";
import { NO_REDMINE, type RedmineFacts, redmineFacts } from "../trackers/redmine.ts";

const facts = redmineFacts(process.env);

const MAPPING =
  (comments: string) => (urls: { readonly alm: string; readonly redmine: string; readonly tracker: string }) =>
    `
[endpoints.alm]
type    = "alm"
url     = "${urls.alm}"
domain  = "DEMO"
project = "PAYMENTS"
zone    = "Europe/Berlin"
secret  = "alm-payments"

[endpoints.redmine]
type    = "redmine"
url     = "${urls.redmine}"
project = "alpha"
tracker = "${urls.tracker}"
secret  = "redmine-payments"

[links.defects]
alm      = "defect"
redmine  = "issue"
conflict = "alm"
marker   = { alm = "user-04", redmine = "External ID" }

[links.defects.comments]
users = "payments"
${comments}

[links.defects.fields]
name = "subject"

[links.defects.constants.alm]
detected-by   = "sync"
severity      = "2-Medium"
creation-time = "2026-11-01"
`;

const USERS = `alm,<>,redmine
anna.berg,<>,alice
bjoern.keller,<>,bob
carla.rossi,<>,carol
`;

interface Journal {
  readonly id: number;
  readonly user: { readonly name: string };
  readonly notes: string;
  readonly private_notes: boolean;
}

/** Today in the words of the desktop client. */
function today(): string {
  const now = new Date();
  return `${now.getUTCMonth() + 1}/${now.getUTCDate()}/${now.getUTCFullYear()}`;
}

function open(t: TestContext, given: RedmineFacts, comments = "", key = "REDMINE_API_KEY") {
  const adminKey = fact(given, "REDMINE_API_KEY");
  const url = fact(given, "REDMINE_URL");
  const alm = { content: { people } };
  return openRedmineSite(t, { url, adminKey, key: fact(given, key), alm, mapping: MAPPING(comments), users: USERS });
}

function sayInAlm({ alm }: RedmineSite, id: string, login: string, text: string, day = today()): void {
  const name = people.find((person) => person.login === login)?.name ?? login;
  const memo = String(alm.admin.get("defects", id)?.["dev-comments"] ?? "");
  alm.admin.update("defects", id, { "dev-comments": sayInMemo(memo, name, login, day, text) });
}

const almMemo = ({ alm }: RedmineSite, id: string) => readMemo(alm.admin.get("defects", id)?.["dev-comments"]);

async function notes({ redmine }: RedmineSite, issue: number): Promise<readonly Journal[]> {
  const body = await redmine.call("GET", `/issues/${issue}.json?include=journals`);
  const { journals } = body["issue"] as { readonly journals: readonly Journal[] };
  return journals.filter((journal) => (journal.notes ?? "") !== "");
}

async function sayInRedmine(given: RedmineFacts, issue: number, who: string, text: string, hidden = false) {
  const answer = await fetch(`${fact(given, "REDMINE_URL")}/issues/${issue}.json`, {
    method: "PUT",
    headers: { "x-redmine-api-key": fact(given, `REDMINE_USER_${who}_KEY`), "content-type": "application/json" },
    body: JSON.stringify({ issue: { notes: text, private_notes: hidden } }),
  });
  assert.equal(answer.status, 204);
}

async function partnerOf(site: RedmineSite, id: string): Promise<number> {
  const found = (await site.issues()).find((issue) => issue.fields["External ID"] === id);
  return found?.id ?? assert.fail(`ALM ${id} has no partner`);
}

const told = (report: Report) => JSON.stringify(report.messages);
const comments = (report: Report) =>
  ["alm", "redmine"].map((name) => (report.counts[name] as { comments?: number }).comments ?? 0);

async function quiet(site: RedmineSite, order: Parameters<RedmineSite["ask"]>[0] = {}): Promise<void> {
  site.later(120);
  site.redmine.asked.length = 0;
  const report = await site.ask(order);
  assert.equal(report.status, "passed", told(report));
  assert.equal(written(report, "alm") + written(report, "redmine"), 0, told(report));
  assert.deepEqual(comments(report), [0, 0]);
  assert.deepEqual(
    site.redmine.asked.filter((line) => !line.startsWith("GET ")),
    [],
  );
}

if (typeof facts === "string") {
  test("X15 e2e: comments of ALM and Redmine", { skip: NO_REDMINE }, () => undefined);
} else {
  test("X15 comments of ALM and Redmine: as their author, with mentions, edits, private ones, and never an echo", async (t) => {
    const site = await open(t, facts);
    const id = site.alm.admin.create("defects", { name: "talked about" });
    sayInAlm(site, id, "anna.berg", "@bjoern.keller please look, @erin and <b>all</b> others");
    sayInAlm(site, id, "vera.toth", "I have no account there");
    const daemon = await site.start();
    const first = await site.ask();
    assert.equal(first.status, "passed", told(first));
    const issue = await partnerOf(site, id);

    await t.test("impersonated where the author has an account, named in front of the text otherwise", async () => {
      const [one, two, ...more] = await notes(site, issue);
      assert.deepEqual(more, []);
      assert.deepEqual(
        [one?.user.name, one?.notes],
        ["Alice Anders", "@bob please look, &#64;\u2060erin and &lt;b>all&lt;/b> others"],
      );
      assert.equal(two?.user.name, "Redmine Admin");
      assert.match(two?.notes ?? "", /^_Vera Tóth, 20\d\d-\d\d-\d\d \[alm:\d+\]:_\n\nI have no account there$/);
    });

    await t.test("a note becomes a comment of the memo, with its author and moment; a private one stays", async () => {
      await sayInRedmine(facts, issue, "CAROL", "First line\r\n\r\nsecond < third & *stars*");
      await sayInRedmine(facts, issue, "CAROL", "between us", true);
      site.later(120);
      const report = await site.ask();
      assert.deepEqual(comments(report), [1, 0], told(report));
      const memo = almMemo(site, id);
      assert.equal(memo.length, 3);
      assert.match(
        memo[2] ?? "",
        /^Carol O'Connor <carla\.rossi>, 20\d\d-\d\d-\d\dT[\d:]+Z: First line\n\nsecond < third & stars$/,
      );
    });

    await t.test("five runs write nothing more", async () => {
      for (let run = 0; run < 5; run++) await quiet(site, { full: run % 2 === 1 });
      assert.equal((await notes(site, issue)).length, 4);
      assert.equal(almMemo(site, id).length, 3);
    });

    await t.test("an edit in Redmine moves no time: a full run finds it, and nobody else's words move", async () => {
      const [one, two, three] = await notes(site, issue);
      await site.redmine.call("PUT", `/journals/${three?.id}.json`, { journal: { notes: "edited over there" } });
      await quiet(site);
      const before = almMemo(site, id);
      site.later(120);
      assert.deepEqual(comments(await site.ask({ full: true })), [1, 0]);
      const after = almMemo(site, id);
      assert.deepEqual(after.slice(0, 2), before.slice(0, 2));
      assert.match(after[2] ?? "", /: edited over there$/);
      const memo = String(site.alm.admin.get("defects", id)?.["dev-comments"]);
      site.alm.admin.update("defects", id, {
        "dev-comments": memo.replace("I have no account there", "I still have no account there"),
      });
      site.later(120);
      assert.deepEqual(comments(await site.ask()), [0, 1]);
      const now = await notes(site, issue);
      assert.equal(now[0]?.notes, one?.notes);
      assert.equal(now[1]?.notes, two?.notes.replace("I have", "I still have"));
      await quiet(site, { full: true });
    });

    await t.test("an old comment keeps its day, and a note whose answer is lost is not said twice", async () => {
      sayInAlm(site, id, "bjoern.keller", "said long ago", "1/5/2024");
      site.redmine.switches.lose = (line) => line === `PUT /issues/${issue}.json`;
      site.later(120);
      const lost = await site.ask();
      site.redmine.switches.lose = () => false;
      assert.notEqual(lost.status, "passed");
      site.later(120);
      assert.equal((await site.ask()).status, "passed");
      const last = (await notes(site, issue)).filter(({ notes: text }) => text.includes("said long ago"));
      assert.deepEqual(
        last.map(({ user, notes: text }) => [user.name, text]),
        [["Bob Böhm", `_2024-01-05 [alm:${id}]:_\n\nsaid long ago`]],
      );
      await quiet(site, { full: true });
    });
    assert.equal(await daemon.stop(), 0);
  });

  test("X15 a key that may not impersonate names every author, and private = true carries private notes", async (t) => {
    const site = await open(t, facts, 'private = true\nremovals = "sync"', "REDMINE_USER_SYNCBOT_KEY");
    // A key without administrator's rights knows custom fields from issues alone.
    await site.make({ subject: "shows which fields there are" });
    const id = site.alm.admin.create("defects", { name: "talked about by a manager" });
    sayInAlm(site, id, "anna.berg", "hello");
    const daemon = await site.start();
    const first = await site.ask();
    assert.equal(first.status, "passed", told(first));
    const issue = await partnerOf(site, id);
    const [one] = await notes(site, issue);
    assert.equal(one?.user.name, "Sync Bot");
    assert.match(one?.notes ?? "", /^_Anna Berg, 20[\d-]+ \[alm:\d+\]:_\n\nhello$/);
    await sayInRedmine(facts, issue, "CAROL", "between us", true);
    site.later(120);
    assert.deepEqual(comments(await site.ask()), [1, 0]);
    assert.equal(almMemo(site, id).length, 2);
    const memo = String(site.alm.admin.get("defects", id)?.["dev-comments"]);
    site.alm.admin.update("defects", id, { "dev-comments": memo.replace(/<font[^>]*><b>Anna[\s\S]*?hello/, "") });
    site.later(120);
    const report = await site.ask();
    assert.deepEqual(comments(report), [0, 1], told(report));
    assert.deepEqual(
      (await notes(site, issue)).map(({ notes: text }) => text),
      ["between us"],
    );
    await quiet(site, { full: true });
    assert.equal(await daemon.stop(), 0);
  });
}
