import assert from "node:assert/strict";
import type { Attachment, Content } from "../../daemon/core/parts.ts";
import { contentOf, draftOf, type FileCase, hashOf } from "./attachments.ts";
import { fails, only } from "./bench.ts";

const FIVE_MEGABYTES = 5 * 1024 * 1024;

/** Bytes of every value that follow no pattern which a text conversion or a compression would leave alone. */
function noise(size: number): Content {
  return {
    size,
    async *open() {
      let seed = 1;
      for (let at = 0; at < size; at += 65_536) {
        const piece = Buffer.alloc(Math.min(65_536, size - at));
        for (let i = 0; i < piece.length; i += 4) {
          seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) | 0;
          piece.writeUInt8(seed >>> 24, i);
          for (let j = 1; j < 4 && i + j < piece.length; j++) piece.writeUInt8((seed >>> (8 * j)) & 0xff, i + j);
        }
        yield piece;
      }
    },
  };
}

function sameFile(a: Attachment | undefined, b: Attachment | undefined): void {
  assert.deepEqual(a, b);
}

export const attachmentCases: readonly FileCase[] = [
  [
    "S14 a file is added, listed, read, changed and removed",
    async ({ port, entity, fresh, files, add, bytes, signal }) => {
      const record = await fresh();
      assert.deepEqual(await files(record), []);
      const added = await add(record, "log.txt", "first line\r\nsecond line", "Server log");
      assert.equal(added.name, "log.txt");
      assert.equal(added.description, "Server log");
      assert.equal(added.size, 23);
      assert.equal(added.link, undefined);
      sameFile(only(await files(record)), added);
      assert.equal((await bytes(record, added)).toString(), "first line\r\nsecond line");
      const draft = draftOf("log.txt", "third", "Another log");
      const changed = await port.change(entity, record, added, draft, { content: true, description: true }, signal);
      sameFile(only(await files(record)), changed);
      assert.deepEqual([changed.description, changed.size], ["Another log", 5]);
      assert.equal((await bytes(record, changed)).toString(), "third");
      await port.remove(entity, record, changed, signal);
      assert.deepEqual(await files(record), []);
      return undefined;
    },
  ],
  [
    "S14 the address of a file leads to it",
    async ({ site, fresh, files, add }) => {
      const record = await fresh();
      await add(record, "a b.txt", "by its address");
      const [file] = await files(record);
      assert.match(file?.url ?? "", /^http:\/\/127\.0\.0\.1:\d+\/./);
      assert.equal((await site.open(file?.url ?? "")).toString(), "by its address");
      return undefined;
    },
  ],
  [
    "a file of five megabytes passes as a stream, its hash is the same",
    async ({ port, entity, fresh, files, signal }) => {
      const record = await fresh();
      const content = noise(FIVE_MEGABYTES);
      const sent = await hashOf(content.open(signal));
      const added = await port.add(entity, record, draftOf("large.bin", content), signal);
      assert.equal(added.size, FIVE_MEGABYTES);
      assert.equal(await hashOf(port.read(entity, record, added, FIVE_MEGABYTES, signal)), sent);
      sameFile(only(await files(record)), added);
      return undefined;
    },
  ],
  [
    "a file passes from one record straight to another one",
    async ({ port, entity, fresh, add, bytes, signal }) => {
      const [from, to] = [await fresh(), await fresh()];
      const source = await add(from, "source.txt", "x".repeat(300_000));
      const content: Content = {
        size: source.size ?? 0,
        open: (inner) => port.read(entity, from, source, 1_000_000, inner),
      };
      const copy = await port.add(entity, to, draftOf("copy.txt", content), signal);
      assert.equal((await bytes(to, copy)).length, 300_000);
      return undefined;
    },
  ],
  [
    "an empty file stays empty",
    async ({ port, entity, fresh, files, add, bytes, signal }) => {
      const record = await fresh();
      const empty = await add(record, "empty.txt", "");
      assert.equal(empty.size, 0);
      assert.equal((await bytes(record, empty)).length, 0);
      const filled = await port.change(
        entity,
        record,
        empty,
        draftOf("empty.txt", "no more"),
        { content: true, description: false },
        signal,
      );
      assert.equal((await bytes(record, filled)).toString(), "no more");
      const emptied = await port.change(
        entity,
        record,
        filled,
        draftOf("empty.txt", ""),
        { content: true, description: false },
        signal,
      );
      assert.equal(only(await files(record)).size, 0);
      assert.equal((await bytes(record, emptied)).length, 0);
      return undefined;
    },
  ],
  [
    "T13 E99 names with special characters, and from any script, are names like others",
    async ({ port, entity, site, fresh, files, bytes, signal }) => {
      const names = [
        "~!@#$%()^&.txt",
        "100% done & dusted (2).log",
        "a+b=c,d;e[1]{2}.txt",
        "O'Neill's.txt",
        "no ending",
        "123",
        ".hidden",
        "Prüfbericht – Größe 10 µm.txt",
        "отчёт.txt",
        "報告書 第2版.txt",
        "re\u0301sume\u0301.txt",
        "🚀 launch.txt",
        `${"long ".repeat(20)}name.txt`,
      ];
      const record = await fresh();
      for (const [at, name] of names.entries()) {
        const added = await port.add(entity, record, draftOf(name, `content ${at}`, `the ${at}.`), signal);
        assert.equal(added.name, site.kept(name));
      }
      const listed = await files(record);
      assert.deepEqual(
        listed.map((file) => file.name),
        names.map((name) => site.kept(name)),
      );
      for (const [at, file] of listed.entries()) {
        assert.equal((await bytes(record, file)).toString(), `content ${at}`, file.name);
        assert.equal((await site.open(file.url)).toString(), `content ${at}`, file.name);
        const draft = draftOf(file.name, `changed ${at}`, "changed");
        const changed = await port.change(entity, record, file, draft, { content: true, description: true }, signal);
        assert.equal(changed.name, file.name);
        assert.equal((await bytes(record, changed)).toString(), `changed ${at}`, file.name);
        if (site.isStuck?.(file.name) === true) {
          const error = await fails(port.remove(entity, record, changed, signal), "invalid");
          assert.ok(error.message.includes(file.name) && /by hand/.test(error.message), error.message);
          await site.person.detach(record, changed.id);
        } else await port.remove(entity, record, changed, signal);
        assert.equal((await files(record)).length, names.length - 1 - at, `${file.name} is still there`);
      }
      return undefined;
    },
  ],
  [
    "T8 two files of the same name are two files, and the answer tells what the second is called",
    async ({ port, entity, site, fresh, files, add, bytes, signal }) => {
      const record = await fresh();
      const first = await add(record, "same.txt", "one");
      const second = await add(record, "same.txt", "two");
      assert.notEqual(first.id, second.id);
      assert.equal(first.name, "same.txt");
      assert.equal(second.name === "same.txt", !site.uniqueNames);
      assert.equal((await bytes(record, first)).toString(), "one");
      assert.equal((await bytes(record, second)).toString(), "two");
      await port.remove(entity, record, first, signal);
      sameFile(only(await files(record)), second);
      return undefined;
    },
  ],
  [
    "S17 a description is plain text, of several lines too, and can be changed without the bytes",
    async ({ port, entity, site, fresh, files, add, bytes, signal }) => {
      const record = await fresh();
      const text = 'if a < b && c > d: "see <b>here</b>" &amp; there\nsecond line\n\nlast one ü';
      const added = await add(record, "a.txt", "kept", text);
      assert.equal(added.description, text);
      sameFile(only(await files(record)), added);
      const opened = { times: 0 };
      const content: Content = {
        size: 4,
        open(inner) {
          opened.times += 1;
          return contentOf("kept").open(inner);
        },
      };
      const how = { content: false, description: true };
      const changed = await port.change(entity, record, added, draftOf("a.txt", content, "short"), how, signal);
      assert.equal(changed.description, "short");
      const cleared = await port.change(entity, record, changed, draftOf("a.txt", content), how, signal);
      assert.equal(cleared.description, "");
      sameFile(only(await files(record)), cleared);
      assert.equal((await bytes(record, cleared)).toString(), "kept");
      const same = added.id === cleared.id;
      assert.equal(opened.times, same ? 0 : 2);
      if (site.replaces) assert.ok(same);
      return undefined;
    },
  ],
  [
    "a file is renamed, and what does not change stays",
    async ({ port, entity, fresh, files, add, bytes, signal }) => {
      const record = await fresh();
      const added = await add(record, "old.txt", "content", "about");
      const none = { content: false, description: false };
      const same = await port.change(entity, record, added, draftOf("old.txt", "content", "about"), none, signal);
      sameFile(same, added);
      const named = await port.change(entity, record, added, draftOf("new.txt", "content", "about"), none, signal);
      assert.deepEqual([named.name, named.description], ["new.txt", "about"]);
      sameFile(only(await files(record)), named);
      assert.equal((await bytes(record, named)).toString(), "content");
      return undefined;
    },
  ],
  [
    "S16 T9 a replaced content shows in the list",
    async ({ port, entity, site, fixture, fresh, files, add, signal }) => {
      const record = await fresh();
      const added = await add(record, "a.txt", "before");
      await fixture.tick();
      const draft = draftOf("a.txt", "after!");
      const changed = await port.change(entity, record, added, draft, { content: true, description: false }, signal);
      assert.equal(site.replaces, changed.id === added.id);
      assert.notDeepEqual([changed.id, changed.stamp], [added.id, added.stamp]);
      sameFile(only(await files(record)), changed);
      if (site.person.replace === null) return undefined;
      await fixture.tick();
      await site.person.replace(record, changed.id, "by ano");
      const now = only(await files(record));
      assert.equal(now.id, changed.id);
      assert.notEqual(now.stamp, changed.stamp);
      return undefined;
    },
  ],
  [
    "what other people attach and remove is seen",
    async ({ site, fresh, files, bytes }) => {
      const record = await fresh();
      const id = await site.person.attach(record, "theirs.txt", "by hand");
      const theirs = only(await files(record));
      assert.deepEqual([theirs.id, theirs.name, theirs.description, theirs.size], [id, "theirs.txt", "", 7]);
      assert.equal((await bytes(record, theirs)).toString(), "by hand");
      await site.person.detach(record, id);
      assert.deepEqual(await files(record), []);
      return undefined;
    },
  ],
  [
    "many records are listed at once, each with its own files; one that is not there has no entry",
    async ({ port, entity, fixture, make, add, signal }) => {
      const records = await make({}, {}, {}, {}, {}, {});
      const ids = records.map(({ id }) => id);
      const [first = "", , third = ""] = ids;
      for (const n of [1, 2, 3]) await add(first, `${n}.txt`, `${n}`);
      await add(third, "only.txt", "x");
      const before = fixture.requests?.() ?? 0;
      const found = await port.list(entity, [...ids, ...ids, fixture.noId, "no id", ""], signal);
      const asked = (fixture.requests?.() ?? 0) - before;
      assert.deepEqual(
        ids.map((id) => found.get(id)?.map(({ name }) => name)),
        [["1.txt", "2.txt", "3.txt"], [], ["only.txt"], [], [], []],
      );
      assert.equal(found.size, ids.length);
      assert.ok(asked <= ids.length + 2, `${asked} requests for ${ids.length} records`);
      assert.equal((await port.list(entity, [], signal)).size, 0);
      return undefined;
    },
  ],
  [
    "a record with more files than one page of a list holds shows them all",
    async ({ site, fresh, files }) => {
      if (site.arm === null) return "hundreds of files in a real tracker take long";
      const record = await fresh();
      const names = Array.from({ length: 230 }, (_, n) => `${n}.txt`);
      for (const name of names) await site.person.attach(record, name, name);
      assert.deepEqual(
        (await files(record)).map(({ name }) => name),
        names,
      );
      return undefined;
    },
  ],
  [
    "a file that is removed twice, or that somebody else removed, counts as removed",
    async ({ port, entity, site, fresh, files, add, signal }) => {
      const record = await fresh();
      const [one, two] = [await add(record, "1.txt", "1"), await add(record, "2.txt", "2")];
      await port.remove(entity, record, one, signal);
      await port.remove(entity, record, one, signal);
      await site.person.detach(record, two.id);
      await port.remove(entity, record, two, signal);
      assert.deepEqual(await files(record), []);
      return undefined;
    },
  ],
  [
    "a file that is gone cannot be read or changed",
    async ({ port, entity, fresh, files, add, bytes, signal }) => {
      const record = await fresh();
      const file = await add(record, "1.txt", "1");
      await port.remove(entity, record, file, signal);
      await fails(bytes(record, file), "notFound");
      const both = { content: true, description: true };
      await fails(port.change(entity, record, file, draftOf("1.txt", "x"), both, signal), "notFound");
      assert.deepEqual(await files(record), []);
      return undefined;
    },
  ],
  [
    "of a record that is gone nothing is listed, and nothing can be added",
    async ({ port, entity, fixture, fresh, add, bytes, signal }) => {
      const record = await fresh();
      const file = await add(record, "1.txt", "1");
      await fixture.remove(record);
      assert.equal((await port.list(entity, [record], signal)).has(record), false);
      await fails(bytes(record, file), "notFound");
      for (const id of [record, fixture.noId, "no id"]) {
        const error = await fails(add(id, "2.txt", "2"), "notFound");
        assert.equal(error.stored, "no");
      }
      const both = { content: true, description: true };
      await fails(port.change(entity, record, file, draftOf("1.txt", "x"), both, signal), "notFound");
      await port.remove(entity, record, file, signal);
      return undefined;
    },
  ],
  [
    "S14 a file beyond the given bound is refused, one that just fits is read",
    async ({ port, entity, fresh, add, signal }) => {
      const record = await fresh();
      const file = await add(record, "1.txt", "12345");
      for (const known of [file, { ...file, size: null }]) {
        assert.equal((await hashOf(port.read(entity, record, known, 5, signal))).length, 64);
        const error = await fails(hashOf(port.read(entity, record, known, 4, signal)), "invalid");
        assert.match(error.message, /1\.txt.*larger than 4 bytes/);
      }
      return undefined;
    },
  ],
  [
    "S14 a file that is too large for the tracker is refused in clear words",
    async ({ port, entity, site, fresh, files, signal }) => {
      const record = await fresh();
      const fits = await port.add(entity, record, draftOf("fits.bin", new Uint8Array(site.largest)), signal);
      assert.equal(fits.size, site.largest);
      const draft = draftOf("huge.bin", new Uint8Array(site.largest + 1));
      const error = await fails(port.add(entity, record, draft, signal), "invalid");
      assert.equal(error.stored, "no");
      assert.match(error.message, /huge\.bin/);
      assert.match(error.message, /larg/);
      sameFile(only(await files(record)), fits);
      return undefined;
    },
  ],
];
