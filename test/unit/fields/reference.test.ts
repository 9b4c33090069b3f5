import assert from "node:assert/strict";
import { test } from "node:test";
import { carry } from "../../../daemon/fields/carry.ts";
import { carried, entry, type Given, passage, refused, valueMap } from "./passage.ts";

const RELEASES = [
  entry("1", "R1", { path: "\\Core\\R1" }),
  entry("2", "R2", { path: "\\Core\\R2" }),
  entry("3", "Twin", { path: "\\Core\\Twin" }),
  entry("4", "Twin", { path: "\\Mobile\\Twin" }),
  entry("5", "Big", { path: "\\Core\\Big" }),
];
const CYCLES = [
  entry("11", "S1", { path: "\\Core\\R1\\S1", parent: "1", parentTarget: "release" }),
  entry("12", "S1", { path: "\\Core\\R2\\S1", parent: "2", parentTarget: "release" }),
  entry("13", "S1", { path: "\\Core\\Twin\\S1", parent: "3", parentTarget: "release" }),
  entry("14", "S1", { path: "\\Mobile\\Twin\\S1", parent: "4", parentTarget: "release" }),
];
const THERE = [
  entry("101", "R1"),
  entry("102", "R2"),
  entry("103", "Release Two"),
  entry("104", "twin"),
  entry("105", "big"),
];
const SPRINTS = [
  entry("201", "S1", { parent: "101", parentTarget: "release" }),
  entry("202", "S1", { parent: "102", parentTarget: "release" }),
  entry("203", "S1", { parent: "103", parentTarget: "release" }),
];

function release(given: Given = {}): Given {
  return {
    from: { kind: "reference", target: "release" },
    to: { kind: "reference", target: "release" },
    source: { directories: { release: RELEASES, "release-cycle": CYCLES } },
    target: { directories: { release: THERE, sprint: SPRINTS } },
    ...given,
  };
}

function cycle(given: Given = {}): Given {
  return release({
    from: { kind: "reference", target: "release-cycle" },
    to: { kind: "reference", target: "sprint" },
    ...given,
  });
}

const BACK: Given = release({
  toward: "left",
  source: { directories: { release: THERE, sprint: SPRINTS } },
  target: { directories: { release: RELEASES, "release-cycle": CYCLES } },
});

test("S56 a release is carried by its name, letter case included", () => {
  assert.equal(carried("1", release()), "101");
  assert.match(refused("5", release()), /agm has no release "Big" \(but "big"\).*same name and capitals/);
  assert.match(refused("105", BACK), /alm has no release "big" \(but "Big"\)/);
});

test("S57 a name that is not unique holds the record, and says where each of them stands", () => {
  const there = [...THERE, entry("106", "R1", { path: "\\Old\\R1" })];
  const result = carry("1", passage(release({ target: { directories: { release: there } } })));
  assert.ok(result.kind === "fault");
  assert.equal(result.holds, "record");
  assert.match(
    result.message,
    /"R1" is not unique among the releases of agm: \\R1 \(101\), \\Old\\R1 \(106\); map the value to a full path/,
  );
  const gentle = passage(release({ target: { directories: { release: there } }, mapping: { onError: "field" } }));
  const gentler = carry("1", gentle);
  assert.ok(gentler.kind === "fault" && gentler.holds === undefined);
});

test("S57 the source's own names must be unique too: else nobody knows which one comes back", () => {
  const given = release({ target: { directories: { release: [entry("101", "Twin")] } } });
  const result = carry("3", passage(given));
  assert.ok(result.kind === "fault" && result.holds === "record");
  assert.match(
    result.message,
    /"Twin" is not unique among the releases of alm: \\Core\\Twin \(3\), \\Mobile\\Twin \(4\)/,
  );
  const values = valueMap({ "\\Core\\Twin": "Twin" }, {});
  assert.equal(carried("3", { ...given, mapping: { values } }), "101");
});

test("a missing release is an error of its field, of the record where the row says so", () => {
  const missing = carry("5", passage(release()));
  assert.ok(missing.kind === "fault" && missing.holds === undefined);
  const strict = carry("5", passage(release({ mapping: { onError: "record" } })));
  assert.ok(strict.kind === "fault" && strict.holds === "record");
});

test("S59 S60 a value map leads to the full path, without the root folder or with it", () => {
  for (const path of ["\\Mobile\\Twin", "\\Releases\\Mobile\\Twin"]) {
    const values = valueMap({}, { twin: path });
    assert.equal(carried("104", { ...BACK, mapping: { values } }), "4");
  }
  const gone = valueMap({}, { twin: "\\Mobile\\Gone" });
  assert.match(refused("104", { ...BACK, mapping: { values: gone } }), /no release "\\Mobile\\Gone"/);
});

