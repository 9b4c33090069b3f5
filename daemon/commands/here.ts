import { OperatorError } from "../core/errors.ts";
import type { Event } from "../core/events.ts";
import { type Engine, openEngine } from "../main.ts";
import { openSecrets } from "../state/secrets.ts";
import { createProgress } from "../status/progress.ts";
import type { Host } from "./host.ts";
import { type Place, requireRepository } from "./place.ts";

/** The engine in this process with the branch's tip live, for work on links where no daemon runs. Throws `OperatorError`. */
export async function withEngine<T>(host: Host, place: Place, work: (engine: Engine) => Promise<T>): Promise<T> {
  requireRepository(place);
  const note = (message: string) => void host.stderr.write(`${message}\n`);
  const progress = createProgress({ stream: host.stderr });
  const emit = (event: Event) => {
    progress.emit(event);
    if (event.event === "endpoint.note") note(`${event.connection}/${event.endpoint}: ${event.message}`);
  };
  const fail = (error: unknown) => note(String(error));
  const { now, random, signal } = host;
  const secrets = openSecrets(place.secrets, { note });
  const engine = await openEngine(place.settings, { emit, now, random, signal, fail, secrets });
  try {
    const { repository, branch } = place.settings;
    await engine.state.update((data) => ({ ...data, host: { repository, branch, secrets: place.secrets } }));
    await engine.publisher.start(signal);
    await engine.publisher.settled();
    const { active, verdict } = engine.publisher.status();
    if (active === null)
      throw new OperatorError(
        `No revision can go live${verdict === null ? "" : `: ${verdict.kind}`}.`,
        "Run `syncline check` to see why.",
      );
    return await work(engine);
  } finally {
    progress.stop();
    await engine.close();
  }
}
