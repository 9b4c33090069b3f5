import assert from "node:assert/strict";
import { test } from "node:test";
import { formatShortcut } from "../../../daemon/fields/shortcut.ts";
import type { SandboxFile } from "../../../daemon/sandbox/attachment-admin.ts";
import { findingsOfParts, MOST_BYTES, type PartsPicture, type PartsShown } from "../../soak/check-parts.ts";
import { type CommentWanted, createParts, type FileWanted, type Hands, type PartsWorld } from "../../soak/parts.ts";
import { sayInMemo } from "../../support/memo.ts";

/** People who write on paper: only what they remember of it counts here. */
function remembered(act: (parts: PartsWorld) => void): {
  readonly parts: PartsWorld;
  readonly memos: Map<string, string>;
} {
  const memos = new Map<string, string>();
  const nothing = () => undefined;
  const hands: Hands = {
    ...{
      addFile: nothing,
      changeFile: nothing,
      removeFile: nothing,
      bind: nothing,
      unbind: nothing,
      setVersion: nothing,
    },
    memo: (end, key) => memos.get(`${end} ${key}`) ?? "",
    setMemo: (end, key, memo) => void memos.set(`${end} ${key}`, memo),
  };
  const parts = createParts(hands);
  act(parts);
  return { parts, memos };
}

const EMPTY: PartsShown = { files: [], memo: "", version: "" };
const file = (name: string, content: Uint8Array | string): SandboxFile => ({
  ...{ id: "1", name, description: "", link: false, content: Buffer.from(content as string) },
});
function picture(alm: Partial<PartsShown>, agm: Partial<PartsShown>, more: Partial<PartsPicture> = {}): PartsPicture {
  const records = new Map([["k1", { alm: { ...EMPTY, ...alm }, agm: { ...EMPTY, ...agm } }]]);
  return { records, bonds: { alm: [], agm: [] }, made: { alm: [], agm: [] }, ...more };
}
const none = new Set<string>();

test("the check of parts sees a file that is not there, one with other bytes, one that stands twice, and nobody's", () => {
  const { parts } = remembered((p) => p.attach("alm", "k1", 10));
  const [{ name, content }] = parts.files() as unknown as [FileWanted];
  const whole = file(name, content);
  const look = (there: readonly SandboxFile[]) =>
    findingsOfParts(picture({ files: [whole] }, { files: there }), parts, none);
  assert.deepEqual(look([whole]), { duplicates: [], lost: [], surprise: [] });
  assert.deepEqual(look([]).lost, [`agm k1 file ${name} is not there`]);
  assert.deepEqual(look([file(name, "half")]).lost, [`agm k1 file ${name} has other bytes: 4 instead of 10`]);
  assert.deepEqual(look([whole, whole]).duplicates, [`agm k1 file ${name} is there twice`]);
  assert.deepEqual(look([whole, file("f1_1.bin", content)]).duplicates, ["agm k1 has a file f1_1.bin"]);
  assert.deepEqual(findingsOfParts(picture({}, {}), parts, new Set(["k1"])), {
    duplicates: [],
    lost: [],
    surprise: [],
  });
});

test("the check of parts takes the address of a file that is too large for its bytes, and nothing else", () => {
  const { parts } = remembered((p) => p.attach("agm", "k1", MOST_BYTES + 1));
  const [{ name, content }] = parts.files() as unknown as [FileWanted];
  const address = file(`${name}.url`, formatShortcut("http://127.0.0.1/files/1"));
  const agm = { files: [file(name, content)] };
  assert.deepEqual(findingsOfParts(picture({ files: [address] }, agm), parts, none).lost, []);
  assert.equal(
    findingsOfParts(picture({ files: [file(`${name}.url`, "no address")] }, agm), parts, none).lost.length,
    1,
  );
});

test("the check of parts sees a comment that is missing, said twice, put in other words, or nobody's", () => {
  const { parts, memos } = remembered((p) => p.say("alm", "k1"));
  const memo = memos.get("alm k1") ?? "";
  const [{ text }] = parts.comments() as unknown as [CommentWanted];
  const look = (alm: string, agm: string) => findingsOfParts(picture({ memo: alm }, { memo: agm }), parts, none);
  assert.deepEqual(look(memo, memo), { duplicates: [], lost: [], surprise: [] });
  assert.equal(look(memo, "").lost.length, 1);
  assert.equal(look(memo, sayInMemo(memo, "Jane Doe", "jane.doe", "11/20/2026", text)).duplicates.length, 1);
  assert.equal(look(memo, memo.replace(text, "word1 otherwise")).lost.length, 1);
  assert.equal(look(memo.replace("Jane Doe", "John Doe"), memo).surprise.length, 1, "its head was changed");
  assert.equal(look(memo, sayInMemo(memo, "Eve", "eve", "11/20/2026", "who asked")).surprise.length, 1);
});

test("the check of parts sees links and made values that are missing or stand twice", () => {
  const { parts } = remembered((p) => {
    p.bind("alm", "k2", "k1");
    p.name("alm", "k1", "V1");
  });
  const look = (agm: readonly string[], version: string, made: readonly string[]) =>
    findingsOfParts(
      picture({ version: "V1" }, { version }, { bonds: { alm: ["k1 k2"], agm }, made: { alm: ["V1"], agm: made } }),
      parts,
      none,
    );
  assert.deepEqual(look(["k1 k2"], "V1", ["V1"]), { duplicates: [], lost: [], surprise: [] });
  assert.deepEqual(look([], "", ["V1", "V1"]), {
    duplicates: ["agm has the value V1 twice"],
    lost: ["agm has no link k1 k2", 'agm k1 has version "", not "V1"'],
    surprise: [],
  });
  assert.deepEqual(look(["k1 k2", "k1 k2"], "V1", []).duplicates, ["agm has the link k1 k2 twice"]);
  assert.deepEqual(look(["k1 k2", "k1 k3"], "V1", []).surprise, ["agm has a link k1 k3"]);
});
