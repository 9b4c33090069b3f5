import type { Diagnostic, DiagnosticCode } from "../../core/diagnostic.ts";

/** A place in a text file, 1-based; columns count UTF-16 units. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export const START: Place = { line: 1, column: 1 };

/** A value and where it stands. */
export interface Placed<T> {
  readonly value: T;
  readonly at: Place;
}

/** Collects the diagnostics of one build. */
export interface Report {
  add(diagnostic: Diagnostic): void;
  /** In the order of file, line, column; without repeats. */
  all(): readonly Diagnostic[];
}

/** Collects the diagnostics of one file. */
export interface FileReport {
  readonly file: string;
  error(code: DiagnosticCode, at: Place, message: string, hint?: string): void;
  warn(code: DiagnosticCode, at: Place, message: string, hint?: string): void;
  /** Errors of this file so far. */
  errors(): number;
}

export function createReport(): Report {
  const found = new Map<string, Diagnostic>();
  return {
    add(diagnostic) {
      const { file, line, column, code, message } = diagnostic;
      found.set(JSON.stringify([file, line, column, code, message]), diagnostic);
    },
    all: () => sortDiagnostics([...found.values()]),
  };
}

export function reportFor(report: Report, file: string): FileReport {
  const tally = { errors: 0 };
  const add = (severity: "error" | "warning", code: DiagnosticCode, at: Place, message: string, hint: string) =>
    report.add({ severity, code, message, file, line: at.line, column: at.column, hint });
  return {
    file,
    error(code, at, message, hint = "") {
      tally.errors += 1;
      add("error", code, at, message, hint);
    },
    warn(code, at, message, hint = "") {
      add("warning", code, at, message, hint);
    },
    errors: () => tally.errors,
  };
}

export function sortDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics.toSorted(
    (a, b) => compareTexts(a.file, b.file) || a.line - b.line || a.column - b.column || compareTexts(a.code, b.code),
  );
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** The place of a UTF-16 offset in a text. */
export function placeOf(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  const start = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: offset - start + 1 };
}
