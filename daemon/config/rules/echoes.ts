import type { Diagnostic } from "../../core/diagnostic.ts";
import type { FileReport } from "../content/report.ts";

/** Remembers where a fault was found: TypeScript finds it too, in other words. */
export function notePlaces(report: FileReport, faults: Set<string>, what: "import" | "replica" = "import"): FileReport {
  return {
    ...report,
    error(code, at, message, hint) {
      const place = what === "replica" ? `${at.line}` : `${at.line}:${at.column}`;
      faults.add(code === "rule-syntax" ? `syntax ${report.file}` : `${what} ${report.file}:${place}`);
      report.error(code, at, message, hint);
    },
  };
}

/** Anything that the replica may hold, named or spelt out. */
const OF_THE_REPLICA = /RuleValue|'string \| number \| boolean \| readonly string\[\]'|^'[\w.]*\breplica\b/;

/** Whether TypeScript says what has been said already. */
export function isEcho({ file, line, column, message }: Diagnostic, faults: ReadonlySet<string>): boolean {
  // What TypeScript makes of a file it cannot parse is guesswork.
  if (faults.has(`syntax ${file}`)) return true;
  // What nobody sends fits no field either.
  if (faults.has(`replica ${file}:${line}`) && OF_THE_REPLICA.test(message)) return true;
  return faults.has(`import ${file}:${line}:${column}`);
}
