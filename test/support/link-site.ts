import { type AgileManagerSimulator, startAgileManagerSimulator } from "../../daemon/sandbox/agile-manager/index.ts";
import { type AlmSimulator, startAlmSimulator } from "../../daemon/sandbox/alm/index.ts";
import { type LinkBench, openLinkBench } from "./link-bench.ts";

/** Whoever ends what is opened: a test, or a measurement. */
export interface Stage {
  after(end: () => Promise<void>): void;
}

/** Two empty simulators and links between them, from the links' text. */
export interface LinkSite extends LinkBench {
  readonly alm: AlmSimulator;
  readonly agm: AgileManagerSimulator;
  /** Other links go live; the memory stays. */
  relink(links: string): Promise<void>;
  /** A field of the user stories, by their names. */
  stories(field?: string): Readonly<Record<string, unknown>>;
  /** A field of the requirements, by their names. */
  requirements(field?: string): Readonly<Record<string, unknown>>;
}

export async function openLinkSite(t: Stage, links: string): Promise<LinkSite> {
  const shift = { ms: 0 };
  const clock = { now: () => Date.now() + shift.ms };
  const alm = await startAlmSimulator({ content: "empty", clock });
  const agm = await startAgileManagerSimulator({ content: "empty", clock });
  const secrets = {
    alm: { user: String(alm.access["user"]), password: String(alm.access["password"]) },
    agm: { "client-id": String(agm.access["client-id"]), "client-secret": String(agm.access["client-secret"]) },
  };
  const whole = (text: string) => `[endpoints.alm]
type = "alm"
url = "${alm.url}"
domain = "DEMO"
project = "PAYMENTS"
secret = "alm"
[endpoints.agm]
type = "agile-manager"
url = "${agm.url}"
workspace = 1003
secret = "agm"
fields = { user_03 = "string", user_06_s = "number" }
${text}`;
  const bench = await openLinkBench(whole(links), secrets, {}, clock.now);
  t.after(async () => {
    await bench.close();
    await alm.close();
    await agm.close();
  });
  return {
    ...bench,
    ...{ alm, agm },
    relink: (text) => bench.publish(whole(text)),
    pass(minutes) {
      shift.ms += minutes * 60_000;
    },
    stories: (field = "id") =>
      byName(
        agm.admin.list("backlog_items").filter((row) => row["subtype"] === "user_story"),
        field,
      ),
    requirements: (field = "id") => byName(alm.admin.list("requirements"), field),
  };
}

function byName(rows: readonly Readonly<Record<string, unknown>>[], field: string): Readonly<Record<string, unknown>> {
  return Object.fromEntries(rows.map((row) => [String(row["name"]), row[field] ?? null]));
}
