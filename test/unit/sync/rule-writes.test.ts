import assert from "node:assert/strict";
import { test } from "node:test";
import type { RuleCall, RuleDone, RuleHost, RuleResult } from "../../../daemon/core/rules.ts";
import type { FieldMapping, SideConfig } from "../../../daemon/core/snapshot.ts";
import type { RunReport } from "../../../daemon/core/store.ts";
import { desk } from "./attachment-desk.ts";
import { type Bench, bench, field, link, row, side } from "./bench.ts";

const BOTH = { outgoing: true, incoming: true };
const LIST = { kind: "option", options: ["a", "b"], verified: true } as const;
const FIELDS = [
  field("name", { required: true }),
  field("own"),
  field("short", { maxLength: { size: 5, unit: "characters" } }),
  field("list", LIST),
  field("tags", { kind: "option", multiple: true }),
];
const NAME = row("name", "name");

interface Given {
  readonly rows?: readonly FieldMapping[];
  readonly left?: Partial<SideConfig>;
}

function ruled(decide: (call: RuleCall) => Partial<RuleDone>, { rows = [NAME], left = {} }: Given = {}): Bench {
  const config = link(rows, {
    ruleFile: "rules/t/d.ts",
    left: side("l", { rules: BOTH, ...left }),
    right: side("r", { rules: BOTH }),
  });
  const made = bench(FIELDS, FIELDS, config);
  const one = (call: RuleCall): RuleResult => ({
    ...{ ok: true, fields: call.issue, logs: [], fieldErrors: {} },
    ...decide(call),
  });
  const host: RuleHost = { run: async (calls) => calls.map(one), close: async () => undefined };
  made.rules = host;
  return made;
}

/** An incoming rule of one side that sets these fields, and nothing else. */
const sets =
  (endpoint: string, fields: (call: Extract<RuleCall, { kind: "incoming" }>) => RuleCall["issue"]) =>
  (call: RuleCall): Partial<RuleDone> =>
    call.kind === "incoming" && call.endpoint === endpoint ? { fields: { ...call.issue, ...fields(call) } } : {};

const errors = ({ messages }: Pick<RunReport, "messages">) =>
  messages.flatMap(({ level, field: name, message }) =>
    level === "error" ? [`${name}: ${message.replace(/^\w+:\d+: /, "")}`] : [],
  );

const only = (rows: ReadonlyMap<string, { readonly fields: Readonly<Record<string, unknown>> }>) => {
  const [[id, record] = assert.fail("nobody is there")] = [...rows];
  return { id, fields: record.fields };
};

async function quiet(made: Bench): Promise<void> {
  made.pass(5);
  const before = made.writes();
  await made.run({ full: true });
  assert.equal(made.writes(), before, "the second run writes nothing");
}

test("X28 a field that is not there is told wherever a rule sets or fails it: dry, on creation, on each edit", async () => {
  const made = ruled((call) => ({
    ...sets("r", () => ({ nosuch: "x" }))(call),
    ...(call.kind === "incoming" && call.endpoint === "r" ? { fieldErrors: { nope: "hm" } } : {}),
  }));
  const expected = ['nosuch: the rule sets "nosuch", which r does not have', "nope: hm"].sort();
  const id = made.left.add({ name: "one" });
  assert.deepEqual(errors(await made.run({ dryRun: true })).sort(), expected);
  assert.deepEqual(errors(await made.run()).sort(), expected);
  assert.equal(only(made.right.rows).fields["name"], "one", "the record's other fields go on");
  made.pass(5);
  made.left.edit(id, { name: "two" });
  assert.deepEqual(errors(await made.run({ dryRun: true })).sort(), expected);
  assert.deepEqual(errors(await made.run()).sort(), expected);
  assert.equal(only(made.right.rows).fields["name"], "two");
  await quiet(made);
});

test("X23 the marker is Syncline's: a rule that sets another id there is told, and changes nothing", async () => {
  const made = ruled(
    sets("r", ({ replica }) => ({ partner: replica["name"] === "right" ? Number(replica["id"]) : 77 })),
  );
  const id = made.left.add({ name: "one" });
  const told = ['partner: the rule sets "partner", which holds the id of the partner: Syncline alone writes it'];
  assert.deepEqual(errors(await made.run()), told);
  assert.equal(only(made.right.rows).fields["partner"], id);
  made.pass(5);
  made.left.edit(id, { name: "two" });
  assert.deepEqual(errors(await made.run()), told);
  assert.equal(only(made.right.rows).fields["partner"], id);
  made.pass(5);
  made.left.edit(id, { name: "right" });
  assert.deepEqual(errors(await made.run()), [], "the id that stands there anyway is no trouble");
  await quiet(made);
});

