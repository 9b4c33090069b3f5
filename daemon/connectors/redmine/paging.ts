import { type Fail, idOf, type JsonObject } from "../json-answer.ts";

export interface IssuePage {
  readonly rows: readonly JsonObject[];
  readonly total: number;
  readonly asOf: string | null;
  readonly fail: Fail;
}

/**
 * Pages of a listing ordered by id, each row once. The server knows only windows by offset, which shift while they are read: each window starts on the
 * last row of the one before, and steps back where that row or one before it is gone. Yields at least one page.
 */
export async function* pagesById(read: (offset: number) => Promise<IssuePage>): AsyncGenerator<IssuePage> {
  const state = { offset: 0, last: -1, requests: 0, size: 2 };
  for (;;) {
    const page = await read(state.offset);
    state.requests++;
    state.size = Math.max(state.size, page.rows.length);
    if (state.requests > 100 + page.total) page.fail("belongs to a listing that never ends");
    const ids = page.rows.map((row) => Number(idOf(row["id"], "id", page.fail)));
    if (ids.some((id, i) => i > 0 && id <= (ids[i - 1] ?? -1))) page.fail("is not in the order of ids");
    const first = ids[0];
    if (state.offset > 0 && (first === undefined || first > state.last)) {
      state.offset = Math.max(0, state.offset - state.size + 1);
      continue;
    }
    const fresh = page.rows.filter((_, i) => (ids[i] ?? -1) > state.last);
    state.last = Math.max(state.last, ids.at(-1) ?? -1);
    if (fresh.length > 0 || state.requests === 1) yield { ...page, rows: fresh };
    if (page.rows.length === 0 || state.offset + page.rows.length >= page.total) return;
    state.offset += Math.max(1, page.rows.length - 1);
  }
}
