import type {
  PairImportOrder,
  RebuildOrder,
  ResolveOrder,
  ResumeAnswer,
  ResumeOrder,
  UndoOrder,
  UnlinkOrder,
} from "../core/deeds.ts";
import type { RunReport } from "../core/store.ts";

/** Where the running daemon's port and token stand, in the state folder. */
export const ACCESS_FILE = "control.json";

export interface Access {
  readonly port: number;
  readonly token: string;
  readonly pid: number;
}

/** Status of an answer to a command that the daemon does not know. */
export const NO_SUCH_COMMAND = 404;

/** Body of an answer that is not 200. */
export interface Trouble {
  readonly error: string;
  readonly hint: string;
  /** The stack, where the daemon itself is at fault. */
  readonly bug?: string;
}

export interface SyncOrder {
  readonly link: string;
  readonly full: boolean;
  readonly dryRun: boolean;
  readonly backfill?: true;
}

export interface WhyNotOrder {
  readonly endpoint: string;
  readonly key: string;
  /** Null: any. */
  readonly connection: string | null;
  readonly link: string | null;
}

export interface DriftOrder {
  readonly link: string;
  /** Most disagreements listed. */
  readonly limit: number;
  /** Reasons left out of the list. */
  readonly ignore: readonly string[];
}

/** What the command line may ask of a running daemon, by the path it is asked under. */
export interface Commands {
  status(): Promise<unknown>;
  /** Runs a link after any run of it that is under way. */
  sync(order: SyncOrder): Promise<RunReport>;
  /** Looks at the repository now; answers when its tip has a verdict. */
  wake(): Promise<unknown>;
  /** What keeps a record from being synchronised. Writes nothing, beside any run. */
  whyNot(order: WhyNotOrder): Promise<unknown>;
  /** Compares both trackers. Writes nothing, beside any run. */
  drift(order: DriftOrder): Promise<unknown>;
  /** Lets a stopped link go on, or shows why it does not. */
  resume(order: ResumeOrder): Promise<ResumeAnswer>;
  /** In the link's own order of runs, each. */
  resolve(order: ResolveOrder): Promise<unknown>;
  undo(order: UndoOrder): Promise<unknown>;
  rebuild(order: RebuildOrder): Promise<unknown>;
  unlink(order: UnlinkOrder): Promise<unknown>;
  pairImport(order: PairImportOrder): Promise<unknown>;
}
