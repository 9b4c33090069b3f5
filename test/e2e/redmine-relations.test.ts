import assert from "node:assert/strict";
import { after, type TestContext, test } from "node:test";
import { type AlmSimulator, startAlmSimulator } from "../../daemon/sandbox/alm/index.ts";
import { fact } from "../contract/redmine-fixture.ts";
import { secretOf } from "../support/alm-pair.ts";
import { closeLinkBenches, type LinkBench, openLinkBench } from "../support/link-bench.ts";
import { type RedmineProxy, startRedmineProxy } from "../support/redmine-proxy.ts";
import { messagesOf, writtenBy } from "../support/run-report.ts";
import { NO_REDMINE, type RedmineFacts, redmineFacts } from "../trackers/redmine.ts";

const facts = redmineFacts(process.env);
after(closeLinkBenches);

const LINKS = `
[links.defects]
alm = "defect"
redmine = "issue"
marker = { alm = "user-04", redmine = "External ID" }
filter = { redmine = "tracker_id=1" }
conflict = "alm"
entity_links = { types = "relations", unmapped = { value = "relates" } }
constants.alm = { detected-by = "sync", severity = "2-Medium", creation-time = "2026-11-01" }
constants.redmine = { tracker = "Bug" }
fields = { name = "subject" }
[links.requirements]
alm = "requirement"
redmine = "issue"
marker = { alm = "user-01", redmine = "Build" }
filter = { redmine = "tracker_id=2" }
conflict = "alm"
entity_links = { types = "relations", unmapped = { value = "relates" } }
constants.alm = { type-id = "3" }
constants.redmine = { tracker = "Feature" }
fields = { name = "subject" }
[values.relations]
both = { "Related" = "relates", "Blocks" = "blocks", "Trace" = "precedes", "Duplicate" = "duplicates" }
`;

interface Site extends LinkBench {
  readonly alm: AlmSimulator;
  readonly redmine: RedmineProxy;
  /** `a blocks b`, by the issues' subjects. */
  relations(): Promise<readonly string[]>;
  id(subject: string): Promise<number>;
}

/** A project of its own, so that other tests may work in the same Redmine. */
async function open(t: TestContext, known: RedmineFacts): Promise<Site> {
  const alm = await startAlmSimulator({ content: "empty" });
  t.after(() => alm.close());
  const redmine = await startRedmineProxy(fact(known, "REDMINE_URL"), fact(known, "REDMINE_API_KEY"));
  t.after(() => redmine.close());
  const identifier = `relations-${process.pid}-${Date.now()}`;
  await redmine.call("POST", "/projects.json", {
    project: { name: identifier, identifier, tracker_ids: [1, 2], enabled_module_names: ["issue_tracking"] },
  });
  t.after(() => redmine.call("DELETE", `/projects/${identifier}.json`));
  const mapping = `[endpoints.alm]
type = "alm"
url = "${alm.url}"
domain = "DEMO"
project = "PAYMENTS"
zone = "Europe/Berlin"
secret = "alm"
[endpoints.redmine]
type = "redmine"
url = "${redmine.url}"
project = "${identifier}"
secret = "redmine"
${LINKS}`;
  const secrets = { alm: secretOf(alm), redmine: { "api-key": fact(known, "REDMINE_API_KEY") } };
  const bench = await openLinkBench(mapping, secrets);
  t.after(() => bench.close());
  const issues = async () => {
    const query = `project_id=${identifier}&status_id=*&include=relations&limit=100`;
    return (await redmine.call("GET", `/issues.json?${query}`))["issues"] as readonly Issue[];
  };
  return {
    ...{ ...bench, alm, redmine },
    async relations() {
      const all = await issues();
      const name = (id: number) => all.find((one) => one.id === id)?.subject ?? String(id);
      const found = new Map(all.flatMap(({ relations = [] }) => relations.map((one) => [one.id, one] as const)));
      return [...found.values()]
        .map(({ issue_id, relation_type, issue_to_id }) => `${name(issue_id)} ${relation_type} ${name(issue_to_id)}`)
        .sort();
    },
    async id(subject) {
      const found = (await issues()).find((one) => one.subject === subject);
      return found?.id ?? assert.fail(`no issue ${subject}`);
    },
  };
}

interface Issue {
  readonly id: number;
  readonly subject: string;
  readonly relations?: readonly {
    readonly id: number;
    readonly issue_id: number;
    readonly issue_to_id: number;
    readonly relation_type: string;
  }[];
}

