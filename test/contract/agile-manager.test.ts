import { agileManagerFixture } from "./agile-manager-fixture.ts";
import { connectorContract } from "./connector.ts";

connectorContract("agile-manager", () => agileManagerFixture());

// Every point that the product's documentation leaves open, answered the other way.
connectorContract("agile-manager, other readings", () =>
  agileManagerFixture({
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
  }),
);

connectorContract("agile-manager, small pages and bare answers", () =>
  agileManagerFixture(
    { putAnswer: "bare", refuseUnknownFields: false, tokenLife: 2, maxPage: 100 },
    { page_size: 100 },
  ),
);
