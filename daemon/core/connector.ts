import type { Ending } from "./entity-type.ts";
import type { ConnectorError } from "./errors.ts";
import type { DirectoryEntry, EntitySchema, FieldSchema, Person } from "./field.ts";
import type { Meanings } from "./meaning.ts";
import type { AttachmentPort, CommentPort, Content, EntityLinkPort } from "./parts.ts";
import type { Fields, Referred, TrackerRecord } from "./record.ts";

/** What the engine must know of a tracker's kind to use it well. Data, so that the engine never asks for a type by name. */
export interface Capabilities {
  /** Most records that one call of each kind should carry; the connector splits further where an address grows too long. */
  readonly batch: { readonly read: number; readonly create: number; readonly update: number; readonly remove: number };
  /** True where `version` moves with every stored write; false where it is a clock with a grain (two writes may share it). */
  readonly exactVersion: boolean;
  /** True where `people` lists the tracker's users. */
  readonly listsPeople: boolean;
  /** Fields that the tracker does not take with a creation, so that `create` sets them by a second request. Absent: none. */
  readonly lateFields?: readonly string[];
  /** Writes in flight at once that this tracker bears. */
  readonly concurrency: number;
  /** Absent: no field depends on another one. */
  readonly bonds?: Bonds;
  /** Fields that move with every write of a record, ours too: its time of change, its version. Absent: none. */
  readonly stamps?: readonly string[];
  /** Absent: nothing. */
  readonly makes?: Makes;
}

/** How fields of one record hang together, by field name. */
export interface Bonds {
  /** Fields for a part of what another field holds, each with that other: a sprint's release, a feature's theme (S48, S55). */
  readonly owners?: Readonly<Record<string, string>>;
  /** Team fields, each with the field of the release whose own teams come first (S64). */
  readonly teams?: Readonly<Record<string, string>>;
}

/** What `create_missing` can make at a tracker (S44, X19): records of the directories `targets`, and values in the lists of option fields. */
export interface Makes {
  readonly targets: readonly string[];
  /** Field names; `any`: every field that has a list. */
  readonly options: readonly string[] | "any";
}

/**
 * Where a record is that a listing did not bring: still `present`; `outside` of what the endpoint and entity type select (moved to another
 * project, made another type); `hidden` from the account; or `gone`.
 */
export type Whereabouts = "present" | "outside" | "hidden" | "gone";

export interface ChangesRequest {
  readonly entity: string;
  /** Fields to read, in the listing itself. `id`, version and modification time always come. */
  readonly fields: readonly string[];
  /** UTC second (`YYYY-MM-DDTHH:mm:ssZ`) by the tracker's clock; records modified at or after it. Null: every record. */
  readonly since: string | null;
}

export interface ChangesPage {
  readonly records: readonly TrackerRecord[];
  /** The tracker's clock when the first request of this listing was answered, UTC second; null where the tracker does not tell. */
  readonly asOf: string | null;
  /** Matches in all, where the tracker says so before the end. For progress only. */
  readonly total: number | null;
}

export interface Draft {
  /** Chosen by the engine, comes back in the outcome; not sent. */
  readonly ref: string;
  readonly fields: Fields;
}

export interface Patch {
  readonly id: string;
  /** Only the fields to change. */
  readonly fields: Fields;
}

/** A field that the tracker did not take although the rest of the write was stored. */
export interface FieldFault {
  readonly field: string;
  readonly message: string;
  /** What it holds by our own doing: a step on the way to what was to be written. Absent: what stood there, or what somebody else wrote. */
  readonly reached?: string;
}

/**
 * What became of one write. `record` holds every written field *as the tracker stored it* (read back where the answer does not tell), and its
 * new version; after an update also fields that are bound to those (`Bonds`), which the tracker may have changed along with them. `faults` names
 * fields that were silently dropped or altered beyond the field kind's own normal form.
 */
export type WriteOutcome =
  | {
      readonly ok: true;
      readonly record: TrackerRecord;
      readonly faults: readonly FieldFault[];
      /** How many writes it took; absent: one. */
      readonly writes?: number;
    }
  | { readonly ok: false; readonly error: ConnectorError };

/** One line of `syncline connection test`. */
export interface Check {
  readonly name: string;
  readonly verdict: "pass" | "warning" | "fail";
  /** What was found; for `warning` and `fail` also what to do. */
  readonly message: string;
}

