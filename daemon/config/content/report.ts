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

/** A diagnostic and what of its file it is about. */
export interface Told {
  readonly diagnostic: Diagnostic;
  /** Parts of the file, as `FileReport.about` names them; empty: the whole file. */
  readonly subjects: readonly string[];
}

/** Collects the diagnostics of one build. */
export interface Report {
  add(diagnostic: Diagnostic, subject?: string): void;
  /** In the order of file, line, column; without repeats. */
  all(): readonly Diagnostic[];
  /** The same with their subjects. */
  told(): readonly Told[];
}

/** Collects the diagnostics of one file. */
export interface FileReport {
  readonly file: string;
  error(code: DiagnosticCode, at: Place, message: string, hint?: string): void;
  warn(code: DiagnosticCode, at: Place, message: string, hint?: string): void;
  /** Errors of this file so far. */
  errors(): number;
  /** The same report for one part of the file: `link defects`, `link defects/constants`, `link defects/triggers`, `endpoint alm`, `values severity`. */
  about(subject: string): FileReport;
}

export function createReport(): Report {
  const found = new Map<string, { readonly diagnostic: Diagnostic; readonly subjects: Set<string> }>();
  const told = () => [...found.values()].map(({ diagnostic, subjects }) => ({ diagnostic, subjects: [...subjects] }));
  return {
    add(diagnostic, subject) {
      const { file, line, column, code, message } = diagnostic;
      const key = JSON.stringify([file, line, column, code, message]);
      const subjects = found.get(key)?.subjects ?? new Set();
      if (subject !== undefined) subjects.add(subject);
      found.set(key, { diagnostic, subjects });
    },
    all: () => sortDiagnostics(told().map(({ diagnostic }) => diagnostic)),
    told,
  };
}

export function reportFor(report: Report, file: string): FileReport {
  return reportAbout(report, file, { errors: 0 });
}

function reportAbout(report: Report, file: string, tally: { errors: number }, subject?: string): FileReport {
  const add = (severity: "error" | "warning", code: DiagnosticCode, at: Place, message: string, hint: string) =>
    report.add({ severity, code, message, file, line: at.line, column: at.column, hint }, subject);
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
    about: (part) => reportAbout(report, file, tally, part),
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
