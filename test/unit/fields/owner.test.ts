import assert from "node:assert/strict";
import { test } from "node:test";
import { followersOf } from "../../../daemon/fields/follow.ts";
import { belonging } from "../../../daemon/fields/owner.ts";
import { entry } from "./passage.ts";

const THEMES = [entry("1", "Payments"), entry("2", "Trust")];
const WHAT = { part: "feature", whole: "theme", endpoint: "agm" };
const SEPA = entry("11", "SEPA", { parent: "1" });
const ORPHAN = entry("12", "Orphan");

test("S48 S50 T27 a feature fits its theme, brings it where none was given, and goes with no other one", () => {
  assert.deepEqual(belonging(SEPA, "1", WHAT, THEMES), { kind: "fits" });
  assert.deepEqual(belonging(SEPA, null, WHAT, THEMES), {
    kind: "derived",
    owner: "1",
    note: 'the theme is that of the feature "SEPA": the record has none',
  });
  const message = (part: typeof SEPA, owner: string | null) => {
    const answer = belonging(part, owner, WHAT, THEMES);
    return answer.kind === "fault" ? answer.message : answer.kind;
  };
  assert.equal(
    message(SEPA, "2"),
    'feature "SEPA" of agm belongs to theme "Payments", and the record has "Trust": change one of the two',
  );
  assert.equal(message(ORPHAN, null), 'feature "Orphan" of agm has no theme: give it one there, or fill in the theme');
  assert.equal(
    message(ORPHAN, "2"),
    'feature "Orphan" of agm has no theme, and the record has "Trust": change one of the two',
  );
  // A theme that is not listed is called by its id.
  assert.match(message(SEPA, "9"), /the record has "9"/);
});

test("T29 what a tracker may change along with a write: parts of a whole that moved, the whole of a part, teams of a release", () => {
  const bonds = { owners: { sprint: "release", feature: "theme" }, teams: { team: "release" } };
  assert.deepEqual([...followersOf(bonds, ["release"])].sort(), ["sprint", "team"]);
  assert.deepEqual(followersOf(bonds, ["theme"]), ["feature"]);
  assert.deepEqual(followersOf(bonds, ["feature"]), ["theme"]);
  assert.deepEqual(followersOf(bonds, ["feature", "theme", "name"]), []);
  assert.deepEqual(followersOf(undefined, ["release"]), []);
});
