import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { FieldSchema } from "../../../daemon/core/field.ts";
import { fixtureText, readFixture } from "../../../daemon/sync/fixture/fixture.ts";
import { createScrubber } from "../../../daemon/sync/fixture/scrub.ts";

const scrubber = (keep: readonly string[] = [], known: readonly string[] = []) =>
  createScrubber({ keep: new Set(keep), known: new Set(known) });

function field(kind: FieldSchema["kind"], more: Partial<FieldSchema> = {}): FieldSchema {
  return { name: "f", label: "F", kind, multiple: false, required: false, readOnly: false, ...more };
}

test("B17 the same word gets the same stand-in, two words never do; case, length and punctuation stay", () => {
  const { text } = scrubber();
  assert.equal(text("Anna, anna! ANNA (Bob)", false), "Baba, baba! BABA (Bab)");
  assert.notEqual(text("17", false), "17");
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-zäöü]{1,7}$/), { minLength: 2, maxLength: 120 }), (words) => {
      const one = scrubber();
      const given = [...new Set(words)];
      const made = given.map((word) => one.text(word, false));
      assert.equal(new Set(made).size, given.length, "two words never have one stand-in");
      assert.deepEqual(
        given.map((word) => one.text(word, false)),
        made,
      );
    }),
  );
});

test("B17 nothing of a text is left: not in tags, attributes, comments or numeric characters", () => {
  const secret = /nora|quist|bank|4711/i;
  const html = scrubber().text(
    "<p class=\"Nora\">N&#111;ra &amp; <b title='Quist'>Quist</b></p><!-- Nora --><nora@bank.example> <a href=mailto:nora@bank.example>x</a> 4711&nbsp;",
    true,
  );
  assert.doesNotMatch(html, secret);
  for (const kept of [/^<p class="/, /<\/b><\/p><!--/, /&amp;/, /<a href=/, /&nbsp;$/]) assert.match(html, kept);
  assert.doesNotMatch(scrubber().text("<b>Nora</b>", false), /<b>Nora|nora/i);
});

test("B17 nothing of a text is left where its HTML is not well made, or its letters are of another script", () => {
  const secret = /nora|quist|[١Ⅻ²]/i;
  const text = (given: string) => scrubber().text(given, true);
  for (const given of [
    '<p title="Nora > Quist">x</p>',
    "<p title='Nora>x</p>",
    "<b Nora=1 data-quist>x</b>",
    "Q&Nora;Quist&Quist;",
    "<custom nora=Quist>Nora</custom> 1 < Nora > 2",
    "Nora ١٢٣ Ⅻ ² &#x661;",
  ])
    assert.doesNotMatch(text(given), secret, given);
  assert.match(text("A&nbsp;&ouml;&amp;&lt;b&gt;"), /^\p{L}&nbsp;&ouml;&amp;&lt;\p{L}&gt;$/u);
  const started = performance.now();
  assert.equal(text("<a ".repeat(30_000)).length, 90_000);
  assert.ok(performance.now() - started < 2000, "tags without an end take no time");
});

test("B17 a login in a text field is the person that it is in a person's field, and words that were scrubbed are known again", () => {
  const one = scrubber();
  one.learn(["nora", "nora@bank.example"]);
  assert.equal(one.value("Nora", field("string")), one.value("nora", field("user")));
  assert.equal(one.value("nora@bank.example", field("string", { multiple: true })), "person-1@example.com");
  assert.equal(one.seen("Quist lost"), null);
  const scrubbed = one.text("Quist lost coins", false);
  assert.equal(
    one.seen("LOST quist"),
    `${scrubbed.split(" ")[1]?.toUpperCase()} ${scrubbed.split(" ")[0]?.toLowerCase()}`,
  );
  assert.equal(one.seen("Quist won"), null);
  assert.equal(one.seen("NORA"), "person-1");
});

test("B17 lists, numbers, dates and references stay; people and texts do not, unless they are kept", () => {
  const one = scrubber(["kept"], ["service"]);
  for (const kind of ["option", "number", "date", "datetime", "boolean", "reference"] as const)
    assert.equal(one.value("2026-01-31", field(kind)), "2026-01-31", kind);
  assert.equal(one.value("Nora", field("string", { name: "kept" })), "Nora");
  assert.equal(one.value(null, field("string")), null);
  one.learn(["nora", "nora@bank.example", "Nora Quist"]);
  assert.equal(one.value("Nora", field("user")), "person-1");
  assert.equal(one.value("service", field("user")), "service", "the mapping names it anyway");
  const [person] = one.people([{ login: "nora", name: "Nora Quist", emails: ["NORA@bank.example"], active: true }]);
  assert.deepEqual(person, { login: "person-1", name: "Person 1", emails: ["person-1@example.com"], active: true });
  assert.equal(one.person("hugo"), "person-2");
});

test("B19 a fixture's text does not depend on the order of its parts", () => {
  const fixture = {
    ...{ fixture: 1, link: "p/l", partner: null, agreed: null, users: {}, references: [], lookups: [] },
    record: { endpoint: "a", id: "1", modified: null, fields: { b: 1, a: ["x"] } },
    worlds: { a: { people: null, directories: {} } },
  };
  const read = (given: unknown) => {
    const result = readFixture(given);
    if (!result.ok) throw new Error(result.message);
    return fixtureText(result.value);
  };
  const turned = JSON.parse(JSON.stringify(Object.fromEntries(Object.entries(fixture).toReversed()))) as unknown;
  assert.equal(read(turned), read(fixture));
  assert.match(read(fixture), /"a": \[[^\]]*\],\s+"b": 1/);
  const wrong = readFixture({ ...fixture, record: { ...fixture.record, fields: { a: { b: 1 } } } });
  assert.ok(!wrong.ok);
  assert.match(wrong.message, /this is no fixture: record\.fields\.a/);
});
