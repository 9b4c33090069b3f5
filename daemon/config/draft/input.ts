import type { ConnectorType } from "../../core/connector.ts";
import type { DirectoryEntry, EntitySchema, Person } from "../../core/field.ts";

/** One endpoint as its tracker was found when a connection is drafted. */
export interface DraftSide {
  readonly name: string;
  readonly type: ConnectorType;
  /** The endpoint's table without `type` and `secret`, as somebody wrote it, in that order. */
  readonly settings: Readonly<Record<string, string | number>>;
  /** The same, as the connector type read it. */
  readonly parsed: unknown;
  /** Name of the secret on the host. */
  readonly secret: string;
  /** The account that signs in, where the secret tells; it stands in for a required user. */
  readonly login: string | null;
  /** By entity type as the links name it. */
  readonly schemas: Readonly<Record<string, EntitySchema>>;
  /** As `syncline schema pull` will find them, where a sample of records has shown more than a pull looks at. Absent: as `schemas`. */
  readonly pulled?: Readonly<Record<string, EntitySchema>>;
  /** Whom the tracker lists, or whom its records show where it lists nobody. */
  readonly people: readonly Pick<Person, "login" | "name" | "emails">[];
  /** By target, as far as they were asked for. */
  readonly directories: ReadonlyMap<string, readonly DirectoryEntry[]>;
}

/** What records say of the fields that could hold the partner's id. */
export interface MarkerFindings {
  /** Hold ids of the other side's records already: another tool, or an earlier Syncline, paired them. */
  readonly naming: string | null;
  /** User-defined fields that fit and that none of the records looked at fills. */
  readonly unused: readonly string[];
}

export interface DraftLinkInput {
  readonly name: string;
  readonly left: string;
  readonly right: string;
  readonly markers: { readonly left: MarkerFindings; readonly right: MarkerFindings };
}

export interface DraftInput {
  readonly connection: string;
  readonly left: DraftSide;
  readonly right: DraftSide;
  readonly links: readonly DraftLinkInput[];
  /** `both`, `none`, or the endpoint in which partners may be made. */
  readonly create: string;
}
