import type { Plugin } from "esbuild";
import { type FileReport, placeOf } from "../content/report.ts";
import { IMPORT_HINT } from "./rule-imports.ts";

const PIECED = "What a rule imports must be written out as one text: this is put together when the rule runs.";
const GAP = String.raw`(?:\s|\/\*[\s\S]*?\*\/|\/\/[^\n]*\n)*`;
const CALL = new RegExp(String.raw`\b(?:import|require)\b(?:${GAP}\))*${GAP}\(${GAP}`, "g");
const WRITTEN_OUT = new RegExp(
  String.raw`(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|${"`(?:[^`\\\\$]|\\\\.)*`"})${GAP}[,)]`,
  "y",
);
/** Where a call is none. */
const WORDS = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g;

/** `import("./" + name)`: esbuild would look on the host for whatever could be meant. False where there is one, which is reported. */
export function checkPieced(files: ReadonlyMap<string, string>, reportOf: (file: string) => FileReport): boolean {
  const found = [...files].flatMap(([file, text]) => (file.endsWith(".ts") ? piecedIn(file, text) : []));
  for (const { file, text, at } of found) reportOf(file).error("rule-import", placeOf(text, at), PIECED, IMPORT_HINT);
  return found.length === 0;
}

function piecedIn(file: string, text: string) {
  const calls = [...text.matchAll(CALL)].map((call) => ({ from: call.index, at: call.index + call[0].length }));
  const pieced = calls.filter(({ at }) => {
    WRITTEN_OUT.lastIndex = at;
    return !WRITTEN_OUT.test(text);
  });
  if (pieced.length === 0) return [];
  const words = [...text.matchAll(WORDS)].map((word) => [word.index, word.index + word[0].length] as const);
  const isCode = (place: number) => !words.some(([from, to]) => place >= from && place < to);
  return pieced.filter(({ from }) => isCode(from)).map(({ at }) => ({ file, text, at }));
}

/** Whatever an import comes to, no file of the host is ever read into the rules. */
export const noHostFiles: Plugin = {
  name: "rules",
  setup(build) {
    build.onLoad({ filter: /.*/, namespace: "file" }, () => ({ errors: [{ text: PIECED }] }));
  },
};
