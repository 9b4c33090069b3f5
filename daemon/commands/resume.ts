import { join } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { findDaemon } from "../control/client.ts";
import type { Deeds, ResumeAnswer, ResumeOrder } from "../core/deeds.ts";
import { STORE_FILE } from "../main.ts";
import { lockState } from "../state/lock.ts";
import { openSqliteStore } from "../state/sqlite-store.ts";
import { DEEDS } from "../sync/hand/resume.ts";
import { resumeLink } from "./actions.ts";
import { EXIT, type ExitCode, type Host, print, printJson } from "./host.ts";
import { linksOf, withMemory } from "./memory.ts";
import { findPlace, type Place, type PlaceOptions, withState } from "./place.ts";

interface ResumeOptions extends PlaceOptions {
  readonly allow?: Deeds;
  readonly all?: boolean;
  readonly json?: boolean;
}

export function addResume(program: Command, host: Host, end: (code: ExitCode) => void): void {
  const command = program
    .command("resume <connection/link>")
    .description("show what a brake has stopped, and let it go on")
    .option(
      "--allow <deeds>",
      `what the next run may do: ${DEEDS.slice(0, -1).join(", ")}; several with commas`,
      toDeeds,
    )
    .option("--all", "everything that the stopped run would have done")
    .option("--json", "print one JSON object")
    .addHelpText("after", RESUME_HELP);
  withState(command).action(async (link: string, options: ResumeOptions) => {
    const place = await findPlace(host, options);
    await withMemory(host, place, (memory) => linksOf(host, place, memory, link));
    const allow: Deeds = options.all === true ? ["all"] : (options.allow ?? []);
    const answer = await resume(place, host, { link, allow });
    if (options.json === true) printJson(host, answer);
    else print(host, toText(answer));
    end(answer.goes ? EXIT.fine : EXIT.wrong);
  });
}

const RESUME_HELP = `
A link stops and asks when a run would create, update or delete more than its brakes let pass, when a side lists nothing although it had records
("empty"), or when an endpoint's address or project changed ("endpoint"). Without --allow nothing changes: it shows what the run would have done.
With it the link's next run may do as much of these deeds as the stopped run would have, and no more; then the brakes hold again.
The same can be said by a commit: a line  Allow-Changes: <connection/link> delete  in the last paragraph of its message.

Exit code 0: it goes on, or was not stopped; 1: it stays stopped; 3: there is no such link, or nothing ever ran here.

Examples:
  syncline resume payments/defects
  syncline resume payments/defects --allow delete`;

function toDeeds(text: string): Deeds {
  const words = text.split(",").map((word) => word.trim().toLowerCase());
  return words.map((word) => {
    const deed = DEEDS.find((one) => one === word);
    if (deed === undefined) throw new InvalidArgumentError(`"${word}" is none of ${DEEDS.join(", ")}.`);
    return deed;
  });
}

/** No tracker and no repository is asked: a stopped link can be told to go on while either is away. */
async function resume(place: Place, host: Host, order: ResumeOrder): Promise<ResumeAnswer> {
  const { state } = place.settings;
  const daemon = await findDaemon(state);
  if (daemon !== null) return daemon.ask("resume", order);
  const lock = await lockState(state);
  const store = openSqliteStore(join(state, STORE_FILE), { now: host.now });
  try {
    return resumeLink(store, order);
  } finally {
    store.close();
    await lock.release();
  }
}

function toText({ link, stop, goes }: ResumeAnswer): string {
  if (stop === null) return `${link} is not stopped`;
  const { create, update, delete: remove } = stop.would;
  const lines = [
    `${link} was stopped at ${new Date(stop.since).toISOString()} by its "${stop.brake}" brake: ${stop.reason}`,
    `the run would have done: ${create} to create, ${update} to update, ${remove} to delete`,
  ];
  const { allowed } = stop;
  if (allowed !== null)
    lines.push(
      `its next run goes on, and may create ${allowed.create}, update ${allowed.update}, delete ${allowed.delete} beyond what the brakes let pass (\`syncline sync ${link} --full\`)`,
    );
  else if (!goes)
    lines.push(
      `look with \`syncline sync ${link} --full --dry-run\`, then: syncline resume ${link} --allow ${stop.brake}`,
    );
  return lines.join("\n");
}
