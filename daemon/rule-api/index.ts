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

export interface Outgoing<E> {
  /** The local record as it stands. */
  readonly issue: Read<E>;
  /** What the other side gets: the local fields by their names here, to be changed, and whatever else its rules should know. */
  readonly replica: Mutable<Read<E>> & Record<string, RuleValue>;
  /** True while the record has no partner yet. */
  readonly creating: boolean;
  readonly log: Log;
  readonly fail: Fail<keyof Read<E>>;
}

export interface Incoming<E, From> {
  /** What the other side sent, by its field names. */
  readonly replica: Read<From> & Readonly<Record<string, RuleValue>>;
  /** What will be written here: what the mapping proposes, to be changed. */
  readonly issue: Write<E>;
  /** The local record as it stands; `null` when it is about to be created. */
  readonly current: Read<E> | null;
  /** True when the record is about to be created. */
  readonly creating: boolean;
  readonly log: Log;
  readonly fail: Fail<keyof Write<E>>;
}

export interface EndpointRules<E, From> {
  /** Decides what this endpoint sends of a record. */
  outgoing?(context: Outgoing<E>): void | Promise<void>;
  /** Has the last word on what is written into a record of this endpoint. */
  incoming?(context: Incoming<E, From>): void | Promise<void>;
}

/** The rules of one link, by endpoint name. */
export type LinkRules<C extends string, L extends string> = {
  readonly [E in keyof Link<C, L>]?: EndpointRules<Link<C, L>[E], Other<Link<C, L>, E>>;
};

/** Gives a link's rules their types; `export default link<"connection", "link">({ … })`. */
export function link<C extends ConnectionName, L extends LinkName<C>>(rules: LinkRules<C, L>): LinkRules<C, L> {
  return rules;
}