test("X29 what rules make of a record that was just made does not go back over what its source holds; an empty field takes it", async () => {
  const made = ruled(
    sets("l", ({ replica }) => ({ name: String(replica["name"]).toUpperCase(), own: `r ${String(replica["id"])}` })),
    { rows: [NAME, row("tags", "tags")], left: { reads: ["own"] } },
  );
  const filled = made.left.add({ name: "small", own: "somebody's" });
  const bare = made.left.add({ name: "other" });
  const planned = await made.run({ dryRun: true });
  const first = await made.run();
  assert.equal(first.plan?.hash, planned.plan?.hash);
  const left = (id: string) => made.left.rows.get(id)?.fields ?? assert.fail(`${id} is gone`);
  assert.deepEqual([left(filled)["name"], left(filled)["own"]], ["small", "somebody's"]);
  assert.equal(left(bare)["name"], "other");
  const partner = [...made.right.rows].find(([, { fields }]) => fields["partner"] === bare)?.[0];
  assert.equal(left(bare)["own"], `r ${partner}`);
  await quiet(made);
  const [first2] = [...made.right.rows].filter(([, { fields }]) => fields["partner"] === filled);
  made.right.edit(first2?.[0] ?? "", { name: "edited there" });
  await made.run();
  assert.deepEqual(left(filled)["name"], "EDITED THERE", "an edit goes through the rule as ever");
  await quiet(made);
});

test("B11 union: what an outgoing rule keeps back neither crosses in a conflict nor is lost", async () => {
  const made = ruled(
    (call) =>
      call.kind === "outgoing" && call.endpoint === "l"
        ? {
            fields: {
              ...call.issue,
              tags: (call.issue["tags"] as readonly string[]).filter((tag) => tag !== "secret"),
            },
          }
        : {},
    { rows: [NAME, row("tags", "tags", { conflict: "union" })] },
  );
  const id = made.left.add({ name: "one", tags: ["a", "b"] });
  await made.run();
  made.pass(5);
  made.left.edit(id, { tags: ["a", "b", "secret", "mine"] });
  await made.run();
  made.pass(5);
  const { id: there } = only(made.right.rows);
  made.left.edit(id, { tags: ["a", "b", "secret", "mine", "more"] });
  made.right.edit(there, { tags: ["b", "mine", "theirs"] });
  await made.run();
  assert.deepEqual(made.right.rows.get(there)?.fields["tags"], ["b", "mine", "more", "theirs"]);
  assert.deepEqual(made.left.rows.get(id)?.fields["tags"], ["b", "mine", "more", "secret", "theirs"]);
  await quiet(made);
});

test("B11 merge: a text that rules change on its way is not merged past them: it waits for a person", async () => {
  const made = ruled(
    (call) =>
      call.kind === "outgoing" && call.endpoint === "l"
        ? { fields: { ...call.issue, own: String(call.issue["own"]).replaceAll("Codename", "product") } }
        : {},
    { rows: [NAME, row("own", "own", { conflict: "merge" })] },
  );
  const id = made.left.add({ name: "one", own: "the page hangs, as seen in Firefox" });
  await made.run();
  made.pass(5);
  const { id: there } = only(made.right.rows);
  made.left.edit(id, { own: "the Codename page hangs, as seen in Firefox" });
  made.right.edit(there, { own: "the page hangs, as seen in Firefox and Safari" });
  const report = await made.run();
  assert.doesNotMatch(String(made.right.rows.get(there)?.fields["own"]), /Codename/);
  assert.match(report.messages.map(({ message }) => message).join("\n"), /waits for a decision/);
  await quiet(made);
});

test("T40 what a rule gives and the tracker's schema refuses is told before anything is sent, by a dry run too", async () => {
  const bad = { short: "too long", list: "z" };
  const made = ruled(
    sets("r", ({ replica }): RuleCall["issue"] => {
      if (replica["name"] === "empty") return { name: null };
      return replica["name"] === "fine" ? { list: "a" } : bad;
    }),
  );
  made.left.add({ name: "bad" });
  made.left.add({ name: "empty" });
  const expected = [
    'list: the rule\'s value cannot be stored: "z" is not in the list of "list" in r (a, b)',
    'name: "name" is required in r, and a rule leaves it empty',
    'short: the rule\'s value cannot be stored: 8 characters do not fit "short" of r, which holds 5',
  ];
  const planned = await made.run({ dryRun: true });
  const first = await made.run();
  assert.deepEqual(errors(planned).sort(), expected);
  assert.deepEqual(errors(first).sort(), expected);
  assert.equal(first.plan?.hash, planned.plan?.hash);
  assert.equal(made.right.rows.size, 1, "made without what cannot be stored; without a required field not at all");
  made.pass(5);
  made.left.edit("1", { name: "fine" });
  await made.run();
  assert.equal(only(made.right.rows).fields["list"], "a");
  made.pass(5);
  made.left.edit("1", { name: "bad again" });
  const dry = await made.run({ dryRun: true });
  const again = await made.run();
  const updates = ({ messages }: RunReport) => errors({ messages: messages.filter(({ record }) => record === "1") });
  assert.deepEqual(updates(dry).sort(), [expected[0], expected[2]]);
  assert.deepEqual(updates(again).sort(), [expected[0], expected[2]]);
  assert.equal(again.plan?.hash, dry.plan?.hash);
});

