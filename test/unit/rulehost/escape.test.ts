import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openRuleHost } from "../../../daemon/rulehost/open.ts";
import { openRule, outgoing } from "./rules.ts";

const { signal } = new AbortController();
const CANARY = join(mkdtempSync(join(tmpdir(), "syncline-cage-")), "canary.txt");
writeFileSync(CANARY, "canary");

/** Each tries to reach the process, Node, or the world, and sets `replica.out` to what it got. */
const ATTEMPTS: Readonly<Record<string, string>> = {
  process: "replica.out = String(typeof process === 'undefined' ? '' : process.version);",
  require: "const name = 'node:fs'; replica.out = (require as any)(name).readFileSync(PATH, 'utf8');",
  fetch: "const answer = await (globalThis as any).fetch('http://127.0.0.1:9'); replica.out = String(answer.status);",
  eval: "replica.out = (0, eval)('1 + 1');",
  "Function constructor": "replica.out = Function('return typeof process')();",
  "constructor of a handed-in function": "replica.out = (log as any).constructor('return process')().version;",
  "constructor of a handed-in object":
    "replica.out = (issue as any).constructor.constructor('return process')().version;",
  "constructor of the context":
    "replica.out = (arguments[0] as any).constructor.constructor('return this')().process.version;",
  "async function constructor":
    "const AsyncFunction = (async () => {}).constructor as any; replica.out = await AsyncFunction('return process.version')();",
  "generator function constructor":
    "const G = (function* () {}).constructor as any; replica.out = G('yield process.version')().next().value;",
  "this of a sloppy function":
    "const outer = (function (this: any) { return this; })(); replica.out = outer === undefined ? '' : outer.process.version;",
  "caller of the rule": "replica.out = String((arguments.callee as any).caller);",
  "walk over the global object":
    "const found = Reflect.ownKeys(globalThis).map(String).filter((key) => /^(process|require|module|global|Buffer|setTimeout|setInterval|setImmediate|queueMicrotask|fetch|console|performance|structuredClone|WebAssembly|SharedArrayBuffer|Atomics|navigator|crypto)$/.test(key)); replica.out = found.join();",
  timers: "(globalThis as any).setTimeout(() => {}, 0); replica.out = 'timer';",
  SharedArrayBuffer: "replica.out = String(new SharedArrayBuffer(8).byteLength);",
  "uncounted memory": "replica.out = String(new Uint8Array(2 ** 20).length);",
  WebAssembly: "replica.out = String(new (globalThis as any).WebAssembly.Module(new Uint8Array(8)));",
  "Error.prepareStackTrace":
    "(Error as any).prepareStackTrace = (_: unknown, frames: any[]) => frames.map((f) => f.getThis?.() ?? f.getFunction?.()); const got: any = new Error('x').stack; replica.out = typeof got === 'string' ? '' : String(got[0]);",
  "a replaced Error":
    "(globalThis as any).Error = { prepareStackTrace: (_: unknown, frames: unknown) => frames }; replica.out = 'replaced';",
  "own prepareStackTrace on a subclass":
    "class Mine extends Error { static prepareStackTrace(_: unknown, frames: any[]) { return frames; } } const got: any = new Mine('x').stack; replica.out = typeof got === 'string' ? '' : 'frames';",
  "error of a blocked eval":
    "try { (0, eval)('1'); } catch (error: any) { replica.out = error instanceof Error ? '' : error.constructor.constructor('return process')().version; }",
  "error of a stack overflow":
    "let seen: any; const f = () => { try { f(); } catch (error) { seen ??= error; void (error as Error).stack; } }; f(); replica.out = seen instanceof Error ? '' : seen.constructor.constructor('return process')().version;",
  "prototype of everything": "(Object.prototype as any).out = 'polluted'; replica.out = ({} as any).out;",
  "prototype of arrays": "(Array.prototype as any).map = () => ['polluted']; replica.out = [1].map((x) => x)[0];",
  "JSON of the bridge":
    'JSON.stringify = () => \'{"ok":true,"fields":{"out":"forged"},"logs":[],"fieldErrors":{}}\'; replica.out = \'forged\';',
  "Proxy on the arguments":
    "const spy = new Proxy(issue, { get: (_t, _k, r) => r }); replica.out = (spy as any).x.constructor.constructor('return process')().version;",
  "thenable that keeps the resolvers":
    "let kept: any; await { then(resolve: any) { kept = resolve; resolve(1); } }; replica.out = kept.constructor('return process')().version;",
  "prototypes of what the language makes by itself":
    "const made: any[] = [[].values().map((x: any) => x), Iterator.from({ next: () => ({ done: true, value: 1 }) }), new Intl.Segmenter('en').segment('a'), new Intl.Segmenter('en').segment('a')[Symbol.iterator](), new Map().values(), 'a'.matchAll(/a/g)]; const open = made.filter((one) => !Object.isFrozen(Object.getPrototypeOf(one))); replica.out = open.map(String).join();",
  "async generator function constructor":
    "const G = (async function* () {}).constructor as any; replica.out = (await G('yield process.version')().next()).value;",
  "Reflect.construct of Function": "replica.out = Reflect.construct(Function, ['return typeof process'])();",
  "import.meta": "replica.out = (import.meta as any).url ?? (import.meta as any).dirname;",
  "a class that makes its own arrays":
    "class Mine extends Array { static get [Symbol.species]() { return Function as any; } } replica.out = (Mine.from(['return process']) as any).map((x: any) => x)();",
  "toJSON of the answer": "(replica as any).toJSON = () => ({ out: 'forged' }); (fail as any).toJSON = () => 'forged';",
  "toJSON of everything": "(Object.prototype as any).toJSON = () => 'forged'; replica.out = 'polluted';",
  "then of everything":
    "Object.defineProperty(Object.prototype, 'then', { value: (done: any) => done() }); replica.out = 'polluted';",
  ShadowRealm: "replica.out = String(new (globalThis as any).ShadowRealm().evaluate('1'));",
};

