import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openJournal } from "../../../daemon/sandbox/journal.ts";
import { createRandom } from "../../../daemon/sandbox/random.ts";

function file(t: { after(fn: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), "sandbox-journal-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "deep", "journal.jsonl");
}

test("what was appended is replayed, in order, over a reopening", (t) => {
  const path = file(t);
  const first = openJournal<{ n: number; text: string }>(path);
  const long = "ä".repeat(800_000);
  for (const n of [1, 2, 3]) first.append({ n, text: n === 2 ? long : "line\nbreak" });
  first.close();
  const second = openJournal<{ n: number; text: string }>(path);
  assert.deepEqual(
    [...second.replay()].map(({ n, text }) => [n, text.length]),
    [
      [1, 10],
      [2, 800_000],
      [3, 10],
    ],
  );
  second.close();
});

test("a torn last line is cut off, said, and does not spoil the next entry", (t) => {
  const path = file(t);
  const first = openJournal<number>(path);
  first.append(1);
  first.close();
  appendFileSync(path, "[2, 3");
  const notes: string[] = [];
  const second = openJournal<number>(path, (message) => notes.push(message));
  assert.deepEqual([...second.replay()], [1]);
  assert.match(notes.join(), /torn last line of 5 bytes/);
  second.append(4);
  second.close();
  assert.equal(readFileSync(path, "utf8"), "1\n4\n");
});

test("damage elsewhere is an error that names the line", (t) => {
  const path = file(t);
  openJournal(path).close();
  writeFileSync(path, "1\n{\n2\n");
  const journal = openJournal(path);
  assert.throws(() => [...journal.replay()], /line 2 is not JSON/);
  journal.close();
});

test("without a file nothing is kept", () => {
  const journal = openJournal<number>(null);
  journal.append(1);
  assert.deepEqual([...journal.replay()], []);
  journal.close();
});

test("chance repeats by its seed and keeps its bounds", () => {
  const [a, b, c] = [createRandom(1), createRandom(1), createRandom(2)];
  const draw = (random: typeof a) => Array.from({ length: 50 }, () => random.int(-2, 2));
  const drawn = draw(a);
  assert.deepEqual(drawn, draw(b));
  assert.notDeepEqual(drawn, draw(c));
  assert.deepEqual(
    [...new Set(drawn)].sort((x, y) => x - y),
    [-2, -1, 0, 1, 2],
  );
  assert.throws(() => a.pick([]), RangeError);
});
