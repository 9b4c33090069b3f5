import assert from "node:assert/strict";
import { almConnector } from "../../daemon/connectors/alm/index.ts";
import type { Connector } from "../../daemon/core/connector.ts";
import { createHttp } from "../../daemon/lib/http.ts";
import { type AlmOptions, type AlmSimulator, startAlmSimulator } from "../../daemon/sandbox/alm/index.ts";
import type { Fault } from "../../daemon/sandbox/simulator.ts";
import type { Fixture, Operation } from "./fixture.ts";
import { htmlParagraphs, htmlPlain } from "./html.ts";

export interface AlmFixtureOptions extends AlmOptions {
  /** Further settings of the endpoint. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly auth?: "password" | "apikey";
  /** Default: defects. */
  readonly entity?: string;
}

export interface AlmFixture extends Fixture {
  readonly simulator: AlmSimulator;
}

/** Where each operation goes on the wire. */
function targetsOf(collection: string): Readonly<Record<Operation, Pick<Fault, "method" | "path">>> {
  return {
    signIn: { path: "authentication-point" },
    list: { method: "GET", path: `/${collection}?` },
    create: { method: "POST", path: `/${collection}` },
    update: { method: "PUT", path: `/${collection}` },
    remove: { method: "DELETE", path: `/${collection}` },
  };
}

type EntityFixture = Partial<Fixture> & { readonly collection: string };

/** What differs from defects. A type whose records have no second text keeps its marker in the name. */
function entityFixture(entity: string, simulator: AlmSimulator): EntityFixture {
  const named = { number: null, option: null, multi: null, user: null, reference: null, marker: "name" };
  const refusedDate = { field: "end-date", value: "next spring" };
  if (entity === "defect") return { collection: "defects" };
  if (entity.startsWith("requirement")) {
    return {
      ...named,
      collection: "requirements",
      date: { field: "creation-time", values: ["2026-02-28", "2026-12-31"] },
      option: { field: "req-priority", values: ["1-Low", "5-Urgent"] },
      multi: { field: "target-rel", values: [["1"], ["1", "3"]] },
      user: { field: "owner", values: ["jane.doe", "anna.berg"] },
      reference: { field: "parent-id", values: ["1", "11"] },
      required: {},
      refused: { field: "req-priority", value: "9-Unheard of" },
      noEntity: "requirement/No such type",
    };
  }
  if (entity === "release") {
    const [, one = "1", other = "1"] = simulator.admin.list("release-folders").map((row) => String(row["id"]));
    return {
      ...named,
      collection: "releases",
      date: { field: "end-date", values: ["2026-02-28", "2026-12-31"] },
      reference: { field: "parent-id", values: [one, other] },
      required: { "start-date": "2026-01-01", "end-date": "2026-06-30" },
      refused: refusedDate,
      keepsFilled: ["parent-id"],
      directory: "release-folder",
    };
  }
  const id = simulator.admin.create("releases", { name: "Roof", "start-date": "2026-01-01", "end-date": "2026-12-31" });
  return {
    ...named,
    collection: "release-cycles",
    date: { field: "end-date", values: ["2026-02-28", "2026-12-31"] },
    required: { "parent-id": id, "start-date": "2026-01-01", "end-date": "2026-06-30" },
    refused: refusedDate,
  };
}

const CLOCK_STEP = 2_000;

export async function almFixture(options: AlmFixtureOptions = {}): Promise<AlmFixture> {
  const state = { ahead: 0 };
  const now = () => (options.clock?.now() ?? Date.now()) + state.ahead;
  const simulator = await startAlmSimulator({ ...options, clock: { now } });
  const { entity = "defect" } = options;
  const { collection, ...own } = entityFixture(entity, simulator);
  const { arm, filter } = { arm: armOn(simulator, collection), filter: (text: string) => `name['${text}']` };

  async function open(
    secret: Readonly<Record<string, string>>,
    extra: Readonly<Record<string, unknown>> = {},
  ): Promise<Connector> {
    const { url, domain, project } = simulator.access;
    const settings = almConnector.settings({ url, domain, project, ...options.settings, ...extra });
    assert.ok(settings.ok, JSON.stringify(settings));
    const http = createHttp({
      userAgent: "syncline-test",
      now: Date.now,
      random: () => 0,
      sleep: async () => undefined,
    });
    return almConnector.open(settings.value, {
      endpoint: "alm",
      http,
      now,
      note: () => undefined,
      secret: async () => secret,
    });
  }

  const text = (value: string | number | undefined) => String(value ?? "");
  const access = simulator.access;
  const good: Readonly<Record<string, string>> =
    options.auth === "apikey"
      ? { "client-id": text(access["client-id"]), "client-secret": text(access["client-secret"]) }
      : { user: text(access["user"]), password: text(access["password"]) };

  return {
    simulator,
    entity,
    text: "name",
    rich: "description",
    paragraphs: htmlParagraphs,
    plain: htmlPlain,
    number: { field: "estimated-fix-time", values: ["5", "42"] },
    date: { field: "closing-date", values: ["2026-02-28", "2026-12-31"] },
    option: { field: "priority", values: ["1-Low", "5-Urgent"] },
    multi: { field: "user-02", values: [["iOS", "Web"], ["Android"]] },
    user: { field: "owner", values: ["jane.doe", "anna.berg"] },
    reference: { field: "target-rel", values: ["1", "3"] },
    marker: "user-01",
    required: { severity: "2-Medium", "detected-by": "jane.doe", "creation-time": "2026-01-31" },
    refused: { field: "priority", value: "9-Unheard of" },
    keepsFilled: [],
    dropped: { field: "last-modified", value: "2020-01-01T00:00:00Z" },
    filter,
    badFilter: "name[",
    directory: "release",
    noEntity: "no-such-thing",
    noId: "999999",
    checkFilter: almConnector.checkFilter,
    ...own,
    open: (more = {}) => open(good, more.pageSize === undefined ? {} : { page_size: more.pageSize }),
    openRefused: () =>
      open(
        Object.fromEntries(
          Object.keys(good).map((key) => [key, key.endsWith("id") || key === "user" ? (good[key] ?? "") : "wrong"]),
        ),
      ),
    edit: async (id, fields) => simulator.admin.update(collection, id, fields),
    remove: async (id) => simulator.admin.remove(collection, id),
    arm,
    disarm: () => simulator.faults.clear(),
    expire: async () => simulator.admin.expireSessions("all"),
    requests: () => simulator.traffic.total(),
    tick: async () => {
      state.ahead += CLOCK_STEP;
    },
    close: () => simulator.close(),
  };
}

function armOn(simulator: AlmSimulator, collection: string): NonNullable<Fixture["arm"]> {
  const targets = targetsOf(collection);
  return ({ on, ...fault }) => simulator.faults.arm({ ...fault, ...targets[on] });
}
