export type FieldKind =
  | "string"
  | "rich"
  | "number"
  | "date"
  | "datetime"
  | "boolean"
  | "option"
  | "user"
  | "reference";

export type Markup = "html" | "plain" | "markdown" | "textile";

/** What a tracker says of one field. Plain data: it is committed as JSON by `syncline schema pull`. */
export interface FieldSchema {
  /** The name used in mappings and rules: the tracker's logical name. */
  readonly name: string;
  readonly label: string;
  readonly kind: FieldKind;
  readonly multiple: boolean;
  /** Must be given when a record is created. */
  readonly required: boolean;
  /** The tracker fills a required field in by itself where nothing is given (E77). */
  readonly defaulted?: boolean;
  readonly readOnly: boolean;
  /** Longest text the tracker stores, in the unit it counts in. */
  readonly maxLength?: { readonly size: number; readonly unit: "bytes" | "characters" };
  /** Of `rich` fields. */
  readonly markup?: Markup;
  /** Of `datetime` fields: the IANA zone in which the tracker shows them, and in which their day is reckoned. Absent: UTC. */
  readonly zone?: string;
  /** The values the tracker's list holds, for `option` fields, in its order. */
  readonly options?: readonly string[];
  /** True where the tracker refuses a value outside `options` (or outside its user list). */
  readonly verified?: boolean;
  /**
   * Of `reference` fields: the entity type referred to, as named in `Connector.directory`. Several stand with `|` between them, the nearest first
   * (`feature|theme`): a value then says which it means, `feature/12`.
   */
  readonly target?: string;
}

/** What a tracker says of one entity type. */
export interface EntitySchema {
  readonly entity: string;
  readonly label: string;
  readonly fields: Readonly<Record<string, FieldSchema>>;
  /** Names that may stand behind the slash of the entity type (`requirement/Functional`), where the tracker has told them. */
  readonly subtypes?: readonly string[];
  /**
   * Regular expressions (source text, anchored) of field names that may exist though they are not listed: user-defined fields of a stock
   * schema that was not read from a server. Empty for a schema read from the tracker.
   */
  readonly open: readonly string[];
}

/** Something a reference field may point at. */
export interface DirectoryEntry {
  readonly id: string;
  readonly name: string;
  /** Full path of names, the tracker's root folder left out, backslash-led: `\Folder\Release 2` (S60). Equals `\name` without folders. */
  readonly path: string;
  /** Id of the owner: a cycle's or sprint's release. */
  readonly parent: string | null;
  /** The directory in which `parent` stands; absent where `parent` is null. */
  readonly parentTarget?: string;
  /** Last day, `YYYY-MM-DD`, of what comes to an end (a release); absent where it has none. */
  readonly until?: string;
  /** Of a team: ids of the releases that it takes part in. */
  readonly releases?: readonly string[];
  /** Of a team, where the tracker tells: true for one of a single release (a feature team), false for one of the whole workspace. */
  readonly bound?: boolean;
}

/** What a tracker lacks for a value to be written: a record that a reference field could point at, or a list value. */
export type MissingValue =
  | {
      readonly kind: "entry";
      readonly target: string;
      readonly name: string;
      /** Id of the owner that it belongs to: a feature's theme. */
      readonly parent: string | null;
    }
  | { readonly kind: "option"; readonly field: string; readonly name: string };

export interface Person {
  /** What is written into a user field. */
  readonly login: string;
  readonly name: string;
  /** In the tracker's order; may be empty. */
  readonly emails: readonly string[];
  readonly active: boolean;
}
