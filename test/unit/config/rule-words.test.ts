import assert from "node:assert/strict";
import { test } from "node:test";
import { build, mapping } from "./build.ts";
import { textTree } from "./corpus.ts";

const R = "rules/m/items.ts";
const MAPPING = mapping(
  'rules = "m/items.ts"\nreads = { a = ["due"] }',
  '[links.items.fields]\ntitle = "title"\npoints = "points"\ntags = "tags"\nx-free = "x-free"\n',
);

interface Bodies {
  readonly outgoing?: string;
  readonly incoming?: string;
  readonly back?: string;
  readonly arrives?: string;
}

/** Rules of both sides; `back` and `arrives` are b's outgoing and a's incoming rule. One statement a line, from the line that stands above each. */
function rules({ outgoing = "", incoming = "", back = "", arrives = "" }: Bodies): string {
  return `import { link } from "syncline";
export default link<"m", "items">({ a: { outgoing({ issue, replica, log, lookup }) {
${outgoing}
}, async incoming({ issue, replica, current, log }) {
${arrives}
} }, b: { outgoing({ issue, replica, log }) {
${back}
}, incoming({ issue, replica, log }) {
${incoming}
} } });
`;
}

async function said(bodies: Bodies | string, severity: "error" | "warning" = "error"): Promise<readonly string[]> {
  const text = typeof bodies === "string" ? bodies : rules(bodies);
  const result = await build(textTree({ "mappings/m.toml": MAPPING, [R]: text }));
  const all = result.ok ? result.candidate.warnings : result.diagnostics;
  return all
    .filter((one) => one.severity === severity && one.file === R)
    .map(({ line, column, message, hint }) => `${line}:${column} ${message} ${hint}`.trim());
}

test("B1 X11 a field that is not there, or that no row maps, is named as in a mapping", async () => {
  assert.deepEqual(await said({ outgoing: "log(issue.tilte);" }), [
    '3:11 The item of a has no field "tilte". Did you mean "title"?',
  ]);
  assert.deepEqual(await said({ outgoing: "log(issue.Title);" }), [
    '3:11 The item of a has no field "Title". "Title" is called "title" here.',
  ]);
  assert.deepEqual(await said({ outgoing: "log(issue.owner);" }), [
    '3:11 Rules of m/items do not read "owner" of a: no row maps it. Add it to the link: reads = { a = ["owner"] }.',
  ]);
  assert.deepEqual(await said({ arrives: 'log(current?.owner); issue.titel = "x";' }), [
    '5:14 Rules of m/items do not read "owner" of a: no row maps it. Add it to the link: reads = { a = ["owner"] }.',
    '5:28 The item of a has no field "titel". Did you mean "title"?',
  ]);
});

test("X4 a label that no field has, or whose field no row maps, is named too", async () => {
  assert.deepEqual(await said({ outgoing: 'replica.byLabel["Title"] = issue.byLabel["Title"];' }), []);
  assert.deepEqual(await said({ outgoing: 'log(issue.byLabel["Titel"]);' }), [
    '3:19 The item of a has no field labelled "Titel". Did you mean "Title"?',
  ]);
  assert.deepEqual(await said({ outgoing: "log(issue.byLabel.owner);" }), [
    '3:19 Rules of m/items do not read "owner" of a: no row maps it. Add it to the link: reads = { a = ["owner"] }.',
  ]);
  assert.deepEqual(await said({ outgoing: 'replica.byLabel["owner"] = "ann";' }), [
    '3:1 Rules of m/items do not read "owner" of a: no row maps it. Add it to the link: reads = { a = ["owner"] }.',
  ]);
  assert.deepEqual(await said({ arrives: 'issue.byLabel["owner"] = "ann"; issue.byLabel["ownr"] = "x";' }), [
    '5:47 The item of a has no field labelled "ownr". Did you mean "owner"?',
  ]);
});

