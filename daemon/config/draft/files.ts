import type { EntitySchema } from "../../core/field.ts";
import { SIDES } from "../../core/snapshot.ts";
import type { Draft } from "./draft.ts";
import type { MappingText } from "./mapping-text.ts";
import { matchPeople, usersText } from "./people.ts";
import { ruleText } from "./rule-text.ts";

/** A drafted connection's files by path in the repository. The types for editors come from all mappings together, and are not among them. */
export function connectionFiles(draft: Draft, mapping: MappingText): Readonly<Record<string, string>> {
  const { connection, left, right } = draft.input;
  const schemas = SIDES.map((side) => {
    const { name, schemas, pulled = schemas } = draft.input[side];
    return [`mappings/schema/${connection}/${name}.json`, schemaText(pulled)] as const;
  });
  const rules = draft.links.map((link) => {
    return [`rules/${connection}/${link.input.name}.ts`, ruleText(link.input, link, draft.input)] as const;
  });
  return {
    [`mappings/${connection}.toml`]: mapping.text,
    ...Object.fromEntries([...schemas, ...rules]),
    [`users/${connection}.csv`]: usersText([left.name, right.name], matchPeople(left.people, right.people)),
  };
}

/** `mappings/schema/<connection>/<endpoint>.json`: trackers answer in whatever order, files must not differ by it. */
export function schemaText(entities: Readonly<Record<string, EntitySchema>>): string {
  return `${JSON.stringify({ entities: sorted(entities) }, null, 2)}\n`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value) || typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}
