import assert from "node:assert/strict";
import { test } from "node:test";
import type { UserMap } from "../../../daemon/core/snapshot.ts";
import { carry, whoStandsFor } from "../../../daemon/fields/carry.ts";
import { findUser, listedLine, type UserAnswer } from "../../../daemon/fields/user.ts";
import { ORIGIN } from "../sync/bench.ts";
import { carried, type Given, notesOf, passage, person, refused, row, valueMap, world } from "./passage.ts";

const USER = { kind: "user" } as const;
const FILE: UserMap = {
  name: "people",
  toRight: { "vera.toth": "anna@agm.example", "zoe@example.com": "zoe@agm.example" },
  toLeft: { "anna@agm.example": "anna.berg" },
  origin: { ...ORIGIN, file: "users/people.csv" },
};
const ALM = [
  person("anna.berg", ["Anna.Berg@Example.com"]),
  person("david", ["david@example.com", "david.home@example.com"]),
  person("vera.toth", []),
  person("zoe", ["old.zoe@example.com", "zoe@example.com"]),
  person("build.robot", []),
];
const JIRA = [
  person("anna", ["anna.berg@example.com"]),
  person("dave", ["david.home@example.com"]),
  person("twin1", ["twin@example.com"]),
  person("twin2", ["twin@example.com"]),
];

function user(given: Given = {}): Given {
  return {
    from: USER,
    to: USER,
    ...given,
    source: { people: ALM, ...given.source },
    target: { people: JIRA, ...given.target },
  };
}

function answer(login: string, given: Given = {}): UserAnswer {
  return findUser({
    login,
    mapping: row("owner", "assigned_to", given.mapping),
    toward: given.toward ?? "right",
    from: world("alm", { people: ALM, ...given.source }),
    to: world("agm", { people: JIRA, ...given.target }),
  });
}

test("S10 the same e-mail is the same person, capitals aside, without any configuration", () => {
  assert.deepEqual(answer("anna.berg"), { kind: "found", login: "anna", step: "e-mail" });
  assert.equal(carried("ANNA.BERG", user()), "anna");
  assert.equal(carried("anna.berg@example.com", user({ source: { people: null } })), "anna");
});

test("S10 a tracker that cannot list its users gets the address itself", () => {
  assert.equal(carried("david", user({ target: { people: null } })), "david@example.com");
});

test("T4 T5 what comes next, should a tracker that cannot list its users not know the address", () => {
  const given = (mapping: Given["mapping"]) =>
    answer("david", { target: { people: null }, ...(mapping === undefined ? {} : { mapping }) });
  const home = { login: "david.home@example.com", step: "e-mail" } as const;
  const pool = { login: "pool", step: "default user" } as const;
  const who = 'where agm has no such user, say who "david" is there: name a users file with `users = "…"`, or';
  const found = { kind: "found", login: "david@example.com", step: "e-mail", hint: `${who} set default_user` } as const;
  const anyone = `${who} let the default user stand in with applies_to = "anyone"`;
  const defaultUser = { right: "pool" };
  assert.deepEqual(given({}), { ...found, otherwise: [home] });
  assert.deepEqual(given({ defaultUser }), { ...found, otherwise: [home], hint: anyone });
  assert.deepEqual(given({ defaultUser, defaultFor: "anyone" }), {
    ...{ ...found, otherwise: [home, pool] },
    hint: `${who} name another default user than "pool"`,
  });
  assert.deepEqual(given({ emails: "first" }), found);
});

test("T5 every address is tried, in order; S11 `emails = first` takes the first alone, on both sides", () => {
  assert.equal(carried("david", user()), "dave");
  assert.match(refused("david", user({ mapping: { emails: "first" } })), /"david" \(david@example\.com\)/);
  const there = { people: [person("d", ["other@example.com", "david@example.com"])] };
  assert.equal(carried("david", user({ target: there })), "d");
  refused("david", user({ target: there, mapping: { emails: "first" } }));
  assert.equal(carried("anna.berg", user({ mapping: { emails: "first" } })), "anna");
});

test("T5 two people with one address are an error that names both", () => {
  const given = user({ source: { people: [person("t", ["twin@example.com"])] } });
  assert.match(refused("t", given), /"twin@example\.com" belongs to "twin1" and "twin2" in agm.*users file/);
  const oneLeft = { people: [person("twin1", ["twin@example.com"], false), person("twin2", ["twin@example.com"])] };
  assert.equal(carried("t", { ...given, target: oneLeft }), "twin2");
});

test("S12 the row's value map is asked before everything else", () => {
  const values = valueMap({ "anna.berg": "mapped" }, {});
  assert.equal(carried("anna.berg", user({ mapping: { values, users: FILE, defaultUser: { right: "x" } } })), "mapped");
  assert.equal(carried("vera.toth", user({ mapping: { values, users: FILE } })), "anna@agm.example");
});

