import assert from "node:assert/strict";
import { test } from "node:test";
import type { RuleCall } from "../../../daemon/core/rules.ts";
import { answerTo, openFiles, openRule, outgoing } from "./rules.ts";

const { signal } = new AbortController();

test("X1 an outgoing rule changes the replica, which starts as the record", async () => {
  const result = await answerTo("replica.summary = issue.id + issue.name; delete replica.gone;", {
    id: "7",
    name: "Crash",
    n: 3,
    on: true,
    tags: ["b", "a"],
    gone: "x",
  });
  assert.ok(result.ok);
  assert.deepEqual(result.fields, { id: "7", name: "Crash", n: 3, on: true, tags: ["b", "a"], summary: "7Crash" });
});

test("X1 an incoming rule has the last word on the proposed record", async () => {
  const host = await openRule(
    "",
    {},
    'issue.name = replica.name + "!"; issue.was = current.name; if (creating) issue.status = "New";',
  );
  const call: RuleCall = {
    kind: "incoming",
    link: "p/r",
    endpoint: "a",
    replica: { name: "N" },
    issue: { name: "n", x: 1 },
    current: { name: "old" },
    creating: true,
  };
  const [result] = await host.run([call], signal);
  await host.close();
  assert.deepEqual(result, {
    ok: true,
    fields: { name: "N!", x: 1, was: "old", status: "New" },
    logs: [],
    fieldErrors: {},
  });
});

test("X14 only rules that cannot ask for the past need not be told of it", async () => {
  const rule = (text: string) => `import { link } from "syncline";\nexport default link<any, any>({ a: { ${text} } });`;
  const all = {
    whole: rule("outgoing(ctx: any) { ctx.replica.was = ctx.previous.name; }"),
    named: rule("outgoing({ replica, previous }: any) { replica.was = previous.name; }"),
    renamed: rule("incoming({ issue, current: now }: any) { issue.was = now?.name; }"),
    reckoned: rule('outgoing({ replica, changed }: any) { replica.was = changed("name"); }'),
    rest: rule("outgoing({ replica, ...rest }: any) { replica.was = rest.previous.name; }"),
    fallback: rule("outgoing({ replica, issue = null }: any) { replica.was = issue; }"),
    through: rule("outgoing({ replica }: any) { replica.was = arguments[0].previous.name; }"),
    arrow: rule("outgoing: ({ replica }: any) => { replica.x = 1; }"),
    lean: rule("outgoing({ replica, issue }: any) { replica.twice = issue.name + issue.name; }"),
    later: rule("async incoming({ issue, lookup }: any) { issue.x = (await lookup.user('a')).status; }"),
  };
  const opened = await openFiles(all);
  assert.ok(opened.ok);
  await opened.host.close();
  const lean = Object.keys(all).filter((name) => (opened.shapes[`rules/${name}.ts`]?.["a"]?.lean.length ?? 0) > 0);
  assert.deepEqual(lean, ["arrow", "lean", "later"]);
});

test("X11 what a rule may only read cannot be changed", async () => {
  const result = await answerTo('issue.name = "x";', { name: "n" });
  assert.ok(!result.ok);
  assert.match(result.error.message, /TypeError.*read only/);
  const nested = await answerTo('issue.tags.push("x");', { tags: ["a"] });
  assert.ok(!nested.ok);
});

test("X27 log lines come with the result, and are bounded", async () => {
  const result = await answerTo(
    'log("a", 1, { b: [2] }, null, undefined); for (let i = 0; i < 500; i++) log("x".repeat(10_000));',
  );
  assert.ok(result.ok);
  assert.equal(result.logs[0], 'a 1 {"b":[2]} null undefined');
  assert.equal(result.logs.length, 101);
  assert.equal(result.logs[1]?.length, 2000);
});

test("X28 a throw fails the record, with its place in the TypeScript source", async () => {
  const result = await answerTo(
    '\n      const text: string = issue.name;\n      if (text === "n") throw new Error("no");',
    { name: "n" },
  );
  assert.ok(!result.ok);
  assert.deepEqual(result.error, { message: "no", file: "rules/r.ts", line: 6, column: 31, reason: "throw" });
});

