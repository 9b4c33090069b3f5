/** Releases of the product whose wire behaviour differs, oldest first. 26.1 is what the vendor calls 20.0 inside. */
const ALM_VERSIONS = ["11", "12.01", "12.55", "16", "17", "24.1", "26.1"] as const;

export type AlmVersion = (typeof ALM_VERSIONS)[number];

/** What a release of the product can do, as far as a client notices. */
export interface Profile {
  readonly version: AlmVersion;
  /** `rest/site-session` exists and project calls need it. */
  readonly siteSession: boolean;
  /** `authentication-point/alm-authenticate` exists. */
  readonly almAuthenticate: boolean;
  readonly jsonSignIn: boolean;
  /** An API key's id and secret work as user and password. */
  readonly keyAsPassword: boolean;
  readonly apiKeys: boolean;
  readonly xsrf: boolean;
  readonly getLogout: boolean;
  readonly v2: boolean;
  readonly deprecatedApi: boolean;
  readonly extensions: boolean;
  readonly userDetails: boolean;
  /** `[DESC,CI]` in order-by. */
  readonly orderIgnoringCase: boolean;
  /** `EQ`, `LT`, … in queries. */
  readonly wordOperators: boolean;
  /** Values can be added to lists. */
  readonly listItems: boolean;
  /** Answers to writes carry EntityStatus, ErrorMessage and ChildrenCount. */
  readonly writeExtras: boolean;
  /** Faults of the content answer 500 where later releases answer 400. */
  readonly crudeErrors: boolean;
}

export function profileOf(version: AlmVersion): Profile {
  const rank = ALM_VERSIONS.indexOf(version);
  const from = (first: AlmVersion): boolean => rank >= ALM_VERSIONS.indexOf(first);
  return {
    version,
    siteSession: from("12.01"),
    almAuthenticate: from("12.01"),
    jsonSignIn: from("17"),
    keyAsPassword: from("16"),
    apiKeys: from("16"),
    xsrf: from("16"),
    getLogout: !from("24.1"),
    v2: from("17"),
    deprecatedApi: from("12.55"),
    extensions: from("12.01"),
    userDetails: from("12.01"),
    orderIgnoringCase: from("17"),
    wordOperators: from("24.1"),
    listItems: from("24.1"),
    writeExtras: from("26.1"),
    crudeErrors: !from("12.01"),
  };
}
