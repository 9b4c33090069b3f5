import { agileManagerConnector } from "../../daemon/connectors/agile-manager/index.ts";
import type { Connector } from "../../daemon/core/connector.ts";
import { ConnectorError } from "../../daemon/core/errors.ts";
import type { Fields, Value } from "../../daemon/core/record.ts";
import { htmlToText, textToHtml } from "../../daemon/fields/html.ts";
import { createHttp } from "../../daemon/lib/http.ts";
import {
  type AgileManagerSimulator,
  type AgileManagerSwitches,
  startAgileManagerSimulator,
} from "../../daemon/sandbox/agile-manager/index.ts";
import type { Fixture, Operation } from "./fixture.ts";

export interface AgileManagerFixture extends Fixture {
  readonly simulator: AgileManagerSimulator;
  /** Everything that connectors of this fixture noted. */
  readonly notes: string[];
  connect(secret: Readonly<Record<string, string>>, settings?: Readonly<Record<string, unknown>>): Connector;
  secret(): Record<string, string>;
}

type Collection = "backlog_items" | "themes" | "features" | "releases" | "sprints";

function routesOf(
  collection: Collection,
): Readonly<Record<Operation, { readonly method?: string; readonly path: string }>> {
  return {
    signIn: { path: "/oauth/token" },
    list: { method: "GET", path: `/${collection}` },
    create: { method: "POST", path: `/${collection}` },
    update: { method: "PUT", path: `/${collection}` },
    remove: { method: "DELETE", path: `/${collection}` },
  };
}

type EntityFixture = Partial<Fixture> & { readonly collection: Collection };

/** What differs from defects. A type whose records have no second text keeps its marker in the name. */
function entityFixture(entity: string, ids: (collection: string) => readonly string[]): EntityFixture {
  const [release = ""] = ids("releases");
  const none = { number: null, date: null, option: null, multi: null, user: null, reference: null };
  const named = { ...none, marker: "name" };
  const two = (collection: string) => [ids(collection)[0] ?? "", ids(collection)[1] ?? ""] as const;
  const [one, other] = two("applications");
  const portfolio = {
    ...named,
    multi: { field: "applications", values: [[one ?? ""], [one ?? "", other ?? ""]] },
  } as const;
  switch (entity) {
    case "defect":
      return { collection: "backlog_items" };
    case "user_story":
      return {
        collection: "backlog_items",
        forbidden: /[\\^*]/g,
        date: { field: "user_04", values: ["2026-03-01", "2026-04-30"] },
        option: { field: "story_priority", values: ["Low", "High"] },
        refused: { field: "story_priority", value: "No such priority" },
        reference: { field: "feature_id", values: two("features") },
      };
    case "theme":
      return {
        ...portfolio,
        collection: "themes",
        option: { field: "theme_type", values: ["Business", "Architectural"] },
        refused: { field: "theme_type", value: "No such type" },
      };
    case "feature":
      return {
        ...portfolio,
        collection: "features",
        number: { field: "story_points", values: ["3", "0.5"] },
        option: { field: "feature_type", values: ["Business", "Architectural"] },
        refused: { field: "feature_type", value: "No such type" },
        reference: { field: "theme_id", values: two("themes") },
        directory: "theme",
      };
    case "release":
      return {
        ...named,
        collection: "releases",
        number: { field: "sprint_duration", values: ["2", "3"] },
        date: { field: "end_date", values: ["2026-03-01", "2026-04-30"] },
        option: { field: "active", values: ["Y", "N"] },
        refused: { field: "active", value: "Perhaps" },
      };
    case "sprint":
      return {
        ...named,
        collection: "sprints",
        rich: null,
        date: { field: "end_date", values: ["2026-03-01", "2026-04-30"] },
        refused: { field: "end_date", value: "next spring" },
        required: { release_id: release },
        directory: "release",
      };
    default:
      throw new Error(`no fixture for ${entity}`);
  }
}

