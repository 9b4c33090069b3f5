import assert from "node:assert/strict";
import { test } from "node:test";
import { agileManagerConnector } from "../../../../daemon/connectors/agile-manager/index.ts";
import type { Connector } from "../../../../daemon/core/connector.ts";
import { createHttp } from "../../../../daemon/lib/http.ts";
import {
  type AgileManagerSimulator,
  type AgileManagerSwitches,
  startAgileManagerSimulator,
} from "../../../../daemon/sandbox/agile-manager/index.ts";

const { signal } = new AbortController();

async function site(
  t: { after(work: () => Promise<void>): void },
  switches: Partial<AgileManagerSwitches> = {},
): Promise<{ readonly agm: AgileManagerSimulator; readonly connector: Connector }> {
  const agm = await startAgileManagerSimulator({ content: "empty", switches });
  const settings = agileManagerConnector.settings({ url: agm.url, workspace: 1003 });
  assert.ok(settings.ok);
  const connector = agileManagerConnector.open(settings.value, {
    endpoint: "agm",
    http: createHttp({ userAgent: "test", now: Date.now, random: Math.random }),
    secret: async () => ({
      "client-id": String(agm.access["client-id"]),
      "client-secret": String(agm.access["client-secret"]),
    }),
    now: Date.now,
    note: () => undefined,
  });
  t.after(async () => {
    await connector.close();
    await agm.close();
  });
  return { agm, connector };
}

const release = (agm: AgileManagerSimulator, name: string) =>
  agm.admin.create("releases", { name, start_date: "2026-01-01", end_date: "2026-12-31" });

for (const teamKind of ["shown", "hidden"] as const) {
  test(`S47 S61 teams come with the releases that they take part in, and with their kind where the server tells (${teamKind})`, async (t) => {
    const { agm, connector } = await site(t, { teamKind, maxPage: 100 });
    const [one, two] = [release(agm, "one"), release(agm, "two")];
    const all = agm.admin.create("teams", { name: "Crew" });
    for (const id of [one, two]) agm.admin.create("release_teams", { release_id: id, team_id: all });
    const own = agm.admin.create("teams", { name: "Crew", team_type: "feature", release_id: one });
    const idle = agm.admin.create("teams", { name: "Idle" });
    const kind = (bound: boolean) => (teamKind === "shown" ? { bound } : {});
    assert.deepEqual(await connector.directory("team", signal), [
      { id: String(all), name: "Crew", path: "\\Crew", parent: null, releases: [one, two].map(String), ...kind(false) },
      { id: String(own), name: "Crew", path: "\\Crew", parent: null, releases: [String(one)], ...kind(true) },
      { id: String(idle), name: "Idle", path: "\\Idle", parent: null, releases: [], ...kind(false) },
    ]);
  });
}

test("S61 many teams and pairs are read to their end, a page at a time", async (t) => {
  const { agm, connector } = await site(t);
  const releases = Array.from({ length: 3 }, (_, i) => release(agm, `r${i}`));
  for (let i = 0; i < 105; i++) {
    const team = agm.admin.create("teams", { name: `Team ${i}` });
    for (const id of releases) agm.admin.create("release_teams", { release_id: id, team_id: team });
  }
  const teams = await connector.directory("team", signal);
  assert.equal(teams.length, 105);
  assert.ok(teams.every((team) => team.releases?.length === 3));
});

for (const putAnswer of ["full", "empty"] as const) {
  test(`T29 an update tells what the server cleared along with it (answer ${putAnswer})`, async (t) => {
    const { agm, connector } = await site(t, { putAnswer });
    const [one, two] = [release(agm, "one"), release(agm, "two")];
    const team = agm.admin.create("teams", { name: "Own", team_type: "feature", release_id: one });
    const item = { subtype: "defect", name: "x", release_id: one, team_id: team };
    const id = String(agm.admin.create("backlog_items", item));
    const [outcome] = await connector.update("defect", [{ id, fields: { release_id: String(two) } }], signal);
    assert.ok(outcome?.ok);
    assert.deepEqual(outcome.record.fields, { release_id: String(two), sprint_id: null, team_id: null });
    assert.deepEqual(outcome.faults, []);
    const [plain] = await connector.update("defect", [{ id, fields: { name: "y" } }], signal);
    assert.deepEqual(plain?.ok === true && plain.record.fields, { name: "y" });
    // Of an entity type that has no such field nothing is asked.
    const theme = String(agm.admin.create("themes", { name: "T" }));
    const feature = String(agm.admin.create("features", { name: "F" }));
    const [moved] = await connector.update("feature", [{ id: feature, fields: { theme_id: theme } }], signal);
    assert.deepEqual(moved?.ok === true && moved.record.fields, { theme_id: theme });
  });
}

test("X19 applications, themes and features can be made from a name, a feature in its theme; nothing else can", async (t) => {
  const { agm, connector } = await site(t);
  const add = (target: string, name: string, parent: string | null = null) =>
    connector.addEntry?.(target, name, parent, signal) ?? assert.fail("it cannot");
  const theme = await add("theme", "Payments");
  const feature = await add("feature", "SEPA", theme.id);
  const application = await add("application", "Till");
  for (const [target, entry] of [
    ["theme", theme],
    ["feature", feature],
    ["application", application],
  ] as const)
    assert.deepEqual(await connector.directory(target, signal), [entry]);
  await assert.rejects(add("feature", "Nobody's"), /agm: feature "Nobody's" cannot be made from its name alone/);
  await assert.rejects(add("team", "Crew"), /team "Crew" cannot be made/);
  await assert.rejects(add("theme", "payments"), /409|already exists/);
  assert.equal(agm.admin.list("teams").length, 0);
});
