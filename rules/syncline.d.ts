// Written by `syncline types` from the mappings and the committed schemas, for editors. Do not edit: run it again.
declare module "syncline" {
  /**
   * Everything a rule file may import: `import { link } from "syncline"`.
   *
   * A rule sees `number` fields as numbers (as text where a number cannot hold them exactly), `boolean` fields as booleans, fields with several
   * values as arrays, and everything else as text. Empty is `null`, or `[]` where several values fit.
   */
  export type RuleValue = null | string | number | boolean | readonly string[];

  /**
   * The connections of the configuration, their links, and per endpoint its fields. Filled in from the mappings and the committed schemas: by the
   * check of every commit, and for an editor by the declarations beside the rules. While it is empty, every name passes.
   */
  export interface Connections {}

  /** What the generated types say of one endpoint of a link. */
  export interface EndpointFields {
    /** What a rule can read: the mapped fields, those under `reads`, and `id`. */
    readonly read: object;
    /** What an incoming rule can set. */
    readonly write: object;
    /** Field names by the label that people see, where no two fields share it. */
    readonly labels?: object;
    /** Names of the fields that hold references. */
    readonly references?: string;
    /** What each value map of the mapping can give, as this endpoint's rules use it. */
    readonly valueMaps?: object;
  }

  interface LooseFields extends EndpointFields {
    readonly read: { readonly id: string; readonly [field: string]: any };
    readonly write: { [field: string]: any };
  }

  type Loose = Readonly<Record<string, LooseFields>>;
  type Known = keyof Connections & string;
  type ConnectionName = [Known] extends [never] ? string : Known;
  type LinkName<C> = C extends Known ? keyof Connections[C] & string : string;
  type Link<C, L> = C extends Known ? (L extends keyof Connections[C] ? Connections[C][L] : Loose) : Loose;

  type Read<E> = E extends EndpointFields ? E["read"] : LooseFields["read"];
  type Write<E> = E extends EndpointFields ? E["write"] : LooseFields["write"];
  type Labels<E> = E extends { readonly labels: infer L } ? L : Record<string, string>;
  /** Labels by field name. */
  type LabelOf<E> = { [L in keyof Labels<E> as Labels<E>[L] & PropertyKey]: L };
  /** The same fields by their labels, `issue.byLabel["Customer"]`: those that `T` has, as it has them. */
  type ByLabel<E, T> = {
    [F in keyof T as F extends keyof LabelOf<E> ? LabelOf<E>[F] & PropertyKey : never]: T[F];
  };
  type Readable<E> = Read<E> & { readonly byLabel: Readonly<ByLabel<E, Read<E>>> };
  type Writable<E> = Write<E> & { readonly byLabel: ByLabel<E, Write<E>> };
  /** What an outgoing rule fills: fields, and whatever else the other side's rules should know. No objects: only values travel. */
  type Sent<E> = Mutable<Read<E>> & { readonly byLabel: ByLabel<E, Mutable<Read<E>>> } & Record<string, RuleValue>;
  type Received<E> = Readable<E> & Readonly<Record<string, RuleValue>>;
  type Maps<E> = E extends { readonly valueMaps: infer M }
    ? M
    : Record<string, { readonly outgoing: string; readonly incoming: string }>;
  type Given<E, N, Way extends "outgoing" | "incoming"> = N extends keyof Maps<E>
    ? Maps<E>[N] extends { readonly [K in Way]: infer V }
      ? V
      : string
    : string;
  type ReferenceName<E> = E extends { readonly references: infer R } ? R & string : string;
  type Mutable<T> = { -readonly [K in keyof T]: T[K] };
  /** The other endpoint of a link that has two. */
  type Other<Ends, E extends keyof Ends> = Exclude<keyof Ends, E> extends never ? Ends[E] : Ends[Exclude<keyof Ends, E>];

