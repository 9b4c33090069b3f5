import type { Diagnostic } from "../../core/diagnostic.ts";
import { placeOf, START } from "../content/report.ts";
import { IMPORT_HINT, whyNot } from "./rule-imports.ts";
import type { Finding } from "./typecheck-compiler.ts";
import { FLOATING, REMEMBERED, ROOT } from "./typecheck-files.ts";

/** Codes below 2000 are about the text, not about types. */
const FIRST_TYPE_CODE = 2000;

/** Null for what is no mistake of the commit. Throws for what concerns no file: the project is ours, so that is a bug. */
export function toDiagnostic(found: Finding, files: ReadonlyMap<string, string>): Diagnostic | null {
  const path = found.path?.startsWith(`${ROOT}/`) ? found.path.slice(ROOT.length + 1) : null;
  const text = path === null ? undefined : files.get(path);
  const [first = ""] = found.texts;
  if (path === null || text === undefined) {
    throw new Error(`TypeScript: ${found.path ?? ""} ${first} (${found.code})`);
  }
  const at = found.offset > text.length ? START : placeOf(text, found.offset);
  const place = { severity: "error", file: path, line: at.line, column: at.column } as const;
  // TypeScript's advice about Node's types is wrong here.
  const message = found.texts.join(" ").replace(NODE_TYPES, "").replace(EXACT, ".");
  if (found.code === REMEMBERED)
    return { ...place, severity: "warning", code: "rule-state", message, hint: REMEMBERED_HINT };
  // The bundler leaves out an import that nothing uses; TypeScript does not.
  const isModule = NO_MODULE.has(found.code) || (NO_NODE.has(found.code) && /["']/.test(text.charAt(found.offset)));
  const module = isModule ? /'([^']+)'/.exec(first)?.[1] : undefined;
  if (module !== undefined) {
    return {
      ...place,
      code: "rule-import",
      message: module.startsWith(".") ? message : whyNot(module),
      hint: IMPORT_HINT,
    };
  }
  const code = found.code < FIRST_TYPE_CODE ? "rule-syntax" : "rule-type";
  const hint = found.code === FLOATING ? "Write await before it." : hintFor(first);
  return { ...place, code, message, hint };
}

const REMEMBERED_HINT = "Work it out from the record, its `previous`, or a look-up.";

/** "Cannot find module", in an import with names and in one without. */
const NO_MODULE = new Set([2307, 2882]);
/** "Cannot find name": said of Node's modules as well as of its globals. */
const NO_NODE = new Set([2580, 2591]);

const NODE_TYPES = / Do you need to install type definitions for [^?]+\?.*$/;
/** Our own setting's words: no rule can change it. */
const EXACT = / with 'exactOptionalPropertyTypes: true'\. Consider adding 'undefined' to the type of the target\./;
const FOREIGN = new Set(
  "process require module exports Buffer global __dirname __filename fetch console window document setTimeout setInterval setImmediate queueMicrotask performance crypto URL URLSearchParams structuredClone TextEncoder TextDecoder AbortController localStorage".split(
    " ",
  ),
);

function hintFor(text: string): string {
  if (/^Type 'undefined' is not assignable/.test(text)) return "Write null for an empty field.";
  const name = /^Cannot find name '([^']+)'/.exec(text)?.[1];
  if (name === "console") return "Use log(…) of the rule's context.";
  if (name !== undefined && FOREIGN.has(name))
    return "Rules are plain ECMAScript: no files, network, timers or processes.";
  if (/^Property '[^']+' does not exist on type 'Promise</.test(text))
    return "Look-ups are asynchronous: write await before them.";
  if (/^Property '[^']+' does not exist on type '(Readonly<)?(Readable|Received|Sent|ByLabel)</.test(text))
    return 'A rule reads the fields that are mapped or stand under "reads" of the link.';
  if (/does not satisfy the constraint '.*'\.?$/.test(text))
    return "link<…> names the mapping file and the link in it.";
  return "";
}
