import { after } from "node:test";
import { type BuildDeps, buildCandidate } from "../../../daemon/config/build.ts";
import { createTypeChecker } from "../../../daemon/config/rules/typecheck.ts";
import type { BuildResult, CommitTree } from "../../../daemon/config/tree.ts";
import type { ConnectorType } from "../../../daemon/core/connector.ts";
import type { FieldSchema } from "../../../daemon/core/field.ts";
import { textTree } from "./corpus.ts";

export function field(name: string, more: Partial<FieldSchema> = {}): FieldSchema {
  return { name, label: name, kind: "string", multiple: false, required: false, readOnly: false, ...more };
}

const FIELDS = [
  field("title", { label: "Title" }),
  field("text", { kind: "rich", markup: "html" }),
  field("points", { kind: "number" }),
  field("due", { kind: "date" }),
  field("seen", { kind: "datetime" }),
  field("flag", { kind: "boolean" }),
  field("state", { kind: "option", options: ["New", "Open", "Closed"], verified: true }),
  field("state2", { kind: "option" }),
  field("tags", { kind: "option", multiple: true }),
  field("owner", { kind: "user" }),
  field("release", { kind: "reference", target: "release" }),
  field("code", { maxLength: { size: 5, unit: "characters" } }),
  field("made", { kind: "datetime", readOnly: true }),
];

/** A kind of tracker with one entity type, every kind of field, and `x-…` fields that may exist. */
export const plainType: ConnectorType<{ readonly url: string }> = {
  type: "plain",
  title: "Plain",
  secretKeys: ["pin"],
  settings(input) {
    const { url } = input as { url?: unknown };
    const known = ["url"];
    if (typeof url === "string") return { ok: true, value: { url } };
    return {
      ok: false,
      known,
      issues: [{ path: ["url"], message: url === undefined ? "is missing" : "must be a text" }],
    };
  },
  stock: (entity) =>
    entity === "item"
      ? { entity, label: "Item", fields: Object.fromEntries(FIELDS.map((one) => [one.name, one])), open: ["x-[a-z]+"] }
      : null,
  entities: ["item"],
  checkFilter: (filter) => (filter.includes("[") && !filter.includes("]") ? "a bracket is not closed" : null),
  open() {
    throw new Error("the check opened a connection");
  },
};

const HEAD = `[endpoints.a]
type = "plain"
url = "a"

[endpoints.b]
type = "plain"
url = "b"
[links.items]
a = "item"
b = "item"
`;

/** A mapping with one link `m/items` between endpoints `a` and `b`; `link`: lines of its table, `rest`: what follows. */
export function mapping(link: string, rest = '[links.items.fields]\ntitle = "title"\n'): string {
  return `${HEAD}${link}\n${rest}`;
}

const typecheck = createTypeChecker();
after(() => typecheck.close());

export function build(tree: CommitTree, deps: Partial<BuildDeps> = {}): Promise<BuildResult> {
  return buildCandidate(tree, {
    connectorTypes: [plainType],
    typecheck,
    signal: new AbortController().signal,
    ...deps,
  });
}

/** `file:line:column code` of everything that was found, in order; errors only unless said otherwise. */
export async function findings(
  files: Readonly<Record<string, string>>,
  severity: "error" | "warning" = "error",
): Promise<readonly string[]> {
  const result = await build(textTree(files));
  const all = result.ok ? result.candidate.warnings : result.diagnostics;
  return all
    .filter((one) => one.severity === severity)
    .map(({ file, line, column, code }) => `${file}:${line}:${column} ${code}`);
}

export async function candidateOf(files: Readonly<Record<string, string>>) {
  const result = await build(textTree(files));
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics, null, 1));
  return result.candidate;
}

/** The one link of the one mapping `mappings/m.toml`. */
export async function linkOf(text: string, files: Readonly<Record<string, string>> = {}) {
  const link = (await candidateOf({ "mappings/m.toml": text, ...files })).connections[0]?.links[0];
  if (link === undefined) throw new Error("no link");
  return link;
}
