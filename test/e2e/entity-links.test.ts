import assert from "node:assert/strict";
import { after, test } from "node:test";
import { queueOf } from "../../daemon/status/queue.ts";
import { formatQueue } from "../../daemon/status/queue-text.ts";
import { defect, full, linkDefect, linksOf, openPair, quiet, requirement, trace } from "../support/alm-links.ts";
import { type AlmPair, pairMapping } from "../support/alm-pair.ts";
import { checkMapping, closeLinkBenches } from "../support/link-bench.ts";
import { messagesOf } from "../support/run-report.ts";

after(closeLinkBenches);

test("S29 S32 S33 S38 a defects link carries links between records with the records: both kinds, type and comment, once", async (t) => {
  const pair = await openPair(t);
  const [a, b, r] = [defect(pair.one, "a"), defect(pair.one, "b"), requirement(pair.one, "r")];
  linkDefect(pair.one, b, ["defect", a], { comment: "found while testing", "link-type": "Blocks" });
  linkDefect(pair.one, a, ["requirement", r]);
  await pair.run("requirements");
  const report = await pair.run("defects");
  assert.deepEqual(linksOf(pair.two), ["defect a - defect b (Blocks)", "defect a - requirement r (Related)"]);
  assert.equal(pair.two.admin.get("defect-links", 1)?.["comment"] ?? "", "found while testing");
  assert.equal(report.counts["two"]?.entityLinks, 2);
  assert.equal(report.counts["one"]?.entityLinks, undefined);
  const written = pair.events.flatMap((event) =>
    event.event === "part.written" ? [`${event.action} ${event.name}`] : [],
  );
  assert.ok(written.includes("add defect 1 → requirement 1 (Related)"), written.join());
  const journal = pair.store.link("m/defects").journal({ run: report.run, limit: 100 });
  const entry = journal.find(({ field }) => field === "entity link defect 1 → requirement 1 (Related)");
  assert.deepEqual([entry?.side, entry?.before, entry?.after], ["right", null, "Related"]);
  assert.match(entry?.origin ?? "", /^mappings\/m\.toml:\d+$/);
  await quiet(pair);
});

test("S32 without the table entity_links nothing is carried, and nothing is asked for", async (t) => {
  const pair = await openPair(t, { defects: "-entity_links", requirements: "-entity_links" });
  linkDefect(pair.one, defect(pair.one, "a"), ["defect", defect(pair.one, "b")]);
  await pair.run("defects");
  await pair.run("defects", { full: true });
  assert.deepEqual(linksOf(pair.two), []);
  assert.ok(!Object.keys(pair.one.traffic.byRoute()).some((route) => route.includes("defect-links")));
});

test("S37 a requirements link carries links between requirements only, whatever the defects' link does", async (t) => {
  const pair = await openPair(t, { defects: "-entity_links" });
  const [r, s, d] = [requirement(pair.one, "r"), requirement(pair.one, "s"), defect(pair.one, "d")];
  trace(pair.one, s, r);
  linkDefect(pair.one, d, ["requirement", r]);
  await pair.run("defects");
  await pair.run("requirements");
  await pair.run("requirements", { full: true });
  assert.deepEqual(linksOf(pair.two), ["s -> r"]);
  await quiet(pair);
});

test("S34 T31 X22 a link whose other record has no partner yet is parked, told once, and made by itself once it has one", async (t) => {
  const pair = await openPair(t);
  const [a, r] = [defect(pair.one, "a"), requirement(pair.one, "r")];
  linkDefect(pair.one, a, ["requirement", r]);
  const first = await pair.run("defects");
  assert.equal(first.status, "passed");
  assert.match(
    messagesOf(first),
    /one:1 entity link defect 1 → requirement 1 \(Related\): requirement 1 has no partner in two yet/,
  );
  assert.deepEqual(linksOf(pair.two), []);
  for (const again of [await pair.run("defects"), await full(pair)]) assert.equal(messagesOf(again), "");

  const names = { left: "one", right: "two" };
  const queue = () =>
    queueOf({
      link: "m/defects",
      names,
      store: pair.store.link("m/defects"),
      now: Date.now(),
      active: null,
      limit: 10,
    });
  assert.deepEqual(queue().parked, [{ endpoint: "one", record: a, other: `requirement ${r}` }]);
  assert.match(
    formatQueue([queue()], Date.now()),
    /PARKED one:1: its link to requirement 1 of one is made once both have a partner/,
  );

  pair.one.traffic.reset();
  await pair.run("requirements");
  assert.deepEqual(linksOf(pair.two), [], "the requirements' link does not carry it");
  const last = await pair.run("defects");
  assert.deepEqual(linksOf(pair.two), ["defect a - requirement r (Related)"]);
  assert.deepEqual([last.kind, last.counts["two"]?.entityLinks, last.counts["one"]?.updated], ["incremental", 1, 0]);
  assert.deepEqual(queue().parked, []);
  await quiet(pair);
});

