import assert from "node:assert/strict";
import { test } from "node:test";
import { carry } from "../../../daemon/fields/carry.ts";
import type { Carried } from "../../../daemon/fields/outcome.ts";
import { entry, type Given, passage } from "./passage.ts";

const APPLICATIONS: Given = {
  to: { kind: "reference", target: "application" },
  target: { directories: { application: [entry("1", "Till")] } },
  mapping: { createMissing: true },
};
const PRODUCTS: Given = {
  to: { kind: "option", options: ["Till"], verified: true },
  mapping: { createMissing: true },
};

function missing(text: string | readonly string[], given: Given): unknown {
  const result: Carried = carry(text, passage(given));
  return result.kind === "fault" ? result.missing : result.kind;
}

test("S44 X19 a row that creates says what is missing, and only where something is", () => {
  assert.deepEqual(missing("Kiosk", APPLICATIONS), {
    kind: "entry",
    target: "application",
    name: "Kiosk",
    parent: null,
  });
  assert.deepEqual(missing("Kiosk", PRODUCTS), { kind: "option", field: "there", name: "Kiosk" });
  for (const given of [APPLICATIONS, PRODUCTS]) {
    assert.equal(missing("Till", given), "value");
    assert.equal(missing("Kiosk", { ...given, mapping: {} }), undefined);
    // A slip, and what is no name at all.
    assert.equal(missing("TILL", given), undefined);
  }
  assert.equal(missing("\\Folder\\Kiosk", APPLICATIONS), undefined);
  // A list that takes any value has nothing missing.
  assert.equal(missing("Kiosk", { ...PRODUCTS, to: { kind: "option", options: ["Till"] } }), "value");
});

test("S44 X19 a name that two have, several values for one field, and a value without a row are no missing values", () => {
  const twins = { directories: { application: [entry("1", "Kiosk"), entry("2", "Kiosk")] } };
  assert.equal(missing("Kiosk", { ...APPLICATIONS, target: twins }), undefined);
  assert.equal(
    missing(["Till", "Kiosk"], { ...APPLICATIONS, to: { ...APPLICATIONS.to, multiple: true } }) !== "value",
    true,
  );
  const values = { name: "v", toRight: {}, toLeft: {}, origin: { file: "m.toml", line: 1, column: 1 } };
  assert.equal(
    missing("Kiosk", { ...PRODUCTS, mapping: { createMissing: true, values, unmapped: "error" } }),
    undefined,
  );
});