  /** Shows under the record in the log and in the run report. Anything but text is shown as JSON. */
  export type Log = (...values: readonly unknown[]) => void;

  /** Without a field: this record is not synchronised, with `message` as the reason. With one: only that field is left as it is. */
  export interface Fail<Field> {
    (message: string): never;
    (message: string, where: { readonly field: Field }): void;
  }

  /** `value` is what is written into a field. `unknown`: this tracker cannot tell, Agile Manager of its users for one. */
  export type Found<V extends string = string> =
    | { readonly status: "found"; readonly value: V; readonly name: string }
    | { readonly status: "ambiguous"; readonly candidates: readonly string[] }
    | { readonly status: "missing" }
    | { readonly status: "unknown" };

  type OneOf<T> = T extends readonly (infer I)[] ? I & string : T & string;

  /**
   * Questions to the tracker of the rule's own endpoint: `await` each of them. They are answered once in a run and written to the log. A rule that asks is
   * run again from its beginning with the answers, so that it must not depend on how often it runs.
   */
  export interface LookUps<E> {
    /** By login, e-mail address or shown name, without regard to letter case. */
    user(text: string): Promise<Found>;
    /** A value of a list field, whatever its letter case. */
    option<F extends keyof Write<E> & string>(field: F, value: string): Promise<Found<OneOf<Write<E>[F]>>>;
    /** What a reference field may point at, by name or by full path (`\\Folder\\Name`). */
    reference(field: ReferenceName<E>, name: string): Promise<Found>;
    release(name: string): Promise<Found>;
    /** The id that a record of the side that sends has here (incoming), or that a record of this side has there (outgoing). */
    partner(id: string): Promise<Found>;
  }

  interface Common<E, From, Way extends "outgoing" | "incoming"> {
    /** True while the record has no partner yet. */
    readonly creating: boolean;
    /** The record that travels as both sides last agreed; `null` while nothing is agreed. */
    readonly previous: Readable<From> | null;
    /** Whether a field of the record that travels is no longer what both sides last agreed on; false while nothing is agreed. */
    changed(field: keyof Read<From> & string): boolean;
    /** Values that a field of the record that travels has got since, and has lost since. */
    added(field: keyof Read<From> & string): readonly string[];
    removed(field: keyof Read<From> & string): readonly string[];
    /** What a value map makes of a value in this direction; a value that it does not have becomes `otherwise`, or stays as it is. */
    valueMap<N extends keyof Maps<E> & string>(name: N, value: string | null): string | null;
    valueMap<N extends keyof Maps<E> & string, T>(name: N, value: string | null, otherwise: T): Given<E, N, Way> | T;
    readonly lookup: LookUps<E>;
    /** When the record that travels last changed, by its tracker's clock: `YYYY-MM-DDTHH:mm:ssZ`; `null` where the tracker does not say. */
    readonly changedAt: string | null;
    /** A UUID. The first that a rule makes for a record is always the same, so is the second, and so on. */
    newId(): string;
    readonly log: Log;
  }

  export interface Outgoing<E> extends Common<E, E, "outgoing"> {
    /** The local record as it stands. */
    readonly issue: Readable<E>;
    /** What the other side gets: the local fields by their names here, to be changed, and whatever else its rules should know. */
    readonly replica: Sent<E>;
    readonly fail: Fail<keyof Read<E>>;
    /** Leaves both records alone from now on; a record without a partner gets none. */
    unlink(reason: string): void;
  }

  export interface Incoming<E, From> extends Common<E, From, "incoming"> {
    /** What the other side sent, by its field names. */
    readonly replica: Received<From>;
    /** What will be written here: what the mapping proposes, to be changed. */
    readonly issue: Writable<E>;
    /** The local record as it stands; `null` when it is about to be created. */
    readonly current: Readable<E> | null;
    /** The local record as both sides last agreed; `null` while nothing is agreed. */
    readonly base: Readable<E> | null;
    readonly fail: Fail<keyof Write<E>>;
    /** When a record is about to be created: pairs the replica with this record instead. */
    adopt(key: string, reason: string): void;
    unlink(reason: string): void;
  }