test("X28 fail with a field fails the field only, without one the record", async () => {
  const field = await answerTo('fail("not today", { field: "name" }); replica.x = 1;', { name: "n" });
  assert.deepEqual(field, { ok: true, fields: { name: "n", x: 1 }, logs: [], fieldErrors: { name: "not today" } });
  const record = await answerTo('log("before"); fail("not this one"); log("after");');
  assert.ok(!record.ok);
  assert.equal(record.error.message, "not this one");
  assert.equal(record.error.line, 4);
  assert.deepEqual(record.logs, ["before"]);
});

test("a value that no field can hold is that field's error", async () => {
  const result = await answerTo(
    "replica.a = { b: 1 }; replica.n = Number.NaN; replica.d = new Date(0); replica.f = () => 1; replica.l = [1, 'x']; replica.m = [{}]; replica.u = undefined;",
    { n: 5 },
  );
  assert.ok(result.ok);
  assert.deepEqual(result.fields, { n: 5, l: ["1", "x"], u: null });
  assert.deepEqual(Object.keys(result.fieldErrors).sort(), ["a", "d", "f", "m", "n"]);
});

test("an asynchronous rule is waited for; one that waits for nothing fails", async () => {
  const done = await answerTo("await null; await Promise.all([1, 2]); replica.x = 2;");
  assert.ok(done.ok);
  assert.deepEqual(done.fields, { x: 2 });
  const late = await answerTo('await null; throw new TypeError("late");');
  assert.ok(!late.ok);
  assert.equal(late.error.message, "TypeError: late");
  assert.equal(late.error.file, "rules/r.ts");
  const never = await answerTo("await new Promise(() => {});");
  assert.ok(!never.ok);
  assert.match(never.error.message, /never comes/);
});

test("rules give the same answer for the same record: no clock, no dice", async () => {
  const dice = [
    "Math.random();",
    "Date.now();",
    "new Date();",
    "Date();",
    "new (new Date(0).constructor)();",
    "new Intl.DateTimeFormat('en').format();",
    "Intl.DateTimeFormat('en').formatToParts(undefined);",
    "Object.getOwnPropertyDescriptor(Intl.DateTimeFormat.prototype, 'format')?.get?.call(new Intl.DateTimeFormat('en'))();",
  ];
  for (const body of dice) {
    const result = await answerTo(body);
    assert.ok(!result.ok, body);
    assert.match(result.error.message, /same answer for the same record/, body);
  }
  const fine = await answerTo(
    'replica.d = new Date("2026-03-29T01:30:00Z").toISOString(); replica.o = new Date(0).getTimezoneOffset(); replica.i = new Date(0) instanceof Date; const { format } = new Intl.DateTimeFormat("en"); replica.f = [new Date(0), 86_400_000].map((one) => format(one));',
  );
  assert.ok(fine.ok);
  assert.deepEqual(fine.fields, { d: "2026-03-29T01:30:00.000Z", o: 0, i: true, f: ["1/1/1970", "1/2/1970"] });
});

test("ordinary error classes and overridden methods work although everything is frozen", async () => {
  const result = await answerTo(
    'class Mine extends Error { constructor() { super("m"); this.name = "Mine"; } toString() { return "own"; } } const o: any = {}; o.toString = () => "o"; replica.x = String(o); throw new Mine();',
  );
  assert.ok(!result.ok);
  assert.equal(result.error.message, "Mine: m");
});

test("R10 of a batch only the hostile call fails, within 1.5 s of its deadline", async () => {
  const host = await openRule('if (issue.id === "13") for (;;); replica.done = true;', { deadlineMs: 300 });
  const calls = Array.from({ length: 150 }, (_, n) => outgoing({ id: String(n) }));
  const began = performance.now();
  const results = await host.run(calls, signal);
  const took = performance.now() - began;
  await host.close();
  assert.deepEqual(
    results.flatMap((result, n) => (result.ok === false ? [[n, result.error.reason]] : [])),
    [[13, "deadline"]],
  );
  assert.deepEqual(results[149]?.ok && results[149].fields, { id: "149", done: true });
  assert.ok(took < 300 + 1500, `${took} ms`);
});

