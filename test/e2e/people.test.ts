import assert from "node:assert/strict";
import { test } from "node:test";
import type { SharedPerson } from "../../daemon/sandbox/shared-content.ts";
import { assertQuiet, texts } from "../support/run-report.ts";
import { useFieldBench } from "../support/use-field-bench.ts";

/** Agile Manager's people are the company's: `anna.berg@example.com` and so on. */
function person(login: string, ...emails: string[]): SharedPerson {
  return { login, name: login, emails, active: true };
}

const PEOPLE = [
  person("anna.berg", "Anna.Berg@Example.com"),
  person("david.okafor", "david@private.example", "david.okafor@example.com"),
  person("vera.toth"),
  person("frank", "frank@elsewhere.example"),
  person("grace.a", "grace.chen@example.com"),
  person("grace.b", "GRACE.CHEN@example.com"),
  person("jane.doe", "jane.doe@example.com"),
];

const { agmDefect, alm, almDefect, bench, open } = useFieldBench(PEOPLE);

test("S4 S6 S8 S9 S10 S12 S13 T6 people: value map, users file, e-mail, default user for those without an address, else an error of the field", async () => {
  const rows =
    'owner = { agm = "assigned_to", values = "people", users = "people", default_user = { agm = "uwe.schroeder@example.com" } }';
  const rest = '[values.people]\nto-agm = { "jane.doe" = "karim.haddad@example.com" }\n';
  const users = "alm,<>,agm\njane.doe,>,lena.vogt@example.com\nfrank,<>,frank.huber@example.com\n";
  const link = await open(rows, { rest, users });
  const made = Object.fromEntries(
    ["anna.berg", "jane.doe", "frank", "vera.toth", "gone.since"].map((owner) => [owner, almDefect(owner, { owner })]),
  );
  const report = await link.run();
  const who = (owner: string) => link.agmOf(made[owner] ?? "")["assigned_to"];
  assert.equal(who("anna.berg"), "anna.berg@example.com");
  assert.equal(who("jane.doe"), "karim.haddad@example.com");
  assert.equal(who("frank"), "frank.huber@example.com");
  assert.equal(who("vera.toth"), "uwe.schroeder@example.com");
  assert.equal(who("gone.since"), "uwe.schroeder@example.com");
  assert.match(texts(report), /user "gone\.since" is not known to agm: the default user/);
  await assertQuiet(link);
});

test("S5 S7 S8 S9 T3 T4 the default user in ALM: never for somebody with an address unless it is for anyone, and never back", async () => {
  const rows = (more: string) => `owner = { agm = "assigned_to", default_user = { alm = "sync"${more} } }`;
  const link = await open(rows(""));
  const id = agmDefect("from a stranger", { assigned_to: "oliver.smith@example.com" });
  const strict = await link.run();
  assert.match(texts(strict), /user "oliver\.smith@example\.com".* has no partner in alm.*applies_to = "anyone"/);
  assert.equal(link.almOf(id)["owner"], "");
  await link.publish(rows(', applies_to = "anyone"'));
  await link.run();
  assert.equal(link.almOf(id)["owner"], "sync");
  bench.alm.admin.update("defects", String(link.almOf(id)["id"]), { name: "edited in ALM" });
  await link.run();
  const there = bench.agm.admin.get("backlog_items", id);
  assert.deepEqual([there?.["name"], there?.["assigned_to"]], ["edited in ALM", "oliver.smith@example.com"]);
  await assertQuiet(link);
});

test("S11 T4 T5 every address is tried in order, also of a tracker that cannot list its people, then the default for anyone; two matches are an error", async () => {
  const rows = (more: string) => `owner = { agm = "assigned_to"${more} }`;
  const link = await open(rows(', default_user = { agm = "uwe.schroeder@example.com", applies_to = "anyone" }'));
  const david = almDefect("second address", { owner: "david.okafor" });
  const frank = almDefect("no address known", { owner: "frank" });
  const twin = agmDefect("two have it", { assigned_to: "grace.chen@example.com" });
  const report = await link.run();
  assert.equal(link.agmOf(david)["assigned_to"], "david.okafor@example.com");
  assert.equal(link.agmOf(frank)["assigned_to"], "uwe.schroeder@example.com");
  assert.match(texts(report), /user "frank" is not known to agm: the default user/);
  assert.match(texts(report), /"grace\.chen@example\.com" belongs to "grace\.a" and "grace\.b" in alm/);
  assert.equal(link.almOf(twin)["owner"], "");
  assert.equal(alm(david)["owner"], "david.okafor");
  await assertQuiet(link);

  const first = await open(rows(""), { top: 'emails = "first"' });
  const again = almDefect("first address only", { owner: "david.okafor" });
  const told = await first.run();
  assert.match(
    texts(told),
    /assigned_to: .*david@private\.example.*; where agm has no such user, say who "david\.okafor" is there: name a users file with `users = "…"`, or set default_user/,
    "S9 a refused address says what to do, as one that is known to lead nowhere does",
  );
  assert.equal(first.agmOf(again)["assigned_to"] ?? null, null);
});
