import assert from "node:assert/strict";
import { test } from "node:test";
import type { WriteOutcome } from "../../../daemon/core/connector.ts";
import { ConnectorError } from "../../../daemon/core/errors.ts";
import type { RuleHost } from "../../../daemon/core/rules.ts";
import type { FieldMapping, LinkConfig } from "../../../daemon/core/snapshot.ts";
import { shortestWay } from "../../../daemon/core/transitions.ts";
import { type Bench, bench, field, link, ORIGIN, row, side } from "./bench.ts";

const STATES = ["New", "In Progress", "Resolved", "Closed", "Rejected"];
const WAYS: Readonly<Record<string, readonly string[]>> = {
  New: ["In Progress", "Rejected"],
  "In Progress": ["Resolved", "New"],
  Resolved: ["Closed", "In Progress"],
};
const FIELDS = [field("name"), field("status", { kind: "option", options: STATES, verified: true })];

interface Workflow extends Bench {
  /** Values of status that the right side was asked for, in their order. */
  readonly asked: string[];
  /** What the tracker itself allows; a change of it is what an administrator does. */
  ways: Readonly<Record<string, readonly string[]>>;
}

/** A tracker that drops what its workflow does not allow (`silent`), or refuses the whole update for it. */
function workflow(how: "silent" | "loud", more: Partial<FieldMapping>, config: Partial<LinkConfig> = {}): Workflow {
  const made = bench(FIELDS, FIELDS, link([row("name", "name"), row("status", "status", more)], config));
  const self: Workflow = Object.assign(made, { asked: [] as string[], ways: WAYS });
  const update = made.right.update.bind(made.right);
  made.right.update = async (entity, patches, signal) => {
    const outcomes: WriteOutcome[] = [];
    for (const patch of patches) {
      const { status, ...rest } = patch.fields;
      const now = String(made.right.rows.get(patch.id)?.fields["status"]);
      if (typeof status === "string") self.asked.push(status);
      const fine = status === undefined || status === now || self.ways[now]?.includes(String(status));
      if (!fine && how === "loud") {
        outcomes.push({ ok: false, error: new ConnectorError("invalid", "no such transition", { field: "status" }) });
        continue;
      }
      const taken = fine ? patch : { id: patch.id, fields: rest };
      const [outcome] = await update(entity, [taken], signal);
      const faults = fine ? [] : [{ field: "status", message: `"${String(status)}" was dropped` }];
      const record = { ...(outcome?.ok ? outcome.record : assert.fail()) };
      outcomes.push({ ok: true, record, faults });
    }
    return outcomes;
  };
  return self;
}

const DECLARED: Partial<FieldMapping> = { transitions: { right: { name: "flow", ways: WAYS, origin: ORIGIN } } };

async function paired(made: Workflow): Promise<{ readonly left: string; readonly right: string }> {
  const left = made.left.add({ name: "one", status: "New" });
  assert.equal((await made.run()).status, "passed");
  made.pass(5);
  made.asked.length = 0;
  return { left, right: [...made.right.rows.keys()][0] ?? "" };
}

async function quiet(made: Workflow): Promise<void> {
  for (const full of [false, true]) {
    made.pass(5);
    const before = made.writes();
    assert.equal((await made.run({ full })).status, "passed");
    assert.equal(made.writes(), before, "the second run writes nothing");
  }
}

for (const how of ["silent", "loud"] as const) {
  test(`X20 T34 a declared workflow is walked by its shortest way, each step by itself; the second run is empty (${how})`, async () => {
    const made = workflow(how, DECLARED);
    const { left, right } = await paired(made);
    made.left.edit(left, { name: "two", status: "Closed" });
    const report = await made.run();
    assert.equal(report.status, "passed", JSON.stringify(report.messages));
    assert.deepEqual(made.asked, ["In Progress", "Resolved", "Closed"]);
    assert.deepEqual(
      [made.right.rows.get(right)?.fields["name"], made.right.rows.get(right)?.fields["status"]],
      ["two", "Closed"],
    );
    assert.match(
      JSON.stringify(report.messages),
      /went from \\"New\\" by \\"In Progress\\", then \\"Resolved\\", then \\"Closed\\"/,
    );
    assert.doesNotMatch(JSON.stringify(report.messages), /somebody wrote/);
    const entries = made.store
      .link(made.link.key)
      .journal({ side: "right", record: right, limit: 20 })
      .filter((e) => e.field === "status");
    assert.deepEqual([entries[0]?.before, entries[0]?.after], ["New", "Closed"]);
    await quiet(made);
  });

  test(`X20 a step that is refused on the way is an error of the field, nothing comes back over the source, and it goes on from there later (${how})`, async () => {
    const made = workflow(how, { ...DECLARED, conflict: "right" });
    const { left, right } = await paired(made);
    made.ways = { ...WAYS, Resolved: [] };
    made.left.edit(left, { name: "two", status: "Closed" });
    const report = await made.run();
    assert.equal(report.status, "passed with errors");
    assert.equal(made.right.rows.get(right)?.fields["status"], "Resolved");
    assert.equal(made.right.rows.get(right)?.fields["name"], "two");
    const told = report.messages.find(({ level }) => level === "error");
    assert.equal(told?.field, "status");
    assert.match(
      told?.message ?? "",
      /on its way from "New" to "Closed" the step from "Resolved" to "Closed" was refused: .*; declared from "Resolved": "Closed", "In Progress"/,
    );
    made.pass(2);
    await made.run({ full: true });
    assert.equal(made.left.rows.get(left)?.fields["status"], "Closed", "a step of ours is nobody's edit");
    made.ways = WAYS;
    made.asked.length = 0;
    made.pass(10);
    assert.equal((await made.run({ full: true })).status, "passed");
    assert.deepEqual(made.asked, ["Closed"]);
    assert.equal(made.right.rows.get(right)?.fields["status"], "Closed");
    await quiet(made);
  });
}

