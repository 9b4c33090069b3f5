import type { SourceMapPayload } from "node:module";
import { SourceMap } from "node:module";

/** A place in a rule's TypeScript, 1-based. */
export interface RulePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Finds the first frame of a stack that lies in a rule file; null where none does. */
export type PlaceFinder = (stack: string) => RulePlace | null;

/** `map`: source map (version 3) of the bundle. Node applies none to scripts of a vm context. */
export function createPlaceFinder(map: string): PlaceFinder {
  const source = new SourceMap(JSON.parse(map) as SourceMapPayload);
  return (stack) => {
    for (const [, line, column] of stack.matchAll(/syncline-rules\.js:(\d+):(\d+)/g)) {
      const entry = source.findEntry(Number(line) - 1, Number(column) - 1);
      if (!("originalSource" in entry) || !entry.originalSource.startsWith("rules/")) continue;
      return { file: entry.originalSource, line: entry.originalLine + 1, column: entry.originalColumn + 1 };
    }
    return null;
  };
}
