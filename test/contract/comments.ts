import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Connector } from "../../daemon/core/connector.ts";
import type { Comment, CommentEdit, CommentPort } from "../../daemon/core/parts.ts";
import { htmlToText, textToHtml } from "../../daemon/fields/html.ts";
import { type Bench, createBench, fails, only } from "./bench.ts";
import type { Fixture } from "./fixture.ts";

/** One tracker with comments, for the suite below. */
export interface CommentFixture {
  readonly fixture: Fixture;
  /** Somebody with an account of their own on the tracker. */
  readonly author: { readonly login: string; readonly name: string };
  /** An entity type without comments. */
  readonly silent: string;
  /** Another person writes a comment in the tracker's own client. */
  say(id: string, text: string): Promise<void>;
  /** Another person replaces a piece of text in one of the comments. */
  rewrite(id: string, from: string, to: string): Promise<void>;
}

type Add = Extract<CommentEdit, { kind: "add" }>;

interface Stage extends Bench {
  readonly site: CommentFixture;
  readonly port: CommentPort;
  readonly entity: string;
  /** A record without comments. */
  fresh(): Promise<string>;
  read(id: string): Promise<readonly Comment[]>;
  add(text: string, more?: Partial<Add>): Add;
  /** The words of a comment. */
  words(comment: Comment | undefined): string;
}

type Case = readonly [title: string, run: (stage: Stage) => Promise<string | undefined>];

const OLD = "2024-02-29T23:59:58Z";

const cases: readonly Case[] = [
  [
    "a record without comments has an empty list, one that is not there has none",
    async ({ port, entity, fresh, signal, fixture }) => {
      const [one, two] = [await fresh(), await fresh()];
      const listed = await port.list(entity, [one, two, fixture.noId, "no id"], signal);
      assert.deepEqual([listed.get(one), listed.get(two), listed.has(fixture.noId), listed.size], [[], [], false, 2]);
      return undefined;
    },
  ],
  [
    "a comment keeps its text, author, time and origin",
    async ({ port, entity, fresh, signal, add, words, read, site }) => {
      const id = await fresh();
      const stored = await port.write(entity, id, [add("First & <best>\n\nsecond \"line\" with 'quotes'")], signal);
      const comment = only(stored);
      assert.equal(words(comment), "First & <best>\n\nsecond \"line\" with 'quotes'");
      assert.equal(comment.at, OLD);
      assert.equal(comment.origin, "other:17");
      assert.equal(comment.authorName.toLowerCase().includes(site.author.name.toLowerCase()), true, comment.authorName);
      assert.equal(comment.private, false);
      assert.deepEqual(await read(id), stored);
      return undefined;
    },
  ],
  [
    "an author without an account is named all the same",
    async ({ port, entity, fresh, signal, add }) => {
      const author = { login: null, name: "Zoë van der Berg" };
      const comment = only(await port.write(entity, await fresh(), [add("text", { author })], signal));
      assert.deepEqual([comment.author, comment.authorName, comment.at], [null, "Zoë van der Berg", OLD]);
      return undefined;
    },
  ],
  [
    "several comments stand in the order in which they were given",
    async ({ port, entity, fresh, signal, add, words }) => {
      const stored = await port.write(entity, await fresh(), [add("one"), add("two"), add("one")], signal);
      assert.deepEqual(stored.map(words), ["one", "two", "one"]);
      assert.equal(new Set(stored.map((c) => c.id)).size, stored[0]?.id === null ? 1 : 3);
      return undefined;
    },
  ],
  [
    "what people wrote is read, and nothing disturbs it",
    async ({ port, entity, fresh, signal, add, words, read, site }) => {
      const id = await fresh();
      await site.say(id, "by hand");
      await port.write(entity, id, [add("ours")], signal);
      await site.say(id, "by hand again");
      const before = await read(id);
      assert.deepEqual(before.map(words), ["by hand", "ours", "by hand again"]);
      assert.equal(before[0]?.origin, null);
      const ours = before[1] as Comment;
      const changed = await port.write(
        entity,
        id,
        [{ kind: "change", comment: ours, body: bodyIn(port, "ours, edited") }, add("more")],
        signal,
      );
      assert.deepEqual(changed.map(words), ["by hand", "ours, edited", "by hand again", "more"]);
      assert.deepEqual([changed[0], changed[2]], [before[0], before[2]]);
      const { author, authorName, at, origin, id: own } = changed[1] as Comment;
      assert.deepEqual(
        [author, authorName, at, origin, own],
        [ours.author, ours.authorName, ours.at, ours.origin, ours.id],
      );
      return undefined;
    },
  ],
  [
    "a removed comment is gone, the others stay as they were",
    async ({ port, entity, fresh, signal, add, words, site }) => {
      const id = await fresh();
      await site.say(id, "by hand");
      const before = await port.write(entity, id, [add("one"), add("two"), add("three")], signal);
      const rest = await port.write(entity, id, [{ kind: "remove", comment: before[2] as Comment }], signal);
      assert.deepEqual(rest.map(words), ["by hand", "one", "three"]);
      assert.deepEqual(rest, [before[0], before[1], before[3]]);
      const first = await port.write(entity, id, [{ kind: "remove", comment: before[0] as Comment }], signal);
      assert.deepEqual(first, [before[1], before[3]]);
      assert.deepEqual(
        await port.write(
          entity,
          id,
          first.map((comment) => ({ kind: "remove", comment })),
          signal,
        ),
        [],
      );
      return undefined;
    },
  ],
  [
    "a comment that somebody changed meanwhile is a conflict, and stays as they made it",
    async ({ port, entity, fresh, signal, add, words, read, site }) => {
      const id = await fresh();
      const [comment] = await port.write(entity, id, [add("first version")], signal);
      assert.ok(comment !== undefined);
      await site.rewrite(id, "first version", "their version");
      for (const edit of [
        { kind: "change", comment, body: bodyIn(port, "our version") },
        { kind: "remove", comment },
      ] as const)
        await fails(port.write(entity, id, [edit], signal), "conflict");
      assert.deepEqual((await read(id)).map(words), ["their version"]);
      return undefined;
    },
  ],
  [
    "a new comment goes beside what somebody wrote meanwhile",
    async ({ port, entity, fresh, signal, add, words, read, site }) => {
      const id = await fresh();
      await read(id);
      await site.say(id, "meanwhile");
      assert.deepEqual((await port.write(entity, id, [add("ours")], signal)).map(words), ["meanwhile", "ours"]);
      return undefined;
    },
  ],
  [
    "formatted text is kept as far as the tracker keeps any",
    async ({ port, entity, fresh, signal, add, words }) => {
      const body = port.markup === "html" ? "<ul><li>one</li><li><b>two</b></li></ul>" : "* one\n* *two*";
      const comment = only(await port.write(entity, await fresh(), [add("", { body })], signal));
      assert.match(words(comment), /^\* one\n\* \*?two\*?$/);
      if (port.markup === "html") assert.ok(comment.body.includes("<b>two</b>"));
      return undefined;
    },
  ],
  [
    "a comment of 200 kB is stored",
    async ({ port, entity, fresh, signal, add, words }) => {
      const text = "0123456789".repeat(20_000);
      assert.equal(words(only(await port.write(entity, await fresh(), [add(text)], signal))), text);
      return undefined;
    },
  ],
  [
    "a record that is not there, and an entity type without comments, are refused",
    async ({ port, entity, signal, add, fixture, site }) => {
      await fails(port.write(entity, fixture.noId, [add("text")], signal), "notFound");
      await fails(port.list(site.silent, ["1"], signal), "invalid", "notFound");
      assert.equal(port.field(site.silent), null);
      return undefined;
    },
  ],
  [
    "an aborted call ends with the reason",
    async ({ port, entity, fresh, add }) => {
      const id = await fresh();
      const reason = new Error("stopped by the test");
      const stopped = AbortSignal.abort(reason);
      await assert.rejects(port.list(entity, [id], stopped), reason);
      await assert.rejects(port.write(entity, id, [add("text")], stopped), reason);
      return undefined;
    },
  ],
];

