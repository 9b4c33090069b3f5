/**
 * The seam between the engine and the cage that runs rules. Only JSON crosses it.
 *
 * A rule sees values in a friendlier form than the engine's: `number` fields are numbers (texts where a number cannot hold them exactly),
 * `boolean` fields booleans, several values an array, everything else text; empty is null.
 */
export type RuleValue = null | string | number | boolean | readonly string[];
export type RuleFields = Readonly<Record<string, RuleValue>>;

interface CallCommon {
  readonly link: string;
  /** Endpoint name of the side whose rule runs. */
  readonly endpoint: string;
  /** True before the record has a partner. */
  readonly creating: boolean;
  /** The record that travels as both sides last agreed; null or absent where nothing is agreed yet (X14). */
  readonly previous?: RuleFields | null;
  readonly event?: RuleEvent;
  /** Answers to what the rule asked for when it was last run, by `LookUp.key`. */
  readonly answers?: Readonly<Record<string, LookUpAnswer>>;
}

/**
 * What stands in for a clock and for dice, so that the same record has the same answer however often and whenever it is asked for (B19). For outgoing
 * and incoming rules.
 */
export interface RuleEvent extends RuleFields {
  /** When the record that travels last changed, see `TrackerRecord.modified`. */
  readonly changedAt: string | null;
  /** 32 hexadecimal digits that no other record, link or rule has: ids are made of them. */
  readonly seed: string;
}

export interface OutgoingCall extends CallCommon {
  readonly kind: "outgoing";
  /** The local record with `id`. */
  readonly issue: RuleFields;
}

export interface IncomingCall extends CallCommon {
  readonly kind: "incoming";
  readonly replica: RuleFields;
  /** The record that travels as it stands, with `id`; absent where the replica is just that. */
  readonly record?: RuleFields;
  /** What the mapping proposes for the local record, field by field. */
  readonly issue: RuleFields;
  /** The local record as it stands; null when it is about to be created. */
  readonly current: RuleFields | null;
  /** The local record as both sides last agreed; null or absent where nothing is agreed yet. */
  readonly base?: RuleFields | null;
}

/** Whether an attachment or a comment of the local record is sent (X15, X17). The answer's fields have `send`, and a comment's `body`. */
export interface PartCall extends CallCommon {
  readonly kind: "attachment" | "comment";
  readonly issue: RuleFields;
  readonly part: RuleFields;
}

export type RuleCall = OutgoingCall | IncomingCall | PartCall;

/** What a rule asks of its own endpoint's tracker (X18). `key` names kind and arguments: equal questions have one answer in a run. */
export interface LookUp {
  readonly key: string;
  /** The last two are asked by tests only: to carry a fixture's record, or one of its parts. */
  readonly kind: "user" | "option" | "reference" | "release" | "partner" | "run" | "sends";
  readonly args: readonly string[];
}

/** `value` is what is written into a field; `unknown`: this tracker cannot tell. */
export type LookUpAnswer =
  | { readonly status: "found"; readonly value: string; readonly name: string }
  | { readonly status: "ambiguous"; readonly candidates: readonly string[] }
  | { readonly status: "missing" }
  | { readonly status: "unknown" };

/** What a rule asks the engine to do with the record besides its fields. */
export interface RuleOrders {
  /** The record of its own endpoint to be paired with instead of making one (X13). */
  readonly adopt?: { readonly key: string; readonly reason: string };
  /** The pair is to be left alone from now on (X24). */
  readonly unlink?: string;
}

export interface RuleDone extends RuleOrders {
  readonly ok: true;
  /** The replica after an outgoing rule, the proposed record after an incoming one. */
  readonly fields: RuleFields;
  /** What the rule said through `log`. */
  readonly logs: readonly string[];
  readonly fieldErrors: Readonly<Record<string, string>>;
  /** Branches gone through, by number, where the bundle counts them: only under tests. */
  readonly passed?: readonly number[];
}

export interface RuleFailed {
  readonly ok: false;
  readonly error: RuleFailure;
  readonly logs: readonly string[];
  readonly passed?: readonly number[];
}

/** The rule waits for answers: it is run again with them, from its beginning. */
export interface RuleAsks {
  readonly ok: null;
  readonly asks: readonly LookUp[];
}

export type RuleResult = RuleDone | RuleFailed;

export interface RuleFailure {
  /** What the rule threw, or that it ran too long or ran out of memory. */
  readonly message: string;
  /** In the TypeScript source; null where the failure has no place (a killed child). */
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
  /** `deadline` and `memory` cost the child its life; it has been started anew, or is not asked for a while where that happened too often (R10). */
  readonly reason: "throw" | "deadline" | "memory";
}

export interface RuleHost {
  /** Results in the order of the calls. Throws only when the cage cannot be brought up again. */
  run(calls: readonly RuleCall[], signal: AbortSignal): Promise<readonly (RuleResult | RuleAsks)[]>;
  /** Ends the child; calls under way fail. */
  close(): Promise<void>;
}

/** Rules whose look-ups are answered: what the engine runs. */
export interface AnsweredRules {
  run(calls: readonly RuleCall[], signal: AbortSignal): Promise<readonly RuleResult[]>;
}
