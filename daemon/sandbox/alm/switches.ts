import type { Profile } from "./profile.ts";

/** Points on which real servers differ or which nobody could verify. Each is tested both ways by whoever talks to this simulator. */
export interface AlmSwitches {
  /** Answer to a call whose session has run out. */
  readonly expiredStatus: 401 | 403;
  readonly expiredBody: "none" | "html" | "QCRestException";
  /** A run-out site session is replaced in silence while the sign-in still holds; only its locks are gone. */
  readonly expiredRenews: boolean;
  /** Idle limits by the simulator's clock, minutes. */
  readonly siteIdleMinutes: number;
  readonly signInIdleMinutes: number;
  /** Every answer sets a new LWSSO_COOKIE_KEY; the older ones stay good. */
  readonly rollingSignIn: boolean;
  readonly signInStatus: 200 | 201;
  readonly siteSessionStatus: 200 | 201;
  readonly logoutStatus: 200 | 500;
  /** Answer to cookies that were signed out. */
  readonly signedOutStatus: 401 | 500;
  readonly getLogout: boolean;
  readonly xsrf: boolean;
  /** Only API keys may sign in, and client types on the list. */
  readonly apiKeyOnly: boolean;
  readonly clientTypes: readonly string[];
  /** `sa/version`, `site-version` and `server/time` want a sign-in. */
  readonly versionNeedsSignIn: boolean;
  /** Answer for a project that exists but not for this user. */
  readonly foreignProjectStatus: 401 | 403 | 404;
  /** Scheme, host and port that the server believes it has: shows in realm and Location. Null: the true address. */
  readonly internalUrl: string | null;

  readonly defaultPageSize: number;
  readonly maxPageSize: number;
  /** A page-size above the maximum: applied as the maximum, refused, or granted. */
  readonly overMaxPageSize: "cap" | "error" | "grant";
  readonly zeroStartIndex: "first" | "error";
  readonly querySyntaxStatus: 400 | 404;
  readonly caseSensitive: boolean;
  /** `field[NOT x]` and `field[<> x]` select records whose field is empty. */
  readonly notMatchesEmpty: boolean;
  readonly emptyTest: "matches-empty" | "matches-nothing" | "error";
  /** Reference fields sort by the referred record's name, or by its id. */
  readonly referenceSorting: "name" | "id";

  /** How an empty field is spelled. `typed` is the product's: by the field's type. */
  readonly emptySpelling: "typed" | "missing" | "empty-list" | "empty-object" | "null" | "empty-text";
  readonly shuffleFields: boolean;
  readonly memo: "normalise" | "verbatim";
  /** A text longer than its field's size in bytes. */
  readonly overlongStatus: 400 | 500;
  /** Writes to fields that are not editable, virtual ones and the id apart, which are always refused. */
  readonly readOnlyWrites: "refuse" | "ignore";
  readonly cycleOfOtherRelease: "accept" | "refuse";
  /** The parent that requirements and release folders at the top show. */
  readonly topParent: 0 | -1;
  /** Requirements created in JSON with `Type` before `Fields`, or `name` not first, or `type-id` not last, fail with 500. */
  readonly jsonOrderQuirk: boolean;
  /** Adding a file, or adding or removing a link, moves last-modified of the records it belongs to. */
  readonly childrenTouchParent: boolean;
  /** Requirements can be traced to one another: seen on 26.1 only, how far back it goes is not known. */
  readonly reqTraces: boolean;
  /** Releases and cycles have last-modified. */
  readonly releaseLastModified: boolean;
  readonly versionControl: boolean;
  /** File name endings that may not be attached, lower case without dot. */
  readonly blockedFiles: readonly string[];
  readonly maxAttachmentBytes: number;
  readonly tooLargeStatus: 413 | 500;
  /** Smaller files fail, as tiny ones did on some old servers. */
  readonly minAttachmentBytes: number;
  /** `…/attachments/{id}?by-id=true` is understood; else the last segment is a name whatever the query says. */
  readonly attachmentsById: boolean;
  /** What a URL attachment gives to whoever asks for its bytes: a text, or 404. */
  readonly urlBytes: "text" | "none";

  readonly maxBulk: number;
  readonly bulkCreateStatus: 200 | 201;
  readonly bulkPartialStatus: 409 | 500;
  readonly bulkXml: "samples" | "xsd";
  readonly bulkOrder: "request" | "reverse";
  /** PUT of one plain entity to a collection: changes every record that the query selects, or is refused. */
  readonly massUpdate: "apply" | "refuse";

  readonly lockStatus: 200 | 201;
  readonly lockFailureStatus: 403 | 500;
  /** A PUT without `X-ALM-keep-lock` gives the caller's lock back. */
  readonly putReleasesLock: boolean;

  readonly auditParentType: "entity" | "table";
  readonly auditDeletions: boolean;
  readonly domainsRoot: "bare" | "wrapped";
  /** Lists of one element become the element in JSON where a client has seen it: domains and projects. */
  readonly collapseSingles: boolean;
  readonly usersJson: "pascal" | "camel";
  readonly stackTrace: string | null;
}

export function defaultSwitches(profile: Profile): AlmSwitches {
  const old = !profile.xsrf;
  return {
    expiredStatus: 401,
    expiredBody: "html",
    expiredRenews: false,
    siteIdleMinutes: 60,
    signInIdleMinutes: 60,
    rollingSignIn: false,
    signInStatus: 200,
    siteSessionStatus: 201,
    logoutStatus: 200,
    signedOutStatus: profile.writeExtras ? 500 : 401,
    getLogout: profile.getLogout,
    xsrf: profile.xsrf,
    apiKeyOnly: false,
    clientTypes: [],
    versionNeedsSignIn: false,
    foreignProjectStatus: 403,
    internalUrl: null,
    defaultPageSize: 100,
    maxPageSize: 2000,
    overMaxPageSize: old ? "error" : "cap",
    zeroStartIndex: "first",
    querySyntaxStatus: 400,
    caseSensitive: false,
    notMatchesEmpty: true,
    emptyTest: "matches-empty",
    referenceSorting: "name",
    emptySpelling: "typed",
    shuffleFields: true,
    memo: "normalise",
    overlongStatus: 400,
    readOnlyWrites: old ? "ignore" : "refuse",
    cycleOfOtherRelease: "accept",
    topParent: 0,
    jsonOrderQuirk: false,
    childrenTouchParent: false,
    reqTraces: !profile.crudeErrors,
    releaseLastModified: true,
    versionControl: false,
    blockedFiles: [],
    maxAttachmentBytes: 30 * 1024 * 1024,
    tooLargeStatus: 500,
    minAttachmentBytes: 0,
    attachmentsById: profile.siteSession,
    urlBytes: "text",
    maxBulk: 2000,
    bulkCreateStatus: 200,
    bulkPartialStatus: profile.crudeErrors ? 500 : 409,
    bulkXml: "samples",
    bulkOrder: "request",
    massUpdate: "apply",
    lockStatus: 200,
    lockFailureStatus: profile.crudeErrors ? 500 : 403,
    putReleasesLock: false,
    auditParentType: "entity",
    auditDeletions: true,
    domainsRoot: "bare",
    collapseSingles: false,
    usersJson: "pascal",
    stackTrace: null,
  };
}
