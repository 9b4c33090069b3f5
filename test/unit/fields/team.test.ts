import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { DirectoryEntry } from "../../../daemon/core/field.ts";
import { findTeam, type TeamPlace } from "../../../daemon/fields/team.ts";
import { carried, entry, refused, world } from "./passage.ts";

const RELEASES = ["r1", "r2", "r3"];
const AGM = world("agm", { directories: { release: RELEASES.map((id) => entry(id, `Release ${id}`)) } });

function own(id: string, release: string, name = "Crew"): DirectoryEntry {
  return entry(id, name, { releases: [release], bound: true });
}

function everybodys(id: string, releases: readonly string[] = [], name = "Crew"): DirectoryEntry {
  return entry(id, name, { releases, bound: false });
}

/** As a server shows it that does not tell what kind of team it is. */
function bare({ bound: _, ...team }: DirectoryEntry): DirectoryEntry {
  return team;
}

const fresh = (release: string | null): TeamPlace => ({ release, now: null });

function idOf(teams: readonly DirectoryEntry[], place: TeamPlace, name = "Crew"): string {
  const found = findTeam(name, place, teams, AGM);
  return found.kind === "value" ? String(found.value) : found.kind === "fault" ? `fault: ${found.message}` : "skip";
}

test("S64 S65 S66 the release's own team comes first, then the workspace's", () => {
  const teams = [everybodys("1", ["r1", "r2"]), own("2", "r1"), own("3", "r2"), own("4", "r2", "Scouts")];
  assert.equal(idOf(teams, fresh("r1")), "2");
  assert.equal(idOf(teams, fresh("r2")), "3");
  assert.equal(idOf(teams, fresh("r3")), "1");
  assert.equal(idOf(teams, fresh(null)), "1");
  assert.equal(idOf(teams, fresh("r2"), "Scouts"), "4");
  // A value map may say it as a path.
  assert.equal(idOf(teams, fresh("r2"), "\\Scouts"), "4");
});

test("S64 S65 without the tracker's word a team in several releases or in none is everybody's, one in a single release may be its own", () => {
  const teams = [
    everybodys("1", ["r1", "r2"]),
    own("2", "r1"),
    everybodys("3", [], "Pool"),
    own("4", "r1", "Scouts"),
  ].map(bare);
  assert.equal(idOf(teams, fresh("r1")), "2");
  assert.equal(idOf(teams, fresh("r2")), "1");
  assert.equal(idOf(teams, fresh("r3"), "Pool"), "3");
  assert.equal(idOf(teams, fresh(null), "Scouts"), "4");
  assert.match(
    idOf(teams, fresh("r2"), "Scouts"),
    /no team "Scouts" in release "Release r2".*only of release "Release r1"/,
  );
});

test("S46 S67 a miss lists who bears the name and where, names without doubt hold back nothing, doubtful ones the record", () => {
  const miss = findTeam("crew", fresh("r1"), [own("1", "r1")], AGM);
  assert.deepEqual(miss, {
    kind: "fault",
    message:
      'agm has no team "crew" in release "Release r1", nor one for all releases (but "Crew"): add it there with the same name and capitals, or map the value',
  });
  const twins = findTeam("Crew", fresh("r1"), [own("1", "r1"), own("2", "r1"), own("3", "r2")], AGM);
  assert.deepEqual(twins, {
    kind: "fault",
    holds: "record",
    message:
      '"Crew" is not unique among the teams of agm: 1 (of release "Release r1"), 2 (of release "Release r1"); rename one of them there',
  });
  assert.match(idOf([everybodys("1"), everybodys("2")], fresh(null)), /not unique.*1 \(of the whole workspace\)/);
});

test("T30 the record's own team stays as long as it bears the name and may work for the release", () => {
  const teams = [everybodys("1"), own("2", "r1"), own("3", "r2")];
  const at = (release: string | null, was: string | null, team: string) => ({ release, now: { release: was, team } });
  assert.equal(idOf(teams, at("r1", "r1", "1")), "1");
  assert.equal(idOf(teams, at("r2", "r1", "1")), "1");
  assert.equal(idOf(teams, at("r1", "r1", "2")), "2");
  assert.equal(idOf(teams, at("r2", "r1", "2")), "3");
  assert.equal(idOf(teams, at(null, "r1", "2")), "1");
  assert.match(idOf(teams, at("r1", "r1", "2"), "Scouts"), /no team "Scouts"/);
});

