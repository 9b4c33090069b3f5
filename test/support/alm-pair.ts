import { type AlmOptions, type AlmSimulator, startAlmSimulator } from "../../daemon/sandbox/alm/index.ts";
import { type LinkBench, openLinkBench } from "./link-bench.ts";
import type { Stage } from "./link-site.ts";

/** Two Quality Center projects on two servers, and a connection between them: endpoints `one` and `two`. */
export interface AlmPair extends LinkBench {
  readonly one: AlmSimulator;
  readonly two: AlmSimulator;
  /** The mapping's text. */
  readonly mapping: string;
  /** The partner of a record of `one` by the pairs' memory. */
  partner(link: string, id: string): string;
}

export interface AlmPairOptions {
  readonly one?: AlmOptions;
  readonly two?: AlmOptions;
  readonly mapping: (endpoints: string) => string;
  readonly users?: Readonly<Record<string, string>>;
  /** How `two` is signed in at. Default: by password. */
  readonly secretOfTwo?: (two: AlmSimulator) => Readonly<Record<string, string>>;
}

export async function openAlmPair(t: Stage, options: AlmPairOptions): Promise<AlmPair> {
  const one = await startAlmSimulator({ content: "empty", domain: "BANK", project: "ONE", seed: 1, ...options.one });
  t.after(() => one.close());
  const two = await startAlmSimulator({ content: "empty", domain: "GROUP", project: "TWO", seed: 2, ...options.two });
  t.after(() => two.close());
  const mapping = options.mapping(endpoint("one", one) + endpoint("two", two));
  const bench = await openLinkBench(
    mapping,
    { one: secretOf(one), two: (options.secretOfTwo ?? secretOf)(two) },
    options.users,
  );
  t.after(() => bench.close());
  return {
    ...bench,
    ...{ one, two, mapping },
    partner(link, id) {
      const pair = bench.store.link(`m/${link}`).pairs("left", [id]).get(id);
      if (pair === undefined) throw new Error(`${link} ${id} has no partner`);
      return pair.right;
    },
  };
}

function endpoint(name: string, { url, access }: AlmSimulator): string {
  return `[endpoints.${name}]
type = "alm"
url = "${url}"
domain = "${access["domain"]}"
project = "${access["project"]}"
zone = "Europe/Berlin"
secret = "${name}"
`;
}

export function secretOf({ access }: AlmSimulator): Readonly<Record<string, string>> {
  return { user: String(access["user"]), password: String(access["password"]) };
}

export interface PairMapping {
  /** Lines of `[links.defects]` and tables below it; null: no such link. */
  readonly defects?: string | null;
  readonly requirements?: string | null;
  /** Further tables: value maps. */
  readonly rest?: string;
}

const LINKS = "[links.NAME.entity_links]";

/** A mapping of both links with entity links on, unless told otherwise. */
export function pairMapping({
  defects = "",
  requirements = "",
  rest = "",
}: PairMapping = {}): (endpoints: string) => string {
  const defect = link("defects", "defect", "user-04", DEFECT, defects);
  return (endpoints) =>
    endpoints + defect + link("requirements", "requirement", "user-01", REQUIREMENT, requirements) + rest;
}

const DEFECT = 'detected-by = "sync"\nseverity = "2-Medium"\ncreation-time = "2026-11-01"\n';
const REQUIREMENT = 'type-id = "3"\n';

/** Lines before the first table belong to the link itself. `-entity_links` takes the table out. */
function link(name: string, entity: string, marker: string, constants: string, more: string | null): string {
  if (more === null) return "";
  const without = more.includes("-entity_links");
  const text = more.replace("-entity_links", "");
  const at = text.search(/^\[/m);
  const [own, tables] = at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at)];
  return `[links.${name}]
one = "${entity}"
two = "${entity}"
marker = { one = "${marker}", two = "${marker}" }
conflict = "one"
${own}
[links.${name}.constants.one]
${constants}
[links.${name}.constants.two]
${constants}
[links.${name}.fields]
name = "name"
${without || tables.includes("entity_links]") ? "" : LINKS.replace("NAME", name)}
${tables}
`;
}