test("B1 X4 what a rule may not write, it may not write by its label either", async () => {
  const byName = await said({ arrives: 'issue.made = "2026-11-22T10:00:00Z"; issue.title = undefined;' });
  const byLabel = await said({
    arrives: 'issue.byLabel["made"] = "2026-11-22T10:00:00Z"; issue.byLabel["Title"] = undefined;',
  });
  const words = ["Cannot assign to 'made' because it is a read-only property.", "Write null for an empty field."];
  for (const lines of [byName, byLabel]) {
    assert.equal(lines.length, 2, lines.join("\n"));
    for (const [i, text] of words.entries()) assert.ok(lines[i]?.includes(text), lines[i]);
    assert.doesNotMatch(lines.join(), /exactOptional/);
  }
});

test("X4 a line of Exalate's is answered with what stands for it here", async () => {
  assert.deepEqual(await said({ outgoing: 'replica.customFields["Owner"] = issue.customFields["Owner"];' }), [
    '3:9 Nobody sends "customFields": it is no field of a, and a\'s outgoing rule does not set it. All fields go by their names, or by the labels that people see: byLabel["…"].',
    '3:39 The item of a has no field "customFields". All fields go by their names, or by the labels that people see: byLabel["…"].',
  ]);
});

test("X18 a look-up that nobody awaits is told as that", async () => {
  assert.deepEqual(await said({ outgoing: 'log(lookup.user("ann").status);' }), [
    "3:24 Property 'status' does not exist on type 'Promise<Found<string>>'. Look-ups are asynchronous: write await before them.",
  ]);
});

test("X11 only values travel", async () => {
  assert.match((await said({ outgoing: "replica.more = { a: 1 };" })).join(), /^3:\d+ /);
});

test("X11 what no outgoing rule sends, no incoming rule can read", async () => {
  const sent = 'replica.extra = "x"; replica["more"] = 1; replica.late ??= "y"; replica.title = replica.extra + "!";';
  assert.deepEqual(
    await said({
      outgoing: sent,
      incoming: 'log(replica.extra, replica.more, replica["late"], replica.title, replica.id, replica.byLabel);',
    }),
    [],
  );
  assert.deepEqual(await said({ outgoing: sent, incoming: "if (replica.exrta === null) log(1);" }), [
    '9:13 Nobody sends "exrta": it is no field of a, and a\'s outgoing rule does not set it. Did you mean "extra"?',
  ]);
  assert.deepEqual(await said({ incoming: "log(replica.tilte);" }), [
    '9:13 Nobody sends "tilte": it is no field of a, and a\'s outgoing rule does not set it. Did you mean "title"?',
  ]);
  assert.deepEqual(await said({ incoming: "issue.title = replica.tilte;" }), [
    '9:23 Nobody sends "tilte": it is no field of a, and a\'s outgoing rule does not set it. Did you mean "title"?',
  ]);
  assert.deepEqual(await said({ incoming: "log(replica.owner);" }), [
    '9:13 Rules of m/items do not read "owner" of a: no row maps it. Add it to the link: reads = { a = ["owner"] }.',
  ]);
  // What b sends is nothing that b gets.
  assert.deepEqual(await said({ back: "replica.extra = 1;", incoming: "log(replica.extra);" }), [
    '9:13 Nobody sends "extra": it is no field of a, and a\'s outgoing rule does not set it.',
  ]);
  // What may be of the tracker's own fields, the check cannot know.
  assert.deepEqual(await said({ incoming: 'log(replica["x-other"]);' }), []);
});

test("X11 a field of the replica that is all but a field of the record is told, as nobody reads it", async () => {
  assert.deepEqual(await said({ outgoing: 'replica.tilte = "x";' }, "warning"), [
    '3:9 "tilte" is no field of a, and no incoming rule of b reads it: it goes nowhere. Did you mean "title"?',
  ]);
  assert.deepEqual(await said({ outgoing: 'replica.Title = "x";' }, "warning"), [
    '3:9 "Title" is no field of a, and no incoming rule of b reads it: it goes nowhere. "Title" is called "title" here.',
  ]);
  assert.deepEqual(await said({ outgoing: 'replica.tilte = "x";', incoming: "log(replica.tilte);" }, "warning"), []);
  assert.deepEqual(await said({ outgoing: 'replica.somethingElse = "x";' }, "warning"), []);
});

