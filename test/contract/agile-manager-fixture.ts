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

const ROUTES: Readonly<Record<Operation, { readonly method?: string; readonly path: string }>> = {
  signIn: { path: "/oauth/token" },
  list: { method: "GET", path: "/backlog_items" },
  create: { method: "POST", path: "/backlog_items" },
  update: { method: "PUT", path: "/backlog_items" },
  remove: { method: "DELETE", path: "/backlog_items" },
};

export async function agileManagerFixture(
  switches: Partial<AgileManagerSwitches> = {},
  settings: Readonly<Record<string, unknown>> = {},
): Promise<AgileManagerFixture> {
  const ahead = { ms: 0 };
  const clock = { now: () => Date.now() + ahead.ms };
  const simulator = await startAgileManagerSimulator({ switches, clock, content: "lifelike" });
  const notes: string[] = [];
  const releases = simulator.admin.list("releases").map((release) => String(release["id"]));
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
    entity: "defect",
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
    dropped: switches.refuseUnknownFields === false ? { field: "user_66_d", value: "nobody keeps me" } : null,
    filter: (text) => `name='${text}'`,
    badFilter: "name=",
    checkFilter: agileManagerConnector.checkFilter,
    directory: "sprint",
    noEntity: "requirement",
    noId: "987654321",
    open: async ({ pageSize } = {}) => connect(secret(), pageSize === undefined ? {} : { page_size: pageSize }),
    openRefused: async () => connect({ ...secret(), "client-secret": "wrong" }),
    edit: async (id, fields) => simulator.admin.update("backlog_items", Number(id), toWire(fields)),
    remove: async (id) => simulator.admin.remove("backlog_items", Number(id)),
    arm: ({ on, ...fault }) => simulator.faults.arm({ ...fault, ...ROUTES[on] }),
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
  const number = name === "story_points" || name.endsWith("_id");
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