test("S59 a release's own full path is looked up in the value map before its name", () => {
  const values = valueMap({ Twin: "R1", "\\Mobile\\Twin": "R2" }, {});
  assert.equal(carried("4", release({ mapping: { values } })), "102");
  assert.equal(carried("3", release({ mapping: { values } })), "101");
});

test("S60 the value map may name a release with the root folder in front", () => {
  const values = valueMap({ "\\Releases\\Mobile\\Twin": "R2" }, {});
  assert.equal(carried("4", release({ mapping: { values } })), "102");
});

test("S55 a cycle's name that the value map gives is looked for within its release's partner, and elsewhere where it is the only one", () => {
  const there = [entry("301", "Sprint", { parent: "101", parentTarget: "release" })];
  const inside = entry("302", "Sprint", { parent: "102", parentTarget: "release" });
  const alone = entry("303", "Alone", { parent: "101", parentTarget: "release" });
  const values = valueMap({ S1: "Sprint" }, {});
  const directories = { release: THERE, sprint: [...there, inside, alone] };
  assert.equal(carried("11", cycle({ target: { directories }, mapping: { values } })), "301");
  assert.equal(carried("12", cycle({ target: { directories }, mapping: { values } })), "302");
  const elsewhere = valueMap({ S1: "Alone" }, {});
  assert.equal(carried("12", cycle({ target: { directories }, mapping: { values: elsewhere } })), "303");
  assert.match(refused("13", cycle({ target: { directories }, mapping: { values } })), /"Sprint" is not unique/);
});

test("an id is never taken for a name", () => {
  const values = valueMap({ "2": "Release Two" }, {});
  assert.equal(carried("2", release({ mapping: { values } })), "102");
  assert.match(
    refused("99", release({ target: { directories: { release: [entry("5", "99")] } } })),
    /alm does not have any more/,
  );
});

test("S55 a cycle is looked for within its release's partner: its name repeats from release to release", () => {
  assert.equal(carried("11", cycle()), "201");
  assert.equal(carried("12", cycle()), "202");
  assert.match(refused("13", cycle()), /no sprint "S1" of "Twin"/);
});

test("S59 a cycle follows its release where that has another name there", () => {
  const partnerOf = (target: string, id: string) => (target === "release" && id === "2" ? "103" : null);
  assert.equal(carried("12", cycle({ partnerOf })), "203");
  assert.equal(carried("11", cycle({ partnerOf })), "201");
});

test("S60 a full path says which cycle, whatever its release", () => {
  const values = valueMap({}, { S1: "\\Mobile\\Twin\\S1" });
  const back = {
    ...BACK,
    from: { kind: "reference", target: "sprint" },
    to: { kind: "reference", target: "release-cycle" },
  } as const;
  assert.equal(carried("201", { ...back, mapping: { values } }), "14");
});

test("S58 several target releases hold the record; T26 or the first or the latest is taken, and that is told", () => {
  const many = release({ from: { kind: "reference", target: "release", multiple: true } });
  const result = carry(["2", "1"], passage(many));
  assert.ok(result.kind === "fault" && result.holds === "record");
  assert.match(result.message, /2 values \("R1", "R2"\) do not fit/);
  assert.equal(carried(["2"], many), "102");
  assert.equal(carried(["2", "1"], { ...many, mapping: { several: "first" } }), "101");
  assert.equal(carried(["1", "2"], { ...many, mapping: { several: "latest" } }), "102");
  const told = carry(["1", "2"], passage({ ...many, mapping: { several: "latest" } }));
  assert.ok(told.kind === "value" && told.partial === true);
  assert.match(told.notes.join(), /2 values \("R1", "R2"\).*"R2", the latest one, was taken/);
});

test("T26 a text takes the names of all of them", () => {
  const many = release({ from: { kind: "reference", target: "release", multiple: true }, to: { kind: "string" } });
  assert.equal(carried(["1", "2"], many), "R1; R2");
});

test("S43 a reference stands in a list by its name and comes back by it", () => {
  const applications = [entry("7", "Payments"), entry("8", "Mobile Wallet")];
  const given = {
    from: { kind: "reference", target: "application" },
    source: { directories: { application: applications } },
  } as const;
  assert.equal(carried("8", { ...given, to: { kind: "option" } }), "Mobile Wallet");
  const back = { from: { kind: "option" }, to: { kind: "reference", target: "application" } } as const;
  assert.equal(carried("Payments", { ...back, target: { directories: { application: applications } } }), "7");
});
