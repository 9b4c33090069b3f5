import { redmineConnector } from "../../daemon/connectors/redmine/index.ts";
import type { Connector } from "../../daemon/core/connector.ts";
import { createHttp } from "../../daemon/lib/http.ts";
import { sleep } from "../../daemon/lib/sleep.ts";
import type { RedmineFacts } from "../trackers/redmine.ts";
import type { Fixture } from "./fixture.ts";

export interface RedmineFixture extends Fixture {
  readonly notes: string[];
  connect(key: string, settings?: Readonly<Record<string, unknown>>): Connector;
}

/** Issues of project `beta`, tracker Bug. */
export async function redmineFixture(facts: RedmineFacts): Promise<RedmineFixture> {
  const notes: string[] = [];
  const counter = { requests: 0 };
  const url = fact(facts, "REDMINE_URL");
  const versions = [fact(facts, "REDMINE_VERSION_BETA_1_ID"), fact(facts, "REDMINE_VERSION_BETA_2_ID")] as const;
  const custom = (name: string) => `cf_${fact(facts, `REDMINE_CF_${name}_ID`)}`;

  function connect(key: string, settings: Readonly<Record<string, unknown>> = {}): Connector {
    const parsed = redmineConnector.settings({ url, project: "beta", tracker: "Bug", ...settings });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
    const http = createHttp({
      userAgent: "contract",
      now: () => Date.now(),
      random: () => 0.5,
      onRequest: () => {
        counter.requests++;
      },
    });
    return redmineConnector.open(parsed.value, {
      endpoint: "redmine",
      http,
      secret: async () => ({ "api-key": key }),
      now: () => Date.now(),
      note: (message) => notes.push(message),
    });
  }

  const person = connect(fact(facts, "REDMINE_API_KEY"));
  const signal = new AbortController().signal;

  return {
    notes,
    connect,
    entity: "issue",
    text: "subject",
    rich: "description",
    paragraphs: (lines) => lines.join("\n\n"),
    plain: (rich) => rich.replace(/\n{2,}/g, "\n"),
    number: { field: "estimated_hours", values: ["3", "0.5"] },
    date: { field: custom("PROMISED_ON"), values: ["2026-03-01", "2026-04-30"] },
    option: { field: "priority", values: ["Low", "High"] },
    multi: { field: custom("PLATFORMS"), values: [["Linux", "macOS"], ["Windows"]] },
    user: { field: "assigned_to", values: ["bob", "carol"] },
    reference: { field: "fixed_version", values: versions },
    marker: custom("EXTERNAL_ID"),
    required: {},
    keepsFilled: ["priority"],
    refused: { field: custom("TICKET_CODE"), value: "no code at all" },
    dropped: { field: "cf_999", value: "nobody keeps me" },
    filter: (text) => `subject=${encodeURIComponent(text)}`,
    badFilter: "no_such_filter=1",
    checkFilter: redmineConnector.checkFilter,
    directory: "version",
    noEntity: "requirement",
    noId: "987654321",
    open: async ({ pageSize } = {}) =>
      connect(fact(facts, "REDMINE_API_KEY"), pageSize === undefined ? {} : { page_size: pageSize }),
    openRefused: async () => connect("0123456789abcdef0123456789abcdef01234567"),
    async edit(id, fields) {
      const [outcome] = await person.update("issue", [{ id, fields }], signal);
      if (outcome?.ok !== true) throw outcome?.error ?? new Error("no outcome");
    },
    async remove(id) {
      const [outcome] = await person.remove("issue", [id], signal);
      if (outcome?.ok !== true) throw outcome?.error ?? new Error("no outcome");
    },
    arm: null,
    disarm: () => undefined,
    expire: null,
    requests: () => counter.requests,
    tick: () => waitForSecond(url, 2, signal),
    async close() {
      // Lists get slower with every issue that tests leave behind.
      for await (const page of person.changes({ entity: "issue", fields: [], since: null }, signal)) {
        await person.remove(
          "issue",
          page.records.map((record) => record.id),
          signal,
        );
      }
      await person.close();
    },
  };
}

export function fact(facts: RedmineFacts, name: string): string {
  const value = facts[name];
  if (value === undefined || value === "") throw new Error(`redmine-up said nothing of ${name}`);
  return value;
}

/** Until the server's clock shows at least `seconds` more than now. */
async function waitForSecond(url: string, seconds: number, signal: AbortSignal): Promise<void> {
  const read = async () =>
    Date.parse((await fetch(`${url}/robots.txt`)).headers.get("date") ?? new Date().toUTCString());
  const until = (await read()) + seconds * 1000;
  while ((await read()) < until) await sleep(100, signal);
}
