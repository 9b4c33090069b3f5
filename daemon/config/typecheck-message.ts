import type { Diagnostic as TsDiagnostic } from "typescript/unstable/async";
import type { Diagnostic } from "../core/diagnostic.ts";
import { START, placeOf } from "./report.ts";
import { IMPORT_HINT, whyNot } from "./rule-imports.ts";
import { ROOT } from "./typecheck-files.ts";

/** Codes below 2000 are about the text, not about types. */
const FIRST_TYPE_CODE = 2000;

/** Null for what is no mistake of the commit. Throws for what concerns no file: the project is ours, so that is a bug. */
export function toDiagnostic(found: TsDiagnostic, files: ReadonlyMap<string, string>): Diagnostic | null {
  const path = found.fileName?.startsWith(`${ROOT}/`) ? found.fileName.slice(ROOT.length + 1) : null;
  const text = path === null ? undefined : files.get(path);
  if (path === null || text === undefined) {
    throw new Error(`TypeScript: ${found.fileName ?? ""} ${found.text} (${found.code})`);
  }
  const at = found.pos > text.length ? START : placeOf(text, found.pos);
  // TypeScript's advice about Node's types is wrong here.
  const message = flatten(found).join(" ").replace(NODE_TYPES, "");
  // The bundler leaves out an import that nothing uses; TypeScript does not.
  const isModule = NO_MODULE.has(found.code) || (NO_NODE.has(found.code) && /["']/.test(text.charAt(found.pos)));
  const module = isModule ? /'([^']+)'/.exec(found.text)?.[1] : undefined;
  if (module !== undefined && !module.startsWith(".")) {
    return { severity: "error", code: "rule-import", message: whyNot(module), file: path, line: at.line, column: at.column, hint: IMPORT_HINT };
  }
  const code = module !== undefined ? "rule-import" : found.code < FIRST_TYPE_CODE ? "rule-syntax" : "rule-type";
  return { severity: "error", code, message, file: path, line: at.line, column: at.column, hint: hintFor(found.text) };
}

/** "Cannot find module", in an import with names and in one without. */
const NO_MODULE = new Set([2307, 2882]);
/** "Cannot find name": said of Node's modules as well as of its globals. */
const NO_NODE = new Set([2580, 2591]);

function flatten(found: TsDiagnostic): readonly string[] {
  return [found.text, ...(found.messageChain ?? []).flatMap(flatten)];
}

const NODE_TYPES = / Do you need to install type definitions for [^?]+\?.*$/;
const FOREIGN = new Set(
  "process require module exports Buffer global __dirname __filename fetch console window document setTimeout setInterval setImmediate queueMicrotask performance crypto URL URLSearchParams structuredClone TextEncoder TextDecoder AbortController localStorage".split(" "),
);

function hintFor(text: string): string {
  const name = /^Cannot find name '([^']+)'/.exec(text)?.[1];
  if (name === "console") return "Use log(…) of the rule's context.";
  if (name !== undefined && FOREIGN.has(name)) return "Rules are plain ECMAScript: no files, network, timers or processes.";
  if (/^Property '[^']+' does not exist on type/.test(text)) return 'A rule reads the fields that are mapped or stand under "reads" of the link.';
  if (/does not satisfy the constraint '.*'\.?$/.test(text)) return "link<…> names the mapping file and the link in it.";
  return "";
}