test("B19 X13 a record that gets a partner of its own in a run cannot be adopted in it: the dry run says so too", async () => {
  const made = ruled((call) =>
    call.kind === "incoming" && call.endpoint === "l" && call.creating && call.replica["name"] === "thief"
      ? { adopt: { key: "1", reason: "mine" } }
      : {},
  );
  made.left.add({ name: "wanted" });
  made.right.add({ name: "thief" });
  const dry = await made.run({ dryRun: true });
  const real = await made.run();
  assert.equal(real.plan?.hash, dry.plan?.hash);
  assert.match(errors(real).join(), /a rule pairs it with l:1, which has a partner already \(\d+\)/);
  assert.match(errors(dry).join(), /a rule pairs it with l:1, which gets a partner of its own in this run/);
});

test("X13 a rule that adopts without naming a record is told as such", async () => {
  const made = ruled((call) =>
    call.kind === "incoming" && call.creating ? { adopt: { key: " ", reason: "nothing found" } } : {},
  );
  made.left.add({ name: "one" });
  assert.deepEqual(errors(await made.run()), [
    "null: a rule pairs it with a record of r without saying which: nothing found",
  ]);
  assert.equal(made.right.rows.size, 0);
});

test("X20 that no declared way leads to a status is told by a dry run as by the run", async () => {
  const transitions = { name: "flow", ways: { a: ["b"], b: [] }, origin: { file: "m.toml", line: 9, column: 1 } };
  const made = ruled(
    sets("r", ({ replica }): RuleCall["issue"] => (replica["name"] === "back" ? { list: "a" } : {})),
    { rows: [NAME, row("list", "list", { transitions: { right: transitions } })] },
  );
  const id = made.left.add({ name: "one", list: "b" });
  await made.run();
  made.pass(5);
  made.left.edit(id, { name: "back" });
  const dry = await made.run({ dryRun: true });
  const real = await made.run();
  assert.match(errors(real).join(), /no way leads from "b" to "a" in \[transitions.flow\].*declared from "b": nothing/);
  assert.deepEqual(errors(dry), errors(real));
  assert.equal(real.plan?.hash, dry.plan?.hash);
  assert.deepEqual(only(made.right.rows).fields["name"], "back");
});

test("X28 a record of which several files fail in one run has failed once: its next try is due after a minute", async () => {
  const rules = { outgoing: false, incoming: false, attachment: true };
  const d = await desk({}, {}, { ruleFile: "rules/t/d.ts", left: side("l", { rules }) });
  const state = { broken: true };
  const refuse: RuleResult = {
    ...{ ok: false, logs: [] },
    error: { message: "boom", file: "rules/t/d.ts", line: 3, column: 7, reason: "throw" },
  };
  const answer = (call: RuleCall): RuleResult =>
    state.broken ? refuse : { ok: true, fields: { ...call.issue, send: true }, logs: [], fieldErrors: {} };
  d.rules = { run: async (calls) => calls.map(answer), close: async () => undefined };
  for (const name of ["a.txt", "b.txt", "c.txt"]) d.files.left.put("1", name, name);
  d.left.edit("1", { name: "touched" });
  const told = await d.run();
  assert.equal(errors(told).length, 3);
  assert.match(errors(told)[0] ?? "", /attachment a.txt: rule failed: boom \(rules\/t\/d.ts:3:7\)/);
  const [retry] = d.memory.retries(10);
  assert.deepEqual([d.memory.retries(10).length, retry?.attempts], [1, 1]);
  for (const attempts of [2, 3]) {
    d.pass(10);
    await d.run();
    assert.equal(d.memory.retries(10)[0]?.attempts, attempts);
  }
  state.broken = false;
  d.pass(10);
  await d.run();
  assert.equal(d.files.right.of("1001").length, 3, "all three arrive by the next try");
  assert.deepEqual(d.memory.retries(10), []);
});