test("R10 a rule that fills the memory fails alone", async () => {
  const host = await openRule(
    'const all: unknown[] = []; if (issue.id === "1") for (;;) all.push(new Array(1000).fill(1)); ',
    { heapMb: 48, deadlineMs: 20_000 },
  );
  const results = await host.run([outgoing({ id: "0" }), outgoing({ id: "1" }), outgoing({ id: "2" })], signal);
  await host.close();
  assert.deepEqual(
    results.map((result) => (result.ok === false ? result.error.reason : result.ok)),
    [true, "memory", true],
  );
});

test("R10 a process that dies in the midst of a batch costs only the call that did it", async () => {
  const host = await openRule(
    "if (issue.id === 'full') { const all = []; for (;;) all.push('x'.repeat(1000) + all.length); } if (issue.id === 'loop') for (;;); replica.done = true;",
    { deadlineMs: 300, heapMb: 32 },
  );
  const ids = Array.from({ length: 60 }, (_, i) =>
    i === 17 || i === 44 ? "full" : i === 30 || i === 31 ? "loop" : `${i}`,
  );
  const results = await host.run(
    ids.map((id) => outgoing({ id })),
    signal,
  );
  await host.close();
  const said = results.map((result) => (result.ok === false ? result.error.reason : result.ok && result.fields["id"]));
  assert.deepEqual(
    said,
    ids.map((id) => (id === "full" ? "memory" : id === "loop" ? "deadline" : id)),
  );
});

const HOSTILE = `import { link } from "syncline";
export default link<any, any>({ a: { outgoing({ issue, replica }: any) { if (issue.loop) for (;;); replica.done = issue.id; } } });`;

test("R10 once a link's rule had to be stopped, no other link waits for it again", async () => {
  const opened = await openFiles({ hostile: HOSTILE, good: HOSTILE }, { deadlineMs: 1000 });
  assert.ok(opened.ok);
  const { host } = opened;
  const loop = () => host.run([outgoing({ loop: true }, "p/hostile")], signal);
  const done: string[] = [];
  await loop();
  const again = loop().then(() => done.push("hostile"));
  const good = host.run(
    Array.from({ length: 500 }, () => outgoing({ id: "1" }, "p/good")),
    signal,
  );
  const results = await good.finally(() => done.push("good"));
  await again;
  assert.deepEqual(done, ["good", "hostile"]);
  assert.ok(results.every((result) => result.ok === true));
  const behind = [
    outgoing({ loop: true }, "p/good"),
    outgoing({ id: "2" }, "p/hostile"),
    outgoing({ id: "3" }, "p/good"),
  ];
  const [stopped, other, later] = await host.run(behind, signal);
  assert.equal(stopped?.ok === false && stopped.error.reason, "deadline");
  assert.ok(
    other?.ok === true && later?.ok === true,
    "what waits behind a call that is stopped is answered all the same",
  );
  await host.close();
});

test("R10 rules that have to be stopped again and again are paused, with the reason in sight", async () => {
  const opened = await openFiles({ hostile: HOSTILE, good: HOSTILE }, { deadlineMs: 100, pauseMs: 300 });
  assert.ok(opened.ok);
  const { host } = opened;
  const looping = Array.from({ length: 200 }, (_, n) => outgoing({ loop: n + 1 }, "p/hostile"));
  const [results, others] = await Promise.all([host.run(looping, signal), host.run([outgoing({}, "p/good")], signal)]);
  const said = Map.groupBy(results, (result) => (result.ok === false ? result.error.message : "answered"));
  assert.deepEqual(
    [...said].map(([message, some]) => [message, some.length]),
    [
      ["The outgoing rule of a ran longer than 0.1 s and was stopped", 5],
      [
        "The rules of p/hostile had to be stopped 5 times in a row (The outgoing rule of a ran longer than 0.1 s and was stopped): they are not asked again for 0.3 s",
        195,
      ],
    ],
  );
  assert.equal(others[0]?.ok, true);
  for (let n = 0; ; n++) {
    const [fine] = await host.run([outgoing({ id: "1" }, "p/hostile"), outgoing({ id: n }, "p/good")], signal);
    if (fine?.ok === true) break;
    assert.match(fine?.ok === false ? fine.error.message : "", /not asked again/);
  }
  await host.close();
});