  /** Whether an attachment of the local record is sent: not after `return false`. */
  export interface AttachmentRule<E> {
    readonly attachment: { readonly name: string; readonly description: string; readonly size: number | null };
    readonly issue: Readable<E>;
    readonly creating: boolean;
    readonly log: Log;
  }

  /** Whether a comment of the local record is sent, and as what: not after `return false`; `body` may be changed, in this side's markup. */
  export interface CommentRule<E> {
    readonly comment: {
      body: string;
      readonly author: string | null;
      readonly authorName: string;
      readonly at: string | null;
      readonly private: boolean;
    };
    readonly issue: Readable<E>;
    readonly creating: boolean;
    readonly log: Log;
  }

  export interface EndpointRules<E, From> {
    /** Decides what this endpoint sends of a record. */
    outgoing?(context: Outgoing<E>): void | Promise<void>;
    /** Has the last word on what is written into a record of this endpoint. */
    incoming?(context: Incoming<E, From>): void | Promise<void>;
    attachment?(context: AttachmentRule<E>): boolean | undefined;
    comment?(context: CommentRule<E>): boolean | undefined;
  }

  /** The rules of one link, by endpoint name. */
  export type LinkRules<C extends string, L extends string> = {
    readonly [E in keyof Link<C, L>]?: EndpointRules<Link<C, L>[E], Other<Link<C, L>, E>>;
  };

  /** Gives a link's rules their types; `export default link<"connection", "link">({ … })`. */
  export function link<C extends ConnectionName, L extends LinkName<C>>(rules: LinkRules<C, L>): LinkRules<C, L>;

  interface PaymentsDefectsAlm {
    /** The record's own id in the tracker. */
    readonly id: string;
    /** Summary: a text, 255 bytes at most. Required. */
    readonly "name": string | null;
    /** Description: formatted text. */
    readonly "description": string | null;
    /** Severity: a list value. Required. Values: 1-Low, 2-Medium, 3-High, 4-Very High, 5-Urgent. */
    readonly "severity": "1-Low" | "2-Medium" | "3-High" | "4-Very High" | "5-Urgent" | null;
    /** Status: a list value. Values: Closed, Fixed, New, Open, Rejected, Reopen. */
    readonly "status": "Closed" | "Fixed" | "New" | "Open" | "Rejected" | "Reopen" | null;
    /** Assigned To: a user (a login). */
    readonly "owner": string | null;
    /** Target Release: a reference to a release. */
    readonly "target-rel": string | null;
    /** Target Cycle: a reference to a release-cycle. */
    readonly "target-rcyc": string | null;
    /** Platforms: list values. Values: Android, iOS, Linux, macOS, Web, Windows. */
    readonly "user-02": readonly ("Android" | "iOS" | "Linux" | "macOS" | "Web" | "Windows")[];
    /** Customer: a text, 40 bytes at most. */
    readonly "user-03": string | null;
    /** Promised On: a date (YYYY-MM-DD). */
    readonly "user-06": string | null;
    /** Effort (float): a text, 20 bytes at most. */
    readonly "user-07": string | null;
    /** Agile Manager ID: a number. */
    readonly "user-04": number | null;
  }

