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
// biome-ignore lint/suspicious/noEmptyInterface: filled by declaration merging
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
  // biome-ignore lint/suspicious/noExplicitAny: nothing is known of the fields, and a second complaint would help nobody
  readonly read: { readonly id: string; readonly [field: string]: any };
  // biome-ignore lint/suspicious/noExplicitAny: as above
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
export function link<C extends ConnectionName, L extends LinkName<C>>(rules: LinkRules<C, L>): LinkRules<C, L> {
  return rules;
}
