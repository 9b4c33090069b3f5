import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { objectOf } from "../support/command.ts";
import { changed, MAPPING, USERS } from "../support/sample.ts";
import { openSite, type Site } from "../support/site.ts";

interface UserOut {
  readonly login: string;
  readonly listed: boolean | null;
  readonly records: number;
  readonly step: string;
  readonly partner: string | null;
  readonly where: string | null;
  readonly known: boolean | null;
  readonly message: string | null;
  readonly unresolved: boolean;
}

interface UsersOut {
  readonly totals: { readonly users: number; readonly unresolved: number; readonly defaultUser: number };
  readonly ways: readonly {
    readonly from: string;
    readonly to: string;
    readonly rows: readonly { readonly link: string; readonly from: string; readonly to: string }[];
    readonly users: readonly UserOut[];
  }[];
  readonly cut: readonly unknown[];
}

const PEOPLE = [
  ["jane.doe", ["jane.doe@example.com"]],
  ["petra.novak", ["petra.novak@example.com"]],
  ["vera.toth", []],
  ["twin.one", ["twin@example.com"]],
  ["twin.two", ["other@example.com", "Twin@Example.com"]],
].map(([login, emails]) => ({ login: String(login), name: String(login), emails: emails as string[], active: true }));

/** The sample's owner row with a default user each way, for people without an address. */
const OWNER =
  'owner       = { agm = "assigned_to", users = "payments", default_user = { alm = "sync", agm = "anna.berg@example.com" } }';

/** Records that name people whom a list has, has no more, knows twice, or never knew. */
async function site(t: TestContext): Promise<Site> {
  const opened = await openSite(t, {
    trackers: {
      alm: { content: { people: PEOPLE } },
      agm: { content: "empty", switches: { users: "any" } },
    },
    edit: (text) => text.replace(/^owner .*$/m, OWNER),
  });
  const { alm, agm } = opened.trackers;
  for (const owner of ["jane.doe", "jane.doe", "petra.novak", "vera.toth", "long.gone"])
    alm.admin.create("defects", { name: `of ${owner}`, owner });
  for (const login of ["jane.doe@example.com", "twin@example.com", "who@else.example", "robot"])
    agm.admin.create("backlog_items", { subtype: "defect", name: `of ${login}`, severity: "Low", assigned_to: login });
  return opened;
}

function users(opened: Site, ...args: string[]) {
  return opened.run([
    "users",
    "payments",
    "--repo",
    opened.clone,
    "--state",
    opened.state,
    "--secrets",
    opened.secrets,
    ...args,
  ]);
}

function wayOf(out: UsersOut, from: string): Readonly<Record<string, UserOut>> {
  const way = out.ways.find((one) => one.from === from);
  return Object.fromEntries((way?.users ?? []).map((user) => [user.login, user]));
}

test("S5 S6 S8 S10 S13 T4 T5 T6 each user seen, and which step stands for them on the other side", async (t) => {
  const opened = await site(t);
  const ended = await users(opened, "--json");
  assert.equal(ended.code, 0, ended.stdout + ended.stderr);
  const out = objectOf(ended) as unknown as UsersOut;
  assert.deepEqual(
    out.ways.map(({ from, to, rows }) => [from, to, rows]),
    [
      ["alm", "agm", [{ link: "payments/defects", from: "owner", to: "assigned_to" }]],
      ["agm", "alm", [{ link: "payments/defects", from: "assigned_to", to: "owner" }]],
    ],
  );
  const toAgm = wayOf(out, "alm");
  const told = (user: UserOut | undefined) => [user?.step, user?.partner, user?.records];
  assert.deepEqual(told(toAgm["jane.doe"]), ["e-mail", "jane.doe@example.com", 2]);
  assert.equal(toAgm["jane.doe"]?.known, true, "a record of Agile Manager shows the login");
  assert.deepEqual(told(toAgm["petra.novak"]), ["users file", "petra.horakova@agile.example", 1]);
  assert.equal(toAgm["petra.novak"]?.where, "users/payments.csv:2");
  assert.equal(toAgm["petra.novak"]?.known, null, "Agile Manager cannot list its users");
  assert.deepEqual(told(toAgm["vera.toth"]), ["users file", "anna.berg@example.com", 1]);
  assert.deepEqual(told(toAgm["long.gone"]), ["default user", "anna.berg@example.com", 1]);
  assert.equal(toAgm["long.gone"]?.listed, false, "S6: on a record, but in no list any more");
  assert.match(toAgm["long.gone"]?.where ?? "", /^mappings\/payments\.toml:\d+$/);
  assert.deepEqual(told(toAgm["twin.two"]), ["e-mail", "other@example.com", 0]);

  const toAlm = wayOf(out, "agm");
  assert.deepEqual(told(toAlm["jane.doe@example.com"]), ["e-mail", "jane.doe", 1]);
  assert.deepEqual(told(toAlm["robot"]), ["default user", "sync", 1]);
  assert.deepEqual(told(toAlm["twin@example.com"]), ["ambiguous", null, 1]);
  assert.match(toAlm["twin@example.com"]?.message ?? "", /"twin\.one" and "twin\.two" in alm/);
  assert.deepEqual(
    told(toAlm["who@else.example"]),
    ["nobody", null, 1],
    "S9: whoever has an address never falls to the default",
  );
  assert.deepEqual([out.totals.unresolved, out.totals.defaultUser], [2, 2]);
});