  interface PaymentsDefectsAlmWrite {
    /** Summary: a text, 255 bytes at most. Required. */
    "name"?: string | null;
    /** Description: formatted text. */
    "description"?: string | null;
    /** Severity: a list value. Required. Values: 1-Low, 2-Medium, 3-High, 4-Very High, 5-Urgent. */
    "severity"?: "1-Low" | "2-Medium" | "3-High" | "4-Very High" | "5-Urgent" | null;
    /** Status: a list value. Values: Closed, Fixed, New, Open, Rejected, Reopen. */
    "status"?: "Closed" | "Fixed" | "New" | "Open" | "Rejected" | "Reopen" | null;
    /** Assigned To: a user (a login). */
    "owner"?: string | null;
    /** Target Release: a reference to a release. */
    "target-rel"?: string | null;
    /** Target Cycle: a reference to a release-cycle. */
    "target-rcyc"?: string | null;
    /** Platforms: list values. Values: Android, iOS, Linux, macOS, Web, Windows. */
    "user-02"?: readonly ("Android" | "iOS" | "Linux" | "macOS" | "Web" | "Windows")[] | null;
    /** Customer: a text, 40 bytes at most. */
    "user-03"?: string | null;
    /** Promised On: a date (YYYY-MM-DD). */
    "user-06"?: string | null;
    /** Effort (float): a text, 20 bytes at most. */
    "user-07"?: string | null;
    /** Agile Manager ID: a number. */
    "user-04"?: number | null;
    /** Creation Method: a text, 30 bytes at most. */
    "user-05"?: string | null;
    /** Detected By: a user (a login). Required. */
    "detected-by"?: string | null;
    /** Actual Fix Time: a number. */
    "actual-fix-time"?: number | null;
    /** Attachment: a text, 1 bytes at most. Read-only. */
    readonly "attachment"?: string | null;
    /** Closing Date: a date (YYYY-MM-DD). */
    "closing-date"?: string | null;
    /** Closed in Version: a list value. Values: Version 1.0, Version 2.0, Version 3.0, Version 4.0. */
    "closing-version"?: "Version 1.0" | "Version 2.0" | "Version 3.0" | "Version 4.0" | null;
    /** Detected on Date: a date (YYYY-MM-DD). Required. */
    "creation-time"?: string | null;
    /** Detected in Cycle: a reference to a release-cycle. */
    "detected-in-rcyc"?: string | null;
    /** Detected in Release: a reference to a release. */
    "detected-in-rel"?: string | null;
    /** Detected in Version: a list value. Values: Version 1.0, Version 2.0, Version 3.0, Version 4.0. */
    "detection-version"?: "Version 1.0" | "Version 2.0" | "Version 3.0" | "Version 4.0" | null;
    /** Comments: formatted text. */
    "dev-comments"?: string | null;
    /** Estimated Fix Time: a number. */
    "estimated-fix-time"?: number | null;
    /** Has Linkage: a text. Read-only. */
    readonly "has-linkage"?: string | null;
    /** Has Others Linkage: a text. Read-only. */
    readonly "has-others-linkage"?: string | null;
    /** Modified: a datetime (YYYY-MM-DDTHH:mm:ssZ). Read-only. */
    readonly "last-modified"?: string | null;
    /** Planned Closing Version: a list value. Values: Version 1.0, Version 2.0, Version 3.0, Version 4.0. */
    "planned-closing-ver"?: "Version 1.0" | "Version 2.0" | "Version 3.0" | "Version 4.0" | null;
    /** Priority: a list value. Values: 1-Low, 2-Medium, 3-High, 4-Very High, 5-Urgent. */
    "priority"?: "1-Low" | "2-Medium" | "3-High" | "4-Very High" | "5-Urgent" | null;
    /** Project: a list value, 70 bytes at most. Values: Payments, Mobile Wallet, Core Ledger. */
    "project"?: string | null;
    /** Reproducible: a list value. Values: N, Y. */
    "reproducible"?: "N" | "Y" | null;
    /** Subject: a number. */
    "subject"?: number | null;
    /** External Key: a text, 255 bytes at most. */
    "user-01"?: string | null;
    /** Workaround: formatted text. */
    "user-08"?: string | null;
    /** Version Stamp: a number. Read-only. */
    readonly "ver-stamp"?: number | null;
  }