function bodyIn(port: CommentPort, text: string): string {
  return port.markup === "html" ? textToHtml(text) : text;
}

/** What every connector with comments owes the engine (X15, X16). `make` is called once; a text skips the suite with it. */
export function commentContract(name: string, make: () => Promise<CommentFixture | string>): void {
  describe(`comments contract: ${name}`, () => {
    const state: { stage: Stage | null; skip: string; connector: Connector | null } = {
      stage: null,
      skip: "",
      connector: null,
    };

    before(async () => {
      const site = await make();
      if (typeof site === "string") {
        state.skip = site;
        return;
      }
      state.connector = await site.fixture.open();
      state.stage = stageOf(site, state.connector);
    });
    after(async () => {
      await state.connector?.close();
      await state.stage?.site.fixture.close();
    });

    for (const [title, run] of cases) {
      test(`X15 X16 ${title}`, { timeout: 60_000 }, async (t) => {
        if (state.stage === null) return t.skip(state.skip);
        const why = await run(state.stage);
        if (why !== undefined) t.skip(why);
      });
    }
  });
}

function stageOf(site: CommentFixture, connector: Connector): Stage {
  const bench = createBench(site.fixture, connector);
  const port = connector.comments;
  assert.ok(port !== undefined, "the connector has no comments");
  const { entity } = site.fixture;
  return {
    ...bench,
    ...{ site, port, entity },
    fresh: async () => only(await bench.make({})).id,
    read: async (id) => (await port.list(entity, [id], bench.signal)).get(id) ?? assert.fail(`${id} has no entry`),
    add: (text, more = {}) => ({
      ...{ kind: "add", body: bodyIn(port, text), author: site.author, at: OLD, origin: "other:17", private: false },
      ...more,
    }),
    words: (comment) => (port.markup === "html" ? htmlToText(comment?.body ?? "") : (comment?.body ?? "")),
  };
}
