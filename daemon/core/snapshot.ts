import type { Diagnostic } from "./diagnostic.ts";
import type { Ending } from "./entity-type.ts";
import type { EntitySchema } from "./field.ts";
import type { Fields } from "./record.ts";
import type { RuleCall, RuleHost } from "./rules.ts";

/** Of a link's two endpoints, `left` is the one that stands first in the mapping file. Logs, reports and files show endpoint names instead. */
export type Side = "left" | "right";

export const SIDES = ["left", "right"] as const;

export function otherSide(side: Side): Side {
  return side === "left" ? "right" : "left";
}

/** Where in the configuration something stands: every write's origin is traced to one. 1-based. */
export interface Origin {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface EndpointConfig {
  readonly name: string;
  readonly type: string;
  /** The endpoint's table without `type` and `secret`, validated by its connector type. */
  readonly settings: unknown;
  /** Name of the secret on the host; null where the endpoint needs none. */
  readonly secret: string | null;
  readonly origin: Origin;
  /** Committed schemas by entity type; empty where none is committed. */
  readonly schemas: Readonly<Record<string, EntitySchema>>;
}

/** Values of one field carried to the other side. Keys and values are list texts, matched exactly. */
export interface ValueMap {
  readonly name: string;
  readonly toRight: Readonly<Record<string, string>>;
  readonly toLeft: Readonly<Record<string, string>>;
  readonly origin: Origin;
}

/** A tracker's workflow: from each value of a field those that it lets one go to (X20). The first is where new records begin. */
export interface Transitions {
  readonly name: string;
  readonly ways: Readonly<Record<string, readonly string[]>>;
  readonly origin: Origin;
}

/** What a value without a row in the value map becomes: S73. */
export type Unmapped = "copy" | "skip" | "error" | { readonly value: string };

/** Who is who, from a users CSV: keys are compared without regard to letter case. */
export interface UserMap {
  readonly name: string;
  readonly toRight: Readonly<Record<string, string>>;
  readonly toLeft: Readonly<Record<string, string>>;
  /** The file's lines, by the same keys. */
  readonly lines?: Readonly<Record<"toRight" | "toLeft", Readonly<Record<string, number>>>>;
  readonly origin: Origin;
}

/** `truncate-both` cuts the source as well: the literal reading of S25. */
export type Overflow = "truncate" | "truncate-both" | "error";
/** Whose value counts when both sides changed a field since they last agreed. */
export type ConflictPolicy = Side | "newest" | "hold" | "union" | "merge";

export interface FieldMapping {
  readonly left: string;
  readonly right: string;
  readonly direction: "both" | "to-left" | "to-right";
  readonly values: ValueMap | null;
  readonly unmapped: Unmapped;
  readonly users: UserMap | null;
  /** User written where none answers, by the side that is written; one-way by construction (T3). */
  readonly defaultUser: Readonly<Partial<Record<Side, string>>>;
  /** Who gets the default user: people of whom no e-mail address is known (S8), or anyone without a partner. Absent: `no-email`. */
  readonly defaultFor?: "no-email" | "anyone";
  /** Which of a person's addresses count: all in order, or the first alone (S11). Absent: `all`. */
  readonly emails?: "all" | "first";
  readonly overflow: Overflow;
  /** Which of several values a field for one takes; absent: `error` (S58, T26). `latest`: the one that was made last. */
  readonly several?: "error" | "first" | "latest";
  /**
   * What a value that cannot be carried holds back. Absent: by its cause, the record for names that are not unique and for several
   * references where one fits (S46, S57, S58), else the field alone (T25).
   */
  readonly onError?: "field" | "record";
  /** A value that the written side lacks is made there, where its API can (S44, X19). Absent: it is an error of the field. */
  readonly createMissing?: true;
  /** `false`: a part without its whole (a feature without a theme) is an error of the field (S50). Absent: the whole is the part's own (T27). */
  readonly derive?: false;
  /** Workflows that a side's field is walked by, step by step (X20). Absent: it is written directly. */
  readonly transitions?: Readonly<Partial<Record<Side, Transitions>>>;
  readonly conflict: ConflictPolicy;
  readonly origin: Origin;
}

/** Attachments cross from `source` sides to the others: S14–S24, T7–T13. */
export interface AttachmentConfig {
  readonly direction: FieldMapping["direction"];
  /** `url`: the other side gets the address; `copy`: the bytes. */
  readonly mode: "url" | "copy";
  readonly description: "once" | "sync";
  readonly deletedAtDestination: "recreate-on-change" | "leave" | "delete-source";
  readonly sameName: "report" | "suffix";
  /** What texts of `.url` files are tried as, after a byte order mark and strict UTF-8 (S22). */
  readonly encodings: readonly string[];
  /** Larger files cross as a URL, and are reported; in bytes, null: as the trackers bear. */
  readonly maxSize: number | null;
  readonly origin: Origin;
}

/** Comments cross one by one, with author and time. */
export interface CommentConfig {
  readonly direction: FieldMapping["direction"];
  /** Whether a comment that was changed, or removed, is changed or removed on the other side as well. */
  readonly changes: "sync" | "ignore";
  readonly removals: "sync" | "ignore";
  /** Whether comments for some readers only cross. */
  readonly private: boolean;
  /** Users file that tells a comment's author on the other side; null: e-mail alone. */
  readonly users: UserMap | null;
  readonly origin: Origin;
}

/** Links between records cross where both ends are paired: S29–S42. */
export interface EntityLinkConfig {
  readonly direction: FieldMapping["direction"];
  /** The trackers' words for one relation; null: as they are. */
  readonly types: ValueMap | null;
  readonly unmapped: Unmapped;
  readonly origin: Origin;
}

export interface SideConfig {
  readonly endpoint: string;
  readonly entity: string;
  /** Partners of the other side's records may be created here. */
  readonly create: boolean;
  /** False: records here are never changed because their partners were (E30). Absent: true. */
  readonly update?: boolean;
  /** What happens to a paired record of this side that its filter selects no longer (T21). Absent: `keep`. */
  readonly outOfScope?: "keep" | "freeze" | "unlink";
  /** The tracker's own language; decides only whether a record of this side gets a partner. Null: every record. */
  readonly filter: string | null;
  /** Where the filter stands. Absent: there is none. */
  readonly filterOrigin?: Origin;
  /** The field that says where a record of this side hangs in its tree (E66). Absent: there is no tree. */
  readonly place?: string;
  /** Of this side's records only those that are not over get a partner (E59). Absent: all. */
  readonly current?: Ending;
  /** The field of this side that holds the partner's id; null where there is none. */
  readonly marker: string | null;
  /** The field of this side that holds the partner's web address (X23). Absent: none does. */
  readonly partnerUrl?: string;
  /** Written when a record is created here, never again (S79), but for those in `held`. */
  readonly constants: Fields;
  /** Constants that are put back later (T22): `always` when they differ, `empty` when nothing stands there. */
  readonly held?: Readonly<Record<string, "always" | "empty">>;
  /** Fields that rules read although no row maps them. */
  readonly reads: readonly string[];
  readonly deleted: "nothing" | "delete" | "recreate";
  /** Which rules the link's rule file has for this side. */
  readonly rules: {
    readonly outgoing: boolean;
    readonly incoming: boolean;
    /** Whether each attachment, each comment, is sent from here. Absent: no such rule. */
    readonly attachment?: boolean;
    readonly comment?: boolean;
    /** Rules that cannot see `current`, `base` and `previous`: their answer rests on the record that travels alone. Absent: none. */
    readonly lean?: readonly RuleCall["kind"][];
  };
}

export interface TriggerConfig {
  /** Stable over publishes that leave it alone: link, cron, zone and kind. */
  readonly id: string;
  readonly link: string;
  readonly cron: string;
  /** IANA name; "UTC" by default. */
  readonly zone: string;
  readonly full: boolean;
  /** Runs by this trigger keep to records that these filters select, each in its tracker's own language (X7). Absent: every record. */
  readonly query?: Readonly<Partial<Record<Side, string>>>;
  /** For people. Absent: none. */
  readonly notes?: string;
  /** Switched off in the mapping. Absent: it runs. */
  readonly enabled?: false;
  readonly origin: Origin;
}

/** A run stops and asks when it would do more than `count` and more than `share` (0 to 1) of the link's pairs. Null: never. */
export type Limit = { readonly count: number; readonly share: number } | null;

export interface Brakes {
  readonly create: Limit;
  readonly update: Limit;
  readonly delete: Limit;
}

export const DEFAULT_BRAKES: Brakes = {
  create: { count: 200, share: 0.5 },
  update: { count: 200, share: 0.5 },
  delete: { count: 10, share: 0.05 },
};

export interface LinkConfig {
  /** `connection/link`. */
  readonly key: string;
  readonly connection: string;
  readonly name: string;
  readonly left: SideConfig;
  readonly right: SideConfig;
  readonly conflict: ConflictPolicy;
  readonly fields: readonly FieldMapping[];
  readonly attachments?: AttachmentConfig;
  readonly comments?: CommentConfig;
  readonly entityLinks?: EntityLinkConfig;
  /** Rows whose values, all equal and not empty, say that two records without a pair are one (search before create). Absent: none. */
  readonly match?: readonly { readonly left: string; readonly right: string }[];
  readonly triggers: readonly TriggerConfig[];
  /** Absent: `DEFAULT_BRAKES`. */
  readonly brakes?: Brakes;
  /** Path of the rule file, e.g. `rules/payments/defects.ts`; null for a link that its mapping alone decides. */
  readonly ruleFile: string | null;
  readonly origin: Origin;
}

export interface ConnectionConfig {
  readonly name: string;
  readonly description: string;
  readonly left: EndpointConfig;
  readonly right: EndpointConfig;
  readonly links: readonly LinkConfig[];
  readonly origin: Origin;
}

/** Everything compiled from one commit; immutable. Rules stay alive until the last lease ends. */
export interface Snapshot {
  /** Full commit id. */
  readonly revision: string;
  /** Hash of the content of the three folders: equal for commits that leave them alone. */
  readonly digest: string;
  readonly connections: readonly ConnectionConfig[];
  /** Null where no link has rules. */
  readonly rules: RuleHost | null;
  readonly warnings: readonly Diagnostic[];
  /** From the commit's trailers `Allow-Changes: <link> <deed>…`: what stopped links may do once this revision is live. Absent: nothing. */
  readonly allows?: readonly Allowance[];
}

/** A person's word that a stopped link may go on (B14). */
export interface Allowance {
  readonly link: string;
  /** As in `syncline resume --allow`; "all" for everything that the stopped run would have done. */
  readonly deeds: readonly string[];
}

export interface Lease {
  readonly snapshot: Snapshot;
  /** Ends the lease; calling it twice does nothing. */
  release(): void;
}

/** The seam between the config plane and everyone who runs links: a run takes one lease and reads nothing else (R2). */
export interface SnapshotSource {
  /** Null until a first revision is active. */
  lease(): Lease | null;
}