test("S34 a parked link that somebody removes meanwhile is forgotten", async (t) => {
  const pair = await openPair(t);
  const [a, r] = [defect(pair.one, "a"), requirement(pair.one, "r")];
  const link = linkDefect(pair.one, a, ["requirement", r]);
  await pair.run("defects");
  assert.equal(pair.store.link("m/defects").parked(10).length, 1);
  pair.one.admin.remove("defect-links", link);
  await full(pair);
  assert.equal(pair.store.link("m/defects").parked(10).length, 0);
  await pair.run("requirements");
  await quiet(pair);
  assert.deepEqual(linksOf(pair.two), []);
});

test("S38 both ways: what is added, removed or made another type on one side becomes so on the other, at the next full run", async (t) => {
  const pair = await openPair(t);
  const [a, b, c, r] = [...["a", "b", "c"].map((name) => defect(pair.one, name)), requirement(pair.one, "r")] as [
    string,
    string,
    string,
    string,
  ];
  const ab = linkDefect(pair.one, a, ["defect", b]);
  linkDefect(pair.one, a, ["requirement", r]);
  await pair.run("requirements");
  await pair.run("defects");
  const there = (id: string) => pair.partner("defects", id);

  linkDefect(pair.two, there(c), ["defect", there(b)]);
  pair.one.admin.update("defect-links", ab, { "link-type": "Duplicate" });
  await full(pair);
  const now = [
    "defect a - defect b (Duplicate)",
    "defect a - requirement r (Related)",
    "defect b - defect c (Related)",
  ];
  assert.deepEqual(linksOf(pair.one), now);
  assert.deepEqual(linksOf(pair.two), now);

  const gone = pair.two.admin.list("defect-links").find((row) => row["second-endpoint-type"] === "requirement");
  pair.two.admin.remove("defect-links", String(gone?.["id"]));
  pair.one.admin.remove("defect-links", String(pair.one.admin.list("defect-links")[0]?.["id"]));
  const report = await full(pair);
  assert.equal((report.counts["one"]?.entityLinks ?? 0) + (report.counts["two"]?.entityLinks ?? 0), 2);
  assert.deepEqual(linksOf(pair.one), linksOf(pair.two));
  assert.equal(linksOf(pair.one).length, 1);
  await quiet(pair);
});

test("S33 where ALM moves the version of linked records an incremental run sees it", async (t) => {
  const switches = { childrenTouchParent: true };
  const pair = await openPair(t, {}, { one: { switches }, two: { switches } });
  const [a, b] = [defect(pair.one, "a"), defect(pair.one, "b")];
  await pair.run("defects");
  await pair.run("defects");
  const link = linkDefect(pair.one, a, ["defect", b]);
  assert.equal((await pair.run("defects")).kind, "incremental");
  assert.deepEqual(linksOf(pair.two), ["defect a - defect b (Related)"]);
  await quiet(pair);
  pair.one.admin.remove("defect-links", link);
  await pair.run("defects");
  assert.deepEqual(linksOf(pair.two), []);
  await quiet(pair);
});

test("S36 one way: what the destination adds or removes stays its own, and the source's removals arrive", async (t) => {
  const pair = await openPair(t, { defects: '[links.defects.entity_links]\ndirection = "to-two"\n' });
  const [a, b, c] = ["a", "b", "c"].map((name) => defect(pair.one, name)) as [string, string, string];
  const ab = linkDefect(pair.one, a, ["defect", b]);
  linkDefect(pair.one, a, ["defect", c]);
  await pair.run("defects");
  const there = (id: string) => pair.partner("defects", id);
  const [first] = pair.two.admin.list("defect-links");
  pair.two.admin.remove("defect-links", String(first?.["id"]));
  linkDefect(pair.two, there(b), ["defect", there(c)]);
  await quiet(pair, ["defects"]);
  assert.equal(linksOf(pair.one).length, 2);
  assert.deepEqual(linksOf(pair.two), ["defect a - defect c (Related)", "defect b - defect c (Related)"]);
  for (const row of pair.one.admin.list("defect-links")) pair.one.admin.remove("defect-links", String(row["id"]));
  assert.ok(ab);
  await full(pair);
  assert.deepEqual(linksOf(pair.two), ["defect b - defect c (Related)"]);
  await quiet(pair, ["defects"]);
});

