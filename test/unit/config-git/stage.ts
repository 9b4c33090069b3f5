import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { TestContext } from "node:test";
import type { Repository } from "../../../daemon/config/git/repository.ts";
import { EMPTY_RECORD, type PublishMemory, type PublishRecord } from "../../../daemon/config/publish/memory.ts";
import type { Build, OpenRules } from "../../../daemon/config/publish/prepare.ts";
import { createPublisher, type Publisher, type PublisherDeps } from "../../../daemon/config/publish/publisher.ts";
import type { Diagnostic } from "../../../daemon/core/diagnostic.ts";
import type { Event, Verdict } from "../../../daemon/core/events.ts";
import type { LinkConfig, SideConfig } from "../../../daemon/core/snapshot.ts";
import { until } from "./git-box.ts";

const MAPPING = "mappings/payments.toml";
const RULE = "rules/payments/defects.ts";

export function diagnostic(message: string): Diagnostic {
  return { severity: "error", code: "toml-syntax", message, file: MAPPING, line: 1, column: 1, hint: "" };
}

/** Refuses a mapping that says `bad`, fails over one that says `fail`, takes one that says `slow` until it is interrupted. */
export const fakeBuild: Build = async (tree, signal) => {
  const text = Buffer.from(tree.files.get(MAPPING) ?? []).toString();
  if (text.includes("fail")) throw new Error("the compiler is gone");
  if (text.includes("slow"))
    await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
  if (text === "" || text.includes("bad")) return { ok: false, diagnostics: [diagnostic(text.trim())] };
  const rule = tree.files.has(RULE);
  const origin = { file: MAPPING, line: 1, column: 1 };
  const link: LinkConfig = {
    key: "payments/defects",
    connection: "payments",
    name: "defects",
    left: side("alm"),
    right: side("agm"),
    conflict: "newest",
    fields: [],
    triggers: [],
    ruleFile: rule ? RULE : null,
    origin,
  };
  const endpoint = { type: "x", settings: {}, secret: null, origin, schemas: {} };
  const connection = {
    name: "payments",
    description: text,
    left: { ...endpoint, name: "alm" },
    right: { ...endpoint, name: "agm" },
    links: [link],
    origin,
  };
  const bundle = rule ? { code: Buffer.from(tree.files.get(RULE) ?? []).toString(), map: "", files: [RULE] } : null;
  return {
    ok: true,
    candidate: { revision: tree.revision, digest: tree.digest, connections: [connection], bundle, warnings: [] },
  };
};

function side(endpoint: string): SideConfig {
  return {
    endpoint,
    entity: "defect",
    create: true,
    filter: null,
    marker: null,
    constants: {},
    reads: [],
    deleted: "nothing",
    rules: { outgoing: false, incoming: false },
  };
}

export interface FakeRules {
  readonly open: OpenRules;
  readonly opened: string[];
  readonly closed: string[];
}

export function fakeRules(): FakeRules {
  const rules = { opened: [] as string[], closed: [] as string[] };
  const open: OpenRules = async (bundle) => {
    rules.opened.push(bundle.code);
    if (bundle.code.includes("throws"))
      return { ok: false, diagnostics: [{ ...diagnostic("throws"), code: "rule-load", file: RULE }] };
    const close = async () => {
      rules.closed.push(bundle.code);
    };
    const shape = bundle.code.includes("stranger")
      ? { jira: { outgoing: true, incoming: false } }
      : { alm: { outgoing: true, incoming: false } };
    return { ok: true, host: { run: async () => [], close }, shapes: { [RULE]: shape } };
  };
  return { open, ...rules };
}

/** The record in a file that is replaced whole, as the state folder does it. */
export function fileMemory(file: string): PublishMemory {
  const state = { record: existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as PublishRecord) : EMPTY_RECORD };
  return {
    read: () => state.record,
    save: async (record) => {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(`${file}.new`, JSON.stringify(record));
      renameSync(`${file}.new`, file);
      state.record = record;
    },
  };
}

export interface Stage {
  readonly publisher: Publisher;
  readonly rules: FakeRules;
  readonly memory: PublishMemory;
  readonly events: Event[];
  /** `kind revision`, in the order told. */
  verdicts(): string[];
  last(): Verdict | undefined;
  verdictOf(revision: string): Promise<Verdict>;
}

export function stage(t: TestContext, repository: Repository, state: string, deps: Partial<PublisherDeps> = {}): Stage {
  const rules = fakeRules();
  const events: Event[] = [];
  const memory = deps.memory ?? fileMemory(`${state}/publish.json`);
  const publisher = createPublisher({
    repository,
    build: fakeBuild,
    openRules: rules.open,
    memory,
    state,
    emit: (event) => events.push(event),
    now: Date.now,
    retryMs: 20,
    ...deps,
  });
  t.after(() => publisher.close());
  const told = () => events.flatMap((event) => (event.event === "config.verdict" ? [event.verdict] : []));
  return {
    publisher,
    rules,
    memory,
    events,
    verdicts: () => told().map((verdict) => `${verdict.kind} ${verdict.revision}`),
    last: () => told().at(-1),
    verdictOf: async (revision) => {
      await until(() => told().some((verdict) => verdict.revision === revision), `a verdict on ${revision}`);
      return told().findLast((verdict) => verdict.revision === revision) as Verdict;
    },
  };
}