export async function agileManagerFixture(
  switches: Partial<AgileManagerSwitches> = {},
  settings: Readonly<Record<string, unknown>> = {},
  entity = "defect",
): Promise<AgileManagerFixture> {
  const ahead = { ms: 0 };
  const clock = { now: () => Date.now() + ahead.ms };
  const simulator = await startAgileManagerSimulator({ switches, clock, content: "lifelike" });
  const notes: string[] = [];
  const ids = (name: string) => simulator.admin.list(name as Collection).map((row) => String(row["id"]));
  const releases = ids("releases");
  const { collection, ...own } = entityFixture(entity, ids);
  const logins = simulator.admin.list("backlog_items").map((item) => item["assigned_to"]);
  const people = [...new Set(logins.filter((login) => typeof login === "string"))];

  function secret(): Record<string, string> {
    const { access } = simulator;
    return { "client-id": String(access["client-id"]), "client-secret": String(access["client-secret"]) };
  }

  function connect(values: Readonly<Record<string, string>>, more: Readonly<Record<string, unknown>> = {}): Connector {
    const { url, workspace } = simulator.access;
    const parsed = agileManagerConnector.settings({ url, workspace, ...settings, ...more });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
    const http = createHttp({ userAgent: "contract", now: clock.now, random: () => 0.5, sleep: async () => undefined });
    return agileManagerConnector.open(parsed.value, {
      endpoint: "agm",
      http,
      secret: async () => values,
      now: clock.now,
      note: (message) => notes.push(message),
    });
  }

  return {
    simulator,
    notes,
    connect,
    secret,
    entity,
    text: "name",
    rich: "description",
    paragraphs: (lines) => textToHtml(lines.join("\n")),
    plain: (rich) => htmlToText(rich),
    number: { field: "story_points", values: ["3", "0.5"] },
    date: { field: "detection_date", values: ["2026-03-01", "2026-04-30"] },
    option: { field: "severity", values: ["Low", "High"] },
    multi: { field: "user_02", values: [["Linux", "macOS"], ["Windows"]] },
    user: { field: "assigned_to", values: [people[0] ?? "", people[1] ?? ""] },
    reference: { field: "release_id", values: [releases[0] ?? "", releases[1] ?? ""] },
    marker: "user_03",
    required: {},
    refused: { field: "severity", value: "No such severity" },
    dropped: switches.refuseUnknownFields === false ? { field: "user_66", value: "nobody keeps me" } : null,
    filter: (text) => `name='${text}'`,
    badFilter: "name=",
    checkFilter: agileManagerConnector.checkFilter,
    directory: "sprint",
    noEntity: "requirement",
    noId: "987654321",
    ...own,
    open: async ({ pageSize } = {}) => connect(secret(), pageSize === undefined ? {} : { page_size: pageSize }),
    openRefused: async () => connect({ ...secret(), "client-secret": "wrong" }),
    edit: async (id, fields) => simulator.admin.update(collection, Number(id), toWire(fields)),
    remove: async (id) => simulator.admin.remove(collection, Number(id)),
    arm: ({ on, ...fault }) => simulator.faults.arm({ ...fault, ...routesOf(collection)[on] }),
    disarm: () => simulator.faults.clear(),
    expire: async () => simulator.admin.revokeTokens(),
    requests: () => simulator.traffic.total(),
    tick: async () => {
      ahead.ms += 2_000;
    },
    close: () => simulator.close(),
  };
}

function toWire(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, wireOf(name, value)]));
}

function wireOf(name: string, value: Value): unknown {
  const number = name === "story_points" || name === "sprint_duration" || name.endsWith("_id");
  return typeof value === "string" && number ? Number(value) : value;
}

export async function kindOf(call: () => Promise<unknown>): Promise<string> {
  try {
    await call();
    return "no error";
  } catch (error) {
    return error instanceof ConnectorError ? error.kind : String(error);
  }
}
