import { ConnectorError } from "../core/errors.ts";
import type { Content } from "../core/parts.ts";

/**
 * The bytes of a content, its last piece held back until their number has turned out to be its size. Throws `conflict` where it is not: what it came
 * from has changed since.
 */
export async function* exactly(content: Content, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const { size } = content;
  const state: { length: number; held: Uint8Array | null } = { length: 0, held: null };
  for await (const piece of content.open(signal)) {
    if (piece.byteLength === 0) continue;
    state.length += piece.byteLength;
    if (state.length > size) throw otherLength(size, `more than ${size}`);
    if (state.held !== null) yield state.held;
    state.held = piece;
  }
  if (state.length < size) throw otherLength(size, `only ${state.length}`);
  if (state.held !== null) yield state.held;
}

function otherLength(size: number, found: string): ConnectorError {
  return new ConnectorError(
    "conflict",
    `a file of ${size} bytes turned out to have ${found}: it has changed meanwhile`,
  );
}

/** A content that is sent on from somewhere else, and what its reading failed with: trouble that is not the receiver's. */
export interface Watched {
  readonly content: Content;
  /** Of the last reading; undefined where none failed. */
  failure(): unknown;
}

export function watched(content: Content): Watched {
  const state: { failure: unknown } = { failure: undefined };
  async function* open(signal: AbortSignal): AsyncIterable<Uint8Array> {
    state.failure = undefined;
    try {
      yield* content.open(signal);
    } catch (error) {
      state.failure = error;
      throw error;
    }
  }
  return { content: { size: content.size, open }, failure: () => state.failure };
}