/** A record that lies below another one, however deep. */
export interface Descendant {
  readonly id: string;
  /** The record right above it. */
  readonly parent: string;
  readonly name: string;
}

/** How records of one tracker lie in one another. Entity types without subtypes; both methods throw `ConnectorError`. */
export interface TreePort {
  /** The record that each one lies in, null for one at the top. Ids that are not there are missing. */
  above(entity: string, ids: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, Referred | null>>;
  /** Records of the same entity type that go with each one when it is removed, whatever their subtype. Every id has an entry. */
  below(
    entity: string,
    ids: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, readonly Descendant[]>>;
}

/**
 * One endpoint, signed in when first needed. Every method throws `ConnectorError`, takes an `AbortSignal`, bounds what it reads, and is safe to
 * call concurrently. Outcomes of the write methods stand in the order of their input and have its length.
 */
export interface Connector {
  readonly capabilities: Capabilities;
  /** Absent where the tracker has no such thing. */
  readonly attachments?: AttachmentPort;
  readonly comments?: CommentPort;
  readonly entityLinks?: EntityLinkPort;
  /** Absent where no record lies in another one. */
  readonly tree?: TreePort;
  /** As `ConnectorType.address`. Absent: records have none. */
  address?(entity: string, id: string): string | null;
  /** Reaches, signs in, finds project, rights and fields: each a check. Never throws for what it tests. */
  test(entities: readonly string[], signal: AbortSignal): Promise<readonly Check[]>;
  /** Throws `notFound` for an entity type that this tracker lacks. */
  describe(entity: string, signal: AbortSignal): Promise<EntitySchema>;
  /** Null where the tracker has no way to list its users. */
  people(signal: AbortSignal): Promise<readonly Person[] | null>;
  /** All records of an entity type that reference fields may point at (`FieldSchema.target`). */
  directory(target: string, signal: AbortSignal): Promise<readonly DirectoryEntry[]>;
  /** Makes a record that reference fields may point at, of a target in `Makes`. `parent`: id of its owner, such as a feature's theme. */
  addEntry?(target: string, name: string, parent: string | null, signal: AbortSignal): Promise<DirectoryEntry>;
  /** Adds a value to the list of a field in `Makes`. */
  addOption?(entity: string, field: string, value: string, signal: AbortSignal): Promise<void>;
  /** Pages in id order, so that a record that changes while pages are read is neither missed nor repeated. */
  changes(request: ChangesRequest, signal: AbortSignal): AsyncIterable<ChangesPage>;
  /** Records by id; ids that are not there are missing from the map. */
  read(
    entity: string,
    ids: readonly string[],
    fields: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, TrackerRecord>>;
  /** Asks for each id by itself, without any filter: only `gone` means deleted. Every id has an answer. */
  whereabouts(entity: string, ids: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, Whereabouts>>;
  /** Of `ids`, those that `filter` (the tracker's own language, as in the mapping) selects. */
  matching(entity: string, ids: readonly string[], filter: string, signal: AbortSignal): Promise<ReadonlySet<string>>;
  /** Records whose `field` equals one of `values`. Used with marker fields to find what a lost answer may have created. */
  find(
    entity: string,
    field: string,
    values: readonly string[],
    fields: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly TrackerRecord[]>;
  create(entity: string, drafts: readonly Draft[], signal: AbortSignal): Promise<readonly WriteOutcome[]>;
  update(entity: string, patches: readonly Patch[], signal: AbortSignal): Promise<readonly WriteOutcome[]>;
  /** Values that one record's field may get from where it stands, for this account; null where the tracker does not tell. Absent: it never does. */
  allowed?(entity: string, id: string, field: string, signal: AbortSignal): Promise<readonly string[] | null>;
  /** Deletes by id. `record` of the outcome is the last known state or carries no fields. A record already gone counts as done. */
  remove(entity: string, ids: readonly string[], signal: AbortSignal): Promise<readonly WriteOutcome[]>;
  /** Signs out where the tracker has sessions and drops connections. Never throws. */
  close(): Promise<void>;
}

/** A mistake in settings or secret: `path` is relative to the endpoint's table, e.g. `["workspace"]`. */
export interface SettingsIssue {
  readonly path: readonly string[];
  readonly message: string;
}

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly issues: readonly SettingsIssue[]; readonly known: readonly string[] };

/** What a connector is given by the host; it never reads files, environment or clocks itself. */
export interface ConnectorHost {
  /** The endpoint's name in logs and errors. */
  readonly endpoint: string;
  readonly http: Http;
  /** The secret as it is now: asked again at each sign-in, so that a rotated one counts. Throws `OperatorError` where the host has none. */
  secret(): Promise<Readonly<Record<string, string>>>;
  /** Milliseconds since 1970, daemon's clock. */
  now(): number;
  /** Says once in the log what a person should know: a reading that the server forced, a capability it lacks. */
  note(message: string): void;
}

/** HTTP as connectors use it; `lib/http.ts` implements it with undici. Retries, timeouts, size limits and counting live there. */
export interface Http {
  send(request: HttpRequest): Promise<HttpAnswer>;
  /**
   * Like `send` for a GET, but the body of a 2xx answer is streamed as it comes, never held whole. Other answers come with `body` null and their
   * text in `answer`. The stream must be read to its end or returned from.
   */
  stream(request: HttpRequest): Promise<HttpStream>;
  close(): Promise<void>;
}

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A `Content` is streamed, with its size as Content-Length. */
  readonly body?: string | Uint8Array | Content;
  readonly signal: AbortSignal;
  /** True where the tracker does the same thing once when asked twice. Default: GET and HEAD only. Decides what is repeated after a lost answer. */
  readonly repeatable?: boolean;
}

export interface HttpStream {
  /** Status and headers; its own body is empty where `body` is not null. */
  readonly answer: HttpAnswer;
  readonly body: AsyncIterable<Uint8Array> | null;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; repeated headers joined by `, ` except set-cookie. */
  readonly headers: Readonly<Record<string, string>>;
  readonly setCookie: readonly string[];
  readonly body: Uint8Array;
  /** The body as UTF-8 whatever the header says; invalid bytes become U+FFFD. */
  text(): string;
}

/** What a kind of tracker offers besides fields, for checks without a server. Lists name entity types without their subtypes. */
export interface PartsOffered {
  /** `mode`: how attachments cross where the mapping does not say; a URL only where both ends have it so (S14). */
  readonly attachments?: { readonly entities: readonly string[]; readonly mode: "url" | "copy" };
  /** `field`: the one text that holds all comments, by entity type. */
  readonly comments?: { readonly entities: readonly string[]; readonly field?: Readonly<Record<string, string>> };
  /** `ends`: by entity type, as `EntityLinkPort.ends`. `types`: the tracker's words for relations; null where a project decides them, empty for none. */
  readonly entityLinks?: {
    readonly ends: Readonly<Record<string, readonly string[]>>;
    readonly types: readonly string[] | null;
  };
}

/** A kind of tracker. `S` is its validated settings. */
export interface ConnectorType<S = unknown> {
  /** As in `type = "…"` of an endpoint. */
  readonly type: string;
  readonly title: string;
  /** Names the values a secret may hold, for documentation and for the check that none stands in the configuration. */
  readonly secretKeys: readonly string[];
  /** Checks an endpoint's table without `type` and `secret`. Pure. */
  settings(input: unknown): Parsed<S>;
  /** What is known of an entity type without asking a server; null for a name this kind of tracker cannot have. */
  stock(entity: string, settings: S): EntitySchema | null;
  /** As in `Capabilities`, for checks without a server. */
  readonly bonds?: Bonds;
  readonly makes?: Makes;
  /** Entity types offered, for suggestions. */
  readonly entities: readonly string[];
  /** Entity types whose records come to an end (E59), without subtypes. Absent: none do. */
  readonly endings?: Readonly<Record<string, Ending>>;
  /** By entity type without subtypes the field that says where a record hangs in its tree (E66). Absent: there are no trees. */
  readonly parents?: Readonly<Record<string, string>>;
  /** What records have besides fields; absent where this kind of tracker has none of it. */
  readonly parts?: PartsOffered;
  /** What its entity types and their system fields are for, so that a mapping can be drafted (E85, X2). Absent: nothing is known. */
  readonly meanings?: Meanings;
  /** The word for a user-defined field under `fields` of the settings, where kinds are guessed unless they are declared. Absent: none need be. */
  declares?(field: FieldSchema): string;
  /** The web address of a record, for people (X23); null for an entity type that has none. Pure. Absent: there are none. */
  address?(settings: S, entity: string, id: string): string | null;
  /** Null where the filter is well-formed, else what is wrong with it. Pure, offline. */
  checkFilter(filter: string): string | null;
  open(settings: S, host: ConnectorHost): Connector;
}
