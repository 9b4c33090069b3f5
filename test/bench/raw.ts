import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Agent, request } from "undici";
import { mapLimit } from "../../daemon/lib/concurrency.ts";
import { serveParent } from "./child.ts";
import { type Access, type Job, measured, type SubjectGiven } from "./subject.ts";

/**
 * The raw copy: the shortest program that moves the same records with the same pages, batches and requests in flight as the connectors, and keeps
 * no state. It merges nothing, records nothing, checks no answer but its status; who is whose partner is handed in.
 */

/** As the connectors have it. */
const PAGE = 2000;
const IN_FLIGHT = 4;
const BATCH = 200;

type Fields = Readonly<Record<string, readonly string[]>>;
type Row = Readonly<Record<string, unknown>>;
interface Names {
  /** ALM id to Agile Manager id and back, of releases and cycles. */
  readonly toAgm: ReadonlyMap<string, number>;
  readonly toAlm: ReadonlyMap<number, string>;
}

serveParent(async ({ alm, agm, folder }: SubjectGiven) => {
  const agent = new Agent({ connections: 8 });
  const tracker = { alm: await signInAlm(agent, alm), agm: await signInAgm(agent, agm) };
  const file = join(folder, "partners.json");

  async function initial(): Promise<void> {
    const names = await readNames(tracker);
    const partners: [string, number][] = [];
    for await (const page of almDefects(tracker.alm, null)) {
      await each(page, async (fields) => {
        const body = { data: [{ subtype: "defect", user_01_d: Number(fields["id"]?.[0]), ...toAgm(fields, names) }] };
        const answer = await tracker.agm("POST", "backlog_items", body);
        partners.push([fields["id"]?.[0] ?? "", rowsOf(answer)[0]?.["id"] as number]);
      });
    }
    writeFileSync(file, JSON.stringify(partners));
  }

  async function read(since: string | null): Promise<{ left: Fields[]; right: Row[] }> {
    const left: Fields[] = [];
    const right: Row[] = [];
    for await (const page of almDefects(tracker.alm, since)) left.push(...page);
    for await (const page of agmDefects(tracker.agm, since)) right.push(...page);
    return { left, right };
  }

  async function changed(since: string, partners: readonly [string, number][]): Promise<void> {
    const names = await readNames(tracker);
    const toRight = new Map(partners);
    const toLeft = new Map(partners.map(([a, b]) => [b, a]));
    const { left, right } = await read(since);
    await each(left, async (fields) => {
      await tracker.agm("PUT", `backlog_items/${toRight.get(fields["id"]?.[0] ?? "")}`, toAgm(fields, names));
    });
    for (let i = 0; i < right.length; i += BATCH) {
      const rows = right.slice(i, i + BATCH).map((row) => toAlm(toLeft.get(row["id"] as number) ?? "", row, names));
      await tracker.alm("PUT", "defects", { entities: rows });
    }
  }

  return {
    commands: {
      ready: () => undefined,
      async run({ phase, since }: Job) {
        const partners = phase === "changed" ? JSON.parse(readFileSync(file, "utf8")) : [];
        return measured(async () => {
          if (phase === "initial") await initial();
          else if (phase === "changed") await changed(since, partners);
          else await read(phase === "full" ? null : since);
        });
      },
    },
    close: () => agent.destroy(),
  };
});

function each<T>(items: readonly T[], send: (item: T) => Promise<void>): Promise<unknown> {
  return mapLimit(items, IN_FLIGHT, send, new AbortController().signal);
}

type Send = (method: "GET" | "POST" | "PUT", path: string, body?: unknown) => Promise<unknown>;
interface Trackers {
  readonly alm: Send;
  readonly agm: Send;
}