test("S73 what a map says of unmapped values counts once nothing else of the chain answers", () => {
  const values = valueMap({ "build.robot": "robot" }, {});
  assert.equal(carried("anna.berg", user({ mapping: { values, unmapped: "error" } })), "anna");
  assert.match(refused("vera.toth", user({ mapping: { values, unmapped: "error" } })), /no row in the value map/);
  assert.equal(carried("vera.toth", user({ mapping: { values, unmapped: { value: "pool" } } })), "pool");
});

test("S13 the users file answers before e-mail, by login and by every address", () => {
  assert.deepEqual(answer("VERA.TOTH", { mapping: { users: FILE } }), {
    kind: "found",
    login: "anna@agm.example",
    step: "users file",
  });
  assert.equal(carried("zoe", user({ mapping: { users: FILE } })), "zoe@agm.example");
  const back = user({ mapping: { users: FILE }, toward: "left", source: { people: null }, target: { people: ALM } });
  assert.equal(carried("Anna@AGM.example", back), "anna.berg");
});

test("S8 the default user is for people without an e-mail address; S9 others never fall to it; T4 unless it is for anyone", () => {
  const mapping = { defaultUser: { right: "pool" } };
  assert.deepEqual(answer("build.robot", { mapping }), { kind: "found", login: "pool", step: "default user" });
  assert.match(
    refused("zoe", user({ mapping })),
    /"zoe" \(old\.zoe@example\.com, zoe@example\.com\).*applies_to = "anyone"/,
  );
  assert.match(refused("who@example.com", user({ mapping })), /has no partner in agm/);
  assert.equal(carried("zoe", user({ mapping: { ...mapping, defaultFor: "anyone" } })), "pool");
});

test("S6 T6 somebody who was deleted from the list is a person without an e-mail address", () => {
  assert.equal(carried("gone.since", user({ mapping: { defaultUser: { right: "pool" } } })), "pool");
  assert.match(refused("gone.since", user()), /user "gone\.since" of alm has no partner in agm.*set default_user/);
});

test("S5 the default user works in both directions, each by its own name", () => {
  const mapping = { defaultUser: { right: "pool", left: "sync" }, defaultFor: "anyone" } as const;
  assert.equal(carried("zoe", user({ mapping })), "pool");
  const back = user({ mapping, toward: "left", source: { people: null }, target: { people: ALM } });
  assert.equal(carried("stranger@agm.example", back), "sync");
});

test("S7 T3 that a default user stands in is told, with both names", () => {
  const given = user({ mapping: { defaultUser: { right: "pool" } } });
  assert.deepEqual(notesOf("build.robot", given), [
    'user "build.robot" is not known to agm: the default user "pool" stands in',
  ]);
  assert.deepEqual(notesOf("anna.berg", given), []);
});

test("an empty user field is empty; no name is taken for one that every object has", () => {
  assert.equal(carried(null, user({ mapping: { defaultUser: { right: "pool" } } })), null);
  refused("constructor", user({ mapping: { users: FILE } }));
  refused("tostring", user({ mapping: { users: FILE } }));
});

test("several people are carried one by one, and one without a partner is named", () => {
  const several = { ...USER, multiple: true };
  assert.deepEqual(carried(["anna.berg", "david"], user({ from: several, to: several })), ["anna", "dave"]);
  assert.match(refused(["anna.berg", "zoe"], user({ from: several, to: several })), /"zoe"/);
});

test("T4 for each user it is told which step answers, by the chain that carries the value", () => {
  const values = valueMap({ "build.robot": "robot@agm.example" }, {});
  const users: UserMap = { ...FILE, lines: { toRight: { "vera.toth": 3, "zoe@example.com": 7 }, toLeft: {} } };
  const mapping = { values, users, defaultUser: { right: "sync@agm.example" } };
  const standing = (login: string, more: Given["mapping"] = {}) => {
    const given = user({ mapping: { ...mapping, ...more } });
    const told = whoStandsFor(login, passage(given));
    const written = carry(login, passage(given));
    if (told.kind === "found") assert.equal(written.kind === "value" ? written.value : written.kind, told.login);
    else assert.equal(written.kind, told.kind === "left alone" ? "skip" : "fault");
    return told.kind === "found" ? [told.step, told.login] : [told.kind];
  };
  assert.deepEqual(standing("build.robot"), ["value map", "robot@agm.example"]);
  assert.deepEqual(standing("zoe"), ["users file", "zoe@agm.example"]);
  assert.deepEqual(standing("anna.berg"), ["e-mail", "anna"]);
  assert.deepEqual(standing("nobody"), ["default user", "sync@agm.example"]);
  assert.deepEqual(standing("twin@example.com"), ["ambiguous"]);
  assert.deepEqual(standing("stranger@example.com"), ["unknown"]);
  assert.deepEqual(standing("stranger@example.com", { unmapped: "skip" }), ["left alone"]);
  assert.deepEqual(standing("stranger@example.com", { unmapped: { value: "who" } }), ["value map", "who"]);
  const asked = (login: string) => ({
    login,
    mapping: row("here", "there", mapping),
    toward: "right" as const,
    from: world("alm", { people: ALM }),
  });
  assert.deepEqual([listedLine(asked("zoe")), listedLine(asked("anna.berg"))], [7, null]);
});
