import { agileManagerConnector } from "../../daemon/connectors/agile-manager/index.ts";
import { almConnector } from "../../daemon/connectors/alm/index.ts";
import { redmineConnector } from "../../daemon/connectors/redmine/index.ts";
import type { Connector, ConnectorType } from "../../daemon/core/connector.ts";
import { createHttp } from "../../daemon/lib/http.ts";
import { type AgileManagerSwitches, startAgileManagerSimulator } from "../../daemon/sandbox/agile-manager/index.ts";
import { type AlmOptions, startAlmSimulator } from "../../daemon/sandbox/alm/index.ts";
import { redmineFacts } from "../trackers/redmine.ts";
import { entityLinkContract, type LinkFixture } from "./entity-links.ts";
import { fact } from "./redmine-fixture.ts";

const { signal } = new AbortController();

function open<S>(type: ConnectorType<S>, settings: unknown, secret: Readonly<Record<string, string>>): Connector {
  const parsed = type.settings(settings);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  const http = createHttp({ userAgent: "contract", now: Date.now, random: () => 0.5, sleep: async () => undefined });
  return type.open(parsed.value, {
    ...{ endpoint: "it", http, now: Date.now, note: () => undefined },
    secret: async () => secret,
  });
}

function text(value: string | number | undefined): string {
  return String(value ?? "");
}

type AlmGiven = AlmOptions & { readonly key?: boolean; readonly pageSize?: number };

async function almLinks({ key = false, pageSize, ...options }: AlmGiven): Promise<LinkFixture> {
  const simulator = await startAlmSimulator({ ...options, content: "empty" });
  const { url, domain, project, ...access } = simulator.access;
  const page = pageSize === undefined ? {} : { page_size: pageSize };
  const secret = key
    ? { "client-id": text(access["client-id"]), "client-secret": text(access["client-secret"]) }
    : { user: text(access["user"]), password: text(access["password"]) };
  const count = { made: 0 };
  return {
    connector: open(almConnector, { url, domain, project, ...page }, secret),
    entity: "defect",
    other: "requirement",
    types: ["Related", "Blocks"],
    directed: { entity: "requirement", type: "Trace" },
    comment: 127,
    make: async (entity) => simulator.admin.create(`${entity}s`, { name: `linked ${count.made++}` }),
    drop: async (entity, id) => simulator.admin.remove(`${entity}s`, id),
    close: () => simulator.close(),
  };
}

/** S30: nothing hangs on how the account signs in, an API key among it, which is what sites with single sign-on have. */
const ALM: Readonly<Record<string, AlmGiven>> = {
  "17": {},
  "12.55": { version: "12.55", switches: { childrenTouchParent: true } },
  "16, S30 signed in by API key": {
    version: "16",
    key: true,
    switches: { emptySpelling: "null", shuffleFields: false },
  },
  "26.1, small pages": { version: "26.1", pageSize: 5, switches: { maxPageSize: 5, emptySpelling: "missing" } },
};
for (const [name, options] of Object.entries(ALM)) entityLinkContract(`ALM ${name}`, () => almLinks(options));

async function agileManagerLinks(switches: Partial<AgileManagerSwitches>): Promise<LinkFixture> {
  const simulator = await startAgileManagerSimulator({
    content: "empty",
    switches: { entityLinks: "assumed", ...switches },
  });
  const { url, workspace, ...access } = simulator.access;
  const secret = { "client-id": text(access["client-id"]), "client-secret": text(access["client-secret"]) };
  const count = { made: 0 };
  return {
    connector: open(agileManagerConnector, { url, workspace }, secret),
    entity: "defect",
    other: "user_story",
    types: ["", ""],
    directed: null,
    comment: 0,
    make: async (subtype) =>
      String(simulator.admin.create("backlog_items", { subtype, name: `linked ${count.made++}` })),
    drop: async (_, id) => simulator.admin.remove("backlog_items", Number(id)),
    close: () => simulator.close(),
  };
}

entityLinkContract("agile-manager", () => agileManagerLinks({}));
entityLinkContract("agile-manager, other readings", () =>
  agileManagerLinks({
    ...{ singleGet: "bare", deleteAnswer: "empty", errorBody: "alm", refWriteBareId: false, defaultPage: 3 },
    ...{ maxPage: 100, orderByOnly: true, queryExtras: "refused" },
  }),
);

/** Other tests work in the same Redmine at the same time, but none with this tracker of this project. */
entityLinkContract("redmine", async () => {
  const facts = redmineFacts(process.env);
  if (typeof facts === "string") return facts;
  const settings = { url: fact(facts, "REDMINE_URL"), project: "beta", tracker: "Feature" };
  const secret = { "api-key": fact(facts, "REDMINE_API_KEY") };
  const connector = open(redmineConnector, settings, secret);
  const janitor = open(redmineConnector, settings, secret);
  const made: string[] = [];
  return {
    connector,
    entity: "issue",
    other: null,
    types: ["relates", "blocks"],
    directed: { entity: "issue", type: "precedes" },
    comment: 0,
    async make() {
      const [one] = await janitor.create("issue", [{ ref: "x", fields: { subject: `linked ${made.length}` } }], signal);
      if (one?.ok !== true) throw one?.error ?? new Error("no outcome");
      made.push(one.record.id);
      return one.record.id;
    },
    drop: async (_, id) => void (await janitor.remove("issue", [id], signal)),
    async close() {
      await janitor.remove("issue", made, signal);
      await janitor.close();
    },
  };
});
