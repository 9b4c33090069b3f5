import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { people } from "../../daemon/sandbox/shared-content.ts";
import { fact } from "../contract/redmine-fixture.ts";
import { openFieldBench } from "../support/field-bench.ts";
import { readMemo, sayInMemo } from "../support/memo.ts";
import { openRedmineSite, type RedmineSite } from "../support/redmine-site.ts";
import { type Report, written } from "../support/site.ts";
import { NO_REDMINE, type RedmineFacts, redmineFacts } from "../trackers/redmine.ts";

const facts = redmineFacts(process.env);

const MAPPING =
  (markup: string) => (urls: { readonly alm: string; readonly redmine: string; readonly tracker: string }) =>
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
markup  = "${markup}"
secret  = "redmine-payments"

[links.defects]
alm      = "defect"
redmine  = "issue"
conflict = "alm"
marker   = { alm = "user-04", redmine = "External ID" }
comments = {}

[links.defects.fields]
name        = "subject"
description = "description"

[links.defects.constants.alm]
detected-by   = "sync"
severity      = "2-Medium"
creation-time = "2026-11-01"
`;

const HTML =
  "<html><body><div><b>Steps</b> with <i>care</i>, <u>now</u> <s>later</s><br>a_b *not bold* &lt;b&gt; #12</div>" +
  "<ul><li>one<ol><li>deep</li></ol></li><li>two</li></ul><table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2|3</td></tr></table>" +
  '<pre>if (x)\n  y();</pre><blockquote><p>said</p></blockquote><a href="https://x.example/p?q=1&amp;r=2">there</a>' +
  '<script>steal()</script><img src="x" onerror="steal()"></body></html>';

const STORED: Readonly<Record<string, string>> = {
  textile: [
    "*Steps* with _care_, +now+ -later-\na_b &#42;not bold* &lt;b> #12",
    "* one\n*# deep\n* two",
    "|_. a |_. b |\n| 1 | 2&#124;3 |",
    "<pre>\nif (x)\n  y();\n</pre>",
    "> said",
    '"there":https://x.example/p?q=1&r=2 !x!',
  ].join("\n\n"),
  markdown: [
    "**Steps** with *care*, *now* ~~later~~  \na_b \\*not bold\\* \\<b> #12",
    "* one\n  1. deep\n* two",
    "| a | b |\n| - | - |\n| 1 | 2&#124;3 |",
    "```\nif (x)\n  y();\n```",
    "> said",
    "[there](https://x.example/p?q=1\\&r=2)![](x)",
  ].join("\n\n"),
};

const told = (report: Report) => JSON.stringify(report.messages);

async function quiet(site: RedmineSite): Promise<void> {
  for (const full of [false, true]) {
    site.later(120);
    const report = await site.ask({ full });
    assert.equal(report.status, "passed", told(report));
    assert.equal(written(report, "alm") + written(report, "redmine"), 0, told(report));
  }
}

async function issueOf(site: RedmineSite, id: string) {
  const found = (await site.issues()).find((issue) => issue.fields["External ID"] === id);
  return found ?? assert.fail(`ALM ${id} has no partner`);
}

async function roundTrip(t: TestContext, given: RedmineFacts, markup: string): Promise<void> {
  const key = fact(given, "REDMINE_API_KEY");
  const site = await openRedmineSite(t, {
    ...{ url: fact(given, "REDMINE_URL"), adminKey: key, key, alm: { content: { people } } },
    ...{ mapping: MAPPING(markup), users: "alm,<>,redmine\n" },
  });
  const memo = sayInMemo("", "Anna Berg", "anna.berg", "11/1/2026", "plain *words* and a_b");
  const id = site.alm.admin.create("defects", { name: "rich", description: HTML, "dev-comments": memo });
  const source = site.alm.admin.get("defects", id)?.["description"];
  await site.start();
  const first = await site.ask();
  assert.equal(first.status, "passed", told(first));
  const issue = await issueOf(site, id);
  const lines = (text: unknown) => String(text).replaceAll("\r\n", "\n");
  assert.equal(lines(issue.fields["description"]), STORED[markup]);
  assert.equal(site.alm.admin.get("defects", id)?.["description"], source, "the source stays as it is");
  await quiet(site);
  // The browser sends other line ends, and blanks where the person left them.
  await site.edit(issue.id, { description: `${lines(issue.fields["description"]).replaceAll("\n", "\r\n")}\r\n\r\n` });
  await quiet(site);
  assert.equal(site.alm.admin.get("defects", id)?.["description"], source);
  await site.edit(issue.id, {
    description: lines(issue.fields["description"]).replace("two", "second"),
    notes: "h1. no\n\n*strong* & <b>",
  });
  site.later(120);
  // Its own clock was not moved ahead: what is edited now looks older than the last run.
  const back = await site.ask({ full: true });
  assert.equal(back.status, "passed", told(back));
  const description = String(site.alm.admin.get("defects", id)?.["description"]);
  assert.match(description, /<li>one\s*<ol>\s*<li>deep<\/li>\s*<\/ol>\s*<\/li>\s*<li>second<\/li>/);
  assert.match(
    description,
    /<strong>Steps<\/strong>[\s\S]*<em>care<\/em>[\s\S]*<br ?\/?>a_b \*not bold\* &lt;b&gt; #12/,
  );
  assert.match(description, /<a href="https:\/\/x\.example\/p\?q=1&amp;r=2">there<\/a>/);
  assert.doesNotMatch(description, /steal/);
  const comments = readMemo(site.alm.admin.get("defects", id)?.["dev-comments"]);
  const words = markup === "textile" ? /: no\s+strong & <b>$/ : /: h1\. no\s+strong &/;
  assert.match(comments[1] ?? "", words);
  await quiet(site);
}

for (const markup of ["textile", "markdown"]) {
  if (typeof facts === "string") {
    test(`X21 e2e: ${markup} of a real Redmine`, { skip: NO_REDMINE }, () => undefined);
    continue;
  }
  test(`X21 X15 ALM's HTML and Redmine's ${markup}: bold, lists, tables, code, links there and back, no echo, nothing that runs`, (t) =>
    roundTrip(t, facts, markup));
}

test("X21 T1 memos of ALM and Agile Manager: what either makes of HTML on storing is no edit, and nothing that runs crosses", async (t) => {
  const bench = await openFieldBench([]);
  t.after(() => bench.close());
  const link = await bench.link('description = "description"');
  t.after(() => link.close());
  const id = bench.alm.admin.create("defects", { name: "a", description: HTML });
  const source = bench.alm.admin.get("defects", id)?.["description"];
  const other = bench.agm.admin.create("backlog_items", {
    subtype: "defect",
    name: "b",
    description: "<p>x &amp; <b>y</b></p>\r\n",
  });
  const first = await link.run();
  assert.equal(first.status, "passed", JSON.stringify(first.messages));
  const copy = String(link.agmOf(id)["description"]);
  assert.doesNotMatch(copy, /steal|script/);
  assert.match(copy, /<b>Steps<\/b>[\s\S]*<li>deep<\/li>/);
  for (const full of [false, true, false]) {
    const report = await link.run(full);
    assert.deepEqual(
      Object.values(report.counts).map((c) => c.created + c.updated),
      [0, 0],
    );
  }
  assert.equal(bench.alm.admin.get("defects", id)?.["description"], source);
  bench.agm.admin.update("backlog_items", other, { name: "b2" });
  link.pass(5);
  await link.run();
  assert.match(String(link.almOf(other)["description"]), /x &amp; <b>y<\/b>/);
  assert.equal(bench.agm.admin.get("backlog_items", other)?.["description"], "<p>x &amp; <b>y</b></p>\r\n");
});