function sender(agent: Agent, base: string, headers: Readonly<Record<string, string>>, type: string): Send {
  return async (method, path, body) => {
    const { statusCode, body: answer } = await request(`${base}/${path}`, {
      ...{ dispatcher: agent, method },
      headers: { accept: "application/json", ...headers, ...(body === undefined ? {} : { "content-type": type }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (statusCode > 299) throw new Error(`${method} ${path} answered ${statusCode}: ${await answer.text()}`);
    return answer.json();
  };
}

async function signInAlm(agent: Agent, access: Access): Promise<Send> {
  const cookies = new Map<string, string>();
  const post = async (path: string, body: string): Promise<void> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await request(`${access["url"]}${path}`, {
      ...{ dispatcher: agent, method: "POST", body, headers: { "content-type": "application/xml", cookie } },
    });
    for (const line of [answer.headers["set-cookie"] ?? []].flat()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    await answer.body.dump();
  };
  const who = `<user>${access["user"]}</user><password>${access["password"]}</password>`;
  await post("/authentication-point/alm-authenticate", `<alm-authentication>${who}</alm-authentication>`);
  await post("/rest/site-session", "");
  const headers = {
    cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; "),
    "x-xsrf-token": cookies.get("XSRF-TOKEN") ?? "",
  };
  const base = `${access["url"]}/rest/domains/${access["domain"]}/projects/${access["project"]}`;
  return sender(agent, base, headers, "application/json;type=collection");
}

async function signInAgm(agent: Agent, access: Access): Promise<Send> {
  const form = { client_id: String(access["client-id"]), client_secret: String(access["client-secret"]) };
  const answer = await request(`${access["url"]}/agm/oauth/token`, {
    ...{ dispatcher: agent, method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" } },
    body: new URLSearchParams({ ...form, grant_type: "client_credentials" }).toString(),
  });
  const { access_token: token } = (await answer.body.json()) as { access_token: string };
  const base = `${access["url"]}/agm/api/workspaces/${access["workspace"]}`;
  return sender(agent, base, { authorization: `bearer ${token}` }, "application/json");
}

const ALM_FIELDS = "id,name,description,severity,status,owner,target-rel,target-rcyc,user-02,user-06";
const AGM_FIELDS =
  "id,name,description,severity,defect_status,assigned_to,release_id,sprint_id,user_02,user_04,last_modified";

async function* almDefects(send: Send, since: string | null): AsyncGenerator<readonly Fields[]> {
  const wall = since === null ? "" : `;last-modified[>="${since.replace("T", " ").replace("Z", "")}"]`;
  yield* almRows(send, "defects", ALM_FIELDS, wall);
}

async function* almRows(send: Send, path: string, fields: string, more = ""): AsyncGenerator<readonly Fields[]> {
  for (let last = 0; ; ) {
    const query = encodeURIComponent(`{id[>${last}]${more}}`);
    const order = encodeURIComponent("{id[ASC]}");
    const answer = (await send(
      "GET",
      `${path}?fields=${fields}&query=${query}&order-by=${order}&page-size=${PAGE}`,
    )) as {
      readonly entities: readonly {
        readonly Fields: readonly { Name: string; values: readonly { value?: string }[] }[];
      }[];
      readonly TotalResults: number;
    };
    const rows = answer.entities.map((e) =>
      Object.fromEntries(e.Fields.map((f) => [f.Name, f.values.flatMap((v) => v.value ?? [])])),
    );
    yield rows;
    if (rows.length >= answer.TotalResults) return;
    last = Number(rows.at(-1)?.["id"]?.[0]);
  }
}

async function* agmDefects(send: Send, since: string | null): AsyncGenerator<readonly Row[]> {
  const wall = since === null ? "" : `;last_modified>='${since}'`;
  for (let last = 0; ; ) {
    const query = encodeURIComponent(`"subtype='defect'${wall};id>${last}"`);
    const answer = await send(
      "GET",
      `backlog_items?fields=${AGM_FIELDS}&query=${query}&order-by=id&limit=${PAGE}&offset=0`,
    );
    const rows = rowsOf(answer);
    yield rows;
    if (rows.length >= (answer as { readonly TotalResults: number }).TotalResults) return;
    last = rows.at(-1)?.["id"] as number;
  }
}

function rowsOf(answer: unknown): readonly Row[] {
  return (answer as { readonly data: readonly Row[] }).data;
}

/** Releases and cycles stand for each other by name. */
async function readNames({ alm, agm }: Trackers): Promise<Names> {
  const toAgm = new Map<string, number>();
  const toAlm = new Map<number, string>();
  for (const [left, right] of [
    ["releases", "releases"],
    ["release-cycles", "sprints"],
  ] as const) {
    const rows = rowsOf(await agm("GET", `${right}?fields=id,name&limit=${PAGE}`));
    const byName = new Map(rows.map((row) => [row["name"], row["id"] as number]));
    for await (const page of almRows(alm, left, "id,name")) {
      for (const { id, name } of page) {
        const partner = byName.get(name?.[0]) ?? 0;
        toAgm.set(`${left}:${id?.[0]}`, partner);
        toAlm.set(partner, id?.[0] ?? "");
      }
    }
  }
  return { toAgm, toAlm };
}

const SEVERITY: Readonly<Record<string, string>> = {
  ...{ "1-Low": "Low", "2-Medium": "Medium", "3-High": "High", "4-Very High": "High", "5-Urgent": "Critical" },
  ...{ Low: "1-Low", Medium: "2-Medium", High: "3-High", Critical: "5-Urgent" },
};

function toAgm(fields: Fields, { toAgm: ids }: Names): Row {
  const one = (name: string) => fields[name]?.[0] || null;
  const owner = one("owner");
  const release = one("target-rel");
  const cycle = one("target-rcyc");
  return {
    name: one("name"),
    description: one("description"),
    severity: SEVERITY[one("severity") ?? ""] ?? null,
    defect_status: one("status") === "Reopen" ? "Open" : one("status"),
    assigned_to: owner === null ? null : `${owner}@example.com`,
    release_id: release === null ? null : { type: "release", id: ids.get(`releases:${release}`) },
    sprint_id: cycle === null ? null : { type: "sprint", id: ids.get(`release-cycles:${cycle}`) },
    user_02: fields["user-02"] ?? [],
    user_04: one("user-06"),
  };
}

function toAlm(id: string, row: Row, { toAlm: ids }: Names): unknown {
  const text = (name: string) => (typeof row[name] === "string" ? [row[name]] : []);
  const ref = (name: string) => (row[name] == null ? [] : [ids.get((row[name] as { id: number }).id) ?? ""]);
  const fields: Record<string, readonly string[]> = {
    id: [id],
    name: text("name"),
    description: text("description"),
    severity: text("severity").map((s) => SEVERITY[s] ?? ""),
    status: text("defect_status"),
    owner: text("assigned_to").map((mail) => mail.replace("@example.com", "")),
    "target-rel": ref("release_id"),
    "target-rcyc": ref("sprint_id"),
    "user-02": (row["user_02"] as readonly string[] | null) ?? [],
    "user-06": text("user_04"),
  };
  const list = Object.entries(fields).map(([Name, values]) => ({ Name, values: values.map((value) => ({ value })) }));
  return { Type: "defect", Fields: list };
}