test("X11 rules that hand the replica on, or are made elsewhere, are taken at their word", async () => {
  const handed = 'Object.assign(replica, { extra: "x" });';
  assert.deepEqual(await said({ outgoing: handed, incoming: "log(replica.extra);" }), []);
  assert.deepEqual(
    await said({ outgoing: 'replica.tilte = "x";', incoming: "log(Object.keys(replica));" }, "warning"),
    [],
  );
  const whole = (body: string) => `import { link } from "syncline";\n${body}\n`;
  assert.deepEqual(
    await said(
      whole(`function send({ replica }: { replica: Record<string, unknown> }) { replica["extra"] = 1; }
export default link<"m", "items">({ a: { outgoing: send }, b: { incoming: (c) => c.log(c.replica.extra) } });`),
    ),
    [],
  );
  assert.deepEqual(
    await said(
      whole(
        'export default link<"m", "items">({ a: { outgoing(c) { c.replica.extra = 1; } }, b: { incoming: async ({ replica: r, log }) => { log(r.extar); const { extra, tilte } = r; log(extra, tilte); } } });',
      ),
    ),
    [
      '2:136 Nobody sends "extar": it is no field of a, and a\'s outgoing rule does not set it. Did you mean "extra"?',
      '2:159 Nobody sends "tilte": it is no field of a, and a\'s outgoing rule does not set it. Did you mean "title"?',
    ],
  );
});

test("X28 a promise that nobody waits for is an error: what goes wrong in it would be lost", async () => {
  const bare = "async function later() { throw new Error('no'); }";
  const lost = "Nobody waits for what this call gives: an error in it would be lost. Write await before it.";
  assert.deepEqual(await said({ arrives: `${bare} later();\nlog(1); later().then(() => log(2));` }), [
    `5:${bare.length + 2} ${lost}`,
    `6:9 ${lost}`,
  ]);
  assert.deepEqual(await said({ outgoing: 'lookup.user("ann");' }), [`3:1 ${lost}`]);
  assert.deepEqual(
    await said({ arrives: `${bare} await later(); void later(); const kept = later(); await kept;` }),
    [],
  );
});

test("B19 what a rule keeps from call to call is warned of; tables, and variables of its own, are not", async () => {
  const kept = (name: string, place: string) =>
    `${place} "${name}" keeps something from one call of a rule to the next: calls come in any order, equal ones are made once, and the rules' process is started anew now and then. Work it out from the record, its \`previous\`, or a look-up.`;
  const file = (outside: string, inside: string) =>
    `import { link } from "syncline";\n${outside}\nexport default link<"m", "items">({ a: { outgoing({ issue, replica, log }) {\n${inside}\n} } });\n`;
  const warned = (outside: string, inside: string) => said(file(outside, inside), "warning");
  assert.deepEqual(await warned("let count = 0;", "count += 1; log(++count, count--);"), [kept("count", "4:1")]);
  assert.deepEqual(await warned("const seen = new Map<string, number>();", "seen.set(issue.id, 1); seen.get('x');"), [
    kept("seen", "4:1"),
  ]);
  assert.deepEqual(await warned("export const all: string[] = [];", "all.push(issue.id); all[0] = 'x';"), [
    kept("all", "4:1"),
  ]);
  assert.deepEqual(await warned("const box = { last: { id: '' } };", "box.last.id = issue.id; log(box);"), [
    kept("box", "4:1"),
  ]);
  assert.deepEqual(await warned("var last = '';\nfunction keep(id: string) { last = id; }", "keep(issue.id);"), [
    kept("last", "3:29"),
  ]);
  const fine = [
    ["const table = new Map([['a', 'b']]); table.set('c', 'd');", "log(table.get('a'));"],
    ["const words = ['b', 'a']; words.sort();", "log(words.toSorted(), [...words].sort());"],
    ["let count = 0;\ncount += 1;", "let mine = 0; mine += count; const list = []; list.push(mine); log(list);"],
    ["const tools = { add: (a: number, b: number) => a + b };", "log(tools.add(1, 2));"],
    ["const name = 'x';", "for (const name of ['a']) log(name); let count = 1; count++; replica.title = name + count;"],
    ["const list: string[] = [];", "const own = (list: string[]) => { list.push('a'); }; own([]); log(list);"],
  ] as const;
  for (const [outside, inside] of fine) assert.deepEqual(await warned(outside, inside), [], inside);
});

