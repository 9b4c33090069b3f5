import type { AlmFixtureOptions } from "./alm-fixture.ts";
import { almFixture } from "./alm-fixture.ts";
import { connectorContract } from "./connector.ts";

/** Releases of the product, and every point on which the reference is unsure, read both ways. */
const VARIANTS: Readonly<Record<string, AlmFixtureOptions>> = {
  "12.55": {},
  "11": { version: "11", zone: "America/St_Johns" },
  "12.01, the smaller readings": {
    version: "12.01",
    switches: {
      expiredStatus: 403,
      expiredBody: "none",
      signInStatus: 201,
      siteSessionStatus: 200,
      emptySpelling: "missing",
      shuffleFields: false,
      memo: "verbatim",
      readOnlyWrites: "refuse",
      overlongStatus: 500,
      bulkCreateStatus: 201,
      bulkPartialStatus: 500,
      usersJson: "camel",
      notMatchesEmpty: false,
      topParent: -1,
    },
  },
  "16 by API key, the other readings": {
    version: "16",
    auth: "apikey",
    zone: "UTC",
    switches: {
      expiredStatus: 403,
      expiredBody: "QCRestException",
      rollingSignIn: true,
      logoutStatus: 500,
      maxPageSize: 50,
      overMaxPageSize: "cap",
      querySyntaxStatus: 404,
      caseSensitive: true,
      emptySpelling: "null",
      readOnlyWrites: "ignore",
      bulkXml: "xsd",
      bulkOrder: "reverse",
      collapseSingles: true,
      domainsRoot: "wrapped",
      lockStatus: 201,
      massUpdate: "refuse",
    },
  },
  "24.1 with small pages refused above the maximum": {
    version: "24.1",
    zone: "Asia/Kathmandu",
    switches: {
      maxPageSize: 100,
      overMaxPageSize: "error",
      emptySpelling: "empty-list",
      expiredRenews: true,
      internalUrl: "http://internal:8080",
    },
  },
  "26.1": {
    version: "26.1",
    zone: "Australia/Lord_Howe",
    switches: { emptySpelling: "empty-object", jsonOrderQuirk: true, stackTrace: "at x" },
  },
  "26.1 in a named zone, empty texts": {
    version: "26.1",
    zone: "Europe/Berlin",
    settings: { zone: "Europe/Berlin" },
    switches: {
      emptySpelling: "empty-text",
      signedOutStatus: 401,
      expiredBody: "none",
      emptyTest: "error",
      versionNeedsSignIn: true,
    },
  },
};

for (const [name, options] of Object.entries(VARIANTS)) connectorContract(`ALM ${name}`, () => almFixture(options));

for (const entity of ["requirement/Functional", "requirement/Business|Functional", "release", "release-cycle"]) {
  connectorContract(`ALM ${entity}`, () => almFixture({ entity }));
  connectorContract(`ALM 26.1 ${entity}`, () => almFixture({ ...VARIANTS["26.1"], entity }));
  connectorContract(`ALM 11 ${entity}`, () => almFixture({ ...VARIANTS["11"], entity }));
}