  interface PaymentsDefectsAlmFields {
    readonly read: PaymentsDefectsAlm;
    readonly write: PaymentsDefectsAlmWrite;
    readonly labels: {
      readonly "Actual Fix Time": "actual-fix-time";
      readonly "Attachment": "attachment";
      readonly "Closing Date": "closing-date";
      readonly "Closed in Version": "closing-version";
      readonly "Detected on Date": "creation-time";
      readonly "Description": "description";
      readonly "Detected By": "detected-by";
      readonly "Detected in Cycle": "detected-in-rcyc";
      readonly "Detected in Release": "detected-in-rel";
      readonly "Detected in Version": "detection-version";
      readonly "Comments": "dev-comments";
      readonly "Estimated Fix Time": "estimated-fix-time";
      readonly "Has Linkage": "has-linkage";
      readonly "Has Others Linkage": "has-others-linkage";
      readonly "Modified": "last-modified";
      readonly "Summary": "name";
      readonly "Assigned To": "owner";
      readonly "Planned Closing Version": "planned-closing-ver";
      readonly "Priority": "priority";
      readonly "Project": "project";
      readonly "Reproducible": "reproducible";
      readonly "Severity": "severity";
      readonly "Status": "status";
      readonly "Subject": "subject";
      readonly "Target Cycle": "target-rcyc";
      readonly "Target Release": "target-rel";
      readonly "External Key": "user-01";
      readonly "Platforms": "user-02";
      readonly "Customer": "user-03";
      readonly "Agile Manager ID": "user-04";
      readonly "Creation Method": "user-05";
      readonly "Promised On": "user-06";
      readonly "Effort (float)": "user-07";
      readonly "Workaround": "user-08";
      readonly "Version Stamp": "ver-stamp";
    };
    readonly references: "detected-in-rcyc" | "detected-in-rel" | "target-rcyc" | "target-rel";
    readonly valueMaps: {
      readonly "severity": { readonly outgoing: "Low" | "Medium" | "High" | "Critical"; readonly incoming: "1-Low" | "2-Medium" | "3-High" | "5-Urgent" };
      readonly "status": { readonly outgoing: "New" | "Open" | "Fixed" | "Closed" | "Rejected"; readonly incoming: "Fixed" | "Open" | "Rejected" | "New" | "Closed" };
    };
  }

  interface PaymentsDefectsAgm {
    /** The record's own id in the tracker. */
    readonly id: string;
    /** Name: a text. Required. */
    readonly "name": string | null;
    /** Description: formatted text. */
    readonly "description": string | null;
    /** Severity: a list value. Values: Critical, High, Low, Medium. */
    readonly "severity": string | null;
    /** Defect status: a list value. Values: Fixed, New, Open, Rejected. */
    readonly "defect_status": string | null;
    /** Assigned to: a user (a login). */
    readonly "assigned_to": string | null;
    /** Release: a reference to a release. */
    readonly "release_id": string | null;
    /** Sprint: a reference to a sprint. */
    readonly "sprint_id": string | null;
    /** user_02: list values. Values: Android, Linux, Web, Windows, iOS, macOS. */
    readonly "user_02": readonly string[];
    /** user_03: a text. */
    readonly "user_03": string | null;
    /** user_04: a date (YYYY-MM-DD). */
    readonly "user_04": string | null;
    /** Story points: a number. */
    readonly "story_points": number | null;
    /** Creation date: a date (YYYY-MM-DD). Read-only. */
    readonly "creation_date": string | null;
    /** user_01_d: a number. */
    readonly "user_01_d": number | null;
  }

