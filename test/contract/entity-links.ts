import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Connector } from "../../daemon/core/connector.ts";
import { ConnectorError } from "../../daemon/core/errors.ts";
import type { EntityLink, EntityLinkDraft, EntityLinkPort } from "../../daemon/core/parts.ts";

/** One tracker with links between its records, for the suite that all connectors' `EntityLinkPort`s pass. */
export interface LinkFixture {
  readonly connector: Connector;
  readonly entity: string;
  /** Another entity type that records of `entity` carry links to; null where there is one type only. */
  readonly other: string | null;
  /** Two types as drafts may have them; both the same where the tracker has no types. */
  readonly types: readonly [string, string];
  /** Entity type and type of a link whose ends may not change places; null where all may. */
  readonly directed: { readonly entity: string; readonly type: string } | null;
  /** Characters that a link's comment keeps; 0 where links have none. */
  readonly comment: number;
  make(entity: string): Promise<string>;
  drop(entity: string, id: string): Promise<void>;
  close(): Promise<void>;
}

const CASE_MS = 120_000;
const { signal } = new AbortController();

/** `make` answers a text where the tracker is not there: the suite is skipped with it. */
export function entityLinkContract(name: string, make: () => Promise<LinkFixture | string>): void {
  describe(`entity link contract: ${name}`, () => {
    const state: { fixture: LinkFixture | null; skip: string } = { fixture: null, skip: "" };
    before(async () => {
      const made = await make();
      if (typeof made === "string") state.skip = made;
      else state.fixture = made;
    });
    after(async () => {
      await state.fixture?.connector.close();
      await state.fixture?.close();
    });
    for (const [title, run] of CASES)
      test(title, { timeout: CASE_MS }, async (t) => {
        if (state.fixture === null) return t.skip(state.skip);
        const why = await run(state.fixture, portOf(state.fixture));
        if (why !== undefined) t.skip(why);
      });
  });
}

function portOf({ connector }: LinkFixture): EntityLinkPort {
  return connector.entityLinks ?? assert.fail("the connector has no entity links");
}

type Case = readonly [title: string, run: (fixture: LinkFixture, port: EntityLinkPort) => Promise<string | undefined>];

function draft(fixture: LinkFixture, from: string, to: string, more: Partial<EntityLinkDraft> = {}): EntityLinkDraft {
  const { entity, types } = fixture;
  return { type: types[0], from: { entity, id: from }, to: { entity, id: to }, comment: "", ...more };
}

async function two({ make, entity }: LinkFixture): Promise<readonly [string, string]> {
  return [await make(entity), await make(entity)];
}

async function linksOf(port: EntityLinkPort, entity: string, id: string): Promise<readonly EntityLink[]> {
  return (await port.list(entity, [id], signal)).get(id) ?? assert.fail(`no entry for ${id}`);
}

async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "no error";
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return error.kind;
  }
}

