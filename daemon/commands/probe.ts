import type { Check } from "../core/connector.ts";
import { ConnectorError } from "../core/errors.ts";
import type { EndpointConfig } from "../core/snapshot.ts";
import { openPool, type Patience } from "../main.ts";
import type { Secrets } from "../state/secrets.ts";
import type { Host } from "./host.ts";

/** Of somebody who waits at a screen: a tracker that says nothing is told after half a minute. A run waits four for it. */
export const PATIENCE: Patience = { timeoutMs: 10_000, budget: { capacity: 2, perSecond: 0.01 } };

/** Reaches an endpoint and signs in, no more, over connections of its own (X10). */
export async function probe(
  { now, random, signal }: Host,
  connection: string,
  endpoint: EndpointConfig,
  secrets: Secrets,
  patience: Patience = PATIENCE,
): Promise<readonly Check[]> {
  const pool = openPool({ address: () => null }, { emit: () => undefined, now, random, secrets }, patience);
  try {
    const { connector } = await pool.open(connection, endpoint);
    return await connector.test([], signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ConnectorError)) throw error;
    return [{ name: "reach", verdict: "fail", message: error.message }];
  } finally {
    await pool.close();
  }
}