test("B1 the id of a record is the tracker's to give: setting it is told as that", async () => {
  assert.deepEqual(await said({ arrives: 'issue.id = "7";' }), [
    "5:7 A rule cannot set the id of a record: a gives it. To pair with a record that is there: adopt(key, reason).",
  ]);
});

/** As `said`, with a committed schema of `a` whose field `state` has such a list. */
async function saidOfList(options: readonly string[], arrives: string): Promise<readonly string[]> {
  const row = { name: "state", label: "State", kind: "option", multiple: false, required: false, readOnly: false };
  const title = { ...row, name: "title", label: "Title", kind: "string" };
  const fields = { title, state: { ...row, options, verified: true } };
  const entities = { item: { entity: "item", label: "Item", fields, open: [] } };
  const files = {
    "mappings/m.toml": mapping('rules = "m/items.ts"'),
    "mappings/schema/m/a.json": JSON.stringify({ entities }),
    [R]: rules({ arrives }),
  };
  const result = await build(textTree(files));
  const found = result.ok ? [] : result.diagnostics.filter(({ severity }) => severity === "error");
  return found.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

test("B1 every value of a list can be written, whatever signs it has, and nothing else", async () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as a tracker may have it
  const odd = ['a "b"', "back\\slash", "two\nlines", "*/", "${x} `y`", "sep\u2028and\u2029para", "__proto__", " lead"];
  const all = odd.map((value) => `issue.state = ${JSON.stringify(value)};`).join("\n");
  assert.deepEqual(await saidOfList(odd, all), []);
  assert.equal((await saidOfList(odd, 'issue.state = "sep";'))[0]?.startsWith("5:1 Type '\"sep\"' is not"), true);
});

test("B1 a value outside of a long list is an error too, in a message of bearable length", async () => {
  const many = Array.from({ length: 1500 }, (_, n) => `customer ${n}`);
  assert.deepEqual(await saidOfList(many, 'issue.state = "customer 1499";'), []);
  const [message = "", ...more] = await saidOfList(many, 'issue.state = "customer 1500";');
  assert.match(message, /^5:1 Type '"customer 1500"' is not assignable to type .* more \.\.\. \| null'\. Did you/);
  assert.deepEqual([more, message.length < 600], [[], true]);
});

test("X11 a connection, link, endpoint or rule that is not there is named as in a mapping, with what there is", async () => {
  const named = (connection: string, link: string, body: string) =>
    said(`import { link } from "syncline";\nexport default link<"${connection}", "${link}">({ ${body} });\n`);
  assert.deepEqual(await named("m", "items", "c: { outgoing() {} }"), [
    '2:37 The link m/items has no endpoint "c". Did you mean "a"?',
  ]);
  assert.deepEqual(await named("m", "items", "a: { incomming() {} }"), [
    '2:42 There is no rule "incomming". Did you mean "incoming"?',
  ]);
  assert.deepEqual(await named("m", "itmes", "a: {}"), [
    '2:26 The connection has no link "itmes". Did you mean "items"?',
  ]);
  assert.deepEqual(await named("mm", "items", "a: {}"), ['2:21 There is no connection "mm". Did you mean "m"?']);
});

test("X4 X11 the places where Exalate keeps fields are answered with where they are here", async () => {
  for (const place of ["customFields", "customKeys", "fields"]) {
    const [only, ...others] = await said({ outgoing: `log(issue.${place});` });
    assert.deepEqual(others, []);
    assert.match(only ?? "", new RegExp(`no field "${place}"\\. All fields go by their names, or by the labels`));
  }
});
