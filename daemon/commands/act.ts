import { findDaemon } from "../control/client.ts";
import { type Actions, createActions } from "./actions.ts";
import { withEngine } from "./here.ts";
import type { Host } from "./host.ts";
import type { Place } from "./place.ts";

/** Has the running daemon do it, or does it in this process where none runs. */
export async function act<K extends keyof Actions>(
  host: Host,
  place: Place,
  action: K,
  order: Parameters<Actions[K]>[0],
): Promise<Awaited<ReturnType<Actions[K]>>> {
  const daemon = await findDaemon(place.settings.state);
  if (daemon !== null) {
    const ask = daemon.ask as (command: string, order: unknown) => Promise<unknown>;
    return (await ask(action, order)) as Awaited<ReturnType<Actions[K]>>;
  }
  const answer = await withEngine(host, place, (engine) => {
    const work = createActions(engine, async () => undefined)[action] as (order: unknown) => Promise<unknown>;
    return work(order);
  });
  return answer as Awaited<ReturnType<Actions[K]>>;
}
