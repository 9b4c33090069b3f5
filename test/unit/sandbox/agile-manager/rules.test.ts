import assert from "node:assert/strict";
import { test } from "node:test";
import { openSite } from "./site.ts";

const ref = (type: string, id: number) => ({ type, id });

test("a feature brings its theme, must lie under a theme given with it, and is left by another theme", async (t) => {
  const { make, send } = await openSite(t);
  const one = await make("themes", { name: "One" });
  const two = await make("themes", { name: "Two" });
  const feature = await make("features", { name: "F", theme_id: ref("theme", one.id) });
  const item = await make("backlog_items", { name: "x", feature_id: ref("feature", feature.id) });
  assert.deepEqual(item.theme_id, ref("theme", one.id));
  const both = { feature_id: ref("feature", feature.id), theme_id: ref("theme", two.id) };
  assert.equal((await send("PUT", `backlog_items/${item.id}`, both)).status, 400);
  const moved = await send("PUT", `backlog_items/${item.id}`, { theme_id: ref("theme", two.id) });
  assert.equal(moved.json.data[0].feature_id, null);
});

test("items go with their feature to another theme", async (t) => {
  const { make, send, get } = await openSite(t);
  const one = await make("themes", { name: "One" });
  const two = await make("themes", { name: "Two" });
  const feature = await make("features", { name: "F", theme_id: ref("theme", one.id) });
  const item = await make("backlog_items", { name: "x", feature_id: ref("feature", feature.id) });
  await send("PUT", `features/${feature.id}`, { theme_id: ref("theme", two.id) });
  assert.equal((await get(`backlog_items/${item.id}`)).json.data[0].theme_id.id, two.id);
});

test("a sprint belongs to the release; another release clears it unless a fitting one comes along", async (t) => {
  const { make, send } = await openSite(t);
  const r1 = await make("releases", { name: "R1" });
  const r2 = await make("releases", { name: "R2" });
  const s1 = await make("sprints", { name: "S1", release_id: ref("release", r1.id) });
  const s2 = await make("sprints", { name: "S2", release_id: ref("release", r2.id) });
  const item = await make("backlog_items", {
    name: "x",
    release_id: ref("release", r1.id),
    sprint_id: ref("sprint", s1.id),
  });
  const put = (body: unknown) => send("PUT", `backlog_items/${item.id}`, body);
  assert.equal((await put({ sprint_id: ref("sprint", s2.id) })).status, 400);
  const moved = await put({ release_id: ref("release", r2.id) });
  assert.equal(moved.json.data[0].sprint_id, null);
  const back = await put({ release_id: ref("release", r1.id), sprint_id: ref("sprint", s1.id) });
  assert.deepEqual(back.json.data[0].sprint_id, ref("sprint", s1.id));
  const cleared = await put({ release_id: null });
  assert.equal(cleared.json.data[0].sprint_id, null);
  assert.equal((await put({ sprint_id: ref("sprint", s1.id) })).status, 400);
});

test("a feature team is cleared when the release changes, a workspace team stays; a team in the wrong release is 400", async (t) => {
  const { make, send, get } = await openSite(t);
  const r1 = await make("releases", { name: "R1" });
  const r2 = await make("releases", { name: "R2" });
  const wide = await make("teams", { name: "Wide" });
  const crew = await make("teams", { name: "Crew", team_type: "feature", release_id: ref("release", r1.id) });
  const pairs = (await get("release_teams")).json.data;
  assert.deepEqual(
    pairs.map((pair: { release_id: unknown; team_id: unknown }) => [pair.release_id, pair.team_id]),
    [[ref("release", r1.id), ref("team", crew.id)]],
  );
  for (const [team, kept] of [
    [wide, ref("team", wide.id)],
    [crew, null],
  ] as const) {
    const item = await make("backlog_items", {
      name: "x",
      release_id: ref("release", r1.id),
      team_id: ref("team", team.id),
    });
    const moved = await send("PUT", `backlog_items/${item.id}`, { release_id: ref("release", r2.id) });
    assert.deepEqual(moved.json.data[0].team_id, kept);
  }
  const item = await make("backlog_items", { name: "x", release_id: ref("release", r2.id) });
  assert.equal((await send("PUT", `backlog_items/${item.id}`, { team_id: ref("team", crew.id) })).status, 400);
  assert.equal((await send("PUT", `teams/${crew.id}`, { team_type: "workspace" })).status, 200);
  assert.equal((await send("PUT", `backlog_items/${item.id}`, { team_id: ref("team", crew.id) })).status, 200);
});

test("switch teamInRelease: a team has to be paired with the release", async (t) => {
  const { make, send } = await openSite(t, { switches: { teamInRelease: true } });
  const release = await make("releases", { name: "R" });
  const team = await make("teams", { name: "T" });
  const item = { name: "x", release_id: ref("release", release.id), team_id: ref("team", team.id) };
  assert.equal((await send("POST", "backlog_items", { data: [item] })).status, 400);
  const pair = { release_id: ref("release", release.id), team_id: ref("team", team.id) };
  await make("release_teams", pair);
  await make("backlog_items", item);
  assert.equal((await send("POST", "release_teams", { data: [pair] })).status, 409);
});

