import { agileManagerFixture } from "./agile-manager-fixture.ts";
import { connectorContract } from "./connector.ts";

connectorContract("agile-manager", () => agileManagerFixture());

/** Every point that the product's documentation leaves open, answered the other way. */
const OTHER_READINGS = {
  singleGet: "bare",
  putAnswer: "empty",
  deleteAnswer: "empty",
  errorBody: "alm",
  orderByOnly: true,
  offsetAlone: "ignored",
  defaultPage: 25,
  bulkPartial: "per-item",
  lastModifiedFilter: "refused",
  stringCompare: "cs",
  refuseUnknownFields: false,
  tokenRenewal: "new",
  refWriteBareId: false,
  queryExtras: "refused",
  emptyText: "kept",
  users: "any",
  taskTouchesItem: true,
} as const;

connectorContract("agile-manager, other readings", () => agileManagerFixture(OTHER_READINGS));

for (const entity of ["user_story", "theme", "feature", "release", "sprint"]) {
  const settings = entity === "user_story" ? { fields: { user_02: "option[]", user_04: "date" } } : {};
  connectorContract(`agile-manager ${entity}`, () => agileManagerFixture({}, settings, entity));
  connectorContract(`agile-manager ${entity}, other readings`, () =>
    agileManagerFixture(OTHER_READINGS, settings, entity),
  );
}

connectorContract("agile-manager, small pages and bare answers", () =>
  agileManagerFixture(
    { putAnswer: "bare", refuseUnknownFields: false, tokenLife: 2, maxPage: 100 },
    { page_size: 100 },
  ),
);
