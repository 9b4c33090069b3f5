import type { Command } from "commander";
import type { UnlinkAnswer, UnlinkOrder } from "../core/deeds.ts";
import { act } from "./act.ts";
import { troubleCode } from "./ground.ts";
import { EXIT, type ExitCode, type Host, print, printJson } from "./host.ts";
import { findPlace, type PlaceOptions, withRepository, withSecrets, withState } from "./place.ts";
import { type Narrow, readRecordName, withNarrow } from "./record-name.ts";

interface UnlinkOptions extends PlaceOptions, Narrow {
  readonly clearMarkers?: boolean;
  readonly relink?: boolean;
  readonly forget?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function addUnlink(program: Command, host: Host, end: (code: ExitCode) => void): void {
  const command = program
    .command("unlink <endpoint:key>")
    .description("stop keeping a record and its partner in step, and leave both alone")
    .option("--clear-markers", "empty the marker fields that name the partner")
    .option("--relink", "the other way round: keep an unlinked pair in step again")
    .option(
      "--forget",
      "drop the pair from the memory: both records count as new, and a standing marker pairs them again",
    )
    .option("--yes", "do it; without this, only say what would be done")
    .option("--json", "print one JSON object")
    .addHelpText("after", UNLINK_HELP);
  withNarrow(withSecrets(withState(withRepository(command)))).action(async (name: string, options: UnlinkOptions) => {
    const { endpoint, key } = readRecordName(command, name);
    if (options.relink === true && (options.forget === true || options.clearMarkers === true))
      return command.error("error: --relink goes with neither --forget nor --clear-markers", { exitCode: 2 });
    const order: UnlinkOrder = {
      ...{ endpoint, record: key, within: options.link ?? options.connection ?? null, how: howOf(options) },
      ...{ clearMarkers: options.clearMarkers === true, apply: options.yes === true },
    };
    const answer = await act(host, await findPlace(host, options), "unlink", order);
    if (options.json === true) printJson(host, answer.ok ? answer.value : { trouble: answer.trouble });
    else print(host, answer.ok ? toText(answer.value) : `${name}: nothing was changed: ${answer.trouble}`);
    if (!answer.ok) return end(troubleCode(answer));
    end(answer.value.failed.length === 0 ? EXIT.fine : EXIT.wrong);
  });
}

const UNLINK_HELP = `
Neither record is changed (but for its marker, if you ask). The pair stays in the memory as unlinked, so that neither a marker nor a full run pairs
the two again or gives one of them another partner. A lost state folder forgets that: then only --clear-markers has kept them apart.

Exit code 0: done (or said what would be); 1: a marker could not be cleared, nothing was unlinked; 3: there is no such pair; 4: a tracker failed.

Examples:
  syncline unlink alm:12
  syncline unlink alm:12 --clear-markers --yes`;

function howOf({ relink, forget }: UnlinkOptions): UnlinkOrder["how"] {
  if (relink === true) return "relink";
  return forget === true ? "forget" : "unlink";
}

function toText({ left, right, how, applied, cleared, failed }: UnlinkAnswer): string {
  const done = {
    unlink: applied ? "are no longer kept in step" : "would no longer be kept in step",
    relink: applied ? "are kept in step again from the next run on" : "would be kept in step again",
    forget: applied ? "are forgotten: both count as new" : "would be forgotten: both would count as new",
  }[how];
  const lines =
    failed.length > 0
      ? [`nothing was changed: the marker of ${failed.join(" and ")} could not be cleared`]
      : [`${left} and ${right} ${done}`];
  if (cleared.length > 0) lines.push(`marker ${applied ? "cleared" : "to be cleared"}: ${cleared.join(", ")}`);
  if (!applied) lines.push("nothing was changed; add --yes to do it");
  return lines.join("\n");
}