test("S33 types go through a value map, one without a word by what unmapped says", async (t) => {
  const table = (unmapped: string) => `[links.defects.entity_links]\ntypes = "relations"\nunmapped = ${unmapped}\n`;
  const rest = '[values.relations]\nboth = { "Related" = "Blocks" }\nto-two = { "Duplicate" = "Blocks" }\n';
  const pair = await openPair(t, { defects: table('"error"'), rest });
  const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => defect(pair.one, name)) as [string, string, string, string];
  linkDefect(pair.one, a, ["defect", b], { "link-type": "Related" });
  linkDefect(pair.one, a, ["defect", c], { "link-type": "Duplicate" });
  linkDefect(pair.one, a, ["defect", d], { "link-type": "Blocks" });
  const report = await pair.run("defects");
  assert.match(messagesOf(report), /entity link defect 1 → defect 4 \(Blocks\): the type "Blocks" is in no value map/);
  assert.deepEqual(linksOf(pair.two), ["defect a - defect b (Blocks)", "defect a - defect c (Blocks)"]);
  await pair.run("defects", { full: true });
  assert.equal(linksOf(pair.one).length, 3, "what was written does not come back as another type");
  const publish = async (unmapped: string) => {
    const [endpoints = ""] = [pairMapping({ defects: table(unmapped), rest })(await endpointsOf(pair))];
    await pair.publish(endpoints);
  };
  await publish('"skip"');
  await full(pair);
  assert.equal(linksOf(pair.two).length, 2);
  await publish('{ value = "Duplicate" }');
  await full(pair);
  assert.deepEqual(linksOf(pair.two)[2], "defect a - defect d (Duplicate)");
  await quiet(pair, ["defects"]);
});

async function endpointsOf({ one, two }: AlmPair): Promise<string> {
  return [["one", one] as const, ["two", two] as const]
    .map(
      ([name, { url, access }]) =>
        `[endpoints.${name}]\ntype = "alm"\nurl = "${url}"\ndomain = "${access["domain"]}"\nproject = "${access["project"]}"\nzone = "Europe/Berlin"\nsecret = "${name}"\n`,
    )
    .join("");
}

test("S31 a server before 11.50 has no entity links: a full run says so, everything else goes on", async (t) => {
  const pair = await openPair(t, {}, { two: { version: "11" } });
  linkDefect(pair.one, defect(pair.one, "a"), ["defect", defect(pair.one, "b")]);
  const first = await pair.run("defects");
  assert.deepEqual([first.status, first.counts["two"]?.created], ["passed", 2]);
  const report = await full(pair);
  assert.match(
    messagesOf(report),
    /two: : entity links are not available on this server: links of defects need ALM 11\.50 or later/,
  );
});

test("S30 an account of an external authentication signs in by API key, and carries links like any other", async (t) => {
  const byKey = ({ access }: AlmPair["two"]) => ({
    "client-id": String(access["client-id"]),
    "client-secret": String(access["client-secret"]),
  });
  const pair = await openPair(t, {}, { two: { switches: { apiKeyOnly: true } }, secretOfTwo: byKey });
  linkDefect(pair.one, defect(pair.one, "a"), ["defect", defect(pair.one, "b")]);
  const report = await pair.run("defects");
  assert.equal(report.status, "passed", messagesOf(report));
  assert.deepEqual(linksOf(pair.two), ["defect a - defect b (Related)"]);
});

test("S35 without a link for requirements the check warns, and defects' links to them are neither carried nor waited for", async (t) => {
  const pair = await openPair(t, { requirements: null });
  const warned = (await checkMapping(pair.mapping)).map(({ code }) => code);
  assert.ok(warned.includes("entity-links-alone"), warned.join());
  const [a, r] = [defect(pair.one, "a"), requirement(pair.one, "r")];
  linkDefect(pair.one, a, ["requirement", r]);
  linkDefect(pair.one, a, ["defect", defect(pair.one, "b")]);
  const report = await pair.run("defects");
  assert.equal(messagesOf(report), "");
  assert.deepEqual(linksOf(pair.two), ["defect a - defect b (Related)"]);
  assert.equal(pair.store.link("m/defects").parked(10).length, 0);
});

test("S33 T25 a link that the account may not make is refused by itself: the fields and the other links go on, and it is made once it may be", async (t) => {
  const pair = await openPair(t);
  const [a, b, c] = [defect(pair.one, "a"), defect(pair.one, "b"), defect(pair.one, "c")];
  linkDefect(pair.one, a, ["defect", b]);
  linkDefect(pair.one, b, ["defect", c]);
  pair.two.faults.arm({ kind: "refused", status: 403, times: 2, method: "POST", path: "/defect-links" });
  const report = await pair.run("defects");
  assert.equal(report.status, "passed with errors", messagesOf(report));
  assert.match(messagesOf(report), /the account may not write this link \(403\)/);
  assert.equal(linksOf(pair.two).length, 1, messagesOf(report));
  pair.pass(2);
  await pair.run("defects", { full: true });
  assert.deepEqual(linksOf(pair.two), ["defect a - defect b (Related)", "defect b - defect c (Related)"]);
  await quiet(pair);
});
