import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { RunReport } from "../../daemon/core/store.ts";
import { type AlmPair, type AlmPairOptions, openAlmPair, type PairMapping, pairMapping } from "./alm-pair.ts";
import { messagesOf, writtenBy } from "./run-report.ts";

/** Both links, with entity links on unless told otherwise. */
export function openPair(t: TestContext, mapping: PairMapping = {}, options: Omit<AlmPairOptions, "mapping"> = {}) {
  return openAlmPair(t, { ...options, mapping: pairMapping(mapping) });
}

export type Project = AlmPair["one"];

export function defect({ admin }: Project, name: string): string {
  return admin.create("defects", { name });
}

export function requirement({ admin }: Project, name: string): string {
  return admin.create("requirements", { name });
}

export function linkDefect(
  { admin }: Project,
  first: string,
  to: readonly [type: string, id: string],
  more = {},
): string {
  const ends = { "first-endpoint-id": first, "second-endpoint-type": to[0], "second-endpoint-id": to[1] };
  return admin.create("defect-links", { ...ends, ...more });
}

export function trace({ admin }: Project, from: string, to: string): string {
  return admin.create("req-traces", { "from-req-id": from, "to-req-id": to });
}

/** `defect a - requirement b (Related)`, by the names of the records, in no order. */
export function linksOf({ admin }: Project): readonly string[] {
  const name = (collection: string, id: unknown) => String(admin.get(collection, String(id))?.["name"]);
  const links = admin.list("defect-links").map((link) => {
    const type = String(link["second-endpoint-type"]);
    const ends = [
      `defect ${name("defects", link["first-endpoint-id"])}`,
      `${type} ${name(`${type}s`, link["second-endpoint-id"])}`,
    ];
    return `${ends.sort().join(" - ")} (${String(link["link-type"])})`;
  });
  const traces = admin.list("req-traces").map((row) => {
    return `${name("requirements", row["from-req-id"])} -> ${name("requirements", row["to-req-id"])}`;
  });
  return [...links, ...traces].sort();
}

export async function quiet(pair: AlmPair, links: readonly string[] = ["defects", "requirements"]): Promise<void> {
  for (const full of [false, true]) {
    for (const link of links) {
      const report = await pair.run(link, { full });
      assert.equal(writtenBy(report), 0, `${link}: ${JSON.stringify(report.counts)}`);
      assert.equal(report.status, "passed", messagesOf(report));
    }
  }
}

export async function full(pair: AlmPair, link = "defects"): Promise<RunReport> {
  const report = await pair.run(link, { full: true });
  assert.equal(report.status, "passed", messagesOf(report));
  return report;
}

export async function linkedPair(t: TestContext, mapping: PairMapping) {
  const pair = await openPair(t, mapping);
  const [a, b, r] = [defect(pair.one, "a"), defect(pair.one, "b"), requirement(pair.one, "r")];
  linkDefect(pair.one, a, ["defect", b]);
  linkDefect(pair.one, a, ["requirement", r]);
  await pair.run("requirements");
  await pair.run("defects");
  const both = ["defect a - defect b (Related)", "defect a - requirement r (Related)"];
  assert.deepEqual(linksOf(pair.two), both);
  return { pair, a, b, r, both };
}
