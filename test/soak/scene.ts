import type { Random } from "../../daemon/sandbox/random.ts";
import type { World } from "./world.ts";

/** Where an operation happens. */
export interface Scene {
  readonly world: World;
  readonly random: Random;
  /** Empty trackers and an empty state folder. */
  reset(): Promise<void>;
  /** At least so many records, on both sides and in step. */
  pairs(atLeast: number): Promise<void>;
  /** A full run, which brings in step what people did so far. Default: of the defects. */
  inStep(links?: readonly string[]): Promise<void>;
  /** The daemon's memory is lost; nobody else's is. */
  forget(): Promise<void>;
  /** A new revision is pushed; the daemon takes it while it runs. */
  publish(): void;
}

/**
 * A row of the kill matrix: what people do before a run that is killed somewhere. To add one, let the world know how to do it and how to look at
 * it, and name it here.
 */
export interface Operation {
  readonly name: string;
  /** The run looks at every record: deletions are found by nothing less. */
  readonly full?: boolean;
  /** Links that are run one after the other. Absent: the defects' alone. */
  readonly links?: readonly string[] | undefined;
  /** Milliseconds that the trackers let each write wait, whoever sent it may be dead by then. */
  readonly slowMs?: number;
  prepare(scene: Scene): Promise<void>;
  act(scene: Scene): Promise<void>;
  /** Between the kill and the restart. */
  meanwhile?(scene: Scene): void;
}

export const PAIRS = 24;

export function some(keys: readonly string[], count: number, random: Random): readonly string[] {
  const left = [...keys];
  return Array.from(
    { length: Math.min(count, left.length) },
    () => left.splice(random.int(0, left.length - 1), 1)[0] ?? "",
  );
}