test("switch teamKind: hidden, from answers and queries", async (t) => {
  const { make, get } = await openSite(t, { switches: { teamKind: "hidden" } });
  const team = await make("teams", { name: "T" });
  assert.deepEqual(Object.keys(team), ["type", "id", "name"]);
  assert.equal((await get("teams", { query: `"team_type='workspace'"` })).status, 400);
  const shown = await openSite(t);
  assert.equal((await shown.make("teams", { name: "T" })).team_type, "workspace");
});

test("switch memberKey: the key of a member's login", async (t) => {
  const { make } = await openSite(t, { switches: { memberKey: "member" } });
  const team = await make("teams", { name: "T" });
  const member = await make("team_members", { team_id: ref("team", team.id), member: "anna.berg@example.com" });
  assert.equal(member.member, "anna.berg@example.com");
});

test("an item's application joins its feature's and its theme's", async (t) => {
  const { make, send, get, clock } = await openSite(t);
  const app = await make("applications", { name: "A" });
  const theme = await make("themes", { name: "T" });
  const feature = await make("features", { name: "F", theme_id: ref("theme", theme.id) });
  assert.deepEqual(theme.applications, { data: [] });
  const item = await make("backlog_items", { name: "x", feature_id: ref("feature", feature.id) });
  clock.time += 1000;
  await send("PUT", `backlog_items/${item.id}`, { application_id: ref("application", app.id) });
  for (const path of [`features/${feature.id}`, `themes/${theme.id}`]) {
    const owner = (await get(path)).json.data[0];
    assert.deepEqual(owner.applications, { data: [ref("application", app.id)] });
    assert.equal(owner.last_modified, "2026-03-02T08:15:31Z");
  }
  const replaced = await send("PUT", `themes/${theme.id}`, { applications: { data: [] } });
  assert.deepEqual(replaced.json.data[0].applications, { data: [] });
});

test("tasks: title in description, sums on the item without moving its last_modified; switch taskTouchesItem", async (t) => {
  for (const [taskTouchesItem, stamp] of [
    [false, "2026-03-02T08:15:30Z"],
    [true, "2026-03-02T08:15:40Z"],
  ] as const) {
    const { make, send, get, clock } = await openSite(t, { switches: { taskTouchesItem } });
    const item = await make("backlog_items", { name: "x" });
    assert.equal(item.num_of_tasks, null);
    clock.time += 10_000;
    const owner = { backlog_item_id: ref("backlog_item", item.id) };
    const task = await make("tasks", { ...owner, description: "Write parser", estimated: 5, remaining: 5 });
    assert.ok(!("name" in task));
    await make("tasks", { ...owner, description: "Test it", estimated: "3", status: "In Progress" });
    await send("PUT", `tasks/${task.id}`, { remaining: 2, invested: 3 });
    const after = (await get(`backlog_items/${item.id}`)).json.data[0];
    assert.deepEqual(
      [after.num_of_tasks, after.estimated, after.remaining, after.invested, after.last_modified],
      [2, 8, 2, 3, stamp],
    );
  }
});

test("a new release is cut into sprints by sprint_duration, a text of digits included", async (t) => {
  const { make, get } = await openSite(t);
  const release = await make("releases", {
    name: "R",
    start_date: "2026-01-05",
    end_date: "2026-02-06",
    sprint_duration: "2",
    sprint_duration_units: "Weeks",
  });
  assert.equal(release.sprint_duration, 2);
  const sprints = (await get("sprints")).json.data;
  assert.deepEqual(
    sprints.map((s: { name: string; start_date: string; end_date: string }) => [s.name, s.start_date, s.end_date]),
    [
      ["Sprint 1", "2026-01-05", "2026-01-18"],
      ["Sprint 2", "2026-01-19", "2026-02-01"],
      ["Sprint 3", "2026-02-02", "2026-02-06"],
    ],
  );
});

test("deleting a release takes its sprints along and clears it from items", async (t) => {
  const { make, send, get } = await openSite(t);
  const release = await make("releases", { name: "R" });
  const sprint = await make("sprints", { name: "S", release_id: ref("release", release.id) });
  const crew = await make("teams", { name: "C", team_type: "feature", release_id: ref("release", release.id) });
  const item = await make("backlog_items", {
    name: "x",
    release_id: ref("release", release.id),
    sprint_id: ref("sprint", sprint.id),
    team_id: ref("team", crew.id),
  });
  assert.equal((await send("DELETE", `releases/${release.id}`)).status, 200);
  const after = (await get(`backlog_items/${item.id}`)).json.data[0];
  assert.deepEqual([after.release_id, after.sprint_id, after.team_id], [null, null, null]);
  for (const resource of ["sprints", "teams", "release_teams"]) {
    assert.equal((await get(resource)).json.TotalResults, 0, resource);
  }
});