test("S63 S47 a team goes to a list or text by its name, whoever else bears it", () => {
  const given = {
    from: { kind: "reference" as const, target: "team" },
    source: { directories: { team: [everybodys("1"), own("2", "r1")] } },
    toward: "left" as const,
  };
  assert.equal(carried("2", given), "Crew");
  assert.equal(carried(null, given), null);
  const there = { ...given, to: given.from, target: { directories: { team: [everybodys("7")] } } };
  assert.equal(carried("2", there), "7");
  assert.match(refused("9", given), /names team 9/);
});

const teams = fc
  .array(
    fc.record({
      name: fc.constantFrom("Crew", "Scouts"),
      bound: fc.boolean(),
      releases: fc.subarray(RELEASES),
    }),
    { maxLength: 8 },
  )
  .map((rows) =>
    rows.map(({ name, bound, releases }, i): DirectoryEntry => {
      const ids = bound ? [releases[0] ?? "r1"] : releases;
      return entry(String(i + 1), name, { releases: ids, bound });
    }),
  );
const release = fc.option(fc.constantFrom(...RELEASES), { nil: null });

function idIfFound(found: ReturnType<typeof findTeam>): string | null {
  return found.kind === "value" ? String(found.value) : null;
}

test("S64 S65 whatever teams there are: none outside the release when one is inside, a team of its own before everybody's, and no other name", () => {
  fc.assert(
    fc.property(teams, release, fc.boolean(), (all, at, told) => {
      const shown = told ? all : all.map(bare);
      const found = idIfFound(findTeam("Crew", fresh(at), shown, AGM));
      const team = all.find(({ id }) => id === found);
      if (team === undefined) return;
      const inside = all.filter((one) => one.name === "Crew" && at !== null && one.releases?.includes(at) === true);
      assert.equal(team.name, "Crew");
      if (inside.length > 0) assert.ok(inside.includes(team), "a team outside although one is inside");
      if (told && inside.some(({ bound }) => bound === true)) assert.equal(team.bound, true);
      if (told && inside.length === 0) assert.equal(team.bound, false, "another release's own team");
    }),
  );
});

test("S64 S66 whatever teams there are: a single one that fits is found, and two that fit alike are never chosen between", () => {
  fc.assert(
    fc.property(teams, release, (all, at) => {
      const named = all.filter(({ name }) => name === "Crew");
      const locals = named.filter((team) => team.bound === true && at !== null && team.releases?.includes(at) === true);
      const found = findTeam("Crew", fresh(at), all, AGM);
      if (locals.length === 1) assert.equal(idIfFound(found), locals[0]?.id);
      if (locals.length > 1) assert.ok(found.kind === "fault" && found.holds === "record");
      const everyone = named.filter((team) => team.bound === false);
      if (locals.length === 0 && everyone.length === 1) assert.equal(idIfFound(found), everyone[0]?.id);
      if (locals.length === 0 && everyone.length === 0) assert.ok(found.kind === "fault" && found.holds === undefined);
    }),
  );
});

test("T30 whatever teams there are: asking again with what was found gives the same team", () => {
  fc.assert(
    fc.property(teams, release, release, (all, at, next) => {
      const team = idIfFound(findTeam("Crew", fresh(at), all, AGM));
      if (team === null) return;
      assert.equal(idIfFound(findTeam("Crew", { release: at, now: { release: at, team } }, all, AGM)), team);
      const moved = idIfFound(findTeam("Crew", { release: next, now: { release: at, team } }, all, AGM));
      const kept = all.find(({ id }) => id === team);
      const fits = kept?.bound === false || (next !== null && kept?.releases?.includes(next) === true);
      if (fits) assert.equal(moved, team, "a team that fits was left");
    }),
  );
});
