import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { pagesById } from "../../../../daemon/connectors/redmine/paging.ts";

const fail = (what: string): never => {
  throw new Error(what);
};

/** Rows of a listing that others change between two windows: `edits[n]` happens before the n-th window is read. */
async function readAll(
  start: readonly number[],
  limit: number,
  edits: readonly ((rows: number[]) => void)[],
): Promise<number[]> {
  const rows = [...start].sort((a, b) => a - b);
  const count = { windows: 0 };
  const seen: number[] = [];
  const read = async (offset: number) => {
    edits[count.windows++]?.(rows);
    const ids = rows.slice(offset, offset + limit);
    return { rows: ids.map((id) => ({ id })), total: rows.length, asOf: null, fail };
  };
  for await (const page of pagesById(read)) seen.push(...page.rows.map((row) => Number(row["id"])));
  return seen;
}

test("each issue comes once and none that stayed is missed, whatever is removed or added while pages are read", async () => {
  const edit = fc.record({
    remove: fc.array(fc.nat(60), { maxLength: 20 }),
    add: fc.array(fc.nat(60), { maxLength: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.nat(60), { maxLength: 40 }),
      fc.integer({ min: 2, max: 9 }),
      fc.array(edit, { maxLength: 12 }),
      async (start, limit, edits) => {
        const removed = new Set(edits.flatMap((e) => e.remove));
        const seen = await readAll(
          start,
          limit,
          edits.map(({ remove, add }) => (rows) => {
            const kept = new Set([...rows.filter((id) => !remove.includes(id)), ...add]);
            rows.splice(0, rows.length, ...[...kept].sort((a, b) => a - b));
          }),
        );
        assert.equal(new Set(seen).size, seen.length);
        for (const id of start) if (!removed.has(id)) assert.ok(seen.includes(id), `${id} was missed`);
      },
    ),
  );
});

test("a list of one window costs one request, an empty one too", async () => {
  assert.deepEqual(await readAll([], 5, [() => undefined, () => fail("a second window")]), []);
  assert.deepEqual(await readAll([3, 1, 2], 5, [() => undefined, () => fail("a second window")]), [1, 2, 3]);
});

test("a server that orders otherwise is refused", async () => {
  const read = async () => ({ rows: [{ id: 2 }, { id: 1 }], total: 2, asOf: null, fail });
  await assert.rejects(async () => {
    for await (const _ of pagesById(read));
  }, /order of ids/);
});