test("X26 X30 R10 no rule gets out of the cage", async (t) => {
  assert.ok(Object.keys(ATTEMPTS).length >= 15);
  for (const [name, body] of Object.entries(ATTEMPTS)) {
    await t.test(name, async () => {
      const host = await openRule(body.replaceAll("PATH", JSON.stringify(CANARY)));
      const [result, next] = await host.run(
        [outgoing({ id: "1" }), { ...outgoing({ id: "2" }), endpoint: "nobody" }],
        signal,
      );
      await host.close();
      const out = result?.ok ? result.fields["out"] : undefined;
      assert.ok(out === undefined || out === "" || out === null, `got out: ${JSON.stringify(result)}`);
      assert.deepEqual(next, { ok: true, fields: { id: "2" }, logs: [], fieldErrors: {} }, "the next call is as ever");
    });
  }
});

/** As if the check had let it through: what `import()` rejects with comes from outside of the cage. */
const UNCHECKED: Readonly<Record<string, string>> = {
  "import()": `const fs = await import("node:fs"); replica.out = fs.readFileSync(${JSON.stringify(CANARY)}, "utf8");`,
  "code from the error of import()":
    'const error = await import("node:fs").catch((one) => one); replica.out = error.constructor.constructor("return process")().version;',
  "the error of import() leads to functions of everybody":
    'const error = await import("node:fs").catch((one) => one); error.constructor.constructor.prototype.call = () => "polluted"; replica.out = "polluted";',
  "the error of import() leads to lists of everybody": `const error = await import("node:fs").catch((one) => one);
    const list = error.constructor.constructor.prototype.__proto__.constructor.entries({});
    Object.getPrototypeOf(list[Symbol.iterator]()).next = () => ({ done: true }); replica.out = "polluted";`,
};

test("X26 the second wall holds where the first does not", async (t) => {
  for (const [name, body] of Object.entries(UNCHECKED)) {
    await t.test(name, async () => {
      const code = `"use strict"; module.exports = { get "p/r"() { return { a: { async outgoing({ replica }) { ${body} } } }; } };`;
      const map = JSON.stringify({ version: 3, sources: [], names: [], mappings: "" });
      const opened = await openRuleHost({ code, map, files: [] }, { signal });
      assert.ok(opened.ok);
      const [result, next] = await opened.host.run(
        [outgoing({ id: "1" }), { ...outgoing({ id: "2" }), endpoint: "nobody" }],
        signal,
      );
      await opened.host.close();
      assert.equal(result?.ok, false, JSON.stringify(result));
      assert.deepEqual(next, { ok: true, fields: { id: "2" }, logs: [], fieldErrors: {} }, "the next call is as ever");
    });
  }
});

test("a field called __proto__ stays a field and changes nobody", async () => {
  const host = await openRule("replica.x = ({} as any).polluted ?? 'clean'; replica.own = Object.keys(issue).join();");
  const issue = JSON.parse('{"id":"1","__proto__":"p","constructor":"c"}') as Record<string, string>;
  const [result] = await host.run([outgoing(issue)], signal);
  await host.close();
  assert.ok(result?.ok);
  assert.equal(result.fields["x"], "clean");
  assert.equal(result.fields["own"], "id,__proto__,constructor");
  assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
});

test("R13 the cage's process has no environment, and runs as nobody where the daemon is root", {
  skip: process.platform !== "linux",
}, async () => {
  const host = await openRule("for (;;);", { deadlineMs: 60_000 });
  const running = host.run([outgoing({})], signal);
  const stopped = assert.rejects(running);
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8").trim().split(" ");
  const cages = children.filter((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("--permission"));
  assert.equal(cages.length, 1);
  const uid = () => /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${cages[0]}/status`, "utf8"))?.[1];
  assert.equal(uid(), process.getuid?.() === 0 ? "65534" : String(process.getuid?.()));
  assert.equal(readFileSync(`/proc/${cages[0]}/environ`, "utf8"), "TZ=UTC\0");
  await host.close();
  await stopped;
});