const CASES: readonly Case[] = [
  [
    "S31 the server has links, and says of which other ends its records carry them",
    async ({ entity, other }, port) => {
      assert.equal(await port.missing(entity, signal), null);
      assert.ok(port.ends(entity).includes(entity));
      if (other === null) return undefined;
      assert.equal(await port.missing(other, signal), null);
      assert.ok(port.ends(entity).includes(other), "a defect carries its links to both");
      assert.deepEqual(port.ends(other), [other], "S37: the others carry only those among themselves");
      return undefined;
    },
  ],
  [
    "every id has an entry, one that is not there as well",
    async (fixture, port) => {
      const [a, b] = await two(fixture);
      const listed = await port.list(fixture.entity, [a, "987654321", b, "no number"], signal);
      assert.deepEqual(
        [...listed].sort(([x], [y]) => (x < y ? -1 : 1)),
        [a, "987654321", b, "no number"].sort().map((id) => [id, []]),
      );
      assert.equal((await port.list(fixture.entity, [], signal)).size, 0);
      return undefined;
    },
  ],
  [
    "a link that is added is answered as stored and shows at both ends",
    async (fixture, port) => {
      const [a, b] = await two(fixture);
      const link = await port.add(draft(fixture, a, b), signal);
      assert.deepEqual(ends(link), [a, b].sort());
      assert.equal(link.type, fixture.types[0]);
      assert.deepEqual(await linksOf(port, fixture.entity, a), [link]);
      assert.deepEqual(await linksOf(port, fixture.entity, b), [link]);
      const both = await port.list(fixture.entity, [a, b], signal);
      assert.deepEqual([...both.values()], [[link], [link]]);
      return undefined;
    },
  ],
  [
    "T32 one that is there already is answered instead of doubled, from either end where it has no direction",
    async (fixture, port) => {
      const [a, b] = await two(fixture);
      const link = await port.add(draft(fixture, a, b), signal);
      assert.deepEqual(await port.add(draft(fixture, a, b), signal), link);
      assert.equal(port.isDirected(link), false);
      assert.deepEqual(await port.add(draft(fixture, b, a), signal), link);
      assert.equal((await linksOf(port, fixture.entity, a)).length, 1);
      return undefined;
    },
  ],
  [
    "T32 one that somebody made after the caller had looked is answered instead of doubled as well",
    async (fixture, port) => {
      const [a, b] = await two(fixture);
      const link = await port.add(draft(fixture, a, b), signal, true);
      assert.deepEqual(await port.add(draft(fixture, a, b), signal, true), link);
      assert.deepEqual(await port.add(draft(fixture, b, a), signal, true), link);
      assert.deepEqual(await linksOf(port, fixture.entity, a), [link]);
      return undefined;
    },
  ],
  [
    "another type between the same two is refused with words that say so, and changes nothing",
    async (fixture, port) => {
      const [first, second] = fixture.types;
      if (first === second) return "links of this tracker have no types";
      const [a, b] = await two(fixture);
      const link = await port.add(draft(fixture, a, b), signal);
      const call = port.add(draft(fixture, a, b, { type: second }), signal);
      await assert.rejects(call, (error: unknown) => {
        assert.ok(error instanceof ConnectorError);
        assert.equal(error.kind, "invalid");
        assert.ok(error.message.includes(a) && error.message.includes(b) && error.message.includes("already"));
        return true;
      });
      assert.deepEqual(await linksOf(port, fixture.entity, a), [link]);
      return undefined;
    },
  ],
  [
    "a link without a type gets the tracker's own",
    async (fixture, port) => {
      const [a, b] = await two(fixture);
      const link = await port.add(draft(fixture, a, b, { type: "" }), signal);
      assert.equal(link.type === "", fixture.types[0] === "");
      assert.deepEqual(await linksOf(port, fixture.entity, b), [link]);
      return undefined;
    },
  ],
  [
    "a removed link is gone at both ends, and removing it again is no error",
    async (fixture, port) => {
      const [a, b] = await two(fixture);
      const link = await port.add(draft(fixture, a, b), signal);
      await port.remove(link, signal);
      assert.deepEqual(await linksOf(port, fixture.entity, a), []);
      await port.remove(link, signal);
      assert.deepEqual(await linksOf(port, fixture.entity, b), []);
      const again = await port.add(draft(fixture, a, b), signal);
      assert.notEqual(again.id, link.id, "a link that is made again has another id");
      return undefined;
    },
  ],
  [
    "S38 records of two types are linked, whichever is named first",
    async (fixture, port) => {
      const { entity, other } = fixture;
      if (other === null) return "one entity type only";
      const [a, b] = [await fixture.make(entity), await fixture.make(other)];
      const back = { from: { entity: other, id: b }, to: { entity, id: a } };
      const link = await port.add(draft(fixture, a, b, back), signal);
      assert.deepEqual(await port.add(draft(fixture, a, b, { to: back.from, from: back.to }), signal), link);
      assert.deepEqual(await linksOf(port, entity, a), [link]);
      assert.deepEqual(await linksOf(port, other, b), [link]);
      await port.remove(link, signal);
      assert.deepEqual(await linksOf(port, other, b), []);
      return undefined;
    },
  ],
  [
    "a link with a direction keeps it",
    async (fixture, port) => {
      if (fixture.directed === null) return "links of this tracker have no direction";
      const { entity, type } = fixture.directed;
      const [a, b] = [await fixture.make(entity), await fixture.make(entity)];
      const made: EntityLinkDraft = { type, from: { entity, id: a }, to: { entity, id: b }, comment: "" };
      const link = await port.add(made, signal);
      assert.deepEqual([link.type, link.from.id, link.to.id], [type, a, b]);
      assert.equal(port.isDirected(link), true);
      assert.deepEqual(await linksOf(port, entity, b), [link]);
      await port.remove(link, signal);
      assert.deepEqual(await linksOf(port, entity, a), []);
      return undefined;
    },
  ],
  [
    "a comment is kept as far as the tracker has room",
    async (fixture, port) => {
      if (fixture.comment === 0) return "links of this tracker have no comment";
      const [a, b] = await two(fixture);
      const words = "found while testing <& ü>";
      assert.equal((await port.add(draft(fixture, a, b, { comment: words }), signal)).comment, words);
      const [c, d] = await two(fixture);
      const long = await port.add(draft(fixture, c, d, { comment: "é".repeat(400) }), signal);
      assert.equal(long.comment, "é".repeat(fixture.comment));
      return undefined;
    },
  ],
  [
    "a link to itself, or to a record that is not there, is refused",
    async (fixture, port) => {
      const [a] = await two(fixture);
      assert.ok(["invalid", "notFound"].includes(await refusal(port.add(draft(fixture, a, a), signal))), "itself");
      const nobody = await refusal(port.add(draft(fixture, a, "987654321"), signal));
      assert.ok(["invalid", "notFound"].includes(nobody), nobody);
      assert.deepEqual(await linksOf(port, fixture.entity, a), []);
      return undefined;
    },
  ],
  [
    "S41 a deleted record takes its links with it",
    async (fixture, port) => {
      const [a, b] = await two(fixture);
      const link = await port.add(draft(fixture, a, b), signal);
      await fixture.drop(fixture.entity, b);
      assert.deepEqual(await linksOf(port, fixture.entity, a), []);
      await port.remove(link, signal);
      return undefined;
    },
  ],
  [
    "links of more records than one query takes are all there",
    async (fixture, port) => {
      const hub = await fixture.make(fixture.entity);
      const spokes: string[] = [];
      for (let i = 0; i < 12; i++) spokes.push(await fixture.make(fixture.entity));
      for (const spoke of spokes) await port.add(draft(fixture, hub, spoke), signal);
      const fill = Array.from({ length: 350 }, (_, i) => String(900_000_000 + i));
      const listed = await port.list(fixture.entity, [...fill, ...spokes, hub], signal);
      assert.equal(listed.get(hub)?.length, spokes.length);
      assert.deepEqual(
        spokes.map((spoke) => listed.get(spoke)?.length),
        spokes.map(() => 1),
      );
      return undefined;
    },
  ],
];

function ends({ from, to }: EntityLink): readonly string[] {
  return [from.id, to.id].sort();
}