test("R10 endless microtasks, regular expressions and sorting are stopped too", async () => {
  const bodies = [
    "const spin = (): any => Promise.resolve().then(spin); await spin();",
    '/^(a+)+$/.test("a".repeat(60) + "b");',
    "while (true) await null;",
  ];
  for (const body of bodies) {
    const result = await answerTo(body, {}, { deadlineMs: 200 });
    assert.ok(!result.ok, body);
    assert.equal(result.error.reason, "deadline", body);
  }
});

test("a rule that overflows the stack fails its record and nothing else", async () => {
  const host = await openRule("const f = (n: number): number => f(n + 1) + 1; if (issue.id === '0') f(0);");
  const results = await host.run([outgoing({ id: "0" }), outgoing({ id: "1" })], signal);
  await host.close();
  assert.deepEqual(
    results.map((result) => (result.ok === false ? result.error.message.slice(0, 10) : result.ok)),
    ["RangeError", true],
  );
});

test("batches of several runs do not mix", async () => {
  const host = await openRule("replica.twice = issue.n * 2;");
  const batches = await Promise.all(
    [1, 2, 3].map((k) =>
      host.run(
        Array.from({ length: 300 }, (_, n) => outgoing({ n: k * 1000 + n })),
        signal,
      ),
    ),
  );
  await host.close();
  batches.forEach((results, index) => {
    const twice = results.map((result) => result.ok && result.fields["twice"]);
    assert.deepEqual(
      twice,
      results.map((_, n) => 2 * ((index + 1) * 1000 + n)),
    );
  });
});

test("an aborted run ends at once, and others go on", async () => {
  const host = await openRule('if (issue.id === "slow") for (;;);', { deadlineMs: 400 });
  const stop = new AbortController();
  const slow = host.run([outgoing({ id: "slow" }), outgoing({ id: "x" })], stop.signal);
  const other = host.run([outgoing({ id: "y" })], signal);
  stop.abort(new Error("enough"));
  await assert.rejects(slow, /enough/);
  const [result] = await other;
  await host.close();
  assert.ok(result?.ok);
});

test("close fails what is under way, and a closed host refuses", async () => {
  const host = await openRule("for (;;);", { deadlineMs: 60_000 });
  const running = host.run([outgoing({})], signal);
  const failed = assert.rejects(running, /closed/);
  await host.close();
  await failed;
  await assert.rejects(host.run([outgoing({})], signal), /closed/);
  await host.close();
});

test("a fault at load does not hide what is wrong with other files", async () => {
  const opened = await openFiles(
    {
      a: "throw new Error('a');\nexport default {};",
      b: "for (;;);\nexport default {};",
      c: "export default { x: { outgoin() {} } };",
      d: "const q: any = null;\n\nexport default { x: q.y };",
      e: "export default { x: { incoming() {} } };",
    },
    { deadlineMs: 300 },
  );
  assert.ok(!opened.ok);
  assert.deepEqual(
    opened.diagnostics.map(({ code, file, line, column }) => [code, file, line, column]),
    [
      ["rule-load", "rules/a.ts", 1, 7],
      ["rule-load", "rules/b.ts", 1, 1],
      ["rule-shape", "rules/c.ts", 1, 1],
      ["rule-load", "rules/d.ts", 3, 23],
    ],
  );
});

test("the shapes say which rules a file has", async () => {
  const opened = await openFiles({
    a: "export default { x: { incoming({ issue: i }) { i.a = 1; } }, y: { outgoing(c) { c.log(); } } };",
  });
  assert.ok(opened.ok);
  await opened.host.close();
  assert.deepEqual(opened.shapes, {
    "rules/a.ts": {
      x: { outgoing: false, incoming: true, attachment: false, comment: false, lean: ["incoming"] },
      y: { outgoing: true, incoming: false, attachment: false, comment: false, lean: [] },
    },
  });
});

test("opening can be given up", async () => {
  const stop = new AbortController();
  const opening = openFiles({ a: "for (;;);\nexport default {};" }, { signal: stop.signal, deadlineMs: 60_000 });
  stop.abort(new Error("enough"));
  await assert.rejects(opening, /enough/);
});