test("X20 T34 where no way leads nothing is sent of the field, the rest is; the error names what is declared", async () => {
  const made = workflow("silent", DECLARED);
  const { left, right } = await paired(made);
  made.right.edit(right, { status: "Rejected" });
  await made.run();
  assert.equal(made.left.rows.get(left)?.fields["status"], "Rejected");
  made.pass(5);
  made.asked.length = 0;
  made.left.edit(left, { name: "two", status: "Closed" });
  const report = await made.run();
  assert.deepEqual(made.asked, []);
  assert.equal(made.right.rows.get(right)?.fields["name"], "two");
  assert.match(
    report.messages.map((m) => `${m.field} ${m.message}`).join("\n"),
    /status .*no way leads from "Rejected" to "Closed" in \[transitions\.flow\] \(mappings\/t\.toml:1\); declared from "Rejected": nothing/,
  );
  // Of an update that has nothing else there is nothing to send.
  made.pass(5);
  made.left.edit(left, { status: "Resolved" });
  assert.equal((await made.run()).status, "failed");
  assert.equal(made.left.rows.get(left)?.fields["status"], "Resolved");
});

test("X20 without a declaration a status is written directly, and a tracker that tells is asked what it allows", async () => {
  const made = workflow("silent", {});
  const { left, right } = await paired(made);
  made.right.allowed = async (_entity, id, name) =>
    name === "status" ? (WAYS[String(made.right.rows.get(id)?.fields["status"])] ?? []) : null;
  made.left.edit(left, { status: "Closed" });
  const report = await made.run();
  assert.deepEqual(made.asked, ["Closed"]);
  assert.match(
    report.messages.map((m) => m.message).join("\n"),
    /"Closed" was dropped; r allows "In Progress", "Rejected" there/,
  );
  assert.equal(made.left.rows.get(left)?.fields["status"], "Closed");
  assert.equal(made.right.rows.get(right)?.fields["status"], "New");
});

test('X20 a rule\'s `issue.status = "Closed"` walks the same way', async () => {
  const rules: RuleHost = {
    run: async (calls) =>
      calls.map((call) => ({
        ok: true,
        fields:
          call.kind === "incoming" && call.replica["name"] === "two" ? { ...call.issue, status: "Closed" } : call.issue,
        logs: [],
        fieldErrors: {},
      })),
    close: async () => undefined,
  };
  const made = workflow(
    "silent",
    { ...DECLARED, direction: "to-right" },
    { ruleFile: "rules/t/d.ts", right: side("r", { rules: { outgoing: false, incoming: true } }) },
  );
  const left = made.left.add({ name: "one", status: "New" });
  made.rules = rules;
  await made.run();
  const [right] = [...made.right.rows.keys()];
  made.pass(5);
  made.left.edit(left, { name: "two" });
  assert.equal((await made.run()).status, "passed");
  assert.equal(made.right.rows.get(right ?? "")?.fields["status"], "Closed");
  assert.deepEqual(made.asked.slice(-3), ["In Progress", "Resolved", "Closed"]);
  await quiet(made);
});

test("X20 a new record begins in the tracker's first value and is walked to its own", async () => {
  const made = workflow("silent", DECLARED);
  const create = made.right.create.bind(made.right);
  made.right.create = async (entity, drafts, signal) => {
    const first = drafts.map((draft) => ({ ...draft, fields: { ...draft.fields, status: "New" } }));
    const outcomes = await create(entity, first, signal);
    return outcomes.map((outcome, i) => {
      const dropped = drafts[i]?.fields["status"] !== "New" && outcome.ok;
      return dropped ? { ...outcome, faults: [{ field: "status", message: "dropped" }] } : outcome;
    });
  };
  made.left.add({ name: "done long ago", status: "Closed" });
  const report = await made.run();
  assert.equal(report.status, "passed", JSON.stringify(report.messages));
  assert.deepEqual(made.asked, ["In Progress", "Resolved", "Closed"]);
  assert.deepEqual(
    [...made.right.rows.values()].map((r) => r.fields["status"]),
    ["Closed"],
  );
  await quiet(made);
});

test("X20 a process that ends on the way: the step is nobody's edit, and the next run goes on from there", async () => {
  const made = workflow("silent", { ...DECLARED, conflict: "right" });
  const { left, right } = await paired(made);
  const update = made.right.update.bind(made.right);
  made.right.update = async (entity, patches, signal) => {
    if (patches.some((patch) => patch.fields["status"] === "Resolved")) throw new Error("killed");
    return update(entity, patches, signal);
  };
  made.left.edit(left, { status: "Closed" });
  await assert.rejects(made.run(), /killed/);
  assert.equal(made.right.rows.get(right)?.fields["status"], "In Progress");
  made.right.update = update;
  made.pass(5);
  assert.equal((await made.run()).status, "passed");
  assert.equal(made.left.rows.get(left)?.fields["status"], "Closed");
  assert.equal(made.right.rows.get(right)?.fields["status"], "Closed");
  await quiet(made);
});

test("X20 the shortest of several ways, round circles and past dead ends", () => {
  const ways = { A: ["B", "C"], B: ["D", "A"], C: ["E"], D: ["E"], E: [] };
  assert.deepEqual(shortestWay(ways, "A", "E"), ["C", "E"]);
  assert.deepEqual(shortestWay(ways, "A", "A"), []);
  assert.equal(shortestWay(ways, "E", "A"), null);
  assert.equal(shortestWay(ways, "constructor", "A"), null);
});