  interface PaymentsDefectsAgmWrite {
    /** Name: a text. Required. */
    "name"?: string | null;
    /** Description: formatted text. */
    "description"?: string | null;
    /** Severity: a list value. Values: Critical, High, Low, Medium. */
    "severity"?: string | null;
    /** Defect status: a list value. Values: Fixed, New, Open, Rejected. */
    "defect_status"?: string | null;
    /** Assigned to: a user (a login). */
    "assigned_to"?: string | null;
    /** Release: a reference to a release. */
    "release_id"?: string | null;
    /** Sprint: a reference to a sprint. */
    "sprint_id"?: string | null;
    /** user_02: list values. Values: Android, Linux, Web, Windows, iOS, macOS. */
    "user_02"?: readonly string[] | null;
    /** user_03: a text. */
    "user_03"?: string | null;
    /** user_04: a date (YYYY-MM-DD). */
    "user_04"?: string | null;
    /** Story points: a number. */
    "story_points"?: number | null;
    /** Creation date: a date (YYYY-MM-DD). Read-only. */
    readonly "creation_date"?: string | null;
    /** user_01_d: a number. */
    "user_01_d"?: number | null;
    /** user_07: a text. */
    "user_07"?: string | null;
    /** Actual: a number. Read-only. */
    readonly "actual"?: number | null;
    /** Application: a reference to an application. */
    "application_id"?: string | null;
    /** Archive status: a number. */
    "archive_status"?: number | null;
    /** Author: a user (a login). Read-only. */
    readonly "author"?: string | null;
    /** Blocked: a text. */
    "blocked"?: string | null;
    /** Closing date: a date (YYYY-MM-DD). */
    "closing_date"?: string | null;
    /** Cover status: a text. Read-only. */
    readonly "cover_status"?: string | null;
    /** Defect priority: a list value. */
    "defect_priority"?: string | null;
    /** Detected by: a user (a login). */
    "detected_by"?: string | null;
    /** Detected in rel: a reference to a release. */
    "detected_in_rel"?: string | null;
    /** Detected in sprint: a reference to a sprint. */
    "detected_in_sprint"?: string | null;
    /** Detection date: a date (YYYY-MM-DD). */
    "detection_date"?: string | null;
    /** Dev comments: formatted text. */
    "dev_comments"?: string | null;
    /** Done status date: a date (YYYY-MM-DD). Read-only. */
    readonly "done_status_date"?: string | null;
    /** Estimated: a number. Read-only. */
    readonly "estimated"?: number | null;
    /** failed_acceptance_tests: a text. */
    "failed_acceptance_tests"?: string | null;
    /** Feature: a reference to a feature. */
    "feature_id"?: string | null;
    /** Fixed on date: a date (YYYY-MM-DD). */
    "fixed_on_date"?: string | null;
    /** initial_estimate: a text. */
    "initial_estimate"?: string | null;
    /** Invested: a number. Read-only. */
    readonly "invested"?: number | null;
    /** Item: a number. Read-only. */
    readonly "item_id"?: number | null;
    /** Kan parent duration: a number. Read-only. */
    readonly "kan_parent_duration"?: number | null;
    /** Kan status duration: a number. Read-only. */
    readonly "kan_status_duration"?: number | null;
    /** Kanban parent status: a text. Read-only. */
    readonly "kanban_parent_status_id"?: string | null;
    /** Kanban status: a text. Read-only. */
    readonly "kanban_status_id"?: string | null;
    /** Last modified: a datetime (YYYY-MM-DDTHH:mm:ssZ). Read-only. */
    readonly "last_modified"?: string | null;
    /** num_of_defects: a text. */
    "num_of_defects"?: string | null;
    /** Num of tasks: a number. Read-only. */
    readonly "num_of_tasks"?: number | null;
    /** num_of_user_stories: a text. */
    "num_of_user_stories"?: string | null;
    /** Parent: a reference to a feature or theme. */
    "parent"?: string | null;
    /** passed_acceptance_tests: a text. */
    "passed_acceptance_tests"?: string | null;
    /** pending_acceptance_tests: a text. */
    "pending_acceptance_tests"?: string | null;
    /** Rank: a number. */
    "rank"?: number | null;
    /** Remaining: a number. Read-only. */
    readonly "remaining"?: number | null;
    /** Status: a list value. Values: New. */
    "status"?: string | null;
    /** Status duration: a number. Read-only. */
    readonly "status_duration"?: number | null;
    /** Story priority: a list value. */
    "story_priority"?: string | null;
    /** Subtype: a text. Read-only. */
    readonly "subtype"?: string | null;
    /** Team: a reference to a team. */
    "team_id"?: string | null;
    /** Theme: a reference to a theme. */
    "theme_id"?: string | null;
    /** Type: a text. Read-only. */
    readonly "type"?: string | null;
    /** user_05: a text. */
    "user_05"?: string | null;
    /** user_08: a text. */
    "user_08"?: string | null;
    /** user_09: a text. */
    "user_09"?: string | null;
    /** user_10: a text. */
    "user_10"?: string | null;
  }

