/**
 * Results in the order of `items`, with at most `limit` calls of `fn` under way. The first failure stops further calls; it is thrown after those
 * under way have settled, so that nothing goes on behind the caller's back. Throws the signal's reason when it is aborted.
 */
export async function mapLimit<T, R>(
  items: readonly T[],
  limit: number,
  fn: (item: T, index: number) => Promise<R>,
  signal: AbortSignal,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const state: { next: number; failure: { readonly error: unknown } | null } = { next: 0, failure: null };

  async function work(): Promise<void> {
    while (state.next < items.length && state.failure === null && !signal.aborted) {
      const index = state.next++;
      try {
        results[index] = await fn(items[index] as T, index);
      } catch (error) {
        state.failure ??= { error };
      }
    }
  }

  const workers = Math.min(Math.max(1, Math.floor(limit)), items.length);
  await Promise.all(Array.from({ length: workers }, work));
  if (state.failure !== null) throw state.failure.error;
  signal.throwIfAborted();
  return results;
}

/** Like `mapLimit`, with the first by itself: what it learns of a server need not be asked by each of those that start together. */
export async function mapAfterFirst<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<R>,
  signal: AbortSignal,
): Promise<readonly R[]> {
  const first = await mapLimit(items.slice(0, 1), 1, work, signal);
  const rest = await mapLimit(items.slice(1), limit, (item, index) => work(item, index + 1), signal);
  return [...first, ...rest];
}
