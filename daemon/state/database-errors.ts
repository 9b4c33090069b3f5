import { OperatorError } from "../core/errors.ts";
import { StoreConflict } from "../core/store.ts";

/** Primary result codes of SQLite (sqlite.org/rescode.html); the extended code keeps them in its low byte. */
const BUSY = 5;
const READONLY = 8;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const CONSTRAINT = 19;
const NOT_A_DATABASE = 26;

const START_OVER =
  "stop Syncline, move this file and those beside it with -wal and -shm at the end of their names out of the folder (or put back a backup of all of them), and start it again: pairs are then found anew by markers and matching, without duplicates";

/** Runs `work`; what SQLite complains of becomes `StoreConflict` or an `OperatorError` that says what to do. Anything else passes unchanged. */
export function withStoreErrors<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw storeError(file, error);
  }
}

export function storeError(file: string, error: unknown): unknown {
  const code = resultCode(error);
  if (code === null || !(error instanceof Error)) return error;
  if (code === CONSTRAINT && error.message.includes("UNIQUE")) {
    return new StoreConflict(`a record would get a second pair (${error.message})`, { cause: error });
  }
  const advice = operatorAdvice(code);
  if (advice === null) return error;
  return new OperatorError(`the store ${file} ${advice.what} (${error.message})`, advice.hint);
}

function operatorAdvice(code: number): { what: string; hint: string } | null {
  switch (code) {
    case BUSY:
      return { what: "is in use by another program", hint: "end the other program that has this file open" };
    case READONLY:
      return {
        what: "cannot be written",
        hint: "give the account that runs Syncline write access to the folder and the file",
      };
    case IO_ERROR:
      return {
        what: "cannot be read or written",
        hint: "check the disk and the system log; nothing of this step was recorded",
      };
    case CORRUPT:
      return { what: "is damaged", hint: START_OVER };
    case FULL:
      return {
        what: "cannot grow: the disk is full",
        hint: "free some space; nothing of this step was recorded, the next run does it again",
      };
    case CANNOT_OPEN:
      return {
        what: "cannot be opened",
        hint: "check that its folder exists and that the account that runs Syncline may use it",
      };
    case NOT_A_DATABASE:
      return { what: "is damaged, or is no store of Syncline", hint: START_OVER };
    default:
      return null;
  }
}

function resultCode(error: unknown): number | null {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return null;
  return error.errcode & 0xff;
}