  interface PaymentsDefectsAgmFields {
    readonly read: PaymentsDefectsAgm;
    readonly write: PaymentsDefectsAgmWrite;
    readonly labels: {
      readonly "Actual": "actual";
      readonly "Application": "application_id";
      readonly "Archive status": "archive_status";
      readonly "Assigned to": "assigned_to";
      readonly "Author": "author";
      readonly "Blocked": "blocked";
      readonly "Closing date": "closing_date";
      readonly "Cover status": "cover_status";
      readonly "Creation date": "creation_date";
      readonly "Defect priority": "defect_priority";
      readonly "Defect status": "defect_status";
      readonly "Description": "description";
      readonly "Detected by": "detected_by";
      readonly "Detected in rel": "detected_in_rel";
      readonly "Detected in sprint": "detected_in_sprint";
      readonly "Detection date": "detection_date";
      readonly "Dev comments": "dev_comments";
      readonly "Done status date": "done_status_date";
      readonly "Estimated": "estimated";
      readonly "failed_acceptance_tests": "failed_acceptance_tests";
      readonly "Feature": "feature_id";
      readonly "Fixed on date": "fixed_on_date";
      readonly "initial_estimate": "initial_estimate";
      readonly "Invested": "invested";
      readonly "Item": "item_id";
      readonly "Kan parent duration": "kan_parent_duration";
      readonly "Kan status duration": "kan_status_duration";
      readonly "Kanban parent status": "kanban_parent_status_id";
      readonly "Kanban status": "kanban_status_id";
      readonly "Last modified": "last_modified";
      readonly "Name": "name";
      readonly "num_of_defects": "num_of_defects";
      readonly "Num of tasks": "num_of_tasks";
      readonly "num_of_user_stories": "num_of_user_stories";
      readonly "Parent": "parent";
      readonly "passed_acceptance_tests": "passed_acceptance_tests";
      readonly "pending_acceptance_tests": "pending_acceptance_tests";
      readonly "Rank": "rank";
      readonly "Release": "release_id";
      readonly "Remaining": "remaining";
      readonly "Severity": "severity";
      readonly "Sprint": "sprint_id";
      readonly "Status": "status";
      readonly "Status duration": "status_duration";
      readonly "Story points": "story_points";
      readonly "Story priority": "story_priority";
      readonly "Subtype": "subtype";
      readonly "Team": "team_id";
      readonly "Theme": "theme_id";
      readonly "Type": "type";
      readonly "user_01_d": "user_01_d";
      readonly "user_02": "user_02";
      readonly "user_03": "user_03";
      readonly "user_04": "user_04";
      readonly "user_05": "user_05";
      readonly "user_07": "user_07";
      readonly "user_08": "user_08";
      readonly "user_09": "user_09";
      readonly "user_10": "user_10";
    };
    readonly references: "application_id" | "detected_in_rel" | "detected_in_sprint" | "feature_id" | "parent" | "release_id" | "sprint_id" | "team_id" | "theme_id";
    readonly valueMaps: {
      readonly "severity": { readonly outgoing: "1-Low" | "2-Medium" | "3-High" | "5-Urgent"; readonly incoming: "Low" | "Medium" | "High" | "Critical" };
      readonly "status": { readonly outgoing: "Fixed" | "Open" | "Rejected" | "New" | "Closed"; readonly incoming: "New" | "Open" | "Fixed" | "Closed" | "Rejected" };
    };
  }