if (typeof facts === "string") test("relations between ALM and Redmine", { skip: NO_REDMINE }, () => undefined);
else {
  test("S33 S34 S37 S38 T31 links and traces of ALM become relations of a real Redmine, types by a value map", async (t) => {
    const { alm, run, relations } = await open(t, facts);
    const { admin } = alm;
    const [a, b, c] = ["a", "b", "c"].map((name) => admin.create("defects", { name })) as [string, string, string];
    const [r, s] = ["r", "s"].map((name) => admin.create("requirements", { name })) as [string, string];
    const link = (first: string, type: string, id: string, word: string) =>
      admin.create("defect-links", {
        ...{ "first-endpoint-id": first, "second-endpoint-type": type, "second-endpoint-id": id, "link-type": word },
      });
    link(b, "defect", a, "Blocks");
    link(a, "defect", c, "Related");
    link(a, "requirement", r, "Some other word");
    admin.create("req-traces", { "from-req-id": s, "to-req-id": r });
    const first = await run("defects");
    assert.equal(first.status, "passed", messagesOf(first));
    assert.match(messagesOf(first), /requirement 1 has no partner in redmine yet/);
    assert.deepEqual(await relations(), ["a relates c", "b blocks a"]);
    await run("requirements");
    await run("defects");
    const all = ["a relates c", "a relates r", "b blocks a", "s precedes r"];
    assert.deepEqual((await relations()).map(ordered), all);
    for (const full of [false, true])
      for (const name of ["defects", "requirements"]) {
        const report = await run(name, { full });
        assert.deepEqual([report.status, writtenBy(report)], ["passed", 0], messagesOf(report));
      }
    assert.deepEqual((await relations()).map(ordered), all);
  });

  test("S38 S42 T32 relations that people make, change or remove in Redmine come to ALM with the next full run", async (t) => {
    const { alm, redmine, run, relations, id } = await open(t, facts);
    const { admin } = alm;
    for (const name of ["a", "b", "c"]) admin.create("defects", { name });
    admin.create("requirements", { name: "r" });
    await run("requirements");
    await run("defects");
    const relate = async (from: string, type: string, to: string) =>
      redmine.call("POST", `/issues/${await id(from)}/relations.json`, {
        relation: { issue_to_id: await id(to), relation_type: type },
      });
    await relate("a", "blocked", "b");
    await relate("r", "relates", "c");
    await relate("c", "duplicates", "a");
    assert.equal(writtenBy(await run("defects")), 0, "nothing moves updated_on: only a full run sees it");
    const seen = await run("defects", { full: true });
    assert.equal(seen.counts["alm"]?.entityLinks, 3, messagesOf(seen));
    assert.equal(writtenBy(await run("requirements", { full: true })), 0, "S37: not the requirements' link");
    const links = () =>
      admin
        .list("defect-links")
        .map((row) =>
          [row["first-endpoint-id"], row["second-endpoint-type"], row["second-endpoint-id"], row["link-type"]].join(
            " ",
          ),
        )
        .sort();
    assert.deepEqual(links(), ["2 defect 1 Blocks", "3 defect 1 Duplicate", "3 requirement 1 Related"]);
    assert.equal(writtenBy(await run("defects", { full: true })), 0);

    const issue = (await redmine.call("GET", `/issues/${await id("a")}.json?include=relations`))["issue"] as Issue;
    const blocks = issue.relations?.find(({ relation_type }) => relation_type === "blocks");
    await redmine.call("DELETE", `/relations/${blocks?.id}.json`);
    admin.update(
      "defect-links",
      admin.list("defect-links").find((row) => row["link-type"] === "Duplicate")?.["id"] as string,
      {
        "link-type": "Related",
      },
    );
    await run("defects", { full: true });
    assert.deepEqual(links(), ["3 defect 1 Related", "3 requirement 1 Related"]);
    assert.deepEqual((await relations()).map(ordered), ["a relates c", "c relates r"]);
    assert.equal(writtenBy(await run("defects", { full: true })), 0);
  });

  test("T32 a lost answer from a real Redmine doubles nothing", async (t) => {
    const { alm, redmine, run, relations, store, pass } = await open(t, facts);
    const [a, b] = ["a", "b"].map((name) => alm.admin.create("defects", { name })) as [string, string];
    alm.admin.create("defect-links", {
      "first-endpoint-id": a,
      "second-endpoint-type": "defect",
      "second-endpoint-id": b,
    });
    redmine.switches.lose = (line) => line.startsWith("POST") && line.includes("relations");
    const report = await run("defects");
    assert.equal(report.status, "passed with errors", messagesOf(report));
    redmine.switches.lose = () => false;
    assert.deepEqual(await relations(), ["a relates b"]);
    pass(2);
    await run("defects");
    assert.equal(store.link("m/defects").intents().length, 0);
    assert.deepEqual(await relations(), ["a relates b"]);
    assert.equal(writtenBy(await run("defects", { full: true })), 0);
  });
}

/** Redmine puts the smaller id first where there is no direction. */
function ordered(text: string): string {
  const [from = "", type = "", to = ""] = text.split(" ");
  return type === "relates" ? [[from, to].sort()[0], type, [from, to].sort()[1]].join(" ") : text;
}
