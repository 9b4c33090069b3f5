/** What is not known for certain of the real product: each reading can be chosen, so that a client can be shown to survive both. */
export interface AgileManagerSwitches {
  /** Shape of `GET …/{resource}/{id}`. */
  readonly singleGet: "envelope" | "bare";
  /** Body of a successful PUT: the envelope with the whole entity, nothing, or the entity alone. */
  readonly putAnswer: "full" | "empty" | "bare";
  readonly deleteAnswer: "envelope" | "empty";
  /** Body of 4xx answers of the data API. 401 always speaks OAuth. */
  readonly errorBody: "oauth" | "alm";
  /** True: `orderBy` is ignored, only `order-by` orders. */
  readonly orderByOnly: boolean;
  readonly offsetAlone: "honoured" | "ignored";
  /** Largest `limit`; more is refused with 400. */
  readonly maxPage: number;
  readonly defaultPage: number;
  /** A create of several of which one is bad: nothing stored and that one's error, or 409 with `data` (stored) and `errors` (index, reason). */
  readonly bulkPartial: "all-or-nothing" | "per-item";
  /** May `last_modified` stand in `query` and `order-by`. */
  readonly lastModifiedFilter: "allowed" | "refused";
  /** Comparison and sorting of texts in queries: case-insensitive or case-sensitive. */
  readonly stringCompare: "ci" | "cs";
  /** False: a field the entity lacks is dropped from a write without a word. Reading and querying one is refused in any case. */
  readonly refuseUnknownFields: boolean;
  /** Asking for a token before expiry gives the same one, or another one beside it. */
  readonly tokenRenewal: "same" | "new";
  /** Seconds a token lives. */
  readonly tokenLife: number;
  /** May a reference be written as its bare id. */
  readonly refWriteBareId: boolean;
  /** Body of PUT: only the bare object, or `{"data":[{…}]}` as well. */
  readonly putBody: "bare" | "bare-or-data";
  /** `null`, `!`, `*` and backslash escapes in queries. */
  readonly queryExtras: "accepted" | "refused";
  /** Characters, of `name`. */
  readonly nameLength: number;
  /** Characters, of every other one-line text. */
  readonly stringLength: number;
  /** Whose names may not hold `\`, `^`, `*`: user stories', every backlog item's, nobody's. */
  readonly nameCharacters: "stories" | "items" | "any";
  /** Names of themes and of features are unique in the workspace; older data may not be. */
  readonly uniqueNames: boolean;
  /** An empty text that is written becomes null, or stays. */
  readonly emptyText: "null" | "kept";
  /** Must people in a write be users of the workspace. */
  readonly users: "verified" | "any";
  /** Does an item's team have to be paired with its release in `release_teams`. */
  readonly teamInRelease: boolean;
  /** Does a write to a task move its item's `last_modified`. */
  readonly taskTouchesItem: boolean;
  /** Are `team_type` and `release_id` shown on teams. */
  readonly teamKind: "shown" | "hidden";
  /** The key of `team_members` that holds the login. */
  readonly memberKey: string;
  readonly attachments: "on" | "off";
  readonly maxAttachmentBytes: number;
  /** Does adding or removing a file move its record's `last_modified`. */
  readonly attachmentTouchesParent: boolean;
  readonly audits: "on" | "off";
  /**
   * The documented API has no resource for links between records. `assumed`: our guess at the internal one, `entity_links`, so that a client that
   * looks for it has something to work with.
   */
  readonly entityLinks: "none" | "assumed";
  /** `2016-03-02T08:20:00Z` or `2016-03-02 08:20:00`. */
  readonly auditTime: "iso" | "space";
  /** Answers are compressed where the client accepts gzip. */
  readonly gzip: boolean;
}

export const DEFAULT_SWITCHES: AgileManagerSwitches = {
  singleGet: "envelope",
  putAnswer: "full",
  deleteAnswer: "envelope",
  errorBody: "oauth",
  orderByOnly: false,
  offsetAlone: "honoured",
  maxPage: 2000,
  defaultPage: 100,
  bulkPartial: "all-or-nothing",
  lastModifiedFilter: "allowed",
  stringCompare: "ci",
  refuseUnknownFields: true,
  tokenRenewal: "same",
  tokenLife: 3600,
  refWriteBareId: true,
  putBody: "bare",
  queryExtras: "accepted",
  nameLength: 255,
  stringLength: 255,
  nameCharacters: "stories",
  uniqueNames: true,
  emptyText: "null",
  users: "verified",
  teamInRelease: false,
  taskTouchesItem: false,
  teamKind: "shown",
  memberKey: "user_name",
  attachments: "on",
  maxAttachmentBytes: 30 * 1024 * 1024,
  attachmentTouchesParent: false,
  audits: "on",
  entityLinks: "none",
  auditTime: "iso",
  gzip: false,
};