  interface Connections {
    readonly "payments": {
      readonly "defects": {
        readonly "alm": PaymentsDefectsAlmFields;
        readonly "agm": PaymentsDefectsAgmFields;
      };
    };
  }
}

declare module "syncline/test" {
  /**
   * Everything a test of rules may import besides `syncline`: `import { expect, run, test } from "syncline/test"`. `syncline test` runs what stands in
   * `*.test.ts` beside the rules, in the rules' own cage.
   */
  export type TestValue = null | string | number | boolean | readonly string[];
  export type TestFields = Readonly<Record<string, TestValue>>;

  /** What `syncline record` wrote: import it from its JSON file. */
  export type Fixture = object;

  export type TestAnswer =
    | { readonly status: "found"; readonly value: string; readonly name: string }
    | { readonly status: "ambiguous"; readonly candidates: readonly string[] }
    | { readonly status: "missing" }
    | { readonly status: "unknown" };

  /** What a test has otherwise than it was recorded. */
  export interface Changes {
    /** Which endpoint sends; default: the one whose record was recorded. */
    readonly from?: string;
    /** Fields of the record that travels. */
    readonly record?: TestFields;
    /** Fields of its partner; `null`: it has none yet, and one is about to be made. */
    readonly partner?: TestFields | null;
    /** `null`: both sides have agreed on nothing yet. */
    readonly agreed?: null;
    /** Answers to look-ups, by question: `{ "user anna": { status: "missing" } }`. */
    readonly lookups?: Readonly<Record<string, TestAnswer>>;
  }

  /** What came of carrying a record to the other side: outgoing rule, mapping, incoming rule. */
  export interface Carried {
    /** What the other side's record is wanted to hold, by its field names. */
    readonly issue: TestFields;
    /** What the outgoing rule made of the record that travels. */
    readonly replica: TestFields;
    /** Why fields cannot be carried, by the other side's field names. */
    readonly errors: Readonly<Record<string, string>>;
    readonly notes: readonly string[];
    readonly logs: readonly string[];
    readonly adopt: { readonly key: string; readonly reason: string } | null;
    readonly unlink: string | null;
  }

  export type Part =
    | { readonly attachment: { readonly name: string; readonly description?: string; readonly size?: number | null } }
    | {
        readonly comment: {
          readonly body: string;
          readonly author?: string | null;
          readonly authorName?: string;
          readonly at?: string | null;
          readonly private?: boolean;
        };
      };

  export interface Expectation {
    readonly not: Expectation;
    /** The same value. */
    toBe(expected: unknown): void;
    /** The same content. */
    toEqual(expected: unknown): void;
    /** At least these properties, with the same content. */
    toHave(expected: object): void;
    toMatch(expected: RegExp | string): void;
    /** An array with this item, or a text with this part. */
    toContain(expected: unknown): void;
    /** Of a function or a promise: that it fails, for a reason that matches. Await it. */
    toFail(reason?: RegExp | string): Promise<void>;
  }

  export function test(name: string, body: () => void | Promise<void>): void;

  export function expect(actual: unknown): Expectation;

  /** Carries a recorded record to the other side as a run does, without a tracker. Fails where a rule fails, or asks what the fixture has no answer to. */
  export function run(fixture: Fixture, changes?: Changes): Promise<Carried>;

  /** Asks the `attachment` or `comment` rule of the side that sends; `body`: the comment's text as it is sent. */
  export function sends(
    fixture: Fixture,
    part: Part,
    changes?: Changes,
  ): Promise<{ readonly sent: boolean; readonly body: string | null }>;
}
