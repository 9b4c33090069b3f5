/**
 * The seam between the engine and the cage that runs rules. Only JSON crosses it.
 *
 * A rule sees values in a friendlier form than the engine's: `number` fields are numbers (texts where a number cannot hold them exactly),
 * `boolean` fields booleans, several values an array, everything else text; empty is null.
 */
export type RuleValue = null | string | number | boolean | readonly string[];
export type RuleFields = Readonly<Record<string, RuleValue>>;

export interface OutgoingCall {
  readonly kind: "outgoing";
  readonly link: string;
  /** Endpoint name of the side that sends. */
  readonly endpoint: string;
  /** The local record with `id`. */
  readonly issue: RuleFields;
  /** True before the record has a partner. */
  readonly creating: boolean;
}

export interface IncomingCall {
  readonly kind: "incoming";
  readonly link: string;
  /** Endpoint name of the side that takes. */
  readonly endpoint: string;
  readonly replica: RuleFields;
  /** What the mapping proposes for the local record, field by field. */
  readonly issue: RuleFields;
  /** The local record as it stands; null when it is about to be created. */
  readonly current: RuleFields | null;
  readonly creating: boolean;
}

export type RuleCall = OutgoingCall | IncomingCall;

/** `fields`: the replica after an outgoing rule, the proposed record after an incoming one. `logs`: what the rule said through `log`. */
export type RuleResult =
  | {
      readonly ok: true;
      readonly fields: RuleFields;
      readonly logs: readonly string[];
      readonly fieldErrors: Readonly<Record<string, string>>;
    }
  | { readonly ok: false; readonly error: RuleFailure; readonly logs: readonly string[] };

export interface RuleFailure {
  /** What the rule threw, or that it ran too long or ran out of memory. */
  readonly message: string;
  /** In the TypeScript source; null where the failure has no place (a killed child). */
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
  /** `deadline` and `memory` cost the child its life; it has been started anew. */
  readonly reason: "throw" | "deadline" | "memory";
}

export interface RuleHost {
  /** Results in the order of the calls. Throws only when the cage cannot be brought up again. */
  run(calls: readonly RuleCall[], signal: AbortSignal): Promise<readonly RuleResult[]>;
  /** Ends the child; calls under way fail. */
  close(): Promise<void>;
}
