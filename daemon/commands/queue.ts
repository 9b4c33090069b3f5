import type { Command } from "commander";
import { type LinkQueue, queueOf } from "../status/queue.ts";
import { formatQueue } from "../status/queue-text.ts";
import { EXIT, type ExitCode, type Host, print, printJson } from "./host.ts";
import { linksOf, type Memory, withMemory } from "./memory.ts";
import { findPlace, type Place, type PlaceOptions, withState } from "./place.ts";
import { toLimit } from "./runs.ts";

interface QueueOptions extends PlaceOptions {
  readonly limit: number;
  readonly exitCode?: boolean;
  readonly json?: boolean;
}

const SHOWN = 200;

export function addQueue(program: Command, host: Host, end: (code: ExitCode) => void): void {
  const command = program
    .command("queue [connection/link]")
    .description("what waits: records to be tried again, writes without an answer, links that a brake has stopped")
    .option("--limit <n>", `most records shown of each link`, toLimit, SHOWN)
    .option("--exit-code", "end with 1 where anything waits")
    .option("--json", "print one JSON object")
    .addHelpText("after", QUEUE_HELP);
  withState(command).action(async (link: string | undefined, options: QueueOptions) => {
    const place = await findPlace(host, options);
    const links = await withMemory(host, place, (memory) => read(host, place, memory, link, options.limit));
    if (options.json === true) printJson(host, { links });
    else print(host, formatQueue(links, host.now()));
    const waits = links.some((one) => one.retries.length > 0 || one.intents.length > 0 || one.stop !== null);
    end(options.exitCode === true && waits ? EXIT.wrong : EXIT.fine);
  });
}

const QUEUE_HELP = `
A record that failed is tried again after a minute, then two, four … up to six hours, and at once after a publish or when somebody edits it. One
that has failed ten times waits for a publish. Nothing else waits for it. Works beside a running daemon and without one.

Exit code 0: shown; 1: something waits (only with --exit-code); 3: there is no such link, or nothing ever ran here.

Example:
  syncline queue payments/defects`;

async function read(
  host: Host,
  place: Place,
  memory: Memory,
  wanted: string | undefined,
  limit: number,
): Promise<readonly LinkQueue[]> {
  const active = place.remembered.publish.active?.revision ?? null;
  const queues: LinkQueue[] = [];
  for (const link of await linksOf(host, place, memory, wanted)) {
    const names = await memory.names(link);
    queues.push(queueOf({ link, names, store: memory.store.link(link), now: host.now(), active, limit }));
  }
  return queues;
}
