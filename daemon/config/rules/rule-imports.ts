import { isBuiltin } from "node:module";
import { posix } from "node:path";
import type { OnResolveResult, Plugin } from "esbuild";
import { didYouMean } from "../content/suggest.ts";
import { isTestFile } from "./rule-files.ts";

export const ENTRY = "syncline:entry";
export const API = "syncline";
export const IMPORT_HINT = "Put what rules share into a file below rules/ and import it by a relative path.";
const TEST_API = "syncline/test";
/** What test files import stands inside of the cage already: see `daemon/rulehost/cage-tests.ts`. */
const TEST_API_CODE = "export const { test, expect, run, sends } = $tests;";
/** One test must not find in a fixture what another one wrote there: that would depend on their order. */
const fixtureCode = (text: string) => `module.exports = $tests.fixture(${JSON.stringify(text)});`;
/** All that the module `syncline` does when rules run. */
const API_CODE = "export function link(rules) { return rules; }";

/** Lets rules import each other and `syncline`, from memory, and nothing else. */
export function ruleImports(files: ReadonlyMap<string, string>, entryCode: string): Plugin {
  return {
    name: "rules",
    setup(build) {
      build.onResolve({ filter: /.*/ }, ({ path, importer, kind }) => {
        if (kind === "entry-point") return { path: ENTRY, namespace: "entry" };
        if (path === API) return { path: API, namespace: "api" };
        if (path === TEST_API && isTestFile(importer)) return { path: TEST_API, namespace: "api" };
        // A name of its own: rules that read the same file have it as they always have.
        if (isTestFile(importer)) return asFixture(resolveImport(path, importer, files));
        if (importer === ENTRY) return { path: path.slice("./".length), namespace: "rules" };
        return resolveImport(path, importer, files);
      });
      build.onLoad({ filter: /.*/, namespace: "entry" }, () => ({ contents: entryCode, loader: "js" }));
      build.onLoad({ filter: /.*/, namespace: "api" }, ({ path }) => ({
        contents: path === TEST_API ? TEST_API_CODE : API_CODE,
        loader: "js",
      }));
      build.onLoad({ filter: /.*/, namespace: "fixture" }, ({ path }) => ({
        contents: fixtureCode(files.get(path) ?? ""),
        loader: "js",
      }));
      build.onLoad({ filter: /.*/, namespace: "rules" }, ({ path }) => ({
        contents: files.get(path) ?? "",
        loader: path.endsWith(".json") ? "json" : "ts",
      }));
    },
  };
}

function resolveImport(path: string, importer: string, files: ReadonlyMap<string, string>): OnResolveResult {
  if (!/^\.{1,2}(\/|$)/.test(path)) return refuse(whyNot(path));
  const target = posix.join(posix.dirname(importer), path);
  if (!target.startsWith("rules/"))
    return refuse(`"${path}" leads out of rules/: rules import files below rules/ only.`);
  const found = candidates(target).find((one) => files.has(one));
  if (found !== undefined) return { path: found, namespace: "rules" };
  const kind = posix.extname(target);
  if (/\.test(\.[jt]s)?$/.test(target))
    return refuse(`"${path}" is a test: what runs has no tests, so rules import none.`);
  if (UNREAD.has(kind))
    return refuse(`"${path}" is a ${kind} file: rules import TypeScript (.ts) and JSON (.json) only.`);
  const names = [...files.keys()].map((file) => relative(importer, file));
  return refuse(`There is no file ${target}. ${didYouMean(path, names)}`.trim());
}

/** What people import elsewhere; `.js` may stand for a `.ts` file, which is looked for before. */
const UNREAD = new Set([
  ".js",
  ".mjs",
  ".cjs",
  ".mts",
  ".cts",
  ".jsx",
  ".tsx",
  ".csv",
  ".toml",
  ".txt",
  ".yaml",
  ".yml",
  ".wasm",
  ".md",
]);

function asFixture(found: OnResolveResult): OnResolveResult {
  return found.path?.endsWith(".json") === true ? { ...found, namespace: "fixture" } : found;
}

function candidates(target: string): readonly string[] {
  return [target, `${target}.ts`, target.replace(/\.js$/, ".ts"), `${target}/index.ts`, `${target}.json`];
}

function relative(importer: string, file: string): string {
  const path = posix.relative(posix.dirname(importer), file);
  return path.startsWith(".") ? path : `./${path}`;
}

/** Why rules may not import what `path` names. */
export function whyNot(path: string): string {
  if (path === TEST_API) return `"${path}" is for tests (*.test.ts): rules have nothing to test themselves with.`;
  if (path.startsWith("node:") || isBuiltin(path)) {
    return `"${path}" is a module of Node, and rules have no files, network or processes: they only decide what is synchronised.`;
  }
  if (path.startsWith("/") || /^[a-z]+:/i.test(path))
    return `"${path}" is not below rules/: rules import files below rules/ only.`;
  return `"${path}" is a package, and rules have none: they import files below rules/ and "syncline".`;
}

function refuse(text: string): OnResolveResult {
  return { errors: [{ text }] };
}