test("T4 who would fall to the default user is a section of its own, and nobody's are named first", async (t) => {
  const opened = await site(t);
  const text = (await users(opened)).stdout;
  const [toAgm = "", toAlm = ""] = text.split("\n\n");
  assert.match(toAgm, /^alm → agm {2}\(payments\/defects owner → assigned_to\)\n/);
  assert.match(
    toAgm,
    /would fall to the default user:\n +USER +RECORDS +BECOMES +BY\n +long\.gone \(not in the list\) +1 +anna\.berg@example\.com/,
  );
  assert.match(toAlm, /4 users: 1 have somebody of their own, 1 would fall to the default user, nobody stands for 2/);
  assert.ok(toAlm.indexOf("nobody stands for:") < toAlm.indexOf("would fall to the default user:\n"));
  assert.match(toAlm, /twin@example\.com +1 +e-mail "twin@example\.com" belongs to "twin\.one" and "twin\.two" in alm/);
  const only = (await users(opened, "--unresolved")).stdout;
  assert.match(only, /who@else\.example/);
  assert.doesNotMatch(only, /BECOMES/);
});

test("T4 what is listed before the run is what the run then reports, and nothing else of users", async (t) => {
  const opened = await site(t);
  const out = objectOf(await users(opened, "--json", "--unresolved")) as unknown as UsersOut;
  const listed = out.ways.flatMap((way) => way.users.map((user) => user.message));
  assert.equal(listed.length, 2);
  const place = ["--repo", opened.bare, "--secrets", opened.secrets];
  const { report } = await opened.sync("--full", ...place);
  const refused = report.messages.filter(
    ({ level, field }) => level === "error" && /owner|assigned_to/.test(field ?? ""),
  );
  assert.equal(refused.length, listed.length, JSON.stringify(refused));
  for (const why of listed)
    assert.ok(
      refused.some(({ message }) => message.endsWith(why ?? "none")),
      why ?? "",
    );
  const stoodIn = report.messages.filter(({ level, message }) => level === "warning" && /default user/.test(message));
  assert.equal(stoodIn.length, out.totals.defaultUser, JSON.stringify(stoodIn));
});

test("--strict fails while somebody is unresolved; a users file on the disk is tried with --worktree before it is committed", async (t) => {
  const opened = await site(t);
  assert.equal((await users(opened, "--strict")).code, 1);
  const lines = "twin.one,<,twin@example.com\nsync,<,who@else.example\n";
  writeFileSync(
    join(opened.clone, USERS),
    changed(opened.files()[USERS] ?? "", (text) => text + lines),
  );
  assert.equal((await users(opened, "--strict")).code, 1, "an edit on the disk is no commit");
  const tried = await users(opened, "--strict", "--worktree", "--json");
  assert.equal(tried.code, 0, tried.stdout + tried.stderr);
  const user = wayOf(objectOf(tried) as unknown as UsersOut, "agm")["twin@example.com"];
  assert.deepEqual([user?.step, user?.partner, user?.where], ["users file", "twin.one", "users/payments.csv:6"]);

  writeFileSync(join(opened.clone, USERS), "alm,<>,agm\nnobody.such,<,twin@example.com\n");
  const wrong = wayOf(objectOf(await users(opened, "--worktree", "--json")) as unknown as UsersOut, "agm")[
    "twin@example.com"
  ];
  assert.deepEqual(
    [wrong?.step, wrong?.known, wrong?.unresolved],
    ["users file", false, true],
    "a line may name somebody who is not there",
  );
});

test("--on-records leaves out whom nobody names, --limit says that it did not look at every record", async (t) => {
  const opened = await site(t);
  const all = objectOf(await users(opened, "--json")) as unknown as UsersOut;
  assert.ok(wayOf(all, "alm")["twin.one"] !== undefined);
  const named = objectOf(await users(opened, "--json", "--on-records")) as unknown as UsersOut;
  assert.deepEqual(Object.keys(wayOf(named, "alm")).toSorted(), ["jane.doe", "long.gone", "petra.novak", "vera.toth"]);
  const short = await users(opened, "--limit", "2");
  assert.match(short.stdout, /only 2 records of alm defect were looked at/);
  assert.match(short.stderr, /alm: reading the records of defect/);
});

test("users: a refused sign-in ends with 4, an unknown connection with 3, and a mapping without users says so", async (t) => {
  const opened = await site(t);
  opened.publish({ [MAPPING]: changed(opened.files()[MAPPING] ?? "", (text) => text.replace(/^owner .*\n/m, "")) });
  assert.match((await users(opened)).stdout, /no row of this connection writes a field of users/);
  const unknown = await opened.run(["users", "nothing", "--repo", opened.clone, "--state", opened.state]);
  assert.equal(unknown.code, 3);
  assert.match(unknown.stderr, /payments/);
  await opened.trackers.agm.close();
  const gone = await users(opened);
  assert.equal(gone.code, 4, gone.stdout + gone.stderr);
  assert.match(gone.stdout, /the trackers could not be asked: agm:/);
});
