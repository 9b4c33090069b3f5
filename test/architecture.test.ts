import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "node:test";

const ROOT = resolve(import.meta.dirname, "..");
const DAEMON = join(ROOT, "daemon");

/** What each room may import of the other rooms: downwards only (docs/architecture.md). Every room may import itself. */
const MAY: Readonly<Record<string, readonly string[]>> = {
  core: [],
  "version.ts": [],
  "rule-api": ["core"],
  lib: ["core"],
  fields: ["core", "lib"],
  state: ["core", "lib", "fields"],
  rulehost: ["core", "lib", "fields"],
  connectors: ["core", "lib", "fields"],
  control: ["core", "lib"],
  sandbox: ["core", "lib"],
  config: ["core", "lib", "fields"],
  sync: ["core", "lib", "fields"],
  triggers: ["core", "lib", "fields"],
  status: ["core", "lib", "fields"],
};
/** Wiring: may import everything. */
const WIRING = new Set(["main.ts", "cli.ts", "commands"]);

interface Import {
  readonly from: string;
  readonly to: string;
  readonly fromRoom: string;
  readonly toRoom: string;
}

const files = readdirSync(DAEMON, { recursive: true, encoding: "utf8" })
  .filter((f) => f.endsWith(".ts"))
  .map((f) => f.replaceAll("\\", "/"));
const imports = files.flatMap(importsOf);

test("layers import downwards only, and planes never import each other", () => {
  const wrong = imports.filter(({ fromRoom, toRoom }) => {
    if (WIRING.has(fromRoom) || fromRoom === toRoom) return false;
    const allowed = MAY[fromRoom];
    return allowed === undefined || !allowed.includes(toRoom);
  });
  assert.deepEqual(
    wrong.map((i) => `${i.from} imports ${i.to}`),
    [],
  );
});

test("every room of daemon/ has its place in the layers", () => {
  const rooms = new Set(files.map(roomOf));
  assert.deepEqual(
    [...rooms].filter((r) => MAY[r] === undefined && !WIRING.has(r)),
    [],
  );
});

test("a connector knows no other connector", () => {
  const wrong = imports.filter(({ from, to }) => {
    const [, mine, rest] = from.split("/");
    const [room, theirs, more] = to.split("/");
    if (!from.startsWith("connectors/") || rest === undefined) return false;
    return room === "connectors" && more !== undefined && theirs !== mine;
  });
  assert.deepEqual(
    wrong.map((i) => `${i.from} imports ${i.to}`),
    [],
  );
});

test("nothing below the wiring reads process, environment or clock by itself", () => {
  const found = files
    .filter((f) => !WIRING.has(roomOf(f)))
    .flatMap((f) => {
      const text = stripComments(readFileSync(join(DAEMON, f), "utf8"));
      return /\bprocess\.(env|argv|exit)\b/.test(text) ? [f] : [];
    })
    .filter((f) => !MAY_USE_PROCESS.has(f));
  assert.deepEqual(found, []);
});

/** Programs of their own: they are the process. */
const MAY_USE_PROCESS = new Set(["rulehost/cage.ts", "rulehost/cage.mjs", "config/rules/typecheck-child.ts"]);

test("R2 a run never asks for the current snapshot: only the runner takes a lease", () => {
  const leases = files.filter(
    (f) => f.startsWith("sync/") && /\.lease\(\)/.test(readFileSync(join(DAEMON, f), "utf8")),
  );
  assert.deepEqual(leases, ["sync/runner.ts"]);
});

test("what decides is pure: sync/decide waits for nothing and knows only words, fields and itself", () => {
  const deciding = files.filter((f) => f.startsWith("sync/decide/"));
  assert.ok(deciding.length > 8);
  const foreign = imports.filter(
    ({ from, to, toRoom }) =>
      from.startsWith("sync/decide/") && toRoom !== "core" && toRoom !== "fields" && !to.startsWith("sync/decide/"),
  );
  assert.deepEqual(
    foreign.map((i) => `${i.from} imports ${i.to}`),
    [],
  );
  const impure = deciding.filter((f) =>
    /\bawait\b|\basync\b|Date\.now|Math\.random/.test(stripComments(readFileSync(join(DAEMON, f), "utf8"))),
  );
  assert.deepEqual(impure, []);
});

test("no module keeps state, no file is named after nothing", () => {
  const state = files.flatMap((f) => (/^let /m.test(readFileSync(join(DAEMON, f), "utf8")) ? [f] : []));
  assert.deepEqual(state, []);
  assert.deepEqual(
    files.filter((f) => /(^|\/)(utils?|helpers?|common|misc|manager)(\.ts$|\/)/.test(f)),
    [],
  );
});

test("no error is swallowed without a word", () => {
  const quiet = /catch *(\([^)]*\))? *\{ *\}|catch\(\(\) *=> *(\{\}|undefined|null)\)/;
  assert.deepEqual(
    files.filter((f) => quiet.test(readFileSync(join(DAEMON, f), "utf8"))),
    [],
  );
});

function importsOf(file: string): readonly Import[] {
  const text = stripComments(readFileSync(join(DAEMON, file), "utf8"));
  const targets = [...text.matchAll(/(?:from|import)\s*\(?\s*["'](\.[^"']+)["']/g)].map((m) => m[1] ?? "");
  return targets.map((target) => {
    const to = relative(DAEMON, resolve(dirname(join(DAEMON, file)), target)).replaceAll("\\", "/");
    return { from: file, to, fromRoom: roomOf(file), toRoom: roomOf(to) };
  });
}

function roomOf(file: string): string {
  return file.split("/")[0] ?? file;
}

function stripComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
}
